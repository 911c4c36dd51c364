"""Rules about decisions and what partners received."""

from collections import Counter, defaultdict

from .result import Result


def every_verdict_has_an_outcome_for_each_partner(site):
    """PL-1: leads x partners = outcomes."""
    result = Result("outcomes", "PL-1")
    wanted = Counter((e["lead"]["lead_id"], e["verdict"], e["version"]) for _, e in site.events)
    found = Counter()
    for record, decision in site.decisions:
        named = [o["partner"] for o in decision["outcomes"]]
        named += [p for group in decision["grouped"] for p in group["partners"]]
        if record.key is None or record.key.decode("utf-8", "replace") != decision["lead_id"]:
            result.fault(f"{record.place}: the key is not the lead")
        if len(named) != len(set(named)):
            result.fault(f"{record.place}: a partner has two outcomes")
        if decision["cause"] != "LEAD":
            continue
        found[(decision["lead_id"], decision["verdict"], decision["version"])] += 1
        result.checked += len(named)
        if site.partners and set(site.partners) - set(named):
            result.fault(f"{record.place}: no outcome for {sorted(set(site.partners) - set(named))}")
    lost = {}
    for record in site.topics.records("leads.dead-letter.router.v1"):
        lost[record.header("leadshare-order")] = record
        result.note(f"{record.place}: the router could not process an event ({record.header('leadshare-reason')})")
    for key in wanted | found:
        if wanted[key] != found[key] and not lost:
            result.fault(f"lead {key[0][:8]} {key[1]} version {key[2]}: {wanted[key]} verdicts, {found[key]} decisions")
    return result


def revisions_are_unique_and_without_gaps(site):
    """PL-2 and the order REPORT < UPDATE < CANCEL at a partner."""
    result = Result("revisions", "PL-2")
    for partner, copies in site.copies.items():
        seen = defaultdict(int)
        state = {}
        for record, copy in copies:
            result.checked += 1
            alias, kind = copy["alias"], copy["message_kind"]
            if record.key is None or record.key.decode("utf-8", "replace") != alias:
                result.fault(f"{record.place}: the key is not the alias")
            if copy["revision"] != seen[alias] + 1:
                result.fault(f"{partner} {alias[:8]}: revision {copy['revision']} follows {seen[alias]}")
            seen[alias] = max(copy["revision"], seen[alias])
            held = state.get(alias) in ("REPORT", "UPDATE")
            if kind != "REPORT" and not held or kind == "REPORT" and held:
                result.fault(f"{partner} {alias[:8]}: {kind} after {state.get(alias, 'nothing')}")
            state[alias] = kind
            if (copy["content"] is None) != (kind == "CANCEL"):
                result.fault(f"{record.place}: a {kind} {'without' if kind != 'CANCEL' else 'with'} content")
            for other in copy["related"]:
                if other not in seen:
                    result.fault(f"{record.place}: links to an alias that the partner never received")
    return result


def decisions_and_deliveries_agree(site):
    """PL-13: each disclosure has one decision, each delivered outcome one disclosure."""
    result = Result("disclosures", "PL-13")
    received = Counter()
    for partner, copies in site.copies.items():
        for _, copy in copies:
            received[(partner, copy["alias"], copy["revision"], copy["message_kind"])] += 1
    decided = Counter()
    names = {}
    for record, decision in site.decisions:
        for outcome in decision["outcomes"]:
            if outcome["action"] is None:
                if outcome["outcome"] == "DELIVERED":
                    result.fault(f"{record.place}: delivered to {outcome['partner']} without a message")
                continue
            partner, alias = outcome["partner"], outcome["alias"]
            decided[(partner, alias, outcome["revision"], outcome["action"])] += 1
            if names.setdefault((partner, alias), decision["lead_id"]) != decision["lead_id"]:
                result.fault(f"{record.place}: {partner} knows two leads under one alias")
    result.checked = len(received | decided)
    for key in received | decided:
        if received[key] != 1 or decided[key] != 1:
            partner, alias, revision, kind = key
            what = f"{partner} {str(alias)[:8]} revision {revision} {kind}"
            result.fault(f"{what}: {received[key]} records, {decided[key]} decisions")
    return result


def cancels_reach_everybody(site):
    """PL-12: who ever received a lead that is withdrawn at the end was told so."""
    result = Result("cancels", "PL-12")
    last = {}
    for partner, copies in site.copies.items():
        for _, copy in copies:
            last[(partner, copy["alias"])] = copy["message_kind"]
    undeliverable = set()
    for (partner, domain, lead), outcome in site.last_outcomes.items():
        if outcome["outcome"] == "UNDELIVERABLE":
            undeliverable.add((partner, domain, lead))
    for (partner, alias), (domain, lead) in site.aliases.items():
        if (domain, lead) not in site.withdrawn:
            continue
        result.checked += 1
        if last.get((partner, alias)) != "CANCEL" and (partner, domain, lead) not in undeliverable:
            result.fault(f"{partner} holds {alias[:8]}, whose lead {lead[:8]} is withdrawn")
    return result


def exercises_are_marked(site):
    """PL-16: a copy says that it is an exercise if and only if its lead is one."""
    result = Result("exercise flags", "PL-16")
    for partner, copies in site.copies.items():
        for record, copy in copies:
            known = site.aliases.get((partner, copy["alias"]))
            if known is None:
                continue  # counted by the rule on disclosures
            result.checked += 1
            if copy["exercise"] != (known[0] != "ACTUAL"):
                result.fault(f"{record.place}: exercise is {copy['exercise']} for a lead that is {known[0]}")
    return result
