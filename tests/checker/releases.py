"""The rule that nobody receives what no policy grants, and everybody what one does: every outcome, ruled again."""

from collections import Counter
from dataclasses import dataclass

from .policy import against_haste, rule
from .policy_facts import lead_facts, standing
from .result import Result
from .site import SILENT

REFUSED = "refused by an officer"
# How a decision says what stands in the way for a time.
PASSING = {
    "SUSPENDED": "if the partner were not suspended",
    "PROPOSED": "if the partner were in service",
    "SANDBOX": "if the partner were in service",
    "CONFORMANT": "if the partner were in service",
    "ACTIVE": "under an agreement that is not yet in force",
}


@dataclass(frozen=True)
class Case:
    """One partner's outcome of one decision, with all that it is judged by."""

    decision: dict
    partner: object
    parts: tuple  # the lead: its report and its additions
    said: dict

    @property
    def is_silent(self):
        """Whether it says that nothing changed, and shows nothing."""
        return self.said["outcome"] == "UNCHANGED" and not self.said.get("classes")

    @property
    def is_of_nothing(self):
        """Whether the partner is not to have the lead, and not because an officer refused it."""
        if self.said["outcome"] == "WITHHELD":
            return not any(REFUSED in reason for reason in self.said["reasons"])
        return self.said["outcome"] == "PASSING" or self.said.get("action") == "CANCEL" or self.is_silent

    @property
    def key(self):
        """What officers speak of: a version of a lead for a partner."""
        decision = self.decision
        return (decision["domain"], decision["lead_id"], self.partner.name, decision["version"])


class Judge:
    """Rules on outcomes by the meaning of policies."""

    def __init__(self, site):
        self.files, self.unjudged = site.release, site.release.unjudged()
        self.approved, self.refused, self.until = set(), set(), {}
        for _, name, word in site.said:
            if name == "Approval":
                key = (word["domain"], word["lead_id"], word["partner"], word["version"])
                (self.approved if word["approved"] else self.refused).add(key)
        for _, held in site.held:
            if held is not None:
                self.until[(held["domain"], held["lead_id"], held["partner"], held["version"])] = held["until"]
        self.cancelled = {
            (partner, copy["alias"], copy["revision"]): copy["cancel_reason"]
            for partner, copies in site.copies.items()
            for _, copy in copies
            if copy["message_kind"] == "CANCEL"
        }
        self._facts = {}

    def facts(self, parts):
        """The facts of this version of a lead, worked out once."""
        key = tuple(map(id, parts))
        if key not in self._facts:
            self._facts[key] = lead_facts(parts)
        return self._facts[key]

    def rule(self, case, **as_if):
        """The ruling at the moment of the decision."""
        facts, at = self.facts(case.parts), case.decision["decided_at"]
        now = standing(case.parts, facts, case.partner, self.files.home, at, **as_if)
        return rule(case.partner, facts, now, self.files.granted)

    def passing(self, case):
        """What stands in the way for a time, if only that does: the partner's state, or when an agreement begins."""
        partner, at = case.partner, case.decision["decided_at"]
        tried = self.facts(case.parts).exercise and partner.state in ("SANDBOX", "CONFORMANT")
        waits = partner.state not in ("ACTIVE", "ENDED") and not tried
        if partner.state == "ENDED" or not waits and all(a.starts <= at for a in partner.agreements):
            return None
        state = "ACTIVE" if waits else partner.state
        if self.rule(case, state=state, counts=lambda agreement: at < agreement.ends).receives:
            return PASSING[partner.state if waits else "ACTIVE"]
        return None

    def is_ruled(self, case, decided):
        """Whether an outcome follows from a ruling; `decided` is the newest version before.

        Others only say that nothing changed, that a lead is withdrawn, or what a partner answered.
        """
        said, decision = case.said, case.decision
        if said.get("action") == "CANCEL":
            return self.cancelled.get((said["partner"], said["alias"], said["revision"])) == "NO_LONGER_RELEASABLE"
        if said["outcome"] == "UNDELIVERABLE" or case.is_silent:
            # That nothing changes is no answer to a new version of a lead that lives.
            lives = decision["cause"] == "LEAD" and decision["verdict"] not in (*SILENT, "CANCEL")
            return bool(said.get("classes")) or case.is_silent and lives and decision["version"] > decided
        return True

    def faults(self, case):
        """What is wrong with an outcome."""
        ruling, outcome = self.rule(case), case.said["outcome"]
        if case.is_of_nothing:
            yield from self._against_withholding(case, ruling)
        elif not ruling.receives:
            yield f"{outcome}, and may not be had: {sorted(ruling.stops) or 'nothing grants it'}"
        else:
            yield from self._of_officers(case, ruling)
            yield from self._of_classes(case, ruling)

    def _against_withholding(self, case, ruling):
        said = case.said
        if ruling.receives:
            yield f"{said['outcome']} nothing, and granted by {sorted(ruling.grounds)}"
            return
        passes = self.passing(case)
        if (said["outcome"] == "PASSING") != (passes is not None):
            yield f"{said['outcome']}, and what stands in the way {'passes' if passes else 'does not pass'}"
        elif passes and not any(passes in reason for reason in said["reasons"]):
            yield f"PASSING for another reason than that it would be permitted {passes}"
        if not case.is_silent and set(said["policies"]) != ruling.stops:
            yield f"withheld by {sorted(said['policies'])}, and hard stops are {sorted(ruling.stops)}"

    def _of_officers(self, case, ruling):
        """An officer reads first what must be read, and nothing else waits for one."""
        outcome = case.said["outcome"]
        must = may = ruling.needs_officer
        if "release_without_approval" in self.unjudged:
            must = any(against_haste(self.facts(case.parts)))
            may = must or bool(self.files.unknown & set(case.said["policies"]))
        if outcome in ("HELD", "WITHHELD") and not may:
            yield f"{outcome}, and no officer need read it"
        if outcome == "WITHHELD" and not self._was_refused(case):
            yield "withheld as refused, and no officer refused it"
        if outcome in ("DELIVERED", "UNCHANGED") and must and case.key not in self.approved:
            yield f"{outcome}, and no officer approved it"

    def _was_refused(self, case):
        over = self.until.get(case.key)
        return case.key in self.refused or over is not None and over <= case.decision["decided_at"]

    def _of_classes(self, case, ruling):
        if case.said.get("classes") is None:
            return
        open_ = {question.removeprefix("view_") for question in self.unjudged}
        if "identity" in open_:
            open_.add("narrative")
        shown = set(case.said["classes"])
        if shown - ruling.classes - open_:
            yield f"shows {sorted(shown - ruling.classes - open_)}, which it may not"
        if ruling.classes - shown - open_:
            yield f"lacks {sorted(ruling.classes - shown - open_)}, which it may show"
        yield from self._of_forms("outline", case.said["outlines"], ruling.outlines)
        yield from self._of_forms("link", case.said["tokens"], ruling.links)

    def _of_forms(self, verb, said, may):
        differing = {form["class"] for form in said} ^ may
        differing -= {question.removeprefix(f"{verb}_") for question in self.unjudged}
        if differing:
            yield f"grants another {verb} of {sorted(differing)} than it may"


def releases_follow_policies(site):
    """PL-9: who received may, sees what it may and no less; who did not may not; officers read what they must."""
    result = Result("policies", "PL-9")
    if site.release is None:
        result.note("no partners and policies are configured: nothing is judged")
        return result
    judge = Judge(site)
    _say_what_is_unknown(judge, result)
    left, newest = Counter(), Counter()
    for record, decision in site.decisions:
        key = (decision["domain"], decision["lead_id"])
        parts, why = site.parts_at(decision), None
        if not judge.files.decided(decision):
            why = "by other partners or policies than these"
        elif "receive" in judge.unjudged:
            why = "on which a policy of unknown meaning has a say"
        elif not parts:
            why = "on leads that were withdrawn"
        for case in _cases(judge, decision, parts):
            if case.partner is None and case.said["outcome"] not in ("UNCHANGED", "UNDELIVERABLE"):
                result.fault(f"{record.place}: an outcome for `{case.said['partner']}`, which is no partner")
            if case.partner is None or not judge.is_ruled(case, newest[key]):
                continue
            if why:
                left[why] += 1
                continue
            result.checked += 1
            for fault in judge.faults(case):
                what = f"{case.partner.name}, lead {decision['lead_id'][:8]} version {decision['version']}"
                result.fault(f"{record.place}: {what}: {fault}")
        newest[key] = max(newest[key], decision["version"])
    for why, count in sorted(left.items()):
        result.note(f"{count} outcomes {why} are not judged")
    return result


def _cases(judge, decision, parts):
    """Every partner's outcome, those that are grouped too."""
    grouped = [group | {"partner": name} for group in decision["grouped"] for name in group["partners"]]
    for said in [*decision["outcomes"], *grouped]:
        yield Case(decision, judge.files.partners.get(said["partner"]), parts, said)


def _say_what_is_unknown(judge, result):
    for identifier in sorted(judge.files.unknown):
        questions = ", ".join(sorted(judge.files.actions[identifier]))
        result.note(f"policy `{identifier}` is not known here: not judged is {questions}, where only it has a say")
    for identifier in sorted(judge.files.without):
        result.note(f"hard stop `{identifier}` is not among the policies, and holds all the same")
