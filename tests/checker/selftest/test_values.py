"""Facts, classes and what is compared, by hand."""

from checker.facts import ContentWalk, facts_of
from checker.match_keys import Holders, Said

from .world import MATCHING, SCHEMAS, blank, content

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
    assert facts_of(WALK.values(lead), frozenset({"contact", "subject"})) == frozenset()
    adult = content("lead", "+12025550101", minor="NO")
    assert len(facts_of(WALK.values(adult), frozenset({"contact", "subject"}))) == 1


def test_every_person_of_a_list_counts():
    lead = content("lead", "+12025550101")
    lead["persons"] += content("lead", "+12025550102")["persons"]
    phones = [v.atoms for v in WALK.values(lead) if v.path == "Person.phones"]
    assert phones == [("+12025550101",), ("+12025550102",)]


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
    assert not facts_of(WALK.values(lead), frozenset({"contact"}))
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


def whole(number="HT-1", **parts):
    return Said.by({"agency": "houston-tips", "report_number": number, "content": content("lead") | parts})


def person(role="SUBJECT", **parts):
    return blank("lead", "Person", person_ref="p2", role=role, **parts)


def test_identifiers_are_those_of_the_list():
    body = content("lead", "+12025550101")
    body["accounts"] = [
        blank("lead", "Account", service="Chat", handle=" Kestrel_07", provider_id="A1"),
        blank("lead", "Account", service="Chat", handle="unknown", placeholder=True),
    ]
    body["devices"] = [
        blank("lead", "Device", id_type="IMEI", id_value="000000000000000"),
        blank("lead", "Device", id_type="IMEI", id_value="35 1"),
        blank("lead", "Device", id_type="IMEI", id_value="35 2", placeholder=True),
    ]
    hashed = blank("lead", "FileHash", algorithm="MD5", value="AB", fits=True)
    body["files"] = [blank("lead", "EvidenceFile", hashes=[hashed, hashed | {"fits": False, "value": "cd"}])]
    body["financial"] = [blank("lead", "FinancialItem", account=a) for a in ("DE 02-1203", "0000", None)]
    body["vehicles"] = [
        blank("lead", "Vehicle", plate="8TRX-442", plate_issuer="US-TX"),
        blank("lead", "Vehicle", plate="8TRX 442"),
    ]
    email = blank("lead", "Email", address="desk@example.org", text="")
    body["persons"].append(person("CONTACT", emails=[email]))
    own = email | {"address": "A@example.org"}
    body["persons"].append(person("REPORTER", emails=[own, email | {"placeholder": True}]))
    assert whole(**body).identifiers == {
        ("EXTERNAL_ID", "houston-tips", "ht-1"),
        ("PHONE", "12025550101"),
        ("EMAIL", "a@example.org"),
        ("ACCOUNT", "chat", "kestrel_07"),
        ("ACCOUNT", "id", "chat", "a1"),
        ("FILE_HASH", "md5", "ab"),
        ("DEVICE", "imei", "35 1"),
        ("FINANCIAL_ACCOUNT", "de021203"),
        ("VEHICLE", "us-tx", "8trx442"),
        ("VEHICLE", "-", "8trx442"),
    }


def test_documents_and_birth_dates_are_those_of_persons_that_are_evidence():
    paper = blank("lead", "PersonDocument", kind="Passport", number="X 12-3")
    date = blank("lead", "Moment", local="1991-02-03")
    one = whole(persons=[person(documents=[paper], birth_date=date)])
    assert (one.documents, one.births) == ({("passport", "", "x123")}, {"19910203"})
    assert whole(persons=[person("REPORTER", documents=[paper], birth_date=date)]) == whole()
    short = [paper | {"number": n} for n in ("x1", "000")]
    assert whole(persons=[person(documents=short, birth_date=date | {"local": "1991-02"})]) == whole()
    other = whole(persons=[person(documents=[paper | {"kind": ""}])])
    assert one.shared("DOCUMENT", other) == {("DOCUMENT", "x123")}
    assert not one.shared("DOCUMENT", whole(persons=[person(documents=[paper | {"kind": "visa"}])]))


def test_holders_are_those_that_live():
    holders, one, two = Holders(), whole("1"), whole("2")
    holders.put("a", one)
    holders.put("b", two)
    assert holders.of(("EXTERNAL_ID", "houston-tips", "1")) == {"a"} and holders.population("EXTERNAL_ID") == 2
    holders.put("a", two)
    assert holders.of(("EXTERNAL_ID", "houston-tips", "2")) == {"a", "b"}
    holders.drop("a")
    assert not holders.of(("EXTERNAL_ID", "houston-tips", "1")) and holders.population("EXTERNAL_ID") == 1


def test_what_an_equal_value_says_is_that_of_the_table():
    # log2(3,000,000 / 3) = 19.93; log2(0.85) = -0.234; log2(0.5 / 8) = -4.
    assert MATCHING.bits("PHONE", 1, 0) == 20
    assert MATCHING.bits("PHONE", 11, 1_000) == 18
    assert MATCHING.bits("PHONE", 12, 1_000) == 6, "as common as the store shows"
    assert abs(MATCHING.weight_of_equal("PHONE", 20) - 19_766) < 1
    assert MATCHING.prior_of_stranger(8) == -4_000
    assert MATCHING.prior_of_stranger(0) == -1_000


def test_what_the_steward_lists_says_nothing():
    contact = {"phones": [{"e164": "+18883737888"}], "emails": [{"placeholder": False, "address": "Desk@shelter.example"}]}
    holder = {"persons": [], "organizations": [contact]}
    lead = {"agency": "houston-tips", "report_number": None, "content": content("lead") | holder}
    assert {value[0] for value in Said.by(lead).identifiers} >= {"PHONE", "EMAIL"}
    steward = frozenset({"+18883737888", "desk@shelter.example"})
    assert not {value[0] for value in Said.by(lead, steward).identifiers} & {"PHONE", "EMAIL"}
