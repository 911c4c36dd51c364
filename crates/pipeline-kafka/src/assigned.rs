//! A consumer of chosen partitions of one topic: no group, no commits, committed records only.

use std::time::Duration;

use pipeline::{NextOffset, Partition, Topic};
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};

use crate::client;
use crate::config::KafkaConfig;
use crate::errors::ClientError;
use crate::logs::Logs;
use crate::native::{ConsumerQueue, Polled};

/// Reads partitions of one topic.
pub(crate) struct AssignedConsumer {
    // The order of fields is the order of dropping: the queue belongs to the consumer.
    queue: ConsumerQueue,
    consumer: BaseConsumer<Logs>,
    topic: Topic,
}

impl AssignedConsumer {
    /// A consumer that reads nothing yet.
    pub(crate) fn new(config: &KafkaConfig, group: &str, topic: &Topic) -> Result<Self, ClientError> {
        let consumer: BaseConsumer<Logs> = client::assigned_consumer(config, group)?
            .create_with_context(Logs)
            .map_err(|e| ClientError::Settings(e.to_string()))?;
        let queue = ConsumerQueue::new(&consumer)
            .ok_or_else(|| ClientError::Settings("the consumer has no queue".to_owned()))?;
        Ok(Self { queue, consumer, topic: topic.clone() })
    }

    /// Begins to read each partition at its offset.
    pub(crate) fn assign(&self, places: &[(Partition, NextOffset)]) -> Result<(), ClientError> {
        let error = |e| ClientError::broker("reading the topic", &e);
        let mut list = TopicPartitionList::new();
        for (partition, offset) in places {
            let offset = KafkaOffset::Offset(i64::try_from(offset.0).unwrap_or(i64::MAX));
            list.add_partition_offset(self.topic.as_str(), number(*partition), offset).map_err(error)?;
        }
        self.consumer.assign(&list).map_err(error)
    }

    /// For questions to the broker.
    pub(crate) fn client(&self) -> &Client<Logs> {
        self.consumer.client()
    }

    /// The next event.
    pub(crate) fn poll(&self, timeout: Duration) -> Polled {
        self.queue.poll(&self.topic, timeout)
    }

    /// How many partitions the topic has; 0 when it does not exist.
    pub(crate) fn partitions(&self) -> Result<u32, ClientError> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(self.topic.as_str()), client::ANSWER)
            .map_err(|e| ClientError::broker("looking the topic up", &e))?;
        Ok(metadata
            .topics()
            .iter()
            .find(|topic| topic.name() == self.topic.as_str())
            .map_or(0, |topic| u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX)))
    }

    /// The first offset that exists, and the end of what is committed.
    pub(crate) fn watermarks(&self, partition: Partition) -> Result<(NextOffset, NextOffset), ClientError> {
        self.consumer
            .fetch_watermarks(self.topic.as_str(), number(partition), client::ANSWER)
            .map(|(low, high)| (offset(low), offset(high)))
            .map_err(|e| ClientError::broker("asking for the partition's ends", &e))
    }
}

/// A partition number as the client library wants it.
pub(crate) fn number(partition: Partition) -> i32 {
    i32::try_from(partition.0).unwrap_or(i32::MAX)
}

/// An offset of the client library; negative ones mean that there is none.
pub(crate) fn offset(raw: i64) -> NextOffset {
    NextOffset(u64::try_from(raw).unwrap_or_default())
}
