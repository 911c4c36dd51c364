//! The table of weights, caps and thresholds: config/matching.toml, known by the hash of its text.

use serde::Deserialize;

use crate::identifier::IdentifierKind;
use crate::logarithm::{Millibits, log2_millibits, log2_permille, rarity_bucket};

mod check;
mod weights;

pub use check::TableError;
pub use weights::{
    AgeWeights, BirthWeights, Caps, DocumentWeights, EmployerWeights, Exact, IdentifierWeight,
    IdentifierWeights, MiddleWeights, NameWeights, NamesWeights, NarrativeWeights, PartWeights, PlaceWeights,
    SexWeights, Weights,
};

const VERSION: u32 = 1;

/// Which of the two sets of rules a store is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rulebook {
    /// Leads: names and a place alone never link.
    Leads,
    /// Records of persons that may have nothing else.
    Persons,
}

/// Thresholds and rules of one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Total from which two are linked.
    pub link: Millibits,
    /// Total from which a person looks at it.
    pub review: Millibits,
    /// Total from which two are linked in spite of a hard contradiction.
    pub contradicted_link: Millibits,
    /// How far the second-best cluster must be behind the best.
    pub margin: Millibits,
    /// Whether a link needs a thing of one person or act, or a person: by both names and a phone, or by a name and a
    /// birth date. Else any two groups link, one of them not a name.
    pub needs_person_or_thing: bool,
    /// The least that persons say where one of the two leads names several.
    pub company_lowest: Millibits,
}

/// What is expected before anything is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Partners that a record has in the store, in thousandths.
    pub partners_permille: u32,
}

/// The rival explanation of a shared home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// Pairs at one address that are one person, as it is taken to be while the store is small.
    pub same: u32,
    /// Pairs at one address that are two.
    pub different: u32,
    /// The least that the prior falls to.
    pub lowest: Millibits,
    /// The most that it rises to.
    pub highest: Millibits,
    /// The least that a family name says: in many homes there are two.
    pub family: Millibits,
    /// The most that a birth date says against another of the household: there are twins.
    pub birth: Millibits,
    /// The most that a document says: numbers are borrowed, and noted for the wrong person.
    pub document: Millibits,
}

/// When evidence is enough evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corroboration {
    /// A group counts as evidence of its own from here on.
    pub least: Millibits,
    /// A phone or a birth date makes a name a person's from here on.
    pub person: Millibits,
    /// From here on a phone is asked about although the names differ: one person may use two.
    pub alias: Millibits,
}

/// When a value is hot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hot {
    /// Live holders.
    pub leads: u32,
    /// Distinct clusters among them.
    pub clusters: u32,
    /// From so many holders on an identifier is as common as the store shows, however rare such are taken to be.
    pub common: u32,
}

/// Bounds of what one lead may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Newest holders of a key that are read.
    pub postings: u32,
    /// Candidates that are scored: those first that share a value that few hold.
    pub candidates: u32,
    /// Candidates among them that share a single common key.
    pub lone: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    weights: Weights,
    caps: Caps,
    prior: Prior,
    household: Household,
    corroboration: Corroboration,
    hot: Hot,
    bounds: Bounds,
    leads: Rules,
    persons: Rules,
    /// Bounds of what a verdict shows: the deduplicator reads them.
    #[serde(default, rename = "verdicts")]
    _verdicts: serde::de::IgnoredAny,
    /// Values that say nothing of a lead: likewise.
    #[serde(default, rename = "steward")]
    _steward: serde::de::IgnoredAny,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Weight of each level of each comparison.
    pub weights: Weights,
    /// The most that a group of evidence says.
    pub caps: Caps,
    /// What is expected before anything is compared.
    pub prior: Prior,
    /// The rival explanation of a shared home.
    pub household: Household,
    /// When evidence is enough evidence.
    pub corroboration: Corroboration,
    /// When a value is hot.
    pub hot: Hot,
    /// Bounds of what one lead may cost.
    pub bounds: Bounds,
    leads: Rules,
    persons: Rules,
    hash: String,
}

impl Table {
    /// Reads the text of config/matching.toml. Nothing has a default: a table is read as a whole.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let file: File = toml::from_str(text).map_err(|e| TableError::Syntax(e.to_string()))?;
        if file.version != VERSION {
            return Err(TableError::Version { given: file.version, read: VERSION });
        }
        let File { weights, caps, prior, household, corroboration, hot, bounds, leads, persons, .. } = file;
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let table =
            Self { weights, caps, prior, household, corroboration, hot, bounds, leads, persons, hash };
        check::check(&table)?;
        Ok(table)
    }

    /// BLAKE3 of the text, hexadecimal: what every verdict names.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Thresholds and rules of a profile.
    pub fn rules(&self, rulebook: Rulebook) -> &Rules {
        match rulebook {
            Rulebook::Leads => &self.leads,
            Rulebook::Persons => &self.persons,
        }
    }

    /// Log odds that two are the same before anything is compared, in a store of so many: one bit less for each
    /// doubling.
    pub fn prior_of(&self, live: u64) -> Millibits {
        let partners = log2_millibits(u64::from(self.prior.partners_permille)) - log2_millibits(1_000);
        partners - log2_millibits(live.max(1))
    }
}

impl Household {
    /// Log odds of the same person against another of the household, in a store where so many pairs of records
    /// at one address share a given name or a birth date, and so many share neither.
    pub fn prior(&self, same: u64, different: u64) -> Millibits {
        let sum = |a: u32, b: u64| log2_millibits(u64::from(a).saturating_add(b));
        (sum(self.same, same) - sum(self.different, different)).clamp(self.lowest, self.highest)
    }
}

/// What an equal value says: its weight, and the bucket of its frequency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// Weight of the agreement, at least 0.
    pub weight: Millibits,
    /// One in 2^bucket holds the value.
    pub bucket: u8,
}

/// A value that at most so many hold is as rare as the count can tell.
const HOLDERS_LEAST: u64 = 3;

impl Exact {
    /// What equality in a value says that `holders` of `population` hold now.
    pub fn worth(&self, holders: u32, population: u32) -> Worth {
        self.among(holders, population, self.one_in)
    }

    /// The same of an identifier that so many hold that the store itself shows how common it is.
    pub fn worth_of_common(&self, holders: u32, population: u32) -> Worth {
        self.among(holders, population, 0)
    }

    fn among(&self, holders: u32, population: u32, one_in: u32) -> Worth {
        let assumed = HOLDERS_LEAST * u64::from(one_in);
        let bucket = rarity_bucket(u64::from(population) + assumed, u64::from(holders).max(HOLDERS_LEAST));
        let m = log2_permille(self.equal_m_permille);
        Worth { weight: (m + i32::from(bucket) * 1_000).max(0), bucket }
    }
}

impl IdentifierWeights {
    /// The weights of a kind.
    pub fn of(&self, kind: IdentifierKind) -> &IdentifierWeight {
        match kind {
            IdentifierKind::ExternalId => &self.external_id,
            IdentifierKind::Phone => &self.phone,
            IdentifierKind::Email => &self.email,
            IdentifierKind::Account => &self.account,
            IdentifierKind::FileHash => &self.file_hash,
            IdentifierKind::Device => &self.device,
            IdentifierKind::FinancialAccount => &self.financial_account,
            IdentifierKind::Vehicle => &self.vehicle,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const SHIPPED: &str = include_str!("../../../config/matching.toml");

    #[test]
    fn the_shipped_table_is_sound_and_known_by_its_text() {
        let table = Table::parse(SHIPPED).unwrap();
        let other = Table::parse(&format!("{SHIPPED}\n# another text\n")).unwrap();
        assert_eq!(table.hash().len(), 64);
        assert_ne!(table.hash(), other.hash());
    }

    #[test]
    fn the_prior_falls_one_bit_for_each_doubling() {
        let table = Table::parse(SHIPPED).unwrap();
        for live in [1, 2, 1_024, 1 << 20] {
            assert_eq!(table.prior_of(live) - table.prior_of(2 * live), 1_000);
        }
    }

    #[test]
    fn a_common_value_says_less_and_never_less_than_nothing() {
        let exact = Exact { equal_m_permille: 900, one_in: 1_000 };
        let weights: Vec<_> = [1, 10, 100, 1_000, 1_000_000].map(|h| exact.worth(h, 1_000_000).weight).into();
        assert!(weights.is_sorted_by(|a, b| a > b), "{weights:?}");
        assert_eq!(exact.worth(u32::MAX, 10).weight, 0);
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for (from, to, said) in [
            ("version = 1", "version = 2", "this program reads version 1"),
            ("close = 5_000 ", "close = 1_000 ", "`weights.given.near` is 2500, expected -64000 to 1000"),
            ("[hot]", "[warm]", "unknown field"),
            ("margin = 0", "margin = -1", "`leads.margin` is -1"),
            ("equal_m_permille = 850", "equal_m_permille = 1_850", "expected 1 to 1000"),
            ("partners_permille = 500", "partners_permille = 0", "`prior.partners_permille` is 0"),
        ] {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED, "{from}");
            let error = Table::parse(&text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
