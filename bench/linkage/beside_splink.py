"""Splink 4 on the same records, with one generic recipe and no look at the truth.

The recipe, the same for every set but for the fields that the set has:

* comparisons: Jaro-Winkler at 0.95 and 0.85 with adjustment for frequency on names, street, address line 2, suburb;
  Damerau-Levenshtein at 1 and 2 on birth date and document, at 1 on postcode; Levenshtein at 1 on the street number;
  equality on the middle name or initial;
* blocking: equality of two fields, the birth date, the document; where there is nothing but names and birth dates, three
  letters of a name with the year of birth;
* prior: a deterministic rule and a guess of its recall;
* u from a million random pairs under seed 1, m by expectation maximisation in the blocks of two rules;
* where a set is made of two files without duplicates inside, Splink is told so (`link_only`), as its users would do. Ours is
  not told: in a stream every earlier record is a candidate. `one_pile` runs Splink without that knowledge, as ours has it.

An expert who sets the prior by knowledge of the set does better at a fixed threshold. The prior adds the same number of bits
to every pair, so `true_prior_shift` shows the best that setting it honestly could give: the share of true pairs itself, which
nobody knows in production. The figures at the best threshold are what no prior could beat.
"""

import contextlib
import io
import logging
import math
import resource
import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.pairs import true_pairs

THREADS = 2
SEED = 1
RANDOM_PAIRS = 1_000_000
PROBABILITY = 0.95


@dataclass(frozen=True)
class Recipe:
    """What is compared and how candidates are found; `certain` holds if nearly all its pairs are true."""

    names: tuple = ("given", "family")
    wording: tuple = ()
    codes: tuple = ()
    equal: tuple = ()
    street_number: bool = False
    postcode: bool = False
    blocks: tuple = ()
    certain: tuple = ()
    recall: float = 0.9
    training: tuple = ()


# Pairs of fields whose equality makes a candidate, as Splink's recipe for a set names them.
RECIPES = {
    "febrl": Recipe(
        wording=("street", "address_2", "suburb"),
        codes=("birth_date", "document"),
        street_number=True,
        postcode=True,
        blocks=(
            ("birth_date",), ("document",), ("given", "family"), ("given", "street"), ("family", "street"),
            ("given", "suburb"), ("family", "suburb"), ("street", "postcode"), ("suburb", "postcode"),
            ("street_number", "postcode"),
        ),
        certain=(("given", "family", "birth_date"), ("document", "birth_date")),
        training=(("birth_date",), ("postcode", "family")),
    ),
    "rldata": Recipe(
        codes=("birth_date",),
        blocks=(
            ("birth_date",), ("given", "family"), ("given_3", "birth_year"), ("family_3", "birth_year"),
        ),
        certain=(("given", "family", "birth_date"),),
        training=(("birth_date",), ("given", "family")),
    ),
    "census": Recipe(
        wording=("street",),
        equal=("middle",),
        street_number=True,
        postcode=True,
        blocks=(
            ("given", "family"), ("given", "street"), ("family", "street"), ("given", "street_number"),
            ("family", "street_number"), ("street", "street_number"), ("given", "postcode", "middle"),
            ("family", "postcode", "middle"),
        ),
        certain=(("given", "family", "street", "street_number"),),
        recall=0.7,
        training=(("family", "street_number"), ("given", "street")),
    ),
    "births": Recipe(
        codes=("birth_date",),
        equal=("sex",),
        blocks=(
            ("birth_date",), ("given", "family"), ("given_3", "birth_year"), ("family_3", "birth_year"),
        ),
        certain=(("given", "family", "birth_date"),),
        training=(("birth_date",), ("given", "family")),
    ),
    "taxes": Recipe(
        wording=("street",),
        codes=("document",),
        equal=("middle",),
        street_number=True,
        postcode=True,
        blocks=(
            ("document",), ("given", "family"), ("given", "street"), ("family", "street"), ("given", "street_number"),
            ("family", "street_number"), ("street", "street_number"),
        ),
        certain=(("document", "family"), ("given", "family", "street", "street_number")),
        training=(("document",), ("family", "street_number")),
    ),
    "leads": Recipe(
        wording=("street",),
        codes=("birth_date", "document"),
        equal=("phone", "email"),
        blocks=(
            ("phone",), ("email",), ("document",), ("birth_date",), ("given", "family"), ("given", "street"),
            ("family", "street"), ("given", "city"), ("family", "city"),
        ),
        certain=(("phone",), ("email",), ("document",)),
        training=(("given", "family"), ("phone",)),
    ),
}  # fmt: skip


@dataclass
class SplinkRun:
    """Scored candidate pairs (positions of the records, the earlier first) with bits of posterior odds, and the cost."""

    a: np.ndarray
    b: np.ndarray
    bits: np.ndarray
    # What the true prior adds to every pair's bits.
    true_prior_shift: float
    prior: float
    train_wall_s: float
    train_cpu_s: float
    predict_wall_s: float
    predict_cpu_s: float


def processor_seconds():
    """User and system time of this process and all its threads so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def used_fields(recipe, records):
    """Fields of the recipe that this set has."""
    asked = (*recipe.names, *recipe.wording, *recipe.codes, *recipe.equal)
    asked += ("street_number",) * recipe.street_number + ("postcode",) * recipe.postcode
    return [name for name in asked if (records[name] != "").any()]


def known(rules, fields):
    """Rules all of whose fields the set has; prefixes and years are derived from fields that it has."""
    derived = {"given_3", "family_3", "birth_year"}
    return [rule for rule in rules if set(rule) <= set(fields) | derived]


def table(records, fields):
    """What Splink reads: empty cells are null, with what the blocking rules derive."""
    frame = records[["id", *fields]].replace("", None).rename(columns={"id": "unique_id"})
    if "birth_date" in fields:
        frame["birth_year"] = records["birth_date"].str[:4].replace("", None)
    for name in ("given", "family"):
        frame[f"{name}_3"] = records[name].str[:3].replace("", None)
    return frame


def comparisons(recipe, fields):
    import splink.comparison_library as cl

    made = []
    for name in fields:
        if name in recipe.names or name in recipe.wording:
            made.append(cl.JaroWinklerAtThresholds(name, [0.95, 0.85]).configure(term_frequency_adjustments=True))
        elif name in recipe.codes:
            made.append(cl.DamerauLevenshteinAtThresholds(name, [1, 2]))
        elif name == "postcode":
            made.append(cl.DamerauLevenshteinAtThresholds(name, [1]))
        elif name == "street_number":
            made.append(cl.LevenshteinAtThresholds(name, [1]))
        else:
            made.append(cl.ExactMatch(name))
    return made


def fit(recipe, records, first_file):
    """A trained linker, with the prior that its deterministic rule gave."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    fields = used_fields(recipe, records)
    settings = SettingsCreator(
        link_type="link_only" if first_file else "dedupe_only",
        comparisons=comparisons(recipe, fields),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in known(recipe.blocks, fields)],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    pile = table(records, fields)
    files = [pile.iloc[:first_file].copy(), pile.iloc[first_file:].copy()] if first_file else [pile]
    linker = Linker(
        files,
        settings,
        DuckDBAPI(connection=duckdb.connect(config={"threads": THREADS})),
        set_up_basic_logging=False,
        input_table_aliases=["first", "second"][: len(files)],
    )
    certain = [block_on(*rule) for rule in known(recipe.certain, fields)]
    linker.training.estimate_probability_two_random_records_match(certain, recall=recipe.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    for rule in known(recipe.training, fields):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    return linker


def run(labelled, one_pile=False, predictions=1):
    """Trains once and predicts, each timed alone, of several predictions the median.

    Reading the result out of the database is not timed.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    recipe, records = RECIPES[labelled.recipe], labelled.records
    first_file = 0 if one_pile else labelled.first_file
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        wall, cpu = time.perf_counter(), processor_seconds()
        linker = fit(recipe, records, first_file)
        train = time.perf_counter() - wall, processor_seconds() - cpu
        predict = []
        for _ in range(predictions):
            # Splink keeps what it has computed; each prediction shall do all of it.
            linker.table_management.invalidate_cache()
            wall, cpu = time.perf_counter(), processor_seconds()
            predicted = linker.inference.predict()
            predict.append((time.perf_counter() - wall, processor_seconds() - cpu))
        pairs = predicted.as_pandas_dataframe()
    prior = linker._settings_obj._probability_two_random_records_match
    position = pd.Series(np.arange(len(records)), index=records["id"])
    left = position[pairs["unique_id_l"]].to_numpy()
    right = position[pairs["unique_id_r"]].to_numpy()
    return SplinkRun(
        a=np.minimum(left, right),
        b=np.maximum(left, right),
        bits=pairs["match_weight"].to_numpy(float),
        true_prior_shift=log_odds(true_share(labelled.truth, first_file)) - log_odds(prior),
        prior=prior,
        train_wall_s=train[0],
        train_cpu_s=train[1],
        predict_wall_s=float(np.median([wall for wall, _ in predict])),
        predict_cpu_s=float(np.median([cpu for _, cpu in predict])),
    )


def true_share(truth, first_file=0):
    """Share of true pairs among all pairs that are compared: of two files, those across."""
    true = true_pairs(truth)
    if first_file:
        return true / (first_file * (len(truth) - first_file))
    return true / (len(truth) * (len(truth) - 1) // 2)


def log_odds(probability):
    """Bits of odds."""
    return math.log2(probability / (1 - probability))
