"""Outcomes ruled again: green where partners got what policies grant them, red for more, for less, and too soon."""

import pytest

from checker.releases import releases_follow_policies

from .offices import CLASSES, PARTNER, POLICIES, RELEASE, partner, release
from .world import SCHEMAS, World, blank, kept

ALIAS = "0" * 32
REFUSED = "refused by an officer, or not approved in time"
NOT_SERVING = "would be permitted if the partner were in service"
SUSPENDED = "would be permitted if the partner were not suspended"
NOT_YET = "would be permitted under an agreement that is not yet in force"
UNSERVED = "partner-not-in-service"
LATER = {"agreement": "starts = 2030-01-01\nends = 2031-01-01"}
UNAGREED = ("no-agreement", "category-not-covered")


def judged(world):
    return releases_follow_policies(world.site())


class Desk(World):
    """A site in which one lead is decided for PARTNER."""

    def __init__(self, change=None, policies=POLICIES, values=None, **office):
        super().__init__()
        self.partners = [PARTNER]
        self.release = release(policies, harbor_office=partner(**office))
        lead = self.lead(self.inbound("report"), "B", **values or {})
        if change:
            change(lead["content"])
        self.event = self.verdict(lead, "NEW")

    def say(self, outcome, **values):
        self.decide(self.event, self.outcome(PARTNER, outcome, **{"classes": CLASSES} | values))
        return self

    def withhold(self, *policies, reason=None, outcome="WITHHELD", **values):
        reasons = [reason] if reason else []
        return self.say(outcome, classes=[], policies=list(policies), reasons=reasons, **values)

    def send(self, **values):
        self.deliver(self.event, 1, **values)
        return self

    def approve(self, approved=True, version=1):
        said = {"partner": PARTNER, "version": version, "approved": approved, "officer": "desk"}
        self.speak("Approval", "-", self.event, **said)
        return self

    def take_back(self, *policies, reason="NO_LONGER_RELEASABLE"):
        """A Cancel of what the partner held before."""
        sent = blank("partner-lead", "PartnerLead", alias=ALIAS, revision=2, message_kind="CANCEL")
        sent |= {"cancel_reason": reason, "content": None}
        self.put(f"leads.domestic.{PARTNER}.v1", SCHEMAS.encode("partner-lead", sent), ALIAS)
        return self.withhold(*policies, outcome="DELIVERED", action="CANCEL", alias=ALIAS, revision=2)


def sealed(content):
    content["protections"]["sealed"] = "YES"


def secret(content):
    content["protections"] |= {"sealed": "YES", "sar_derived": "YES"}


def with_text(content):
    content["handling"]["h_codes"] = ["H3"]


NOWHERE = {"routing_country": None}
GOOD = {
    "delivered": lambda: Desk().send(),
    "covered": lambda: Desk().say("COVERED", covered_by=["-"]),
    "undeliverable": lambda: Desk().say("UNDELIVERABLE"),
    "unchanged": lambda: Desk().say("UNCHANGED"),
    "one hard stop": lambda: Desk(sealed).withhold("sealed"),
    "two hard stops": lambda: Desk(secret).withhold("report-of-suspicion", "sealed"),
    "no ground": lambda: Desk(values=NOWHERE).withhold(),
    "held": lambda: Desk(with_text).say("HELD"),
    "approved": lambda: Desk(with_text).approve().send(),
    "refused": lambda: Desk(with_text).approve(False).say("WITHHELD", reasons=[REFUSED]),
    "suspended": lambda: Desk(state='"SUSPENDED"').withhold(UNSERVED, reason=SUSPENDED, outcome="PASSING"),
    "tried out": lambda: Desk(state='"SANDBOX"').withhold(UNSERVED, reason=NOT_SERVING, outcome="PASSING"),
    "not yet agreed": lambda: Desk(**LATER).withhold(*UNAGREED, reason=NOT_YET, outcome="PASSING"),
    "ended": lambda: Desk(state='"ENDED"').withhold(UNSERVED),
    "suspended and sealed": lambda: Desk(sealed, state='"SUSPENDED"').withhold(UNSERVED, "sealed"),
    "taken back": lambda: Desk(sealed).take_back("sealed"),
}
BAD = {
    "delivered, and sealed": (lambda: Desk(sealed).send(), "DELIVERED, and may not be had: ['sealed']"),
    "delivered, and of no country": (lambda: Desk(values=NOWHERE).send(), "nothing grants it"),
    "covered, and sealed": (lambda: Desk(sealed).say("COVERED"), "COVERED, and may not"),
    "held, and sealed": (lambda: Desk(sealed).say("HELD"), "HELD, and may not"),
    "delivered, and suspended": (lambda: Desk(state='"SUSPENDED"').send(), "DELIVERED, and may not"),
    "withheld, and granted": (lambda: Desk().withhold(), "granted by ['home-police']"),
    "passing, and granted": (lambda: Desk().withhold(outcome="PASSING"), "granted by ['home-police']"),
    "no answer to what is new": (lambda: Desk().withhold(outcome="UNCHANGED"), "granted by ['home-police']"),
    "withheld for what is not so": (lambda: Desk(sealed).withhold("own-lead"), "hard stops are ['sealed']"),
    "withheld for half of it": (lambda: Desk(secret).withhold("sealed"), "hard stops are ['report-of-suspicion'"),
    "a class too many": (lambda: Desk().send(classes=[*CLASSES, "legal_protected"]), "shows ['legal_protected']"),
    "a class too few": (lambda: Desk().send(classes=CLASSES[:-1]), "lacks ['other_person']"),
    "held for nothing": (lambda: Desk().say("HELD"), "HELD, and no officer need read it"),
    "unread": (lambda: Desk(with_text).send(), "DELIVERED, and no officer approved it"),
    "another version read": (lambda: Desk(with_text).approve(version=2).send(), "no officer approved it"),
    "refused by nobody": (lambda: Desk(with_text).say("WITHHELD", reasons=[REFUSED]), "no officer refused it"),
    "refused, and free": (lambda: Desk().approve(False).say("WITHHELD", reasons=[REFUSED]), "no officer need"),
    "for ever, and passes": (lambda: Desk(state='"SUSPENDED"').withhold(UNSERVED), "what stands in the way passes"),
    "passes, and for ever": (lambda: Desk(state='"ENDED"').withhold(UNSERVED, outcome="PASSING"), "does not pass"),
    "passes for another reason": (
        lambda: Desk(state='"SUSPENDED"').withhold(UNSERVED, reason=NOT_YET, outcome="PASSING"),
        "PASSING for another reason",
    ),
    "taken back, and granted": (lambda: Desk().take_back(), "granted by ['home-police']"),
    "taken back, and passes": (lambda: Desk(state='"SUSPENDED"').take_back(UNSERVED), "in the way passes"),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_what_policies_say_is_green(make):
    found = judged(make())
    assert (found.shown, found.checked, found.notes) == ([], 1, [])


@pytest.mark.parametrize("make, said", BAD.values(), ids=BAD)
def test_what_policies_do_not_say_is_red(make, said):
    found = judged(make())
    assert found.faults == 1 and said in found.shown[0]


def test_what_is_refused_because_nobody_spoke_in_time_is_green():
    desk = Desk(with_text)
    desk.hold(desk.event)
    assert judged(desk.say("WITHHELD", reasons=[REFUSED])).faults == 0


def test_what_says_nothing_of_a_release_is_not_judged():
    assert judged(Desk().take_back(reason="WITHDRAWN")).checked == 0
    desk = Desk().send()
    desk.decide(desk.event, desk.outcome(PARTNER, "UNCHANGED", revision=1), cause="ANSWER")
    found = judged(desk)
    assert (found.checked, found.faults) == (1, 0)


def test_additions_belong_to_a_lead_and_outlive_what_is_withdrawn():
    desk = Desk()
    number, change = {"message_kind": "REPORT", "amendment_key": "a"}, blank("lead", "Protections", sealed="YES")

    def hear(verdict, version, **values):
        lead = desk.lead(desk.inbound(f"{verdict} {version}"), "B", **values)
        if values.get("amendment_key"):
            lead["content"]["protections"] = change
        desk.event = desk.verdict(lead, verdict, version)
        return desk

    found = judged(hear("AMENDMENT", 2, **number).withhold("sealed"))
    assert (found.checked, found.faults) == (1, 0)
    assert judged(desk.send()).faults == 1
    hear("CANCEL", 3).say("HELD")
    assert judged(desk).notes == ["1 outcomes on leads that were withdrawn are not judged"]
    hear("UPDATE", 4).withhold("sealed")
    assert judged(desk).faults == 1


def test_an_outcome_of_nobody_is_red():
    desk = Desk().send()
    desk.partners = [*desk.partners, "stranger"]
    assert "`stranger`, which is no partner" in judged(desk.send()).shown[0]


def test_what_others_decided_is_not_judged():
    desk = Desk(sealed).send()
    desk.release = release(harbor_office=partner(max_tlp='"RED"'))
    found = judged(desk)
    assert (found.checked, found.notes) == (0, ["1 outcomes by other partners or policies than these are not judged"])
    desk.release = None
    assert judged(desk).checked == 0


def test_a_policy_that_is_not_known_leaves_open_what_it_speaks_of():
    def more(head):
        text = f'@id("more") @reason("-") permit (principal, action == Action::"{head}", resource);'
        return POLICIES | {"more.cedar": text.encode()}

    assert "policy `more` is not known" in judged(Desk(policies=more("receive"), change=sealed).send()).notes[0]
    assert judged(Desk(policies=more("receive"), change=sealed).send()).checked == 0
    desk = Desk(policies=more("view_legal_protected"))
    assert judged(desk.send(classes=[*CLASSES, "legal_protected"])).faults == 0
    assert judged(Desk(policies=more("view_minor")).send(classes=[*CLASSES, "legal_protected"])).faults == 1


