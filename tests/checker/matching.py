"""config/matching.toml, as far as verdicts are judged by it. Weights are in millibits: 1000 doubles the odds."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

# A value that at most so many hold is as rare as the count can tell.
HOLDERS_LEAST = 3
# Growth of a matter by itself: bits above the threshold from which one edge is enough, members, edges over pairs.
JOIN_ABOVE, MEMBERS, DENSITY_PERMILLE = 6_000, 50, 200
# Where the table has what an equal value of a kind is worth.
WORTHS = {
    "GIVEN_NAME": ("given",),
    "MIDDLE_NAME": ("middle",),
    "FAMILY_NAME": ("family",),
    "BIRTH_DATE": ("birth",),
    "DOCUMENT": ("document",),
    "EMPLOYER": ("employer",),
    "EXTERNAL_ID": ("identifiers", "external_id"),
    "PHONE": ("identifiers", "phone"),
    "EMAIL": ("identifiers", "email"),
    "ACCOUNT": ("identifiers", "account"),
    "FILE_HASH": ("identifiers", "file_hash"),
    "DEVICE": ("identifiers", "device"),
    "FINANCIAL_ACCOUNT": ("identifiers", "financial_account"),
    "VEHICLE": ("identifiers", "vehicle"),
}


def millibits(ratio):
    return 1_000 * math.log2(ratio)


@dataclass
class Matching:
    """The table."""

    table: dict

    @classmethod
    def read(cls, file):
        return cls(tomllib.loads(Path(file).read_text(encoding="utf-8")))

    @property
    def caps(self):
        return self.table["caps"]

    @property
    def household(self):
        return self.table["household"]

    @property
    def rules(self):
        return self.table["leads"]

    @property
    def verdicts(self):
        """Bounds of what one verdict reads and shows."""
        return self.table["verdicts"]

    @property
    def least(self):
        """From here on a group is evidence of its own."""
        return self.table["corroboration"]["least"]

    @property
    def person(self):
        """From here on a phone or a birth date makes a name a person's."""
        return self.table["corroboration"]["person"]

    @property
    def alias(self):
        """From here on a phone is asked about although the names differ."""
        return self.table["corroboration"]["alias"]

    @property
    def steward(self):
        """Phones and addresses that say nothing of a lead."""
        listed = self.table["steward"]
        return frozenset(listed["phones"]) | {email.lower() for email in listed["emails"]}

    @property
    def half_hot(self):
        """A value that fewer hold is not hot."""
        return self.table["hot"]["leads"] // 2

    @property
    def surely_found(self):
        """A value that fewer hold is neither hot nor common: it finds whoever holds it, and says enough."""
        return min(self.half_hot, self.table["hot"]["common"])

    @property
    def lone(self):
        return self.table["bounds"]["lone"]

    @property
    def shared_place(self):
        """From here on a place may be the home of both."""
        return self.table["weights"]["place"]["shared"]

    def prior_of_stranger(self, live):
        """Log odds that two are the same in a store of so many: one bit less for each doubling."""
        return millibits(self.table["prior"]["partners_permille"] / 1_000 / max(live, 1))

    def _worth(self, kind):
        found = self.table["weights"]
        for name in WORTHS[kind]:
            found = found[name]
        return found

    def bits(self, kind, holders, population):
        """How rare a value of this kind is that so many hold, of so many that have one at all."""
        is_identifier = WORTHS[kind][0] == "identifiers"
        is_common = is_identifier and holders >= self.table["hot"]["common"]
        among = population + (0 if is_common else HOLDERS_LEAST * self._worth(kind)["one_in"])
        return round(math.log2(among / max(holders, HOLDERS_LEAST)))

    def weight_of_equal(self, kind, bits):
        """What an equal value says of which one in 2^bits holds it."""
        return max(0, millibits(self._worth(kind)["equal_m_permille"] / 1_000) + 1_000 * bits)
