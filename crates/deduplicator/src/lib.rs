//! Recognises leads that speak of the same matter: keys, candidates, score, verdict.
//!
//! [`Deduplicator`] folds leads.normalised.v1 into verdicts on leads.matters.v1, by the rules of
//! ARCHITECTURE.md, "Verdicts". It is exact and incremental: each lead is decided once, when it
//! arrives, from what was committed before it.
//!
//! INVARIANT: a verdict is a function of the committed order and the configuration. Weights are
//! integers; nothing depends on the clock, on iteration order of a hash map, or on batch borders.
//!
//! INVARIANT: state holds keyed digests only. Nobody can read a value from it, and leads of two
//! domains (actual, exercise, test) have no digest in common, so they never meet.
//!
//! INVARIANT: the cost of one lead is bounded by the caps in config/matching.toml.
//!
//! What is absent: names, birth dates, places and narratives as evidence, matters that join or split,
//! officers' decisions, and who may see what (`release`).

mod assess;
mod candidate;
mod config;
mod index;
mod lead_state;
mod match_key;
mod processor;
mod score;
mod state;
mod verdict;

pub use assess::{Assessment, Assessor};
pub use candidate::{Agreement, Candidate, Candidates};
pub use config::{Caps, Config, ConfigError, Weights};
pub use match_key::{KeyDigest, MatchKey, match_keys};
pub use processor::Deduplicator;
pub use score::{ExactKeyScorer, Millibits, Scorer};
pub use state::State;
