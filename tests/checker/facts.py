"""Facts and classes of a lead's content, read from the properties that the schema gives every field.

`leadshare.class` is the base class of a field; a field without it is a nested record. `leadshare.fact: false`
marks what coverage does not compare. `leadshare.person` says whom a value is about: `own` (the record is a
person), `by_ref` (its person_ref; tied to nobody means anybody), `all` (free text: anybody in the lead). An
enumeration with `leadshare.absence_counts` is a fact also where it has its default.
"""

from dataclasses import dataclass

CLASS, FACT, PERSON = "leadshare.class", "leadshare.fact", "leadshare.person"
ABSENCE_COUNTS = "leadshare.absence_counts"

ROLE_CLASS = {
    "SUBJECT": "subject",
    "VICTIM": "victim",
    "POSSIBLE_VICTIM": "victim",
    "REPORTER": "reporter",
    "WITNESS": "witness",
}


def person_classes(person):
    """The classes of everything about a person; unknown age counts as minor."""
    classes = {ROLE_CLASS.get(person["role"], "other_person")}
    if person["minor"] != "NO":
        classes.add("minor")
    return frozenset(classes)


def without_own_numbers(content):
    """The agency's own number for a report is in no copy: two partners could join theirs by it."""
    numbers = [n for n in content["external_ids"] if n["relation"].strip().lower() != "self"]
    return content | {"external_ids": numbers}


@dataclass(frozen=True, slots=True)
class Value:
    """A value where it stands; an absent one only where its absence counts."""

    path: str
    role: str
    classes: frozenset
    fact: bool
    atoms: tuple
    stated: bool = True


def facts_of(values, permitted=None):
    """The facts among values that these classes show; all of them when `permitted` is None."""
    shown = (v for v in values if v.fact and (permitted is None or v.classes <= permitted))
    return frozenset((v.path, v.role, atom) for v in shown for atom in v.atoms)


@dataclass(frozen=True, slots=True)
class Place:
    about: frozenset
    role: str


NUL = "\x1f"


def _moment(v):
    if v["instant"] is not None:
        return [("number", v["instant"])]
    text = v["local"] if v["local"] is not None else v["text"]
    return [text] if text else []


def _either(form, text="text"):
    def atoms(v):
        chosen = v[form] if v[form] is not None else v[text]
        return [chosen] if chosen else []

    return atoms


def _named(first, second):
    return lambda v: [v[first] + NUL + v[second]] if v[second] else []


ATOMS = {
    "Moment": _moment,
    "Phone": _either("e164"),
    "Email": _either("address"),
    "IpAddress": _either("address"),
    "CountryValue": _either("code"),
    "NamedText": _named("name", "text"),
    "ExternalId": _named("scheme", "id"),
    "Indicator": _named("scheme", "code"),
    "Point": lambda v: [("point", v["lat"], v["lon"])],
}


class ContentWalk:
    """Walks the content of leads as one schema describes it."""

    def __init__(self, schema):
        self.named = {}
        self._collect(schema)
        self._plans = {}

    def _collect(self, schema):
        if isinstance(schema, list):
            for branch in schema:
                self._collect(branch)
        elif isinstance(schema, dict):
            if "name" in schema:
                self.named[schema["name"].rsplit(".", 1)[-1]] = schema
            for field in schema.get("fields", []):
                self._collect(field["type"])
            if "items" in schema:
                self._collect(schema["items"])

    def _resolve(self, schema):
        if isinstance(schema, str):
            return self.named.get(schema.rsplit(".", 1)[-1], {"type": schema})
        return schema

    def values(self, content, persons=None):
        """Every value of a content; whom it is about is said by `persons`, else by itself."""
        people = [(p["person_ref"], person_classes(p), p["role"]) for p in (persons or content["persons"])]
        everybody = frozenset().union(*(c for _, c, _ in people)) if people else frozenset({"minor"})
        out = []
        self._record(self.named["Content"], content, Place(frozenset(), ""), people, everybody, out)
        return out

    def _plan(self, record):
        """What a record's fields are, worked out once: (whom it is about, leaves, nested records)."""
        plan = self._plans.get(record["name"])
        if plan is None:
            kinds = {f.get(PERSON) for f in record["fields"]}
            about = "own" if "own" in kinds else "by_ref" if "by_ref" in kinds else None
            leaves = [
                (f["name"], f.get("default"), f"{record['name']}.{f['name']}", frozenset({f[CLASS]}),
                 f.get(PERSON) == "all", self._atoms_of(f["type"]) if f.get(FACT, True) else None,
                 ABSENCE_COUNTS in self._resolve(f["type"]))
                for f in record["fields"] if CLASS in f
            ]
            nested = [(f["name"], *self._records_of(f["type"])) for f in record["fields"] if CLASS not in f]
            plan = self._plans[record["name"]] = (about, leaves, nested)
        return plan

    def _place(self, about, value, place, people, everybody):
        if about == "own":
            return Place(person_classes(value), value["role"])
        if about == "by_ref":
            named = [(c, r) for ref, c, r in people if ref == value["person_ref"]]
            if not named:
                return Place(everybody, "")
            return Place(frozenset().union(*(c for c, _ in named)), named[0][1])
        return place

    def _record(self, record, value, place, people, everybody, out):
        about, leaves, nested = self._plan(record)
        place = self._place(about, value, place, people, everybody)
        for name, default, path, own, by_all, atoms_of, absence_counts in leaves:
            held = value[name]
            stated = held != default
            if not stated and not absence_counts:
                continue
            is_fact = atoms_of is not None
            atoms = tuple(atoms_of(held)) if is_fact and held is not None else ()
            out.append(Value(path, place.role, (everybody if by_all else place.about) | own, is_fact, atoms, stated))
        for name, is_list, kind in nested:
            held = value[name]
            for item in held if is_list else (held,):
                if item is not None:
                    self._record(kind, item, place, people, everybody, out)

    def _records_of(self, schema):
        """Whether a field holds a list of records, and of which."""
        schema = self._of_something(schema)
        is_list = schema["type"] == "array"
        return is_list, self._of_something(schema["items"]) if is_list else schema

    def _of_something(self, schema):
        """What a value is of, if it is not absent."""
        if isinstance(schema, list):
            schema = next(s for s in schema if s != "null")
        return self._resolve(schema)

    def _atoms_of(self, schema):
        """What makes atoms of a value, worked out once."""
        schema = self._of_something(schema)
        kind = schema["type"]
        if kind == "array":
            inner = self._atoms_of(schema["items"])
            return lambda held: [atom for item in held for atom in inner(item)]
        if kind == "record":
            return ATOMS[schema["name"]]
        if kind == "enum":
            nothing = () if ABSENCE_COUNTS in schema else (schema["default"],)
            return lambda held: [] if held in nothing else [held]
        if kind == "string":
            return lambda held: [held] if held else []
        return lambda held: [("number", held)]

    def facts(self, content):
        """All its facts."""
        return facts_of(self.values(content))

    def facts_of_copy(self, content, permitted):
        """The facts that a copy holds: all that it states, whatever was permitted."""
        return facts_of(v for v in self.values(content) if v.stated or v.classes <= permitted)

    def personal_texts(self, content):
        """Texts of values that are about a person, for the search in keys and headers."""
        wanted = {"identity", "contact", "account", "location", "financial", "device_network", "narrative"}
        for v in self.values(content):
            if v.classes & wanted:
                for atom in v.atoms:
                    text = atom.rsplit(NUL, 1)[-1] if isinstance(atom, str) else ""
                    if len(text) >= 6:
                        yield text
