//! What two records have in common, and what it says: the part of a verdict that an officer reads.

use serde::{Deserialize, Serialize};

use crate::group::{Group, Sums};
use crate::identifier::IdentifierKind;
use crate::logarithm::Millibits;
use crate::table::Worth;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// Given names.
    Given,
    /// Middle names.
    Middle,
    /// Family names.
    Family,
    /// Birth dates.
    Birth,
    /// Ages.
    Age,
    /// Sex.
    Sex,
    /// Documents.
    Document,
    /// Employers.
    Employer,
    /// House numbers.
    Number,
    /// Streets.
    Street,
    /// Flats or second lines.
    Unit,
    /// Towns or suburbs.
    Locality,
    /// Postcodes.
    Postcode,
    /// States or provinces.
    Region,
    /// Cells of the map, or lines.
    Cell,
    /// Identifiers of a kind.
    Identifier(IdentifierKind),
    /// Narratives.
    Narrative,
    /// Further persons of the two leads.
    Company,
}

impl Comparison {
    /// The group in which it counts.
    pub fn group(self) -> Group {
        match self {
            Self::Given | Self::Middle => Group::Given,
            Self::Family => Group::Family,
            Self::Birth | Self::Age => Group::Birth,
            Self::Sex => Group::Sex,
            Self::Document => Group::Document,
            Self::Employer => Group::Employer,
            Self::Number
            | Self::Street
            | Self::Unit
            | Self::Locality
            | Self::Postcode
            | Self::Region
            | Self::Cell => Group::Place,
            Self::Identifier(kind) => Group::of(kind),
            Self::Narrative => Group::Narrative,
            Self::Company => Group::Company,
        }
    }
}

/// How far two values agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Equal.
    Equal,
    /// Equal in one of several words.
    Part,
    /// Very similar.
    Close,
    /// Similar.
    Near,
    /// One is the other's initial.
    Initial,
    /// Given and family name exchanged.
    Swapped,
    /// One typing error apart.
    OneEdit,
    /// Two typing errors apart.
    TwoEdits,
    /// Two of the three parts of a date.
    TwoParts,
    /// As much as the less exact one says: year and month.
    YearMonth,
    /// As much as the less exact one says: the year.
    Year,
    /// Equal in the weaker form.
    Weak,
    /// A part of the other.
    Contained,
    /// Different.
    Different,
    /// Different so that it can hardly be the same: a hard contradiction.
    Contradiction,
}

/// One comparison that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was compared.
    pub comparison: Comparison,
    /// How far it agrees.
    pub level: Level,
    /// For an equal value: one in 2^bucket of the store held it then.
    pub bucket: Option<u8>,
    /// What it says, before caps.
    pub weight: Millibits,
}

/// Evidence as it comes together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) sums: Sums,
    pub(crate) hard: bool,
    pub(crate) evidence: Vec<Evidence>,
}

impl Sheet {
    pub(crate) fn clear(&mut self) {
        self.sums = Sums::default();
        self.hard = false;
        self.evidence.clear();
    }

    /// Notes a level of a fixed weight.
    pub(crate) fn level(&mut self, comparison: Comparison, level: Level, weight: Millibits) {
        self.note(comparison, level, None, weight);
    }

    /// Notes an equal value.
    pub(crate) fn equal(&mut self, comparison: Comparison, worth: Worth) {
        self.note(comparison, Level::Equal, Some(worth.bucket), worth.weight);
    }

    pub(crate) fn note(
        &mut self,
        comparison: Comparison,
        level: Level,
        bucket: Option<u8>,
        weight: Millibits,
    ) {
        self.sums.add(comparison.group(), weight);
        self.hard |= level == Level::Contradiction;
        self.evidence.push(Evidence { comparison, level, bucket, weight });
    }

    /// Takes over what another sheet holds.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for (group, sum) in other.sums.iter() {
            let already = self.sums.of(group);
            // The places of a person and those of the whole are mostly the same: the better of the two stands.
            let sum =
                if group == Group::Place && already != 0 && sum != 0 { (sum - already).max(0) } else { sum };
            self.sums.add(group, sum);
        }
        self.hard |= other.hard;
        self.evidence.extend_from_slice(&other.evidence);
    }
}
