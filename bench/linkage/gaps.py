"""Where true pairs are lost, and what false links have in common."""

from collections import Counter

import numpy as np

from linkage.datasets import COLUMNS

COMPARED = tuple(name for name in COLUMNS if name not in ("id", "document_kind"))


def losses(pairs, decision):
    """True pairs by what became of them; `no candidate` never met."""
    count = Counter(decision[pairs.match])
    found = {name: int(count.get(name, 0)) for name in ("link", "review", "relation", "none")}
    return found | {"no candidate": pairs.true_pairs - sum(found.values())}


def fields(records, a, b, least=0.1):
    """Of these pairs, the share in which a field is equal, and the share in which both have it and it differs.

    Fields that reach the least share, the highest first.
    """
    if not len(a):
        return {"equal": [], "differ": []}
    shares = {"equal": [], "differ": []}
    for name in COMPARED:
        values = records[name].to_numpy(str)
        both = (values[a] != "") & (values[b] != "")
        same = values[a] == values[b]
        for kind, mask in (("equal", both & same), ("differ", both & ~same)):
            shares[kind].append((float(mask.mean()), name))
    order = lambda found: sorted((pair for pair in found if pair[0] >= least), key=lambda pair: (-pair[0], pair[1]))  # noqa: E731
    return {kind: order(found) for kind, found in shares.items()}


def missed_pairs(truth, linked_a, linked_b):
    """True pairs that were not linked."""
    linked = set(zip(linked_a.tolist(), linked_b.tolist()))
    members = {}
    for position, person in enumerate(truth.tolist()):
        members.setdefault(person, []).append(position)
    missed = [
        (first, second)
        for group in members.values()
        for index, first in enumerate(group)
        for second in group[index + 1 :]
        if (first, second) not in linked
    ]
    ordered = np.array(missed, dtype=np.int64).reshape(-1, 2)
    return ordered[:, 0], ordered[:, 1]
