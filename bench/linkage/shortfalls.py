"""Why true pairs are missed and false ones are found: what they have in common, and what the rule about homes does.

Who shares an address and a family name may be a relative. So our linkage holds such a pair against that rival too, and the
lower total stands. `as_stranger` is the total without that rival: what it would say if nobody lived with anybody.
"""

import numpy as np

from linkage import gaps

ADDRESS = ("street", "address_2", "suburb", "city", "postcode")


def agrees(records, name, a, b):
    """For each pair, whether both have the same in this field."""
    values = records[name].to_numpy(str)
    return (values[a] != "") & (values[a] == values[b])


def crossed(records, a, b):
    """For each pair, whether the given name of one is the family name of the other, both ways."""
    given, family = records["given"].to_numpy(str), records["family"].to_numpy(str)
    return (given[a] != "") & (given[a] == family[b]) & (family[a] == given[b])


def at(labelled, mine, as_stranger, threshold, linked, theirs, their_threshold):
    """What became of the true pairs that are not linked, and what the false links are, at one threshold of each method."""
    records, truth = labelled.records, labelled.truth
    a, b = gaps.missed_pairs(truth, mine.a[linked], mine.b[linked])
    met = keys(mine.a, mine.b, len(truth))
    place = {key: position for position, key in enumerate(met.tolist())}
    missed = [place.get(key) for key in keys(a, b, len(truth)).tolist()]
    known = np.array([position for position in missed if position is not None], int)
    by_home = as_stranger[known] >= threshold if threshold is not None else np.zeros(len(known), bool)
    finds = their_threshold is not None
    found = keys(theirs.a, theirs.b, len(truth))[theirs.score >= their_threshold] if finds else np.array([], int)
    agreeing = np.sum([agrees(records, name, a, b) for name in ADDRESS], axis=0) if len(a) else np.array([], int)
    nobody = ~agrees(records, "given", a, b) & ~agrees(records, "birth_date", a, b)
    wrong = linked & ~mine.match
    false_a, false_b = mine.a[wrong], mine.b[wrong]
    both_names = agrees(records, "given", false_a, false_b) & agrees(records, "family", false_a, false_b)
    short = threshold - mine.score[known][~by_home] if threshold is not None else np.array([])
    return {
        "missed": len(a),
        "never_met": len(a) - len(known),
        # Of those, that Splink links.
        "splink_links": int(np.isin(keys(a, b, len(truth)), found).sum()),
        # That would be linked if nobody lived with anybody.
        "by_home": int(by_home.sum()),
        # Neither given name nor birth date is equal, and two parts of an address or more are.
        "home_only": int((nobody & (agreeing >= 2)).sum()),
        "short_median": float(np.median(short)) if len(short) else None,
        "false": int(wrong.sum()),
        "false_namesakes": int((both_names | crossed(records, false_a, false_b)).sum()),
        "splink_false": int((~theirs.match[theirs.score >= their_threshold]).sum()) if finds else 0,
    }


def neighbours(records, truth):
    """Pairs of different persons at one address: street number, street and postcode are equal."""
    fields = ["street_number", "street", "postcode"]
    written = (records[fields] != "").all(axis=1)
    homes = records[written].assign(person=truth[written]).drop_duplicates([*fields, "person"]).groupby(fields).size()
    return int((homes * (homes - 1) // 2).sum())


def no_homes(mine, as_stranger, threshold):
    """What the same totals would come to without the rule about homes: at the shipped threshold, and at the best."""
    alone = type(mine)(mine.a, mine.b, as_stranger, mine.match, mine.true_pairs)
    shipped, (_, best) = alone.outcome(as_stranger >= threshold), alone.best()
    return {
        "precision": shipped.precision,
        "recall": shipped.recall,
        "false": shipped.false,
        "best_f1": best.f1,
        "best_false": best.false,
    }


def keys(a, b, records):
    """One number for each pair."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
    return low * records + high
