"""Lines 1 to 4 of the fold, line by line of ARCHITECTURE.md, "Verdicts". Line 5 shows as OPEN."""

from checker.fold import Fold


class Run:
    def __init__(self):
        self.fold, self.place = Fold(), 0

    def __call__(self, lead_id, order, content="c", kind="REPORT", key=None, due=None, is_held=False):
        lead = {
            "lead_id": lead_id,
            "order": f"{order}-0-0",
            "content_hash": content,
            "message_kind": kind,
            "amendment_key": key,
            "retention": {"purge_due": due, "legal_hold": is_held} if due or is_held else None,
        }
        self.place += 1
        self.step = self.fold.accept(lead, self.place)
        return self.step.verdict or "OPEN", self.step.state.version


def test_line_1_cancel():
    run = Run()
    assert run("a", 5, kind="CANCEL") == ("CANCEL", 0)
    assert run("a", 5, kind="CANCEL") == ("REPLAY", 0)
    assert run("a", 4, kind="CANCEL") == ("STALE", 0)
    assert run("a", 6, kind="CANCEL") == ("CANCEL", 0)
    assert run("a", 4) == ("STALE", 0)
    assert run("a", 6) == ("OPEN", 1)
    assert run("a", 7, kind="CANCEL") == ("CANCEL", 2)
    assert run.step.leaves
    assert run("a", 8, kind="CANCEL") == ("CANCEL", 3)
    assert not run.step.leaves


def test_line_2_additions():
    run = Run()
    assert run("a", 5, "x", key="f1") == ("AMENDMENT", 1)
    assert run.step.comes_to_life and run.step.has_no_home
    assert run("a", 4, "y", key="f1") == ("STALE", 1)
    assert run("a", 6, "x", key="f1") == ("REPLAY", 1)
    assert run("a", 6, "y", key="f2") == ("AMENDMENT", 2)
    assert run.step.is_accepted and not run.step.comes_to_life
    assert run("a", 1, "base") == ("UPDATE", 3)
    assert not run.step.comes_to_life
    assert run("a", 9, kind="CANCEL") == ("CANCEL", 4)
    assert run("a", 10, "w", key="f3") == ("STALE", 4)


def test_lines_3_and_4_versions():
    run = Run()
    assert run("a", 5, "x") == ("OPEN", 1)
    assert run("a", 4, "y") == ("STALE", 1)
    assert run("a", 6, "x") == ("REPLAY", 1)
    assert run("a", 5, "y") == ("STALE", 1), "the replay moved the order"
    assert run("a", 7, "y") == ("UPDATE", 2)
    assert run("a", 10, kind="CANCEL") == ("CANCEL", 3)
    assert run("a", 11, "y") == ("UPDATE", 4)
    assert run.step.comes_to_life and not run.step.has_no_home


def test_a_lead_stands_at_the_place_where_it_last_came_to_life():
    run = Run()
    run("a", 1)
    run("a", 2, "x")
    assert run.step.state.accepted == 1
    run("a", 3, kind="CANCEL")
    run("a", 4)
    assert run.step.state.accepted == 4
    assert run("b", 9, kind="CANCEL") == ("CANCEL", 0)
    assert run.step.state.accepted is None
    assert run("b", 9) == ("OPEN", 1)
    assert run.step.state.accepted == 6


def test_what_is_purged_is_known_again_and_anything_else_opens_it():
    run = Run()
    run("a", 5, "x", due=10)
    run("a", 6, "y", key="f1", due=20)
    assert run.fold.purge("a", 10) == (False, False), "the latest time of its parts counts"
    assert run.fold.purge("a", 20) == (True, True)
    assert run.fold.purge("a", 20) == (False, False)
    assert run("a", 7, "x", due=30) == ("REPLAY", 2)
    assert run.fold.purge("a", 30) == (False, False), "a replay gives it no time"
    assert run("a", 7, "z", key="f1") == ("none: it is a dead letter", 2)
    assert run("e", 1, "x", key="f1", due=10) == ("AMENDMENT", 1)
    assert run.fold.purge("e", 10) == (True, True)
    assert run.fold.adds_to_purged("e", "f2") and not run.fold.adds_to_purged("e", None)
    assert run("e", 2, "x") == ("UPDATE", 2)
    assert run("e", 3, "y", key="f2") == ("AMENDMENT", 3)
    assert run("c", 1, "x", due=10) == ("OPEN", 1)
    assert run.fold.purge("c", 10) == (True, True)
    assert run("c", 2, kind="CANCEL") == ("CANCEL", 2)
    assert run("c", 2, "y", key="f1") == ("STALE", 2), "what is withdrawn is withdrawn, purged before or not"
    assert run("c", 3, "x") == ("UPDATE", 3), "who was told that it is withdrawn is told of it again"
    assert run("d", 1, "x", due=10) == ("OPEN", 1)
    assert run("d", 2, kind="CANCEL") == ("CANCEL", 2)
    assert run.fold.purge("d", 10) == (True, False)
    assert run("d", 2, "y", key="f1") == ("STALE", 2)
    assert run("d", 3, "x") == ("UPDATE", 3), "and whoever was told so before it was purged"
    assert run("a", 8, "y", due=40) == ("UPDATE", 3)
    assert run.step.comes_to_life
    assert run("a", 9, "z", is_held=True) == ("UPDATE", 4)
    assert run.fold.purge("a", 40) == (False, False), "what is held is kept"
    assert run.fold.purge("b", 40) == (False, False)


def test_what_an_officer_holds_is_kept_until_that_is_lifted():
    run = Run()
    run.fold.hold("a", "order", 5, True)
    run("a", 5, "x", due=10)
    assert run.fold.purge("a", 10) == (False, False)
    run.fold.hold("a", "order", 5, False)
    assert run.fold.purge("a", 10) == (False, False), "of one time the first counts"
    run.fold.hold("a", "order", 6, False)
    run.fold.hold("a", "other", 6, True)
    assert run.fold.purge("a", 10) == (False, False), "another hold stands"
    run.fold.hold("a", "other", 7, False)
    run.fold.hold("b", "order", 7, True)
    assert run.fold.purge("a", 10) == (True, True)
