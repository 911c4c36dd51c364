"""Generated leads, whose truth another command knows: a folder of files, and what is measured on them by stratum.

    leads.csv     id        running order of arrival is the order of the lines
                  matter    number of the true matter; leads of one number speak of the same thing
                  phone, email, document    all values of the lead in canonical form, joined by `;`, for the baseline
                  and, if Splink shall run, any of the runner's columns for the first person that the lead is about
    pairs.csv     id_a, id_b, total_millibits, decision    what the site decided for each candidate pair, as the runner
                  writes it; `link` puts two leads into one matter
    strata.csv    id_a, id_b, stratum    every true pair, and those other pairs that were made to look alike; the stratum
                  says which evidence the two share: `none`, `name only`, `one identifier`, `two identifiers`, ...
    verdicts.csv  id, verdict, truth    may be missing; of leads that repeat a lead: `duplicate` or `update`

In a stratum, recall is over its true pairs, and a false link counts where strata.csv lists the pair; one that is listed nowhere
stands under `unlisted`. The stratum `none` is what no method could find.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from linkage import baseline, beside_splink, bootstrap, ours
from linkage.clusters import b_cubed, components
from linkage.datasets import COLUMNS, LabelledSet
from linkage.pairs import Outcome, candidates_per_record, scored, true_pairs

UNLISTED = "unlisted"


@dataclass(frozen=True)
class Leads:
    """What the folder holds; pairs are positions, the earlier lead first."""

    records: pd.DataFrame
    truth: np.ndarray
    run: tuple
    strata: dict
    verdicts: pd.DataFrame | None


def read(folder):
    """The folder's files, checked against each other."""
    folder = Path(folder)
    records = pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)
    truth = pd.factorize(records["matter"])[0]
    for column in COLUMNS:
        if column not in records:
            records[column] = ""
    position = {identifier: at for at, identifier in enumerate(records["id"])}
    if len(position) != len(records):
        raise SystemExit(f"{folder}/leads.csv: an id is given twice")
    listed = pd.read_csv(folder / "strata.csv", dtype=str, keep_default_na=False)
    strata = {}
    for first, second, stratum in listed[["id_a", "id_b", "stratum"]].itertuples(index=False):
        a, b = sorted((position[first], position[second]))
        strata[a, b] = stratum
    true = sum(truth[a] == truth[b] for a, b in strata)
    if true != true_pairs(truth):
        raise SystemExit(f"{folder}/strata.csv lists {true} true pairs of {true_pairs(truth)}; it must list each")
    verdicts = folder / "verdicts.csv"
    return Leads(
        records,
        truth,
        ours.read_pairs(folder / "pairs.csv", records["id"]),
        strata,
        pd.read_csv(verdicts, dtype=str) if verdicts.exists() else None,
    )


def by_stratum(leads, a, b):
    """Outcome of linking the pairs (a, b), stratum by stratum."""
    linked = set(zip(a.tolist(), b.tolist()))
    found, false, missed = {}, {}, {}
    for pair, stratum in leads.strata.items():
        true = leads.truth[pair[0]] == leads.truth[pair[1]]
        if pair in linked:
            counted = found if true else false
        elif true:
            counted = missed
        else:
            continue
        counted[stratum] = counted.get(stratum, 0) + 1
    for first, second in linked:
        if leads.truth[first] != leads.truth[second] and (first, second) not in leads.strata:
            false[UNLISTED] = false.get(UNLISTED, 0) + 1
    names = sorted(set(leads.strata.values()) | set(false))
    return {name: Outcome(found.get(name, 0), false.get(name, 0), missed.get(name, 0)) for name in names}


def told_apart(verdicts):
    """Of leads that are a duplicate or an update, the share that was called what it is."""
    known = verdicts[verdicts["truth"].isin(("duplicate", "update"))]
    return {"leads": len(known), "share": float((known["verdict"] == known["truth"]).mean()) if len(known) else None}


def splink_links(leads):
    """What Splink links with a probability of 0.95; nothing and the reason if the set does not let it train."""
    first_value = leads.records.copy()
    for name in baseline.FIELDS:
        first_value[name] = first_value[name].str.split(";").str[0]
    records = LabelledSet("leads", "generated leads", "leads", False, False, False, first_value, leads.truth)
    try:
        run = beside_splink.run(records)
    except Exception as error:  # Splink raises errors of many kinds when a level is never seen.
        return None, str(error).splitlines()[0]
    kept = run.bits >= beside_splink.log_odds(beside_splink.PROBABILITY)
    return (run.a[kept], run.b[kept]), ""


def measure(folder, draws):
    """Figures over all leads and by stratum, for ours, the baseline, and Splink where persons are given."""
    leads = read(folder)
    a, b, bits, decision = leads.run
    pairs = scored(a, b, bits, leads.truth)
    link, review = decision == "link", decision == "review"
    methods = {"ours": (pairs.a[link], pairs.b[link]), "baseline": baseline.links(leads.records)}
    refused = "no person columns"
    if (leads.records["given"] != "").any():
        found, refused = splink_links(leads)
        methods |= {"splink": found} if found else {}
    drawn = bootstrap.figures(leads.truth, list(methods.values()), draws)
    total = {}
    for column, (name, (first, second)) in enumerate(methods.items()):
        match = leads.truth[first] == leads.truth[second]
        outcome = Outcome(int(match.sum()), int((~match).sum()), pairs.true_pairs - int(match.sum()))
        total[name] = {
            "precision": outcome.precision,
            "recall": outcome.recall,
            "f1": outcome.f1,
            "false": outcome.false,
            "false_per_1000_records": 1000 * outcome.false / len(leads.records),
            "f1_interval": bootstrap.interval(drawn[:, column, 2]),
            "b_cubed": b_cubed(leads.truth, components(len(leads.truth), first, second)),
        }
    strata = {name: by_stratum(leads, *links) for name, links in methods.items()}
    either = by_stratum(leads, pairs.a[link | review], pairs.b[link | review])
    return {
        "leads": len(leads.records),
        "true_pairs": pairs.true_pairs,
        "total": total,
        "splink_refused": "" if "splink" in methods else refused,
        "link_and_review_recall": pairs.outcome(link | review).recall,
        "review_records": len(np.unique(pairs.b[review])) / len(leads.records),
        "blocking": pairs.found_by_blocking(),
        "candidates": candidates_per_record(pairs, len(leads.records)),
        "strata": {
            stratum: {
                "true_pairs": outcome.found + outcome.missed,
                "link_and_review_recall": either[stratum].recall if stratum in either else None,
            }
            | {
                method: {"f1": of[stratum].f1, "recall": of[stratum].recall, "false": of[stratum].false}
                for method, of in strata.items()
                if stratum in of
            }
            for stratum, outcome in sorted({k: v for of in strata.values() for k, v in of.items()}.items())
        },
        "verdicts": told_apart(leads.verdicts) if leads.verdicts is not None else None,
    }
