//! What the broker must be able to do before any other test means anything.

use std::time::{Duration, Instant};

use pipeline::{Retention, Topic};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::world::{PATIENCE, World, topic};

/// A bare transactional producer, initialised.
pub(crate) fn transactional(world: &World, id: &str) -> BaseProducer {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &world.config.bootstrap_servers)
        .set("transactional.id", id)
        .set("transaction.timeout.ms", "60000")
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer
}

pub(crate) fn send(producer: &BaseProducer, topic: &Topic, partition: i32, key: &[u8], value: &str) {
    let record = BaseRecord::to(topic.as_str()).partition(partition).key(key).payload(value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
}

#[test]
fn hides_an_aborted_record() {
    let world = World::new("hides", 1);
    let producer = transactional(&world, "hides");
    for (value, commit) in [("aborted", false), ("committed", true)] {
        producer.begin_transaction().unwrap();
        send(&producer, &world.output, 0, b"k", value);
        if commit {
            producer.commit_transaction(PATIENCE).unwrap();
        } else {
            producer.abort_transaction(PATIENCE).unwrap();
        }
    }
    let seen = world.read(&world.output);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].value.as_deref(), Some(&b"committed"[..]));
    // The aborted one is there all the same: somebody who reads uncommitted records finds it.
    let raw: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &world.config.bootstrap_servers)
        .set("group.id", "hides-raw")
        .set("isolation.level", "read_uncommitted")
        .create()
        .unwrap();
    let mut places = TopicPartitionList::new();
    places.add_partition_offset(world.output.as_str(), 0, Offset::Beginning).unwrap();
    raw.assign(&places).unwrap();
    let first = raw.poll(PATIENCE).unwrap().unwrap();
    assert_eq!(rdkafka::Message::payload(&first), Some(&b"aborted"[..]));
}

#[test]
fn refuses_a_stale_generation() {
    let world = World::new("stale", 2);
    let member = || -> BaseConsumer {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &world.config.bootstrap_servers)
            .set("group.id", "stale")
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        consumer.subscribe(&[world.input.as_str()]).unwrap();
        consumer
    };
    let owns = |consumer: &BaseConsumer| {
        drop(consumer.poll(Duration::from_millis(50)));
        consumer.assignment().unwrap().count()
    };
    let deadline = Instant::now() + PATIENCE;
    let first = member();
    while owns(&first) != 2 {
        assert!(Instant::now() < deadline);
    }
    let stale = first.group_metadata().unwrap();
    let second = member();
    while (owns(&first), owns(&second)) != (1, 1) {
        assert!(Instant::now() < deadline);
    }
    let producer = transactional(&world, "stale");
    producer.begin_transaction().unwrap();
    send(&producer, &world.output, 0, b"k", "v");
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(world.input.as_str(), 0, Offset::Offset(1)).unwrap();
    let refused = producer.send_offsets_to_transaction(&offsets, &stale, PATIENCE);
    let Err(KafkaError::Transaction(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.code(), RDKafkaErrorCode::IllegalGeneration);
    assert!(error.txn_requires_abort());
    producer.abort_transaction(PATIENCE).unwrap();
}

/// What the check of the generation is for: the broker does not check an offset that comes without.
#[test]
fn accepts_offsets_of_somebody_who_is_no_member() {
    let world = World::new("stranger", 1);
    world.create(&[topic(&world.partner, 1, Retention::Delete(None))]);
    let stranger: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &world.config.bootstrap_servers)
        .set("group.id", "stranger")
        .create()
        .unwrap();
    let producer = transactional(&world, "stranger");
    producer.begin_transaction().unwrap();
    send(&producer, &world.output, 0, b"k", "v");
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(world.input.as_str(), 0, Offset::Offset(1)).unwrap();
    let metadata = stranger.group_metadata().unwrap();
    producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
    producer.commit_transaction(PATIENCE).unwrap();
}
