"""Whether the evidence of a verdict is true, and whether nothing is missing that it had to find."""

from .match_keys import COMPARED, IDENTIFIERS
from .matching import WORTHS

# In which group a comparison counts. Of places the better of two stands, so that they do not add up.
GROUPS = {
    "EXTERNAL_ID": "identity",
    "GIVEN_NAME": "given",
    "MIDDLE_NAME": "given",
    "FAMILY_NAME": "family",
    "BIRTH_DATE": "birth",
    "AGE": "birth",
    "SEX": "sex",
    "DOCUMENT": "document",
    "PHONE": "phone",
    "EMAIL": "account",
    "ACCOUNT": "account",
    "FINANCIAL_ACCOUNT": "account",
    "FILE_HASH": "media",
    "DEVICE": "device",
    "VEHICLE": "vehicle",
    "EMPLOYER": "employer",
    "NARRATIVE": "narrative",
    "COMPANY": "company",
}
KNOWN = (*IDENTIFIERS, "DOCUMENT", "BIRTH_DATE")
# A lead that shares one of these with another is compared with it.
FINDING = ("EXTERNAL_ID", "PHONE", "EMAIL", "ACCOUNT", "FILE_HASH", "DEVICE")
# Roundings of a weight, and of a frequency.
CUT, BITS = 2, 1


def faults_of_groups(link, found):
    """Whether comparisons add up to the groups that they are said to add up to."""
    sums = {}
    for item in found:
        if item["kind"] in GROUPS:
            group = GROUPS[item["kind"]]
            sums[group] = sums.get(group, 0) + item["weight_millibits"]
    said = {g["group"]: g["sum_millibits"] for g in link["groups"] if g["group"] != "place"}
    wrong = sorted(g for g in sums.keys() | said.keys() if sums.get(g, 0) != said.get(g, 0))
    faults = [f"{group}: the comparisons add up to {sums.get(group, 0)}, not {said.get(group, 0)}" for group in wrong]
    if link["contradicted"] != any(item["level"] == "contradiction" for item in found):
        faults.append("contradicted and its comparisons disagree")
    return faults


def faults_of_equals(mine, theirs, holders, found, is_whole, matching):
    """Whether the two leads share what is said to be equal, and how common it is."""
    faults = []
    for kind in KNOWN:
        equal = [e for e in found if e["kind"] == kind and e["level"] == "equal"]
        shared = mine.shared(kind, theirs)
        if len(equal) > len(shared):
            faults.append(f"{len(equal)} equal {kind}, they share {len(shared)}")
        elif kind in IDENTIFIERS and is_whole and len(equal) < len(shared) and _are_compared(mine, theirs):
            faults.append(f"{len(equal)} equal {kind}, they share {len(shared)}")
        due = {matching.bits(kind, len(holders.of(value)), holders.population(kind)) for value in shared}
        for item in equal:
            bits = item["one_in_bits"]
            if due and (bits is None or all(abs(bits - n) > BITS for n in due)):
                faults.append(f"{kind} is one in 2^{bits}, it is one in 2^{max(due)}")
    return faults + _faults_of_weights(found, matching)


def _faults_of_weights(found, matching):
    faults = []
    for item in found:
        kind, bits = item["kind"], item["one_in_bits"]
        if kind in WORTHS and item["level"] == "equal" and bits is not None:
            due = matching.weight_of_equal(kind, bits)
            if abs(item["weight_millibits"] - due) > CUT:
                faults.append(f"{kind} weighs {item['weight_millibits']}, one in 2^{bits} weighs {due:.0f}")
    return faults


def _are_compared(*said):
    return all(len(one.identifiers) <= COMPARED for one in said)


def missed(lead_id, mine, holders, links, matching):
    """Leads that share a value with the lead, were to be found by it, and are not among the links."""
    if len(links) >= matching.verdicts["links"] or not _are_compared(mine):
        return set()
    found = set()
    for value in mine.identifiers:
        others = holders.of(value) - {lead_id}
        if value[0] in FINDING and len(others) < matching.surely_found:
            found |= others
    if len(found) >= matching.lone or not _are_compared(*(holders.said[other] for other in found)):
        return set()
    return found - {link["lead_id"] for link in links}
