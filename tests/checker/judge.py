"""Walks the committed order of each domain once, and judges what every record became."""

from collections import Counter, defaultdict
from functools import lru_cache

from .arrival import Arrival
from .clusters import Ledger, Names
from .fold import Fold
from .links import ONE_MATTER
from .match_keys import Holders, Said
from .result import Result

RULES = {
    "verdicts": "verdicts",
    "links": "links",
    "evidence": "evidence",
    "missed": "nothing is missed",
    "holds": "holds",
    "clusters": "clusters",
    "purges": "purges",
}


class Judgements:
    """One result for each rule that the walk decides."""

    def __init__(self):
        for name, rule in RULES.items():
            setattr(self, name, Result(rule, "PL-21" if name == "purges" else "PL-4"))

    def all(self):
        return [getattr(self, name) for name in RULES]


class Domain:
    """One matching domain: what is live, who holds what, and which clusters there are."""

    def __init__(self, site, results):
        self.site, self.matching, self.results = site, site.matching, results
        self.fold, self.holders = Fold(), Holders()
        self.ledger = Ledger(self.matching.rules["link"])
        self.names = Names(self.ledger)
        self.counts, self.names_only = Counter(), 0

    def lead(self, record, lead, event, regroupings):
        """A lead arrives."""
        self.ledger.begin()
        step = self.fold.accept(lead, record.offset, Said.by(lead, self.matching.steward), self.site.lead_facts(lead))
        lead_id, due = lead["lead_id"], step.verdict
        what = f"{record.place} lead {lead_id[:8]}"
        if step.comes_to_life:
            due = self._arrive(step, event, what)
        else:
            if step.leaves:
                self.holders.drop(lead_id)
                self.ledger.remove(lead_id)
            elif step.is_accepted:
                self.holders.put(lead_id, step.state.said())
            self._compares_nothing(event, what)
        if event is not None:
            self._verdict(step.state, due, event, what)
        self._stands(step.state, event, what)
        self._regrouped(record, lead_id, None, regroupings)

    def dead_letter(self, record, name, said, reason):
        """What adds to a purged report is for a person, and nothing else is for that reason."""
        if reason == "adds_to_purged":
            self.results.verdicts.checked += 1
            if name != "lead" or not self.fold.adds_to_purged(said["lead_id"], said["amendment_key"]):
                self.results.verdicts.fault(f"{record.place}: a dead letter that has a verdict")

    def decision(self, record, decision, regroupings):
        """An officer's word."""
        self.ledger.begin()
        self.ledger.say(decision["judgement"], decision["first"], decision["second"], decision["at"])
        self._regrouped(record, decision["first"], decision["officer"], regroupings, in_hand=False)

    def purge(self, record, purge, regroupings):
        """The time of a lead is over; says the version that is purged."""
        self.ledger.begin()
        lead_id = purge["lead_id"]
        is_purged, was_live = self.fold.purge(lead_id, purge["due"])
        if was_live:
            self.holders.drop(lead_id)
            self.ledger.remove(lead_id)
        self._regrouped(record, lead_id, None, regroupings)
        return self.fold.leads[lead_id].version if is_purged else None

    def _arrive(self, step, event, what):
        """A lead comes to life; says which verdict is due."""
        state = step.state
        whole = state.said() if state.additions else step.part.said
        arrival = Arrival(self, step, whole, event, what)
        arrival.judge_links()
        arrival.judge_evidence()
        arrival.join()
        self.holders.put(state.lead_id, whole)
        self.names_only += arrival.names_only
        links = arrival.links
        if step.has_no_home and links and links[0]["relation"] in ONE_MATTER:
            state.home = self.fold.leads[links[0]["lead_id"]].home
        return step.verdict or self._of_new(state, step.part, links)

    def _of_new(self, state, part, links):
        if not links or links[0]["relation"] == "shares":
            return "NEW"
        if links[0]["relation"] == "review":
            return "REVIEW"
        return "DUPLICATE" if self.adds_nothing(state.lead_id, part) else "RELATED"

    def adds_nothing(self, lead_id, part):
        """Whether the newest other leads of its cluster say all that the lead says."""
        others = self.ledger.others(lead_id)[: self.matching.verdicts["members"]]
        return part.facts <= frozenset().union(*(self.fold.leads[other].facts() for other in others))

    def _compares_nothing(self, event, what):
        if event is None:
            return
        self.results.links.checked += 1
        if event["links"] or event["evidence"] or event["hot"]:
            self.results.links.fault(f"{what}: compared with others, though it did not come to life")

    def _verdict(self, state, due, event, what):
        self.results.verdicts.checked += 1
        self.counts[due] += 1
        found = (event["verdict"], event["matter_id"], event["version"])
        if found != (due, state.home, state.version):
            self.results.verdicts.fault(
                f"{what}: {found[0]} version {found[2]} in {found[1][:8]}, "
                f"the fold says {due} version {state.version} in {state.home[:8]}"
            )

    def _stands(self, state, event, what):
        """Where a lead is said to stand: a lead that is not live stands alone, under its own name."""
        if event is None:
            return
        self.results.clusters.checked += 1
        lead_id, name = state.lead_id, event["cluster_id"]
        fits = self.names.fits(lead_id, name) if state.live else name == lead_id
        if not fits:
            self.results.clusters.fault(f"{what}: stands in {name[:8]}, which is not where its edges put it")

    def _regrouped(self, record, cause, officer, regroupings, in_hand=True):
        """Who stands elsewhere now is said so, home by home, and nobody else."""
        due = self.ledger.moved() - ({cause} if in_hand else set())
        said = Counter()
        for place, found in regroupings:
            self.results.clusters.checked += 1
            said.update(found["leads"])
            for text in self._faults_of(found, due, (cause, officer)):
                self.results.clusters.fault(f"{place}: {text}")
        for lead, times in said.items():
            if times > 1:
                self.results.clusters.fault(f"{record.place}: lead {lead[:8]} moves {times} times")
        for lead in sorted(due - said.keys()):
            self.results.clusters.fault(f"{record.place}: nobody is told that lead {lead[:8]} stands elsewhere now")

    def _faults_of(self, found, due, source):
        leads = found["leads"]
        if not leads or leads != sorted(leads) or (found["caused_by"], found["officer"]) != source:
            yield "a regrouping of nothing, out of order, or of another cause"
        for lead in leads:
            if lead not in due:
                yield f"lead {lead[:8]} is said to stand elsewhere, and does not"
            elif self.fold.leads[lead].home != found["matter_id"]:
                yield f"lead {lead[:8]} is listed under a home that is not its own"
            elif not self.names.fits(lead, found["cluster_id"]):
                yield f"lead {lead[:8]} stands in {found['cluster_id'][:8]}, which is not where its edges put it"


def _by_place(pairs, status):
    """(domain, place) -> what is said of it."""
    found = defaultdict(list)
    for record, said in pairs:
        found[(status(said), said["place"])].append((record.place, said))
    return found


@lru_cache(maxsize=4)
def judged(site):
    """The judgements on a site."""
    results = Judgements()
    if site.matching is None:
        results.verdicts.note("no matching configuration given: verdicts are not judged")
        return results
    events = _by_place(site.events, lambda event: event["lead"]["message_status"])
    regroupings = _by_place(site.regroupings, lambda found: found["domain"])
    domains, purges = {}, defaultdict(list)
    for record, found in site.purges:
        purges[(found["domain"], found["lead_id"], found["due"])].append((record, found))
    for record, name, said in site.committed:
        status = said["message_status" if name == "lead" else "domain"]
        domain = domains.setdefault(status, Domain(site, results))
        if record.place in site.unprocessed:
            domain.dead_letter(record, name, said, site.unprocessed[record.place])
            continue
        moved = regroupings.pop((status, record.offset), [])
        if name == "lead":
            found = events.get((status, record.offset), [])
            fits = [pair for pair in found if pair[1]["lead"]["lead_id"] == said["lead_id"]]
            domain.lead(record, said, fits[0][1] if fits else None, moved)
            for pair in fits[:1]:
                found.remove(pair)
        elif name == "purge":
            version = domain.purge(record, said, moved)
            _judge_purge(results.purges, record, said, version, purges)
        elif name == "legal-hold":
            domain.fold.hold(said["lead_id"], said["reason"], said["at"], said["placed"])
        else:
            domain.decision(record, said, moved)
    for record, _ in (pair for found in purges.values() for pair in found):
        results.purges.fault(f"{record.place}: a purge that nothing made due")
    for place, _ in (pair for found in regroupings.values() for pair in found):
        results.clusters.fault(f"{place}: a regrouping of a record that is not there")
    for place, _ in (pair for found in events.values() for pair in found):
        results.verdicts.fault(f"{place}: a verdict at a place where no such lead is")
    counts = sum((domain.counts for domain in domains.values()), Counter())
    results.verdicts.note(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())))
    names_only = sum(domain.names_only for domain in domains.values())
    results.links.note(f"{names_only} links rest on names alone; none of those may make one matter of two")
    return results


def _judge_purge(result, record, purge, version, purges):
    """What is due is purged once its time is over, in the version there is then, and told to the router once."""
    result.checked += 1
    key = (purge["domain"], purge["lead_id"], purge["due"])
    what = f"{record.place}: lead {purge['lead_id'][:8]}"
    if purge["at"] < purge["due"] or record.timestamp * 1_000 + 999 < purge["due"]:
        result.fault(f"{what} is purged before its time is over")
    told = purges.pop(key, []) if version is not None else []
    if version is not None and [found["version"] for _, found in told] != [version]:
        result.fault(f"{what} is purged in version {version}, and the router is told {len(told)} times of another")


def _rule(name):
    def rule(site):
        return getattr(judged(site), name)

    return rule


verdicts_follow = _rule("verdicts")
links_are_sums = _rule("links")
evidence_is_true = _rule("evidence")
nothing_is_missed = _rule("missed")
holds_are_true = _rule("holds")
clusters_are_those_of_the_edges = _rule("clusters")
purges_are_due = _rule("purges")
