//! What officers say, from record to record: the processor under the runtime, on a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod example;
mod officers;
mod passes;
mod refusals;
mod releases;
mod run;
