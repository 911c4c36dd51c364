"""Each thing that a verdict claims is falsified once: the rule that judges it fails, and no other."""

import pytest

from .matters import id_of, matters
from .world import EQUAL, blank, results


def faulty(**falsified):
    return {name for name, r in results(matters(**falsified)).items() if r.faults}


def test_all_rules_are_green_when_every_promise_was_kept():
    assert faulty() == set()


def weigh_more(event):
    event["links"][1]["weight_millibits"] += 1


def begin_elsewhere(event):
    for name in ("weight_millibits", "prior_millibits"):
        event["links"][1][name] -= 500


def count_past_the_cap(event):
    link = event["links"][0]
    group = next(g for g in link["groups"] if g["group"] == "phone")
    link["weight_millibits"] += 1_000
    group["counted_millibits"] += 1_000


def blame_the_household(event):
    link = event["links"][0]
    link.update(rival="household", prior_millibits=0, weight_millibits=EQUAL["EXTERNAL_ID"][2])
    next(g for g in link["groups"] if g["group"] == "phone")["counted_millibits"] = 0


def turn_round(event):
    event["links"].reverse()


def link_itself(event):
    event["links"][1]["lead_id"] = event["lead"]["lead_id"]
    event["evidence"] = [item for item in event["evidence"] if item["lead_id"] == event["links"][0]["lead_id"]]


def contradict(event):
    """As if a hard contradiction were none."""
    link = event["links"][1]
    link["contradicted"] = True
    link["weight_millibits"] -= 5_000
    link["groups"].append({"group": "sex", "sum_millibits": -5_000, "counted_millibits": -5_000})
    against = blank("matter-event", "Evidence", kind="SEX", level="contradiction", weight_millibits=-5_000)
    event["evidence"].append(against | {"lead_id": link["lead_id"]})


def link_by_names(event):
    """The last lead is put to its namesake."""
    event["links"][0]["relation"] = "related"
    event.update(verdict="RELATED", matter_id=id_of("E"), cluster_id=id_of("E"))


def repeat_what_it_adds_to(event):
    event["links"][0]["relation"] = "repeats"


@pytest.mark.parametrize(
    ("lead", "falsify"),
    [
        ("C", weigh_more),
        ("C", begin_elsewhere),
        ("C", count_past_the_cap),
        ("C", blame_the_household),
        ("E", turn_round),
        ("C", contradict),
        ("F", link_by_names),
        ("C", repeat_what_it_adds_to),
        ("cancel C", lambda event: event["hot"].append({"kind": "PHONE", "seen": 50})),
        ("A", lambda event: event["evidence"].append(blank("matter-event", "Evidence", lead_id=id_of("B")))),
    ],
)
def test_a_link_that_does_not_follow_from_its_sum_is_seen(lead, falsify):
    expected = {"evidence"} if lead == "A" else {"links"}
    assert faulty(change={lead: falsify}) == expected


def test_a_link_to_itself_is_seen():
    assert "links" in faulty(change={"C": link_itself})


def invent(event):
    """The two are said to share a device, which neither has."""
    link = event["links"][1]
    group, bits, weight, cap = EQUAL["DEVICE"]
    link["groups"].append({"group": group, "sum_millibits": weight, "counted_millibits": cap})
    link["weight_millibits"] += cap
    item = blank("matter-event", "Evidence", kind="DEVICE", level="equal", weight_millibits=weight, one_in_bits=bits)
    event["evidence"].append(item | {"lead_id": link["lead_id"]})


def forget_a_value(event):
    """One of the two numbers that they share is not compared."""
    event["evidence"].pop(0)
    link = event["links"][0]
    link["weight_millibits"] -= 30_000 - EQUAL["EXTERNAL_ID"][2]
    link["groups"][0].update(sum_millibits=EQUAL["EXTERNAL_ID"][2], counted_millibits=EQUAL["EXTERNAL_ID"][2])
    # Of equals the one accepted first.
    event["links"].append(event["links"].pop(0))
    event["links"][0]["relation"], event["links"][2]["relation"] = "repeats", "related"


def call_it_rarer(event):
    event["evidence"][0]["one_in_bits"] += 3


def weigh_by_other_bits(event):
    event["evidence"][0]["one_in_bits"] += 1


def add_up_to_less(event):
    event["evidence"].pop()


@pytest.mark.parametrize(
    ("lead", "falsify"),
    [("C", invent), ("D", forget_a_value), ("C", call_it_rarer), ("C", weigh_by_other_bits), ("F", add_up_to_less)],
)
def test_evidence_that_is_not_true_is_seen(lead, falsify):
    assert faulty(change={lead: falsify}) == {"evidence"}


def overlook(event):
    gone = event["links"].pop()["lead_id"]
    event["evidence"] = [item for item in event["evidence"] if item["lead_id"] != gone]


def test_a_lead_that_was_to_be_found_is_missed():
    assert faulty(change={"E": overlook}) == {"nothing is missed"}


@pytest.mark.parametrize(
    "falsify",
    [
        lambda event: event.update(verdict="RELATED"),
        lambda event: event.update(matter_id=event["lead"]["lead_id"]),
        lambda event: event.update(version=2),
    ],
    ids=["a duplicate that adds", "another home than the best's", "version"],
)
def test_a_verdict_that_does_not_follow_from_its_links_is_seen(falsify):
    assert faulty(change={"D": falsify}) == {"verdicts"}


def test_a_duplicate_that_adds_facts_is_seen():
    assert faulty(change={"C": lambda event: event.update(verdict="DUPLICATE")}) == {"verdicts"}


def test_a_cluster_that_edges_do_not_make_is_seen():
    assert faulty(change={"D": lambda event: event.update(cluster_id=id_of("B"))}) == {"clusters"}
    assert faulty(change={"D": lambda event: event.update(cluster_id=id_of("D"))}) == {"clusters"}
    assert faulty(change={"cancel C": lambda event: event.update(cluster_id=id_of("A"))}) == {"clusters"}


def test_a_regrouping_that_is_missing_or_undue_is_seen():
    assert faulty(left_out=["B joins"]) == {"clusters"}
    assert faulty(left_out=["B parts"]) == {"clusters"}
    assert faulty(undue=True) == {"clusters"}


def ignore_the_officer(event):
    event["links"][2].update(relation="related", held=None)


def test_an_officers_word_that_is_ignored_is_seen():
    assert faulty(change={"D": ignore_the_officer}, left_out=["B parts"]) == {"clusters", "holds"}


@pytest.mark.parametrize("held", ["size", "second_edge", "density", "contradiction", None])
def test_a_reason_that_is_not_true_is_seen(held):
    def falsify(event):
        event["links"][2]["held"] = held

    assert faulty(change={"D": falsify}) == {"holds"}


def test_a_case_that_is_lost_or_says_something_else_is_seen():
    assert faulty(left_out=["case E"]) == {"review cases"}
    assert faulty(change={"case E": lambda case: case["candidates"].pop()}) == {"review cases"}
    assert faulty(change={"case F": lambda case: case.update(place=0)}) == {"review cases"}


def test_words_and_regroupings_are_counted_as_no_leads():
    for service, n in (("deduplicator", 2), ("router", 2)):
        for name in ("not_a_lead", "events"):
            world = matters()
            world.count(service, name, n)
            assert set() == {name for name, r in results(world).items() if r.faults}
            world.count(service, name, n + 1)
            assert "counters" in {name for name, r in results(world).items() if r.faults}
    world = matters()
    world.tally("deduplicator", "DECISION/", 2)
    assert {"tallies"} == {name for name, r in results(world).items() if r.faults}


def test_what_officers_send_passes_or_is_refused():
    world = matters()
    world.put("leads.officers.v1", world.records[-1].value, b"desk")
    world.count("gate", "messages", 3)
    world.count("gate", "entries", 3)
    assert {"words and answers", "counters"} == {name for name, r in results(world).items() if r.faults}


def test_a_verdict_on_another_place_is_seen():
    assert "verdicts" in faulty(change={"F": lambda event: event.update(place=0)})


def test_no_fault_shows_a_value():
    for lead, falsify in (("C", invent), ("E", overlook), ("C", weigh_more)):
        shown = str([r.as_json() for r in results(matters({lead: falsify})).values()])
        assert "20255501" not in shown
