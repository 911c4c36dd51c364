//! Links the records of a CSV file, one at a time in the order of the file.
//!
//! `cargo run --release -p linkage --example link -- --table config/matching.toml --profile persons RECORDS.csv
//! --pairs OUT.csv --stats OUT.json`. Columns, all optional but `id`: see [`Columns`]. Writes every pair that
//! was compared with its total, its decision and the total that it would have against strangers alone, and a summary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a tool that may stop"
)]

use std::io::Write;

use linkage::{Decision, Digester, Linker, Rulebook, Table};

mod records;

use records::Columns;

fn main() {
    let options = Options::read();
    let text = std::fs::read_to_string(&options.table).expect("the table can be read");
    let table = Table::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", options.table));
    let hash = table.hash().to_owned();
    let digester = Digester::new([7; 16]);
    let mut linker = Linker::new(table, options.rulebook, digester);
    let mut reader = csv::Reader::from_path(&options.records).expect("the records can be read");
    let columns = Columns::read(reader.headers().expect("the records have a header"));
    let mut pairs =
        std::io::BufWriter::new(std::fs::File::create(&options.pairs).expect("pairs can be written"));
    writeln!(pairs, "id_a,id_b,total_millibits,decision,as_stranger_millibits").unwrap();

    let (mut ids, mut compared, mut dropped, mut hot) = (Vec::<String>::new(), Vec::new(), 0u64, 0u64);
    let mut spent = 0.0;
    for (n, row) in (0u64..).zip(reader.records()) {
        let row = row.expect("a record");
        let profile = columns.profile(&row, &digester);
        ids.push(columns.text(&row, "id").to_owned());
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_le_bytes());
        let before = cpu_seconds();
        let assessment = linker.assess(&profile, None);
        let joined = assessment.candidates.first().filter(|_| assessment.best == Decision::Link);
        let cluster = joined.map_or(id, |best| best.cluster);
        linker.insert(id, n + 1, cluster, profile).expect("ids are numbered");
        spent += cpu_seconds() - before;
        compared.push(assessment.candidates.len());
        dropped += u64::from(assessment.dropped);
        hot += u64::try_from(assessment.hot.len()).unwrap();
        for scored in &assessment.candidates {
            let other = u64::from_le_bytes(scored.id[..8].try_into().unwrap());
            let (a, b) = (&ids[usize::try_from(other).unwrap()], &ids[usize::try_from(n).unwrap()]);
            let decision = match scored.decision {
                Decision::Link => "link",
                Decision::Review => "review",
                Decision::Relation => "relation",
                Decision::None => "none",
            };
            // What the total would be if nobody lived with anybody.
            let table = linker.table();
            let prior = table.prior_of(n);
            let groups = scored.score.groups.iter();
            let as_stranger = prior + groups.map(|(group, sum)| sum.min(table.caps.of(group))).sum::<i32>();
            writeln!(pairs, "{a},{b},{},{decision},{as_stranger}", scored.score.total).unwrap();
        }
    }
    pairs.flush().unwrap();
    compared.sort_unstable();
    let at = |permille: usize| {
        compared.get((compared.len() * permille / 1_000).min(compared.len().max(1) - 1)).copied()
    };
    let stats = serde_json::json!({
        "records": ids.len(),
        "candidates_p50": at(500),
        "candidates_p99": at(990),
        "candidates_max": compared.last(),
        "candidates_total": compared.iter().sum::<usize>(),
        "dropped": dropped,
        "hot_keys_met": hot,
        "cpu_seconds": spent,
        "peak_memory_bytes": peak_memory_bytes(),
        "table": hash,
    });
    std::fs::write(&options.stats, serde_json::to_string_pretty(&stats).unwrap())
        .expect("stats can be written");
}

struct Options {
    table: String,
    rulebook: Rulebook,
    records: String,
    pairs: String,
    stats: String,
}

impl Options {
    fn read() -> Self {
        let (mut named, records) = records::arguments();
        let mut take = |name: &str| named.remove(name).unwrap_or_else(|| panic!("--{name} is missing"));
        let rulebook = match take("profile").as_str() {
            "persons" => Rulebook::Persons,
            "leads" => Rulebook::Leads,
            other => panic!("--profile is `{other}`, expected `persons` or `leads`"),
        };
        let (table, pairs, stats) = (take("table"), take("pairs"), take("stats"));
        Self { table, rulebook, records: records.expect("a file of records"), pairs, stats }
    }
}

/// CPU seconds of this thread, to the nanosecond: what the scheduler writes down it writes some hundred times a
/// second, and reading it costs as much as a record.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process had.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1_024
}
