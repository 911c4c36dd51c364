"""Rules about forms: what copies give in place of values that they do not show, coarser or as tokens."""

import re
from collections import defaultdict

from .result import Result

TOKEN = re.compile(r"^token:[0-9a-f]{32}$")
SHAPES = {
    "AGE_BAND": re.compile(r"^(\d{1,3}-\d{1,3}|\d{1,3}\+)$"),
    "ADMIN_AREA": re.compile(r"^[^\d]{2,46}$"),
    "DAY": re.compile(r"^\d{4}-\d\d-\d\d$"),
}
# The class of the field that a form stands for: the first word of `field`, or all of it.
OUTLINE_CLASS = {
    "persons.age": "identity",
    "places": "location",
    "places.at": "location",
    "network_events.at": "device_network",
    "devices.at": "device_network",
    "financial.at": "financial",
}
TOKEN_CLASS = {
    "persons.phones": "contact",
    "persons.emails": "contact",
    "organizations.phones": "contact",
    "organizations.emails": "contact",
    "persons.documents.number": "identity",
    "accounts.handle": "account",
    "accounts.provider_id": "account",
    "devices.id_value": "device_network",
    "financial.account": "financial",
    "vehicles.plate": "identity",
}


def _band_is_an_age(value):
    low, _, high = value.partition("-")
    return high != "" and int(high) <= int(low)


def forms_are_granted(site):
    """PL-9: a form is granted for the class of its field, is no more than a form, and is one partner's."""
    result = Result("forms", "PL-9")
    holders = defaultdict(set)  # token -> the partners who have it
    for _, outcome, copy in site.disclosures():
        result.checked += 1
        what = f"{outcome['partner']} {copy['alias'][:8]} revision {copy['revision']}"
        granted = {kind: {form["class"] for form in outcome[kind]} for kind in ("outlines", "tokens")}
        for outline in copy["outlines"]:
            needs = OUTLINE_CLASS.get(outline["field"])
            if needs not in granted["outlines"]:
                result.fault(f"{what}: an outline of {outline['field']} that no policy grants")
            shape = SHAPES.get(outline["kind"])
            if shape is None or not shape.match(outline["value"]):
                result.fault(f"{what}: an outline of {outline['field']} that is no {outline['kind']}")
            elif outline["kind"] == "AGE_BAND" and _band_is_an_age(outline["value"]):
                result.fault(f"{what}: an age band that is an age")
        for token in copy["tokens"]:
            holders[token["token"]].add(outcome["partner"])
            needs = TOKEN_CLASS.get(token["field"])
            if needs not in granted["tokens"]:
                result.fault(f"{what}: a token of {token['field']} that no policy grants")
            if not TOKEN.match(token["token"]):
                result.fault(f"{what}: a token of {token['field']} that is none")
        shown = {person["person_ref"] for person in copy["content"]["persons"]}
        for form in copy["outlines"] + copy["tokens"]:
            if form["person_ref"] is not None and form["person_ref"] not in shown:
                result.fault(f"{what}: a form names a person whom the copy does not show")
    for partners in holders.values():
        if len(partners) > 1:
            result.fault(f"partners {sorted(partners)} have a token in common")
    return result
