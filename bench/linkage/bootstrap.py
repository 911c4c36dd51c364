"""Intervals by drawing true clusters again, with replacement.

Pairs are not independent: a person with six records gives fifteen. So whole persons are drawn. A pair within a person counts
as often as the person was drawn; a false link between two persons as often as both were: the product. Two methods are
compared under the same draws.

An interval says how much another sample of such persons would move the figure. It says nothing about other data, and where
no false link was seen it has no width at precision 1.
"""

import numpy as np

SEED = 20


def draws(persons, times, seed=SEED):
    """How often each person is drawn, one row a draw."""
    random = np.random.default_rng(seed)
    for _ in range(times):
        yield np.bincount(random.integers(0, persons, persons), minlength=persons)


def figures(truth, links, times, seed=SEED):
    """Precision, recall and F1 of each set of links under each draw: an array of draws x links x 3.

    `links` is a list of (a, b) arrays of what is linked.
    """
    sizes = np.bincount(truth)
    pairs_within = sizes * (sizes - 1) // 2
    split = []
    for a, b in links:
        left, right = truth[a], truth[b]
        same = left == right
        split.append((left[same], left[~same], right[~same]))
    found = np.empty((times, len(links), 3))
    for row, weight in enumerate(draws(len(sizes), times, seed)):
        true = int((weight * pairs_within).sum())
        for column, (within, left, right) in enumerate(split):
            good = int(weight[within].sum())
            bad = int((weight[left] * weight[right]).sum())
            found[row, column] = (
                good / (good + bad) if good + bad else 1.0,
                good / true if true else 1.0,
                2 * good / (good + bad + true) if good + bad + true else 1.0,
            )
    return found


def interval(values, share=0.95):
    """The middle share of the values."""
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
    return [float(low), float(high)]
