"""python -m campaign.many [--leads N] [--minutes N] [--jobs N] [--record FILE] [WORDS OF A CAMPAIGN...]

Campaigns one after the other, so many at a time and each with the next seed, until so many leads were checked in all, or the
time is over. It goes on where the file ends, so it can be done in parts. Whatever a campaign finds ends it.
Exit code 0: every promise was kept.
"""

import argparse
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .evidence import FILE, recorded, totals
from .site import ROOT

# One that the checker can hold in 3 GB of memory, and that the site has worked off soon after the last kill. Officers who
# read all that they could would be most of it.
DEFAULT = ["--submissions", "15000", "--kills", "10", "--seconds", "60", "--words", "0.2"]


# What a campaign leaves in which a promise was not kept.
FAILED = ROOT / "target/campaigns"


class Many:
    """What is left to do."""

    def __init__(self, args, words):
        self.args, self.words = args, words or DEFAULT
        self.until = time.monotonic() + args.minutes * 60
        done = [line["seed"] for line in recorded(args.record) if line["campaign"] == "kills"]
        self.next = max(done, default=0) + 1
        self.failed = []
        self.lock = threading.Lock()

    def seed(self):
        """The next campaign's, or none when enough is done."""
        leads = sum(line["leads"] for line in recorded(self.args.record))
        with self.lock:
            if self.failed or leads >= self.args.leads or time.monotonic() > self.until:
                return None
            self.next += 1
            return self.next - 1

    def work(self):
        while (seed := self.seed()) is not None:
            words = [*self.words, "--seed", str(seed), "--record", str(self.args.record)]
            words += ["--keep-failed", str(FAILED / str(seed))]
            command = [sys.executable, "-m", "campaign", *words]
            ended = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True)
            if ended.returncode != 0:
                self.failed.append(seed)
                print(f"seed {seed}:\n{ended.stdout}\n{ended.stderr}", flush=True)
            else:
                print(f"seed {seed}: every promise was kept; {totals(recorded(self.args.record))}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="many", description=__doc__)
    parser.add_argument("--leads", type=int, default=2_000_000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which none is begun")
    parser.add_argument("--jobs", type=int, default=3, help="at a time; 3 GB of memory each")
    parser.add_argument("--record", type=Path, default=FILE)
    args, words = parser.parse_known_args()
    args.record = args.record.absolute()
    many = Many(args, words)
    with ThreadPoolExecutor(args.jobs) as jobs:
        for job in [jobs.submit(many.work) for _ in range(args.jobs)]:
            job.result()
    print(totals(recorded(args.record)))
    return 1 if many.failed else 0


if __name__ == "__main__":
    sys.exit(main())
