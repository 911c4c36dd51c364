"""B-cubed and components, counted by hand."""

import numpy as np
import pytest

from linkage.clusters import b_cubed, components

TRUTH = np.array([0, 0, 0, 1, 1, 2])


def test_components_follow_links():
    label = components(6, np.array([0, 1, 3]), np.array([1, 2, 4]))
    assert label[0] == label[1] == label[2]
    assert label[3] == label[4]
    assert len({label[0], label[3], label[5]}) == 3


def test_the_truth_itself_is_perfect():
    assert b_cubed(TRUTH, TRUTH) == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_each_record_alone_is_precise_and_finds_its_share():
    found = b_cubed(TRUTH, np.arange(6))
    assert found["precision"] == 1.0
    # One of three for three records, one of two for two, all of one.
    assert found["recall"] == pytest.approx((3 * 1 / 3 + 2 * 1 / 2 + 1) / 6)


def test_a_wrong_join_costs_precision_of_all_in_it():
    # Records 2 and 3 are swapped: {0, 1, 3}, {2, 4}, {5}.
    found = b_cubed(TRUTH, np.array([7, 7, 8, 7, 8, 9]))
    assert found["precision"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 2 + 1 / 3 + 1 / 2 + 1) / 6)
    assert found["recall"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1) / 6)
    assert found["f1"] == pytest.approx(2 * found["precision"] * found["recall"] / (found["precision"] + found["recall"]))


def test_everything_in_one_cluster_finds_all():
    found = b_cubed(TRUTH, np.zeros(6, int))
    assert found["recall"] == 1.0
    assert found["precision"] == pytest.approx((3 * 3 / 6 + 2 * 2 / 6 + 1 / 6) / 6)
