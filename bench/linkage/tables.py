"""Markdown tables and sentences of the report; each figure comes from the results, none is written by hand."""

LOSSES = ("link", "review", "relation", "none", "no candidate")


def table(head, rows):
    """A Markdown table; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def share(value):
    """Four digits, cut rather than rounded below 1, so that only what is perfect reads 1.0000."""
    return f"{min(value, 0.9999):.4f}" if value < 1 else "1.0000"


def prf(point):
    return " / ".join(share(point[name]) for name in ("precision", "recall", "f1"))


def span(pair):
    return f"{share(pair[0])} to {share(pair[1])}"


def signed_span(pair):
    return f"{pair[0]:+.4f} to {pair[1]:+.4f}"


def bits(value):
    return "–" if value is None else f"{value:.1f}"


def name(result):
    """Title with a star on development sets and a dagger on those held out."""
    return result["title"] + (" *" if result["development"] else " †" if result["held_out"] else "")


def shipped(results):
    rows = []
    for result in results:
        point = result["points"]["shipped"]
        rows.append((
            name(result), f"{result['records']:,}", f"{result['true_pairs']:,}", prf(point), span(point["interval"]["precision"]),
            span(point["interval"]["recall"]), point["false"], f"{point['false_per_1000_records']:.2f}",
            f"{point['false_per_1000_links']:.2f}", f"{point['missed_per_1000_records']:.2f}", share(point["b_cubed"]["f1"]),
        ))  # fmt: skip
    return table((
        "set", "records", "true pairs", "P / R / F1", "P, 95 % interval", "R, 95 % interval", "false links", "per 1,000 records",
        "per 1,000 links", "missed pairs per 1,000 records", "B-cubed F1",
    ), rows)  # fmt: skip


def beside(results):
    rows = []
    for result in results:
        points = result["points"]
        rows.append((
            name(result), prf(points["shipped"]), prf(points["splink"]), points["splink"]["false"],
            prf(points["splink_true_prior"]), share(points["splink"]["b_cubed"]["f1"]), signed_span(result["difference"]["f1"]),
        ))  # fmt: skip
    return table((
        "set", "ours, shipped", "Splink, p ≥ 0.95", "its false links", "Splink with the true prior", "its B-cubed F1",
        "F1, ours less Splink's",
    ), rows)  # fmt: skip


def best(results):
    rows = []
    for result in results:
        points = result["points"]
        rows.append((
            name(result), prf(points["best"]), bits(result["best_at_bits"]), prf(points["splink_best"]),
            bits(result["splink_best_at_bits"]), share(points["best"]["b_cubed"]["f1"]),
            share(points["splink_best"]["b_cubed"]["f1"]), signed_span(result["difference"]["best_f1"]),
        ))  # fmt: skip
    return table((
        "set", "ours", "at bits", "Splink", "at bits", "B-cubed F1, ours", "Splink", "F1, ours less Splink's",
    ), rows)  # fmt: skip


def one_pile(results):
    rows = [
        (name(r), prf(r["points"]["splink_pile"]), prf(r["points"]["splink_pile_best"]), prf(r["points"]["best"]))
        for r in results
        if "splink_pile" in r["points"]
    ]
    return table(("set", "Splink, p ≥ 0.95", "Splink, best", "ours, best"), rows) if rows else ""


def equal_precision(results):
    rows = []
    for result in results:
        equal, points = result["equal_precision"], result["points"]
        rows.append((
            name(result), share(points["splink"]["precision"]), share(equal["ours_at_splinks"]), share(points["splink"]["recall"]),
            share(points["shipped"]["precision"]), share(points["shipped"]["recall"]), share(equal["splink_at_ours"]),
        ))  # fmt: skip
    return table((
        "set", "Splink's precision", "ours reaches recall", "Splink has", "our shipped precision", "ours has recall",
        "Splink reaches",
    ), rows)  # fmt: skip


def review(results):
    rows = []
    for result in results:
        shown, lost = result["review"], result["losses"]
        rows.append((
            name(result), share(shown["link_and_review_recall"]), f"{100 * shown['records']:.1f} %",
            f"{shown['pairs_per_1000_records']:.0f}", f"{100 * shown['true_share']:.0f} %", *(f"{lost[kind]:,}" for kind in LOSSES),
        ))  # fmt: skip
    return table((
        "set", "R of link and review", "records with a review", "review pairs per 1,000 records", "of them true",
        *(f"true pairs: {kind}" for kind in LOSSES),
    ), rows)  # fmt: skip


def candidates(results):
    rows = []
    for result in results:
        met = result["candidates"]
        of = lambda who: f"{met[who]['p50']} / {met[who]['p99']} / {met[who]['max']}"  # noqa: E731
        rows.append((
            name(result), share(result["blocking"]["ours"]), of("ours"), f"{result['stats']['dropped']:,}",
            share(result["blocking"]["splink"]), of("splink"),
        ))  # fmt: skip
    return table((
        "set", "blocking recall, ours", "candidates p50 / p99 / most", "dropped", "blocking recall, Splink", "candidates",
    ), rows)  # fmt: skip


def orders(results):
    def span_of(figure):
        return f"{share(figure['min'])} / {share(figure['median'])} / {share(figure['max'])}"

    rows = [
        (name(r), *(span_of(r["orders"][key]) for key in ("precision", "recall", "f1", "link_and_review_recall"))) for r in results
    ]
    return table(("set", "precision", "recall", "F1", "recall of link and review"), rows)


def cost(results):
    rows = []
    for result in results:
        spent = result["cost"]
        rate = spent["records_per_cpu_s"]
        rows.append((
            name(result), *(f"{rate[key]:,.0f}" for key in ("core", "whole", "splink_predict", "splink_all")),
            f"{spent['core_over_splink_predict']:.1f}", f"{spent['whole_over_splink_predict']:.1f}",
            f"{spent['core_cpu_s']:.3f}", f"{result['stats']['peak_memory_bytes'] / 1e6:.0f}",
            f"{spent['splink_train_cpu_s']:.2f} / {spent['splink_train_wall_s']:.2f}",
            f"{spent['splink_predict_cpu_s']:.2f} / {spent['splink_predict_wall_s']:.2f}",
        ))  # fmt: skip
    return table((
        "set", "core", "whole program", "Splink, prediction", "Splink, all", "core / prediction", "whole / prediction",
        "core, CPU s", "memory, MB", "Splink's training, CPU / wall s", "its prediction, CPU / wall s",
    ), rows)  # fmt: skip


def baseline(results):
    rows = [
        (name(r), prf(r["points"]["baseline"]), r["points"]["baseline"]["false"], prf(r["points"]["shipped"]))
        for r in results
        if "baseline" in r["points"]
    ]
    return table(("set", "baseline P / R / F1", "its false links", "ours, shipped"), rows) if rows else ""


def bar_table(bars):
    rows = []
    for bar in bars:
        sign, digits = ("≤" if bar.at_most else "≥"), 4 if bar.bound <= 1 and bar.value <= 1 else 2
        rows.append((
            bar.what + (" (hard)" if bar.hard else ""), bar.on, f"{bar.value:.{digits}f}", f"{sign} {bar.bound:.{digits}f}",
            "met" if bar.met else "**missed**", f"{bar.margin:+.{digits}f}", bar.note,
        ))  # fmt: skip
    return table(("bar", "set", "measured", "bound", "", "by", ""), rows)


def counted(number, one, many):
    return f"{number:,} {one if number == 1 else many}"


def shares(found, most=4):
    """Fields with the share of the pairs that they hold in, the most usual first."""
    return ", ".join(f"{field} {100 * part:.0f} %" for part, field in found[:most]) or "no field in a tenth of them"


def gaps(results):
    """What the missed true pairs and the false links of the shipped threshold have in common, set by set."""
    lines = []
    for result in results:
        point, lost = result["points"]["shipped"], result["losses"]
        text = f"- **{name(result)}**: "
        if point["missed"]:
            text += counted(point["missed"], "true pair is", "true pairs are") + f" not linked: {lost['review']:,} in review, "
            text += f"{lost['relation']:,} noted as a relation, {lost['none']:,} scored too low, "
            text += f"{lost['no candidate']:,} never candidates. They differ in: {shares(result['missed_fields']['differ'])}."
        else:
            text += "no true pair is missed."
        if point["false"]:
            text += f" {counted(point['false'], 'link is', 'links are')} false. They agree in: "
            text += f"{shares(result['false_fields']['equal'])}; they differ in: {shares(result['false_fields']['differ'])}."
        else:
            text += " No link is false."
        lines.append(text)
    return "\n".join(lines) + "\n"


def strata(leads):
    def f1(of, method):
        return share(of[method]["f1"]) if method in of else "–"

    rows = []
    for stratum, of in leads["strata"].items():
        mine = of.get("ours", {"recall": 0.0, "false": 0})
        either = of["link_and_review_recall"]
        rows.append((
            stratum, f"{of['true_pairs']:,}", f1(of, "ours"), share(mine["recall"]), mine["false"],
            "–" if either is None else share(either), f1(of, "baseline"), f1(of, "splink"),
        ))  # fmt: skip
    return table((
        "stratum", "true pairs", "F1, ours", "recall", "false links", "R of link and review", "F1, baseline", "F1, Splink",
    ), rows)  # fmt: skip
