"""PL-19: decisions are chains, and signed heads stand on them."""

from collections import defaultdict
from hashlib import sha256

from .result import Result


def decisions_are_chains(site):
    """PL-19: in each chain the numbers run from 1 without gaps, and each link names the one before it."""
    result = Result("chains", "PL-19")
    chains = defaultdict(dict)
    for record, decision in site.decisions:
        result.checked += 1
        links = chains[decision["chain"]]
        if decision["sequence"] in links:
            result.fault(f"{record.place}: chain {decision['chain']} has decision {decision['sequence']} twice")
        links[decision["sequence"]] = (sha256(record.value).hexdigest(), decision["previous"], record.place)
    for chain, links in chains.items():
        head = "0" * 64
        for number in range(1, max(links) + 1):
            found = links.get(number)
            if found is None:
                result.fault(f"chain {chain} has no decision {number}")
                break
            own, previous, place = found
            if previous != head:
                result.fault(f"{place}: decision {number} of chain {chain} does not name the one before it")
            head = own
    for record, checkpoint in site.checkpoints:
        result.checked += 1
        found = chains.get(checkpoint["chain"], {}).get(checkpoint["sequence"])
        if found is None or found[0] != checkpoint["head"]:
            result.fault(f"{record.place}: signs a head that is not on chain {checkpoint['chain']}")
    return result
