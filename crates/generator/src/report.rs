//! Reports: what one agency tells under one number, entry by entry.

use crate::agency::Agency;
use crate::ledger::Kind;
use crate::telling::Told;

/// What an entry of a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The report.
    Report,
    /// A newer version of it.
    Update,
    /// An addition, under its number.
    Amendment(u64),
    /// Withdrawn.
    Cancel,
}

/// One entry of a message, and the truth about it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) agency: Agency,
    pub(crate) number: String,
    pub(crate) step: Step,
    pub(crate) exercise: bool,
    /// Which version it is, from 1.
    pub(crate) version: u64,
    pub(crate) told: Told,
    pub(crate) kind: Kind,
    pub(crate) matter: u64,
    /// Counts what is told: entries with the same number here were told once and sent again.
    pub(crate) content: u64,
}

impl Entry {
    /// When the event was, by the clock of the place: `2026-03-14T17:15:00-06:00`.
    pub(crate) fn moment(&self) -> String {
        let (month, day) = self.month_and_day();
        format!("2026-{month:02}-{day:02}T{:02}:15:00-06:00", self.told.hour)
    }

    /// The day of the event. Every month has 28 days here.
    pub(crate) fn month_and_day(&self) -> (u64, u64) {
        (self.told.day / 28 % 12 + 1, self.told.day % 28 + 1)
    }

    /// A hash for an addition that brings a file.
    pub(crate) fn annex_sha256(&self) -> String {
        lead::ident::content_hash(format!("{} {}", self.number, self.content).as_bytes()).to_string()
    }
}
