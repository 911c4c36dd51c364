//! Field classes: what kind of value a field holds, and whom the value is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a value. A value leaves only if the partner may see **all** of its classes: that of
/// its field, and those of the person it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FieldClass {
    /// What the matter is: category, times, countries, urgency.
    General,
    /// Markings: TLP, PAP, handling and evaluation codes.
    Handling,
    /// Who reported through which channel under which number.
    Provenance,
    /// Names, birth dates, ages, documents, appearance.
    Identity,
    /// Phones and e-mail addresses.
    Contact,
    /// Accounts on services.
    Account,
    /// Addresses and coordinates.
    Location,
    /// Accounts at institutions, amounts, transactions.
    Financial,
    /// Devices, IP addresses and their events.
    DeviceNetwork,
    /// Free text.
    Narrative,
    /// File hashes and references to evidence and to other reports.
    Evidence,
    /// What only law enforcement may see.
    LeSensitive,
    /// What a statute protects: 8 USC 1367, the existence of a suspicious-activity report.
    LegalProtected,
    /// Never leaves: no policy can grant it.
    Internal,
    /// About a subject.
    Subject,
    /// About a victim or possible victim.
    Victim,
    /// About a minor; a person of unknown age counts as one.
    Minor,
    /// About the person who reported.
    Reporter,
    /// About a witness.
    Witness,
    /// About any other person, recipients included.
    OtherPerson,
}

/// Every class with its name in schemas, policies and metrics.
pub const FIELD_CLASSES: [(FieldClass, &str); 20] = [
    (FieldClass::General, "general"),
    (FieldClass::Handling, "handling"),
    (FieldClass::Provenance, "provenance"),
    (FieldClass::Identity, "identity"),
    (FieldClass::Contact, "contact"),
    (FieldClass::Account, "account"),
    (FieldClass::Location, "location"),
    (FieldClass::Financial, "financial"),
    (FieldClass::DeviceNetwork, "device_network"),
    (FieldClass::Narrative, "narrative"),
    (FieldClass::Evidence, "evidence"),
    (FieldClass::LeSensitive, "le_sensitive"),
    (FieldClass::LegalProtected, "legal_protected"),
    (FieldClass::Internal, "internal"),
    (FieldClass::Subject, "subject"),
    (FieldClass::Victim, "victim"),
    (FieldClass::Minor, "minor"),
    (FieldClass::Reporter, "reporter"),
    (FieldClass::Witness, "witness"),
    (FieldClass::OtherPerson, "other_person"),
];

impl FieldClass {
    /// Its name in schemas, policies and metrics.
    pub fn name(self) -> &'static str {
        FIELD_CLASSES.iter().find(|(c, _)| *c == self).map_or("unknown", |(_, n)| n)
    }

    /// The class of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        FIELD_CLASSES.iter().find(|(_, n)| *n == name).map(|(c, _)| *c)
    }
}

/// A set of classes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassSet(u32);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);

    /// Just this class.
    pub const fn of(class: FieldClass) -> Self {
        Self(1 << class as u8)
    }

    /// Every class that a policy can grant: all but `internal`.
    pub fn grantable() -> Self {
        FIELD_CLASSES
            .iter()
            .filter(|(c, _)| *c != FieldClass::Internal)
            .fold(Self::EMPTY, |set, (c, _)| set.with(*c))
    }

    /// With this class too.
    pub const fn with(self, class: FieldClass) -> Self {
        Self(self.0 | Self::of(class).0)
    }

    /// Both sets.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every class of this set is in `permitted`.
    pub const fn within(self, permitted: Self) -> bool {
        self.0 & !permitted.0 == 0
    }

    /// Whether the class is in the set.
    pub const fn contains(self, class: FieldClass) -> bool {
        self.0 & Self::of(class).0 != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = FieldClass> {
        FIELD_CLASSES.iter().map(|(c, _)| *c).filter(move |c| self.contains(*c))
    }
}

impl FromIterator<FieldClass> for ClassSet {
    fn from_iter<I: IntoIterator<Item = FieldClass>>(classes: I) -> Self {
        classes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(FieldClass::name)).finish()
    }
}
