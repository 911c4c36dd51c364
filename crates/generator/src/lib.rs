//! Seeded synthetic leads with known truth: what agencies might send, and what each piece of it is.
//!
//! World first, leads second: a season has people, places and matters; agencies hear of them, each in part
//! and with mistakes of its own; what they write arrives late, twice, out of order, or broken. [`Truth`] says
//! of every entry what must become of it, and which event, matter and persons it speaks of.
//!
//! Pure: the same seed and [`Rates`] give the same bytes for ever. Nobody in it is real: telephone
//! numbers are from ranges kept for fiction, domains from those kept for examples, names put together
//! from lists. The generator shares no table and no code with matching; what it knows about the
//! agencies' formats is what their folders in `config/sources` say.

mod agency;
mod form;
mod ledger;
mod mistake;
mod name;
mod narrative;
mod phone;
mod place;
mod post;
mod random;
mod rates;
mod report;
mod season;
mod telling;
mod world;

pub use ledger::{Does, Kind, LedgerLine, Truth};
pub use rates::{
    AgainRates, ArrivalRates, DEFAULT_RATES, MatterRates, MessageRates, Rates, ReportRates, TellingRates,
};

use std::collections::VecDeque;

use crate::random::Random;
use crate::season::Counters;
use crate::world::Registry;

/// A message to an inbound topic, with the truth about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// Counted from 0.
    pub n: u64,
    /// The agency that sends it: a folder of config/sources.
    pub agency: &'static str,
    /// The topic it goes to.
    pub topic: String,
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The bytes.
    pub value: Vec<u8>,
    /// What each entry is.
    pub truth: Vec<Truth>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission {{ n: {}, agency: {}, {} bytes }}", self.n, self.agency, self.value.len())
    }
}

/// Yields submissions without end, season by season: memory holds one.
pub struct Generator {
    random: Random,
    rates: Rates,
    registry: Registry,
    counters: Counters,
    ready: VecDeque<Submission>,
    next: u64,
}

impl Generator {
    /// A generator. The same seed and rates give the same submissions.
    pub fn new(seed: u64, rates: Rates) -> Self {
        let mut random = Random::new(seed);
        let registry = Registry::new(&mut random);
        Self { random, rates, registry, counters: Counters::default(), ready: VecDeque::new(), next: 0 }
    }

    fn season(&mut self) {
        let matters = world::season(&self.rates, &mut self.registry, &mut self.random);
        let arrivals = season::arrivals(&matters, &self.rates, &mut self.counters, &mut self.random);
        self.ready = post::messages(arrivals, &self.rates, &mut self.random).into();
    }
}

impl Iterator for Generator {
    type Item = Submission;

    /// The next submission; none only when the rates say that a season has no matters.
    fn next(&mut self) -> Option<Submission> {
        if self.ready.is_empty() {
            self.season();
        }
        let mut made = self.ready.pop_front()?;
        made.n = self.next;
        self.next += 1;
        Some(made)
    }
}

#[cfg(test)]
mod tests;
