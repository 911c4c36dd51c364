//! Leads per CPU-second of every template, on one thread, on its own samples, beside what nobody can do without.
//!
//! `parse` is the plain parser of the format on the same bytes: roxmltree for XML, serde_json into the mapping's value
//! type for JSON, the csv crate for tables, the lines of a text; it makes no tree of XML, resolves nothing and checks
//! little. `map` is the bare VRL program on the entries as they were decoded. `pure` is the normaliser: decoding,
//! content hash, mapping, canonical forms, validation, identifiers. All in one run, taken in turn; the best of three.
//! `cargo bench -p normaliser --profile dev --bench formats`, with `-- stix` for that template alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lead::SiteKeys;
use normaliser::{Mapping, Normaliser, Outcome, Preview, Source, SourceFiles};
use pipeline::{Headers, Offset, Record, Source as Partition, Timestamp};
use vrl::compiler::runtime::Runtime;
use vrl::value::Value;

const NOW: Timestamp = Timestamp(1_770_681_600_000);
const ROUND: Duration = Duration::from_millis(400);

fn main() {
    println!(
        "{:<18} {:>7} {:>9} {:>9} {:>9} {:>9}  {:>10} {:>16}",
        "template", "bytes", "parse/s", "map/s", "both/s", "pure/s", "pure/parse", "pure/(parse+map)"
    );
    let mut templates: Vec<PathBuf> = std::fs::read_dir(sources().join("_template"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("mapping.vrl").exists())
        .collect();
    templates.sort();
    if let Some(wanted) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')) {
        templates.retain(|folder| folder.ends_with(&wanted));
    }
    templates.iter().for_each(|folder| compare(folder));
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sources")
}

fn compare(folder: &Path) {
    let text = |file: &Path| std::fs::read_to_string(file).unwrap();
    let mapping = text(&folder.join("mapping.vrl"));
    let source = Source::compile(SourceFiles {
        name: "template".into(),
        source_toml: text(&folder.join("source.toml")),
        mapping_vrl: Some(mapping.clone()),
        placeholders_toml: Some(text(&sources().join("placeholders.toml"))),
    });
    let source = Arc::new(source.unwrap());
    let mapping = Mapping::compile(&mapping).unwrap_or_else(|p| panic!("{p:?}"));
    let mut normaliser = Normaliser::new(Arc::clone(&source), SiteKeys::new([7; 32]));
    // Messages that become leads, with what is none among them: what is refused early would flatter.
    let (mut records, mut entries, mut leads) = (Vec::new(), Vec::new(), 0);
    for value in samples(folder) {
        let Ok(read) = normaliser.preview(Preview { value: value.clone(), ..Preview::default() }, NOW) else {
            continue;
        };
        let of_leads = read.iter().filter(|entry| matches!(entry.outcome, Outcome::Lead(_))).count();
        if of_leads == 0 || read.iter().any(|entry| matches!(entry.outcome, Outcome::Rejected(_))) {
            continue;
        }
        leads += of_leads;
        entries.extend(read.into_iter().map(|entry| Value::from(entry.entry)));
        records.push(Record {
            source: Partition::new(source.inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: NOW,
            key: None,
            value: Some(value),
            headers: Headers::default(),
        });
    }
    let mut runtime = Runtime::default();
    let (mut parse, mut map, mut pure) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..3 {
        parse = parse
            .max(rate(leads, || records.iter().for_each(|record| plain(record.value.as_deref().unwrap()))));
        map = map.max(rate(leads, || {
            for entry in &entries {
                black_box(mapping.run_bare(&mut runtime, entry.clone(), u64::MAX).unwrap());
            }
        }));
        pure = pure.max(rate(leads, || {
            for record in &records {
                black_box(normaliser.normalise(record, NOW).unwrap());
            }
        }));
    }
    let both = 1.0 / (1.0 / parse + 1.0 / map);
    let bytes: usize = records.iter().map(|record| record.value.as_ref().unwrap().len()).sum();
    println!(
        "{:<18} {:>7} {parse:>9.0} {map:>9.0} {both:>9.0} {pure:>9.0}  {:>10.2} {:>16.2}",
        folder.file_name().unwrap().to_string_lossy(),
        bytes / leads.max(1),
        pure / parse,
        pure / both
    );
}

fn samples(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "raw"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The plain parser of what the bytes look like.
fn plain(value: &[u8]) {
    let text = std::str::from_utf8(value).unwrap_or_default();
    match text.trim_start().as_bytes().first() {
        Some(b'<') => drop(black_box(roxmltree::Document::parse(text))),
        Some(b'{' | b'[') => drop(black_box(serde_json::from_str::<Value>(text))),
        _ => text.lines().for_each(|line| {
            black_box(line);
        }),
    }
}

/// Leads per second of CPU time of this thread.
fn rate(leads: usize, mut round: impl FnMut()) -> f64 {
    let (start, cpu, mut rounds) = (Instant::now(), cpu_time(), 0);
    while start.elapsed() < ROUND {
        round();
        rounds += 1;
    }
    let spent = cpu_time().zip(cpu).map_or_else(|| start.elapsed(), |(now, then)| now - then);
    (rounds * leads) as f64 / spent.as_secs_f64()
}

fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
