"""Records of topics, from a broker or from a folder of JSON lines."""

import json
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a reader of committed data sees it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple = ()

    @property
    def place(self):
        return (self.topic, self.partition, self.offset)

    def header(self, name):
        """The last value of this name as text: Kafka's rule is that the newest header counts."""
        for found, value in reversed(self.headers):
            if found == name and value is not None:
                return value.decode("utf-8", "replace")
        return None


class Topics:
    """Every record of every topic of a site, partition by partition in order of offsets."""

    def __init__(self, records=(), aborted=None, unsettled=()):
        self.by_topic = defaultdict(list)
        for record in records:
            self.by_topic[record.topic].append(record)
        for listed in self.by_topic.values():
            listed.sort(key=lambda r: (r.partition, r.offset))
        self.aborted = aborted or {}  # topic -> records that only a reader of uncommitted data sees
        self.unsettled = list(unsettled)  # partitions with an open transaction at the end

    def after(self, earlier):
        """These records after those of topics that were deleted since, which ended where they begin."""
        ends = defaultdict(int)
        for records in earlier.by_topic.values():
            for record in records:
                place = (record.topic, record.partition)
                ends[place] = max(ends[place], record.offset + 1)
        moved = [
            replace(record, offset=record.offset + ends[(record.topic, record.partition)])
            for records in self.by_topic.values()
            for record in records
        ]
        kept = [record for records in earlier.by_topic.values() for record in records]
        return Topics(kept + moved, self.aborted, self.unsettled)

    def records(self, topic):
        return self.by_topic.get(topic, [])

    def matching(self, prefix):
        return sorted(t for t in self.by_topic if t.startswith(prefix))


def _bytes(text):
    return None if text is None else bytes.fromhex(text)


def _text(value):
    return None if value is None else value.hex()


def read_dump(folder):
    """Reads DIR/<topic>.jsonl: one record a line, bytes in hexadecimal."""
    records = []
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"expected a folder at {folder}")
    for file in sorted(Path(folder).glob("*.jsonl")):
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                headers = tuple((name, _bytes(value)) for name, value in item.get("headers", []))
                records.append(
                    Record(
                        file.name.removesuffix(".jsonl"),
                        item["partition"],
                        item["offset"],
                        item["timestamp"],
                        _bytes(item.get("key")),
                        _bytes(item.get("value")),
                        headers,
                    )
                )
    return Topics(records)


def write_dump(topics, folder):
    """The inverse of `read_dump`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for topic, records in topics.by_topic.items():
        with open(Path(folder) / f"{topic}.jsonl", "w", encoding="utf-8") as out:
            for r in records:
                item = {"partition": r.partition, "offset": r.offset, "timestamp": r.timestamp}
                item |= {"key": _text(r.key), "value": _text(r.value)}
                item["headers"] = [[name, _text(value)] for name, value in r.headers]
                out.write(json.dumps(item) + "\n")


def _consumer(bootstrap, isolation):
    from confluent_kafka import Consumer

    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "leadshare-checker-unused",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": isolation,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "log_level": 2,
        }
    )


def _read(bootstrap, partitions, isolation, each):
    """Reads partitions from the beginning to their end; calls `each` with every message."""
    from confluent_kafka import KafkaError, KafkaException, TopicPartition

    consumer = _consumer(bootstrap, isolation)
    # One assignment of all partitions; each reports once that its end is reached.
    waiting = set(partitions)
    consumer.assign([TopicPartition(t, p, 0) for t, p in partitions])
    deadline = time.monotonic() + 120
    while waiting:
        for message in consumer.consume(5_000, timeout=1.0):
            deadline = time.monotonic() + 120
            error = message.error()
            if error is None:
                each(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                waiting.discard((message.topic(), message.partition()))
            elif not error.retriable():
                raise KafkaException(error)
        if time.monotonic() > deadline:
            raise TimeoutError(f"no record for 120 s; not at the end of: {sorted(waiting)}")
    consumer.close()


def settle(bootstrap, partitions, seconds=90):
    """Waits until no transaction is open; returns the partitions where one still is."""
    from confluent_kafka import IsolationLevel, TopicPartition
    from confluent_kafka.admin import AdminClient, OffsetSpec

    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    ask = {TopicPartition(t, p): OffsetSpec.latest() for t, p in partitions}

    def ends(level):
        futures = admin.list_offsets(ask, isolation_level=level, request_timeout=30)
        return {(tp.topic, tp.partition): f.result().offset for tp, f in futures.items()}

    deadline = time.monotonic() + seconds
    while True:
        high = ends(IsolationLevel.READ_UNCOMMITTED)
        stable = ends(IsolationLevel.READ_COMMITTED)
        open_ones = sorted(place for place in high if stable[place] < high[place])
        if not open_ones or time.monotonic() > deadline:
            return open_ones
        time.sleep(0.5)


def read_broker(bootstrap, prefix="leads."):
    """Reads every topic of a site on a broker, committed records only, and counts the aborted ones."""
    return _read_all(bootstrap, lambda topic: topic.startswith(prefix), f"begins with `{prefix}`")


def read_topics(bootstrap, names):
    """The same of these topics."""
    return _read_all(bootstrap, lambda topic: topic in names, f"is one of {names}")


def _read_all(bootstrap, is_wanted, what):
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    listed = admin.list_topics(timeout=30).topics
    partitions = [(t, p) for t in sorted(listed) if is_wanted(t) for p in sorted(listed[t].partitions)]
    if not partitions:
        raise SystemExit(f"no topic on {bootstrap} {what}")
    unsettled = settle(bootstrap, partitions)
    records = []
    committed, everything = defaultdict(int), defaultdict(int)

    def keep(m):
        committed[m.topic()] += 1
        headers = tuple((name, value) for name, value in (m.headers() or []))
        stamp = m.timestamp()[1]
        records.append(Record(m.topic(), m.partition(), m.offset(), stamp, m.key(), m.value(), headers))

    def count(m):
        everything[m.topic()] += 1

    _read(bootstrap, partitions, "read_committed", keep)
    _read(bootstrap, partitions, "read_uncommitted", count)
    # Compaction removes records at any moment, so that the two readings of a changelog may differ.
    aborted = {t: n - committed[t] for t, n in everything.items() if n > committed[t] and ".changelog." not in t}
    return Topics(records, aborted, unsettled)
