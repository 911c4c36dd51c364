//! What became of records, and where it went: counted in the transaction and kept in the state, like the
//! counters of [`crate::Accounting`], so that dashboards say the same before and after a restart.
//!
//! Outcomes and routes are from closed sets: verdicts, outcomes of decisions, partners. Never a lead.

use std::collections::BTreeMap;

use crate::accounting::RESERVED;
use crate::store::{Changes, Store, StoreError};

const PREFIX: &[u8] = b"tally/";
/// Tallies read from a store at once.
const PAGE: usize = 1_000;

/// One outcome on one route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// What became of the record: a verdict, an outcome of a decision, `lead`, `not_a_lead`, `dead_letter`.
    pub outcome: String,
    /// Where it went: a partner; empty where there is no choice.
    pub route: String,
}

/// Tallies with their totals.
pub type TallyTotals = BTreeMap<Tally, u64>;

impl Tally {
    fn key(outcome: &str, route: &str) -> Vec<u8> {
        [RESERVED, PREFIX, outcome.as_bytes(), b"/", route.as_bytes()].concat()
    }

    fn of_key(key: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(key.strip_prefix(RESERVED)?.strip_prefix(PREFIX)?).ok()?;
        let (outcome, route) = text.split_once('/')?;
        Some(Self { outcome: outcome.to_owned(), route: route.to_owned() })
    }

    /// Every tally that a store holds.
    pub(crate) fn all(store: &dyn Store) -> Result<TallyTotals, StoreError> {
        let prefix = [RESERVED, PREFIX].concat();
        let (mut all, mut after) = (BTreeMap::new(), None);
        loop {
            let page = store.scan(&prefix, after.as_deref(), PAGE)?;
            let Some((last, _)) = page.last() else { return Ok(all) };
            after = Some(last.clone());
            all.extend(page.iter().filter_map(|(key, value)| Some((Self::of_key(key)?, total(value)?))));
        }
    }
}

fn total(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_be_bytes)
}

/// The tallies of a batch in the making. Adding to one that is known allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    places: BTreeMap<String, Vec<(&'static str, usize)>>,
    counts: Vec<u64>,
}

impl Tallies {
    pub(crate) fn add(&mut self, outcome: &'static str, route: &str) {
        let next = self.counts.len();
        let place = match self.places.get_mut(route) {
            Some(known) => match known.iter().find(|(name, _)| *name == outcome) {
                Some((_, place)) => *place,
                None => {
                    known.push((outcome, next));
                    next
                }
            },
            None => {
                self.places.insert(route.to_owned(), vec![(outcome, next)]);
                next
            }
        };
        match self.counts.get_mut(place) {
            Some(count) => *count = count.saturating_add(1),
            None => self.counts.push(1),
        }
    }

    pub(crate) fn savepoint(&self) -> Vec<u64> {
        self.counts.clone()
    }

    pub(crate) fn roll_back(&mut self, savepoint: &[u64]) {
        for (at, count) in self.counts.iter_mut().enumerate() {
            *count = savepoint.get(at).copied().unwrap_or_default();
        }
    }

    /// Adds what was tallied to the totals of the store; returns the totals that moved.
    pub(crate) fn seal(self, store: &dyn Store, changes: &mut Changes) -> Result<TallyTotals, StoreError> {
        let mut totals = BTreeMap::new();
        for (route, outcomes) in self.places {
            for (outcome, place) in outcomes {
                let added = self.counts.get(place).copied().filter(|added| *added > 0);
                let Some(added) = added else { continue };
                let key = Tally::key(outcome, &route);
                let before = store.get(&key)?.as_deref().and_then(total).unwrap_or_default();
                let after = before.saturating_add(added);
                changes.insert(key, Some(after.to_be_bytes().to_vec()));
                totals.insert(Tally { outcome: outcome.to_owned(), route: route.clone() }, after);
            }
        }
        Ok(totals)
    }
}
