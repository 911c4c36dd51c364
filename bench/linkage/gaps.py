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


def agreement(records, a, b):
    """For each pair, the fields that both have: which are equal, which differ."""
    texts = []
    columns = {name: records[name].to_numpy(str) for name in COMPARED if (records[name] != "").any()}
    for left, right in zip(a, b):
        equal, other = [], []
        for name, values in columns.items():
            if values[left] and values[right]:
                (equal if values[left] == values[right] else other).append(name)
        texts.append((" ".join(equal) or "nothing", " ".join(other) or "nothing"))
    return texts


def patterns(records, a, b, most=3):
    """The most usual patterns of agreement: how many pairs, what is equal, what differs."""
    count = Counter(agreement(records, a, b))
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return [{"pairs": number, "equal": equal, "differ": other} for (equal, other), number in ordered[:most]]


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
