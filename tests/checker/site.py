"""What a site's topics say, decoded once."""

import json
from collections import Counter, defaultdict
from functools import cached_property
from hashlib import sha256

from .facts import ContentWalk, facts_of, without_own_numbers
from .result import Result
from .wire import Undecodable

PARTNER_TOPICS = ("leads.domestic.", "leads.international.")
SILENT = ("STALE", "REPLAY")
NORMALISED = "leads.normalised.v1"
OFFICERS = "leads.officers.v1"
FEEDBACK = "leads.feedback."


def origin(record):
    """Where the record of a dead letter stood, by Kafka Connect's headers."""
    topic = record.header("__connect.errors.topic")
    partition = record.header("__connect.errors.partition")
    offset = record.header("__connect.errors.offset")
    if topic is None or partition is None or offset is None:
        return None
    return (topic, int(partition), int(offset))


class Ledger:
    """What the generator says that it made: JSON lines with topic, sha256 of the bytes, kinds of the entries."""

    def __init__(self, lines):
        self.kinds, self.lines, self.sent = {}, {}, Counter()
        for line in lines:
            identity = (line["topic"], line["sha256"])
            self.kinds[identity] = line["entries"]
            self.lines.setdefault(identity, line["n"])
            self.sent[identity] += 1

    @classmethod
    def read(cls, file):
        with open(file, encoding="utf-8") as lines:
            return cls(json.loads(line) for line in lines)

    def identity(self, record):
        return (record.topic, sha256(record.value or b"").hexdigest())

    def entries(self, record):
        """Kinds of the entries of an inbound record: lead, malformed or not_a_lead; None if it is unknown."""
        return self.kinds.get(self.identity(record))


class Site:
    """Topics, decoded; what does not decode is a fault of the rule `decodable`."""

    def __init__(self, topics, schemas, matching=None, partners=(), ledger=None, officers=None, release=None):
        self.topics, self.schemas = topics, schemas
        self.release = release
        self.officers = officers or {}
        self.matching, self.partners, self.ledger = matching, sorted(partners), ledger
        self.decoding = Result("decodable", "PL-8")
        self.lead_walk = ContentWalk(schemas.sources["lead"])
        self.copy_walk = ContentWalk(schemas.sources["partner-lead"])
        self._facts, self._shown = {}, {}
        # (record, subject, what it says) of leads and of officers' words, in the order of each partition.
        self.committed = [(r, *said) for r, said in self._decode(NORMALISED, ("lead", "match-decision", "legal-hold", "purge"))]
        self.leads = [(record, said) for record, subject, said in self.committed if subject == "lead"]
        self.events, self.regroupings, self.said, self.recalls_of_unknown = [], [], [], []
        self.purges = []
        # (domain, lead) -> its newest version at the time of its last recall. What stands in another partition is not known
        # to who reads this one: the Cancel of what had not come yet stands where the lead alone would, all else where its home is.
        self._recalled, newest = {}, {}
        for record, (_, (name, event)) in self._decode("leads.matters.v1", ("matter-event",)):
            name = name.rsplit(".", 1)[-1]
            if name == "AssessedLead":
                self.events.append((record, event))
                key = (record.partition, event["lead"]["message_status"], event["lead"]["lead_id"])
                newest[key] = max(newest.get(key, 0), event["version"])
            elif name == "Regrouping":
                self.regroupings.append((record, event))
            elif name == "Purge":
                self.purges.append((record, event))
            else:
                self.said.append((record, name, event))
            if name == "Recall":
                key = (event["domain"], event["lead_id"])
                version = newest.get((record.partition, *key), 0)
                if version > 0:
                    self._recalled[key] = version
                else:
                    self.recalls_of_unknown.append(event)
        self.reviews = self._list("leads.review.v1", "review-case")
        self.decisions = self._list("leads.decisions.v1", "decision")
        self.checkpoints = self._list("leads.checkpoints.v1", "checkpoint")
        # A tombstone takes off the list what is held no more.
        self.held = []
        for record in topics.records("leads.held.v1"):
            if record.value is None:
                self.held.append((record, None))
            else:
                self.held.append((record, self._one(record, "held-release")))
        self.copies = {}
        for topic in sorted(topics.by_topic):
            if topic.startswith(PARTNER_TOPICS):
                self.copies[topic.split(".")[2]] = self._list(topic, "partner-lead")

    def _one(self, record, subject):
        self.decoding.checked += 1
        try:
            return self.schemas.decode(subject, record.value)
        except Undecodable as error:
            self.decoding.fault(f"{record.place}: {error}")

    def _list(self, topic, subject):
        return [(record, said) for record, (_, said) in self._decode(topic, (subject,))]

    def _decode(self, topic, subjects):
        for record in self.topics.records(topic):
            self.decoding.checked += 1
            try:
                subject = self.schemas.subject_of(record.value, subjects)
                yield record, (subject, self.schemas.decode(subject, record.value))
            except Undecodable as error:
                self.decoding.fault(f"{record.place}: {error}")

    def lead_facts(self, lead):
        """All facts of a lead."""
        raw = lead["raw"]
        key = (raw["topic"], raw["partition"], raw["offset"], raw["index"])
        if key not in self._facts:
            self._facts[key] = self.lead_walk.facts(lead["content"])
        return self._facts[key]

    def values_shown_of(self, lead):
        """Every value of a lead of this site that some copy may show: for each partner the same."""
        if id(lead) not in self._shown:
            self._shown[id(lead)] = self.lead_walk.values(without_own_numbers(lead["content"]))
        return self._shown[id(lead)]

    @cached_property
    def counters(self):
        """Counters from the changelogs: service -> name -> sum over partitions."""
        return self._sums(b"\0count/")

    @cached_property
    def tallies(self):
        """Tallies from the changelogs: service -> "outcome/route" -> sum over partitions."""
        return self._sums(b"\0tally/")

    def _sums(self, prefix):
        newest = {}
        for topic in self.topics.matching("leads.changelog."):
            service = topic.split(".")[2]
            for record in self.topics.records(topic):
                source, _, key = (record.key or b"").partition(b"\0")
                if key.startswith(prefix):
                    name = key.removeprefix(prefix).decode()
                    newest[(service, record.partition, source, name)] = int.from_bytes(record.value or b"", "big")
        sums = defaultdict(Counter)
        for (service, _, _, name), count in newest.items():
            sums[service][name] += count
        return sums

    @cached_property
    def aliases(self):
        """(partner, alias) -> (domain, lead), from the decisions that wrote a message."""
        return {
            (outcome["partner"], outcome["alias"]): (decision["domain"], decision["lead_id"])
            for _, decision in self.decisions
            for outcome in decision["outcomes"]
            if outcome["alias"] is not None
        }

    @cached_property
    def unprocessed(self):
        """Place -> reason of records that the deduplicator put to its dead letters: to the fold they never came."""
        letters = self.topics.records("leads.dead-letter.deduplicator.v1")
        return {origin(record): record.header("leadshare-reason") for record in letters}

    @cached_property
    def words(self):
        """How many words of officers and purges were taken."""
        return sum(subject != "lead" and r.place not in self.unprocessed for r, subject, _ in self.committed)

    @cached_property
    def withdrawn(self):
        """(domain, lead) of every lead that is withdrawn at the end, by its agency or by a recall after its last version.

        The mark of a Cancel that came before its report may stand on another partition: versions decide.
        """
        newest = {}
        for _, event in self.events:
            key = (event["lead"]["message_status"], event["lead"]["lead_id"])
            if event["verdict"] not in SILENT and event["version"] >= newest.get(key, (0, ""))[0]:
                newest[key] = (event["version"], event["verdict"])
        recalled = {key for key, version in self._recalled.items() if newest.get(key, (0, ""))[0] == version}
        return recalled | {key for key, (_, verdict) in newest.items() if verdict == "CANCEL"}

    @cached_property
    def gone(self):
        """(domain, lead) of every lead of which nothing is said any more: withdrawn, or purged in its last version."""
        newest = {}
        for _, event in self.events:
            key = (event["lead"]["message_status"], event["lead"]["lead_id"])
            newest[key] = max(newest.get(key, 0), event["version"] * (event["verdict"] not in SILENT))
        keys = ((purge["version"], (purge["domain"], purge["lead_id"])) for _, purge in self.purges)
        return self.withdrawn | {key for version, key in keys if newest.get(key, 0) <= version}

    @cached_property
    def standing(self):
        """(domain, lead) -> its home matter and its cluster at the end, as the topics say."""
        homes, clusters = {}, {}
        for _, event in self.events:
            key = (event["lead"]["message_status"], event["lead"]["lead_id"])
            homes[key] = max(homes.get(key, (-1, "")), (event["place"], event["matter_id"]))
            clusters[key] = max(clusters.get(key, (-1, "")), (event["place"], event["cluster_id"]))
        for _, found in self.regroupings:
            for lead in found["leads"]:
                key = (found["domain"], lead)
                clusters[key] = max(clusters.get(key, (-1, "")), (found["place"], found["cluster_id"]))
        return {key: (home, clusters[key][1]) for key, (_, home) in homes.items()}

    @cached_property
    def last_outcomes(self):
        """(partner, domain, lead) -> the last outcome that says more than `unchanged`.

        Decisions of one lead are on one partition, in order.
        """
        last = {}
        for _, decision in self.decisions:
            for outcome in decision["outcomes"]:
                if outcome["outcome"] != "UNCHANGED":
                    last[(outcome["partner"], decision["domain"], decision["lead_id"])] = outcome
            for group in decision["grouped"]:
                if group["outcome"] != "UNCHANGED":
                    for partner in group["partners"]:
                        last[(partner, decision["domain"], decision["lead_id"])] = group
        return last

    @cached_property
    def _accepted(self):
        """(domain, lead) -> its accepted events in order."""
        accepted = defaultdict(list)
        for _, event in self.events:
            if event["verdict"] not in SILENT:
                accepted[(event["lead"]["message_status"], event["lead"]["lead_id"])].append(event)
        for events in accepted.values():
            events.sort(key=lambda e: e["version"])
        return accepted

    def base_at(self, decision):
        """The lead as it stood at a decision; None when additions belong to it, whose merging is not judged here."""
        events = self._accepted.get((decision["domain"], decision["lead_id"]), [])
        before = [e for e in events if e["version"] <= decision["version"]]
        if not before or any(e["verdict"] == "AMENDMENT" for e in before) or before[-1]["verdict"] == "CANCEL":
            return None
        return before[-1]["lead"]

    def parts_at(self, decision):
        """The report and the additions that a lead was of at a decision; none when it was withdrawn."""
        base, additions, withdrawn = None, {}, False
        for event in self._accepted.get((decision["domain"], decision["lead_id"]), []):
            if event["version"] > decision["version"]:
                break
            if event["verdict"] == "AMENDMENT":
                additions[event["lead"]["amendment_key"]] = event
            else:
                withdrawn = event["verdict"] == "CANCEL"
                base = None if withdrawn else event
        newest = sorted(additions.values(), key=lambda event: event["version"])
        return () if withdrawn else tuple(event["lead"] for event in [base, *newest] if event is not None)

    def visible_facts(self, domain, lead, permitted):
        """Facts of the lead's current base and additions that these classes show."""
        base, additions = None, {}
        for event in self._accepted.get((domain, lead), []):
            if event["verdict"] == "CANCEL":
                base = None
            elif event["verdict"] == "AMENDMENT":
                additions[event["lead"]["amendment_key"]] = event["lead"]
            else:
                base = event["lead"]
        parts = ([base] if base else []) + list(additions.values())
        facts = frozenset().union(*(facts_of(self.values_shown_of(part), permitted) for part in parts))
        # Of what a lead says once, the merging of several parts is not judged here.
        once = ("Handling.", "Urgency.", "SourceInfo.", "Protections.", "LegalFrame.", "Content.")
        return facts if len(parts) == 1 else frozenset(f for f in facts if not f[0].startswith(once))

    def disclosures(self):
        """(decision, outcome, copy) of every message with content."""
        received = {
            (partner, copy["alias"], copy["revision"]): copy
            for partner, copies in self.copies.items()
            for _, copy in copies
        }
        for _, decision in self.decisions:
            for outcome in decision["outcomes"]:
                copy = received.get((outcome["partner"], outcome["alias"], outcome["revision"]))
                if outcome["action"] is not None and copy is not None and copy["content"] is not None:
                    yield decision, outcome, copy
