//! The router as others see it: events in, copies and decisions out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod corners;
mod driver;
mod federation;
mod forms;
mod officers;
mod properties;
mod purge;
mod reconsider;
mod refusals;
