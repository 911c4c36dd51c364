"""Rules about what went in and what came of it: accounting, dead letters, counters, order."""

import hashlib
from collections import Counter, defaultdict

from .fold import parse_order
from .result import Result
from .site import FEEDBACK, NORMALISED, OFFICERS, origin
from .words import gate_counts, gate_tallies, router_tallies

INBOUND = "leads.inbound."
DEAD = "leads.dead-letter."
CLAIMS = ("leadshare-order", "leadshare-redrive", "leadshare-entry")


def inbound(site):
    for topic in site.topics.matching(INBOUND):
        yield from site.topics.records(topic)


def entries_are_accounted_for(site):
    """PL-1: every entry read became exactly one lead, not-a-lead or dead letter."""
    result = Result("entries accounted for", "PL-1")
    became = defaultdict(Counter)  # inbound place -> index or None -> how often
    for record, lead in site.leads:
        raw = lead["raw"]
        became[(raw["topic"], raw["partition"], raw["offset"])][raw["index"]] += 1
    for record in site.topics.records(DEAD + "normaliser.v1"):
        place = origin(record)
        if place is None:
            result.fault(f"dead letter {record.place} does not say where it comes from")
            continue
        entry = record.header("leadshare-entry")
        became[place][None if entry is None else int(entry)] += 1
    silent = 0
    for record in inbound(site):
        result.checked += 1
        outcomes = became.pop(record.place, Counter())
        for index, times in outcomes.items():
            if times > 1:
                result.fault(f"entry {index} of {record.place} became {times} results")
        expected = site.ledger.entries(record) if site.ledger else None
        if None in outcomes:
            if len(outcomes) > 1:
                result.fault(f"{record.place} is a dead letter as a whole and also in parts")
        elif expected is not None:
            for index, kind in enumerate(expected):
                if (outcomes[index] == 0) != (kind == "not_a_lead"):
                    result.fault(f"entry {index} of {record.place} ({kind}) has {outcomes[index]} results")
            if any(index >= len(expected) for index in outcomes):
                result.fault(f"{record.place} has results for entries that it does not hold")
        elif outcomes:
            silent += max(outcomes) + 1 - len(outcomes)
        else:
            silent += 1
    for place in became:
        result.fault(f"results of {place}, which is not on its topic")
    if not site.ledger:
        counted = site.counters.get("normaliser", {}).get("not_a_lead")
        if counted is None and silent:
            result.note(f"{silent} entries without a record; without a changelog or a ledger taken as not-a-lead")
        elif counted is not None and silent > counted:
            result.fault(f"{silent} entries have no record, but only {counted} were counted as not-a-lead")
    return result


def the_ledger_is_kept(site):
    """PL-1 and PL-8: what was generated as good became leads, what was generated as bad dead letters."""
    result = Result("ledger", "PL-8")
    if not site.ledger:
        result.note("no ledger given")
        return result
    dead = {}
    for record in site.topics.records(DEAD + "normaliser.v1"):
        entry = record.header("leadshare-entry")
        dead[(origin(record), None if entry is None else int(entry))] = record.header("leadshare-reason")
    sent = Counter()
    for record in inbound(site):
        expected = site.ledger.entries(record)
        if expected is None:
            result.fault(f"{record.place} is not in the ledger")
            continue
        sent[site.ledger.identity(record)] += 1
        for index, kind in enumerate(expected):
            result.checked += 1
            whole, part = dead.get((record.place, None)), dead.get((record.place, index))
            if (kind == "malformed") != (whole is not None or part is not None):
                reason = whole or part
                result.fault(f"entry {index} of {record.place} was generated as {kind}; dead letter: {reason}")
    for identity, times in site.ledger.sent.items():
        if sent[identity] != times:
            result.fault(f"line {site.ledger.lines[identity]} was sent {times} times and stands {sent[identity]} times")
    return result


def dead_letters_are_originals(site):
    """PL-8: a dead letter holds the original bytes and headers, and a typed reason."""
    result = Result("dead letters", "PL-8")
    originals = {}
    for topic in list(site.topics.by_topic):
        if not topic.startswith(DEAD) and ".changelog." not in topic:
            originals |= {r.place: r for r in site.topics.records(topic)}
    for topic in site.topics.matching(DEAD):
        for record in site.topics.records(topic):
            result.checked += 1
            original = originals.get(origin(record))
            if original is None:
                result.fault(f"{record.place}: no original at {origin(record)}")
                continue
            if not record.header("leadshare-reason") or not record.header("leadshare-order"):
                result.fault(f"{record.place} has no reason or no order")
            # Headers by which somebody outside could claim an order or an entry are not passed on; of our own topics they are ours.
            is_outside = original.topic.startswith((INBOUND, OFFICERS, FEEDBACK))
            kept = tuple(h for h in original.headers if not is_outside or h[0] not in CLAIMS)
            if record.key != original.key or record.headers[: len(kept)] != kept:
                result.fault(f"{record.place}: key or headers are not those of {original.place}")
            whole = record.header("leadshare-entry") is None
            if whole and record.value != original.value:
                result.fault(f"{record.place}: bytes are not those of {original.place}")
    return result


def _counts_of_topics(site):
    """Counters, counted again from the topics. What officers and partners say and a regrouping are no leads."""
    events, moves = len(site.events), len(site.regroupings)
    moves += len(site.purges)
    words = moves + len(site.said)
    counted = {
        "normaliser": {
            "messages": sum(1 for _ in inbound(site)),
            "leads": len(site.leads),
        },
        "deduplicator": {
            "messages": len(site.topics.records(NORMALISED)),
            "leads": events,
            "verdicts": events,
            "not_a_lead": site.words,
            "events": moves,
            "returned": len(_purges(site)),
        },
        "router": {
            "messages": len(site.topics.records("leads.matters.v1")),
            "leads": events,
            "disclosures": sum(len(copies) for copies in site.copies.values()),
            "not_a_lead": words,
            "events": words,
        },
    }
    if gate := gate_counts(site):
        counted["gate"] = gate
    for service, counts in counted.items():
        counts["dead_letters"] = len(site.topics.records(f"{DEAD}{service}.v1"))
    if site.partners:
        counted["router"]["outcomes"] = events * len(site.partners)
    return counted


def counters_agree(site):
    """PL-7: the counters in the state, read from the changelogs, are those of the topics."""
    result = Result("counters", "PL-7")
    if not site.counters:
        result.note("no changelog: the embedded transport keeps state on disk only")
        return result
    expected = _counts_of_topics(site)
    for service, counts in expected.items():
        found = site.counters.get(service)
        if found is None:
            result.fault(f"{service} has no counters in its changelog")
            continue
        for name, count in counts.items():
            result.checked += 1
            if found.get(name, 0) != count:
                result.fault(f"{service} counts {found.get(name, 0)} {name}; the topics say {count}")
    for service in expected:
        n = site.counters.get(service, {})
        result.checked += 1
        parts = n.get("leads", 0) + n.get("not_a_lead", 0) + n.get("dead_letters", 0)
        if n.get("entries", 0) != parts:
            result.fault(f"{service}: {n.get('entries', 0)} entries, but leads + not-a-lead + dead letters = {parts}")
    return result


def _purges(site):
    """What the deduplicator put on the stream of leads."""
    return [(record, purge) for record, subject, purge in site.committed if subject == "purge"]


def _tallies_of_purges(site):
    counted = Counter({"PURGED/": len(site.purges)})
    due = [record for record, _ in _purges(site)]
    counted["PURGE_DUE/"] = len(due)
    counted["PURGE_OVERTAKEN/"] = sum(r.place not in site.unprocessed for r in due) - len(site.purges)
    return counted


def _tallies_of_words(site):
    """Officers' words: news, or not later than what was said of the same before."""
    counted, newest = Counter(), {}
    for record, subject, word in site.committed:
        if record.place in site.unprocessed:
            continue
        if subject == "legal-hold":
            hold = (word["domain"], word["lead_id"], word["reason"], "hold")
            is_news = newest.get(hold, word["at"] - 1) < word["at"]
            newest[hold] = max(word["at"], newest.get(hold, word["at"]))
            said = "HOLD_PLACED/" if word["placed"] else "HOLD_LIFTED/"
            counted[said if is_news else "HOLD_STALE/"] += 1
        if subject != "match-decision":
            continue
        two = (word["domain"], *sorted((word["first"], word["second"])))
        is_news = word["first"] != word["second"] and newest.get(two, word["at"] - 1) < word["at"]
        if is_news:
            newest[two] = word["at"]
        counted["DECISION/" if is_news else "DECISION_STALE/"] += 1
    return counted


def _tallies_of_topics(site):
    """What dashboards show by outcome and route, counted again from the topics."""
    tallies = {service: Counter() for service in ("normaliser", "deduplicator", "router")}
    for service, counted in tallies.items():
        counted["dead_letter/"] = len(site.topics.records(f"{DEAD}{service}.v1"))
    tallies["normaliser"]["lead/"] = len(site.leads)
    for _, event in site.events:
        tallies["deduplicator"][event["verdict"] + "/"] += 1
    tallies["deduplicator"] += _tallies_of_words(site) + _tallies_of_purges(site)
    for _, decision in site.decisions:
        for outcome in decision["outcomes"]:
            tallies["router"][f"{outcome['outcome']}/{outcome['partner']}"] += 1
        for group in decision["grouped"]:
            for partner in group["partners"]:
                tallies["router"][f"{group['outcome']}/{partner}"] += 1
    tallies["router"] += router_tallies(site)
    if gate_counts(site):
        tallies["gate"] = gate_tallies(site)
    return tallies


def tallies_agree(site):
    """PL-7: what dashboards show by outcome and route is what the topics hold."""
    result = Result("tallies", "PL-7")
    if not site.counters:
        result.note("no changelog: the embedded transport keeps state on disk only")
        return result
    for service, tallies in _tallies_of_topics(site).items():
        found = site.tallies.get(service, {})
        for name in tallies.keys() | found.keys():
            # An entry that is no lead leaves no record, and a hold that expires says so in its outcome.
            if name.startswith(("not_a_lead/", "HOLD_")):
                continue
            result.checked += 1
            if found.get(name, 0) != tallies.get(name, 0):
                result.fault(f"{service} tallies {found.get(name, 0)} {name}; the topics say {tallies.get(name, 0)}")
    return result


def orders_are_kept(site):
    """PL-5: the order of a lead is that of its inbound record, in the record and in every header."""
    result = Result("order", "PL-5")
    stamps = {r.place: r for r in inbound(site)}
    redriven = 0
    for record, lead in site.leads:
        result.checked += 1
        raw = lead["raw"]
        original = stamps.get((raw["topic"], raw["partition"], raw["offset"]))
        if record.header("leadshare-order") != lead["order"]:
            result.fault(f"{record.place}: header and record disagree about the order")
        if original is None:
            continue  # counted by the accounting rule
        if hashlib.sha256(original.value or b"").hexdigest() != raw["sha256"]:
            result.fault(f"{record.place} does not reference the bytes at {original.place}")
        if original.header("leadshare-redrive"):
            redriven += 1
            timestamp, offset, _ = parse_order(lead["order"])
            if (timestamp, offset) > (original.timestamp, original.offset):
                result.fault(f"{record.place}: redriven, and later than its original")
        elif parse_order(lead["order"]) != (original.timestamp, original.offset, raw["index"]):
            result.fault(f"{record.place}: its order is not that of {original.place}")
    for record, event in site.events:
        result.checked += 1
        if record.header("leadshare-order") != event["lead"]["order"]:
            result.fault(f"{record.place}: header and record disagree about the order")
    for topic in site.topics.matching(INBOUND):
        for before, after in zip(site.topics.records(topic), site.topics.records(topic)[1:], strict=False):
            if before.partition == after.partition and before.timestamp > after.timestamp:
                result.fault(f"{after.place} has an earlier timestamp than the record before it")
    if redriven:
        result.note(f"{redriven} redriven")
    return result


def nothing_is_open(site):
    """PL-3: no transaction is left open; aborted records show that faults struck."""
    result = Result("transactions", "PL-3")
    result.checked = len(site.topics.by_topic)
    for topic, partition in site.topics.unsettled:
        result.fault(f"{topic}-{partition} has an open transaction: committed readers stop there")
    if site.topics.aborted:
        total = sum(site.topics.aborted.values())
        result.note(f"{total} aborted records are hidden from readers of committed data")
    return result
