"""Officers and partners under load: words on what is held, what is alike and what should come back, and answers to copies."""

import json
import random
import threading
import time
from pathlib import Path

from checker.wire import Schemas
from confluent_kafka import Consumer, KafkaException, Producer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .site import ROOT

OFFICERS = ("desk", "night-desk")
# Every release to a field office waits for two officers.
POLICY = """
@id("office-needs-two") @officers("2") @reason("two officers read what goes to a field office")
forbid (principal, action == Action::"release_without_approval", resource)
when { principal.kind == Kind::"field_office" };
"""
TAKEN = ("RECEIVED", "ACCEPTED", "REJECTED", "VICTIM_IDENTIFIED")
READ = ("leads.held.v1", "leads.review.v1", "leads.matters.v1")


def prepare(site):
    """Two officers who may say everything, and a policy that asks both. Returns their keys by name."""
    keys = {}
    folder = Path(site.folder) / "officers"
    folder.mkdir(exist_ok=True)
    for officer in OFFICERS:
        keys[officer] = Ed25519PrivateKey.generate()
        public = keys[officer].public_key().public_bytes_raw().hex()
        (folder / f"{officer}.toml").write_text(f'key = "{public}"\nmay = ["match", "approve", "recall", "apply", "hold"]\n')
    (Path(site.folder) / "policies" / "campaign.cedar").write_text(POLICY)
    return keys


class Speakers(threading.Thread):
    """Reads what officers and partners see, and says something about a part of it until it is stopped."""

    def __init__(self, bootstrap, keys, seed, share=1.0):
        """`share` of what officers would say is said."""
        super().__init__(name="speakers", daemon=True)
        self.share = share
        self.bootstrap, self.keys = bootstrap, keys
        self.chance = random.Random(seed)
        self.schemas = Schemas(ROOT / "schemas")
        self.stopping, self.failure = threading.Event(), None
        self.counts = {}
        self.producer = self._new_producer()

    def _new_producer(self):
        return Producer(
            {"bootstrap.servers": self.bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5, "log_level": 2}
        )

    def run(self):
        try:
            self._follow()
            if self.producer.flush(60):
                raise RuntimeError("words were not taken by the broker")
        except Exception as error:
            self.failure = error

    def stop(self):
        self.stopping.set()
        self.join()
        if self.failure:
            raise self.failure

    def _follow(self):
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "campaign-speakers",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "topic.metadata.refresh.interval.ms": 5_000,
                "log_level": 2,
            }
        )
        consumer.subscribe([*READ, "^leads\\.domestic\\..*", "^leads\\.international\\..*"])
        while not self.stopping.is_set():
            for message in consumer.consume(200, timeout=0.2):
                if message.error() is None and message.value():
                    self._see(message.topic(), message.value())
            try:
                self.producer.poll(0)
            except KafkaException:
                # A broker that forgot the producer is fatal to it. What was not sent was not said: the topics are what counts.
                self.producer = self._new_producer()
        consumer.close()

    def _see(self, topic, value):
        if topic == "leads.held.v1":
            self._held(self.schemas.decode("held-release", value))
        elif topic == "leads.review.v1":
            self._review(self.schemas.decode("review-case", value))
        elif topic == "leads.matters.v1":
            name, event = self.schemas.decode("matter-event", value)
            if name.endswith("AssessedLead") and self.chance.random() < 0.02:
                self._recall(event)
            elif name.endswith("AssessedLead") and self.chance.random() < 0.05:
                self._reconsider(event)
            # What is purged at once can be held only if the word comes first; so it is lifted now and then.
            elif name.endswith("AssessedLead") and self.chance.random() < 0.05:
                self._hold(event)
        else:
            self._copy(topic.split(".")[2], self.schemas.decode("partner-lead", value))

    def _held(self, held):
        approved = self.chance.random() < 0.8
        for officer in OFFICERS if approved else OFFICERS[:1]:
            if officer in held["approved_by"]:
                continue
            fields = ("matter_id", "lead_id", "domain", "version", "partner")
            said = {name: held[name] for name in fields} | {"approved": approved, "reason": "read"}
            lines = [said[name] for name in fields] + ["approved" if approved else "refused"]
            self._word("Approval", "leadshare approval 1", officer, said, lines)

    def _recall(self, event):
        said = {"matter_id": event["matter_id"], "lead_id": event["lead"]["lead_id"]}
        said |= {"domain": event["lead"]["message_status"], "reason": "wrong-person"}
        lines = [said["matter_id"], said["lead_id"], said["domain"]]
        self._word("Recall", "leadshare recall 1", self.chance.choice(OFFICERS), said, lines)

    def _reconsider(self, event):
        said = {"matter_id": event["matter_id"], "lead_id": event["lead"]["lead_id"]}
        said |= {"domain": event["lead"]["message_status"], "ground": self.chance.choice(("POLICY", "PARTNER"))}
        lines = [*said.values()]
        said["reason"] = "new-agreement"
        self._word("Reconsideration", "leadshare reconsideration 1", self.chance.choice(OFFICERS), said, lines)

    def _hold(self, event):
        said = {"lead_id": event["lead"]["lead_id"], "domain": event["lead"]["message_status"]}
        said |= {"placed": self.chance.random() < 0.6, "reason": self.chance.choice(("order-1", "order-2"))}
        lines = [said["lead_id"], said["domain"], "placed" if said["placed"] else "lifted"]
        self._word("LegalHold", "leadshare legal hold 1", self.chance.choice(OFFICERS), said, lines)

    def _review(self, case):
        asked = [link["lead_id"] for link in case["candidates"] if link["relation"] == "review"]
        if not asked or self.chance.random() < 0.5:
            return
        said = {"judgement": self.chance.choice(("SAME", "DIFFERENT")), "domain": case["domain"]}
        said |= {"first": case["lead_id"], "second": self.chance.choice(asked), "reason": "read"}
        lines = [said["judgement"], said["domain"], said["first"], said["second"]]
        self._word("MatchDecision", "leadshare match decision 1", self.chance.choice(OFFICERS), said, lines)

    def _word(self, name, title, officer, said, lines):
        """Signs and sends; now and then under a name that it is not, which the gate must see."""
        if self.chance.random() >= self.share:
            return
        said |= {"officer": officer, "at": int(time.time() * 1_000_000)}
        text = "\n".join([title, *map(str, lines), said["reason"], officer, str(said["at"])])
        forged = self.chance.random() < 0.05
        key = Ed25519PrivateKey.generate() if forged else self.keys[officer]
        said["signature"] = key.sign(text.encode()).hex()
        subject = {"MatchDecision": "match-decision", "LegalHold": "legal-hold"}.get(name)
        if subject:
            value = self.schemas.encode(subject, said)
        else:
            value = self.schemas.encode("matter-event", (f"leadshare.v1.{name}", said))
        self._send("leads.officers.v1", value, "forged" if forged else name)

    def _copy(self, partner, copy):
        is_cancel = copy["message_kind"] == "CANCEL"
        if self.chance.random() > (0.7 if is_cancel else 0.1):
            return
        answer = self.chance.choice(("DESTROYED", "RETAINED") if is_cancel else TAKEN)
        reference = copy["reference"]
        if self.chance.random() < 0.05:
            # By a reference that was never given, or no answer at all.
            reference = self.chance.choice((reference[:-2] + "00", "", "ff" * 54))
        value = json.dumps({"reference": reference, "answer": answer, "reason": "as-said"}).encode()
        self._send(f"leads.feedback.{partner}.v1", value, answer)

    def _send(self, topic, value, what):
        self.counts[what] = self.counts.get(what, 0) + 1
        try:
            self.producer.produce(topic, value)
        except KafkaException:
            self.producer = self._new_producer()
