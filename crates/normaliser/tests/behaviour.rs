//! What the normaliser promises: accounting, order, dead letters, canonical forms, bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

#[path = "behaviour/batches.rs"]
mod batches;
#[path = "behaviour/contents.rs"]
mod contents;
#[path = "behaviour/hostile.rs"]
mod hostile;
#[path = "behaviour/idempotence.rs"]
mod idempotence;
#[path = "behaviour/records.rs"]
mod records;
