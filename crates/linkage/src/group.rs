//! Groups of evidence: within one, agreements are not independent, so each has a cap.

use serde::{Deserialize, Serialize};

use crate::identifier::IdentifierKind;
use crate::logarithm::Millibits;
use crate::table::Caps;

/// A group of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Group {
    /// Report numbers of a source.
    Identity,
    /// Given and middle names.
    Given,
    /// Family names.
    Family,
    /// Birth date or age.
    Birth,
    /// Sex.
    Sex,
    /// Documents of a person.
    Document,
    /// Phones.
    Phone,
    /// E-mail addresses, accounts on services, accounts at banks.
    Account,
    /// Hashes of files.
    Media,
    /// Devices.
    Device,
    /// Vehicles.
    Vehicle,
    /// Places and addresses.
    Place,
    /// Who employs the person.
    Employer,
    /// Narratives.
    Narrative,
    /// Further persons of the two leads.
    Company,
}

/// How many groups there are.
pub const GROUPS: usize = 15;

impl Group {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; GROUPS] = [
        Self::Identity,
        Self::Given,
        Self::Family,
        Self::Birth,
        Self::Sex,
        Self::Document,
        Self::Phone,
        Self::Account,
        Self::Media,
        Self::Device,
        Self::Vehicle,
        Self::Place,
        Self::Employer,
        Self::Narrative,
        Self::Company,
    ];

    /// The group of a kind of identifier.
    pub fn of(kind: IdentifierKind) -> Self {
        match kind {
            IdentifierKind::ExternalId => Self::Identity,
            IdentifierKind::Phone => Self::Phone,
            IdentifierKind::Email | IdentifierKind::Account | IdentifierKind::FinancialAccount => {
                Self::Account
            }
            IdentifierKind::FileHash => Self::Media,
            IdentifierKind::Device => Self::Device,
            IdentifierKind::Vehicle => Self::Vehicle,
        }
    }

    /// Whether it is a name, which alone links nothing.
    pub fn is_name(self) -> bool {
        matches!(self, Self::Given | Self::Family)
    }

    /// Whether it shows a relation between two leads when it is all they share.
    pub fn is_identifier(self) -> bool {
        matches!(
            self,
            Self::Identity
                | Self::Document
                | Self::Phone
                | Self::Account
                | Self::Media
                | Self::Device
                | Self::Vehicle
        )
    }

    /// Whether it belongs to one person or one act, and not to a place where many come by.
    pub fn is_of_one(self) -> bool {
        self.is_identifier() && self != Self::Phone
    }
}

impl Caps {
    /// The cap of a group.
    pub fn of(&self, group: Group) -> Millibits {
        match group {
            Group::Identity => self.identity,
            Group::Given => self.given,
            Group::Family => self.family,
            Group::Birth => self.birth,
            Group::Sex => self.sex,
            Group::Document => self.document,
            Group::Phone => self.phone,
            Group::Account => self.account,
            Group::Media => self.media,
            Group::Device => self.device,
            Group::Vehicle => self.vehicle,
            Group::Place => self.place,
            Group::Employer => self.employer,
            Group::Narrative => self.narrative,
            Group::Company => self.company,
        }
    }
}

/// A sum for each group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums([Millibits; GROUPS]);

impl Sums {
    /// Adds to a group.
    pub fn add(&mut self, group: Group, weight: Millibits) {
        if let Some(sum) = self.0.get_mut(group as usize) {
            *sum = sum.saturating_add(weight);
        }
    }

    /// The sum of a group.
    pub fn of(&self, group: Group) -> Millibits {
        self.0.get(group as usize).copied().unwrap_or(0)
    }

    /// All groups with their sums.
    pub fn iter(&self) -> impl Iterator<Item = (Group, Millibits)> {
        Group::ALL.into_iter().zip(self.0)
    }
}
