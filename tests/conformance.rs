//! One suite for both transports: what a service may rely on, whatever carries its records.
//!
//! Groups, rebalance, fencing and take-over exist on Kafka only and are tested beside its worker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::thread;
use std::time::{Duration, Instant};

use leadshare_tests::tally::{LONG, Names, StopOnDrop, Tally, Watch, limits, output};
use leadshare_tests::transport::{Embedded, Kafka, Transport};
use pipeline::{Counter, Processor, Service, Source, StopSignal, Topic};

/// A test: a transport, and names of its own.
type Case = fn(&dyn Transport, &Names);

fn on_embedded(case: Case) {
    case(&Embedded::new(), &Names::new("t"));
}

fn on_kafka(name: &str, case: Case) {
    case(&Kafka::new(name), &Names::new(name));
}

macro_rules! suite {
    ($($case:ident),* $(,)?) => {
        mod embedded { $(#[test] fn $case() { super::on_embedded(super::$case); })* }
        mod kafka { $(#[test] fn $case() { super::on_kafka(stringify!($case), super::$case); })* }
    };
}

suite!(
    a_batch_is_all_or_nothing,
    readers_see_whole_batches,
    a_restart_neither_loses_nor_repeats,
    lost_state_is_rebuilt,
    a_worker_stops_at_once,
    a_missing_topic_stops_no_other,
    dead_letters_are_part_of_the_batch,
);

/// Runs the service while `body` runs, then stops it. Returns how the worker ended.
fn while_running(
    transport: &dyn Transport,
    names: &Names,
    stops_at: Option<&'static str>,
    body: impl FnOnce(&Watch),
) -> Result<(), String> {
    let (spec, limits, watch, stop) = (names.service(), limits(), Watch::default(), StopSignal::new());
    let make = |_: &Source| -> Box<dyn Processor> { Box::new(Tally { names: names.clone(), stops_at }) };
    let stores = transport.stores();
    let service = Service {
        spec: &spec,
        make_processor: &make,
        stores: stores.as_ref(),
        limits: &limits,
        observer: &watch,
        stop: &stop,
    };
    thread::scope(|scope| {
        let worker = scope.spawn(|| transport.run(&service));
        let ends = StopOnDrop(stop.clone());
        body(&watch);
        if stops_at.is_none() {
            drop(ends);
        }
        worker.join().unwrap()
    })
}

fn values(transport: &dyn Transport, topic: &Topic) -> Vec<String> {
    let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default()).unwrap();
    transport.committed(topic).into_iter().map(|r| text(r.value)).collect()
}

/// Reads until it is as it should be: a broker marks the partitions of a commit one after the other, so
/// that one may show it a moment before another does.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "never so: {what}");
    }
}

fn send(transport: &dyn Transport, names: &Names, sent: &[(&str, &str)]) {
    let records: Vec<_> = sent.iter().map(|(key, value)| output(&names.input, key, value)).collect();
    transport.send(&records);
}

fn until_messages(n: u64) -> impl FnOnce(&Watch) {
    move |watch| watch.wait(&format!("{n} messages"), |seen| seen.count(Counter::Messages) >= n)
}

/// PL-3: a batch that a fault of ours ends leaves no output, no state and no offset behind.
fn a_batch_is_all_or_nothing(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    send(transport, names, &[("a", "one"), ("a", "two"), ("b", "last")]);
    let ended = while_running(transport, names, Some("last"), |_| {});
    assert!(ended.unwrap_err().contains("tally"), "the task stops and says where");
    assert_eq!(values(transport, &names.first), Vec::<String>::new());
    assert_eq!(values(transport, &names.second), Vec::<String>::new());

    transport.restart();
    while_running(transport, names, None, until_messages(3)).unwrap();
    assert_eq!(values(transport, &names.first), ["one#1", "two#2", "last#1"]);
    assert_eq!(values(transport, &names.second), ["one#1", "two#2", "last#1"]);
}

/// PL-3: what a batch writes to several topics becomes visible together.
fn readers_see_whole_batches(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    let sent: Vec<String> = (0..200).map(|n| format!("v{n}")).collect();
    send(transport, names, &sent.iter().map(|v| ("k", v.as_str())).collect::<Vec<_>>());
    while_running(transport, names, None, |watch| {
        for _ in 0..10 {
            // Whatever is visible in one topic is so in the other one.
            let second = values(transport, &names.second);
            eventually("the other half of a batch", || {
                let first = values(transport, &names.first);
                second.iter().all(|v| first.contains(v))
            });
        }
        watch.wait("200 messages", |seen| seen.count(Counter::Messages) >= 200);
    })
    .unwrap();
    assert_eq!(values(transport, &names.first).len(), 200);
}

/// PL-1 and PL-2: a restart goes on where the last commit ended.
fn a_restart_neither_loses_nor_repeats(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    let mut expected = Vec::new();
    for round in 1..=3 {
        send(transport, names, &[("a", "x"), ("b", "y")]);
        expected.extend([format!("x#{round}"), format!("y#{round}")]);
        while_running(transport, names, None, until_messages(2 * round)).unwrap();
        transport.restart();
    }
    assert_eq!(values(transport, &names.first), expected);
}

/// PL-4: state is the fold of the committed records, whatever happened to the disk.
fn lost_state_is_rebuilt(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    send(transport, names, &[("a", "x"), ("a", "y"), ("b", "z"), ("a", "bad")]);
    while_running(transport, names, None, until_messages(4)).unwrap();
    if !transport.lose_state() {
        // Log and state are one here, and cannot come apart.
        transport.restart();
    }
    send(transport, names, &[("a", "x"), ("b", "y")]);
    while_running(transport, names, None, |watch| {
        watch.wait("the counters go on", |seen| seen.count(Counter::Messages) == 6);
        watch.wait("with every kind", |seen| seen.count(Counter::DeadLetters) == 1);
    })
    .unwrap();
    assert_eq!(values(transport, &names.first), ["x#1", "y#2", "z#1", "x#3", "y#2"]);
}

/// A worker that is told to stop ends within 5 seconds, idle or not.
fn a_worker_stops_at_once(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    let mut since = Instant::now();
    while_running(transport, names, None, |watch| {
        watch.wait("the partition", |seen| !seen.owned.is_empty());
        send(transport, names, &vec![("k", "v"); 500]);
        since = Instant::now();
    })
    .unwrap();
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

/// PL-6: a topic that is missing keeps nobody from what goes elsewhere, and is served once it exists.
fn a_missing_topic_stops_no_other(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(false));
    send(transport, names, &[("a", "x"), ("a", "y")]);
    while_running(transport, names, None, |watch| {
        watch.wait("both messages", |seen| seen.count(Counter::Messages) == 2);
        eventually("what goes elsewhere", || values(transport, &names.first) == ["x#1", "y#2"]);
        transport.create(&names.specs(true));
        watch.wait("what was kept is sent", |seen| seen.count(Counter::Disclosures) == 2);
    })
    .unwrap();
    assert_eq!(values(transport, &names.second), ["x#1", "y#2"]);
    assert_eq!(values(transport, &names.first), ["x#1", "y#2"]);
}

/// PL-8: a bad record is a dead letter, whole, and leaves nothing else; the batch goes on.
fn dead_letters_are_part_of_the_batch(transport: &dyn Transport, names: &Names) {
    transport.create(&names.specs(true));
    send(transport, names, &[("a", "x"), ("a", "bad"), ("a", "y")]);
    while_running(transport, names, None, until_messages(3)).unwrap();
    assert_eq!(values(transport, &names.first), ["x#1", "y#2"]);
    let dead = transport.committed(&names.dead);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].value.as_deref(), Some(b"bad".as_slice()));
    assert_eq!(dead[0].headers.text("leadshare-reason"), Some("bad"));
    assert_eq!(dead[0].headers.text("__connect.errors.offset"), Some("1"));
}
