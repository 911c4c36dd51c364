"""Rules about verdicts: one for each lead, in order, each in its domain. Whether they are right, judge.py says."""

from collections import Counter

from .fold import parse_order
from .result import Result


def entry(lead):
    """What identifies an entry on its whole way: where its bytes stand."""
    raw = lead["raw"]
    return (raw["topic"], raw["partition"], raw["offset"], raw["index"])


def every_lead_has_one_verdict(site):
    """PL-1: leads = verdicts."""
    result = Result("one verdict each", "PL-1")
    wanted = Counter(entry(lead) for _, lead in site.leads)
    found = Counter(entry(event["lead"]) for _, event in site.events)
    for record in site.topics.records("leads.dead-letter.deduplicator.v1"):
        result.note(f"{record.place}: the deduplicator could not process a lead ({record.header('leadshare-reason')})")
        origin = (record.header("__connect.errors.partition"), record.header("__connect.errors.offset"))
        for r, lead in site.leads:
            if (str(r.partition), str(r.offset)) == origin:
                found[entry(lead)] += 1
    result.checked = len(wanted)
    for place in wanted | found:
        if wanted[place] != found[place]:
            result.fault(f"entry {place}: {wanted[place]} leads, {found[place]} verdicts")
    return result


def matters_follow_order(site):
    """PL-5: accepted versions of a lead stand in their order, with versions that only grow."""
    result = Result("order of a lead", "PL-5")
    last = {}
    homes = {}
    for record, event in site.events:
        lead = event["lead"]
        key = (lead["message_status"], lead["lead_id"])
        result.checked += 1
        if record.key is None or record.key.decode("utf-8", "replace") != event["matter_id"]:
            result.fault(f"{record.place}: the key is not the home matter")
        if event["verdict"] in ("STALE", "REPLAY", "AMENDMENT"):
            continue
        # A lead has one home matter for ever; a mark that a Cancel left (version 0) is none yet.
        home = homes.get(key)
        if event["version"] >= 1:
            if home is not None and home != event["matter_id"]:
                result.fault(f"{record.place}: the lead moved from matter {home[:8]} to {event['matter_id'][:8]}")
                continue
            homes[key] = event["matter_id"]
        order, version = parse_order(lead["order"]), event["version"]
        before = last.get((key, event["matter_id"]))
        if before and (order < before[0] or version < before[1]):
            result.fault(f"{record.place}: version {version} at {order} after version {before[1]} at {before[0]}")
        last[(key, event["matter_id"])] = (order, version)
    return result


def domains_stay_apart(site):
    """PL-16: what a lead is linked to, and the matter that it is put in, is of its own domain.

    One report number may be used in an exercise and in earnest: two leads of one id, each a world of its own.
    """
    result = Result("domains", "PL-16")
    known = {(event["lead"]["message_status"], event["lead"]["lead_id"]) for _, event in site.events}
    for record, event in site.events:
        result.checked += 1
        status = event["lead"]["message_status"]
        others = {event["matter_id"]} | {item["lead_id"] for item in event["evidence"] + event["links"]}
        for other in others:
            if (status, other) not in known:
                result.fault(f"{record.place}: {status}, and linked to {other[:8]}, which is not")
    for record, found in site.regroupings:
        result.checked += 1
        if record.key is None or record.key.decode("utf-8", "replace") != found["matter_id"]:
            result.fault(f"{record.place}: the key is not the home matter")
        for lead in found["leads"]:
            if (found["domain"], lead) not in known:
                result.fault(f"{record.place}: regroups {lead[:8]}, which is not {found['domain']}")
    return result
