"""PL-9: who may receive a lead, what they see of it, and when a person must read it first, by the meaning of policies.

A second telling of config/policies, made from what their reasons say; it reads no policy. Each hard stop and each grant
is told under the identifier that it has there, so that both can be held against each other.
"""

from dataclasses import dataclass

CLASSES = frozenset(
    "handling provenance identity contact account location financial device_network narrative evidence le_sensitive"
    " legal_protected subject victim minor reporter witness other_person".split()
)
# What an investigation works with at home; abroad it goes without money, witnesses and where the lead came from.
AT_HOME = CLASSES - {"le_sensitive", "legal_protected", "minor", "reporter"}
ABROAD = AT_HOME - {"financial", "witness", "provenance"}
# States in which we are in touch with a partner.
IN_TOUCH = ("SANDBOX", "CONFORMANT", "ACTIVE")
NOT_FOR_HELPERS = ("financial", "device_network", "le_sensitive", "subject")
# What has a coarser form, what has a token, and whom either may be about.
ABOUT = frozenset("subject victim minor reporter witness other_person".split())
OUTLINED = ABOUT | {"identity", "location", "financial", "device_network"}
LINKED = ABOUT | {"identity", "contact", "account", "financial", "device_network"}

HARD_STOPS = frozenset(
    "partner-not-in-service exercise-not-taken between-systems no-agreement category-not-covered purpose-not-covered"
    " own-lead tlp-above-ceiling tlp-red-named-only originator-control no-foreign no-ngo protected-1367"
    " report-of-suspicion sealed eu-data-without-basis tip-to-intelligence protected-stays-home reporter-stays-home"
    " minor-to-sworn-or-hotline juvenile-record-stays-home civil-society-helps warrant-required victim-consent"
    " handling-text-needs-a-person".split()
)
GRANTS = frozenset(
    "home-police home-triage named-recipient shelter-for-victims hotline-for-children money-to-intelligence-unit"
    " abroad-police home-police-sees home-sworn-sees home-listed-sees-protections shelter-sees-victims"
    " hotline-sees-children intelligence-unit-sees-money abroad-police-sees abroad-sworn-sees-minors"
    " shelter-outlines-minors hotline-links-accounts abroad-sworn-outlines-minors routine-release".split()
)


def against_receiving(partner, lead, now):
    """Hard stops: why this partner may have nothing of this lead."""
    if lead.exercise:
        if not partner.exercises or now.state not in IN_TOUCH:
            yield "exercise-not-taken"
    elif now.state != "ACTIVE":
        yield "partner-not-in-service"
    if lead.between_systems:
        yield "between-systems"
    if not now.agreement_in_force:
        yield "no-agreement"
    if not now.category_covered:
        yield "category-not-covered"
    if not now.purpose_covered:
        yield "purpose-not-covered"
    if now.own:
        yield "own-lead"
    yield from _against_markings(partner, lead, now)
    yield from _against_the_law(partner, lead, now)


def _against_markings(partner, lead, now):
    """What the originator does not want."""
    if now.tlp_above_ceiling:
        yield "tlp-above-ceiling"
    if lead.tlp == "RED" and not now.named:
        yield "tlp-red-named-only"
    if lead.originator_control and not now.named:
        yield "originator-control"
    if lead.no_foreign and now.foreign_to_originator:
        yield "no-foreign"
    if lead.no_ngo and partner.civil_society:
        yield "no-ngo"


def _against_the_law(partner, lead, now):
    """What a statute, a court or a treaty keeps from the partner."""
    if lead.v1367 and not partner.listed_1367:
        yield "protected-1367"
    if lead.sar and partner.kind != "fiu":
        yield "report-of-suspicion"
    if lead.sealed and not (now.named and partner.sworn):
        yield "sealed"
    if lead.eu_data and not now.transfer_basis:
        yield "eu-data-without-basis"
    if lead.tip_only and partner.intelligence_only:
        yield "tip-to-intelligence"


def for_receiving(partner, lead, now):
    """Grants: why this partner should have it."""
    if now.named:
        yield "named-recipient"
    if partner.foreign:
        if partner.law_enforcement and now.country_touched and (lead.trafficking or lead.child_exploitation):
            yield "abroad-police"
        return
    if partner.triage and lead.unknown_country:
        yield "home-triage"
    if not now.country_touched:
        return
    if partner.law_enforcement and partner.kind != "triage":
        yield "home-police"
    if partner.kind == "ngo_shelter" and lead.trafficking and lead.victim_present:
        yield "shelter-for-victims"
    if partner.kind == "hotline" and lead.child_exploitation:
        yield "hotline-for-children"
    if partner.kind == "fiu" and (lead.money_laundering or lead.sar):
        yield "money-to-intelligence-unit"


def for_seeing(partner, lead):
    """Grants of classes."""
    if partner.law_enforcement and partner.foreign:
        yield "abroad-police-sees", ABROAD
        if partner.sworn and (lead.child_exploitation or lead.imminent_danger):
            yield "abroad-sworn-sees-minors", ("minor",)
    elif partner.law_enforcement:
        yield "home-police-sees", AT_HOME
        if partner.sworn:
            yield "home-sworn-sees", ("minor", "reporter", "le_sensitive")
        if partner.listed_1367:
            yield "home-listed-sees-protections", ("legal_protected",)
    elif not partner.foreign:
        if partner.kind == "ngo_shelter":
            yield "shelter-sees-victims", ("handling", "identity", "contact", "location", "victim")
        if partner.kind == "hotline":
            seen = ("handling", "identity", "contact", "account", "evidence", "victim", "minor")
            yield "hotline-sees-children", seen
        if partner.kind == "fiu":
            seen = ("handling", "identity", "financial", "subject", "other_person")
            yield "intelligence-unit-sees-money", seen


def against_seeing(partner, lead, now):
    """Hard stops: classes that no grant shows."""
    if partner.foreign or not partner.listed_1367:
        yield "protected-stays-home", ("legal_protected",)
    if partner.foreign or not partner.sworn:
        yield "reporter-stays-home", ("reporter",)
    if not partner.sworn and partner.kind != "hotline":
        yield "minor-to-sworn-or-hotline", ("minor",)
    if lead.juvenile_record and partner.foreign:
        yield "juvenile-record-stays-home", ("minor",)
    if partner.civil_society:
        yield "civil-society-helps", NOT_FOR_HELPERS
    if lead.warrant_required:
        yield "warrant-required", ("evidence",)
    if lead.service_provider_source and not now.consented and not lead.imminent_danger:
        yield "victim-consent", ("victim",)


def for_outlining(partner):
    """Grants of coarser forms of what is not seen."""
    if partner.kind == "ngo_shelter" and not partner.foreign:
        yield "shelter-outlines-minors", ("identity", "minor")
    if partner.law_enforcement and partner.foreign and partner.sworn:
        yield "abroad-sworn-outlines-minors", ("identity", "location", "device_network", "minor")


def for_linking(partner):
    """Grants of tokens in place of what is not seen."""
    if partner.kind == "hotline" and not partner.foreign:
        yield "hotline-links-accounts", ("account", "subject")


def against_outlining(partner, lead, now):
    """Hard stops: classes of which no grant gives a coarser form. That of a minor is enough to help by."""
    yield from _against_any_form(partner, lead, now)
    if partner.civil_society:
        yield "civil-society-helps", ("financial", "device_network", "subject")


def against_linking(partner, lead, now):
    """Hard stops: classes of which no grant gives a token. That of a subject tells helpers nothing but that it is one."""
    yield from _against_any_form(partner, lead, now)
    if not partner.sworn and partner.kind != "hotline":
        yield "minor-to-sworn-or-hotline", ("minor",)
    if partner.civil_society:
        yield "civil-society-helps", ("financial", "device_network")


def _against_any_form(partner, lead, now):
    if partner.foreign or not partner.sworn:
        yield "reporter-stays-home", ("reporter",)
    if lead.juvenile_record and partner.foreign:
        yield "juvenile-record-stays-home", ("minor",)
    if lead.service_provider_source and not now.consented and not lead.imminent_danger:
        yield "victim-consent", ("victim",)


def against_haste(lead):
    """Hard stops: why a person must read the copy before it goes out."""
    if lead.handling_text:
        yield "handling-text-needs-a-person"


@dataclass(frozen=True)
class Ruling:
    """What is to become of one lead for one partner."""

    stops: frozenset  # hard stops against receiving
    grounds: frozenset  # grants of receiving
    classes: frozenset  # what a copy shows; the general class always
    outlines: frozenset  # of what it may give a coarser form
    links: frozenset  # of what it may give tokens
    needs_officer: bool

    @property
    def receives(self):
        return bool(self.grounds) and not self.stops


def _left(grants, stops, granted):
    """The classes that grants of this site give and no hard stop takes."""
    given = {c for grant, classes in grants if grant in granted for c in classes}
    return given - {c for _, classes in stops for c in classes}


def rule(partner, lead, now, granted=GRANTS):
    """The ruling, on a site that has these grants. Hard stops hold on every site."""
    shown = _left(for_seeing(partner, lead), against_seeing(partner, lead, now), granted)
    # Free text may name anybody: whoever may not see who somebody is does not read it.
    if "identity" not in shown:
        shown.discard("narrative")
    return Ruling(
        stops=frozenset(against_receiving(partner, lead, now)),
        grounds=frozenset(for_receiving(partner, lead, now)) & granted,
        classes=frozenset(shown | {"general"}),
        outlines=frozenset(_left(for_outlining(partner), against_outlining(partner, lead, now), granted)),
        links=frozenset(_left(for_linking(partner), against_linking(partner, lead, now), granted)),
        needs_officer="routine-release" not in granted or any(against_haste(lead)),
    )
