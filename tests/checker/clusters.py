"""The second implementation of matters that join and split, written from ARCHITECTURE.md, "Clusters".

A cluster is what live edges hold together. Here it has a number of its own; what it is called is said by the topics.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from .matching import DENSITY_PERMILLE, JOIN_ABOVE, MEMBERS


@dataclass(frozen=True)
class Edge:
    """Why two leads are one matter."""

    weight: int
    groups: frozenset  # groups of evidence that are evidence of their own
    by_officer: bool = False
    live: bool = False  # whether it holds its cluster together


def pair(a, b):
    return (a, b) if a <= b else (b, a)


class Ledger:
    """Live leads of one domain, their edges, and what officers declared different."""

    def __init__(self, link):
        self.link = link
        self.accepted, self.cluster, self.members = {}, {}, {}
        self.edges = defaultdict(dict)
        self.apart = defaultdict(set)  # lead -> leads that it is declared different from
        self._said = {}  # pair -> when an officer's last word on it was said
        self._before = {}  # leads whose cluster changed in the record in hand -> the one they had
        self._next = 0

    def begin(self):
        """A record begins."""
        self._before = {}

    def moved(self):
        """Leads that stand in another cluster than before the record."""
        return {lead for lead, was in self._before.items() if self.cluster.get(lead, was) != was}

    def oldest_first(self, leads):
        return sorted(leads, key=lambda lead: (self.accepted[lead], lead))

    def others(self, lead):
        """The leads of a lead's cluster but itself, newest first."""
        members = self.members[self.cluster[lead]] - {lead}
        return self.oldest_first(members)[::-1]

    def are_together(self, a, b):
        return self.cluster[a] == self.cluster[b]

    def open(self, lead, place):
        """A lead comes to life: a cluster of its own."""
        self.accepted[lead] = place
        self._found({lead}, self._new())

    def remove(self, lead):
        """A lead leaves with its edges, and its cluster is computed again."""
        cluster = self.cluster.pop(lead)
        self._before.pop(lead, None)
        for other in list(self.edges.get(lead, ())):
            self._drop(lead, other)
        self.members[cluster].discard(lead)
        self._compute_again(cluster)
        del self.accepted[lead]

    def note(self, a, b, edge):
        """Keeps an edge, live if it is inside one cluster; on two leads declared different there is none."""
        if b not in self.apart[a]:
            self._keep(a, b, replace(edge, live=self.are_together(a, b)))

    def hold(self, a, b):
        """Why an edge that was just noted may not join the two clusters; None if it may.

        Whether a member contradicts a member is not known here.
        """
        first, second = self.cluster[a], self.cluster[b]
        if first == second:
            return None
        if self._are_declared_different(first, second):
            return "cannot_link"
        one, two = self.members[first], self.members[second]
        members, between = len(one) + len(two), self._between(first, second)
        if members > MEMBERS:
            return "size"
        if len(one) > 1 and len(two) > 1 and not self._is_enough(between):
            return "second_edge"
        edges = len(between) + sum(map(self._live_edges, (first, second)))
        return "density" if edges * 2_000 < DENSITY_PERMILLE * members * (members - 1) else None

    def join(self, a, b):
        """Two clusters become one: the older, by its oldest lead. Every edge between them is live."""
        first, second = self.cluster[a], self.cluster[b]
        if first == second:
            return
        for x, y in self._between(first, second):
            self._keep(x, y, replace(self.edges[x][y], live=True))
        into, gone = sorted((first, second), key=lambda c: self._age(self.members[c]))
        self._found(self.members[into] | self.members.pop(gone), into)

    def say(self, judgement, a, b, at):
        """An officer's word on two leads; whether it is later than the last one on the two."""
        if a == b or self._said.get(pair(a, b), at - 1) >= at:
            return False
        self._said[pair(a, b)] = at
        is_same, are_here = judgement == "SAME", a in self.cluster and b in self.cluster
        for x, y in ((a, b), (b, a)):
            (self.apart[x].discard if is_same else self.apart[x].add)(y)
        if are_here and is_same:
            self.note(a, b, Edge(self.link, frozenset(), by_officer=True))
            if not self._are_declared_different(self.cluster[a], self.cluster[b]):
                self.join(a, b)
        elif are_here:
            self._drop(a, b)
            if self.are_together(a, b):
                self._compute_again(self.cluster[a])
        return True

    def _new(self):
        self._next += 1
        return self._next

    def _age(self, leads):
        return min((self.accepted[lead], lead) for lead in leads)

    def _found(self, leads, cluster):
        for lead in leads:
            if lead in self.cluster:
                self._before.setdefault(lead, self.cluster[lead])
            self.cluster[lead] = cluster
        self.members[cluster] = set(leads)

    def _keep(self, a, b, edge):
        self.edges[a][b] = self.edges[b][a] = edge

    def _drop(self, a, b):
        self.edges[a].pop(b, None)
        self.edges[b].pop(a, None)

    def _between(self, first, second):
        small, large = sorted((first, second), key=lambda c: len(self.members[c]))
        return [(a, b) for a in self.members[small] for b in self.edges.get(a, ()) if self.cluster[b] == large]

    def _live_edges(self, cluster):
        ends = sum(edge.live for lead in self.members[cluster] for edge in self.edges.get(lead, {}).values())
        return ends // 2

    def _is_enough(self, between):
        """Two clusters of two leads and more take one strong edge or two that rest on other groups."""
        edges = [self.edges[a][b] for a, b in between]
        strong = any(edge.by_officer or edge.weight >= self.link + JOIN_ABOVE for edge in edges)
        return strong or len({edge.groups for edge in edges}) > 1

    def _are_declared_different(self, first, second):
        if first == second:
            return False
        return any(self.apart.get(lead, frozenset()) & self.members[second] for lead in self.members[first])

    def _compute_again(self, cluster):
        """The parts of a cluster that live edges leave. The one with the oldest lead stays what it was."""
        rest = self.members.pop(cluster)
        self._let_go(rest)
        keeps = cluster
        while rest:
            part = self._reachable(self.oldest_first(rest)[0])
            rest = rest - part
            self._found(part, keeps if keeps is not None else self._new())
            keeps = None

    def _reachable(self, lead):
        found, open_ones = {lead}, [lead]
        while open_ones:
            for other, edge in self.edges.get(open_ones.pop(), {}).items():
                if edge.live and other not in found:
                    found.add(other)
                    open_ones.append(other)
        return found

    def _let_go(self, members):
        """Live edges that would bring leads together that were declared different hold no longer: the weaker ones."""
        if not any(self.apart.get(lead, frozenset()) & members for lead in members):
            return
        inside = {
            pair(a, b): edge for a in members for b, edge in self.edges.get(a, {}).items() if edge.live and b in members
        }
        parts = {lead: {lead} for lead in members}
        for a, b in sorted(inside, key=lambda p: (not inside[p].by_officer, -inside[p].weight, p)):
            one, two = parts[a], parts[b]
            if one is two:
                continue
            if any(self.apart.get(lead, frozenset()) & two for lead in one):
                self._keep(a, b, replace(inside[(a, b)], live=False))
            else:
                one |= two
                parts.update(dict.fromkeys(two, one))


class Names:
    """What clusters are called: a name is of one cluster at a time, and a cluster has one name."""

    def __init__(self, ledger):
        self._ledger = ledger
        self._of_cluster, self._of_name = {}, {}

    def fits(self, lead, name):
        """Whether the lead's cluster may be called so."""
        cluster = self._ledger.cluster[lead]
        said = self._of_cluster.get(cluster, name)
        held = self._of_name.get(name, cluster)
        if said != name or held != cluster and held in self._ledger.members:
            return False
        self._of_cluster[cluster], self._of_name[name] = name, cluster
        return True
