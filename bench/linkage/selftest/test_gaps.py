"""What is lost and what false links share; the baseline."""

import numpy as np
import pandas as pd

from linkage import baseline, gaps
from linkage.datasets import COLUMNS, labelled
from linkage.orders import permutation
from linkage.pairs import scored

TRUTH = np.array([0, 0, 1, 1, 2])
RECORDS = pd.DataFrame({
    "given": ["ann", "ann", "bob", "rob", "ann"],
    "family": ["poe", "po", "lee", "lee", "poe"],
    "phone": ["1", "", "2;3", "3", ""],
})  # fmt: skip


def test_true_pairs_are_split_by_what_became_of_them():
    pairs = scored(np.array([0, 0]), np.array([1, 4]), np.array([5, 9]), TRUTH)
    lost = gaps.losses(pairs, np.array(["review", "link"]))
    assert lost == {"link": 0, "review": 1, "relation": 0, "none": 0, "no candidate": 1}


def test_missed_pairs_are_the_true_ones_without_a_link():
    a, b = gaps.missed_pairs(TRUTH, np.array([0, 0]), np.array([1, 4]))
    assert list(zip(a, b)) == [(2, 3)]


def test_fields_say_how_often_they_agree_and_differ():
    records = RECORDS.reindex(columns=COLUMNS).fillna("")
    found = gaps.fields(records, np.array([0, 2]), np.array([4, 3]))
    assert found == {"equal": [(1.0, "family"), (0.5, "given")], "differ": [(0.5, "given"), (0.5, "phone")]}
    assert gaps.fields(records, np.array([], int), np.array([], int)) == {"equal": [], "differ": []}


def test_the_baseline_joins_who_shares_any_of_several_values():
    records = RECORDS.reindex(columns=COLUMNS).fillna("")
    a, b = baseline.links(records)
    assert list(zip(a, b)) == [(2, 3)]


def test_a_set_has_running_numbers_and_text_only():
    made = labelled("tiny", "Tiny", "febrl", RECORDS.assign(age=[1, None, 3, 4, 5]).astype(object), list("xxyyz"))
    assert made.records["id"].tolist() == [f"tiny-00000{n}" for n in range(5)]
    assert made.records.loc[1, "age"] == ""
    assert made.truth.tolist() == [0, 0, 1, 1, 2]


def test_orders_are_fixed_and_differ():
    first, second = permutation(50, 0), permutation(50, 1)
    assert sorted(first) == sorted(second) == list(range(50))
    assert (first == permutation(50, 0)).all()
    assert (first != second).any()
