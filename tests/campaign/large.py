"""python -m campaign.large [--submissions N] [--seed S] [--folder FOLDER]

Two deduplicators with as much state as so many submissions leave. The one that has it is killed with SIGKILL and not started
again: how long until the other has its partitions, and until readers see the next verdict? Then the other is killed and started
again, alone: how long until then? For figures, and no part of the tests: it takes a quarter of an hour and 20 GB of disk.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition

from .load import send
from .readers import Readers, owns_something
from .site import ROOT, Site, Worker, start_broker, stop_broker
from .takeover import owns, stands_by, wait_until

INPUT, OUTPUT = "leads.normalised.v1", "leads.matters.v1"
# Submissions that keep coming while processes die, and how many in a second.
TRICKLE, RATE = 40_000, 40
# Records that may be left: ends of transactions, which nobody reads.
NEARLY = 20


def left(bootstrap, service, topics):
    """Records that a service has not committed; more than any, while the broker does not say."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"leadshare.{service}", "log_level": 2})
    try:
        known = consumer.list_topics(timeout=30).topics
        places = [TopicPartition(t, p) for t in known if t.startswith(topics) for p in known[t].partitions]
        done = consumer.committed(places, timeout=30)
        return sum(consumer.get_watermark_offsets(place, timeout=30)[1] - max(place.offset, 0) for place in done)
    except KafkaException:
        # A group has no coordinator when it is new; whoever waits gives up in time.
        return float("inf")
    finally:
        consumer.close()


def verdicts(readers):
    """How many records of verdicts readers can see."""
    ends = readers.ends(IsolationLevel.READ_COMMITTED)
    return sum(end for (topic, _), end in ends.items() if topic == OUTPUT)


def slowest_opening(worker, since):
    """Seconds that opening a partition took: the state on disk, the index, what the changelog has beyond, the producer."""
    log = worker.log.read_bytes()[since:].decode(errors="replace")
    log = re.sub(r"\x1b\[[0-9;]*m", "", log)
    lines = (line for line in log.splitlines() if "partition owned" in line)
    return max(int(re.search(r"millis\W+(\d+)", line)[1]) for line in lines) / 1_000


def newest_image(worker):
    """When the image was written of what the worker derived of the largest partition."""
    sizes = ((file.stat().st_size, file.stat().st_mtime) for file in worker.state.glob("*.images/*"))
    return max(sizes, default=(0, 0.0))[1]


def until_next_verdict(readers, began):
    before = verdicts(readers)
    while verdicts(readers) <= before:
        time.sleep(0.05)
    return time.monotonic() - began


def run(args, folder):
    number = args.submissions + TRICKLE
    subprocess.run([str(args.load), str(number), str(args.seed), str(folder)], check=True)
    bootstrap = start_broker(folder / "kafka")
    site = Site(args.binary, folder / "site", bootstrap)
    normaliser, *two = [Worker(site, *name) for name in (("normaliser", 1), ("deduplicator", 1), ("deduplicator", 2))]
    workers = [normaliser, *two]
    for worker in workers:
        worker.start()
    messages, readers = folder / "messages.jsonl", Readers(bootstrap)
    try:
        began = time.monotonic()
        send(bootstrap, messages, 0, most=args.submissions)
        wait_until(lambda: left(bootstrap, "normaliser", "leads.inbound.") < NEARLY, "all is normalised", 3_600)
        wait_until(lambda: left(bootstrap, "deduplicator", INPUT) < NEARLY, "all has a verdict", 3_600)
        leads = sum(end for (topic, _), end in readers.ends(IsolationLevel.READ_COMMITTED).items() if topic == INPUT)
        print(f"{leads} leads on {INPUT} after {time.monotonic() - began:.0f} s", flush=True)
        dies, other = sorted(two, key=lambda w: sum(w.metric("leadshare_records_consumed_total")), reverse=True)
        lost = owns(dies)
        wait_until(lambda: stands_by(other) >= lost, f"{other.name} stands by for what {dies.name} has", 1_800)
        over = threading.Event()
        trickle = (bootstrap, messages, TRICKLE / RATE, over.is_set, args.submissions)
        threading.Thread(target=send, args=trickle, daemon=True).start()
        # As on a site that has had its leads for longer than some minutes.
        loaded = time.time()
        wait_until(lambda: newest_image(other) > loaded, f"{other.name} has kept an image of what it has", 900)
        has = owns(other)
        dies.end()
        began = time.monotonic()
        wait_until(lambda: owns(other) == has + lost, f"{other.name} has what {dies.name} had")
        owned = time.monotonic() - began
        # One that it gives before may be of a partition that it had.
        seen = until_next_verdict(readers, began)
        print(f"take-over: all partitions after {owned:.1f} s, and the next verdict after {seen:.1f} s", flush=True)
        time.sleep(5)
        other.end()
        began, logged = time.monotonic(), other.log.stat().st_size
        other.start()
        wait_until(lambda: owns_something(other), "it has partitions", 600)
        seen = until_next_verdict(readers, began)
        opened = slowest_opening(other, logged)
        print(f"started again, alone: the slowest partition opened in {opened:.2f} s, the next verdict after {seen:.1f} s")
        over.set()
    finally:
        for worker in workers:
            if worker.alive():
                worker.stop()


def main():
    parser = argparse.ArgumentParser(prog="large", description=__doc__)
    parser.add_argument("--submissions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", default=ROOT / "target/debug/leadshare")
    parser.add_argument("--load", default=ROOT / "target/debug/campaign-load")
    parser.add_argument("--folder", help="where it is done; emptied by nobody")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="large-") as made:
        folder = Path(args.folder or made)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            run(args, folder)
        finally:
            stop_broker(folder / "kafka")


if __name__ == "__main__":
    sys.exit(main())
