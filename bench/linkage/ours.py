"""Runs our linkage: the example program of the crate, which reads records in order of arrival, one at a time."""

import csv
import json
import resource
import subprocess
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

DECISIONS = ("link", "review", "relation", "none")


@dataclass(frozen=True)
class Program:
    """Where the runner is, and with which table and profile it runs."""

    binary: str
    table: str
    profile: str = "persons"

    def link_bits(self):
        """Bits from which the profile links."""
        return tomllib.loads(Path(self.table).read_text())[self.profile]["link"] / 1000


@dataclass(frozen=True)
class OurRun:
    """Candidate pairs by position, in what order they came, and the cost of the run."""

    a: np.ndarray
    b: np.ndarray
    bits: np.ndarray
    decision: np.ndarray
    # Bits that each pair would have if nobody shared a home with anybody.
    as_stranger: np.ndarray
    stats: dict
    whole_wall_s: float
    # User and system time of the whole process, reading and writing files included.
    whole_cpu_s: float


def run(program, records, folder):
    """One run over the records as they stand. `folder` is for its files, which are overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    read, pairs, stats = (folder / name for name in ("records.csv", "pairs.csv", "stats.json"))
    records.to_csv(read, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    command = [program.binary, "--table", program.table, "--profile", program.profile, str(read)]
    command += ["--pairs", str(pairs), "--stats", str(stats)]
    # Exact only while no other child of this process ends at the same time: timed runs are made alone.
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        raise SystemExit(f"the runner ended with {ended.returncode}: {ended.stderr.strip()[-2000:]}")
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    as_stranger = pd.read_csv(pairs, usecols=["as_stranger_millibits"])["as_stranger_millibits"].to_numpy(float) / 1000
    return OurRun(*read_pairs(pairs, records["id"]), as_stranger, json.loads(stats.read_text()), wall, used)


def read_pairs(path, ids):
    """Positions, bits and decision of each pair of the runner's output."""
    table = pd.read_csv(path, dtype={"id_a": str, "id_b": str, "decision": str})
    unknown = set(table["decision"]) - set(DECISIONS)
    if unknown:
        raise SystemExit(f"{path}: decisions {sorted(unknown)} are not among {DECISIONS}")
    position = pd.Series(np.arange(len(ids)), index=np.asarray(ids))
    a, b = position[table["id_a"]].to_numpy(), position[table["id_b"]].to_numpy()
    bits = table["total_millibits"].to_numpy(float) / 1000
    return a, b, bits, table["decision"].to_numpy(str)
