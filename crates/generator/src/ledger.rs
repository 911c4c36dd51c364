//! The truth about submissions, for whoever checks what became of them.

use lead::ident::content_hash;
use serde::Serialize;

use crate::Submission;
use crate::form;
use crate::report::{Entry, Step};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first report of a matter.
    Report,
    /// The bytes of an earlier message, once more.
    Repeat,
    /// The same report, exported once more.
    Resent,
    /// What one agency told, told by a second one under its own number, or filed twice.
    Copy,
    /// A report of a matter that is known, in other words and with other facts.
    Retelling,
    /// A newer version of a report, which adds something.
    Update,
    /// A newer version, which contradicts something.
    Correction,
    /// A report is withdrawn.
    Cancel,
    /// An older version after a newer one.
    Late,
    /// A Cancel before its report.
    EarlyCancel,
    /// An addition to a report.
    Amendment,
    /// Cannot be read, or lacks what a report must have.
    Malformed,
    /// Valid, and no lead.
    NotALead,
}

/// What an entry does to its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Says all of it.
    Tell,
    /// Adds to it.
    Add,
    /// Withdraws it.
    Withdraw,
}

/// The truth about one entry. It says which leads are of the same event and matter, and never which of them
/// came first: that is for whoever orders them to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What it is.
    pub kind: Kind,
    /// What must become of it: `lead`, `malformed` (a dead letter) or `not_a_lead`.
    pub becomes: &'static str,
    /// The agency's number; null when nobody can read it.
    pub report: Option<String>,
    /// What it does to the report.
    pub does: Does,
    /// Entries of one report with the same number here say the same.
    pub content: u64,
    /// The matter: entries of one number speak of the same thing, whoever tells it.
    pub matter: u64,
    /// The event of the matter.
    pub event: u64,
    /// The persons that it names.
    pub persons: Vec<u64>,
    /// Part of an exercise.
    pub exercise: bool,
}

impl Truth {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self::which(entry, entry.kind)
    }

    /// The truth about an entry that became something else on its way.
    pub(crate) fn which(entry: &Entry, kind: Kind) -> Self {
        let becomes = match kind {
            Kind::Malformed => "malformed",
            Kind::NotALead => "not_a_lead",
            _ => "lead",
        };
        Self {
            kind,
            becomes,
            report: (becomes == "lead").then(|| entry.number.clone()),
            does: match entry.step {
                Step::Report | Step::Update => Does::Tell,
                Step::Amendment(_) => Does::Add,
                Step::Cancel => Does::Withdraw,
            },
            content: said(entry),
            matter: entry.matter,
            event: entry.told.event,
            persons: entry.told.persons.iter().map(|p| p.id).collect(),
            exercise: entry.exercise,
        }
    }

    /// The same entry sent once more: what becomes of bytes does not depend on how often they come.
    pub(crate) fn repeats(&mut self) {
        if self.becomes == "lead" {
            self.kind = Kind::Repeat;
        }
    }
}

/// A number for what an entry says, as its agency writes it.
fn said(entry: &Entry) -> u64 {
    let alone = form::write(entry.agency, std::slice::from_ref(entry), 0);
    let digest = content_hash(&alone.value).to_string();
    u64::from_str_radix(digest.get(..15).unwrap_or_default(), 16).unwrap_or(0)
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerLine<'a> {
    /// The submission's number.
    pub n: u64,
    /// The agency.
    pub agency: &'a str,
    /// The topic that it goes to.
    pub topic: &'a str,
    /// SHA-256 of the bytes, hexadecimal: how it is found again.
    pub sha256: String,
    /// What must become of each entry.
    pub entries: Vec<&'static str>,
    /// The whole truth about each entry.
    pub truth: &'a [Truth],
}

impl Submission {
    /// Its line of the ledger.
    pub fn ledger_line(&self) -> LedgerLine<'_> {
        LedgerLine {
            n: self.n,
            agency: self.agency,
            topic: &self.topic,
            sha256: content_hash(&self.value).to_string(),
            entries: self.truth.iter().map(|t| t.becomes).collect(),
            truth: &self.truth,
        }
    }
}
