//! A topic that refuses records is left out, and nobody else waits for it.

use std::collections::BTreeMap;

use pipeline::{Retention, TaskError, TransactionResult, Undeliverable};
use pipeline_kafka::WorkerError;

use crate::world::{Stores, World, numbered, topic};

#[test]
fn a_missing_topic_is_known_to_the_processor_and_made_good_when_it_comes() {
    let world = World::new("missing", 1);
    let records: Vec<_> = (0..100).map(|n| world.record(&format!("k{n}"), b"partner")).collect();
    world.produce_records(&records);
    let worker = world.spawn(world.worker());
    assert_eq!(world.await_records(&world.output, 100).len(), 100);
    world.create(&[topic(&world.partner, 1, Retention::Delete(None))]);
    let delivered = world.await_records(&world.partner, 100);
    worker.stop().unwrap();
    let copies: BTreeMap<_, _> = delivered.iter().map(|r| (numbered(r).0, numbered(r).1)).collect();
    assert_eq!(copies.len(), 100);
    assert_eq!(world.read(&world.partner).len(), 100);
    assert_eq!(world.read(&world.output).len(), 100);
}

#[test]
fn a_record_that_is_too_large_for_one_topic_blocks_no_smaller_one() {
    let world = World::new("large", 1);
    let mut small = topic(&world.partner, 1, Retention::Delete(None));
    small.max_record_bytes = 2_000;
    world.create(&[small]);
    // Bytes that no compression makes small enough.
    let mut noise = 1_u32;
    let mut random = |length: usize| -> Vec<u8> {
        let step = |_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + u8::try_from(noise >> 28).unwrap()
        };
        [b"partner".to_vec(), (0..length).map(step).collect()].concat()
    };
    let records: Vec<_> = (0..60)
        .map(|n| world.record(&format!("k{n}"), &random(if n % 10 == 5 { 60_000 } else { 20 })))
        .collect();
    world.produce_records(&records);
    let worker = world.spawn(world.worker());
    assert_eq!(world.await_records(&world.output, 60).len(), 60);
    assert_eq!(world.await_records(&world.partner, 54).len(), 54);
    worker.stop().unwrap();
    assert_eq!(world.read(&world.partner).len(), 54);
    let owed = world.stores.contents().into_keys().filter(|(_, key)| key.starts_with(b"owed/"));
    assert_eq!(owed.count(), 6);
}

#[test]
fn a_topic_that_the_service_cannot_do_without_stops_it() {
    let world = World::new("unusable", 1);
    let mut topics = world.topics();
    topics.retain(|spec| spec.name != world.output);
    let bare = World::reach(&world.config.bootstrap_servers, "unusable-bare", 1);
    let mut needed = bare.topics();
    needed.retain(|spec| spec.name != bare.output);
    bare.create(&needed);
    bare.produce(0, 10, 3);
    let result = bare.spawn_with(bare.worker(), Stores::default()).join();
    let Err(WorkerError::Task(TaskError::TopicUnusable { topic, why })) = result else {
        panic!("{result:?}")
    };
    assert_eq!((topic, why), (bare.output.clone(), Undeliverable::TopicMissing));
    assert_eq!(bare.reports.count(TransactionResult::Committed), 0);
}
