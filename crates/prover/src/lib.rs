//! Proofs of the release policies: for each claim of config/policies/claims.toml, that it holds for every lead and every
//! partner that there can be, or a lead and a partner for which it does not.
//!
//! Policies and a claim become one question: is there a situation in which the claim's condition holds and policies
//! still allow? [`cedar_policy_symcc`] writes it for the solver cvc5, which searches all of them at once.
//!
//! INVARIANT: what is called proved was answered by the solver with "no such situation"; whatever else it says, or does
//! not say in time, is no proof.
//!
//! Absent: partners, leads and samples of a site. A proof is of policies alone. The services know nothing of this crate.

mod claims;
mod counterexample;
mod error;
mod guards;
mod proof;
mod report;
mod rules;
mod situation;
mod solver;
mod space;
mod words;

pub use claims::{Assumption, Claim, Claims, Never};
pub use counterexample::Counterexample;
pub use error::Error;
pub use guards::{Guard, guards};
pub use proof::{Finding, Verdict, prove};
pub use report::{WIDTH, document, guard_document, guard_text, text};
pub use rules::Rules;
pub use solver::Solver;
