"""A lead that comes to life: its links, its evidence, and which clusters it joins."""

from . import links as rules
from .clusters import Edge
from .evidence import faults_of_equals, faults_of_groups, missed


class Arrival:
    """One lead at its place, and what is said of it. `domain` stands as it was before the lead."""

    def __init__(self, domain, step, whole, event, what):
        self.domain, self.matching, self.results = domain, domain.matching, domain.results
        self.state, self.part, self.whole, self.what = step.state, step.part, whole, what
        self.event = event
        self.said = event["links"] if event else []
        # Of a lead that is not there nothing follows.
        self.links = [link for link in self.said if link["lead_id"] in domain.holders.said]
        self.live = len(domain.holders.said)
        self.names_only = sum(rules.shares_only_names(link) for link in self.links)

    def judge_links(self):
        """Order, sums, and what follows from them."""
        result, names = self.results.links, [link["lead_id"] for link in self.said]
        result.checked += 1 + len(self.said)
        if len(self.links) < len(names) or len(set(names)) < len(names) or self.state.lead_id in names:
            result.fault(f"{self.what}: linked to itself, to a lead twice, or to one that is not live")
        if len(names) > self.matching.verdicts["links"]:
            result.fault(f"{self.what}: {len(names)} links")
        ranks = [
            rules.rank(link, self.domain.fold.leads[link["lead_id"]].accepted, self.matching) for link in self.links
        ]
        if ranks != sorted(ranks):
            result.fault(f"{self.what}: its links are not in their order")
        for link in self.links:
            texts = rules.faults_of_sum(link, self.live, self.matching)
            texts = texts or rules.faults_of_relation(link, self.matching)
            for text in texts:
                result.fault(f"{self.what}: the link to {link['lead_id'][:8]} {text}")

    def judge_evidence(self):
        """Whether it is true, adds up, and is all that had to be found."""
        result, holders = self.results.evidence, self.domain.holders
        found = self.event["evidence"] if self.event else []
        is_whole = len(found) < self.matching.verdicts["evidence"]
        result.checked += len(found)
        names = {link["lead_id"] for link in self.said}
        if any(item["lead_id"] not in names for item in found):
            result.fault(f"{self.what}: evidence of a lead that is no link")
        for link in self.links:
            own = [item for item in found if item["lead_id"] == link["lead_id"]]
            texts = faults_of_groups(link, own) if is_whole else []
            other = holders.said[link["lead_id"]]
            texts += faults_of_equals(self.whole, other, holders, own, is_whole, self.matching)
            for text in texts:
                result.fault(f"{self.what}: link to {link['lead_id'][:8]}: {text}")
        for hot in self.event["hot"] if self.event else []:
            if hot["seen"] < self.matching.half_hot:
                result.fault(f"{self.what}: a value that {hot['seen']} hold is not hot")
        self._judge_missed()

    def _judge_missed(self):
        if self.event is None:
            return
        result = self.results.missed
        result.checked += 1
        lead_id = self.state.lead_id
        for other in sorted(missed(lead_id, self.whole, self.domain.holders, self.said, self.matching)):
            result.fault(f"{self.what}: shares a value with {other[:8]}, which is not among its links")

    def join(self):
        """The lead stands in its cluster; what kept it from others is judged."""
        ledger, lead = self.domain.ledger, self.state.lead_id
        cluster_of = {link["lead_id"]: ledger.cluster[link["lead_id"]] for link in self.links}.get
        best = cluster_of(self.links[0]["lead_id"]) if self.links else None
        wants = [link for link in self.links if self._wants(link)]
        own = [link for link in wants if cluster_of(link["lead_id"]) == best]
        others = [link for link in wants if cluster_of(link["lead_id"]) != best]
        ledger.open(lead, self.state.accepted)
        reasons = {}
        proposed = [link for link in own + others if link["relation"] in rules.ONE_MATTER or link["held"] is not None]
        for link in proposed:
            reasons[link["lead_id"]] = self._propose(link)
        # What left the best to a person may stand past the end of a full list.
        is_cut = len(self.said) >= self.matching.verdicts["links"] and not proposed
        is_open = is_cut or rules.best_is_open(self.links, cluster_of, self.matching)
        joined = any(link["relation"] in rules.ONE_MATTER for link in own)
        for link in wants:
            was_tried = not is_open and (link in own or joined)
            self._judge_hold(link, was_tried, reasons.get(link["lead_id"]))
        if self.links:
            self._judge_repeats()

    def _wants(self, link):
        """Whether the two could become one matter, or are said to be."""
        return link["relation"] in rules.ONE_MATTER or rules.decision(link, self.matching) == rules.LINK

    def _propose(self, link):
        """Notes an edge and joins, if nothing keeps the two apart; says what does."""
        ledger, lead, other = self.domain.ledger, self.state.lead_id, link["lead_id"]
        ledger.note(lead, other, Edge(link["weight_millibits"], rules.strong(link, self.matching)))
        reason = ledger.hold(lead, other)
        if reason is None and link["held"] == "contradiction":
            return "contradiction"
        if reason is None and link["held"] is None:
            ledger.join(lead, other)
        return reason

    def _judge_hold(self, link, was_tried, reason):
        """Whether what is said to keep two apart does; what is said to be one is put together all the same."""
        result, ledger = self.results.holds, self.domain.ledger
        result.checked += 1
        lead, other, held = self.state.lead_id, link["lead_id"], link["held"]
        what = f"{self.what}: the link to {other[:8]}"
        if link["relation"] in rules.ONE_MATTER:
            if not was_tried:
                result.fault(f"{what} is one matter, though a person was to decide on the best")
            if not ledger.are_together(lead, other):
                result.fault(f"{what} is one matter, though {reason} holds it")
                ledger.join(lead, other)
        elif was_tried and held is None:
            result.fault(f"{what} is neither one matter nor held")
        elif held is not None and (not was_tried or held != reason or ledger.are_together(lead, other)):
            result.fault(f"{what} is held by {held}, and is not")

    def _judge_repeats(self):
        """Only the first link repeats, and only if the lead adds nothing to its cluster."""
        repeats = [link["relation"] == "repeats" for link in self.links]
        first = self.links[0]
        due = first["relation"] in rules.ONE_MATTER and self.domain.adds_nothing(self.state.lead_id, self.part)
        if any(repeats[1:]) or repeats[0] != due:
            self.results.links.fault(f"{self.what}: repeats another lead and adds facts, or the other way round")
