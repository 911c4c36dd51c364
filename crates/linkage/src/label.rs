//! What levels, groups and holds are called in records and configuration. Never changed: verdicts are kept.

use crate::evidence::Level;
use crate::group::Group;
use crate::ledger::Hold;

impl Level {
    /// Its name in records.
    pub fn label(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Part => "part",
            Self::Close => "close",
            Self::Near => "near",
            Self::Initial => "initial",
            Self::Swapped => "swapped",
            Self::OneEdit => "one_edit",
            Self::TwoEdits => "two_edits",
            Self::TwoParts => "two_parts",
            Self::YearMonth => "year_month",
            Self::Year => "year",
            Self::Weak => "weak",
            Self::Contained => "contained",
            Self::Different => "different",
            Self::Contradiction => "contradiction",
        }
    }
}

impl Group {
    /// Its name in records, which is that of its cap in the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Given => "given",
            Self::Family => "family",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::Document => "document",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Media => "media",
            Self::Device => "device",
            Self::Vehicle => "vehicle",
            Self::Place => "place",
            Self::Employer => "employer",
            Self::Narrative => "narrative",
            Self::Company => "company",
        }
    }
}

impl Hold {
    /// Its name in records.
    pub fn label(self) -> &'static str {
        match self {
            Self::CannotLink => "cannot_link",
            Self::Contradiction => "contradiction",
            Self::SecondEdge => "second_edge",
            Self::Size => "size",
            Self::Density => "density",
        }
    }
}
