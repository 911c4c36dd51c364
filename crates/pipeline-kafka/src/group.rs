//! Membership in the consumer group: what is ours, and what was taken away.
//!
//! The callback runs inside a poll, so it only records what happened. A partition arrives paused; it
//! flows when the worker has restored its state and found its position.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipeline::{Partition, Source, Topic};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use crate::{assigned, logs};

/// The consumer of a worker.
pub(crate) type GroupConsumer = BaseConsumer<Membership>;

/// What happened to an input partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupEvent {
    /// It is ours, and paused.
    Assigned(Source),
    /// It is not ours any more: given back, or lost because we were silent for too long.
    Revoked(Source),
}

/// The context of the consumer.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    events: Mutex<Vec<GroupEvent>>,
    displaced: Mutex<Vec<Source>>,
    lost: AtomicBool,
    /// Records between the last stable offset and the end, as the library's statistics had it last.
    blocked: Mutex<BTreeMap<Source, u64>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Membership {
    /// What happened since the last call, in order.
    pub(crate) fn take_events(&self) -> Vec<GroupEvent> {
        std::mem::take(&mut locked(&self.events))
    }

    /// Whether there is anything to take.
    pub(crate) fn has_events(&self) -> bool {
        !locked(&self.events).is_empty() || !locked(&self.displaced).is_empty()
    }

    /// Partitions of which a record was polled that nobody processed; they must be read again from
    /// their position.
    pub(crate) fn take_displaced(&self) -> Vec<Source> {
        std::mem::take(&mut locked(&self.displaced))
    }

    /// Whether the group went on without us: the coordinator did not hear from us in time. The library would join
    /// again by itself, but after a broker that stood still it sometimes asks once and then never again, without
    /// an error; a new consumer always asks.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Records that an open transaction keeps from being read.
    pub(crate) fn blocked(&self, source: &Source) -> u64 {
        locked(&self.blocked).get(source).copied().unwrap_or_default()
    }

    /// Whether the partition was revoked and the worker has not heard of it yet.
    fn is_revoked(&self, source: &Source) -> bool {
        let events = locked(&self.events);
        let last = events.iter().rev().find(|event| match event {
            GroupEvent::Assigned(s) | GroupEvent::Revoked(s) => s == source,
        });
        matches!(last, Some(GroupEvent::Revoked(_)))
    }
}

/// Stays in the group while no records are wanted, as during a restore. False when the partition was
/// taken away meanwhile.
pub(crate) fn keep_alive(consumer: &GroupConsumer, source: &Source) -> bool {
    // A change in the group waits behind the records in the queue. Each of them pauses its partition,
    // which empties the queue; the worker seeks and resumes it later.
    while let Some(polled) = consumer.poll(Duration::ZERO) {
        if let Ok(message) = polled {
            let other = source_of(&message);
            if let Err(error) = consumer.pause(&place(&other, Offset::Invalid)) {
                tracing::debug!(source = %other, %error, "a partition could not be paused");
            }
            locked(&consumer.context().displaced).push(other);
        }
    }
    !consumer.context().is_revoked(source)
}

/// One partition as the library names it.
pub(crate) fn place(source: &Source, offset: Offset) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(1);
    let mut place = list.add_partition(source.topic.as_str(), assigned::number(source.partition));
    // Fails for offsets that cannot be written, of which there are none here.
    if let Err(error) = place.set_offset(offset) {
        tracing::debug!(%source, %error, "an offset was not accepted");
    }
    list
}

/// The input partition of a message.
pub(crate) fn source_of(message: &BorrowedMessage<'_>) -> Source {
    Source {
        topic: Topic::new(message.topic()),
        partition: Partition(u32::try_from(message.partition()).unwrap_or_default()),
    }
}

fn sources(list: &TopicPartitionList) -> Vec<Source> {
    list.elements()
        .iter()
        .map(|place| Source {
            topic: Topic::new(place.topic()),
            partition: Partition(u32::try_from(place.partition()).unwrap_or_default()),
        })
        .collect()
}

fn take(consumer: &GroupConsumer, list: &mut TopicPartitionList) -> KafkaResult<()> {
    // A paused partition needs some offset; the worker seeks to the right one before it resumes.
    // Without one, the library would ask for the committed offset, which only the task may judge.
    list.set_all_offsets(Offset::Offset(0))?;
    consumer.incremental_assign(list)?;
    consumer.pause(list)
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        logs::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        logs::error_event(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let mut blocked = locked(&self.blocked);
        for (name, topic) in &statistics.topics {
            for partition in topic.partitions.values().filter(|partition| partition.ls_offset >= 0) {
                let Ok(number) = u32::try_from(partition.partition) else { continue };
                let behind = partition.hi_offset.saturating_sub(partition.ls_offset);
                blocked.insert(Source::new(name.as_str(), number), u64::try_from(behind).unwrap_or_default());
            }
        }
    }
}

impl ConsumerContext for Membership {
    /// Replaces the default, which would assign a second time.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let concerned = sources(list);
        if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            match take(consumer, list) {
                Ok(()) => locked(&self.events).extend(concerned.into_iter().map(GroupEvent::Assigned)),
                Err(error) => tracing::warn!(%error, "partitions could not be taken"),
            }
        } else {
            // Asked now: the library forgets it with the assignment.
            if consumer.assignment_lost() {
                self.lost.store(true, Ordering::Release);
            }
            if consumer.incremental_unassign(list).is_err()
                && let Err(error) = consumer.unassign()
            {
                tracing::warn!(%error, "partitions could not be given back");
            }
            locked(&self.events).extend(concerned.into_iter().map(GroupEvent::Revoked));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_partition_counts() {
        let membership = Membership::default();
        let (a, b) = (Source::new("t", 0), Source::new("t", 1));
        assert!(!membership.is_revoked(&a));
        locked(&membership.events).push(GroupEvent::Assigned(a.clone()));
        locked(&membership.events).push(GroupEvent::Revoked(b.clone()));
        assert!(!membership.is_revoked(&a));
        assert!(membership.is_revoked(&b));
        locked(&membership.events).push(GroupEvent::Assigned(b.clone()));
        assert!(!membership.is_revoked(&b));
        assert_eq!(membership.take_events().len(), 3);
        assert!(membership.take_events().is_empty());
    }
}
