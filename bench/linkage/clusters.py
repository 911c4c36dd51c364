"""What links mean when they are followed: connected components, and B-cubed of them."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def components(records, a, b):
    """The number of the component of each record, if a[i] and b[i] are linked."""
    links = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(records, records))
    return connected_components(links, directed=False)[1]


def b_cubed(truth, put_together):
    """Mean over records of: how much of its cluster is its own person (precision), how much of its person is in its
    cluster (recall); and the harmonic mean of the two."""
    both = np.stack([truth, put_together])
    _, cell, size = np.unique(both, axis=1, return_inverse=True, return_counts=True)
    shared = size[np.ravel(cell)]
    precision = float(np.mean(shared / np.bincount(put_together)[put_together]))
    recall = float(np.mean(shared / np.bincount(truth)[truth]))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
