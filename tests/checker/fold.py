"""The second implementation of the fold over leads.normalised.v1, written from ARCHITECTURE.md, "Verdicts".

Lines 1 to 4 are decided here. What line 5 says of a lead that comes to life is judged, not decided again.
"""

from dataclasses import dataclass, field

from .match_keys import Said


def parse_order(text):
    """(timestamp, offset, index): the timestamp may be negative, so split from the right."""
    timestamp, offset, index = text.rsplit("-", 2)
    return int(timestamp), int(offset), int(index)


@dataclass
class Part:
    """The base of a lead, or one addition."""

    order: tuple
    content_hash: str
    said: Said
    facts: frozenset


@dataclass
class State:
    """What is kept of a lead id."""

    lead_id: str
    home: str
    accepted: int | None = None  # the place at which it last came to life
    version: int = 0
    base: Part | None = None
    withdrawn: tuple | None = None
    additions: dict = field(default_factory=dict)
    last: tuple | None = None
    due: int | None = None  # when the time of all that is kept of it is over
    purged: str | None = None  # the content of a base that was purged
    is_purged: bool = False  # and neither withdrawn nor sent again since

    @property
    def live(self):
        return self.withdrawn is None and (self.base is not None or bool(self.additions))

    def parts(self):
        return ([self.base] if self.base else []) + list(self.additions.values())

    def said(self):
        return Said.together(part.said for part in self.parts())

    def facts(self):
        return frozenset().union(*(part.facts for part in self.parts()))


@dataclass
class Step:
    """What one record did."""

    state: State
    part: Part
    verdict: str | None = None  # none: line 5 decides
    has_no_home: bool = False
    was_live: bool = False
    is_accepted: bool = False

    @property
    def comes_to_life(self):
        return self.state.live and not self.was_live

    @property
    def leaves(self):
        return self.was_live and not self.state.live


class Fold:
    """All leads of one matching domain."""

    def __init__(self):
        self.leads = {}
        self.holds = {}  # lead -> reason -> (when it was said, whether an officer holds it)

    def accept(self, lead, place, said=None, facts=()):
        """The next lead in the committed order, and what it changed."""
        lead_id = lead["lead_id"]
        part = Part(parse_order(lead["order"]), lead["content_hash"], said or Said(), frozenset(facts))
        state = self.leads.get(lead_id)
        is_known = state is not None
        if state is None:
            state = self.leads[lead_id] = State(lead_id, lead_id)
        step = Step(state, part, was_live=state.live)
        if lead["message_kind"] == "CANCEL":
            self._cancel(step, is_known)
        elif lead["amendment_key"] is not None:
            self._amend(step, lead["amendment_key"], is_known)
        else:
            self._replace(step)
        if step.comes_to_life:
            state.accepted = place
        if step.is_accepted:
            self._set_time(state, lead["retention"])
        return step

    def _set_time(self, state, retention):
        """Its time is over no sooner than was said of any part of it, and never while the newest says that it is held."""
        if retention is None:
            return
        if retention["legal_hold"]:
            state.due = None
        else:
            state.due = max((at for at in (retention["purge_due"], state.due) if at is not None), default=None)

    def purge(self, lead_id, due):
        """The time of a lead is over, unless it has another by now; whether anything is purged, and whether it lived."""
        state = self.leads.get(lead_id)
        if state is None or state.due != due or self.is_held(lead_id):
            return False, False
        was_live = state.live
        # Who held what was withdrawn before heard of that: the same again is news to them.
        if state.withdrawn is None:
            state.purged, state.is_purged = state.base and state.base.content_hash, True
        state.base, state.additions, state.due = None, {}, None
        # It is as if it were withdrawn, but that its order is no Cancel's.
        state.withdrawn = state.last or ()
        return True, was_live

    def hold(self, lead_id, reason, at, placed):
        """An officer holds a lead, or does so no more: of words on one reason the latest counts, of one time the first."""
        holds = self.holds.setdefault(lead_id, {})
        if reason not in holds or holds[reason][0] < at:
            holds[reason] = (at, placed)

    def is_held(self, lead_id):
        """Whether an officer keeps it beyond its time."""
        return any(placed for _, placed in self.holds.get(lead_id, {}).values())

    def adds_to_purged(self, lead_id, key):
        """Whether this adds to a report that was purged: it has no verdict, for what it adds to is not here."""
        state = self.leads.get(lead_id)
        return key is not None and state is not None and state.is_purged

    def _cancel(self, step, is_known):
        """Line 1."""
        state, order = step.state, step.part.order
        if state.last is not None and order < state.last:
            step.verdict = "STALE"
            return
        if state.withdrawn is not None and order == state.last:
            step.verdict = "REPLAY"
            return
        # A mark of what never came stays a mark.
        if is_known and state.version > 0:
            state.version += 1
        state.withdrawn = state.last = order
        state.purged, state.is_purged = None, False
        step.verdict = "CANCEL"

    def _amend(self, step, key, is_known):
        """Line 2."""
        state, part = step.state, step.part
        there = state.additions.get(key)
        if self.adds_to_purged(state.lead_id, key):
            step.verdict = "none: it is a dead letter"
        elif state.withdrawn is not None or there and there.order > part.order:
            step.verdict = "STALE"
        elif there and there.content_hash == part.content_hash:
            step.verdict = "REPLAY"
        else:
            state.additions[key] = part
            state.version += 1
            step.verdict, step.is_accepted, step.has_no_home = "AMENDMENT", True, not is_known

    def _replace(self, step):
        """Lines 3 and 4; what is left is line 5."""
        state, part = step.state, step.part
        if state.last is not None and part.order < state.last:
            step.verdict = "STALE"
            return
        if state.purged == part.content_hash:
            step.verdict = "REPLAY"
            return
        is_same = state.live and state.base and state.base.content_hash == part.content_hash
        state.last = part.order
        if is_same:
            step.verdict = "REPLAY"
            return
        step.verdict, step.has_no_home = ("UPDATE", False) if state.version >= 1 else (None, True)
        state.base, state.withdrawn, state.purged, state.is_purged = part, None, None, False
        state.version += 1
        step.is_accepted = True
