//! Recognises leads that speak of the same matter: profile, candidates, score, verdict.
//!
//! [`Deduplicator`] folds leads.normalised.v1 into verdicts on leads.matters.v1, by the rules of
//! ARCHITECTURE.md, "Verdicts". It is exact and incremental: each lead is decided once, when it
//! arrives, from what was committed before it. How two leads are compared is [`linkage`]'s; what is compared
//! of a lead, what is kept, and what follows from a judgement, is here.
//!
//! INVARIANT: a verdict is a function of the committed order and the configuration. Weights are
//! integers; nothing depends on the clock, on iteration order of a hash map, or on batch borders.
//!
//! INVARIANT: the index in memory is a function of the state: what a restart builds from it answers as what ran
//! before, and a transaction that is not committed leaves no trace in either.
//!
//! INVARIANT: leads of two domains (actual, exercise, test) never meet: each domain has an index of its own.
//!
//! INVARIANT: the cost of one lead is bounded by config/matching.toml.
//!
//! INVARIANT: clusters are those of [`linkage`]'s ledger; no change reads or writes any but the clusters that it concerns.
//!
//! What is absent: whether an officer may decide (`gate`), and who may see what (`release`).

mod assess;
mod config;
mod domains;
mod evidence;
mod index;
mod lead_state;
mod matters;
mod place;
mod processor;
mod profile;
mod state;
mod steward;
mod verdict;

pub use assess::{AssessError, Assessment, Assessor};
pub use config::{Bounds, Config, ConfigError};
pub use matters::Moved;
pub use place::Decided;
pub use processor::Deduplicator;
pub use profile::Profiler;
pub use state::{MapState, State};
