"""What follows from the sum of one link, by hand."""

import pytest

from checker import links

from .world import MATCHING

STRANGER_OF_8 = -4_000


def link(rival="stranger", prior=STRANGER_OF_8, contradicted=False, relation="review", held=None, **sums):
    groups = [
        {"group": g, "sum_millibits": n, "counted_millibits": links.counted(g, n, rival, MATCHING)}
        for g, n in sums.items()
    ]
    made = {"rival": rival, "prior_millibits": prior, "contradicted": contradicted, "groups": groups}
    made["weight_millibits"] = prior + sum(g["counted_millibits"] for g in groups)
    return made | {"relation": relation, "held": held}


@pytest.mark.parametrize(
    ("sums", "due"),
    [
        ({"identity": 20_000}, links.LINK),
        ({"identity": 20_000, "contradicted": True}, links.REVIEW),
        ({"identity": 10_599}, links.REVIEW),
        ({"phone": 19_000}, links.SHARES),
        ({"phone": 19_000, "place": 9_000}, links.SHARES),
        ({"phone": 19_000, "account": 2_999}, links.SHARES),
        ({"phone": 19_000, "account": 3_000}, links.LINK),
        ({"account": 9_000}, links.REVIEW),
        ({"phone": 19_000, "given": 3_000}, links.REVIEW),
        ({"phone": 19_000, "given": 3_000, "family": 3_000}, links.LINK),
        ({"phone": 7_999, "given": 9_000, "family": 9_000}, links.REVIEW),
        ({"given": 9_000, "family": 9_000}, links.NOTHING),
        ({"given": 9_000, "family": 9_000, "place": 9_000}, links.REVIEW),
        ({"given": 9_000, "family": 9_000, "birth": 9_000}, links.LINK),
        ({"given": 9_000, "family": 9_000, "birth": 7_999}, links.REVIEW),
        ({"phone": 8_000, "given": -3_000, "family": -5_300}, links.SHARES),
        ({"given": 3_000, "birth": -5_300}, links.NOTHING),
    ],
)
def test_what_becomes_of_two_leads_follows_from_their_groups(sums, due):
    assert links.decision(link(**sums), MATCHING) == due


def test_a_household_explains_place_phone_and_surname():
    made = link("household", -600, given=-3_600, family=8_000, phone=19_000, place=9_000, birth=12_000, document=12_000)
    counted = {g["group"]: g["counted_millibits"] for g in made["groups"]}
    assert counted == {"given": -3_600, "family": 0, "phone": 0, "place": 0, "birth": 8_000, "document": 10_000}
    assert links.faults_of_sum(made, 8, MATCHING) == []
    other = link("household", -600, given=3_600, family=-4_500, phone=-1)
    assert [g["counted_millibits"] for g in other["groups"]] == [3_600, -2_000, -1]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (link("household", -2_001, given=5_000, phone=19_000), "outside what a household"),
        (link("household", 0, phone=19_000), "nothing speaks for one"),
        (link("household", 8_000, given=5_000, phone=8_000, place=-4_000), "nothing speaks for one"),
        (link(given=5_000, family=9_000, phone=19_000), "a household explains more"),
        (link(prior=-3_990, phone=19_000), "begins at"),
        (link("a neighbour", phone=19_000), "a rival that nobody knows"),
        (link() | {"groups": [{"group": "luck", "sum_millibits": 1}]}, "groups that nobody knows"),
    ],
)
def test_a_sum_that_begins_elsewhere_is_seen(made, says):
    assert any(says in text for text in links.faults_of_sum(made, 8, MATCHING))


@pytest.mark.parametrize(
    ("made", "is_wrong"),
    [
        (link(identity=20_000, relation="related"), False),
        (link(identity=20_000, relation="review", held="size"), False),
        (link(identity=20_000, relation="shares"), True),
        (link(identity=20_000, relation="related", held="size"), True),
        (link(phone=19_000, relation="related"), True),
        (link(phone=19_000, relation="review", held="size"), True),
        (link(given=9_000, family=9_000, relation="repeats"), True),
    ],
)
def test_a_relation_follows_from_the_sum(made, is_wrong):
    assert bool(links.faults_of_relation(made, MATCHING)) == is_wrong


def test_a_better_one_elsewhere_leaves_the_best_to_a_person():
    best = link(identity=20_000) | {"lead_id": "a"}
    other = link(phone=21_000, birth=14_000, contradicted=True) | {"lead_id": "b"}
    assert links.best_is_open([best, other], {"a": 1, "b": 2}.get, MATCHING)
    assert not links.best_is_open([best, other], {"a": 1, "b": 1}.get, MATCHING)
    assert not links.best_is_open([best, link(identity=20_000) | {"lead_id": "b"}], {"a": 1, "b": 2}.get, MATCHING)
