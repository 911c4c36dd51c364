"""A small site made by hand, in which every promise was kept; tests break one thing each."""

import copy
import hashlib
from collections import Counter
from pathlib import Path

from checker.site import Ledger, Matching, Site
from checker.topics import Record, Topics
from checker.wire import Schemas

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = Schemas(ROOT / "schemas")
MATCHING = Matching({"EXTERNAL_ID": 20_000, "PHONE": 16_000}, cap=50, members=64)
PARTNER, OTHER = "harbor-office", "casa-refugio"
CLASSES = ["general", "contact", "subject", "minor"]


def blank(subject, name, **values):
    """A record of this name with the defaults of its schema."""
    named = {}

    def collect(schema):
        if isinstance(schema, list):
            any(collect(s) for s in schema)
        elif isinstance(schema, dict):
            if schema.get("name"):
                named[schema["name"]] = schema
            for field in schema.get("fields", []):
                collect(field["type"])
            collect(schema.get("items"))

    def default(field):
        kind = field["type"]
        if isinstance(kind, str):
            kind = named.get(kind.rsplit(".", 1)[-1], kind)
        if isinstance(kind, dict) and kind["type"] == "record":
            return make(kind["name"])
        return copy.deepcopy(field.get("default", ""))

    def make(record):
        return {f["name"]: default(f) for f in named[record]["fields"]}

    collect(SCHEMAS.sources[subject])
    return make(name) | values


def hexed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def content(subject, phone=None, minor="UNKNOWN"):
    made = blank(subject, "Content")
    if phone:
        number = blank(subject, "Phone", e164=phone, text=phone)
        made["persons"] = [blank(subject, "Person", person_ref="p1", role="SUBJECT", minor=minor, phones=[number])]
    return made


class World:
    """Records by topic, easy to change before the rules run."""

    def __init__(self):
        self.records, self.lines, self.next = [], [], {}
        self.partners = [PARTNER, OTHER]
        self.aborted, self.unsettled = {}, []
        self.tallied = Counter()

    def put(self, topic, value, key=None, headers=(), timestamp=0):
        offset = self.next.get(topic, 0)
        self.next[topic] = offset + 1
        headers = tuple((n, v.encode()) for n, v in headers)
        key = key.encode() if isinstance(key, str) else key
        self.records.append(Record(topic, 0, offset, timestamp, key, value, headers))
        return self.records[-1]

    def inbound(self, text, entries=("lead",), timestamp=1_000):
        topic = "leads.inbound.houston-tips.v1"
        record = self.put(topic, text.encode(), headers=[("note", "own")], timestamp=timestamp)
        digest = hashlib.sha256(record.value).hexdigest()
        self.lines.append({"n": len(self.lines), "topic": topic, "sha256": digest, "entries": list(entries)})
        return record

    def lead(self, inbound, number, kind="REPORT", phone="+12025550101", index=0, **values):
        order = f"{inbound.timestamp}-{inbound.offset}-{index}"
        raw = blank(
            "lead",
            "RawRef",
            sha256=hashlib.sha256(inbound.value).hexdigest(),
            topic=inbound.topic,
            offset=inbound.offset,
            index=index,
        )
        lead = blank(
            "lead",
            "Lead",
            lead_id=hexed(number),
            agency="houston-tips",
            report_number=number,
            content_hash=hexed(inbound.value.decode()) * 2,
            order=order,
            message_kind=kind,
            raw=raw,
            content=content("lead", phone),
        )
        if number == "A":  # one that states its own number, which no copy may show
            own = blank("lead", "ExternalId", scheme="houston-tips", id=number, relation="self")
            lead["content"]["external_ids"] = [own]
        lead |= values
        self.tallied["normaliser", "lead/"] += 1
        self.put("leads.normalised.v1", SCHEMAS.encode("lead", lead), lead["lead_id"], [("leadshare-order", order)])
        return lead

    def verdict(self, lead, verdict, version=1, matter=None):
        event = blank("matter-event", "AssessedLead", verdict=verdict, version=version, lead=copy.deepcopy(lead))
        event["matter_id"] = matter or lead["lead_id"]
        self.tallied["deduplicator", verdict + "/"] += 1
        value = SCHEMAS.encode("matter-event", ("leadshare.v1.AssessedLead", event))
        self.put("leads.matters.v1", value, event["matter_id"], [("leadshare-order", lead["order"])])
        return event

    def outcome(self, partner, code, **values):
        return blank("decision", "Outcome", partner=partner, outcome=code) | values

    def decide(self, event, *outcomes, cause="LEAD"):
        lead = event["lead"]
        named = {o["partner"] for o in outcomes}
        rest = [p for p in self.partners if p not in named]
        self.tallied.update(("router", f"{o['outcome']}/{o['partner']}") for o in outcomes)
        self.tallied.update(("router", f"WITHHELD/{p}") for p in rest)
        decision = blank(
            "decision",
            "Decision",
            lead_id=lead["lead_id"],
            matter_id=event["matter_id"],
            version=event["version"],
            domain=lead["message_status"],
            verdict=event["verdict"],
            cause=cause,
            outcomes=list(outcomes),
            grouped=[blank("decision", "OutcomeGroup", outcome="WITHHELD", partners=rest)] if rest else [],
        )
        self.put("leads.decisions.v1", SCHEMAS.encode("decision", decision), lead["lead_id"])

    def deliver(self, event, revision, kind="REPORT", phone="+12025550101", classes=CLASSES, cause="LEAD", **values):
        """A decision that sends a message to PARTNER, and the message."""
        alias = hexed("alias" + event["lead"]["lead_id"])
        self.decide(
            event,
            self.outcome(
                PARTNER,
                "WITHHELD" if kind == "CANCEL" else "DELIVERED",
                action=kind,
                alias=alias,
                revision=revision,
                classes=[] if kind == "CANCEL" else classes,
            ),
            cause=cause,
        )
        sent = blank("partner-lead", "PartnerLead", alias=alias, revision=revision, message_kind=kind)
        sent["content"] = None if kind == "CANCEL" else content("partner-lead", phone)
        sent |= values
        self.put(f"leads.domestic.{PARTNER}.v1", SCHEMAS.encode("partner-lead", sent), alias)

    def dead(self, inbound, service="normaliser", value=None, entry=None, reason="not_json"):
        headers = [(n, v.decode()) for n, v in inbound.headers]
        headers += [("leadshare-order", f"{inbound.timestamp}-{inbound.offset}-{entry or 0}")]
        headers += [("__connect.errors.topic", inbound.topic), ("__connect.errors.partition", "0")]
        headers += [("__connect.errors.offset", str(inbound.offset)), ("leadshare-reason", reason)]
        if entry is not None:
            headers.append(("leadshare-entry", str(entry)))
        value = inbound.value if value is None else value
        self.tallied[service, "dead_letter/"] += 1
        self.put(f"leads.dead-letter.{service}.v1", value, inbound.key, headers)

    def count(self, service, name, n):
        key = b"leads\0\0count/" + name.encode()
        self.put(f"leads.changelog.{service}.v1", n.to_bytes(8, "big"), key)

    def tally(self, service, name, n):
        key = b"leads\0\0tally/" + name.encode()
        self.put(f"leads.changelog.{service}.v1", n.to_bytes(8, "big"), key)

    def site(self):
        topics = Topics(self.records, self.aborted, self.unsettled)
        return Site(topics, SCHEMAS, MATCHING, self.partners, Ledger(self.lines))


def kept():
    """A report, its repeat, duplicates that are covered, an update, a Cancel, a dead letter, an acknowledgement."""
    w = World()
    one = w.inbound("report A")
    a = w.lead(one, "A")
    event_a = w.verdict(a, "NEW")
    w.deliver(event_a, 1)

    again = w.lead(w.inbound("report A"), "A")
    w.decide(w.verdict(again, "REPLAY"), w.outcome(PARTNER, "UNCHANGED", revision=1))

    b = w.lead(w.inbound("report B"), "B")
    event_b = w.verdict(b, "DUPLICATE", matter=a["lead_id"])
    w.decide(event_b, w.outcome(PARTNER, "COVERED", classes=CLASSES, covered_by=[a["lead_id"]]))

    newer = w.lead(w.inbound("report A, newer"), "A", phone="+12025550102")
    w.deliver(w.verdict(newer, "UPDATE", 2), 2, "UPDATE", phone="+12025550102")
    w.deliver(event_b, 1, cause="UNCOVERED")

    gone = w.lead(w.inbound("cancel A"), "A", "CANCEL", phone=None)
    w.deliver(w.verdict(gone, "CANCEL", 3), 3, "CANCEL")

    c = w.lead(w.inbound("report C"), "C")
    event_c = w.verdict(c, "DUPLICATE", matter=a["lead_id"])
    w.decide(event_c, w.outcome(PARTNER, "COVERED", classes=CLASSES, covered_by=[b["lead_id"]]))

    w.dead(w.inbound("{", entries=["malformed"]))
    w.inbound("ack", entries=["not_a_lead"])
    for name, n in {"messages": 8, "entries": 8, "leads": 6, "not_a_lead": 1, "dead_letters": 1}.items():
        w.count("normaliser", name, n)
    for name, n in {"messages": 6, "verdicts": 6}.items():
        w.count("deduplicator", name, n)
    for name, n in {"messages": 6, "leads": 6, "outcomes": 12, "disclosures": 4}.items():
        w.count("router", name, n)
    for (service, name), n in w.tallied.items():
        w.tally(service, name, n)
    return w


def results(world):
    from checker.rules import check

    return {r.rule: r for r in check(world.site())}


def faulty(world):
    """The rules that found something."""
    return {name for name, r in results(world).items() if r.faults}
