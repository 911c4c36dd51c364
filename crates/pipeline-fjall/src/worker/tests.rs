//! Services on the embedded log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::sync::Mutex;
use std::thread;

use pipeline::{
    Accounting, Batch, BatchReport, Counter, Failure, Headers, Limits, Observer, Output, Reason, Record,
    Retention, ServiceSpec, StateError, StopSignal, Topic, TopicSpec, TransactionResult,
};
use tempfile::TempDir;

use super::*;
use crate::log::{Fsync, LogOptions};
use crate::producer::Producer;
use crate::reader::{Read, Reader, Start};

/// Long enough never to be reached on a slow machine, short enough to end a broken test.
const LONG: Duration = Duration::from_secs(60);
const OPTIONS: LogOptions = LogOptions { fsync: Fsync::Never, cache_bytes: 1 << 20 };

fn open(dir: &TempDir) -> Log {
    Log::open(dir.path(), OPTIONS).unwrap()
}

fn topic(name: &str, partitions: u32) -> TopicSpec {
    TopicSpec {
        name: name.into(),
        partitions,
        retention: Retention::Delete(None),
        max_record_bytes: 10_000,
        stateful: true,
        append_time: true,
    }
}

fn output(topic: &str, key: &str, value: &str) -> Output {
    Output {
        topic: topic.into(),
        partition: None,
        key: Some(key.into()),
        value: Some(value.into()),
        headers: Headers::default(),
    }
}

fn spec(name: &'static str, inputs: &[&str]) -> Arc<ServiceSpec> {
    Arc::new(ServiceSpec {
        name,
        inputs: inputs.iter().map(Topic::new).collect(),
        changelog: Topic::new("unused"),
        dead_letters: Topic::new("dead"),
    })
}

/// Sends each value on with the count of its key, which it keeps as state. `bad` is a dead letter,
/// `stop` is a fault of ours; partners that refuse are counted as outcomes without disclosure.
struct Relay {
    to: &'static str,
}

impl Processor for Relay {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let value = String::from_utf8(record.value.clone().unwrap_or_default()).unwrap();
        match value.as_str() {
            "bad" => return Err(Reason::new("bad", "decode", "expected anything else").into()),
            "stop" => return Err(StateError::Corrupt { entry: "count", detail: "test".to_owned() }.into()),
            _ => {}
        }
        let key = [b"n/".as_slice(), record.key.as_deref().unwrap_or_default()].concat();
        let count = batch.get(&key)?.map_or(0, |v| u64::from_be_bytes(v.try_into().unwrap())) + 1;
        batch.put(key, count.to_be_bytes().to_vec());
        batch.count(Counter::Entries, 1);
        batch.count(Counter::Outcomes, 1);
        let value = format!("{value}#{count}");
        let output = Output { key: record.key.clone(), ..output(self.to, "", &value) };
        if batch.accepts(&output.topic, output.size()).is_ok() {
            batch.count(Counter::Disclosures, 1);
            batch.send(output);
        }
        Ok(())
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        batch.put(b"ticked".to_vec(), batch.now().0.to_be_bytes().to_vec());
        Ok(())
    }
}

/// Remembers totals and pauses.
#[derive(Default)]
struct Seen {
    totals: Mutex<BTreeMap<(&'static str, Source), Accounting>>,
    events: Mutex<Vec<String>>,
    moved: std::sync::Condvar,
}

impl Seen {
    fn sum(&self, service: &str, counter: Counter) -> u64 {
        self.totals
            .lock()
            .unwrap()
            .iter()
            .filter(|((s, _), _)| *s == service)
            .map(|(_, t)| t.get(counter))
            .sum()
    }

    fn wait_until(&self, holds: impl Fn(&[String]) -> bool) {
        let events = self.events.lock().unwrap();
        let (_events, timeout) =
            self.moved.wait_timeout_while(events, LONG, |events| !holds(events)).unwrap();
        assert!(!timeout.timed_out());
    }

    fn note(&self, event: String) {
        self.events.lock().unwrap().push(event);
        self.moved.notify_all();
    }
}

impl Observer for Seen {
    fn batch(&self, service: &'static str, source: &Source, report: &BatchReport) {
        if let Some(totals) = &report.totals {
            self.totals.lock().unwrap().insert((service, source.clone()), totals.clone());
        }
        if report.result != TransactionResult::Committed {
            self.note(format!("{} {source}", report.result.label()));
        } else if report.records == 0 {
            self.note(format!("tick {source}"));
        } else {
            self.note(format!("committed {source}"));
        }
    }

    fn totals(&self, service: &'static str, source: &Source, totals: &Accounting, _: &pipeline::TallyTotals) {
        self.totals.lock().unwrap().insert((service, source.clone()), totals.clone());
    }

    fn owned(&self, _: &'static str, source: &Source, owned: bool) {
        self.note(format!("owned {source} {owned}"));
    }

    fn paused(&self, _: &'static str, source: &Source, paused: bool) {
        self.note(format!("paused {source} {paused}"));
    }
}

/// Stops the workers whatever happens, or a failed test would wait for them for ever.
struct StopOnDrop<'a>(&'a StopSignal);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Runs these services, and stops them when `body` returns.
fn with_services(
    log: &Log,
    services: &[(Arc<ServiceSpec>, &'static str)],
    limits: &Limits,
    body: impl FnOnce(&Seen),
) -> Result<(), WorkerError> {
    let stop = StopSignal::new();
    let seen = Seen::default();
    thread::scope(|scope| {
        let workers: Vec<_> = services
            .iter()
            .map(|(spec, to)| {
                let (stop, seen) = (&stop, &seen);
                scope.spawn(move || {
                    let make = |_: &Source| Box::new(Relay { to }) as Box<dyn Processor>;
                    let stores = log.stores();
                    run_worker(
                        log,
                        &Service {
                            spec,
                            make_processor: &make,
                            stores: &stores,
                            limits,
                            observer: seen,
                            stop,
                        },
                    )
                })
            })
            .collect();
        let stopper = StopOnDrop(&stop);
        body(&seen);
        drop(stopper);
        workers.into_iter().try_for_each(|w| w.join().unwrap())
    })
}

/// The next `n` values, however long they take.
fn take(reader: &mut Reader, n: usize) -> Vec<String> {
    let mut values = Vec::new();
    while values.len() < n {
        match reader.poll(LONG).unwrap() {
            Read::Record(record) => values.push(value(record)),
            Read::End => {}
            Read::Nothing => panic!("{} of {n} values in time", values.len()),
        }
    }
    values
}

/// All that is there now.
fn rest(log: &Log, topic: &str) -> Vec<String> {
    let mut values = Vec::new();
    reader(log, topic).read_to_end(LONG, |record| values.push(value(record))).unwrap();
    values
}

fn reader(log: &Log, topic: &str) -> Reader {
    Reader::open(log, &topic.into(), None, Start::Beginning).unwrap()
}

fn value(record: Record) -> String {
    String::from_utf8(record.value.unwrap()).unwrap()
}

#[test]
fn services_hand_records_on_and_restart_where_they_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let services = [(spec("first", &["in"]), "mid"), (spec("second", &["mid"]), "out")];
    let log = open(&dir);
    log.apply_topics(&[topic("in", 2), topic("mid", 2), topic("out", 1), topic("dead", 1)]).unwrap();
    let producer = Producer::new(&log);
    let send = |producer: &Producer, range: std::ops::Range<u32>| {
        for n in range {
            producer.send(&[output("in", &format!("k{}", n % 7), &n.to_string())]).unwrap();
        }
    };
    let totals = |seen: &Seen| {
        ["first", "second"].map(|s| (seen.sum(s, Counter::Messages), seen.sum(s, Counter::Disclosures)))
    };
    with_services(&log, &services, &Limits::default(), |seen| {
        send(&producer, 0..100);
        take(&mut reader(&log, "out"), 100);
        assert_eq!(totals(seen)[0], (100, 100));
    })
    .unwrap();
    drop((producer, log));

    let log = open(&dir);
    let producer = Producer::new(&log);
    with_services(&log, &services, &Limits::default(), |_| {
        send(&producer, 100..150);
        let all = take(&mut reader(&log, "out"), 150);
        for key in 0..7 {
            // Both services counted every record of the key, in order, over the restart.
            let of_key: Vec<_> = all.iter().filter(|v| number(v) % 7 == key).collect();
            let expected: Vec<_> = (0..150)
                .filter(|n| n % 7 == key)
                .zip(1..)
                .map(|(n, count)| format!("{n}#{count}#{count}"))
                .collect();
            assert_eq!(of_key, expected.iter().collect::<Vec<_>>());
        }
    })
    .unwrap();
    assert_eq!(rest(&log, "out").len(), 150, "nothing twice");
    for (service, topic) in [("first", "in"), ("second", "mid")] {
        let next: u64 = (0..2)
            .map(|p| Source::new(topic, p))
            .map(|s| (log.committed(service, &s).unwrap().unwrap_or_default(), log.end_offset(&s).unwrap()))
            .map(|(committed, end)| {
                assert_eq!(committed, end);
                committed.0
            })
            .sum();
        assert_eq!(next, 150);
    }
    with_services(&log, &services, &Limits::default(), |seen| {
        let opened = |source: &str| format!("owned {source} true");
        seen.wait_until(|events| {
            ["in-0", "in-1", "mid-0", "mid-1"].iter().all(|s| events.contains(&opened(s)))
        });
        assert_eq!(totals(seen), [(150, 150), (150, 150)], "counters are state");
    })
    .unwrap();
}

fn number(value: &str) -> u32 {
    value.split('#').next().unwrap().parse().unwrap()
}

#[test]
fn a_missing_output_topic_stops_neither_the_service_nor_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("in", 1), topic("dead", 1)]).unwrap();
    let producer = Producer::new(&log);
    let services = [(spec("relay", &["in"]), "partner")];
    let limits = Limits { tick_millis: 20, ..Limits::default() };
    with_services(&log, &services, &limits, |seen| {
        producer.send(&[output("in", "k", "lost"), output("in", "k", "bad")]).unwrap();
        take(&mut reader(&log, "dead"), 1);
        // What is committed can be read before the worker has said so.
        seen.wait_until(|_| seen.sum("relay", Counter::Outcomes) == 1);
        assert!(seen.events.lock().unwrap().contains(&"aborted in-0".to_owned()));
        assert_eq!(seen.sum("relay", Counter::Disclosures), 0);
        // Created later, it is tried again from the next tick on.
        log.apply_topics(&[topic("partner", 1)]).unwrap();
        let ticks = |events: &[String]| events.iter().filter(|e| e.starts_with("tick")).count();
        let before = ticks(&seen.events.lock().unwrap());
        seen.wait_until(|events| ticks(events) > before);
        producer.send(&[output("in", "k", "found")]).unwrap();
        assert_eq!(take(&mut reader(&log, "partner"), 1), ["found#2"]);
    })
    .unwrap();
}

#[test]
fn a_record_over_the_topics_limit_blocks_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let narrow = TopicSpec { max_record_bytes: 20, ..topic("out", 1) };
    log.apply_topics(&[topic("in", 1), narrow, topic("dead", 1)]).unwrap();
    let producer = Producer::new(&log);
    with_services(&log, &[(spec("relay", &["in"]), "out")], &Limits::default(), |_| {
        let large = "x".repeat(50);
        producer.send(&["a", &large, "b"].map(|v| output("in", "k", v))).unwrap();
        assert_eq!(take(&mut reader(&log, "out"), 2), ["a#1", "b#3"]);
    })
    .unwrap();
    assert_eq!(rest(&log, "out").len(), 2);
}

#[test]
fn a_missing_topic_for_dead_letters_stops_the_service_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("in", 1), topic("out", 1)]).unwrap();
    Producer::new(&log).send(&[output("in", "k", "good"), output("in", "k", "bad")]).unwrap();
    let result = run_alone(&log);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("`dead`") && error.contains("topics apply"), "{error}");
    assert_eq!(rest(&log, "out"), [""; 0], "nothing of the batch is visible");
}

#[test]
fn a_fault_of_ours_stops_the_service_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("in", 1), topic("out", 1), topic("dead", 1)]).unwrap();
    Producer::new(&log).send(&[output("in", "k", "good"), output("in", "k", "stop")]).unwrap();
    assert!(matches!(run_alone(&log), Err(WorkerError::Task(TaskError::State { .. }))));
    assert_eq!(rest(&log, "out"), [""; 0]);
    assert_eq!(log.committed("relay", &Source::new("in", 0)).unwrap(), None);
    let store = log.stores().open("relay", &Source::new("in", 0)).unwrap();
    assert_eq!(store.scan(b"", None, 9).unwrap(), []);
}

#[test]
fn an_input_that_ends_before_what_was_read_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("in", 1), topic("out", 1), topic("dead", 1)]).unwrap();
    let source = Source::new("in", 0);
    let mut store = log.stores().open("relay", &source).unwrap();
    let position = (b"\0position".to_vec(), Some(7u64.to_be_bytes().to_vec()));
    store.apply(&[position].into(), pipeline::Mark::default()).unwrap();
    assert!(matches!(run_alone(&log), Err(WorkerError::InputCut { end: 0, position: 7, .. })));
}

/// Runs a relay that nobody stops.
fn run_alone(log: &Log) -> Result<(), WorkerError> {
    let make = |_: &Source| Box::new(Relay { to: "out" }) as Box<dyn Processor>;
    run_worker(
        log,
        &Service {
            spec: &spec("relay", &["in"]),
            make_processor: &make,
            stores: &log.stores(),
            limits: &Limits::default(),
            observer: &(),
            stop: &StopSignal::new(),
        },
    )
}

#[test]
fn an_input_topic_that_is_created_later_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("out", 1), topic("dead", 1)]).unwrap();
    let mut reader = reader(&log, "out");
    with_services(&log, &[(spec("relay", &["later", "in"]), "out")], &Limits::default(), |seen| {
        log.apply_topics(&[topic("in", 1)]).unwrap();
        seen.wait_until(|events| events.contains(&"owned in-0 true".to_owned()));
        log.apply_topics(&[topic("later", 1)]).unwrap();
        Producer::new(&log).send(&[output("later", "k", "v")]).unwrap();
        assert_eq!(take(&mut reader, 1), ["v#1"]);
    })
    .unwrap();
}

#[test]
fn a_burst_of_dead_letters_pauses_its_source_alone() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("noisy", 1), topic("quiet", 1), topic("out", 1), topic("dead", 1)]).unwrap();
    let producer = Producer::new(&log);
    let limits = Limits { dead_letter_burst: 5, pause_millis: 300, ..Limits::default() };
    let services = [(spec("relay", &["noisy", "quiet"]), "out")];
    with_services(&log, &services, &limits, |seen| {
        producer.send(&vec![output("noisy", "k", "bad"); 8]).unwrap();
        seen.wait_until(|events| events.contains(&"paused noisy-0 true".to_owned()));
        assert_eq!(rest(&log, "dead").len(), 5);
        producer.send(&[output("quiet", "k", "v")]).unwrap();
        assert_eq!(take(&mut reader(&log, "out"), 1), ["v#1"]);
        seen.wait_until(|events| events.contains(&"paused noisy-0 false".to_owned()));
        assert_eq!(take(&mut reader(&log, "dead"), 8).len(), 8);
        assert_eq!(rest(&log, "dead").len(), 8);
    })
    .unwrap();
}

#[test]
fn a_second_worker_of_the_same_service_fences_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("in", 1), topic("out", 1), topic("dead", 1)]).unwrap();
    let service = spec("relay", &["in"]);
    let result = with_services(&log, &[(Arc::clone(&service), "out")], &Limits::default(), |seen| {
        seen.wait_until(|events| events.contains(&"owned in-0 true".to_owned()));
        with_services(&log, &[(service, "out")], &Limits::default(), |second| {
            second.wait_until(|events| events.contains(&"owned in-0 true".to_owned()));
            Producer::new(&log).send(&[output("in", "k", "once")]).unwrap();
            assert_eq!(take(&mut reader(&log, "out"), 1), ["once#1"]);
            seen.wait_until(|events| events.contains(&"owned in-0 false".to_owned()));
        })
        .unwrap();
    });
    assert!(matches!(result, Err(WorkerError::TakenOver { service: "relay", .. })));
    assert_eq!(rest(&log, "out"), ["once#1"]);
}

#[test]
fn a_reader_begins_where_it_was_told_says_where_it_caught_up_and_follows() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    let producer = Producer::new(&log);
    for value in ["a", "b", "c"] {
        producer.send(&[output("t", "k", value)]).unwrap();
    }
    let all = |start| {
        let mut values = Vec::new();
        let mut reader = Reader::open(&log, &"t".into(), None, start).unwrap();
        reader.read_to_end(LONG, |record| values.push(value(record))).unwrap();
        assert_eq!(reader.poll(Duration::ZERO).unwrap(), Read::Nothing, "the end is said once");
        values
    };
    assert_eq!(all(Start::Beginning), ["a", "b", "c"]);
    assert_eq!(all(Start::At(NextOffset(1))), ["b", "c"]);
    assert_eq!(all(Start::At(NextOffset(9))), [""; 0]);
    assert_eq!(all(Start::End), [""; 0]);
    assert!(matches!(
        Reader::open(&log, &"absent".into(), None, Start::End),
        Err(Error::TopicMissing { .. })
    ));
}

/// Each side sleeps until the other has written, so a single lost call ends the game.
#[test]
fn a_follower_is_woken_by_every_commit() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("ping", 1), topic("pong", 1)]).unwrap();
    let producer = Producer::new(&log);
    let (mut ping, mut pong) = (reader(&log, "ping"), reader(&log, "pong"));
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..50 {
                let value = take(&mut ping, 1).remove(0);
                producer.send(&[output("pong", "k", &value)]).unwrap();
            }
        });
        for n in 0..50 {
            producer.send(&[output("ping", "k", &n.to_string())]).unwrap();
            assert_eq!(take(&mut pong, 1), [n.to_string()]);
        }
    });
}

#[test]
fn a_reader_finds_the_end_behind_records_that_retention_removed() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[TopicSpec { retention: Retention::Delete(Some(1)), ..topic("t", 1) }]).unwrap();
    Producer::new(&log).send(&vec![output("t", "k", "v"); 3]).unwrap();
    let mut reader = reader(&log, "t");
    log.sweep(now().plus_millis(1_000_000)).unwrap();
    assert_eq!(reader.poll(LONG).unwrap(), Read::End);
    assert_eq!(reader.poll(Duration::ZERO).unwrap(), Read::Nothing);
}
