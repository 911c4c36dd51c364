"""The trivial way: two records with the same telephone number, e-mail address or document are one person's."""

import numpy as np

FIELDS = ("phone", "email", "document")


def possible(records):
    """Whether the set has any of the fields."""
    return any((records[name] != "").any() for name in FIELDS)


def links(records, separator=";"):
    """Pairs (a, b) that share a value; a cell may hold several values."""
    pairs = set()
    for name in FIELDS:
        holders = {}
        for position, cell in enumerate(records[name]):
            for value in {part.strip() for part in cell.split(separator)} - {""}:
                holders.setdefault(value, []).append(position)
        for held in holders.values():
            pairs.update((first, second) for i, first in enumerate(held) for second in held[i + 1 :])
    ordered = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return ordered[:, 0], ordered[:, 1]
