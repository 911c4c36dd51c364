"""A small site made by hand, in which every promise was kept; tests break one thing each."""

import copy
import hashlib
import json
from collections import Counter
from pathlib import Path

from checker.matching import Matching
from checker.site import Ledger, Site
from checker.topics import Record, Topics
from checker.wire import Schemas
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .offices import CLASSES, OTHER, PARTNER, RELEASE

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = Schemas(ROOT / "schemas")
MATCHING = Matching.read(ROOT / "config" / "matching.toml")
OFFICERS = "leads.officers.v1"
KEYS = {officer: Ed25519PrivateKey.from_private_bytes(officer.ljust(32).encode()) for officer in ("desk", "night-desk")}
MAY = frozenset(("match", "approve", "recall", "apply", "hold"))
# What an equal value says while few hold it, by hand: kind -> (group, one in 2^n, weight, what of it counts at most).
EQUAL = {
    "EXTERNAL_ID": ("identity", 20, 19_926, 30_000),
    "PHONE": ("phone", 20, 19_766, 16_000),
    "DEVICE": ("device", 20, 19_848, 14_000),
    "GIVEN_NAME": ("given", 9, 8_766, 13_000),
    "FAMILY_NAME": ("family", 10, 9_848, 10_000),
    "NARRATIVE": ("narrative", None, 4_000, 12_000),
}
# Where the sum begins in a store of so many live leads.
PRIOR = {1: -1_000, 2: -2_000, 3: -2_584, 4: -3_000, 5: -3_321}


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


def content(subject, phone=None, minor="UNKNOWN", numbers=()):
    made = blank(subject, "Content")
    made["external_ids"] = [blank(subject, "ExternalId", scheme="registry", id=n, relation="case") for n in numbers]
    if phone:
        number = blank(subject, "Phone", e164=phone, text=phone)
        made["persons"] = [blank(subject, "Person", person_ref="p1", role="SUBJECT", minor=minor, phones=[number])]
    return made


def compared(other, live, kinds, relation="related", held=None, household=False):
    """A link to another lead with these equal values, and its evidence; a household explains the phone they share."""
    sums, evidence = {}, []
    for kind in kinds:
        group, bits, weight, _ = EQUAL[kind]
        sums[group] = sums.get(group, 0) + weight
        item = blank("matter-event", "Evidence", kind=kind, level="equal", lead_id=other["lead_id"])
        evidence.append(item | {"weight_millibits": weight, "one_in_bits": bits})
    caps = {group: cap for group, _, _, cap in EQUAL.values()}
    caps["phone"] = 0 if household else caps["phone"]
    groups = [
        {"group": group, "sum_millibits": total, "counted_millibits": min(total, caps[group])}
        for group, total in sums.items()
    ]
    prior = 0 if household else PRIOR[live]
    link = blank("matter-event", "LeadLink", lead_id=other["lead_id"], relation=relation, held=held, groups=groups)
    link |= {"prior_millibits": prior, "rival": "household" if household else "stranger"}
    link["weight_millibits"] = prior + sum(g["counted_millibits"] for g in groups)
    return link, evidence


def sign(word, title, *lines):
    """The word, signed by its officer."""
    text = "\n".join(map(str, (title, *lines, word["reason"], word["officer"], word["at"])))
    word["signature"] = KEYS[word["officer"]].sign(text.encode()).hex()
    return word


def numbers_of(phone):
    """Who shares the phone has the same number in the registry, unless other numbers are given."""
    return (phone[-4:],) if phone else ()


class World:
    """Records by topic, easy to change before the rules run."""

    def __init__(self):
        self.records, self.lines, self.next = [], [], {}
        self.partners = [PARTNER, OTHER]
        self.aborted, self.unsettled = {}, []
        self.tallied = Counter()
        self.moved = 0  # regroupings
        self.purged = 0
        self.chain = []  # hashes of decisions
        self.release = None  # the partners and policies that decide

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

    def lead(self, inbound, number, kind="REPORT", phone="+12025550101", index=0, numbers=None, **values):
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
            routing_country="US",
            raw=raw,
            content=content("lead", phone, numbers=numbers if numbers is not None else numbers_of(phone)),
        )
        if number == "A":  # one that states its own number, which no copy may show
            own = blank("lead", "ExternalId", scheme="houston-tips", id=number, relation="self")
            lead["content"]["external_ids"].append(own)
        lead |= values
        self.tallied["normaliser", "lead/"] += 1
        self.put("leads.normalised.v1", SCHEMAS.encode("lead", lead), lead["lead_id"], [("leadshare-order", order)])
        return lead

    def verdict(self, lead, verdict, version=1, matter=None, cluster=None, links=(), change=None):
        """The verdict on the lead that was put last; `change` may falsify it."""
        event = blank("matter-event", "AssessedLead", verdict=verdict, version=version, lead=copy.deepcopy(lead))
        event["matter_id"] = matter or lead["lead_id"]
        event["cluster_id"] = cluster or event["matter_id"]
        event["place"] = self.next["leads.normalised.v1"] - 1
        event["links"] = [link for link, _ in links]
        event["evidence"] = [item for _, found in links for item in found]
        if change:
            change(event)
        verdict = event["verdict"]
        self.tallied["deduplicator", verdict + "/"] += 1
        value = SCHEMAS.encode("matter-event", ("leadshare.v1.AssessedLead", event))
        self.put("leads.matters.v1", value, event["matter_id"], [("leadshare-order", lead["order"])])
        return event

    def ask(self, event, change=None):
        """The case of a person, if the verdict has a link that one decides on."""
        if not any(link["relation"] == "review" for link in event["links"]):
            return
        lead = event["lead"]
        case = blank("review-case", "ReviewCase", lead_id=lead["lead_id"], domain=lead["message_status"])
        names = ("matter_id", "evidence", "hot", "place", "assessed_at", "matching")
        case |= {name: copy.deepcopy(event[name]) for name in names}
        case["candidates"] = copy.deepcopy(event["links"])
        if change:
            change(case)
        self.put("leads.review.v1", SCHEMAS.encode("review-case", case), case["lead_id"])

    def word(self, judgement, first, second, at):
        """An officer's word on two leads."""
        names = {"first": first["lead_id"], "second": second["lead_id"]}
        word = blank("match-decision", "MatchDecision", judgement=judgement, at=at, officer="desk", **names)
        sign(word, "leadshare match decision 1", judgement, word["domain"], word["first"], word["second"])
        self.tallied["gate", judgement + "/"] += 1
        self.pass_gate(OFFICERS, "leads.normalised.v1", SCHEMAS.encode("match-decision", word), word["first"])

    def keep(self, lead, placed, at):
        """An officer keeps a lead beyond its time, or does so no more."""
        word = blank("legal-hold", "LegalHold", lead_id=lead["lead_id"], placed=placed, at=at, officer="desk", reason="order")
        said = "placed" if placed else "lifted"
        sign(word, "leadshare legal hold 1", word["lead_id"], word["domain"], said)
        for service in ("gate", "deduplicator"):
            self.tallied[service, f"HOLD_{said.upper()}/"] += 1
        value = SCHEMAS.encode("legal-hold", word)
        self.pass_gate(OFFICERS, "leads.normalised.v1", value, word["lead_id"])
        key = f"{word['domain']}/{word['lead_id']}/{word['reason']}"
        self.put("leads.legal-holds.v1", value if placed else None, key)

    def pass_gate(self, came, went, value, key, sent=None):
        """What is said and passes."""
        record = self.put(came, value if sent is None else sent, b"desk")
        self.put(went, value, key, [("leadshare-order", f"{record.timestamp}-{record.offset}-0")])

    def speak(self, name, tally, event, came=OFFICERS, sent=None, **values):
        """An Approval, a Recall, a Reconsideration or a Feedback on the lead of a verdict."""
        lead = event["lead"]
        said = blank("matter-event", name, lead_id=lead["lead_id"], domain=lead["message_status"], **values)
        said["matter_id"] = event["matter_id"]
        lines = [said["matter_id"], said["lead_id"], said["domain"]]
        if name == "Recall":
            sign(said, "leadshare recall 1", *lines)
        elif name == "Approval":
            verb = "approved" if said["approved"] else "refused"
            sign(said, "leadshare approval 1", *lines, said["version"], said["partner"], verb)
        elif name == "Reconsideration":
            sign(said, "leadshare reconsideration 1", *lines, said["ground"])
        self.tallied["gate", tally + "/"] += 1
        value = SCHEMAS.encode("matter-event", (f"leadshare.v1.{name}", said))
        self.pass_gate(came, "leads.matters.v1", value, event["matter_id"], sent)

    def answer(self, event, answer, reference, revision):
        """PARTNER's answer to a copy, and what the router notes of it."""
        sent = json.dumps({"reference": reference, "answer": answer}).encode()
        topic = f"leads.feedback.{PARTNER}.v1"
        self.speak("Feedback", answer, event, topic, sent, partner=PARTNER, revision=revision, answer=answer)
        self.tallied["router", f"{answer}/{PARTNER}"] += 1
        self.decide(event, self.outcome(PARTNER, "UNCHANGED", revision=revision, answer=answer), cause="ANSWER")

    def hold(self, event, version=1, needs=1, listed=True):
        """A release to PARTNER that waits, or waits no more."""
        lead = event["lead"]
        key = f"{lead['message_status']}/{lead['lead_id']}/{PARTNER}"
        held = blank("held-release", "HeldRelease", lead_id=lead["lead_id"], domain=lead["message_status"])
        held |= {"version": version, "needs": needs, "partner": PARTNER, "matter_id": event["matter_id"]}
        self.put("leads.held.v1", SCHEMAS.encode("held-release", held) if listed else None, key)

    def sign_head(self):
        """The newest decision's hash, signed."""
        signed = blank("checkpoint", "Checkpoint", sequence=len(self.chain), head=self.chain[-1])
        self.put("leads.checkpoints.v1", SCHEMAS.encode("checkpoint", signed), "0")

    def regroup(self, home, cluster, leads, cause, officer=None, place=None):
        """Leads of one home that stand elsewhere now."""
        names = sorted(lead["lead_id"] for lead in leads)
        found = blank("matter-event", "Regrouping", matter_id=home["lead_id"], cluster_id=cluster["lead_id"])
        found |= {"leads": names, "caused_by": cause["lead_id"], "officer": officer}
        found["place"] = self.next["leads.normalised.v1"] - 1 if place is None else place
        value = SCHEMAS.encode("matter-event", ("leadshare.v1.Regrouping", found))
        self.moved += 1
        self.put("leads.matters.v1", value, found["matter_id"])

    def purge(self, event, due, at, told=True):
        """The time of a lead is over: it is put on the stream of leads, read there, and the router forgets it."""
        lead = event["lead"]
        found = blank("purge", "Purge", lead_id=lead["lead_id"], domain=lead["message_status"], due=due, at=at)
        found["matter_id"] = event["matter_id"]
        self.purged += 1
        self.tallied["deduplicator", "PURGE_DUE/"] += 1
        value = SCHEMAS.encode("purge", found)
        self.put("leads.normalised.v1", value, found["lead_id"], timestamp=at // 1_000)
        if told:
            self.tallied["deduplicator", "PURGED/"] += 1
            found["version"] = event["version"]
            value = SCHEMAS.encode("matter-event", ("leadshare.v1.Purge", found))
            self.put("leads.matters.v1", value, found["matter_id"])
            unchanged = [self.outcome(partner, "UNCHANGED") for partner in self.partners]
            self.decide(event, *unchanged, cause="PURGE")

    def close(self, **counts):
        """Counters and tallies as they have to be; what only the normaliser knows is given."""
        topics = Counter(r.topic for r in self.records)
        words = topics["leads.normalised.v1"] - self.tallied["normaliser", "lead/"]
        leads = self.tallied["normaliser", "lead/"]
        unjudged = topics["leads.dead-letter.deduplicator.v1"]
        judged = leads - unjudged
        moves = topics["leads.matters.v1"] - judged
        copies = sum(n for topic, n in topics.items() if topic.startswith("leads.domestic."))
        found = {
            "normaliser": {"leads": leads, "entries": leads + sum(counts.values()), **counts},
            "deduplicator": {"entries": leads + words, "leads": judged, "verdicts": judged, "not_a_lead": words},
            "router": {"entries": judged + moves, "leads": judged, "not_a_lead": moves, "disclosures": copies},
        }
        found["deduplicator"]["dead_letters"] = unjudged
        gate = ("leads.officers.", "leads.feedback.")
        messages = sum(n for topic, n in topics.items() if topic.startswith(gate))
        refused = topics["leads.dead-letter.gate.v1"]
        found["gate"] = {"messages": messages, "entries": messages, "dead_letters": refused}
        found["gate"] |= {"not_a_lead": messages - refused, "events": moves - self.moved - self.purged}
        found["normaliser"]["messages"] = topics["leads.inbound.houston-tips.v1"]
        found["router"]["outcomes"] = judged * len(self.partners)
        for service in ("deduplicator", "router"):
            found[service] |= {"messages": found[service]["entries"], "events": moves}
        found["deduplicator"] |= {"events": self.moved + self.purged, "returned": self.purged}
        for service, named in found.items():
            for name, n in named.items():
                self.count(service, name, n)
        for (service, name), n in self.tallied.items():
            self.tally(service, name, n)
        return self

    def outcome(self, partner, code, **values):
        return blank("decision", "Outcome", partner=partner, outcome=code) | values

    def decide(self, event, *outcomes, cause="LEAD", version=None, officer=None):
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
            version=version or event["version"],
            domain=lead["message_status"],
            verdict=event["verdict"],
            cause=cause,
            officer=officer,
            policies=self.release.policies_hash if self.release else "",
            partners=self.release.partners_hash if self.release else "",
            sequence=len(self.chain) + 1,
            previous=self.chain[-1] if self.chain else "0" * 64,
            outcomes=list(outcomes),
            grouped=[blank("decision", "OutcomeGroup", outcome="WITHHELD", partners=rest)] if rest else [],
        )
        record = self.put("leads.decisions.v1", SCHEMAS.encode("decision", decision), lead["lead_id"])
        self.chain.append(hashlib.sha256(record.value).hexdigest())

    def deliver(
        self,
        event,
        revision,
        kind="REPORT",
        phone="+12025550101",
        classes=CLASSES,
        cause="LEAD",
        version=None,
        officer=None,
        **values,
    ):
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
            version=version,
            officer=officer,
        )
        sent = blank("partner-lead", "PartnerLead", alias=alias, revision=revision, message_kind=kind)
        sent["content"] = None if kind == "CANCEL" else content("partner-lead", phone, numbers=numbers_of(phone))
        sent["reference"] = hexed(f"{alias}{revision}")
        sent |= values
        self.put(f"leads.domestic.{PARTNER}.v1", SCHEMAS.encode("partner-lead", sent), alias)

    def dead(self, inbound, service="normaliser", value=None, entry=None, reason="not_json"):
        headers = [(n, v.decode()) for n, v in inbound.headers]
        if inbound.header("leadshare-order") is None:
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
        officers = {name: (key.public_key().public_bytes_raw().hex(), MAY) for name, key in KEYS.items()}
        return Site(topics, SCHEMAS, MATCHING, self.partners, Ledger(self.lines), officers, self.release)


def kept():
    """A report, its repeat, duplicates that are covered, an update, a Cancel, a purge, a dead letter, an acknowledgement."""
    w = World()
    w.release = RELEASE
    one = w.inbound("report A")
    a = w.lead(one, "A")
    event_a = w.verdict(a, "NEW")
    w.deliver(event_a, 1)

    again = w.lead(w.inbound("report A"), "A")
    w.decide(w.verdict(again, "REPLAY"), w.outcome(PARTNER, "UNCHANGED", revision=1))

    b = w.lead(w.inbound("report B"), "B")
    both = ("EXTERNAL_ID", "PHONE")
    event_b = w.verdict(b, "DUPLICATE", matter=a["lead_id"], links=[compared(a, 1, both, "repeats")])
    w.decide(event_b, w.outcome(PARTNER, "COVERED", classes=CLASSES, covered_by=[a["lead_id"]]))

    newer = w.lead(w.inbound("report A, newer"), "A", phone="+12025550102")
    w.deliver(w.verdict(newer, "UPDATE", 2), 2, "UPDATE", phone="+12025550102")
    w.deliver(event_b, 1, cause="UNCOVERED")

    gone = w.lead(w.inbound("cancel A"), "A", "CANCEL", phone=None)
    w.deliver(w.verdict(gone, "CANCEL", 3), 3, "CANCEL")
    # What began with A is still called so.

    c = w.lead(w.inbound("report C"), "C")
    event_c = w.verdict(c, "DUPLICATE", matter=a["lead_id"], links=[compared(b, 1, both, "repeats")])
    w.decide(event_c, w.outcome(PARTNER, "COVERED", classes=CLASSES, covered_by=[b["lead_id"]]))

    w.speak("Reconsideration", "RECONSIDERED", event_c, ground="POLICY", reason="new-policy", officer="desk")
    same = w.outcome(PARTNER, "COVERED", classes=CLASSES, covered_by=[b["lead_id"]])
    w.decide(event_c, same, cause="POLICY", officer="desk")

    forget(w)
    release(w, a)
    w.dead(w.inbound("{", entries=["malformed"]))
    w.inbound("ack", entries=["not_a_lead"])
    return w.close(not_a_lead=1, dead_letters=1)


def release(w, a):
    """One that waits for two officers, goes out, is taken back and answered; a word that the gate refuses."""
    d = w.lead(w.inbound("report D"), "D", phone="+12025550199")
    event = w.verdict(d, "NEW")
    held = w.outcome(PARTNER, "HELD", classes=CLASSES, policies=["two-for-harbor"])
    w.decide(event, held)
    w.hold(event, needs=2)
    for officer in ("desk", "night-desk"):
        w.speak("Approval", "APPROVED", event, partner=PARTNER, version=1, approved=True, officer=officer)
        if officer == "desk":
            w.decide(event, held, cause="APPROVAL", officer=officer)
    w.deliver(event, 1, phone="+12025550199", cause="APPROVAL", officer="night-desk")
    w.hold(event, listed=False)
    w.sign_head()
    w.speak("Recall", "RECALLED", event, reason="wrong-person", officer="desk")
    w.deliver(event, 2, "CANCEL", cause="RECALL", cancel_reason="RECALLED", officer="desk")
    w.answer(event, "DESTROYED", hexed(hexed("alias" + d["lead_id"]) + "2"), 2)
    w.dead(w.put(OFFICERS, b"?", b"desk"), "gate", reason="undecodable")


def forget(w):
    """One whose time is over; a replay of it is known, and a Cancel reaches who holds it."""
    retention = blank("lead", "Retention", purge_due=5_000_000)
    e = w.lead(w.inbound("report E"), "E", phone="+12025550188", retention=retention)
    event = w.verdict(e, "NEW")
    w.deliver(event, 1, phone="+12025550188")
    w.keep(e, True, 1)
    w.keep(e, False, 2)
    w.purge(event, 5_000_000, 5_000_001)
    w.lead(w.inbound("addition to E"), "E", "UPDATE", phone=None, amendment_key="f1", retention=retention)
    w.dead(w.records[-1], "deduplicator", reason="adds_to_purged")
    again = w.lead(w.inbound("report E"), "E", phone="+12025550188", retention=retention)
    w.decide(w.verdict(again, "REPLAY"), w.outcome(PARTNER, "UNCHANGED", revision=1))
    gone = w.lead(w.inbound("cancel E"), "E", "CANCEL", phone=None)
    w.deliver(w.verdict(gone, "CANCEL", 2), 2, "CANCEL")


def results(world):
    from checker.rules import check

    return {r.rule: r for r in check(world.site())}


def faulty(world):
    """The rules that found something."""
    return {name for name, r in results(world).items() if r.faults}
