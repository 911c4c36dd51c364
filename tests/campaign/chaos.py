"""python -m campaign.chaos [--minutes N] [--rate N] [--seed S] [--only TEXT] [--keep FOLDER]

A site of eight processes of the real binary on three real brokers behind a proxy, under a steady load of which it is known
what it has to become. Each fault strikes alone, then two at a time, until the time is over. Then the checker judges.
Exit code 0: every promise was kept.
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from .cluster import Cluster
from .evidence import Evidence
from .faults import BROKER, FAULTS, STORM, both
from .load import Progress, send
from .officers import Speakers, prepare
from .site import ROOT, Site, Worker
from .watch import Watch

WORKERS = [(service, n) for service in ("normaliser", "deduplicator", "router", "gate") for n in (1, 2)]
SMALL_DISK = "256m"
# So long is waited after a fault until nothing waits long any more.
CALM_SECONDS = 60


class Strike(NamedTuple):
    """A fault, from when it struck until nothing waited long any more."""

    fault: str
    began: float
    ended: float
    is_calm: bool


class Chaos:
    """The site, and what was done to it."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.chance = random.Random(args.seed)
        self.kills = self.broker_kills = self.deleted = 0
        self.ended = Counter()
        self.strikes = []
        self.over = threading.Event()
        seconds = args.minutes * 60
        load = [str(args.load), str(int(seconds * args.rate)), str(args.seed), str(folder)]
        subprocess.run(load, check=True)
        self.cluster = Cluster(folder / "kafka")
        self.site = Site(args.binary, folder / "site", self.cluster.proxied)
        self.speakers = Speakers(self.cluster.bootstrap, prepare(self.site), args.seed)
        self.workers = [Worker(self.site, service, number) for service, number in WORKERS]
        self.watch = Watch(self.cluster.bootstrap)
        self.failures = []

    def one_of(self, service):
        return self.chance.choice([worker for worker in self.workers if worker.service == service])

    @contextlib.contextmanager
    def all_held(self, workers):
        with contextlib.ExitStack() as stack:
            for worker in workers:
                stack.enter_context(worker.held())
            yield

    @contextlib.contextmanager
    def small_disk(self, folder):
        """A disk of its own over a folder; yields what fills it for a while."""
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)], check=True)

        @contextlib.contextmanager
        def fill():
            ballast = folder / "ballast"
            with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as out:
                while out.write(b"\0" * 65_536):
                    pass
            try:
                yield
            finally:
                ballast.unlink()

        try:
            yield fill
        finally:
            subprocess.run(["umount", str(folder)], check=True)

    def supervise(self):
        """Starts what ended by itself, as whoever runs containers does."""
        while not self.over.wait(0.2):
            for worker in self.workers:
                if worker.held().acquire(blocking=False):
                    try:
                        if not worker.alive():
                            self.ended[(worker.service, worker.process.returncode)] += 1
                            worker.start()
                    finally:
                        worker.held().release()

    def load(self):
        try:
            send(self.cluster.bootstrap, self.folder / "messages.jsonl", self.args.minutes * 60, self.over.is_set)
        except Exception as error:
            self.failures.append(error)

    def strike(self, name, fault):
        began = time.time()
        fault(self)
        struck = time.time()
        is_calm = self.watch.wait_until_calm(CALM_SECONDS)
        self.strikes.append(Strike(name, began, time.time(), is_calm))
        after = f"calm after {time.time() - struck:.0f} s" if is_calm else f"not calm after {CALM_SECONDS} s"
        print(f"{time.strftime('%H:%M:%S')} {name} ({struck - began:.0f} s), {after}", flush=True)

    def run(self):
        self.watch.start()
        for worker in self.workers:
            worker.start()
        sender = threading.Thread(target=self.load, daemon=True)
        guard = threading.Thread(target=self.supervise, daemon=True)
        until = time.monotonic() + self.args.minutes * 60
        sender.start()
        guard.start()
        self.speakers.start()
        self.watch.wait_until_calm(60, limit=5.0)
        names = [name for name in FAULTS if self.args.only in name]
        order = self.chance.sample(names, len(names))
        while time.monotonic() < until and not self.failures:
            if order:
                name = order.pop()
                self.strike(name, FAULTS[name])
            elif self.chance.random() < 0.5 and {STORM, BROKER} <= set(names):
                self.strike("ten services and a broker are killed", both(STORM, BROKER))
            else:
                self.strike("two others at once", both(*self.chance.choices(names, k=2)))
        sender.join()
        self.drain()
        self.over.set()
        guard.join()
        stops = [worker.stop(30) for worker in self.workers]
        if self.failures:
            raise self.failures[0]
        return None not in stops

    def drain(self):
        """Until nothing is left to read for anybody; what officers say last included."""
        self.cluster.tell_proxy("pass")
        Progress(self.cluster.bootstrap).wait_until_done(900, lambda: None)
        self.speakers.stop()
        Progress(self.cluster.bootstrap).wait_until_done(900, lambda: None)

    def judge(self):
        """What the checker says."""
        words = ["--broker", self.cluster.bootstrap, "--config", str(self.site.folder)]
        words += ["--ledger", str(self.folder / "ledger.jsonl")]
        for number in range(1, self.deleted + 1):
            words += ["--earlier", str(self.folder / "deleted" / str(number))]
        if self.args.keep:
            words += ["--save", str(self.folder / "topics")]
        return Evidence(words)


def report(chaos, evidence):
    """The table of faults, and what was not as promised."""
    width = max(len(strike.fault) for strike in chaos.strikes)
    print(f"\n{'fault':{width}} {'times':>5} {'messages':>8} {'longest wait':>12}")
    for name in sorted({strike.fault for strike in chaos.strikes}):
        strikes = [strike for strike in chaos.strikes if strike.fault == name]
        waits = [wait for strike in strikes for wait in chaos.watch.between(strike.began, strike.ended)]
        restless = sum(not strike.is_calm for strike in strikes)
        note = f"  {restless} times not calm after {CALM_SECONDS} s" if restless else ""
        print(f"{name:{width}} {len(strikes):>5} {len(waits):>8} {max(waits, default=0):>10.1f} s{note}")
    for result in evidence.results:
        for text in result.shown:
            print(f"{result.promise} {result.rule}: {text}")
    decided = len(chaos.watch.waits)
    waits = sorted(wait for _, wait in chaos.watch.waits.values())
    middle = waits[len(waits) // 2] if waits else 0.0
    print(f"\nseed {chaos.args.seed}: {decided} messages decided on, half of them within {middle:.2f} s")
    print(f"{chaos.kills} kill -9 of services and {chaos.broker_kills} of brokers, beside what other faults took down")
    for (service, code), times in sorted(chaos.ended.items()):
        print(f"a {service} ended by itself with code {code} {times} times, and was started again")
    print(evidence.summary())


def arguments():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=30, help="submissions in a second")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="faults whose names hold this")
    parser.add_argument("--binary", default=ROOT / "target/debug/leadshare")
    parser.add_argument("--load", default=ROOT / "target/debug/campaign-load")
    parser.add_argument("--keep", help="a folder for the site and its logs, which is kept")
    parser.add_argument("--record", help="a file that a line of what was found is added to")
    return parser.parse_args()


def main():
    args = arguments()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=memory) as made:
        folder = Path(args.keep or made)
        folder.mkdir(parents=True, exist_ok=True)
        chaos = Chaos(args, folder)
        try:
            stopped = chaos.run()
            evidence = chaos.judge()
            report(chaos, evidence)
        finally:
            chaos.over.set()
            for worker in chaos.workers:
                if worker.process and worker.alive():
                    worker.process.kill()
            chaos.cluster.stop()
    if args.record:
        run = {"minutes": args.minutes, "rate": args.rate, "only": args.only}
        kills = {"kills": chaos.kills, "broker_kills": chaos.broker_kills}
        evidence.record(args.record, campaign="chaos", seed=args.seed, **run, **kills)
    is_well = evidence.is_clean and stopped
    print("chaos: every promise was kept" if is_well else "chaos: FAILED")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
