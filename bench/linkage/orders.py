"""What the order of arrival changes: the same records, shuffled, decided again at the shipped threshold."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from linkage import ours
from linkage.pairs import scored

SEED = 7


def permutation(records, order):
    """The positions of the records in shuffled order number `order`; number 0 is the first shuffle."""
    return np.random.default_rng([SEED, order]).permutation(records)


def one(program, labelled, order, folder):
    """Precision, recall, F1 at the shipped threshold, and recall of link and review, in one order."""
    shuffled = permutation(len(labelled.records), order)
    run = ours.run(program, labelled.records.iloc[shuffled], folder)
    pairs = scored(run.a, run.b, run.bits, labelled.truth[shuffled])
    shipped = pairs.outcome(run.decision == "link")
    either = pairs.outcome(np.isin(run.decision, ("link", "review")))
    return shipped.precision, shipped.recall, shipped.f1, either.recall


def spread(program, labelled, orders, folder, workers=2):
    """Least, median and most of each figure over the orders."""
    with ThreadPoolExecutor(workers) as pool:
        work = [pool.submit(one, program, labelled, order, folder / f"order-{order}") for order in range(orders)]
        rows = np.array([job.result() for job in work])
    names = ("precision", "recall", "f1", "link_and_review_recall")
    return {"orders": orders} | {
        name: {"min": float(low), "median": float(middle), "max": float(high)}
        for name, low, middle, high in zip(names, rows.min(0), np.median(rows, 0), rows.max(0))
    }
