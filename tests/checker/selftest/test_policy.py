"""What policies mean, told a second time: the cases beside the policies, and facts of leads and partners by hand."""

import dataclasses
import json
import tomllib

import pytest

from checker import policy
from checker.policy import GRANTS, HARD_STOPS, rule
from checker.policy_facts import Lead, Now, Partner, lead_facts, micros, standing
from checker.policy_files import PolicyFiles, actions_of

from .offices import PARTNER, POLICIES, ROOT, partner, release
from .world import blank

CONFIG = ROOT / "config"
FILES = PolicyFiles.read(CONFIG)
CASE_FILES = sorted((CONFIG / "policies" / "cases").glob("*.json"))
CASES = [case for file in CASE_FILES for case in json.loads(file.read_text())]
TELLERS = ("against_receiving", "for_receiving", "for_seeing", "against_seeing", "against_haste")
# 2025-11-28T00:00:00Z
NOW = 1_764_288_000_000_000
DAY = 86_400_000_000


def asked(case):
    """Partner, lead and how they stand to each other, as a case of the policies states them."""
    who = case["partner"]
    known = {field.name for field in dataclasses.fields(Lead)}
    lead = Lead(**{name: value for name, value in case.get("lead", {}).items() if name in known})
    who = FILES.partners[who] if isinstance(who, str) else Partner.of("case", who, "US")
    return who, lead, Now(**case.get("facts", {}))


def spoken(who, lead, now):
    """Every policy that has a say."""
    ids = {*policy.against_receiving(who, lead, now), *policy.for_receiving(who, lead, now)}
    views = (*policy.for_seeing(who, lead), *policy.against_seeing(who, lead, now))
    forms = (*policy.for_outlining(who), *policy.for_linking(who))
    ids |= {*policy.against_haste(lead)} | {i for i, _ in (*views, *forms)}
    return ids | {"routine-release"}


def holds(case):
    """Whether the second telling says what the case says."""
    who, lead, now = asked(case)
    said = rule(who, lead, now)
    outcome = "DENY" if not said.receives else "HOLD" if said.needs_officer else "PERMIT"
    if outcome != case["outcome"]:
        return False
    if outcome == "DENY":
        return said.stops == set(case.get("policies", ()))
    if not set(case.get("policies", ())) <= spoken(who, lead, now):
        return False
    forms = {"outlines": said.outlines, "links": said.links}
    if any(name in case and set(case[name]) != classes for name, classes in forms.items()):
        return False
    return set(case.get("shows", ())) <= said.classes and not set(case.get("hides", ())) & said.classes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_what_a_policy_decides_is_told_again(case):
    assert holds(case)


@pytest.mark.parametrize("ignored", sorted(HARD_STOPS | GRANTS))
def test_a_case_is_red_when_a_policy_is_ignored(ignored, monkeypatch):
    def without(teller):
        def told(*words):
            for item in teller(*words):
                if (item if isinstance(item, str) else item[0]) != ignored:
                    yield item

        return told

    for name in TELLERS:
        monkeypatch.setattr(policy, name, without(getattr(policy, name)))
    granted = GRANTS - {ignored}
    monkeypatch.setitem(globals(), "rule", lambda *words: policy.rule(*words, granted))
    assert not all(holds(case) for case in CASES)


def test_every_policy_of_the_configuration_is_told():
    assert FILES.unknown == FILES.without == set()
    assert FILES.granted == GRANTS


# ---- Facts of leads and partners ----


def a_lead(change=None, **values):
    """A lead of the home country about trafficking, with a victim, on which an investigation rests."""
    lead = blank("lead", "Lead", agency="tips", routing_country="US")
    content = lead["content"]
    content |= {"categories": ["SEX_TRAFFICKING"], "collection_basis": "CASE_RECORD"}
    content["persons"] = [blank("lead", "Person", person_ref="v", role="VICTIM")]
    if change:
        change(content)
    return lead | values


def an_office(**values):
    return release(harbor_office=partner(**values)).partners[PARTNER]


def ruled(lead, who, *additions, at=NOW, granted=GRANTS):
    parts = (lead, *additions)
    facts = lead_facts(parts)
    return rule(who, facts, standing(parts, facts, who, "US", at), granted)


def marks(*caveats):
    return lambda c: c["handling"].update(caveats=list(caveats))


def codes(*h_codes):
    return lambda c: c["handling"].update(h_codes=list(h_codes))


def protected(**values):
    return lambda c: c["protections"].update(values)


def legal(**values):
    return lambda c: c["legal"].update(values)


def tlp(colour):
    return lambda c: c["handling"].update(tlp=colour)


def basis(ground):
    return lambda c: c.update(collection_basis=ground)


TRAFFICKING_ONLY = {"categories": '["SEX_TRAFFICKING"]'}
LISTED = {"listed_1367": "true", "max_tlp": '"RED"'}
ABROAD = {"kind": "foreign_police", "country": "MX"}
HELPER = {"kind": "ngo_shelter", "sworn": "false", "purposes": '["VICTIM_ASSISTANCE"]'}
OVER = {"agreement": "starts = 2020-01-01\nends = 2025-11-28"}
# What stops a lead that the office would have: (stop, the lead, the office).
STOPPED = [
    ("partner-not-in-service", a_lead(), {"state": '"SUSPENDED"'}),
    ("partner-not-in-service", a_lead(), {"state": '"CONFORMANT"'}),
    ("exercise-not-taken", a_lead(message_status="EXERCISE"), {}),
    ("exercise-not-taken", a_lead(message_status="TEST"), {"exercises": "true", "state": '"SUSPENDED"'}),
    ("between-systems", a_lead(message_status="SYSTEM"), {}),
    ("category-not-covered", a_lead(), {"categories": '["CSAM"]'}),
    ("category-not-covered", a_lead(lambda c: c["categories"].append("SMUGGLING")), TRAFFICKING_ONLY),
    ("category-not-covered", a_lead(lambda c: c.update(categories=["UNKNOWN"])), TRAFFICKING_ONLY),
    ("purpose-not-covered", a_lead(legal(purposes=["PROSECUTION"])), {}),
    ("purpose-not-covered", a_lead(legal(purposes=["for profit"])), {}),
    ("own-lead", a_lead(), {"agencies": '["tips"]'}),
    ("tlp-above-ceiling", a_lead(), {"max_tlp": '"AMBER"'}),
    ("tlp-red-named-only", a_lead(tlp("RED")), LISTED),
    ("originator-control", a_lead(marks("orcon")), {}),
    ("originator-control", a_lead(codes(" h2")), {}),
    ("no-foreign", a_lead(marks("no-foreign")), ABROAD),
    ("no-ngo", a_lead(marks("No NGO")), HELPER),
    ("protected-1367", a_lead(protected(v1367="YES")), {}),
    ("report-of-suspicion", a_lead(protected(sar_derived="YES")), {}),
    ("sealed", a_lead(protected(sealed="YES")), {}),
    ("eu-data-without-basis", a_lead(legal(eu_data="YES")), {}),
    ("eu-data-without-basis", a_lead(lambda c: c["originator"].update(country="FR")), {}),
    ("tip-to-intelligence", a_lead(basis("TIP")), {"purposes": '["INTELLIGENCE"]'}),
    ("tip-to-intelligence", a_lead(basis("UNKNOWN")), {"purposes": '["INTELLIGENCE"]'}),
]


@pytest.mark.parametrize("stop, lead, office", STOPPED, ids=[stop for stop, _, _ in STOPPED])
def test_a_hard_stop_and_nothing_else_stops(stop, lead, office):
    lead["content"]["countries_involved"] = ["US", "MX"]
    said = ruled(lead, an_office(**office))
    assert (said.stops, bool(said.grounds)) == ({stop}, True)


def test_a_partner_for_a_category_receives_what_is_of_it():
    assert ruled(a_lead(), an_office(**TRAFFICKING_ONLY)).receives


def test_without_an_agreement_in_force_nothing_is_covered():
    assert ruled(a_lead(), an_office(**OVER)).stops == {"no-agreement", "category-not-covered"}
    assert ruled(a_lead(), an_office(**OVER), at=NOW - 1).receives


def test_a_lead_that_says_nothing_of_its_handling_goes_out():
    said = ruled(a_lead(), an_office())
    assert said.receives and not said.needs_officer


def test_handling_text_is_read_first():
    for change in (codes("H3"), lambda c: c["handling"].update(h3_text="read me")):
        assert ruled(a_lead(change), an_office()).needs_officer
    assert not ruled(a_lead(lambda c: c["handling"].update(h3_text=" ")), an_office()).needs_officer


def test_whereabouts_of_those_who_only_tell_of_a_matter_say_nothing_of_it():
    def called_from_abroad(content, role="REPORTER"):
        phone = blank("lead", "Phone", text="-", country="MX")
        content["persons"] = [blank("lead", "Person", person_ref="r", role=role, phones=[phone])]
        place = blank("lead", "PlaceOfLead", person_ref="r", country={"code": "MX", "text": "-"})
        content["places"] = [place]

    abroad = an_office(**ABROAD)
    for role in ("REPORTER", "WITNESS", "CONTACT"):
        assert not ruled(a_lead(lambda c, role=role: called_from_abroad(c, role)), abroad).grounds
    assert ruled(a_lead(lambda c: called_from_abroad(c, "SUBJECT")), abroad).grounds == {"abroad-police"}


def test_evidence_waits_for_a_warrant():
    blocked = [blank("lead", "EvidenceFile", access_blocked="YES")]
    for change in (legal(warrant_required="YES"), lambda c: c.update(files=blocked)):
        assert "evidence" not in ruled(a_lead(change), an_office()).classes
    assert "evidence" in ruled(a_lead(), an_office()).classes


def test_who_is_listed_sees_protections_and_who_is_not_sworn_no_minors_and_reporters():
    assert "legal_protected" in ruled(a_lead(), an_office(**LISTED)).classes
    assert not {"minor", "reporter", "le_sensitive"} & ruled(a_lead(), an_office(sworn="false")).classes


def test_minors_go_abroad_in_danger_and_no_juvenile_record_does():
    lead, abroad = a_lead(routing_country="MX"), an_office(**ABROAD)
    assert "minor" not in ruled(lead, abroad).classes
    lead["content"]["urgency"]["imminent_danger"] = "YES"
    assert "minor" in ruled(lead, abroad).classes
    lead["content"]["protections"]["juvenile"] = "YES"
    assert "minor" not in ruled(lead, abroad).classes


def test_a_form_of_a_minor_goes_abroad_and_none_of_a_juvenile_record_or_of_who_reported():
    lead, abroad = a_lead(routing_country="MX"), an_office(**ABROAD)
    assert ruled(lead, abroad).outlines == {"identity", "location", "device_network", "minor"}
    assert not ruled(lead, abroad).links and not ruled(lead, an_office(**ABROAD, sworn="false")).outlines
    lead["content"]["protections"]["juvenile"] = "YES"
    assert "minor" not in ruled(lead, abroad).outlines


def test_helpers_are_given_forms_at_home_alone():
    shelter, hotline = an_office(kind="ngo_shelter"), an_office(kind="hotline")
    assert (ruled(a_lead(), shelter).outlines, ruled(a_lead(), shelter).links) == ({"identity", "minor"}, set())
    assert (ruled(a_lead(), hotline).outlines, ruled(a_lead(), hotline).links) == (set(), {"account", "subject"})
    for kind in ("ngo_shelter", "hotline"):
        away = ruled(a_lead(), an_office(kind=kind, country="MX", sworn="false"))
        assert not away.outlines and not away.links


def test_no_grant_gives_a_form_that_a_hard_stop_takes():
    lead, police = a_lead(), an_office(sworn="false")
    shelter = an_office(kind="ngo_shelter", sworn="false")
    facts = lead_facts((lead,))

    def stopped(stops, who):
        now = standing((lead,), facts, who, "US", NOW)
        return {c for _, classes in stops(who, facts, now) for c in classes}

    assert stopped(policy.against_outlining, police) == {"reporter"}
    assert stopped(policy.against_linking, police) == {"reporter", "minor"}
    assert stopped(policy.against_outlining, shelter) == {"reporter", "financial", "device_network", "subject"}
    assert stopped(policy.against_linking, shelter) == {"reporter", "minor", "financial", "device_network"}


def consent(given="YES", scope=("ANY",), **expires):
    moment = blank("lead", "Moment", text="-") | expires if expires else None
    agreed = blank("lead", "Consent", given=given, scope=list(scope), expires=moment)

    def change(content):
        content["source"]["kind"] = "HOTLINE"
        content["protections"]["consent"] = agreed

    return change


def test_a_victim_whom_a_service_reports_is_seen_with_a_consent_that_is_not_over():
    def seen(change):
        return "victim" in ruled(a_lead(change), an_office()).classes

    for scope in ("any", "rescue", "field-office", PARTNER):
        assert seen(consent(scope=[scope]))
    for change in (consent("NO"), consent("UNKNOWN"), consent(scope=[]), consent(scope=["PROSECUTION"])):
        assert not seen(change)
    assert seen(consent(instant=NOW + 1)) and not seen(consent(instant=NOW))
    # Without a zone it may be over where the clock is furthest ahead.
    assert seen(consent(local="2025-11-29")) and not seen(consent(local="2025-11-28"))
    assert seen(consent(local="2025-12")) and not seen(consent(local="2025"))
    assert not seen(consent(text="sometime"))
    assert seen(lambda c: (consent("NO")(c), c["urgency"].update(imminent_danger="YES")))


def test_free_text_needs_to_know_who_somebody_is():
    said = ruled(a_lead(), an_office(), granted=GRANTS - {"home-police-sees"})
    assert said.receives and not {"narrative", "identity"} & said.classes


# ---- Reports with additions ----


def added(change=None):
    """An addition that says nothing but what `change` puts in."""
    lead = blank("lead", "Lead", agency="tips", amendment_key="a")
    if change:
        change(lead["content"])
    return lead


def named(*recipients):
    return lambda c: c["handling"].update(tlp="RED", recipients=list(recipients))


def blocked(content):
    content["files"] = [blank("lead", "EvidenceFile", access_blocked="YES")]


def test_an_addition_without_a_word_changes_nothing():
    listed = an_office(**LISTED)
    for lead in (a_lead(), a_lead(tlp("GREEN")), a_lead(named(PARTNER)), a_lead(basis("TIP")), a_lead(consent())):
        assert ruled(lead, listed, added()) == ruled(lead, listed)


def test_an_addition_fills_what_is_absent():
    analysts = an_office(purposes='["INTELLIGENCE"]')
    assert ruled(a_lead(basis("UNKNOWN")), analysts, added(basis("CASE_RECORD"))).receives
    assert not ruled(a_lead(basis("TIP")), analysts, added(basis("CASE_RECORD"))).receives
    assert ruled(a_lead(routing_country=None), an_office(), a_lead()).receives


@pytest.mark.parametrize("stop, lead, office", STOPPED, ids=[stop for stop, _, _ in STOPPED])
def test_no_addition_lifts_a_hard_stop(stop, lead, office):
    assert stop in ruled(lead, an_office(**office), added(), added(tlp("CLEAR"))).stops


def test_an_addition_may_be_what_stops():
    changes = (protected(sealed="YES"), tlp("RED"), marks("ORCON"), legal(eu_data="YES"), legal(purposes=["profit"]))
    for change in changes:
        assert not ruled(a_lead(), an_office(max_tlp='"RED"'), added(change)).receives
    assert ruled(a_lead(), an_office(), added(codes("H3"))).needs_officer
    blank_text, text = (lambda c, said=said: c["handling"].update(h3_text=said) for said in (" ", "read me"))
    assert ruled(a_lead(blank_text), an_office(), added(text)).needs_officer
    assert "evidence" not in ruled(a_lead(), an_office(), added(blocked)).classes


def test_whoever_is_named_is_named_by_every_part_that_names_somebody():
    listed = an_office(**LISTED)
    assert ruled(a_lead(named(PARTNER)), listed, added(), added(named(PARTNER, "other"))).receives
    assert not ruled(a_lead(named("other")), listed, added(named(PARTNER))).receives
    # That two parts name nobody in common is no leave for a third to name anybody.
    assert not ruled(a_lead(named("one")), listed, added(named("two")), added(named(PARTNER))).receives


def test_a_partner_works_for_what_every_part_may_be_used_for():
    prosecution, rescue = legal(purposes=["PROSECUTION"]), legal(purposes=["RESCUE"])
    assert not ruled(a_lead(prosecution), an_office(), added(rescue)).receives
    assert ruled(a_lead(rescue), an_office(), added(), added(rescue)).receives


def test_consent_is_what_is_left_of_every_statement():
    def seen(first, *more):
        return "victim" in ruled(a_lead(first), an_office(), *map(added, more)).classes

    assert seen(consent(), consent("UNKNOWN")) and seen(consent("UNKNOWN"), consent())
    assert not seen(consent(), consent("NO")) and not seen(consent("NO"), consent())
    assert not seen(consent(instant=NOW + 1), consent(instant=NOW))
    assert not seen(consent(instant=NOW), consent(instant=NOW + 1))
    assert not seen(consent(scope=["RESCUE"]), consent(scope=["PROSECUTION"]), consent())


# ---- Which policies there are ----


def test_dates_of_partner_files_are_first_moments_in_utc():
    said = tomllib.loads("a = 2025-11-28\nb = 2025-11-28T02:00:00+02:00")
    assert micros(said["a"]) == micros(said["b"]) == NOW


def test_a_policy_speaks_of_what_its_head_names():
    text = '''
    // @id("no") permit (principal, action == Action::"receive", resource);
    @id("a") @reason("says // nothing") forbid (principal, action == Action::"receive", resource) when { true };
    @id("b") permit (principal, action in [Action::"view_minor", Action::"view_victim"], resource);
    @id("c") forbid (principal, action, resource) unless { Action::"receive" == action };
    '''
    found = actions_of(text)
    assert found["a"] == {"receive"} and found["b"] == {"view_minor", "view_victim"}
    assert found.keys() == {"a", "b", "c"} and len(found["c"]) == 41


def test_what_decided_is_known_by_its_hash():
    files = release()
    decision = {"partners": files.partners_hash, "policies": files.policies_hash}
    assert files.decided(decision)
    changed = release(harbor_office=partner(state='"ENDED"'))
    assert changed.policies_hash == files.policies_hash and not changed.decided(decision)
    assert not release({**POLICIES, "more.cedar": b""}).decided(decision)
    assert not release(redaction=b"").decided(decision)
