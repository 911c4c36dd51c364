"""Everything that is measured on one set, as plain numbers for the report."""

import numpy as np

from linkage import baseline, beside_splink, bootstrap, gaps, orders, ours, shortfalls
from linkage.clusters import b_cubed, components
from linkage.pairs import Outcome, candidates_per_record, scored, true_pairs

# Draws of the bootstrap and shuffled orders, whole and quick.
DRAWS = {False: 1000, True: 200}
ORDERS = {False: 20, True: 3}

def point(labelled, a, b, outcome=None):
    """What linking these pairs comes to."""
    match = labelled.truth[a] == labelled.truth[b]
    found = int(match.sum())
    outcome = outcome or Outcome(found, len(a) - found, true_pairs(labelled.truth) - found)
    return {
        "precision": outcome.precision,
        "recall": outcome.recall,
        "f1": outcome.f1,
        "found": outcome.found,
        "false": outcome.false,
        "missed": outcome.missed,
        "false_per_1000_records": 1000 * outcome.false / len(labelled.truth),
        "missed_per_1000_records": 1000 * outcome.missed / len(labelled.truth),
        "false_per_1000_links": 1000 * outcome.false / outcome.linked if outcome.linked else 0.0,
        "b_cubed": b_cubed(labelled.truth, components(len(labelled.truth), a, b)),
    }


def thin(values, most=200):
    """At most so many values, ends kept, so that a picture stays small."""
    if len(values) <= most:
        return np.arange(len(values))
    return np.unique(np.linspace(0, len(values) - 1, most).round().astype(int))


def curve(pairs):
    """Points of precision and recall from strict to lax."""
    _, precision, recall = pairs.curve()
    kept = thin(recall)
    return {"precision": precision[kept].tolist(), "recall": recall[kept].tolist()}


def histogram(pairs):
    """Pairs by whole bits of score, matches and others; the lowest bin holds all that is lower still."""
    if not len(pairs.score):
        return {"from": 0, "match": [], "other": []}
    bins = np.maximum(np.floor(pairs.score).astype(int), LEAST_BITS)
    low = int(bins.min())
    counts = [np.bincount(bins[kind] - low, minlength=int(bins.max()) - low + 1) for kind in (pairs.match, ~pairs.match)]
    return {"from": low, "match": counts[0].tolist(), "other": counts[1].tolist()}


# Totals below are far from any decision, and one bin in the picture.
LEAST_BITS = -30
# Runs whose median cost is reported, ours and Splink's predictions alike.
COST_RUNS = {False: 3, True: 1}


def measure(labelled, program, folder, quick=False):
    """Ours, Splink and the baseline on one set. Timed runs come first and alone; shuffled orders come last."""
    records, truth = labelled.records, labelled.truth
    runs = [ours.run(program, records, folder / "as-given") for _ in range(COST_RUNS[quick])]
    run = runs[0]
    mine = scored(run.a, run.b, run.bits, truth)
    link, review = run.decision == "link", run.decision == "review"
    best_at, _ = mine.best()
    best = mine.score >= best_at if best_at is not None else link

    theirs_run = beside_splink.run(labelled, predictions=COST_RUNS[quick])
    theirs = scored(theirs_run.a, theirs_run.b, theirs_run.bits, truth)
    fixed = theirs.score >= beside_splink.log_odds(beside_splink.PROBABILITY)
    prior = theirs.score >= beside_splink.log_odds(beside_splink.PROBABILITY) - theirs_run.true_prior_shift
    their_best_at, _ = theirs.best()
    their_best = theirs.score >= their_best_at if their_best_at is not None else fixed

    chosen = {"shipped": (mine, link), "best": (mine, best), "splink": (theirs, fixed), "splink_best": (theirs, their_best)}
    points = {name: point(labelled, pairs.a[kept], pairs.b[kept]) for name, (pairs, kept) in chosen.items()}
    drawn = bootstrap.figures(truth, [(pairs.a[kept], pairs.b[kept]) for pairs, kept in chosen.values()], DRAWS[quick])
    for column, name in enumerate(chosen):
        points[name]["interval"] = {
            figure: bootstrap.interval(drawn[:, column, at]) for at, figure in enumerate(("precision", "recall", "f1"))
        }
    points["splink_true_prior"] = point(labelled, theirs.a[prior], theirs.b[prior])
    if labelled.first_file and not quick:
        points |= one_pile(labelled)
    if baseline.possible(records):
        points["baseline"] = point(labelled, *baseline.links(records))

    missed = gaps.missed_pairs(truth, mine.a[link], mine.b[link])
    equal_at = theirs.threshold_at_precision(points["shipped"]["precision"])
    wrong = link & ~mine.match
    either = mine.outcome(link | review)
    return {
        "name": labelled.name,
        "title": labelled.title,
        "development": labelled.development,
        "held_out": labelled.held_out,
        "febrl": labelled.febrl,
        "two_files": bool(labelled.first_file),
        "records": len(records),
        "persons": len(set(truth.tolist())),
        "true_pairs": true_pairs(truth),
        "points": points,
        "best_at_bits": best_at if best_at is None else float(best_at),
        "least_linked_bits": float(mine.score[link].min()) if link.any() else None,
        "splink_best_at_bits": their_best_at if their_best_at is None else float(their_best_at),
        "difference": {
            "f1": bootstrap.interval(drawn[:, 0, 2] - drawn[:, 2, 2]),
            "best_f1": bootstrap.interval(drawn[:, 1, 2] - drawn[:, 3, 2]),
        },
        "equal_precision": {
            "ours_at_splinks": mine.recall_at_precision(points["splink"]["precision"]),
            "splink_at_ours": theirs.recall_at_precision(points["shipped"]["precision"]),
        },
        "review": {
            "pairs_per_1000_records": 1000 * int(review.sum()) / len(records),
            "records": len(np.unique(mine.b[review])) / len(records),
            "true_share": float(mine.match[review].mean()) if review.any() else 0.0,
            "link_and_review_recall": either.recall,
        },
        "blocking": {"ours": mine.found_by_blocking(), "splink": theirs.found_by_blocking()},
        "candidates": {
            "ours": candidates_per_record(mine, len(records)),
            "splink": candidates_per_record(theirs, len(records)),
        },
        "losses": gaps.losses(mine, run.decision),
        "shortfalls": {
            "shipped": shortfalls.at(labelled, mine, run.as_stranger, program.link_bits(), link, theirs, equal_at),
            "best": shortfalls.at(labelled, mine, run.as_stranger, best_at, best, theirs, their_best_at),
            "neighbours": shortfalls.neighbours(records, truth),
            "no_homes": shortfalls.no_homes(mine, run.as_stranger, program.link_bits()),
        },
        "false_fields": gaps.fields(records, mine.a[wrong], mine.b[wrong]),
        "missed_fields": gaps.fields(records, *missed),
        "cost": cost(runs, theirs_run, len(records)),
        "stats": run.stats,
        "curves": {"ours": curve(mine), "splink": curve(theirs)},
        "weights": histogram(mine),
        "orders": orders.spread(program, labelled, ORDERS[quick], folder),
    }


def one_pile(labelled):
    """Splink without the knowledge that two files have no duplicates inside: what ours has to do with."""
    run = beside_splink.run(labelled, one_pile=True)
    pairs = scored(run.a, run.b, run.bits, labelled.truth)
    fixed = pairs.score >= beside_splink.log_odds(beside_splink.PROBABILITY)
    best = pairs.score >= pairs.best()[0]
    return {
        "splink_pile": point(labelled, pairs.a[fixed], pairs.b[fixed]),
        "splink_pile_best": point(labelled, pairs.a[best], pairs.b[best]),
    }


def cost(runs, theirs, records):
    """Processor time, the median of several runs of ours and of several predictions of Splink."""
    core = float(np.median([run.stats["cpu_seconds"] for run in runs]))
    whole = float(np.median([run.whole_cpu_s for run in runs]))
    rate = {
        "core": records / max(core, 1e-9),
        "whole": records / max(whole, 1e-9),
        "splink_predict": records / theirs.predict_cpu_s,
        "splink_all": records / (theirs.train_cpu_s + theirs.predict_cpu_s),
    }
    return {
        "core_cpu_s": core,
        "whole_cpu_s": whole,
        "whole_wall_s": float(np.median([run.whole_wall_s for run in runs])),
        "splink_train_cpu_s": theirs.train_cpu_s,
        "splink_train_wall_s": theirs.train_wall_s,
        "splink_predict_cpu_s": theirs.predict_cpu_s,
        "splink_predict_wall_s": theirs.predict_wall_s,
        "records_per_cpu_s": rate,
        "core_over_splink_predict": rate["core"] / rate["splink_predict"],
        "whole_over_splink_predict": rate["whole"] / rate["splink_predict"],
    }
