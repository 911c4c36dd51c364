//! Exactly once, on a real broker that this program starts for itself.
//!
//! First the broker is asked whether it can prove anything: whether it hides an aborted record and
//! refuses a stale generation. Everything else rests on that.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod admin;
mod broker;
mod cluster;
mod exactly_once;
mod measure;
mod outage;
mod process;
mod refusals;
mod restore;
mod sabotage;
mod takeover;
mod world;
