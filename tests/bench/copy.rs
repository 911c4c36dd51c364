//! The plain copy: every record of some topics to one other, a thousand in a transaction.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

const BATCH: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts what is under way, and wakes who waits for it.
#[derive(Clone, Default)]
struct Deliveries(Arc<(Mutex<usize>, Condvar)>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        assert!(result.is_ok(), "the broker takes every record");
        let (count, moved) = &*self.0;
        *count.lock().unwrap() -= 1;
        moved.notify_all();
    }
}

/// Copies `count` records; returns how long it took, and the time from the first send to the end of the
/// commit of each transaction.
pub(crate) fn run(
    bootstrap: &str,
    topics: &[String],
    target: &str,
    count: usize,
) -> (Duration, Vec<Duration>) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "bench-copy")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("fetch.queue.backoff.ms", "10")
        .create()
        .unwrap();
    consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let deliveries = Deliveries::default();
    let producer: ThreadedProducer<Deliveries> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", "bench-copy")
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .create_with_context(deliveries.clone())
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();

    let (mut copied, mut times, mut began) = (0, Vec::new(), None);
    while copied < count {
        let mut records = Vec::new();
        while records.len() < BATCH && copied + records.len() < count {
            match consumer.poll(Duration::from_millis(20)) {
                Some(record) => records.push(record.unwrap().detach()),
                None if records.is_empty() => {}
                None => break,
            }
        }
        // Joining the group is not what is measured.
        began.get_or_insert_with(Instant::now);
        let sent = Instant::now();
        producer.begin_transaction().unwrap();
        *deliveries.0.0.lock().unwrap() += records.len();
        let mut offsets = TopicPartitionList::new();
        for record in &records {
            let mut out = BaseRecord::to(target).payload(record.payload().unwrap_or_default());
            out.key = record.key();
            producer.send(out).map_err(|(error, _): (_, BaseRecord<'_, [u8], [u8]>)| error).unwrap();
            let place = (record.topic(), record.partition());
            match offsets.find_partition(place.0, place.1) {
                Some(mut known) => known.set_offset(Offset::Offset(record.offset() + 1)).unwrap(),
                None => offsets
                    .add_partition_offset(place.0, place.1, Offset::Offset(record.offset() + 1))
                    .unwrap(),
            }
        }
        let (under_way, moved) = &*deliveries.0;
        let left = moved.wait_timeout_while(under_way.lock().unwrap(), PATIENCE, |n| *n > 0).unwrap();
        assert!(!left.1.timed_out(), "deliveries come");
        drop(left);
        let group = consumer.group_metadata().unwrap();
        producer.send_offsets_to_transaction(&offsets, &group, PATIENCE).unwrap();
        producer.commit_transaction(PATIENCE).unwrap();
        times.push(sent.elapsed());
        copied += records.len();
    }
    (began.unwrap().elapsed(), times)
}
