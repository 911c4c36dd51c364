//! Kill -9 at any moment loses nothing and does nothing twice.
//!
//! The test starts itself again as a child that feeds and runs two services on one directory, kills it
//! at a random moment, opens the directory and looks: the log must be as if some whole number of
//! transactions had run. Then it lets the next child go on in the same directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use pipeline::{
    Batch, Counter, Failure, Headers, Limits, NextOffset, Output, Processor, Record, Retention, Service,
    ServiceSpec, Source, StopSignal, Store, StoreFactory, Topic, TopicSpec,
};
use pipeline_fjall::{Fsync, Log, LogOptions, Producer, Reader, Start, run_worker};
use rand::Rng;

const DIR: &str = "LEADSHARE_TEST_KILL_DIR";
const FSYNC: &str = "LEADSHARE_TEST_KILL_FSYNC";
const KILLS: usize = 12;
const PARTITIONS: u32 = 2;
const KEYS: u64 = 50;
/// Values of this size fill the engine's memory tables, so that flushes and compactions are cut too.
const VALUE_BYTES: usize = 4_000;

fn open(dir: &Path, fsync: Fsync) -> Log {
    let log = Log::open(dir, LogOptions { fsync, cache_bytes: 4 << 20 }).unwrap();
    let spec = |name: &str, partitions| TopicSpec {
        name: name.into(),
        partitions,
        retention: Retention::Delete(None),
        max_record_bytes: 10_000,
        stateful: true,
        append_time: true,
    };
    log.apply_topics(&[spec("in", PARTITIONS), spec("mid", PARTITIONS), spec("out", 1), spec("dead", 1)])
        .unwrap();
    log
}

fn services() -> [(Arc<ServiceSpec>, &'static str); 2] {
    let spec = |name, input: &str| {
        Arc::new(ServiceSpec {
            name,
            inputs: vec![Topic::new(input)],
            changelog: Topic::new("unused"),
            dead_letters: Topic::new("dead"),
        })
    };
    [(spec("first", "in"), "mid"), (spec("second", "mid"), "out")]
}

/// Sends each record on with the number of records of its key so far, which is state.
struct Count {
    to: &'static str,
}

impl Processor for Count {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let key = record.key.clone().unwrap();
        let count = batch.get(&key)?.map_or(0, |v| u64::from_be_bytes(v.try_into().unwrap())) + 1;
        batch.put(key.clone(), count.to_be_bytes().to_vec());
        batch.count(Counter::Outcomes, 1);
        let mut headers = record.headers.clone();
        headers.push(self.to, count.to_string());
        batch.send(Output {
            topic: self.to.into(),
            partition: None,
            key: Some(key),
            value: record.value.clone(),
            headers,
        });
        Ok(())
    }
}

fn run_services(log: &Log, stop: &StopSignal, body: impl FnOnce()) {
    let limits = Limits { batch_records: 20, tick_millis: 50, ..Limits::default() };
    let services = services();
    std::thread::scope(|scope| {
        for (spec, to) in &services {
            let limits = &limits;
            scope.spawn(move || {
                let make = |_: &Source| Box::new(Count { to }) as Box<dyn Processor>;
                let stores = log.stores();
                run_worker(
                    log,
                    &Service { spec, make_processor: &make, stores: &stores, limits, observer: &(), stop },
                )
                .unwrap();
            });
        }
        body();
    });
}

/// What the child does until it is killed; in an ordinary test run it returns at once.
#[test]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let fsync = if std::env::var(FSYNC).is_ok() { Fsync::EveryCommit } else { Fsync::Never };
    let log = open(Path::new(&dir), fsync);
    let producer = Producer::new(&log);
    eprintln!("ready");
    run_services(&log, &StopSignal::new(), || {
        for n in ends(&log, "in", PARTITIONS).iter().sum::<u64>().. {
            producer.send(&[input(n)]).unwrap();
        }
    });
}

fn input(n: u64) -> Output {
    let mut value = n.to_string().into_bytes();
    value.resize(VALUE_BYTES, b' ');
    Output {
        topic: "in".into(),
        partition: None,
        key: Some(format!("k{}", n % KEYS).into_bytes()),
        value: Some(value),
        headers: Headers::default(),
    }
}

fn ends(log: &Log, topic: &str, partitions: u32) -> Vec<u64> {
    (0..partitions).map(|p| log.end_offset(&Source::new(topic, p)).unwrap().0).collect()
}

fn read(log: &Log, topic: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut reader = Reader::open(log, &topic.into(), None, Start::Beginning).unwrap();
    reader.read_to_end(Duration::from_secs(60), |record| records.push(record)).unwrap();
    records
}

/// What must hold of the log at any moment: each service's outputs, counters and state are those of
/// exactly the records before its committed offset.
fn check(log: &Log) -> (u64, u64) {
    let mut done = (0, 0);
    for (spec, to) in services() {
        let from = &spec.inputs[0];
        let mut expected: BTreeMap<Vec<u8>, Vec<(Vec<u8>, String)>> = BTreeMap::new();
        for partition in 0..PARTITIONS {
            let source = Source::new(from.clone(), partition);
            let committed = log.committed(spec.name, &source).unwrap().unwrap_or_default();
            assert!(committed <= log.end_offset(&source).unwrap());
            let inputs = log.read(&source, NextOffset(0), usize::MAX, usize::MAX).unwrap().records;
            assert!(inputs.iter().enumerate().all(|(n, r)| r.offset.0 == n as u64), "contiguous offsets");
            assert!(inputs.is_sorted_by_key(|r| r.timestamp), "append times never decrease");
            let store = log.stores().open(spec.name, &source).unwrap();
            let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
            for input in inputs.into_iter().take(committed.0 as usize) {
                let (key, value) = (input.key.unwrap(), input.value.unwrap());
                let count = counts.entry(key.clone()).or_default();
                *count += 1;
                expected.entry(key).or_default().push((value, count.to_string()));
            }
            for (key, count) in &counts {
                assert_eq!(store.get(key).unwrap(), Some(count.to_be_bytes().to_vec()), "state of {key:?}");
            }
            for counter in [Counter::Messages, Counter::Outcomes] {
                assert_eq!(total(&*store, counter), committed.0, "counter {counter:?} of {}", spec.name);
            }
            done.1 += committed.0;
        }
        let mut found: BTreeMap<Vec<u8>, Vec<(Vec<u8>, String)>> = BTreeMap::new();
        for output in read(log, to) {
            let count = output.headers.text(to).unwrap().to_owned();
            found.entry(output.key.unwrap()).or_default().push((output.value.unwrap(), count));
        }
        assert!(
            found == expected,
            "outputs of {} are those of its committed inputs, in order, once",
            spec.name
        );
        done.0 += found.values().map(Vec::len).sum::<usize>() as u64;
    }
    done
}

fn total(store: &dyn Store, counter: Counter) -> u64 {
    let key = [b"\0count/", counter.name().as_bytes()].concat();
    store.get(&key).unwrap().map_or(0, |v| u64::from_be_bytes(v.try_into().unwrap()))
}

fn kill_again_and_again(fsync: Fsync) {
    let dir = tempfile::tempdir().unwrap();
    let mut random = rand::rng();
    let mut delays = Vec::new();
    for round in 0..KILLS {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture"]).env(DIR, dir.path());
        if fsync == Fsync::EveryCommit {
            command.env(FSYNC, "1");
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // Some children die while they open the directory, the others while they work.
        if round % 3 != 0 {
            let ready = BufReader::new(child.stderr.as_mut().unwrap()).lines().any(|l| l.unwrap() == "ready");
            assert!(ready, "the child could not open what its predecessor left");
        }
        let delay = Duration::from_micros(random.random_range(0..400_000));
        delays.push(delay);
        std::thread::sleep(delay);
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        let log = open(dir.path(), fsync);
        let (outputs, _) = check(&log);
        eprintln!("kill {round} after {delay:?}: {outputs} outputs");
    }
    let log = open(dir.path(), fsync);
    let inputs: u64 = ends(&log, "in", PARTITIONS).iter().sum();
    let stop = StopSignal::new();
    run_services(&log, &stop, || {
        let subscription = log.subscribe(["out".into()]);
        loop {
            let seen = subscription.seen();
            if ends(&log, "out", 1)[0] >= inputs || !subscription.wait(seen, Duration::from_secs(60)) {
                break;
            }
        }
        stop.stop();
    });
    assert_eq!(check(&log), (2 * inputs, 2 * inputs), "after kills at {delays:?}");
    let mut numbers: Vec<u64> = read(&log, "out")
        .iter()
        .map(|r| std::str::from_utf8(r.value.as_deref().unwrap()).unwrap().trim().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..inputs).collect::<Vec<_>>(), "every input once");
    assert!(inputs > 0, "the children did something");
}

#[test]
fn kill_9_with_fsync() {
    kill_again_and_again(Fsync::EveryCommit);
}

#[test]
fn kill_9_without_fsync() {
    kill_again_and_again(Fsync::Never);
}
