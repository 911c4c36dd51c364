//! Tests of the whole system, and what they share: a broker, both transports behind one trait, a
//! service that counts, a site driven through the binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

pub mod broker;
pub mod checker_run;
pub mod definitions;
pub mod site;
pub mod tally;
pub mod transport;

/// Generated submissions, at the rates that the generator brings.
pub fn submissions(seed: u64) -> generator::Generator {
    generator::Generator::new(seed, generator::Rates::parse(generator::DEFAULT_RATES).unwrap())
}
