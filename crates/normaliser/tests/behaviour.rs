//! What the normaliser promises: accounting, order, dead letters, canonical forms, bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

#[path = "behaviour/batches.rs"]
mod batches;
#[path = "behaviour/contents.rs"]
mod contents;
#[path = "behaviour/grievances.rs"]
mod grievances;
#[path = "behaviour/hostile.rs"]
mod hostile;
#[path = "behaviour/idempotence.rs"]
mod idempotence;
#[path = "behaviour/platform_reports.rs"]
mod platform_reports;
#[path = "behaviour/records.rs"]
mod records;
#[path = "behaviour/tip_portal.rs"]
mod tip_portal;
