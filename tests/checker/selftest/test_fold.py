"""The fold, line by line of ARCHITECTURE.md, "Verdicts"."""

from checker.fold import Fold
from checker.site import Matching

MATCHING = Matching({"PHONE": 16, "EMAIL": 16, "FILE_HASH": 14}, cap=3, members=64)
PHONE, EMAIL, FILE = ("PHONE", "p"), ("EMAIL", "e"), ("FILE_HASH", "f")


class Run:
    def __init__(self):
        self.fold = Fold(MATCHING)

    def __call__(self, lead_id, order, content="c", kind="REPORT", key=None, keys=(), facts=(), status="ACTUAL"):
        lead = {
            "lead_id": lead_id,
            "order": f"{order}-0-0",
            "content_hash": content,
            "message_kind": kind,
            "message_status": status,
            "amendment_key": key,
        }
        said = self.fold.accept(lead, keys, facts)
        return said.verdict, said.matter, said.version


def test_line_1_cancel():
    run = Run()
    assert run("a", 5, kind="CANCEL") == ("CANCEL", "a", 0)
    assert run("a", 5, kind="CANCEL") == ("REPLAY", "a", 0)
    assert run("a", 4, kind="CANCEL") == ("STALE", "a", 0)
    assert run("a", 6, kind="CANCEL") == ("CANCEL", "a", 0)
    assert run("a", 4) == ("STALE", "a", 0)
    assert run("a", 6) == ("NEW", "a", 1)
    assert run("a", 7, kind="CANCEL") == ("CANCEL", "a", 2)
    assert run("a", 8, kind="CANCEL") == ("CANCEL", "a", 3)


def test_line_2_additions():
    run = Run()
    assert run("a", 5, "x", key="f1", keys={FILE}) == ("AMENDMENT", "a", 1)
    assert run("a", 4, "y", key="f1") == ("STALE", "a", 1)
    assert run("a", 6, "x", key="f1") == ("REPLAY", "a", 1)
    assert run("a", 6, "y", key="f2") == ("AMENDMENT", "a", 2)
    assert run("a", 1, "base") == ("UPDATE", "a", 3)
    assert run("b", 7, "z", keys={FILE}) == ("DUPLICATE", "a", 1)
    assert run("a", 9, kind="CANCEL") == ("CANCEL", "a", 4)
    assert run("a", 10, "w", key="f3") == ("STALE", "a", 4)


def test_lines_3_and_4_versions():
    run = Run()
    assert run("a", 5, "x", keys={PHONE}) == ("NEW", "a", 1)
    assert run("a", 4, "y") == ("STALE", "a", 1)
    assert run("a", 6, "x") == ("REPLAY", "a", 1)
    assert run("a", 5, "y") == ("STALE", "a", 1), "the replay moved the order"
    assert run("a", 7, "y", keys={EMAIL}) == ("UPDATE", "a", 2)
    assert run("b", 8, keys={PHONE}) == ("NEW", "b", 1), "an update replaces keys"
    assert run("c", 9, keys={EMAIL}, facts={1}) == ("RELATED", "a", 1)
    assert run("a", 10, kind="CANCEL") == ("CANCEL", "a", 3)
    assert run("a", 11, "y") == ("UPDATE", "a", 4)


def test_line_5_the_best_candidate():
    run = Run()
    run("a", 1, keys={FILE}, facts={1})
    run("b", 2, keys={PHONE}, facts={2})
    assert run("c", 3, keys={FILE, PHONE}, facts={2}) == ("DUPLICATE", "b", 1)
    assert run("d", 4, keys={FILE}, facts={1, 2}) == ("RELATED", "a", 1)


def test_line_5_of_equals_the_first():
    run = Run()
    run("a", 1, keys={PHONE})
    run("b", 2, keys={EMAIL})
    assert run("c", 3, keys={EMAIL, PHONE}) == ("DUPLICATE", "a", 1)


def test_a_withdrawn_lead_is_no_candidate_and_has_no_facts():
    run = Run()
    run("a", 1, keys={PHONE}, facts={1})
    run("b", 2, keys={PHONE}, facts={1})
    run("a", 3, kind="CANCEL")
    assert run("c", 4, keys={PHONE}, facts={1}) == ("DUPLICATE", "a", 1)
    run("b", 5, kind="CANCEL")
    run("c", 6, kind="CANCEL")
    assert run("d", 7, keys={PHONE}) == ("NEW", "d", 1)


def test_a_hot_key_makes_no_candidates_and_stays_hot():
    run = Run()
    for order, lead in enumerate("abc"):
        run(lead, order, keys={PHONE})
    assert run("d", 4, keys={PHONE}) == ("NEW", "d", 1)
    for order, lead in enumerate("abcd"):
        run(lead, 10 + order, kind="CANCEL")
    run("e", 20, keys={PHONE})
    assert run("f", 21, keys={PHONE}) == ("NEW", "f", 1)


def test_domains_never_meet():
    run = Run()
    run("a", 1, keys={PHONE})
    assert run("b", 2, keys={PHONE}, status="EXERCISE") == ("NEW", "b", 1)
    assert run("a", 1, "z", status="EXERCISE") == ("NEW", "a", 1)
