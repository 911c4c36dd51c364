"""What one link of a verdict claims: its sum, and what follows from it. Written from ARCHITECTURE.md, "Verdicts"."""

NAMES = {"given", "family"}
IDENTIFIERS = {"identity", "document", "phone", "account", "media", "device", "vehicle"}
# What belongs to one person or one act; a phone may be the desk's of a motel.
OF_ONE = IDENTIFIERS - {"phone"}
ONE_MATTER = ("related", "repeats")
NOTHING, SHARES, REVIEW, LINK = range(4)
# Logarithms of the product are cut to thousandths of a bit, one by one.
CUT = 2


def strong(link, matching):
    """Groups that are evidence of their own."""
    return frozenset(g["group"] for g in link["groups"] if g["sum_millibits"] >= matching.least)


def says(link, group, matching):
    """Whether a phone or a birth date says enough to make a name a person's."""
    sums = {g["group"]: g["sum_millibits"] for g in link["groups"]}
    return sums.get(group, 0) >= matching.person


def is_corroborated(link, matching):
    """The same report; or two groups of which one is no name, with a person or a thing of one where that is asked."""
    groups = strong(link, matching)
    if "identity" not in groups and (len(groups) < 2 or groups <= NAMES):
        return False
    if not matching.rules["needs_person_or_thing"] or groups & OF_ONE:
        return True
    by_phone = groups >= NAMES and says(link, "phone", matching)
    return by_phone or bool(groups & NAMES) and says(link, "birth", matching)


def is_worth_a_look(link, matching):
    """Whether a person may be asked: a thing of one person, or beside something else a name or birth date, and nothing
    of names and birth that says it is another."""
    groups = strong(link, matching)
    if not matching.rules["needs_person_or_thing"] or groups & OF_ONE:
        return True
    two = len(groups) >= 2 and not groups <= NAMES
    sums = {g["group"]: g["sum_millibits"] for g in link["groups"]}
    alias = sums.get("phone", 0) >= matching.alias
    another = any(sums.get(name, 0) < 0 for name in NAMES) and not alias or sums.get("birth", 0) < 0
    return two and bool(groups & (NAMES | {"birth"})) and not another


def decision(link, matching):
    """What is to become of two leads whose comparison came to this."""
    rules, total = matching.rules, link["weight_millibits"]
    bar = rules["contradicted_link"] if link["contradicted"] else rules["link"]
    if total >= bar and is_corroborated(link, matching):
        return LINK
    if total >= rules["review"] and is_worth_a_look(link, matching):
        return REVIEW
    return SHARES if strong(link, matching) & IDENTIFIERS else NOTHING


def counted(group, total, rival, matching):
    """What of a group's sum counts against a rival explanation."""
    household = matching.household
    if rival == "household":
        if group == "family":
            return min(max(total, household["family"]), 0)
        if group in ("phone", "place", "company"):
            return min(total, 0)
        if group in ("birth", "document"):
            return min(total, household[group])
    return min(total, matching.caps[group])


def _total(link, prior, rival, matching):
    return prior + sum(counted(g["group"], g["sum_millibits"], rival, matching) for g in link["groups"])


def faults_of_sum(link, live, matching):
    """Whether the total is the sum of what stands beside it, begun where it has to begin."""
    groups = [g["group"] for g in link["groups"]]
    if len(set(groups)) != len(groups) or not set(groups) <= set(matching.caps):
        return ["groups that nobody knows, or one twice"]
    if link["rival"] not in ("stranger", "household"):
        return ["a rival that nobody knows"]
    faults = []
    for g in link["groups"]:
        due = counted(g["group"], g["sum_millibits"], link["rival"], matching)
        if g["counted_millibits"] != due:
            faults.append(f"{g['group']} counts {g['counted_millibits']}, its sum allows {due}")
    total = link["prior_millibits"] + sum(g["counted_millibits"] for g in link["groups"])
    if link["weight_millibits"] != total:
        faults.append(f"weighs {link['weight_millibits']}, the sum is {total}")
    return faults + _faults_of_rival(link, live, matching)


def _faults_of_rival(link, live, matching):
    """The prior, and that of the two explanations the one stands that leaves less."""
    household, prior = matching.household, link["prior_millibits"]
    due = matching.prior_of_stranger(live)
    sums = {g["group"]: g["sum_millibits"] for g in link["groups"]}
    share_a_home = sums.get("place", 0) >= matching.shared_place or sums.get("phone", 0) > 0
    is_open = share_a_home and bool(NAMES & sums.keys())
    against_stranger = _total(link, due, "stranger", matching)
    if link["rival"] == "stranger":
        at_most = _total(link, household["highest"], "household", matching)
        faults = [] if abs(prior - due) <= CUT else [f"begins at {prior}, a stranger among {live} at {due:.0f}"]
        if is_open and at_most < against_stranger - CUT:
            faults.append("is held against a stranger, though a household explains more")
        return faults
    faults = []
    if not household["lowest"] <= prior <= household["highest"]:
        faults.append(f"begins at {prior}, outside what a household may begin at")
    if not is_open or _total(link, prior, "household", matching) > against_stranger + CUT:
        faults.append("is held against a household, though nothing speaks for one")
    return faults


def faults_of_relation(link, matching):
    """Whether the relation follows from the total."""
    said, due = link["relation"], decision(link, matching)
    allowed = {LINK: (*ONE_MATTER, "review"), REVIEW: ("review",), SHARES: ("shares",), NOTHING: ()}[due]
    faults = []
    if said not in allowed:
        faults.append(f"is `{said}`, its sum allows {' or '.join(allowed) or 'no link'}")
    if said in ONE_MATTER and shares_only_names(link):
        faults.append(f"is `{said}`, and the two share nothing but names")
    if link["held"] is not None and (said != "review" or due != LINK):
        faults.append(f"is `{said}` and held, but nothing was to be held")
    return faults


def shares_only_names(link):
    """Whether names are all that speaks for it."""
    return {g["group"] for g in link["groups"] if g["sum_millibits"] > 0} <= NAMES


def rank(link, accepted, matching):
    """Links stand in this order: what is to become of them, their weight, of equals the one accepted first."""
    return (-decision(link, matching), -link["weight_millibits"], accepted)


def best_is_open(links, cluster_of, matching):
    """Whether another cluster is so near to the best link that a person decides; only what is shown is known."""
    if not links or decision(links[0], matching) != LINK:
        return False
    first = links[0]
    bar = first["weight_millibits"] - matching.rules["margin"]
    elsewhere = [link for link in links if cluster_of(link["lead_id"]) != cluster_of(first["lead_id"])]
    return any(decision(link, matching) >= REVIEW and link["weight_millibits"] > bar for link in elsewhere)
