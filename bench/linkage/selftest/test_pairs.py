"""Pairs, counted by hand."""

import numpy as np
import pytest

from linkage.pairs import Outcome, candidates_per_record, scored, true_pairs

# Three persons: records 0 1 2, records 3 4, record 5. Four true pairs.
TRUTH = np.array([0, 0, 0, 1, 1, 2])


def some():
    # (0,1) true 9, (3,4) true 8, (2,5) false 8, (1,2) true 5, (0,5) false 1; (0,2) is no candidate.
    return scored(np.array([1, 4, 2, 1, 5]), np.array([0, 3, 5, 2, 0]), np.array([9, 8, 8, 5, 1]), TRUTH)


def test_true_pairs_are_those_within_a_person():
    assert true_pairs(TRUTH) == 4


def test_an_outcome_counts_found_false_and_missed():
    outcome = some().outcome(np.array([True, True, True, False, False]))
    assert outcome == Outcome(found=2, false=1, missed=2)
    assert outcome.precision == pytest.approx(2 / 3)
    assert outcome.recall == pytest.approx(1 / 2)
    assert outcome.f1 == pytest.approx(4 / 7)


def test_nothing_linked_is_nothing_false_and_everything_missed():
    outcome = some().outcome(np.zeros(5, bool))
    assert (outcome.precision, outcome.recall, outcome.f1) == (1.0, 0.0, 0.0)


def test_a_threshold_does_not_part_equal_scores():
    threshold, precision, recall = some().curve()
    assert threshold.tolist() == [9, 8, 5, 1]
    assert precision == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])
    assert recall == pytest.approx([1 / 4, 1 / 2, 3 / 4, 3 / 4])


def test_the_best_threshold_has_the_highest_f1():
    threshold, outcome = some().best()
    assert threshold == 5
    assert outcome == Outcome(found=3, false=1, missed=1)


def test_recall_at_a_precision_is_the_highest_that_keeps_it():
    pairs = some()
    assert pairs.recall_at_precision(1.0) == pytest.approx(1 / 4)
    assert pairs.recall_at_precision(0.7) == pytest.approx(3 / 4)
    only_false = scored(np.array([0]), np.array([5]), np.array([1]), TRUTH)
    assert only_false.recall_at_precision(0.5) == 0.0


def test_blocking_recall_and_candidates():
    pairs = some()
    assert pairs.found_by_blocking() == pytest.approx(3 / 4)
    # Met by the later record: 1 meets 0; 2 meets 1; 4 meets 3; 5 meets 2 and 0.
    assert candidates_per_record(pairs, 6) == {"p50": 1, "p99": 2, "max": 2, "mean": pytest.approx(5 / 6)}


def test_a_pair_given_twice_or_with_itself_is_refused():
    with pytest.raises(ValueError):
        scored(np.array([0, 1]), np.array([1, 0]), np.array([1, 1]), TRUTH)
    with pytest.raises(ValueError):
        scored(np.array([2]), np.array([2]), np.array([1]), TRUTH)
