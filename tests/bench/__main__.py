"""python -m bench [--submissions N] [--only NAME]

Runs the benchmarks of the pure cores and a site on a real broker, one after the other, and prints one table
against the floors. Exit code 1: a floor was missed. Nothing else should run on the machine.
"""

import argparse
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Name, cargo package, its arguments, what to find in its output, floor, what is inside.
CORES = (
    ("deduplicator, index in memory", "deduplicator", ["core"], r"core\D+([\d.,]+)", 4_000, "no codec, no store"),
    ("deduplicator, fjall and codec", "deduplicator", ["fjall"], r"fjall\D+([\d.,]+)", 2_000, "codec, store, batches"),
    ("decided and covered, 50 partners", "release", [], r"decided and covered: ([\d.,]+)", 21_000, "no codec, no store"),
    ("redacted and encoded, 50 partners", "release", [], r"redacted and encoded: ([\d.,]+)", 1_100, "Avro out"),
    ("a million decisions ruled again, s", "release", [], r"a million decisions: ([\d.,]+)", -120, "decoding, 50 partners"),
    ("normaliser / bare mapping", "normaliser", [], r"(?:ratio|share)\D+([\d.]+)", 0.5, "codec; share of parse plus mapping"),
)
# Without a floor: to know what things cost.
OTHERS = (("lead", "codec and facts of one lead"), ("pipeline-fjall", "commits of the embedded log"))


def run(*command):
    print("$", " ".join(command), flush=True)
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    print(ended.stdout, flush=True)
    if ended.returncode != 0:
        raise SystemExit(f"bench: `{' '.join(command)}` failed")
    return ended.stdout


def has_bench(package):
    return (ROOT / "crates" / package / "benches").is_dir()


@cache
def bench(package, *words):
    """What a package's benchmarks print: run once, however many rows are read from it."""
    return run("cargo", "bench", "--quiet", "-p", package, "--profile", "dev", "--benches", "--", *words)


def cores(rows):
    for name, package, words, pattern, floor, inside in CORES:
        if not has_bench(package):
            rows.append((name, None, floor, inside))
            continue
        found = re.search(pattern, bench(package, *words))
        rows.append((name, float(found[1].replace(",", "")) if found else None, floor, inside))


def broker(rows, submissions):
    run("cargo", "build", "--quiet", "-p", "leadshare-tests", "--bins")
    found = json.loads(run(str(ROOT / "target/debug/bench-kafka"), str(submissions)).splitlines()[-1])
    bare = found["copy_commit_p50_ms"]
    rows.append(("plain copy on Kafka, records/s", found["copy_records_per_s"], None, "read, produce, commit"))
    rows.append(("site on Kafka, submissions/s", found["site_submissions_per_s"], None, "everything"))
    rows.append(("site as a share of the copy", found["share"], None, "everything"))
    rows.append(("plain copy, commit p50 ms", bare, None, "from the first send"))
    for service, p50 in found["site_commit_p50_ms"].items():
        # A ceiling: at most three times the bare one.
        rows.append((f"{service}, commit p50 / bare", p50 / bare, -3.0, f"{p50:.1f} ms"))


def kept(value, floor):
    if value is None:
        return "not measured"
    if floor is None:
        return ""
    return "kept" if (value >= floor if floor > 0 else value <= -floor) else "MISSED"


def number(value):
    return "" if value is None else f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--submissions", type=int, default=20_000)
    parser.add_argument("--only", choices=["cores", "broker"])
    args = parser.parse_args()
    rows = []
    if args.only != "broker":
        cores(rows)
        for package, _ in OTHERS:
            bench(package)
    if args.only != "cores":
        broker(rows, args.submissions)
    print(f"{'':36}{'measured':>12}{'floor':>12}  {'':12}{'inside'}")
    for name, value, floor, inside in rows:
        bound = "" if floor is None else f"≤ {-floor:g}" if floor < 0 else number(float(floor))
        print(f"{name:36}{number(value):>12}{bound:>12}  {kept(value, floor):12}{inside}")
    return 1 if any(kept(value, floor) == "MISSED" for _, value, floor, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
