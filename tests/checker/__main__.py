"""python -m checker (--broker HOST:PORT | --dump DIR) [--config DIR] [--officers DIR] [--schemas DIR] [--ledger FILE]
                  [--earlier DIR ...] [--json]

Exit code 0: every promise was kept. 1: at least one was not. 2: the topics could not be read.
"""

import argparse
import gc
import json
import sys
import tomllib
from pathlib import Path

from .matching import Matching
from .policy_files import PolicyFiles
from .result import table
from .rules import check
from .site import Ledger, Site
from .topics import read_broker, read_dump, write_dump
from .wire import Schemas

ROOT = Path(__file__).resolve().parents[2]


def partners_of(config):
    """Folders of config/partners, less those that only serve as a pattern."""
    folder = Path(config) / "partners"
    return [p.name for p in folder.iterdir() if p.is_dir() and p.name[0] not in "_."] if folder.is_dir() else []


def officers_of(folder):
    """Officer -> (public key in hexadecimal, what it may say)."""
    folder = Path(folder)
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    read = {file.stem: tomllib.loads(file.read_text()) for file in files}
    return {officer: (said["key"], frozenset(said["may"])) for officer, said in read.items()}


def arguments(argv):
    parser = argparse.ArgumentParser(prog="checker", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--broker", help="bootstrap servers; topics that begin with `leads.` are read")
    where.add_argument("--dump", help="a folder with one JSON-lines file for each topic")
    parser.add_argument("--config", default=ROOT / "config", help="the site's configuration")
    parser.add_argument("--officers", help="their public keys; those of the configuration, if it is not said")
    parser.add_argument("--schemas", default=ROOT / "schemas")
    parser.add_argument("--earlier", action="append", default=[], help="what topics held that were deleted since, in order")
    parser.add_argument("--save", help="a folder to write what was read to, for a look at it later")
    parser.add_argument("--ledger", help="what the generator made")
    parser.add_argument("--json", action="store_true", help="results as JSON")
    return parser.parse_args(argv)


class Unread(Exception):
    """The topics cannot be read, so that nothing is judged."""


def judge(args):
    """The results of all rules."""
    # What is read stays until the end and has no cycles: to look for them took a fifth of the time.
    gc.disable()
    try:
        topics = read_dump(args.dump) if args.dump else read_broker(args.broker)
        for folder in reversed(args.earlier):
            topics = topics.after(read_dump(folder))
    except Exception as error:  # whatever a client or a file system says
        raise Unread(f"the topics could not be read: {error}") from error
    if args.save:
        write_dump(topics, args.save)
    matching = Path(args.config) / "matching.toml"
    site = Site(
        topics,
        Schemas(args.schemas),
        Matching.read(matching) if matching.exists() else None,
        partners_of(args.config),
        Ledger.read(args.ledger) if args.ledger else None,
        officers_of(args.officers or Path(args.config) / "officers"),
        PolicyFiles.read(args.config),
    )
    return check(site)


def main(argv=None):
    args = arguments(argv)
    try:
        results = judge(args)
    except Unread as error:
        print(f"checker: {error}", file=sys.stderr)
        return 2
    faults = sum(r.faults for r in results)
    if args.json:
        print(json.dumps({"faults": faults, "results": [r.as_json() for r in results]}, indent=2))
    else:
        print(table(results))
        print(f"\n{faults} faults in {sum(r.checked for r in results)} checks")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
