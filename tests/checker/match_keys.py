"""What a lead says that is only ever equal or not: identifiers, documents, full birth dates.

Texts are compared trimmed and in lower case. Placeholders, an officer's own contacts and identifiers of nothing but
zeros say nothing. Documents and birth dates are those of persons that are evidence: an officer or a reporter is none.
"""

from dataclasses import dataclass

IDENTIFIERS = (
    "EXTERNAL_ID",
    "PHONE",
    "EMAIL",
    "ACCOUNT",
    "FILE_HASH",
    "DEVICE",
    "FINANCIAL_ACCOUNT",
    "VEHICLE",
)
# Identifiers of one lead that are compared.
COMPARED = 128
NO_EVIDENCE = ("CONTACT", "REPORTER")


def folded(text):
    return (text or "").strip().lower()


def letters_and_digits(text):
    return "".join(c for c in (text or "").lower() if c.isalnum())


def says_nothing(text):
    """Whether nothing but zeros is left of it."""
    return all(c == "0" for c in letters_and_digits(text))


def _persons(content):
    return [person for person in content["persons"] if person["role"] not in NO_EVIDENCE]


def _contacts(content, steward):
    """Phones and addresses: an officer's own stand in every lead of the agency, and what the steward lists is many's."""
    holders = [p for p in content["persons"] if p["role"] != "CONTACT"] + content["organizations"]
    for holder in holders:
        for phone in holder["phones"]:
            if phone["e164"] not in steward:
                yield "PHONE", "".join(c for c in phone["e164"] or "" if c in "0123456789")
        for email in holder["emails"]:
            if not email["placeholder"] and folded(email["address"]) not in steward:
                yield "EMAIL", email["address"]


def _accounts(content):
    for account in content["accounts"]:
        if not account["placeholder"]:
            yield "ACCOUNT", account["service"], account["handle"]
            yield "ACCOUNT", "id", account["service"], account["provider_id"]


def _things(content):
    for file in content["files"]:
        for hashed in file["hashes"]:
            if hashed["fits"]:
                yield "FILE_HASH", hashed["algorithm"], hashed["value"]
    for device in content["devices"]:
        if not device["placeholder"] and not says_nothing(device["id_value"]):
            yield "DEVICE", device["id_type"], device["id_value"]
    for item in content["financial"]:
        if not says_nothing(item["account"]):
            yield "FINANCIAL_ACCOUNT", letters_and_digits(item["account"])
    for vehicle in content["vehicles"]:
        if not says_nothing(vehicle["plate"]):
            yield "VEHICLE", folded(vehicle["plate_issuer"]) or "-", letters_and_digits(vehicle["plate"])


def identifiers(lead, steward=frozenset()):
    """Identifiers, each a kind and its parts; the report's own number is one."""
    content = lead["content"]
    found = [("EXTERNAL_ID", lead["agency"], lead["report_number"])]
    found += [("EXTERNAL_ID", own["scheme"], own["id"]) for own in content["external_ids"]]
    found += [*_contacts(content, steward), *_accounts(content), *_things(content)]
    whole = [(kind, *map(folded, parts)) for kind, *parts in found]
    return frozenset(key for key in whole if all(key))


def documents(lead):
    """Documents as (kind, country, number), letters and digits alone."""
    found = set()
    for person in _persons(lead["content"]):
        for document in person["documents"]:
            country = document["country"] or {"code": None, "text": ""}
            country = country["code"] if country["code"] is not None else country["text"]
            kind, country, number = map(letters_and_digits, (document["kind"], country, document["number"]))
            too_short = len(number.encode()) < 3 or says_nothing(number)
            if not document["placeholder"] and not too_short:
                found.add((kind, country, number))
    return frozenset(found)


def births(lead):
    """Birth dates of which year, month and day are known, as digits."""
    found = set()
    for person in _persons(lead["content"]):
        date = person["birth_date"]
        digits = "".join(c for c in (date or {}).get("local") or "" if c in "0123456789")[:8]
        is_full = len(digits) == 8 and "00" not in (digits[4:6], digits[6:8]) and digits[:4] != "0000"
        if is_full and not person["birth_date_placeholder"]:
            found.add(digits)
    return frozenset(found)


@dataclass(frozen=True)
class Said:
    """What a lead or an addition says; with all its parts, what the whole says."""

    identifiers: frozenset = frozenset()
    documents: frozenset = frozenset()
    births: frozenset = frozenset()

    @classmethod
    def by(cls, lead, steward=frozenset()):
        return cls(identifiers(lead, steward), documents(lead), births(lead))

    @classmethod
    def together(cls, parts):
        parts = list(parts)
        lists = [[getattr(part, name) for part in parts] for name in ("identifiers", "documents", "births")]
        return cls(*(frozenset().union(*listed) for listed in lists))

    def values(self):
        """Values whose holders are counted. Of a document that is its number, whatever it is called."""
        numbers = {("DOCUMENT", number) for _, _, number in self.documents}
        return self.identifiers | numbers | {("BIRTH_DATE", date) for date in self.births}

    def shared(self, kind, other):
        """Values of a kind that both hold, as they are counted."""
        if kind == "DOCUMENT":
            return {(kind, a[2]) for a in self.documents for b in other.documents if _is_one_paper(a, b)}
        if kind == "BIRTH_DATE":
            return {(kind, date) for date in self.births & other.births}
        return {value for value in self.identifiers & other.identifiers if value[0] == kind}


def _is_one_paper(a, b):
    """The same number; kind and country may be stated by one of the two only."""
    return a[2] == b[2] and all(x == y or not x or not y for x, y in zip(a[:2], b[:2], strict=True))


class Holders:
    """Which live leads of one domain hold a value, and how many have a value of its kind at all."""

    def __init__(self):
        self.said = {}  # live lead -> what it says
        self._holders, self._population = {}, {}

    def of(self, value):
        return self._holders.get(value, frozenset())

    def population(self, kind):
        return self._population.get(kind, 0)

    def put(self, lead, said):
        """A lead comes to life or says something else."""
        self.drop(lead)
        self.said[lead] = said
        values = said.values()
        for value in values:
            self._holders.setdefault(value, set()).add(lead)
        self._populate(values, 1)

    def drop(self, lead):
        said = self.said.pop(lead, None)
        if said is None:
            return
        values = said.values()
        for value in values:
            self._holders[value].discard(lead)
            if not self._holders[value]:
                del self._holders[value]
        self._populate(values, -1)

    def _populate(self, values, by):
        for kind in {value[0] for value in values}:
            self._population[kind] = self._population.get(kind, 0) + by
