"""Writes the measured part of docs/linkage.md, between two markers; the text around it is written by hand."""

from linkage import reasons, tables

BEGIN = "<!-- measured: begin; written by `make bench-linkage`, edit nothing here -->"
END = "<!-- measured: end -->"


def measured(results, bars, run, leads=None):
    """The generated part. `run` says what was run: command, date, cores, versions, draws, orders, table, profile."""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"])
    part = [
        "## What was run\n",
        f"`{run['command']}` on {run['date']}, {run['cores']} cores, Python {run['python']}; {versions}. "
        f"Profile `{run['profile']}` of the table with hash `{run['table_hash']}`. "
        f"Intervals: {run['draws']:,} draws of persons. Orders: {run['orders']} shuffles.\n",
    ]
    met = sum(bar.met for bar in bars)
    hard = [bar for bar in bars if bar.hard]
    part += [
        "## Bars\n",
        f"{met} of {len(bars)} are met; of the hard ones {sum(bar.met for bar in hard)} of {len(hard)}.\n",
        tables.bar_table(bars),
        *why(results, bars, leads),
        "## At the shipped threshold\n",
        tables.shipped(results),
        "## Beside Splink, thresholds fixed before the run\n",
        tables.beside(results),
        "## At the best threshold, which only the truth can tell\n",
        tables.best(results),
    ]
    pile = tables.one_pile(results)
    if pile:
        part += ["Where a set is two files, Splink without that knowledge:\n", pile]
    part += [
        "![precision and recall of both](linkage/precision-recall.svg)\n",
        "## Recall at equal precision\n",
        tables.equal_precision(results),
        "## Review, and what became of the true pairs\n",
        tables.review(results),
        "## Candidates\n",
        tables.candidates(results),
        "![total weight of candidate pairs](linkage/weights.svg)\n",
        f"## Order of arrival\n\nLeast, median and most over {run['orders']} shuffles, at the shipped threshold.\n",
        tables.orders(results),
        "## Cost\n\nRecords a CPU-second, all threads counted.\n",
        tables.cost(results),
    ]
    trivial = tables.baseline(results)
    if trivial:
        part += ["## The trivial baseline\n", trivial]
    part += ["## Where the gaps are\n", tables.gaps(results)]
    if leads:
        part += leads_part(leads)
    return "\n".join(part)


def why(results, bars, leads):
    """The section on missed targets; nothing if all are met."""
    lines = reasons.missed(results, bars, leads)
    if not lines:
        return []
    head = (
        "set", "neighbours", "ours: P / R", "false", "without the rule: P / R", "false", "best F1, ours", "without the rule",
    )  # fmt: skip
    return [
        "### Why targets are missed\n",
        "Who shares an address may be a relative. So a pair with a shared home is also held against that rival: then the address "
        "and the family name say nothing, and only what belongs to one person counts. Where nobody has a neighbour, as in FEBRL, "
        "the rule can only lose; where homes have several people it keeps links right. It stays, for the table may not be made "
        "for one set. Neighbours are pairs of different persons with one street number, street and postcode; the other columns "
        "have the same totals with the rule and without it, at the shipped threshold and at the best.\n",
        tables.table(head, reasons.homes(results)),
        lines,
    ]


def leads_part(leads):
    """The section of generated leads."""
    rows = [
        (
            method, tables.prf(of), tables.span(of["f1_interval"]), of["false"], f"{of['false_per_1000_records']:.2f}",
            tables.share(of["b_cubed"]["f1"]),
        )
        for method, of in leads["total"].items()
    ]  # fmt: skip
    part = [
        "## Generated leads\n",
        f"{leads['leads']:,} leads with {leads['true_pairs']:,} true pairs. Recall of link and review together "
        f"{tables.share(leads['link_and_review_recall'])}; {100 * leads['review_records']:.1f} % of the leads ask for a review; "
        f"blocking recall {tables.share(leads['blocking'])}; candidates p50 {leads['candidates']['p50']}, "
        f"p99 {leads['candidates']['p99']}, most {leads['candidates']['max']}.\n",
        tables.table(("method", "P / R / F1", "F1, 95 % interval", "false links", "per 1,000 leads", "B-cubed F1"), rows),
        tables.strata(leads),
    ]
    hopeless = leads["strata"].get("none")
    if hopeless:
        part.append(
            f"{hopeless['true_pairs']:,} of the true pairs ({100 * hopeless['true_pairs'] / leads['true_pairs']:.1f} %) share "
            "no evidence: no method could find them.\n"
        )
    if leads["splink_refused"]:
        part.append(f"Splink did not run on the leads: {leads['splink_refused']}.\n")
    if leads["verdicts"] and leads["verdicts"]["share"] is not None:
        part.append(
            f"Of {leads['verdicts']['leads']:,} leads that are a duplicate or an update, "
            f"{tables.share(leads['verdicts']['share'])} got the verdict that is true.\n"
        )
    return part


def insert(document, part):
    """The document with the part between its markers renewed."""
    head, found, rest = document.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not found or not ended:
        raise SystemExit("docs/linkage.md has lost the markers of its measured part")
    return f"{head}{BEGIN}\n\n{part.rstrip()}\n\n{END}{tail}"
