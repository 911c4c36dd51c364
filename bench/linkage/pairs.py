"""Pairwise precision, recall and F1, at a decision or over all thresholds.

A method yields candidate pairs with a score; what it never names as a candidate is a decision against the pair. Records are
numbered in their order of arrival, and a pair is (a, b) with a < b: b is the record that arrived later.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """Counts of pairs."""

    found: int
    false: int
    missed: int

    @property
    def linked(self):
        return self.found + self.false

    @property
    def precision(self):
        # Nothing linked is nothing linked falsely.
        return self.found / self.linked if self.linked else 1.0

    @property
    def recall(self):
        true = self.found + self.missed
        return self.found / true if true else 1.0

    @property
    def f1(self):
        total = 2 * self.found + self.false + self.missed
        return 2 * self.found / total if total else 1.0


@dataclass(frozen=True)
class Scored:
    """Candidate pairs of one method: positions, score (more is more alike), and whether the pair is true."""

    a: np.ndarray
    b: np.ndarray
    score: np.ndarray
    match: np.ndarray
    # True pairs of the whole set, candidates or not.
    true_pairs: int

    def outcome(self, chosen):
        """What it means to link exactly the chosen candidates."""
        found = int((chosen & self.match).sum())
        return Outcome(found, int(chosen.sum()) - found, self.true_pairs - found)

    def curve(self):
        """Thresholds from high to low, and precision and recall of linking everything at or above each."""
        order = np.argsort(-self.score, kind="stable")
        score, match = self.score[order], self.match[order]
        # A threshold cannot part what scores alike.
        ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.array([], int)
        found = np.cumsum(match)[ends]
        linked = ends + 1
        return score[ends], found / linked, found / max(1, self.true_pairs)

    def best(self):
        """Threshold of the highest F1, the strictest of equals, and what is linked there. Looks at the truth."""
        threshold, precision, recall = self.curve()
        if not len(threshold):
            return None, self.outcome(np.zeros(0, bool))
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        at = threshold[int(np.argmax(f1))]
        return at, self.outcome(self.score >= at)

    def recall_at_precision(self, precision):
        """The highest recall of any threshold whose precision is not below the one asked for; 0 if there is none."""
        _, reached, recall = self.curve()
        enough = reached >= precision - 1e-12
        return float(recall[enough].max()) if enough.any() else 0.0

    def threshold_at_precision(self, precision):
        """The lowest threshold whose precision is not below the one asked for; None if there is none."""
        threshold, reached, _ = self.curve()
        enough = reached >= precision - 1e-12
        return float(threshold[enough].min()) if enough.any() else None

    def found_by_blocking(self):
        """Share of the true pairs that are candidates."""
        return int(self.match.sum()) / self.true_pairs if self.true_pairs else 1.0


def scored(a, b, score, truth):
    """Scored pairs with their truth, each pair once and turned so that the earlier record is first."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    if (low == high).any():
        raise ValueError("a record is paired with itself")
    if len(np.unique(low.astype(np.int64) * len(truth) + high)) != len(low):
        raise ValueError("a pair is given twice")
    return Scored(low, high, np.asarray(score), truth[low] == truth[high], true_pairs(truth))


def true_pairs(truth):
    """Pairs of records of one person."""
    sizes = np.bincount(truth)
    return int((sizes * (sizes - 1) // 2).sum())


def candidates_per_record(pairs, records):
    """Candidates that an arriving record meets: the median, what 99 of 100 stay within, the most."""
    met = np.bincount(pairs.b, minlength=records)
    return {
        "p50": int(np.percentile(met, 50, method="inverted_cdf")),
        "p99": int(np.percentile(met, 99, method="inverted_cdf")),
        "max": int(met.max()),
        "mean": float(met.mean()),
    }
