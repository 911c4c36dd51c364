//! Accounting is state: counted in the transaction, exported from the store.
//!
//! PL-7: per service, messages = entries read; entries = leads + not-a-lead + dead letters;
//! leads = verdicts; leads x partners = outcomes.

use std::collections::BTreeMap;

use crate::record::NextOffset;
use crate::store::{Store, StoreError};

/// What a service counts. The set is closed, so that metrics and dashboards can name each one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counter {
    /// Records read from the input partition.
    Messages,
    /// Entries found in them (one message may hold many leads).
    Entries,
    /// Entries that became a lead.
    Leads,
    /// Entries that are valid and no lead, such as an acknowledgement.
    NotALead,
    /// Entries or messages that went to the dead letters.
    DeadLetters,
    /// Verdicts, one for each lead.
    Verdicts,
    /// Outcomes, one for each lead and partner.
    Outcomes,
    /// Outcomes that wrote to a partner topic.
    Disclosures,
    /// Events for the router that are no leads: approvals, recalls and answers that the gate lets through, regroupings
    /// that the deduplicator sends; of the router, those that it reads.
    Events,
    /// Records that a service puts on a topic that it reads itself.
    Returned,
}

/// Every counter with its name in metrics and in the state.
pub const COUNTERS: [(Counter, &str); 10] = [
    (Counter::Messages, "messages"),
    (Counter::Entries, "entries"),
    (Counter::Leads, "leads"),
    (Counter::NotALead, "not_a_lead"),
    (Counter::DeadLetters, "dead_letters"),
    (Counter::Verdicts, "verdicts"),
    (Counter::Outcomes, "outcomes"),
    (Counter::Disclosures, "disclosures"),
    (Counter::Events, "events"),
    (Counter::Returned, "returned"),
];

impl Counter {
    /// Its name in metrics and in the state.
    pub fn name(self) -> &'static str {
        COUNTERS.iter().find(|(c, _)| *c == self).map_or("unknown", |(_, n)| n)
    }

    /// Where its total stands in the store.
    pub(crate) fn key(self) -> Vec<u8> {
        [RESERVED, b"count/", self.name().as_bytes()].concat()
    }
}

/// Keys that begin so belong to the runtime; processors cannot write them.
pub(crate) const RESERVED: &[u8] = b"\0";
/// The input position that the state reflects (see [`crate::Mark`]).
pub(crate) const POSITION: &[u8] = b"\0position";

/// The input position in an entry of a store or of its changelog, if the entry is one.
pub fn input_position(key: &[u8], value: Option<&[u8]>) -> Option<NextOffset> {
    let bytes = value.filter(|_| key == POSITION)?.try_into().ok()?;
    Some(NextOffset(u64::from_be_bytes(bytes)))
}

/// Totals or increments by counter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounting(BTreeMap<Counter, u64>);

impl Accounting {
    /// Adds `n` to `counter`.
    pub fn add(&mut self, counter: Counter, n: u64) {
        let total = self.0.entry(counter).or_default();
        *total = total.saturating_add(n);
    }

    /// The count, 0 if it never moved.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0.get(&counter).copied().unwrap_or(0)
    }

    /// The totals that a store holds.
    pub fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let mut totals = Self::default();
        for (counter, _) in COUNTERS {
            let key = counter.key();
            totals.read(&key, store.get(&key)?.as_deref());
        }
        Ok(totals)
    }

    /// Takes an entry of a store or of its changelog, if it is a total: the last one of each counts.
    pub fn read(&mut self, key: &[u8], value: Option<&[u8]>) {
        if let Some((counter, _)) = COUNTERS.iter().find(|(counter, _)| counter.key() == key) {
            let total = value.and_then(|v| v.try_into().ok()).map_or(0, u64::from_be_bytes);
            self.0.insert(*counter, total);
        }
    }

    /// All counters that moved.
    pub fn iter(&self) -> impl Iterator<Item = (Counter, u64)> + '_ {
        self.0.iter().map(|(c, n)| (*c, *n))
    }
}
