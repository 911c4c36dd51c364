//! Leads per CPU-second: `cargo bench -p linkage --profile dev`.
fn main() {}
