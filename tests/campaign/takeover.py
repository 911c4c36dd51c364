"""python -m campaign.takeover [--submissions N] [--rate N] [--seed S] [--keep FOLDER]

Two deduplicators and two routers on a real broker, under a steady load. Of each service the process that has done most is
killed with SIGKILL and not started again: how long do messages wait until the other has taken over, and had it stood by? Those
that are left are then killed and started again at once: how long do readers wait for what they left open? Then the checker
judges. Exit code 0: nothing waited longer than the bounds, and every promise was kept.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .evidence import Evidence
from .load import Progress, send
from .readers import Readers, after_restarts
from .site import ROOT, Site, Worker, start_broker, stop_broker
from .watch import Watch

WORKERS = (("normaliser", 1), ("gate", 1), ("deduplicator", 1), ("deduplicator", 2), ("router", 1), ("router", 2))
# From when a message comes to the first decision on it.
BOUND_SECONDS = 15.0
# From when a process is started again until readers have passed what it left open: less than the 6 s that a group waits.
READERS_SECONDS = 4.0
RESTARTS = 6
NEARLY = 1_000
# What the other process has to say that it stood by: a partition each.
STOOD_BY = re.compile(r"taken over from who stood by")


def stands_by(worker):
    """How many partitions it stands by for, having read nearly all there is: more comes all the time."""
    return sum(value < NEARLY for value in worker.metric("leadshare_standby_behind_records"))


def owns(worker):
    return sum(worker.metric("leadshare_assigned_partitions"))


def wait_until(is_so, what, seconds=60):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"after {seconds} s it is not so that {what}")
        time.sleep(0.1)


def take_over(workers, watch):
    """Kills the process that has done most; says for how many partitions the other stood by, how long messages waited, and
    after how many seconds the other had all partitions."""
    dies, other = sorted(workers, key=lambda w: sum(w.metric("leadshare_records_consumed_total")), reverse=True)
    lost = owns(dies)
    wait_until(lambda: stands_by(other) >= lost, f"{other.name} stands by for what {dies.name} has")
    has, took = owns(other), len(STOOD_BY.findall(other.log.read_text(errors="replace")))
    began = time.time()
    dies.end()
    wait_until(lambda: owns(other) == has + lost, f"{other.name} has what {dies.name} had")
    owned = time.time() - began
    is_calm = watch.wait_until_calm(60)
    took = len(STOOD_BY.findall(other.log.read_text(errors="replace"))) - took
    waits = watch.between(began - 1, time.time())
    return took, max(waits, default=float("inf")) if is_calm else float("inf"), owned


def run(args, folder):
    subprocess.run([str(args.load), str(args.submissions), str(args.seed), str(folder)], check=True)
    bootstrap = start_broker(folder / "kafka")
    site = Site(args.binary, folder / "site", bootstrap)
    workers = [Worker(site, service, number) for service, number in WORKERS]
    for worker in workers:
        worker.start()
    watch = Watch(bootstrap)
    watch.start()
    over = threading.Event()
    sender = threading.Thread(
        target=send, args=(bootstrap, folder / "messages.jsonl", args.submissions / args.rate, over.is_set), daemon=True
    )
    sender.start()
    try:
        watch.wait_until_calm(60)
        kept = []
        for service in ("deduplicator", "router"):
            took, wait, owned = take_over([w for w in workers if w.service == service], watch)
            kept.append(wait <= BOUND_SECONDS and took > 0)
            print(f"{service}: {took} partitions taken over from who stood by, all owned after {owned:.1f} s; longest wait {wait:.1f} s")
        alive = [w for w in workers if w.service in ("deduplicator", "router") and w.alive()]
        times, longest = after_restarts(alive, Readers(bootstrap), RESTARTS)
        kept.append(longest <= READERS_SECONDS)
        print(f"readers: {times} of {RESTARTS} left something open; passed {longest:.1f} s after the start at most")
        over.set()
        sender.join()
        Progress(bootstrap).wait_until_done(600, lambda: None)
    finally:
        for worker in workers:
            if worker.alive():
                worker.stop()
    words = ["--broker", bootstrap, "--config", str(site.folder), "--ledger", str(folder / "ledger.jsonl")]
    evidence = Evidence(words)
    print(evidence)
    return evidence.is_clean and all(kept)


def main():
    parser = argparse.ArgumentParser(prog="takeover", description=__doc__)
    parser.add_argument("--submissions", type=int, default=4_000)
    parser.add_argument("--rate", type=float, default=40, help="submissions in a second")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--binary", default=ROOT / "target/debug/leadshare")
    parser.add_argument("--load", default=ROOT / "target/debug/campaign-load")
    parser.add_argument("--keep", help="a folder for the site and its logs, which is kept")
    args = parser.parse_args()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="takeover-", dir=memory) as made:
        folder = Path(args.keep or made)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            is_well = run(args, folder)
        finally:
            stop_broker(folder / "kafka")
    print("takeover: every promise was kept" if is_well else "takeover: FAILED")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
