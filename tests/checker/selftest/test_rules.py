"""Each rule is green on a site where the promises were kept, and red when its promise is broken."""

import dataclasses
import json

import pytest

from checker.__main__ import main
from checker.topics import Topics, read_dump, write_dump

from .world import CLASSES, KEYS, PARTNER, SCHEMAS, blank, content, faulty, kept, results


def change(world, topic, number, **values):
    """Replaces a record of a topic."""
    places = [i for i, r in enumerate(world.records) if r.topic == topic]
    world.records[places[number]] = dataclasses.replace(world.records[places[number]], **values)
    return world


def drop(world, topic, number):
    places = [i for i, r in enumerate(world.records) if r.topic == topic]
    del world.records[places[number]]
    return world


def edit(world, topic, number, subject, edited):
    """Decodes a record, changes it, and encodes it again."""
    record = [r for r in world.records if r.topic == topic][number]
    decoded = SCHEMAS.decode(subject, record.value)
    edited(decoded[1] if isinstance(decoded, tuple) else decoded)
    return change(world, topic, number, value=SCHEMAS.encode(subject, decoded))


NORMALISED, MATTERS, DECISIONS = "leads.normalised.v1", "leads.matters.v1", "leads.decisions.v1"
COPIES = f"leads.domestic.{PARTNER}.v1"


def test_all_rules_are_green_when_every_promise_was_kept():
    found = results(kept())
    assert {name: r.shown for name, r in found.items() if r.faults} == {}
    assert [name for name, r in found.items() if r.checked == 0] == []


def lose_a_lead(w):
    for topic in (NORMALISED, MATTERS):
        drop(w, topic, 1)


def double_a_lead(w):
    record = [r for r in w.records if r.topic == NORMALISED][0]
    w.records.append(dataclasses.replace(record, offset=99))


def leave_a_transaction_open(w):
    w.unsettled.append((MATTERS, 0))


def garble(w):
    change(w, COPIES, 0, value=b"\0\0\0\0\4\xff")


def wrong_schema(w):
    record = [r for r in w.records if r.topic == COPIES][0]
    change(w, COPIES, 0, value=b"\0\0\0\0\5" + record.value[5:])


def accept_what_was_malformed(w):
    w.lines[2]["entries"] = ["malformed"]


def lose_a_message(w):
    w.lines.append(w.lines[0])


def rewrite_a_dead_letter(w):
    change(w, "leads.dead-letter.normaliser.v1", 0, value=b"{}")


def drop_an_own_header(w, service="normaliser"):
    topic = f"leads.dead-letter.{service}.v1"
    record = next(r for r in w.records if r.topic == topic)
    change(w, topic, 0, headers=record.headers[1:])


def drop_a_header_of_ours(w):
    drop_an_own_header(w, "deduplicator")


def reorder(w):
    edit(w, NORMALISED, 0, "lead", lambda lead: lead.update(order="1001-0-0"))


def count_wrongly(w):
    w.count("deduplicator", "verdicts", 9)


def tally_wrongly(w):
    w.tally("router", "DELIVERED/" + PARTNER, 9)


def lose_a_verdict(w):
    drop(w, MATTERS, 1)


def wrong_verdict(w):
    edit(w, MATTERS, 2, "matter-event", lambda e: e.update(verdict="RELATED"))


def overtake(w):
    records = [i for i, r in enumerate(w.records) if r.topic == MATTERS]
    first, last = records[0], records[-2]
    a, b = w.records[first], w.records[last]
    w.records[first] = dataclasses.replace(a, value=b.value, headers=b.headers)
    w.records[last] = dataclasses.replace(b, value=a.value, headers=a.headers)


def mix_domains(w):
    edit(w, MATTERS, 2, "matter-event", lambda e: e["lead"].update(message_status="EXERCISE"))


def lose_a_decision(w):
    drop(w, DECISIONS, 1)


def forget_a_partner(w):
    edit(w, DECISIONS, 0, "decision", lambda d: d.update(grouped=[]))


def deliver_twice(w):
    record = [r for r in w.records if r.topic == COPIES][0]
    w.records.append(dataclasses.replace(record, offset=98))


def skip_a_revision(w):
    edit(w, COPIES, 1, "partner-lead", lambda c: c.update(revision=7))


def lose_a_delivery(w):
    drop(w, COPIES, 2)


def lose_a_cancel(w):
    drop(w, COPIES, 3)


def hide_that_it_is_an_exercise(w):
    edit(w, COPIES, 0, "partner-lead", lambda c: c.update(exercise=True))


def link_to_the_unknown(w):
    edit(w, COPIES, 0, "partner-lead", lambda c: c.update(related=["00" * 16]))


def keep_covered(w):
    # The last word on B is that A covers it, though A is withdrawn.
    drop(w, DECISIONS, 4)
    drop(w, COPIES, 2)


def cover_by_another_cluster(w):
    edit(w, MATTERS, 5, "matter-event", lambda e: e.update(cluster_id=e["lead"]["lead_id"]))


def cover_by_a_copy_that_says_less(w):
    edit(w, COPIES, 2, "partner-lead", lambda c: c.update(content=content("partner-lead")))


def leave_a_fact_out(w):
    edit(w, COPIES, 0, "partner-lead", lambda c: c.update(content=content("partner-lead")))


def show_the_own_number(w):
    own = blank("partner-lead", "ExternalId", scheme="houston-tips", id="A", relation="self")
    edit(w, COPIES, 0, "partner-lead", lambda c: c["content"].update(external_ids=[own]))


def show_what_is_denied(w):
    edit(w, DECISIONS, 0, "decision", lambda d: d["outcomes"][0].update(classes=[c for c in CLASSES if c != "minor"]))


def give(w, copy, **forms):
    """Puts forms into a copy, and grants them in its decision."""
    edit(w, COPIES, copy, "partner-lead", lambda c: c.update(forms))
    granted = [{"class": c, "policies": ["p"]} for c in ("identity", "account", "minor")]
    edit(w, DECISIONS, 0, "decision", lambda d: d["outcomes"][0].update(outlines=granted, tokens=granted))


def outline(value, field="persons.age", kind="AGE_BAND", person_ref=None):
    return {"field": field, "kind": kind, "value": value, "role": "VICTIM", "person_ref": person_ref}


def token(text, field="accounts.handle", person_ref=None):
    return {"field": field, "token": text, "person_ref": person_ref}


def test_forms_that_are_granted_are_no_fault():
    world = kept()
    give(world, 0, outlines=[outline("12-15"), outline("65+")], tokens=[token("token:" + "a" * 32)])
    assert "forms" not in faulty(world)


def give_what_nobody_granted(w):
    edit(w, COPIES, 0, "partner-lead", lambda c: c.update(tokens=[token("token:" + "a" * 32)]))


def give_another_class(w):
    give(w, 0, tokens=[token("token:" + "a" * 32, field="persons.phones")])


def give_the_number_itself(w):
    give(w, 0, tokens=[token("token:+12025550101")])


def give_the_age_itself(w):
    give(w, 0, outlines=[outline("15-15")])


def give_the_time_itself(w):
    give(w, 0, outlines=[outline("2026-01-01T10:00:00", kind="DAY")])


def name_a_hidden_person(w):
    give(w, 0, outlines=[outline("12-15", person_ref="p9")])


def purge_too_soon(w):
    edit(w, NORMALISED, 9, "purge", lambda purge: purge.update(at=purge["due"] - 1))


def purge_and_tell_nobody(w):
    place = next(i for i, r in enumerate(w.records) if r.topic == MATTERS and said(r) == "leadshare.v1.Purge")
    del w.records[place]


def purge_what_is_held(w):
    held = {"purge_due": None, "legal_hold": True}
    edit(w, NORMALISED, 6, "lead", lambda lead: lead["retention"].update(held))


def purge_what_an_officer_holds(w):
    edit(w, NORMALISED, 8, "legal-hold", lambda word: word.update(placed=True))


def said(record):
    return SCHEMAS.decode("matter-event", record.value)[0]


def put_a_phone_into_a_key(w):
    change(w, MATTERS, 0, key=b"+12025550101")


def put_a_phone_into_a_header(w):
    change(w, DECISIONS, 0, headers=(("leadshare-note", b"called +12025550101"),))


def unknown_header(w):
    change(w, DECISIONS, 0, headers=(("x-debug", b"1"),))


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (lose_a_lead, "entries accounted for"),
        (double_a_lead, "entries accounted for"),
        (leave_a_transaction_open, "transactions"),
        (garble, "decodable"),
        (wrong_schema, "decodable"),
        (accept_what_was_malformed, "ledger"),
        (lose_a_message, "ledger"),
        (rewrite_a_dead_letter, "dead letters"),
        (drop_an_own_header, "dead letters"),
        (drop_a_header_of_ours, "dead letters"),
        (reorder, "order"),
        (count_wrongly, "counters"),
        (tally_wrongly, "tallies"),
        (lose_a_verdict, "one verdict each"),
        (wrong_verdict, "verdicts"),
        (overtake, "order of a lead"),
        (mix_domains, "domains"),
        (lose_a_decision, "outcomes"),
        (forget_a_partner, "outcomes"),
        (deliver_twice, "revisions"),
        (deliver_twice, "disclosures"),
        (skip_a_revision, "revisions"),
        (lose_a_delivery, "disclosures"),
        (lose_a_cancel, "cancels"),
        (hide_that_it_is_an_exercise, "exercise flags"),
        (link_to_the_unknown, "revisions"),
        (keep_covered, "coverage"),
        (cover_by_another_cluster, "coverage"),
        (cover_by_a_copy_that_says_less, "coverage"),
        (leave_a_fact_out, "facts of copies"),
        (show_the_own_number, "facts of copies"),
        (show_what_is_denied, "classes"),
        (give_what_nobody_granted, "forms"),
        (give_another_class, "forms"),
        (give_the_number_itself, "forms"),
        (give_the_age_itself, "forms"),
        (give_the_time_itself, "forms"),
        (name_a_hidden_person, "forms"),
        (purge_too_soon, "purges"),
        (purge_and_tell_nobody, "purges"),
        (purge_what_is_held, "purges"),
        (purge_what_an_officer_holds, "purges"),
        (purge_what_an_officer_holds, "signatures"),
        (purge_what_an_officer_holds, "legal holds"),
        (put_a_phone_into_a_key, "keys and headers"),
        (put_a_phone_into_a_header, "keys and headers"),
        (unknown_header, "keys and headers"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_promise_is_seen(breaks, rule):
    world = kept()
    breaks(world)
    assert rule in faulty(world)


def test_a_dump_is_read_as_it_was_written(tmp_path):
    world = kept()
    write_dump(Topics(world.records), tmp_path)
    assert read_dump(tmp_path).by_topic == Topics(world.records).by_topic


def test_the_exit_code_and_the_json_say_what_was_found(tmp_path, capsys):
    world = kept()
    (tmp_path / "config" / "partners").mkdir(parents=True)
    (tmp_path / "config" / "officers").mkdir()
    for name, key in KEYS.items():
        text = f'key = "{key.public_key().public_bytes_raw().hex()}"\nmay = ["match", "approve", "recall", "apply", "hold"]\n'
        (tmp_path / "config" / "officers" / f"{name}.toml").write_text(text)
    write_dump(Topics(world.records), tmp_path / "good")
    where = ["--config", str(tmp_path / "config"), "--json"]
    assert main(["--dump", str(tmp_path / "good"), *where]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == 0
    deliver_twice(world)
    write_dump(Topics(world.records), tmp_path / "bad")
    assert main(["--dump", str(tmp_path / "bad"), *where]) == 1
    assert json.loads(capsys.readouterr().out)["faults"] > 0
    assert main(["--dump", str(tmp_path / "none"), *where]) == 2


def test_no_fault_shows_a_value():
    world = kept()
    for breaks in (lose_a_lead, wrong_verdict, leave_a_fact_out, put_a_phone_into_a_header):
        breaks(world)
    assert "20255501" not in json.dumps([r.as_json() for r in results(world).values()])


def test_a_covered_lead_that_is_withdrawn_is_covered_by_nothing():
    world = kept()
    c = next(lead for _, lead in world.site().leads if lead["report_number"] == "C")
    gone = world.lead(world.inbound("cancel C"), "C", "CANCEL", phone=None)
    event = world.verdict(gone, "CANCEL", 2, matter=world.site().leads[0][1]["lead_id"], cluster=c["lead_id"])
    world.decide(event, world.outcome(PARTNER, "UNCHANGED"))
    world.close(not_a_lead=1, dead_letters=1)
    assert faulty(world) == set()


def test_what_a_deleted_topic_held_counts():
    world = kept()
    whole = Topics(world.records)
    early = [r for r in whole.records(COPIES) if r.offset < 2]
    late = [dataclasses.replace(r, offset=r.offset - 2) for r in whole.records(COPIES) if r.offset >= 2]
    rest = [r for r in world.records if r.topic != COPIES]
    assert Topics(rest + late).after(Topics(early)).by_topic == whole.by_topic
