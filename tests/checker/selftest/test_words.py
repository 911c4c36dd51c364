"""What officers and partners say, and the chain of decisions: each rule is red when its promise is broken."""

import dataclasses
import json

import pytest

from .test_rules import DECISIONS, MATTERS, change, drop, edit
from .world import OFFICERS, PARTNER, World, hexed, kept, results

COPIES, ANSWERS = f"leads.domestic.{PARTNER}.v1", f"leads.feedback.{PARTNER}.v1"
HELD, CHECKPOINTS = "leads.held.v1", "leads.checkpoints.v1"


def number_of(world, topic, wanted):
    """The place on its topic of the first record that is wanted."""
    return next(i for i, r in enumerate([r for r in world.records if r.topic == topic]) if wanted(r))


def said(name):
    return lambda record: name in str(record.headers) or name.encode() in (record.value or b"")


def lose_an_approval(w):
    """The second officer said something, and it does not stand behind the gate."""
    drop(w, MATTERS, number_of(w, MATTERS, said("night-desk")))


def pass_a_word_twice(w):
    record = [r for r in w.records if r.topic == MATTERS][number_of(w, MATTERS, said("night-desk"))]
    w.records.append(dataclasses.replace(record, offset=99))


def invent_a_word(w):
    drop(w, OFFICERS, number_of(w, OFFICERS, said("night-desk")))


def change_a_word(w):
    number = number_of(w, MATTERS, said("night-desk"))
    edit(w, MATTERS, number, "matter-event", lambda word: word.update(officer="day-desk"))


def let_a_stranger_speak(w):
    number = number_of(w, MATTERS, said("night-desk"))
    edit(w, MATTERS, number, "matter-event", lambda word: word.update(officer="nobody"))


def refuse_silently(w):
    drop(w, "leads.dead-letter.gate.v1", 0)


def approve_alone(w):
    """One officer says it twice."""
    number = number_of(w, MATTERS, said("night-desk"))
    edit(w, MATTERS, number, "matter-event", lambda word: word.update(officer="desk"))


def approve_another_version(w):
    number = number_of(w, MATTERS, said("night-desk"))
    edit(w, MATTERS, number, "matter-event", lambda word: word.update(version=2))


def list_what_went_out(w):
    drop(w, HELD, 1)


def hide_what_waits(w):
    waits = w.lead(w.inbound("report F"), "F", phone="+12025550155")
    w.decide(w.verdict(waits, "NEW"), w.outcome(PARTNER, "HELD"))


def of(name):
    return lambda record: record.key == hexed(name).encode()


def recall_by_nobody(w):
    drop(w, MATTERS, number_of(w, MATTERS, said("wrong-person")))


def leave_a_holder_out(w):
    drop(w, COPIES, number_of(w, COPIES, said("RECALLED")))


def answer_for_another(w):
    change(w, ANSWERS, 0, value=json.dumps({"reference": hexed("other"), "answer": "DESTROYED"}).encode())


def change_the_answer(w, **values):
    """What stands last on the stream is the answer."""
    last = len([r for r in w.records if r.topic == MATTERS]) - 1
    edit(w, MATTERS, last, "matter-event", lambda answer: answer.update(values))


def count_for_another_copy(w):
    change_the_answer(w, revision=1)


def hear_something_else(w):
    change_the_answer(w, answer="RETAINED")


def decide_again_unasked(w):
    drop(w, MATTERS, number_of(w, MATTERS, said("new-policy")))


def name_another_officer(w):
    number = number_of(w, DECISIONS, lambda record: b"night-desk" in (record.value or b""))
    edit(w, DECISIONS, number, "decision", lambda decision: decision.update(officer="desk"))


def share_a_reference(w):
    record = next(r for r in w.records if r.topic == COPIES)
    w.records.append(dataclasses.replace(record, topic="leads.domestic.casa-refugio.v1"))


def take_a_link_out(w):
    drop(w, DECISIONS, 1)


def change_a_link(w):
    edit(w, DECISIONS, 0, "decision", lambda decision: decision.update(decided_at=1))


def change_the_last_link(w):
    """Nothing names it but a head that was signed."""
    signed = number_of(w, DECISIONS, of("D")) + 2
    for number in reversed(range(signed + 1, len([r for r in w.records if r.topic == DECISIONS]))):
        drop(w, DECISIONS, number)
    edit(w, DECISIONS, signed, "decision", lambda decision: decision.update(decided_at=1))


def sign_what_never_was(w):
    edit(w, CHECKPOINTS, 0, "checkpoint", lambda checkpoint: checkpoint.update(head="0" * 64))


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (lose_an_approval, "words and answers"),
        (lose_an_approval, "approvals"),
        (pass_a_word_twice, "words and answers"),
        (invent_a_word, "words and answers"),
        (change_a_word, "words and answers"),
        (refuse_silently, "words and answers"),
        (change_a_word, "signatures"),
        (let_a_stranger_speak, "signatures"),
        (approve_alone, "approvals"),
        (approve_another_version, "approvals"),
        (list_what_went_out, "held releases"),
        (hide_what_waits, "held releases"),
        (decide_again_unasked, "officers' decisions"),
        (name_another_officer, "officers' decisions"),
        (recall_by_nobody, "recalls"),
        (leave_a_holder_out, "recalls"),
        (leave_a_holder_out, "cancels"),
        (answer_for_another, "answers"),
        (count_for_another_copy, "answers"),
        (hear_something_else, "answers"),
        (share_a_reference, "answers"),
        (take_a_link_out, "chains"),
        (change_a_link, "chains"),
        (change_the_last_link, "chains"),
        (sign_what_never_was, "chains"),
    ],
)
def test_a_broken_promise_is_seen(breaks, rule):
    world = kept()
    breaks(world)
    assert rule in {name for name, r in results(world).items() if r.faults}


@pytest.mark.parametrize("name", ["messages", "not_a_lead", "dead_letters"])
def test_what_the_gate_counts_is_counted_again(name):
    world = kept()
    world.count("gate", name, 99)
    assert "counters" in {name for name, r in results(world).items() if r.faults}


@pytest.mark.parametrize(("service", "name"), [("gate", "APPROVED/"), ("router", f"DESTROYED/{PARTNER}")])
def test_what_is_said_is_tallied(service, name):
    world = kept()
    world.tally(service, name, 99)
    assert {"tallies"} == {name for name, r in results(world).items() if r.faults}


def test_a_recall_reaches_what_stands_in_its_partition_whatever_matter_it_names():
    world = World()
    event = world.verdict(world.lead(world.inbound("report A"), "A"), "NEW")
    world.speak("Recall", "RECALLED", event | {"matter_id": hexed("another")}, reason="wrong-person", officer="desk")
    assert world.site().recalls_of_unknown == []
    place = number_of(world, MATTERS, said("wrong-person"))
    change(world, MATTERS, place, partition=1)
    assert len(world.site().recalls_of_unknown) == 1
