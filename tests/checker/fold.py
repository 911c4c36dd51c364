"""The second implementation of the fold over leads.normalised.v1, written from ARCHITECTURE.md, "Verdicts"."""

from collections import defaultdict
from dataclasses import dataclass, field


def parse_order(text):
    """(timestamp, offset, index): the timestamp may be negative, so split from the right."""
    timestamp, offset, index = text.rsplit("-", 2)
    return int(timestamp), int(offset), int(index)


@dataclass
class Part:
    """The base of a lead, or one addition."""

    order: tuple
    content_hash: str
    keys: frozenset
    facts: frozenset


@dataclass
class State:
    """What is kept of a lead id."""

    matter: str
    accepted: int | None = None  # its place in the committed order when it first was more than a mark
    version: int = 0
    base: Part | None = None
    withdrawn: tuple | None = None
    additions: dict = field(default_factory=dict)
    last: tuple | None = None

    @property
    def live(self):
        return self.withdrawn is None and (self.base is not None or bool(self.additions))

    def parts(self):
        return ([self.base] if self.base else []) + list(self.additions.values())

    def keys(self):
        return frozenset().union(*(p.keys for p in self.parts()))

    def facts(self):
        return frozenset().union(*(p.facts for p in self.parts()))


@dataclass(frozen=True)
class Expected:
    """What the fold says of one lead."""

    verdict: str
    matter: str
    version: int


class Domain:
    """All leads of one matching domain."""

    def __init__(self, matching):
        self.matching = matching
        self.leads = {}
        self.holders = defaultdict(set)  # key -> live lead ids
        self.hot = set()
        self.members = defaultdict(set)  # matter -> lead ids
        self.now = 0

    def _unindex(self, lead_id, state):
        for key in state.keys():
            self.holders[key].discard(lead_id)

    def _index(self, lead_id, state):
        if state.accepted is None:
            state.accepted = self.now
        for key in state.keys():
            holders = self.holders[key]
            holders.add(lead_id)
            if len(holders) >= self.matching.cap:
                self.hot.add(key)
        self.members[state.matter].add(lead_id)

    def _find_matter(self, lead_id, part):
        """Line 5: verdict and home matter of a lead that is new."""
        scores = defaultdict(int)
        for key in part.keys - self.hot:
            for other in self.holders[key]:
                if other != lead_id:
                    scores[other] += self.matching.weights[key[0]]
        if not scores:
            return "NEW", lead_id
        best = min(scores, key=lambda other: (-scores[other], self.leads[other].accepted))
        matter = self.leads[best].matter
        live = sorted((s for s in map(self.leads.get, self.members[matter]) if s.live), key=lambda s: s.accepted)
        known = frozenset().union(*(s.facts() for s in live[-self.matching.members :]))
        return ("DUPLICATE" if part.facts <= known else "RELATED"), matter

    def _open(self, lead_id, matter):
        state = State(matter=matter)
        self.leads[lead_id] = state
        return state

    def accept(self, lead, keys, facts):
        """The verdict on the next lead in the committed order."""
        self.now += 1
        lead_id = lead["lead_id"]
        order = parse_order(lead["order"])
        part = Part(order, lead["content_hash"], frozenset(keys), frozenset(facts))
        state = self.leads.get(lead_id)

        def says(verdict):
            return Expected(verdict, self.leads[lead_id].matter, self.leads[lead_id].version)

        if lead["message_kind"] == "CANCEL":
            if state and state.last is not None and order < state.last:
                return says("STALE")
            if state and state.withdrawn is not None and order == state.last:
                return says("REPLAY")
            if state is None:
                state = self._open(lead_id, lead_id)
            else:
                if state.live:
                    self._unindex(lead_id, state)
                # A mark of what never came stays a mark.
                if state.version > 0:
                    state.version += 1
            state.withdrawn = state.last = order
            return says("CANCEL")

        if lead["amendment_key"] is not None:
            key = lead["amendment_key"]
            if state and state.withdrawn is not None:
                return says("STALE")
            known = state.additions.get(key) if state else None
            if known and known.order > order:
                return says("STALE")
            if known and known.content_hash == part.content_hash:
                return says("REPLAY")
            if state is None:
                _, matter = self._find_matter(lead_id, part)
                state = self._open(lead_id, matter)
            else:
                self._unindex(lead_id, state)  # live, for it is not withdrawn
            state.additions[key] = part
            state.version += 1
            self._index(lead_id, state)
            return says("AMENDMENT")

        if state and state.last is not None and order < state.last:
            return says("STALE")
        if state and state.live and state.base and state.base.content_hash == part.content_hash:
            state.last = order
            return says("REPLAY")
        if state and state.version >= 1:
            if state.live:
                self._unindex(lead_id, state)
            state.base, state.last, state.withdrawn = part, order, None
            state.version += 1
            self._index(lead_id, state)
            return says("UPDATE")

        verdict, matter = self._find_matter(lead_id, part)
        state = self._open(lead_id, matter)
        state.base, state.last, state.version = part, order, 1
        self._index(lead_id, state)
        return says(verdict)


class Fold:
    """Domains by message status: the state of another is never looked at."""

    def __init__(self, matching):
        self.matching = matching
        self.domains = {}

    def accept(self, lead, keys, facts):
        domain = self.domains.setdefault(lead["message_status"], Domain(self.matching))
        return domain.accept(lead, keys, facts)
