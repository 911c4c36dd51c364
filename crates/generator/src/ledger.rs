//! The truth about submissions, for whoever checks what became of them.

use lead::ident::content_hash;
use serde::Serialize;

use crate::Submission;
use crate::report::Report;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first report of a matter.
    Report,
    /// The bytes of an earlier message.
    Repeat,
    /// The first report by an agency of a matter that is known already.
    Retelling,
    /// A newer version of a report.
    Update,
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
    /// A report of an exercise.
    Exercise,
}

/// The truth about one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What it is.
    pub kind: Kind,
    /// What must become of it: `lead`, `malformed` (a dead letter) or `not_a_lead`.
    pub becomes: &'static str,
    /// The agency's number; null when nobody can read it.
    pub report: Option<String>,
    /// The matter: entries of one number speak of the same thing, whoever tells it.
    pub matter: u64,
    /// Part of an exercise.
    pub exercise: bool,
}

impl Truth {
    pub(crate) fn of(report: &Report, kind: Kind) -> Self {
        let becomes = match kind {
            Kind::Malformed => "malformed",
            Kind::NotALead => "not_a_lead",
            _ => "lead",
        };
        let number = (becomes == "lead").then(|| report.number.clone());
        Self { kind, becomes, report: number, matter: report.matter.id, exercise: report.exercise }
    }

    /// The same entry sent once more: what becomes of bytes does not depend on how often they come.
    pub(crate) fn repeats(&mut self) {
        if self.becomes == "lead" {
            self.kind = Kind::Repeat;
        }
    }
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
