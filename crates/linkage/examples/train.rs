//! Learns a table from the records of a CSV file, in the order of the file.
//!
//! `cargo run --release -p linkage --example train -- --table config/matching.toml --profile persons RECORDS.csv
//! --out TABLE.toml`. Further options: `--pull`, `--pairs`, `--seed`, `--keep PATH,PATH`. Columns are those of the
//! example `link`. Prints what was learned, level by level.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool that may stop"
)]

use linkage::{Digester, Profile, Rulebook, Training, train};

mod records;

use records::Columns;

fn main() {
    let (mut named, file) = records::arguments();
    let mut take = |name: &str| named.remove(name);
    let table = take("table").expect("--table is missing");
    let out = take("out").expect("--out is missing");
    let rulebook = match take("profile").as_deref() {
        Some("persons") => Rulebook::Persons,
        Some("leads") => Rulebook::Leads,
        other => panic!("--profile is {other:?}, expected `persons` or `leads`"),
    };
    let mut training = Training::default();
    if let Some(pull) = take("pull") {
        training.pull_permille = pull.parse().expect("--pull is a number of thousandths");
    }
    if let Some(pairs) = take("pairs") {
        training.random_pairs = pairs.parse().expect("--pairs is a number");
    }
    if let Some(seed) = take("seed") {
        training.seed = seed.parse().expect("--seed is a number");
    }
    training.keep = take("keep").iter().flat_map(|k| k.split(',')).map(str::to_owned).collect();

    let digester = Digester::new([7; 16]);
    let mut reader =
        csv::Reader::from_path(file.expect("a file of records")).expect("the records can be read");
    let columns = Columns::read(reader.headers().expect("the records have a header"));
    let profiles: Vec<Profile> =
        reader.records().map(|row| columns.profile(&row.expect("a record"), &digester)).collect();
    let text = std::fs::read_to_string(&table).expect("the table can be read");
    let trained =
        train(&text, &profiles, digester, rulebook, &training).unwrap_or_else(|e| panic!("{table}: {e}"));
    for l in &trained.report {
        println!(
            "{:45} {:>7} {:>7}  m {:.4}  u {:.6}  seen {:>7} {:>7}  {:?}",
            l.path, l.old, l.new, l.m, l.u, l.seen, l.seen_among_strangers, l.outcome
        );
    }
    println!(
        "{} records, {} candidate pairs, {:.0} probably the same, {} random pairs, {} iterations, settled {}",
        trained.records,
        trained.pairs,
        trained.matches,
        trained.random_pairs,
        trained.iterations,
        trained.settled
    );
    std::fs::write(out, trained.text).expect("the trained table can be written");
}
