//! Leads per CPU-second of the pure normaliser, on one thread, on the samples of config/sources.
//!
//! Inside: decoding, content hash, mapping, canonical forms, validation, identifiers; with `encoded`
//! also the lead in Avro. Outside: the broker, the store, the batch. Compared with serde_json into the
//! mapping's value type and the bare VRL program on the same bytes in the same run; the floor is half of
//! that rate, without the codec. `cargo bench -p normaliser --profile dev`
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lead::{SiteKeys, wire};
use normaliser::{Mapping, Normaliser, Outcome, Source, SourceFiles};
use pipeline::{Headers, Offset, Record, Source as Partition, Timestamp};
use vrl::compiler::runtime::Runtime;
use vrl::value::Value;

const NOW: Timestamp = Timestamp(1_770_681_600_000);
const ROUND: Duration = Duration::from_millis(1_500);

fn main() {
    let floor = compare("houston-tips", &["01", "02", "03", "05", "06"], None)
        .min(compare("tip-portal", &["01", "02", "03", "04", "05", "06"], None))
        .min(compare("casa-segura", &["01", "02", "03"], Some("llamadas")));
    let (source, _) = source("fiscalia-mx");
    let records = records(&source, "fiscalia-mx", &["01", "02", "03", "05"]);
    let pure = best_of(|| leads(&source, &records, false));
    let encoded = best_of(|| leads(&source, &records, true));
    println!("fiscalia-mx (from Avro)  {pure:>7.0} leads per CPU-second; encoded {encoded:>7.0}");
    println!("lowest share of parse and bare mapping: {floor:.2} (floor 0.50)");
    assert!(floor >= 0.5, "the normaliser is slower than its floor");
}

/// Prints the rates of a mapped source and returns the share of the pure normaliser.
fn compare(name: &str, samples: &[&str], entries: Option<&str>) -> f64 {
    let (source, mapping) = source(name);
    let mapping = Mapping::compile(&mapping.unwrap()).unwrap_or_else(|p| panic!("{p:?}"));
    let records = records(&source, name, samples);
    // Taken in turn, so that a busy moment of the machine strikes all of them.
    let (mut pure, mut encoded, mut bare) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..3 {
        pure = pure.max(rate(|| leads(&source, &records, false)));
        encoded = encoded.max(rate(|| leads(&source, &records, true)));
        bare = bare.max(rate(|| mapped(&mapping, &records, entries)));
    }
    println!(
        "{name:<24} {pure:>7.0} leads per CPU-second; encoded {encoded:>7.0}; parse and bare mapping {bare:>7.0}; \
         share {:.2}, encoded {:.2}",
        pure / bare,
        encoded / bare
    );
    pure / bare
}

fn best_of(mut round: impl FnMut() -> usize) -> f64 {
    (0..3).map(|_| rate(&mut round)).fold(0.0, f64::max)
}

fn rate(mut round: impl FnMut() -> usize) -> f64 {
    let (start, cpu, mut count) = (Instant::now(), cpu_time(), 0);
    while start.elapsed() < ROUND {
        count += round();
    }
    // Without the kernel's count of this thread's CPU time, the time on the wall.
    let spent = cpu_time().zip(cpu).map_or_else(|| start.elapsed(), |(now, then)| now - then);
    count as f64 / spent.as_secs_f64()
}

fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn leads(source: &Arc<Source>, records: &[Record], encode: bool) -> usize {
    let mut normaliser = Normaliser::new(Arc::clone(source), SiteKeys::new([7; 32]));
    let mut count = 0;
    for _ in 0..100 {
        for record in records {
            for outcome in normaliser.normalise(record, NOW).unwrap() {
                let Outcome::Lead(lead) = outcome else { panic!("a lead") };
                if encode {
                    black_box(wire::encode(&*lead).unwrap());
                }
                black_box(&lead);
                count += 1;
            }
        }
    }
    count
}

fn mapped(mapping: &Mapping, records: &[Record], entries: Option<&str>) -> usize {
    let mut runtime = Runtime::default();
    let mut count = 0;
    for _ in 0..100 {
        for record in records {
            let tree: Value = serde_json::from_slice(record.value.as_ref().unwrap()).unwrap();
            let list = match entries {
                Some(name) => tree.as_object().unwrap().get(name).unwrap().as_array_unwrap().to_vec(),
                None => vec![tree],
            };
            for entry in list {
                black_box(mapping.run_bare(&mut runtime, entry, u64::MAX).unwrap());
                count += 1;
            }
        }
    }
    count
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/sources").join(name)
}

fn source(name: &str) -> (Arc<Source>, Option<String>) {
    let mapping = std::fs::read_to_string(folder(name).join("mapping.vrl")).ok();
    let files = SourceFiles {
        name: name.into(),
        source_toml: std::fs::read_to_string(folder(name).join("source.toml")).unwrap(),
        mapping_vrl: mapping.clone(),
        placeholders_toml: std::fs::read_to_string(folder("placeholders.toml")).ok(),
    };
    (Arc::new(Source::compile(files).unwrap()), mapping)
}

fn records(source: &Source, name: &str, samples: &[&str]) -> Vec<Record> {
    samples
        .iter()
        .map(|sample| Record {
            source: Partition::new(source.inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: NOW,
            key: None,
            value: Some(std::fs::read(folder(name).join(format!("{sample}.raw"))).unwrap()),
            headers: Headers::default(),
        })
        .collect()
}
