"""What the rule about homes holds back, and who has neighbours."""

import numpy as np
import pandas as pd

from linkage import reasons, shortfalls
from linkage.bars import Bar
from linkage.datasets import COLUMNS, labelled
from linkage.pairs import scored

ROWS = [
    {"given": "ann", "family": "lee", "street_number": "1", "street": "hill", "postcode": "9"},
    {"given": "bob", "family": "lee", "street_number": "1", "street": "hill", "postcode": "9"},
    {"given": "carl", "family": "fox", "street_number": "2", "street": "hill", "postcode": "9"},
    {"given": "fox", "family": "carl", "street_number": "7", "street": "dale", "postcode": "3"},
]


def a_set(persons):
    return labelled("made", "Made", "febrl", pd.DataFrame(ROWS), persons)


def test_neighbours_are_other_persons_at_one_address():
    one, two = a_set([0, 0, 1, 2]), a_set([0, 1, 2, 3])
    assert set(one.records) == set(COLUMNS)
    assert shortfalls.neighbours(one.records, one.truth) == 0
    assert shortfalls.neighbours(two.records, two.truth) == 1


def test_a_missed_pair_is_held_back_by_the_rule_if_it_would_be_linked_without_it():
    made = a_set([0, 0, 1, 2])
    mine = scored(np.array([0, 2]), np.array([1, 3]), np.array([1.0, 8.0]), made.truth)
    theirs = scored(np.array([0]), np.array([1]), np.array([20.0]), made.truth)
    found = shortfalls.at(made, mine, np.array([9.0, 8.0]), 6.6, mine.score >= 6.6, theirs, 4.0)
    assert (found["missed"], found["by_home"], found["home_only"], found["splink_links"]) == (1, 1, 1, 1)
    assert (found["false"], found["false_namesakes"], found["never_met"]) == (1, 1, 0)
    alone = shortfalls.no_homes(mine, np.array([9.0, 8.0]), 6.6)
    assert (alone["recall"], alone["precision"], alone["false"]) == (1.0, 0.5, 1)
    points = {name: {"precision": 0.0, "recall": 0.0, "f1": 0.0, "false": 1} for name in ("shipped", "best")}
    kept = {"neighbours": 0, "shipped": found, "best": found, "no_homes": alone}
    result = {"title": "Made", "development": False, "held_out": False, "points": points, "shortfalls": kept}
    said = reasons.missed([result], [Bar("best F1 beside Splink's best", "Made", False, 0.0, 0.5)])
    assert "missed by 0.5000" in said and "1 of these 1 would be linked" in said
    assert reasons.missed([result], [Bar("best F1", "Made", False, 0.5, 0.5)]) == ""
