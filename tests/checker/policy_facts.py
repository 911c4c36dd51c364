"""PL-9: what a release depends on, by the words of README, schemas and partner files.

Facts of a lead from its content, of a partner from its partner.toml, and of how the two stand to each other at a
moment. Where a statement is missing, the fact is the one that protects more. Nothing here is read from a decision.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

TRAFFICKING = frozenset(
    "CHILD_SEX_TRAFFICKING SEX_TRAFFICKING LABOUR_TRAFFICKING DOMESTIC_SERVITUDE FORCED_MARRIAGE ORGAN_REMOVAL".split()
)
CHILDREN = frozenset(
    "CHILD_SEX_TRAFFICKING CSAM ONLINE_ENTICEMENT CHILD_SEX_TOURISM CHILD_SEXUAL_MOLESTATION OBSCENE_TO_CHILD"
    " MISSING_CHILD".split()
)
EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
# From open to closed.
COLOURS = ("CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED")
# Persons whose whereabouts do not say where the matter is.
ELSEWHERE = frozenset(("REPORTER", "WITNESS", "CONTACT"))
CIVIL_SOCIETY = frozenset(("ngo_shelter", "hotline"))
# No zone is further ahead: a date without one begins no earlier.
FURTHEST_AHEAD = timedelta(hours=14)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(moment):
    """A date of a partner file, which is its first moment in UTC, or a time with its offset; in microseconds."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1)


def code(word):
    """A word of a source as one of our codes: ` no-foreign` is NO_FOREIGN."""
    return "".join(c.upper() if c.isalnum() else "_" for c in word.strip())


@dataclass(frozen=True)
class Lead:
    """What is true of a lead whoever asks. Without anything said, nothing is the case."""

    exercise: bool = False
    between_systems: bool = False
    tip_only: bool = False
    v1367: bool = False
    sar: bool = False
    sealed: bool = False
    juvenile_record: bool = False
    eu_data: bool = False
    no_foreign: bool = False
    no_ngo: bool = False
    originator_control: bool = False
    handling_text: bool = False
    victim_present: bool = False
    imminent_danger: bool = False
    unknown_country: bool = False
    trafficking: bool = False
    child_exploitation: bool = False
    money_laundering: bool = False
    warrant_required: bool = False
    service_provider_source: bool = False
    tlp: str = "AMBER_STRICT"
    categories: frozenset = frozenset({"UNKNOWN"})
    countries: frozenset = frozenset()


@dataclass(frozen=True)
class Agreement:
    """What was agreed with a partner, from its first moment until just before its end."""

    categories: object
    transfer: bool
    starts: int
    ends: int


@dataclass(frozen=True)
class Partner:
    """What its partner.toml says."""

    name: str
    kind: str
    country: str
    foreign: bool
    sworn: bool
    state: str
    exercises: bool
    max_tlp: str
    purposes: frozenset
    categories: object
    triage: bool
    listed_1367: bool
    agencies: frozenset
    agreements: tuple

    @classmethod
    def of(cls, name, file, home):
        """The partner of a folder, for a site at home in this country."""
        agreements = tuple(
            Agreement(
                a["categories"], bool(a.get("transfer_basis", "").strip()), micros(a["starts"]), micros(a["ends"])
            )
            for a in file.get("agreements", ())
        )
        return cls(
            name=name,
            kind=file["kind"],
            country=file["country"],
            foreign=file["country"] != home,
            sworn=file["sworn"],
            state=file["state"],
            exercises=file.get("exercises", False),
            max_tlp=file["max_tlp"],
            purposes=frozenset(file["purposes"]),
            categories=file.get("categories", "any"),
            triage=file.get("triage", False),
            listed_1367=file.get("listed_1367", False),
            agencies=frozenset(file.get("agencies", ())),
            agreements=agreements,
        )

    @property
    def civil_society(self):
        return self.kind in CIVIL_SOCIETY

    @property
    def law_enforcement(self):
        """Everybody but civil society and those who only follow the money."""
        return not self.civil_society and self.kind != "fiu"

    @property
    def intelligence_only(self):
        return self.purposes == {"INTELLIGENCE"}


@dataclass(frozen=True)
class Now:
    """How a partner and a lead stand to each other at one moment."""

    agreement_in_force: bool = False
    category_covered: bool = False
    purpose_covered: bool = False
    transfer_basis: bool = False
    named: bool = False
    consented: bool = False
    country_touched: bool = False
    tlp_above_ceiling: bool = False
    foreign_to_originator: bool = False
    own: bool = False
    state: str = "PROPOSED"


def _first(parts, unsaid, *path):
    """What the first part says that says something: an addition fills what is absent."""
    for part in parts:
        value = part
        for name in path:
            value = value[name]
        if value != unsaid:
            return value
    return unsaid


def categories_of(parts):
    """What a lead is about; who does not say is about something unknown, which only "any" covers."""
    return {one for part in parts for one in part["content"]["categories"]} - {"UNKNOWN"} or {"UNKNOWN"}


def countries_of(lead):
    """The countries that a lead touches. Who reports, witnesses or works on it may be anywhere: that says nothing."""
    content = lead["content"]
    apart = {p["person_ref"] for p in content["persons"] if p["role"] in ELSEWHERE}
    places = [place for place in content["places"] if place["person_ref"] not in apart]
    stated = [one["country"] for one in (*places, *content["events"], *content["organizations"])]
    owners = [person for person in content["persons"] if person["role"] not in ELSEWHERE] + content["organizations"]
    phones = [phone["country"] for owner in owners for phone in owner["phones"]]
    return {lead["routing_country"], *content["countries_involved"], *phones, *(c["code"] for c in stated if c)}


def _is_european(contents):
    """As somebody states; where nobody does, by the country of whoever held the lead first."""
    stated = {content["legal"]["eu_data"] for content in contents} - {"UNKNOWN"}
    if stated:
        return "YES" in stated
    return _first(contents, None, "originator", "country") in EUROPEAN_UNION


def _tlp(contents):
    """The strictest; a report without a colour counts as AMBER+STRICT, an addition without one goes with its report."""
    colours = [content["handling"]["tlp"] for content in contents]
    if colours[0] == "NOT_STATED":
        colours[0] = "AMBER_STRICT"
    return max((colour for colour in colours if colour != "NOT_STATED"), key=COLOURS.index)


def lead_facts(parts):
    """The facts of a lead: a report and its additions, or additions alone.

    An addition adds to lists and fills what is absent; of protections and markings the stricter counts.
    """
    contents = [part["content"] for part in parts]
    about = categories_of(parts)
    marks = {code(mark) for content in contents for mark in content["handling"]["caveats"]}
    europol = {mark.strip().upper() for content in contents for mark in content["handling"]["h_codes"]}

    def protected(name):
        return any(content["protections"][name] == "YES" for content in contents)

    return Lead(
        exercise=parts[0]["message_status"] in ("EXERCISE", "TEST"),
        between_systems=parts[0]["message_status"] == "SYSTEM",
        tip_only=_first(contents, "UNKNOWN", "collection_basis") in ("TIP", "UNKNOWN"),
        v1367=protected("v1367"),
        sar=protected("sar_derived"),
        sealed=protected("sealed"),
        juvenile_record=protected("juvenile"),
        eu_data=_is_european(contents),
        no_foreign=bool(marks & {"NO_FOREIGN", "NOFORN"}),
        no_ngo="NO_NGO" in marks,
        originator_control="H2" in europol or bool(marks & {"ORCON", "ORIGINATOR_CONTROL"}),
        handling_text="H3" in europol or any((c["handling"]["h3_text"] or "").strip() for c in contents),
        victim_present=any(p["role"] in ("VICTIM", "POSSIBLE_VICTIM") for c in contents for p in c["persons"]),
        imminent_danger=_first(contents, "UNKNOWN", "urgency", "imminent_danger") == "YES",
        unknown_country=_first(parts, None, "routing_country") is None,
        trafficking=bool(about & TRAFFICKING),
        child_exploitation=bool(about & CHILDREN),
        money_laundering="MONEY_LAUNDERING" in about,
        warrant_required=any(content["legal"]["warrant_required"] == "YES" for content in contents)
        or any(file["access_blocked"] == "YES" for content in contents for file in content["files"]),
        service_provider_source=_first(contents, "UNKNOWN", "source", "kind") == "HOTLINE",
        tlp=_tlp(contents),
        categories=frozenset(about),
        countries=frozenset().union(*map(countries_of, parts)),
    )


def standing(parts, facts, partner, home, at, state=None, counts=None):
    """How they stand to each other at this moment; `counts` says which agreements count, if not those in force."""
    contents = [part["content"] for part in parts]
    counts = counts or (lambda agreement: agreement.starts <= at < agreement.ends)
    agreements = [agreement for agreement in partner.agreements if counts(agreement)]
    recipients = [{name.strip().lower() for name in content["handling"]["recipients"]} for content in contents]
    return Now(
        agreement_in_force=bool(agreements),
        category_covered=_covers(partner.categories, facts.categories)
        and all(any(_covers(agreement.categories, {one}) for agreement in agreements) for one in facts.categories),
        purpose_covered=all(_serves(content["legal"]["purposes"], partner) for content in contents),
        transfer_basis=partner.country in EUROPEAN_UNION or any(agreement.transfer for agreement in agreements),
        # Parts leave together: whoever is named is named by each that names somebody.
        named=any(recipients) and all(partner.name in names for names in recipients if names),
        consented=_consented([content["protections"]["consent"] for content in contents], partner, at),
        country_touched=partner.country in facts.countries,
        tlp_above_ceiling=COLOURS.index(facts.tlp) > COLOURS.index(partner.max_tlp),
        foreign_to_originator=partner.country != (_first(contents, None, "originator", "country") or home),
        own=parts[0]["agency"] in partner.agencies,
        state=state or partner.state,
    )


def _serves(purposes, partner):
    """Whether the partner works for a purpose that is stated; who states none does not mind."""
    stated = [code(purpose) for purpose in purposes if purpose.strip()]
    return not stated or bool(partner.purposes & set(stated))


def _covers(choice, categories):
    return choice == "any" or categories <= set(choice)


def _consented(stated, partner, at):
    """Whether consent was given and not refused, is not over, and speaks of this partner, its kind or its purposes."""
    stated = [consent for consent in stated if consent is not None]
    given = {consent["given"] for consent in stated}
    if "YES" not in given or "NO" in given:
        return False
    if any(consent["expires"] is not None and at >= _earliest(consent["expires"]) for consent in stated):
        return False
    meant = {"ANY", code(partner.name), code(partner.kind)} | partner.purposes
    scopes = [{code(scope) for scope in consent["scope"]} for consent in stated if consent["scope"]]
    return bool(scopes) and all(scope & meant for scope in scopes)


def _earliest(moment):
    """The earliest instant that a moment can mean; what nobody can read is long past."""
    if moment["instant"] is not None:
        return moment["instant"]
    local = moment["local"] or ""
    local = {4: f"{local}-01-01", 7: f"{local}-01"}.get(len(local), local[:10])
    try:
        return micros(datetime.combine(date.fromisoformat(local), time(), timezone.utc) - FURTHEST_AHEAD)
    except (ValueError, OverflowError):
        return micros(datetime.min.replace(tzinfo=timezone.utc))
