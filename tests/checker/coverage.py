"""Rules about what copies hold: coverage, facts, classes."""

from collections import defaultdict

from .facts import facts_of
from .result import Result


def nothing_is_covered_by_what_is_gone(site):
    """PL-11: at the end every covered copy's facts are in copies that the partner holds, of its matter and cluster."""
    result = Result("coverage", "PL-11")
    held = defaultdict(dict)  # partner -> (domain, lead) -> the copy it holds
    for partner, copies in site.copies.items():
        for _, copy in copies:
            lead = site.aliases.get((partner, copy["alias"]))
            if lead is None:
                continue
            if copy["message_kind"] == "CANCEL":
                held[partner].pop(lead, None)
            else:
                held[partner][lead] = copy
    for (partner, domain, lead), outcome in site.last_outcomes.items():
        # Who was covered and is withdrawn held nothing, so nobody is told: the last word on it is what it was.
        if outcome["outcome"] != "COVERED" or (domain, lead) in site.gone:
            continue
        result.checked += 1
        missing = [c for c in outcome["covered_by"] if (domain, c) not in held[partner]]
        if missing or not outcome["covered_by"]:
            result.fault(f"{partner}: lead {lead[:8]} is covered by {[m[:8] for m in missing]}, which it does not hold")
            continue
        own = site.standing.get((domain, lead))
        strangers = [c for c in outcome["covered_by"] if own is None or site.standing.get((domain, c)) != own]
        if strangers:
            names = [s[:8] for s in strangers]
            result.fault(f"{partner}: lead {lead[:8]} is covered by {names}, which stand in another matter or cluster")
            continue
        coverers = (held[partner][(domain, c)]["content"] for c in outcome["covered_by"])
        there = frozenset().union(*map(site.copy_walk.facts, coverers))
        facts = site.visible_facts(domain, lead, frozenset(outcome["classes"]))
        if not facts <= there:
            paths = sorted({path for path, _, _ in facts - there})
            result.fault(f"{partner}: covered lead {lead[:8]} has facts that its coverers lack: {paths}")
    return result


def copies_hold_the_visible_facts(site):
    """PL-14: facts(copy) equals the visible facts of the whole lead."""
    result = Result("facts of copies", "PL-14")
    for decision, outcome, copy in site.disclosures():
        base = site.base_at(decision)
        if base is None:
            continue
        result.checked += 1
        permitted = frozenset(outcome["classes"])
        wanted = facts_of(site.values_shown_of(base), permitted)
        found = site.copy_walk.facts_of_copy(copy["content"], permitted)
        wrong = (found - wanted) if outcome["withheld"] else (found ^ wanted)
        if wrong:
            paths = sorted({path for path, _, _ in wrong})
            what = f"{outcome['partner']} {copy['alias'][:8]} revision {copy['revision']}"
            result.fault(f"{what}: facts that only one of copy and lead has: {paths}")
    return result


def no_denied_class_leaves(site):
    """PL-9: every value in a copy has only classes that its decision permits; `internal` never leaves."""
    result = Result("classes", "PL-9")
    for decision, outcome, copy in site.disclosures():
        result.checked += 1
        permitted = frozenset(outcome["classes"]) - {"internal"}
        base = site.base_at(decision)
        persons = base["content"]["persons"] if base else None
        for value in site.copy_walk.values(copy["content"], persons):
            if value.stated and not value.classes <= permitted:
                denied = sorted(value.classes - permitted)
                what = f"{outcome['partner']} {copy['alias'][:8]} revision {copy['revision']}"
                result.fault(f"{what}: {value.path} needs {denied}")
    return result
