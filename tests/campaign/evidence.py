"""What campaigns found: docs/campaigns.jsonl has a line for each, with all that is needed to run it again."""

import json
import shutil
import subprocess
from collections import Counter
from datetime import date

from checker.__main__ import arguments, judge
from checker.result import table
from checker.topics import read_broker, write_dump

from .site import ROOT

# What a promise is about, of the three things that nobody forgives.
LOST, DOUBLED = {"PL-1", "PL-6", "PL-11", "PL-13"}, {"PL-2"}
FILE = ROOT / "docs/campaigns.jsonl"


class Evidence:
    """What the checker says of the topics on a broker when all is done."""

    def __init__(self, words):
        self.results = judge(arguments(words))

    @property
    def leads(self):
        """How many verdicts were judged: each version of a lead has one."""
        return next(r.checked for r in self.results if r.rule == "one verdict each")

    @property
    def faults(self):
        """How many there are of what was lost, doubled and wrong."""
        counts = Counter(lost=0, doubled=0, wrong=0)
        for r in self.results:
            counts["lost" if r.promise in LOST else "doubled" if r.promise in DOUBLED else "wrong"] += r.faults
        return counts

    @property
    def is_clean(self):
        return not any(self.faults.values())

    def __str__(self):
        """The whole table, for a person."""
        return f"{table(self.results)}\n\n{self.summary()}"

    def summary(self):
        checks = sum(r.checked for r in self.results)
        aborted = next((note for r in self.results for note in r.notes if "aborted" in note), "")
        found = ", ".join(f"{count} {what}" for what, count in self.faults.items())
        return f"{self.leads} leads, {checks} checks: {found}. {aborted}"

    def record(self, file, **run):
        """Adds a line to a file; several campaigns may do so at the same time."""
        line = {"date": date.today().isoformat(), "commit": PROGRAM, **run}
        line |= {"leads": self.leads, "checks": sum(r.checked for r in self.results), **self.faults}
        with open(file, "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


def program():
    """The commit of what is judged; `+` if it was changed since. Evidence that is added changes no program."""

    def git(*words):
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()

    is_changed = git("status", "--porcelain", "--", "Cargo.lock", "config", "crates", "schemas")
    return git("rev-parse", "--short", "HEAD") + ("+" if is_changed else "")


# When the campaign begins: it may be committed while it runs.
PROGRAM = program()


def keep(folder, bootstrap, site, ledger):
    """What the checker read, so that it can be judged and looked at again: another run is never the same."""
    write_dump(read_broker(bootstrap), folder / "topics")
    shutil.copytree(site, folder / "site", ignore=shutil.ignore_patterns("state"), dirs_exist_ok=True)
    shutil.copy(ledger, folder / "ledger.jsonl")
    print(f"kept in {folder}")


def recorded(file):
    """The lines of a file, if there is one."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def totals(lines):
    """All of them in one sentence."""
    sums = Counter()
    for line in lines:
        sums.update({name: value for name, value in line.items() if isinstance(value, int) and name != "seed"})
    return (
        f"{len(lines)} campaigns: {sums['leads']} leads, {sums['kills']} kill -9 of services, "
        f"{sums['broker_kills']} of brokers, {sums['checks']} checks: "
        f"{sums['lost']} lost, {sums['doubled']} doubled, {sums['wrong']} wrong"
    )
