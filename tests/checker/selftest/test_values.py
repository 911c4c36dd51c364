"""Facts, classes and match keys, by hand."""

from checker.facts import ContentWalk
from checker.match_keys import match_keys

from .world import SCHEMAS, blank, content

WALK = ContentWalk(SCHEMAS.sources["lead"])
# What even an empty lead says: nothing of how it may be handled.
UNHANDLED = {("Handling.tlp", "", "NOT_STATED"), ("Handling.pap", "", "NOT_STATED")}


def test_a_phone_is_the_fact_of_its_canonical_form_and_needs_its_persons_classes():
    lead = content("lead", "+12025550101")
    assert WALK.facts(lead) - UNHANDLED == {
        ("Person.role", "SUBJECT", "SUBJECT"),
        ("Person.phones", "SUBJECT", "+12025550101"),
    }
    (phone,) = [v for v in WALK.values(lead) if v.path == "Person.phones"]
    assert phone.classes == {"contact", "subject", "minor"}
    assert WALK.facts(lead, frozenset({"contact", "subject"})) == frozenset()
    adult = content("lead", "+12025550101", minor="NO")
    assert len(WALK.facts(adult, frozenset({"contact", "subject"}))) == 1


def test_an_account_of_nobody_needs_the_classes_of_everybody():
    lead = content("lead", "+12025550101")
    lead["accounts"] = [blank("lead", "Account", service="chat", handle="kestrel_07")]
    (handle,) = [v for v in WALK.values(lead) if v.path == "Account.handle"]
    assert handle.classes == {"account", "subject", "minor"}
    lead["persons"] = []
    (handle,) = [v for v in WALK.values(lead) if v.path == "Account.handle"]
    assert handle.classes == {"account", "minor"}


def test_what_is_not_stated_counts_where_it_is_handled_strictly():
    lead = content("lead")
    lead["handling"]["tlp"] = "NOT_STATED"
    assert ("Handling.tlp", "", "NOT_STATED") in WALK.facts(lead)
    assert not WALK.facts(lead, frozenset({"contact"}))
    assert not WALK.facts_of_copy(lead, frozenset({"contact"}))
    assert not any(v.stated for v in WALK.values(lead) if v.path == "Handling.tlp")


def test_what_is_no_fact_is_none():
    lead = content("lead")
    lead["narrative_language"] = "en"
    lead["categories"] = ["UNKNOWN", "CSAM"]
    lead["external_ids"] = [blank("lead", "ExternalId", scheme="s", id="9")]
    assert WALK.facts(lead) - UNHANDLED == {
        ("Content.categories", "", "CSAM"),
        ("Content.external_ids", "", "s\x1f9"),
    }


def test_match_keys_are_those_of_the_list():
    body = content("lead", "+12025550101")
    body["accounts"] = [
        blank("lead", "Account", service="Chat", handle=" Kestrel_07", provider_id="A1"),
        blank("lead", "Account", service="Chat", handle="unknown", placeholder=True),
    ]
    body["devices"] = [blank("lead", "Device", id_type="IMEI", id_value="000000000000000")]
    hashed = blank("lead", "FileHash", algorithm="MD5", value="ab", fits=True)
    body["files"] = [blank("lead", "EvidenceFile", hashes=[hashed, hashed | {"fits": False, "value": "cd"}])]
    email = blank("lead", "Email", address="desk@example.org", text="")
    body["persons"].append(blank("lead", "Person", person_ref="p2", role="CONTACT", emails=[email]))
    lead = {"agency": "houston-tips", "report_number": "HT-1", "content": body}
    assert match_keys(lead) == {
        ("EXTERNAL_ID", "houston-tips", "ht-1"),
        ("PHONE", "+12025550101"),
        ("ACCOUNT", "handle", "chat", "kestrel_07"),
        ("ACCOUNT", "id", "chat", "A1"),
        ("FILE_HASH", "md5", "ab"),
    }
