//! What came of a run.

use std::collections::BTreeMap;
use std::fmt;

use crate::fault::FaultCounts;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number in ARCHITECTURE.md.
    pub promise: &'static str,
    /// What was found.
    pub found: String,
}

impl Violation {
    pub(crate) fn new(promise: &'static str, found: impl Into<String>) -> Self {
        Self { promise, found: found.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.found)
    }
}

/// What came of one seed.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Turns that did something.
    pub steps: u64,
    /// Transactions that were committed.
    pub transactions: u64,
    /// Leads that got a verdict.
    pub leads: u64,
    /// Copies that partners received.
    pub copies: u64,
    /// Leads that were purged.
    pub purges: u64,
    /// Faults that struck.
    pub faults: FaultCounts,
    /// Promises that were not kept.
    pub violations: Vec<Violation>,
    /// The last that happened.
    pub trace: Vec<String>,
}

/// What came of many seeds.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How many.
    pub seeds: u64,
    /// How many failed.
    pub failed: u64,
    /// Turns that did something.
    pub steps: u64,
    /// Committed transactions.
    pub transactions: u64,
    /// Leads.
    pub leads: u64,
    /// Copies.
    pub copies: u64,
    /// Leads that were purged.
    pub purges: u64,
    /// Faults by kind.
    pub faults: FaultCounts,
    /// Violations by promise.
    pub violations: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// Adds one seed.
    pub fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.failed += u64::from(!report.violations.is_empty());
        self.steps += report.steps;
        self.transactions += report.transactions;
        self.leads += report.leads;
        self.copies += report.copies;
        self.purges += report.purges;
        for (fault, count) in &report.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for violation in &report.violations {
            *self.violations.entry(violation.promise).or_default() += 1;
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, failed, steps, transactions, leads, copies, purges, .. } = self;
        writeln!(f, "{seeds} seeds, {failed} failed")?;
        writeln!(
            f,
            "{steps} steps, {transactions} transactions, {leads} leads, {copies} copies, {purges} purged"
        )?;
        writeln!(f, "faults: {:?}", self.faults)?;
        write!(f, "violations: {:?}", self.violations)
    }
}
