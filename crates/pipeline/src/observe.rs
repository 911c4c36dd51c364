//! What the runtime tells the outside about itself: numbers and closed labels, never data.

use std::collections::BTreeMap;

use crate::accounting::Accounting;
use crate::batch::Undeliverable;
use crate::record::{Source, Timestamp, Topic};
use crate::store::StoreSize;
use crate::tally::TallyTotals;

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransactionResult {
    /// Committed.
    Committed,
    /// Aborted and to be done again.
    Aborted,
    /// Another owner took the partition over.
    Fenced,
    /// Nobody knows: the producer is replaced and the outcome read from the broker.
    Unknown,
}

impl TransactionResult {
    /// Its metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::Fenced => "fenced",
            Self::Unknown => "unknown",
        }
    }
}

/// One batch, after its transaction ended.
#[derive(Debug, Clone)]
pub struct BatchReport {
    /// How it ended.
    pub result: TransactionResult,
    /// Records read.
    pub records: usize,
    /// The append time of the oldest record read.
    pub oldest: Option<Timestamp>,
    /// The append time of the newest record read.
    pub newest: Option<Timestamp>,
    /// Records written, by topic, without the changelog.
    pub outputs: BTreeMap<String, usize>,
    /// Dead letters by reason code.
    pub dead_letters: BTreeMap<&'static str, usize>,
    /// The output topic that refused a record, and why: the batch is made again without it.
    pub refused: Option<(Topic, Undeliverable)>,
    /// Totals from the state, after a commit.
    pub totals: Option<Accounting>,
    /// Tallies from the state that moved, after a commit.
    pub tallies: TallyTotals,
}

/// What a task is doing. Whoever has a clock can tell how long each takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It makes a batch of records.
    Processing,
    /// A transaction is under way, until its end is known.
    Transaction,
    /// What was committed is written to the local store.
    Writing,
    /// None of these.
    Idle,
}

/// What waits in an input partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// Records between the last committed offset and the end of the partition.
    pub records: u64,
    /// The append time of the oldest of them, as far as it is known.
    pub oldest: Option<Timestamp>,
    /// Records that cannot be read yet, because a transaction that wrote some of them is still open.
    pub blocked: u64,
}

/// Receives reports. Implementations must be quick: they run between transactions.
pub trait Observer: Send + Sync {
    /// A batch ended.
    fn batch(&self, service: &'static str, source: &Source, report: &BatchReport);

    /// A task was given to this process (`true`) or taken away (`false`).
    fn owned(&self, service: &'static str, source: &Source, owned: bool) {
        let _ = (service, source, owned);
    }

    /// The totals and tallies in the state of a task that was just opened, before its first batch.
    fn totals(&self, service: &'static str, source: &Source, totals: &Accounting, tallies: &TallyTotals) {
        let _ = (service, source, totals, tallies);
    }

    /// A task's state is rebuilt: changelog records still to read; 0 when ready.
    fn restoring(&self, service: &'static str, source: &Source, remaining: u64) {
        let _ = (service, source, remaining);
    }

    /// This process stands by for a task of another: changelog records still to read; `None` when it does not any more.
    fn standby(&self, service: &'static str, source: &Source, behind: Option<u64>) {
        let _ = (service, source, behind);
    }

    /// A source pauses because of a burst of dead letters (`true`) or goes on (`false`).
    fn paused(&self, service: &'static str, source: &Source, paused: bool) {
        let _ = (service, source, paused);
    }

    /// What waits in an input partition.
    fn lag(&self, service: &'static str, source: &Source, lag: Lag) {
        let _ = (service, source, lag);
    }

    /// A task goes over to another phase.
    fn phase(&self, service: &'static str, source: &Source, phase: Phase) {
        let _ = (service, source, phase);
    }

    /// How large the state of a task is.
    fn state(&self, service: &'static str, source: &Source, size: StoreSize) {
        let _ = (service, source, size);
    }

    /// A task's producer was replaced, because the outcome of a transaction was unknown.
    fn producer_replaced(&self, service: &'static str, source: &Source) {
        let _ = (service, source);
    }

    /// The loop of a worker is alive (called at least once a second).
    fn alive(&self, service: &'static str) {
        let _ = service;
    }
}

/// Nobody listens.
impl Observer for () {
    fn batch(&self, _: &'static str, _: &Source, _: &BatchReport) {}
}
