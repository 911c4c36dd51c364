"""Rules about what persons are asked."""

from collections import defaultdict

from .result import Result

ALIKE = ("matter_id", "evidence", "hot", "assessed_at", "matching")


def a_person_is_asked_once(site):
    """PL-1: each verdict with a link that a person decides on has one case, with the same evidence; no other has."""
    result = Result("review cases", "PL-1")
    cases = defaultdict(list)
    for record, case in site.reviews:
        cases[(case["domain"], case["place"], case["lead_id"])].append((record, case))
    for record, event in site.events:
        lead = event["lead"]
        asked = cases.pop((lead["message_status"], event["place"], lead["lead_id"]), [])
        asks = any(link["relation"] == "review" for link in event["links"])
        result.checked += 1
        if len(asked) != int(asks):
            result.fault(f"{record.place}: {len(asked)} cases, {int(asks)} expected")
        for at, case in asked:
            if case["candidates"] != event["links"] or any(case[name] != event[name] for name in ALIKE):
                result.fault(f"{at.place}: the case is not what the verdict says")
            if at.key is None or at.key.decode("utf-8", "replace") != case["lead_id"]:
                result.fault(f"{at.place}: the key is not the lead")
    for asked in cases.values():
        result.fault(f"{asked[0][0].place}: a case without a verdict")
    return result
