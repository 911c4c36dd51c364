"""Sends generated messages, and tells when a site has worked them off."""

import json
import time
from itertools import islice

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient


# Messages that wait for the broker.
WAITING_MAX = 50_000


def messages(file):
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            key = None if item["key"] is None else bytes.fromhex(item["key"])
            headers = [(name, bytes.fromhex(value)) for name, value in item["headers"]]
            yield item["topic"], key, bytes.fromhex(item["value"]), headers


def send(bootstrap, file, seconds, stop=lambda: False, first=0, most=None):
    """Sends the messages from the first on, spread over so many seconds; each acknowledged before it returns."""
    with open(file, "rb") as lines:
        number = sum(1 for _ in lines) - first
    number = number if most is None else min(most, number)
    failed = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5, "log_level": 2}
    )
    began = time.monotonic()
    for n, (topic, key, value, headers) in enumerate(islice(messages(file), first, first + number)):
        while time.monotonic() - began < seconds * n / number and not stop():
            producer.poll(0.01)
        # More than it can hold waits here.
        while len(producer) > WAITING_MAX:
            producer.poll(0.1)
        producer.produce(topic, value, key, headers=headers, on_delivery=lambda e, _: e and failed.append(str(e)))
        producer.poll(0)
    producer.flush(60)
    if failed:
        raise RuntimeError(f"{len(failed)} messages were not acknowledged: {failed[0]}")
    return number


SERVICES = {
    "normaliser": "leads.inbound.",
    "gate": ("leads.officers.", "leads.feedback."),
    "deduplicator": "leads.normalised.v1",
    "router": "leads.matters.v1",
}


class Progress:
    """Asks the broker what every group has committed, and whether a committed record is left to read."""

    def __init__(self, bootstrap, prefix="leadshare"):
        self.bootstrap, self.prefix = bootstrap, prefix
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})

    def _inputs(self, service):
        topics = self.admin.list_topics(timeout=30).topics
        wanted = SERVICES[service]
        return [TopicPartition(t, p) for t in topics if t.startswith(wanted) for p in topics[t].partitions]

    def behind(self, service):
        """Committed records that the service has not read yet."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"{self.prefix}.{service}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "log_level": 2,
            }
        )
        try:
            places = consumer.committed(self._inputs(service), timeout=30)
            for place in places:
                place.offset = max(place.offset, 0)
            consumer.assign(places)
            waiting, left = {(p.topic, p.partition) for p in places}, 0
            until = time.monotonic() + 30
            while waiting and time.monotonic() < until:
                for message in consumer.consume(1_000, timeout=1.0):
                    if message.error() is None:
                        left += 1
                    elif message.error().code() == KafkaError._PARTITION_EOF:
                        waiting.discard((message.topic(), message.partition()))
            return left + len(waiting)
        finally:
            consumer.close()

    def wait_until_done(self, seconds, alive):
        """Waits until nothing is left for any service, one after the other as records flow."""
        until = time.monotonic() + seconds
        for service in SERVICES:
            while (left := self.behind(service)) > 0:
                alive()
                if time.monotonic() > until:
                    raise TimeoutError(f"{service} still has {left} records to read after {seconds} s")
                time.sleep(1)
