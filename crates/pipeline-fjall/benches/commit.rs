//! How fast the embedded log commits: with and without fsync, 1 and 1,000 records in a commit.
//!
//! Each commit is what a task's is: outputs, as many state changes, the input offset. Run with
//! `cargo bench -p pipeline-fjall --profile dev`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::{
    Batch, Counter, Failure, Headers, Limits, NextOffset, Output, Processor, Record, Retention, ServiceSpec,
    Source, StoreFactory, Task, Timestamp, Topic, TopicSpec,
};
use pipeline_fjall::{Fsync, Log, LogOptions, LogTransport, Producer};

const VALUE_BYTES: usize = 1_000;

struct Copy;

impl Processor for Copy {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        batch.count(Counter::Outcomes, 1);
        batch.put([b"s".as_slice(), &record.offset.0.to_be_bytes()].concat(), vec![1; 32]);
        batch.send(Output {
            topic: "out".into(),
            partition: None,
            key: record.key.clone(),
            value: record.value.clone(),
            headers: Headers::default(),
        });
        Ok(())
    }
}

fn main() {
    println!("records of {VALUE_BYTES} bytes, each with one output and one state change of 32 bytes");
    println!(
        "{:>12} {:>14} {:>10} {:>12} {:>10} {:>10}",
        "fsync", "records/commit", "commits", "records/s", "p50", "p99"
    );
    for (fsync, name) in [(Fsync::EveryCommit, "every commit"), (Fsync::Never, "never")] {
        for (records, commits) in [(1, 500), (1_000, 40)] {
            let mut times = run(fsync, records, commits);
            let total: Duration = times.iter().sum();
            times.sort_unstable();
            let rate = (records * commits) as f64 / total.as_secs_f64();
            let (p50, p99) = (times[commits / 2], times[commits * 99 / 100]);
            println!("{name:>12} {records:>14} {commits:>10} {rate:>12.0} {p50:>10.2?} {p99:>10.2?}");
        }
    }
}

/// The time that each batch took, from reading it to its commit.
fn run(fsync: Fsync, records: usize, commits: usize) -> Vec<Duration> {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), LogOptions { fsync, ..LogOptions::default() }).unwrap();
    let topic = |name: &str| TopicSpec {
        name: name.into(),
        partitions: 1,
        retention: Retention::Delete(None),
        max_record_bytes: 1 << 20,
        stateful: true,
        append_time: true,
    };
    log.apply_topics(&[topic("in"), topic("out")]).unwrap();
    fill(&log, records * commits);
    let source = Source::new("in", 0);
    let spec = Arc::new(ServiceSpec {
        name: "copy",
        inputs: vec![Topic::new("in")],
        changelog: Topic::new("unused"),
        dead_letters: Topic::new("unused"),
    });
    let mut transport = LogTransport::open(&log, "copy", &source).unwrap();
    let store = log.stores().open("copy", &source).unwrap();
    let limits = Limits::default();
    let mut task =
        Task::open(Copy, store, source.clone(), spec, limits, Timestamp(0), &mut transport).unwrap();
    (0..commits)
        .map(|_| {
            let begin = Instant::now();
            let from = task.position().unwrap_or(NextOffset(0));
            let fetched = log.read(&source, from, records, usize::MAX).unwrap();
            task.run(&fetched.records, Timestamp(0), &mut transport, &()).unwrap();
            begin.elapsed()
        })
        .collect()
}

fn fill(log: &Log, records: usize) {
    let producer = Producer::new(log);
    let input = |n: usize| Output {
        topic: "in".into(),
        partition: None,
        key: Some(n.to_string().into_bytes()),
        value: Some(vec![b'x'; VALUE_BYTES]),
        headers: Headers::default(),
    };
    let all: Vec<_> = (0..records).collect();
    for chunk in all.chunks(1_000) {
        producer.send(&chunk.iter().map(|n| input(*n)).collect::<Vec<_>>()).unwrap();
    }
}
