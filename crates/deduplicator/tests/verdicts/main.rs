//! Verdicts from records to records: the processor under the runtime, on a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod clusters;
mod counts;
mod evidence;
mod example;
mod lines;
mod properties;
mod purge;
mod reference;
mod run;
