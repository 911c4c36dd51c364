"""What the linkage must reach, and by how much it does or does not."""

from dataclasses import dataclass

PRECISION = 0.99
RECALL_SHORT_OF_SPLINK = 0.01
# Where many persons have nothing but a name and a moved address.
FOUND_OR_SHOWN = {"pseudopeople": 0.90, "pseudopeople-2": 0.90}
FOUND_OR_SHOWN_ELSEWHERE = 0.94
TIMES_SPLINK = 3.0
FALSE_PER_1000_LEADS = 1.0
TOLD_APART = 0.99
GENERATED = "generated leads"
# Half of the last digit that the report shows: a bar is not missed by what nobody can read there.
SHOWN = 0.00005


@dataclass(frozen=True)
class Bar:
    """One figure against one bound; `hard` bars decide, the others are targets whose gap is explained."""

    what: str
    on: str
    hard: bool
    value: float
    bound: float
    at_most: bool = False
    note: str = ""

    @property
    def margin(self):
        """How much better than the bound; negative is missed."""
        return self.bound - self.value if self.at_most else self.value - self.bound

    @property
    def met(self):
        return self.margin >= -SHOWN


def over_baseline(strata):
    """By how much F1 is above the baseline's in the stratum where it is least, and which one that is."""
    has_evidence = [(name, of) for name, of in strata.items() if name != "none" and of["true_pairs"]]
    return min((of["ours"]["f1"] - of["baseline"]["f1"], name) for name, of in has_evidence)


def bars(results, leads=None):
    """All bars of the sets that were run, in the order of the report."""
    found = []
    for result in results:
        shipped = result["points"]["shipped"]
        low, high = shipped["interval"]["precision"]
        note = f"95 % interval {low:.4f} to {high:.4f}"
        value, hard = shipped["precision"], not result["held_out"]
        found.append(Bar("precision at the shipped threshold", result["title"], hard, value, PRECISION, note=note))
    for result in results:
        best, theirs = result["points"]["best"], result["points"]["splink_best"]
        low, high = result["difference"]["best_f1"]
        note = f"difference {low:+.4f} to {high:+.4f}" + (", two files known to Splink" if result["two_files"] else "")
        found.append(Bar("best F1 beside Splink's best", result["title"], False, best["f1"], theirs["f1"], note=note))
    for result in results:
        if result["febrl"]:
            bound = result["equal_precision"]["splink_at_ours"] - RECALL_SHORT_OF_SPLINK
            found.append(Bar(
                "recall at the shipped threshold beside Splink's at equal precision, less 0.01", result["title"], False,
                result["points"]["shipped"]["recall"], bound,
            ))  # fmt: skip
    for result in results:
        bound = FOUND_OR_SHOWN.get(result["name"], FOUND_OR_SHOWN_ELSEWHERE)
        value = result["review"]["link_and_review_recall"]
        found.append(Bar("recall of link and review together", result["title"], False, value, bound))
    for result in results:
        if result["name"] == "febrl4":
            value = result["cost"]["core_over_splink_predict"]
            what = "records a CPU-second of the core, as a multiple of Splink's prediction"
            found.append(Bar(what, result["title"], False, value, TIMES_SPLINK))
    if leads:
        value = leads["total"]["ours"]["false_per_1000_records"]
        on = GENERATED
        shown = leads["link_and_review_recall"]
        found.append(Bar("recall of link and review together", on, False, shown, FOUND_OR_SHOWN_ELSEWHERE))
        margin, stratum = over_baseline(leads["strata"])
        found.append(Bar("F1 less the baseline's, where it is least", on, False, margin, 0.0, note=f"stratum {stratum}"))
        found.append(Bar("false links per 1,000 leads", on, True, value, FALSE_PER_1000_LEADS, at_most=True))
        if leads["verdicts"] and leads["verdicts"]["share"] is not None:
            found.append(Bar("duplicate and update told apart", on, False, leads["verdicts"]["share"], TOLD_APART))
    return found
