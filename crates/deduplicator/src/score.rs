//! How much a candidate's agreements speak for the same matter. Integers only, so that a replay
//! decides as the first run did.

use crate::candidate::{Agreement, Candidate};
use crate::config::Weights;

/// A weight: 1000 doubles the odds that two leads speak of the same matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Millibits(pub i32);

impl Millibits {
    /// Both weights; stays at the bound rather than wrapping.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Weighs candidates. A pure function of the candidate: what it reads besides is configuration.
pub trait Scorer: Send + Sync {
    /// What one agreement adds; it stands in the evidence.
    fn weight(&self, agreement: &Agreement) -> Millibits;

    /// The candidate's total. Agreements need not be independent, so it may be less than the sum of
    /// their weights.
    fn total(&self, candidate: &Candidate<'_>) -> Millibits;
}

/// One weight for each kind of key; the total is their sum.
#[derive(Debug, Clone)]
pub struct ExactKeyScorer {
    weights: Weights,
}

impl ExactKeyScorer {
    /// A scorer with these weights.
    pub fn new(weights: Weights) -> Self {
        Self { weights }
    }
}

impl Scorer for ExactKeyScorer {
    fn weight(&self, agreement: &Agreement) -> Millibits {
        self.weights.of(agreement.key.kind)
    }

    fn total(&self, candidate: &Candidate<'_>) -> Millibits {
        candidate.agreements.iter().map(|a| self.weight(a)).fold(Millibits::default(), Millibits::plus)
    }
}
