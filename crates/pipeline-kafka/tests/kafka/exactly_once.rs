//! Every input has one output, whatever happens to transactions on the way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pipeline::{Action, Header, Headers, Output, TransactionResult};
use pipeline_kafka::{Fault, FaultPlan, Moment};

use crate::world::{Seen, World};

#[test]
fn copies_through_aborts_and_unknown_outcomes() {
    let world = World::new("faults", 2);
    world.produce(0, 3_000, 17);
    let calls = AtomicU64::new(0);
    let plan: FaultPlan = Arc::new(move |_, action, moment| {
        if *action == Action::Abort {
            return None;
        }
        match (calls.fetch_add(1, Ordering::Relaxed) % 53, moment) {
            (17, _) => Some(Fault::Abort),
            // After a commit: in truth it committed. Before: it did not.
            (42, _) => Some(Fault::Unknown),
            _ => None,
        }
    });
    let worker = world.spawn(world.worker().with_faults(plan));
    world.assert_exactly_once(3_000, vec![worker]);
    assert!(world.reports.count(TransactionResult::Aborted) > 3);
    assert!(world.reports.count(TransactionResult::Unknown) > 3);
}

#[test]
fn an_unknown_outcome_that_in_truth_committed_is_not_done_again() {
    let world = World::new("truth", 1);
    world.produce(0, 200, 5);
    let commits = AtomicU64::new(0);
    let plan: FaultPlan = Arc::new(move |_, action, moment| {
        let strikes = *action == Action::Commit && moment == Moment::After;
        (strikes && commits.fetch_add(1, Ordering::Relaxed) == 1).then_some(Fault::Unknown)
    });
    let worker = world.spawn(world.worker().with_faults(plan));
    world.assert_exactly_once(200, vec![worker]);
    assert_eq!(world.reports.count(TransactionResult::Unknown), 1);
}

#[test]
fn dead_letters_carry_the_original_bytes_and_a_burst_pauses_the_source() {
    let mut world = World::new("dead", 1);
    world.limits.dead_letter_burst = 3;
    world.limits.pause_millis = 500;
    let seen = world.reports.watch();
    // A name that is not ASCII, a name twice, a header without value, an empty value, no key.
    let headers = Headers(vec![
        ("größe".to_owned(), Some(vec![0, 255])),
        ("twice".to_owned(), Some(b"1".to_vec())),
        ("twice".to_owned(), None),
        ("empty".to_owned(), Some(Vec::new())),
    ]);
    let odd = Output { key: None, value: Some(Vec::new()), headers, ..world.record("", b"") };
    let bad = world.record("k", b"bad");
    let records = [odd.clone(), world.record("k", b"1"), bad.clone(), bad.clone(), bad.clone(), bad];
    world.produce_records(&records);
    world.produce_records(&[world.record("k", b"2")]);
    let worker = world.spawn(world.worker());
    world.await_records(&world.output, 2);
    worker.stop().unwrap();

    let letters = world.read(&world.spec.dead_letters);
    assert_eq!(letters.len(), 5);
    let letter = &letters[0];
    assert_eq!((&letter.key, &letter.value), (&odd.key, &odd.value));
    assert_eq!(letter.headers.0[..4], odd.headers.0[..]);
    assert_eq!(letter.headers.text(Header::TOPIC), Some(world.input.as_str()));
    assert_eq!(letter.headers.text(Header::OFFSET), Some("0"));
    let pauses: Vec<Seen> = seen.try_iter().filter(|seen| matches!(seen, Seen::Paused(_))).collect();
    assert_eq!(pauses, [Seen::Paused(true), Seen::Paused(false)]);
}

/// A writer in another language may use any bytes as a header's name.
#[test]
fn a_header_name_that_is_no_text_does_not_stop_the_service() {
    let world = World::new("header", 1);
    let name = String::from_utf8_lossy(b"caf\xe9").into_owned();
    raw::send_with_header(&world, c"caf\xe9", b"x");
    world.produce_records(&[world.record("k", b"2")]);
    let worker = world.spawn(world.worker());
    let outputs = world.await_records(&world.output, 2);
    worker.stop().unwrap();
    let values: BTreeMap<_, _> = outputs.iter().map(|o| (o.offset, o.headers.get(&name))).collect();
    assert_eq!(values.into_values().next().unwrap(), Some(&b"x"[..]));
}

mod raw {
    //! Writes what the safe binding cannot write.
    #![allow(unsafe_code, reason = "a header name that is not UTF-8")]

    use std::ffi::CStr;

    use rdkafka::config::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

    use crate::world::{PATIENCE, World};

    pub(super) fn send_with_header(world: &World, name: &CStr, value: &[u8]) {
        let producer: BaseProducer =
            ClientConfig::new().set("bootstrap.servers", &world.config.bootstrap_servers).create().unwrap();
        // SAFETY: the binding only hands the pointer and the length of the name on, and never looks.
        let text = unsafe { std::str::from_utf8_unchecked(name.to_bytes()) };
        let headers = rdkafka::message::OwnedHeaders::new()
            .insert(rdkafka::message::Header { key: text, value: Some(value) });
        let record = BaseRecord::to(world.input.as_str()).partition(0).key("k").payload("1").headers(headers);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
    }
}
