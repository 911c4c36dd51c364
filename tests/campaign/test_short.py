"""The campaign, small enough for every run of the tests. Needs the binaries: cargo build --workspace --bins."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def run(*words):
    command = [sys.executable, "-m", *words]
    ended = subprocess.run(command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(ended.stdout)
    assert ended.returncode == 0, ended.stdout


def test_a_short_campaign_keeps_every_promise():
    run("campaign", "--submissions", "3000", "--kills", "2", "--seconds", "45")


def test_every_promise_is_kept_while_brokers_die_stand_still_and_move():
    run("campaign.chaos", "--minutes", "1", "--rate", "10", "--only", "broker")


def test_who_stood_by_takes_over_with_what_it_kept_up_to_date():
    run("campaign.takeover", "--submissions", "4800", "--rate", "40")
