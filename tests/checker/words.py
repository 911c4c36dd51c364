"""Rules about what officers and partners say: what passes the gate, and what follows from it."""

import json
from collections import Counter, defaultdict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .result import Result
from .site import FEEDBACK, NORMALISED, OFFICERS, origin

GATE_DEAD = "leads.dead-letter.gate.v1"
LEGAL_HOLDS = "leads.legal-holds.v1"
# Officers' words that stand beside the leads.
LEAD_WORDS = {"match-decision": "MatchDecision", "legal-hold": "LegalHold"}


def _inputs(site):
    """What the gate reads."""
    for topic in [OFFICERS, *site.topics.matching(FEEDBACK)]:
        yield from site.topics.records(topic)


def _passed(site):
    """(topic it came on, order, bytes or None) -> how often it passed. An officer's word goes on byte for byte."""
    passed = Counter()
    for record, subject, _ in site.committed:
        if subject in LEAD_WORDS:
            passed[(OFFICERS, record.header("leadshare-order"), record.value)] += 1
    for record, name, said in site.said:
        if name == "Feedback":
            passed[(f"{FEEDBACK}{said['partner']}.v1", record.header("leadshare-order"), None)] += 1
        else:
            passed[(OFFICERS, record.header("leadshare-order"), record.value)] += 1
    return passed


def each_word_passes_or_is_refused(site):
    """PL-1 at the gate: what came became exactly one word behind it, or one dead letter."""
    result = Result("words and answers", "PL-1")
    passed = _passed(site)
    refused = Counter(origin(record) for record in site.topics.records(GATE_DEAD))
    for record in _inputs(site):
        result.checked += 1
        value = record.value if record.topic == OFFICERS else None
        key = (record.topic, f"{record.timestamp}-{record.offset}-0", value)
        became = passed.pop(key, 0) + refused.pop(record.place, 0)
        if became != 1:
            result.fault(f"{record.place} passed or was refused {became} times")
    for topic, order, _ in passed:
        result.fault(f"a word of {topic} at {order} stands behind the gate and was never said there")
    for place in refused:
        result.fault(f"a dead letter of {place}, which the gate never read")
    return result


# What is signed: a title, these fields, and then of every word alike reason, officer and time; a line each.
SIGNED = {
    "MatchDecision": ("match", "leadshare match decision 1", ("judgement", "domain", "first", "second")),
    "Approval": (
        "approve",
        "leadshare approval 1",
        ("matter_id", "lead_id", "domain", "version", "partner", "approved"),
    ),
    "Recall": ("recall", "leadshare recall 1", ("matter_id", "lead_id", "domain")),
    "Reconsideration": ("apply", "leadshare reconsideration 1", ("matter_id", "lead_id", "domain", "ground")),
    "LegalHold": ("hold", "leadshare legal hold 1", ("lead_id", "domain", "placed")),
}


def words_are_signed(site):
    """PL-20: what counts as an officer's word is signed by that officer, who may say it."""
    result = Result("signatures", "PL-20")
    words = [(r, LEAD_WORDS[subject], word) for r, subject, word in site.committed if subject in LEAD_WORDS]
    words += [(record, name, word) for record, name, word in site.said if name in SIGNED]
    for record, name, word in words:
        result.checked += 1
        grant, title, fields = SIGNED[name]
        key, may = site.officers.get(word["officer"], (None, ()))
        if key is None or grant not in may:
            result.fault(f"{record.place}: a {name} of `{word['officer']}`, who may not say that")
            continue
        word = dict(word, approved="approved" if word.get("approved") else "refused")
        word["placed"] = "placed" if word.get("placed") else "lifted"
        lines = [title, *(word[field] for field in fields)]
        lines += [word["reason"], word["officer"], word["at"]]
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(bytes.fromhex(word["signature"]), "\n".join(map(str, lines)).encode())
        except (InvalidSignature, ValueError):
            result.fault(f"{record.place}: `{word['officer']}` did not sign this {name}")
    return result


def answers_are_of_those_who_received(site):
    """PL-18: an answer counts for the copy whose reference it names, and only for the partner who was given it."""
    result = Result("answers", "PL-18")
    given = {
        partner: {copy["reference"]: copy for _, copy in copies if copy["reference"]}
        for partner, copies in site.copies.items()
    }
    said = {}
    for record, name, answer in site.said:
        if name == "Feedback":
            said[(answer["partner"], record.header("leadshare-order"))] = answer
    for topic in site.topics.matching(FEEDBACK):
        partner = topic.removeprefix(FEEDBACK).removesuffix(".v1")
        for record in site.topics.records(topic):
            result.checked += 1
            try:
                document = json.loads(record.value or b"")
                reference = document.get("reference")
            except (ValueError, AttributeError):
                document, reference = {}, None
            copy = given.get(partner, {}).get(reference)
            answer = said.get((partner, f"{record.timestamp}-{record.offset}-0"))
            if answer is None:
                continue
            if copy is None:
                result.fault(f"{record.place}: an answer by a reference that {partner} was never given")
                continue
            lead = site.aliases.get((partner, copy["alias"]))
            if lead != (answer["domain"], answer["lead_id"]) or answer["revision"] != copy["revision"]:
                result.fault(f"{record.place}: counts for another copy than the one it names")
            if document.get("answer") != answer["answer"]:
                result.fault(f"{record.place}: says {document.get('answer')}, and counts as {answer['answer']}")
    seen = {}
    for partner, copies in site.copies.items():
        for record, copy in copies:
            if copy["reference"] and seen.setdefault(copy["reference"], partner) != partner:
                result.fault(f"{record.place}: {partner} and {seen[copy['reference']]} were given one reference")
    return result


def nothing_goes_out_unapproved(site):
    """PL-17: what was held goes out in that version only after as many officers as it needs approved it."""
    result = Result("approvals", "PL-17")
    needs = {}
    for _, held in site.held:
        if held is not None:
            key = (held["domain"], held["lead_id"], held["partner"], held["version"])
            needs[key] = max(needs.get(key, 0), held["needs"])
    officers = defaultdict(set)
    for _, name, word in site.said:
        if name == "Approval" and word["approved"]:
            key = (word["domain"], word["lead_id"], word["partner"], word["version"])
            officers[key].add(word["officer"])
    waits = {}  # (domain, lead, partner) -> version and configuration under which it was held
    for record, decision in site.decisions:
        now = (decision["version"], decision["policies"], decision["partners"])
        for outcome in decision["outcomes"]:
            place = (decision["domain"], decision["lead_id"], outcome["partner"])
            if outcome["outcome"] == "HELD":
                waits[place] = now
                continue
            before = waits.get(place)
            if outcome["outcome"] == "UNCHANGED" or before is None:
                continue
            del waits[place]
            if before != now or outcome["action"] not in ("REPORT", "UPDATE"):
                continue
            result.checked += 1
            key = (*place, decision["version"])
            if len(officers[key]) < max(1, needs.get(key, 1)):
                names = sorted(officers[key])
                result.fault(f"{record.place}: {outcome['partner']} received what was held; approved by {names}")
    return result


def what_waits_is_listed(site):
    """PL-17: leads.held.v1 lists what waits for an officer, and nothing else."""
    result = Result("held releases", "PL-17")
    listed = {}
    for record, held in site.held:
        result.checked += 1
        key = (record.key or b"").decode("utf-8", "replace")
        if held is None:
            listed.pop(key, None)
            continue
        if key != f"{held['domain']}/{held['lead_id']}/{held['partner']}":
            result.fault(f"{record.place}: the key is not that of the release")
        listed[key] = held
    waiting = {
        f"{domain}/{lead}/{partner}"
        for (partner, domain, lead), outcome in site.last_outcomes.items()
        if outcome["outcome"] == "HELD"
    }
    approved = {
        f"{word['domain']}/{word['lead_id']}/{word['partner']}" for _, name, word in site.said if name == "Approval"
    }
    gone = {f"{domain}/{lead}" for domain, lead in site.gone}
    for key in listed.keys() | waiting:
        result.checked += 1
        if key not in waiting:
            result.fault(f"{key} is listed as held, and is not")
        # Of what is withdrawn, or approved and says what the partner has, the last word is that nothing changes.
        elif key not in listed and key.rsplit("/", 1)[0] not in gone and key not in approved:
            result.fault(f"{key} is held, and no officer sees it")
    return result


def legal_holds_are_listed(site):
    """PL-21: leads.legal-holds.v1 lists what officers keep beyond its time, word for word, and nothing else."""
    result = Result("legal holds", "PL-21")
    latest, listed = {}, {}
    for record, subject, word in site.committed:
        if subject == "legal-hold" and record.place not in site.unprocessed:
            result.checked += 1
            key = f"{word['domain']}/{word['lead_id']}/{word['reason']}".encode()
            if key not in latest or latest[key][0] < word["at"]:
                latest[key] = (word["at"], record.value if word["placed"] else None)
    for record in site.topics.records(LEGAL_HOLDS):
        listed[record.key] = record.value
    for key in latest.keys() | listed.keys():
        if latest.get(key, (0, None))[1] != listed.get(key):
            result.fault(f"{key.decode('utf-8', 'replace')} is listed otherwise than officers said")
    return result


def recalls_are_told(site):
    """PL-18: a Cancel says that a lead is recalled if and only if an officer recalled it."""
    result = Result("recalls", "PL-18")
    recalled = {(word["domain"], word["lead_id"]) for _, name, word in site.said if name == "Recall"}
    for partner, copies in site.copies.items():
        for record, copy in copies:
            if copy["cancel_reason"] != "RECALLED":
                continue
            result.checked += 1
            if site.aliases.get((partner, copy["alias"])) not in recalled:
                result.fault(f"{record.place}: recalled from {partner}, and no officer said so")
    for (partner, alias), lead in site.aliases.items():
        if lead in recalled and lead in site.withdrawn:
            result.checked += 1
            last = [copy for _, copy in site.copies.get(partner, []) if copy["alias"] == alias][-1:]
            if any(copy["message_kind"] != "CANCEL" for copy in last):
                result.fault(f"{partner} holds {alias[:8]}, whose lead {lead[1][:8]} is recalled")
    return result


def _says(name, word):
    """The cause that a decision has which follows from a word."""
    if name == "Approval":
        return "APPROVAL" if word["approved"] else "REFUSAL"
    return word["ground"] if name == "Reconsideration" else "RECALL"


def officers_are_named_for_what_they_said(site):
    """PL-20: a decision that names an officer follows from a word of that officer on that lead, one from each."""
    result = Result("officers' decisions", "PL-20")
    words = Counter()
    for _, name, word in site.said:
        if name != "Feedback":
            words[(_says(name, word), word["officer"], word["domain"], word["lead_id"])] += 1
    for record, decision in site.decisions:
        # Where leads stand apart after a word, the deduplicator names the officer; what covers others names the lead.
        if decision["officer"] is None or decision["cause"] == "UNLINK" or decision["caused_by"] is not None:
            continue
        result.checked += 1
        key = tuple(decision[field] for field in ("cause", "officer", "domain", "lead_id"))
        words[key] -= 1
        if words[key] < 0:
            result.fault(f"{record.place}: {decision['cause']} by `{decision['officer']}`, who did not say so")
    return result


def gate_counts(site):
    """What the gate counts, counted again from the topics; None on a site that has no gate."""
    messages = sum(1 for _ in _inputs(site))
    dead = len(site.topics.records(GATE_DEAD))
    words, to_router = sum(_passed(site).values()), len(site.said)
    if not messages and "gate" not in site.counters:
        return None
    return {"messages": messages, "dead_letters": dead, "not_a_lead": words, "events": to_router, "entries": messages}


def gate_tallies(site):
    """What the gate tallies, by what was said."""
    tallies = Counter({"dead_letter/": len(site.topics.records(GATE_DEAD))})
    for record, subject, word in site.committed:
        if subject == "match-decision" and record.topic == NORMALISED:
            tallies[word["judgement"] + "/"] += 1
        elif subject == "legal-hold":
            tallies["HOLD_PLACED/" if word["placed"] else "HOLD_LIFTED/"] += 1
    for _, name, said in site.said:
        if name == "Feedback":
            tallies[said["answer"] + "/"] += 1
        elif name == "Recall":
            tallies["RECALLED/"] += 1
        elif name == "Reconsideration":
            tallies["RECONSIDERED/"] += 1
        else:
            tallies["APPROVED/" if said["approved"] else "REFUSED/"] += 1
    return tallies


def router_tallies(site):
    """What the router tallies of words and answers beside its outcomes."""
    tallies = Counter()
    for _, decision in site.decisions:
        for outcome in decision["outcomes"] if decision["cause"] == "ANSWER" else ():
            first = (outcome["reasons"] or [""])[0]
            if outcome["answer"] is not None and first != "answers a copy that was not sent":
                tallies[f"{outcome['answer']}/{outcome['partner']}"] += 1
            for late in ("UNREACHABLE", "UNACKNOWLEDGED"):
                if outcome["answer"] is None and first.startswith(late + ":"):
                    tallies[f"{late}/{outcome['partner']}"] += 1
    tallies["RECALL_OF_UNKNOWN/"] += len(site.recalls_of_unknown)
    # A word on what is live has a decision of its own; on anything else it says nothing.
    again = [d for _, d in site.decisions if d["officer"] is not None and d["cause"] in ("POLICY", "PARTNER")]
    tallies["RECONSIDERED_NOTHING/"] += sum(name == "Reconsideration" for _, name, _ in site.said) - len(again)
    return tallies
