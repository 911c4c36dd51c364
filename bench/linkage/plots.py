"""Pictures of the report. The same numbers give the same bytes."""

import math

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402, the backend must be chosen before

OURS, SPLINK, OTHER = "#0b6e99", "#c8553d", "#9aa0a6"


def save(figure, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "linkage", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)


def panels(results, width=3):
    """One panel for each set, and the empty ones of the last row hidden."""
    rows = math.ceil(len(results) / width)
    with matplotlib.rc_context({"font.size": 8, "font.family": "sans-serif"}):
        columns = min(width, len(results))
        figure, axes = plt.subplots(rows, columns, figsize=(3.4 * columns, 2.7 * rows), squeeze=False)
    flat = list(axes.flat)
    for unused in flat[len(results) :]:
        unused.set_visible(False)
    figure.subplots_adjust(hspace=0.55, wspace=0.3)
    return figure, flat


def lowest(values):
    """Lower end of an axis, a round number below what matters."""
    return max(0.0, math.floor(20 * (min(values) - 0.02)) / 20)


def precision_recall(results, path):
    """Both curves of each set, with the fixed thresholds marked."""
    figure, axes = panels(results)
    for axis, result in zip(axes, results):
        points = result["points"]
        for name, colour in (("splink", SPLINK), ("ours", OURS)):
            drawn = result["curves"][name]
            label = {"ours": "ours", "splink": "Splink"}[name]
            axis.plot(drawn["recall"], drawn["precision"], color=colour, linewidth=1.2, label=label)
        marks = [("shipped", "o", OURS, "ours, shipped"), ("splink", "s", SPLINK, "Splink, p ≥ 0.95")]
        for name, shape, colour, label in marks:
            at = points[name]["recall"], points[name]["precision"]
            axis.plot(*at, shape, color=colour, markersize=5, label=label)
        near = [points["best"], points["splink_best"], points["shipped"]]
        axis.set_xlim(lowest([p["recall"] for p in near]), 1.0)
        axis.set_ylim(lowest([p["precision"] for p in near]), 1.005)
        axis.set_title(result["title"], fontsize=9)
        axis.set_xlabel("recall", fontsize=8)
        axis.set_ylabel("precision", fontsize=8)
        axis.grid(color="#e4e6e8", linewidth=0.6)
    axes[0].legend(fontsize=7, loc="lower left", frameon=False)
    save(figure, path)


def weights(results, path):
    """Candidate pairs of ours by total weight: true ones and others, on a logarithmic count."""
    figure, axes = panels(results)
    for axis, result in zip(axes, results):
        drawn = result["weights"]
        edges = [drawn["from"] + offset for offset in range(len(drawn["match"]) + 1)]
        # The axis is logarithmic, so bars stand on a line just below one pair.
        axis.stairs(drawn["other"], edges, baseline=0.7, fill=True, color=OTHER, alpha=0.55, label="other persons")
        axis.stairs(drawn["match"], edges, baseline=0.7, color=OURS, linewidth=1.2, label="same person")
        if result["least_linked_bits"] is not None:
            least = result["least_linked_bits"]
            axis.axvline(least, color=SPLINK, linewidth=0.9, linestyle="--", label="least total linked")
        axis.set_yscale("log")
        axis.set_ylim(bottom=0.7)
        axis.minorticks_off()
        axis.set_title(result["title"], fontsize=9)
        axis.set_xlabel("total, bits of posterior odds", fontsize=8)
        axis.set_ylabel("candidate pairs", fontsize=8)
    axes[0].legend(fontsize=7, loc="upper left", frameon=False)
    save(figure, path)
