"""python -m campaign [--submissions N] [--kills N] [--seconds S] [--seed S] [--broker HOST:PORT] [--binary FILE]

Two normalisers, a gate, a deduplicator and two routers, as processes of the real binary on a real broker, are killed
with SIGKILL at random moments while submissions come in, officers approve, refuse, judge and recall, and partners
answer: each service so many times. Then the checker judges.
Exit code 0: every service was killed as often as asked, and every promise was kept.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .evidence import Evidence, keep
from .load import Progress, send
from .officers import Speakers, prepare
from .site import ROOT, Site, Worker, start_broker, stop_broker

WORKERS = (("normaliser", 1), ("normaliser", 2), ("gate", 1), ("deduplicator", 1), ("router", 1), ("router", 2))


def arguments():
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("--submissions", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10, help="of each service")
    parser.add_argument("--seconds", type=int, default=300, help="over which submissions and kills are spread")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--broker", help="an address; without it a broker is started")
    parser.add_argument("--binary", default=ROOT / "target/debug/leadshare")
    parser.add_argument("--load", default=ROOT / "target/debug/campaign-load")
    parser.add_argument("--words", type=float, default=1.0, help="share of what officers would say that they do say")
    parser.add_argument("--keep", help="a folder for the site and its logs, which is kept")
    parser.add_argument("--keep-failed", type=Path, help="a folder for what the checker read, if a promise was not kept")
    parser.add_argument("--record", help="a file that a line of what was found is added to")
    return parser.parse_args()


def schedule(args, chance):
    """(moment in seconds, service): every service so many times, at random moments."""
    services = sorted({service for service, _ in WORKERS})
    return sorted((chance.uniform(2, args.seconds), service) for service in services for _ in range(args.kills))


def run(args, folder):
    chance = random.Random(args.seed)
    subprocess.run([str(args.load), str(args.submissions), str(args.seed), str(folder)], check=True)
    bootstrap = args.broker or start_broker(folder / "kafka")
    site = Site(args.binary, folder / "site", bootstrap)
    speakers = Speakers(bootstrap, prepare(site), args.seed, args.words)
    workers = [Worker(site, service, number) for service, number in WORKERS]
    for worker in workers:
        worker.start()
    ended = []

    def look():
        """A process that ended by itself has stopped for a reason that only a person can remove."""
        for worker in workers:
            if not worker.alive():
                tail = worker.log.read_text(errors="replace").splitlines()[-5:]
                ended.append(worker.name)
                raise RuntimeError(f"{worker.name} ended by itself with code {worker.process.returncode}:\n" + "\n".join(tail))

    failures = []

    def load():
        try:
            send(bootstrap, folder / "messages.jsonl", args.seconds)
        except Exception as error:
            failures.append(error)

    sender = threading.Thread(target=load)
    began = time.monotonic()
    sender.start()
    speakers.start()
    for moment, service in schedule(args, chance):
        while time.monotonic() - began < moment:
            look()
            time.sleep(min(0.05, max(0.0, moment - (time.monotonic() - began))))
        chance.choice([w for w in workers if w.service == service]).kill()
    sender.join()
    if failures:
        raise failures[0]
    sent = time.monotonic() - began
    # What officers and partners said last is worked off too: they say something as long as they see something new.
    Progress(bootstrap).wait_until_done(600, look)
    speakers.stop()
    Progress(bootstrap).wait_until_done(600, look)
    drained = time.monotonic() - began
    stops = {worker.name: worker.stop() for worker in workers}

    print(f"\nseed {args.seed}: {args.submissions} submissions in {sent:.0f} s, worked off after {drained:.0f} s")
    print(", ".join(f"{n} {what}" for what, n in sorted(speakers.counts.items())))
    print(f"{'process':18} {'kill -9':>7}  stop by SIGTERM")
    for worker in workers:
        took = stops[worker.name]
        print(f"{worker.name:18} {worker.kills:>7}  {'FAILED' if took is None else f'{took:.1f} s'}")
    print()
    words = ["--broker", bootstrap, "--config", str(site.folder), "--ledger", str(folder / "ledger.jsonl")]
    evidence = Evidence(words + (["--save", str(folder / "topics")] if args.keep else []))
    print(evidence)
    if args.keep_failed and not evidence.is_clean:
        keep(args.keep_failed, bootstrap, site.folder, folder / "ledger.jsonl")
    if args.record:
        kills = sum(worker.kills for worker in workers)
        run = {"submissions": args.submissions, "seconds": args.seconds, "words": args.words, "kills": kills}
        evidence.record(args.record, campaign="kills", seed=args.seed, **run)
    killed_enough = all(
        sum(w.kills for w in workers if w.service == service) >= args.kills for service, _ in WORKERS
    )
    return 0 if evidence.is_clean and killed_enough and None not in stops.values() else 1


def main():
    args = arguments()
    # Memory, where there is any, for broker and states: processes are killed here, not disks.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="campaign-", dir=memory) as made:
        folder = Path(args.keep or made)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            code = run(args, folder)
        finally:
            if not args.broker:
                stop_broker(folder / "kafka")
    print("campaign: every promise was kept" if code == 0 else "campaign: FAILED")
    return code


if __name__ == "__main__":
    sys.exit(main())
