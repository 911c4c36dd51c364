//! The weights and caps of the table, field by field.

use serde::Deserialize;

use crate::logarithm::Millibits;

/// An equal value, weighed by its own frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exact {
    /// How often the same person or matter shows the equal value, in thousandths.
    pub equal_m_permille: u32,
    /// One in so many holds a value, as long as the store is small.
    pub one_in: u32,
}

/// A given or family name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameWeights {
    /// As in [`Exact`].
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// Similar from `close_at` on.
    pub close: Millibits,
    /// Similar from `near_at` on.
    pub near: Millibits,
    /// One is the other's initial.
    pub initial: Millibits,
    /// Anything else.
    pub other: Millibits,
    /// Jaro-Winkler in millionths.
    pub close_at: u32,
    /// Jaro-Winkler in millionths.
    pub near_at: u32,
}

impl NameWeights {
    /// The exact level.
    pub fn exact(&self) -> Exact {
        Exact { equal_m_permille: self.equal_m_permille, one_in: self.one_in }
    }
}

/// A middle name or initial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MiddleWeights {
    /// As in [`Exact`]; an initial that fits counts as equal.
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// Anything else.
    pub other: Millibits,
}

/// Ways in which names agree less than fully.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesWeights {
    /// Added when given and family name are exchanged.
    pub swapped: Millibits,
    /// Added when only one of several words agrees.
    pub part: Millibits,
}

/// A birth date; the levels are those of [`BirthLevel`](crate::BirthLevel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the levels are documented where they are told apart")]
pub struct BirthWeights {
    pub equal_m_permille: u32,
    pub one_in: u32,
    pub year_month: Millibits,
    pub year: Millibits,
    pub one_edit: Millibits,
    pub two_parts: Millibits,
    pub apart: Millibits,
    pub far: Millibits,
}

/// Ages, where one of the birth dates is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeWeights {
    /// At most 1 year apart.
    pub near: Millibits,
    /// At most 4 years apart.
    pub middle: Millibits,
    /// Further apart.
    pub far: Millibits,
}

/// Sex as stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SexWeights {
    /// Both the same.
    pub equal: Millibits,
    /// One female, one male.
    pub differs: Millibits,
}

/// A document of one kind and country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentWeights {
    /// As in [`Exact`].
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// One edit, or what a machine reads wrongly.
    pub one_edit: Millibits,
    /// Two edits of at least seven characters.
    pub two_edits: Millibits,
    /// Another number.
    pub unequal: Millibits,
}

/// Who employs the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmployerWeights {
    /// As in [`Exact`].
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// Another employer.
    pub other: Millibits,
}

/// One part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartWeights {
    /// As in [`Exact`].
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// Similar texts, or numbers one edit apart.
    pub nearly: Millibits,
    /// Anything else.
    pub other: Millibits,
}

impl PartWeights {
    /// The exact level.
    pub fn exact(&self) -> Exact {
        Exact { equal_m_permille: self.equal_m_permille, one_in: self.one_in }
    }
}

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceWeights {
    /// The least that a place says.
    pub lowest: Millibits,
    /// The same cell of the map, or the same line.
    pub cell: Exact,
    /// The same wider cell only.
    pub wide: Millibits,
    /// From here on two persons may be of one household.
    pub shared: Millibits,
    /// Texts are nearly equal from this Jaro-Winkler on, in millionths.
    pub nearly_at: u32,
    /// House number.
    pub number: PartWeights,
    /// Street.
    pub street: PartWeights,
    /// Flat, building.
    pub unit: PartWeights,
    /// Town or suburb.
    pub locality: PartWeights,
    /// Postcode.
    pub postcode: PartWeights,
    /// State or province.
    pub region: PartWeights,
}

/// One kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifierWeight {
    /// As in [`Exact`].
    pub equal_m_permille: u32,
    /// As in [`Exact`].
    pub one_in: u32,
    /// Equal in the weaker form only.
    pub weak: Millibits,
}

impl IdentifierWeight {
    /// The exact level.
    pub fn exact(&self) -> Exact {
        Exact { equal_m_permille: self.equal_m_permille, one_in: self.one_in }
    }
}

/// Identifiers by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the kinds are documented in `IdentifierKind`")]
pub struct IdentifierWeights {
    pub external_id: IdentifierWeight,
    pub phone: IdentifierWeight,
    pub email: IdentifierWeight,
    pub account: IdentifierWeight,
    pub file_hash: IdentifierWeight,
    pub device: IdentifierWeight,
    pub financial_account: IdentifierWeight,
    pub vehicle: IdentifierWeight,
}

/// A narrative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NarrativeWeights {
    /// Jaccard of at least 0.8.
    pub same: Millibits,
    /// At least 0.5.
    pub much: Millibits,
    /// At least 0.3.
    pub some: Millibits,
    /// Nine tenths of the shorter are in the longer.
    pub contained: Millibits,
}

/// Weight of each level of each comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is documented as a type")]
pub struct Weights {
    pub given: NameWeights,
    pub middle: MiddleWeights,
    pub family: NameWeights,
    pub names: NamesWeights,
    pub birth: BirthWeights,
    pub age: AgeWeights,
    pub sex: SexWeights,
    pub document: DocumentWeights,
    pub employer: EmployerWeights,
    pub place: PlaceWeights,
    pub identifiers: IdentifierWeights,
    pub narrative: NarrativeWeights,
}

/// The most that a group of evidence says, in millibits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the groups are documented in `Group`")]
pub struct Caps {
    pub identity: Millibits,
    pub given: Millibits,
    pub family: Millibits,
    pub birth: Millibits,
    pub sex: Millibits,
    pub document: Millibits,
    pub phone: Millibits,
    pub account: Millibits,
    pub media: Millibits,
    pub device: Millibits,
    pub vehicle: Millibits,
    pub place: Millibits,
    pub employer: Millibits,
    pub narrative: Millibits,
    pub company: Millibits,
}
