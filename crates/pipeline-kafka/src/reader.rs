//! Reads a topic for people and tools: `tail`, `trace`, dead letters. Committed records only.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::{NextOffset, Partition, Record, Topic};

use crate::assigned::AssignedConsumer;
use crate::config::KafkaConfig;
use crate::errors::ClientError;
use crate::native::Polled;

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the first record that exists.
    Beginning,
    /// After the last one.
    End,
    /// At this offset, or at the first record that exists if that is later.
    At(NextOffset),
}

/// What a reader found.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// A record.
    Record(Record),
    /// Every partition was read up to where it ended when the reader was opened. Said once.
    End,
    /// Nothing in this time.
    Nothing,
}

/// Reads one topic.
pub struct Reader {
    consumer: AssignedConsumer,
    /// Ends still ahead, by partition.
    ahead: BTreeMap<Partition, NextOffset>,
    end_said: bool,
}

impl Reader {
    /// Opens some partitions of a topic, or all of them.
    pub fn open(
        config: &KafkaConfig,
        topic: &Topic,
        partitions: Option<&[Partition]>,
        start: Start,
    ) -> Result<Self, ClientError> {
        let consumer = AssignedConsumer::new(config, &config.group("reader"), topic)?;
        let count = consumer.partitions()?;
        if count == 0 {
            return Err(ClientError::Broker {
                what: "reading the topic",
                reason: format!("topic `{topic}` does not exist; create it with `leadshare topics apply`"),
            });
        }
        let all: Vec<Partition> = (0..count).map(Partition).collect();
        let (mut places, mut ahead) = (Vec::new(), BTreeMap::new());
        for partition in partitions.unwrap_or(&all) {
            let (low, high) = consumer.watermarks(*partition)?;
            let first = match start {
                Start::Beginning => low,
                Start::End => high,
                Start::At(offset) => offset.clamp(low, high),
            };
            places.push((*partition, first));
            if first < high {
                ahead.insert(*partition, high);
            }
        }
        consumer.assign(&places)?;
        Ok(Self { consumer, ahead, end_said: false })
    }

    /// The next record, or the news that the end is reached; waits at most `timeout`.
    pub fn poll(&mut self, timeout: Duration) -> Result<Read, ClientError> {
        let deadline = Instant::now() + timeout;
        loop {
            if self.ahead.is_empty() && !self.end_said {
                self.end_said = true;
                return Ok(Read::End);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.consumer.poll(left) {
                Polled::Record(record) => {
                    self.passed(record.source.partition, record.offset.next());
                    return Ok(Read::Record(record));
                }
                Polled::End(partition, end) => self.passed(partition, end),
                Polled::Error(code) => tracing::warn!(%code, "reading goes on after an error"),
                Polled::Nothing if left.is_zero() => return Ok(Read::Nothing),
                Polled::Nothing => {}
            }
        }
    }

    fn passed(&mut self, partition: Partition, next: NextOffset) {
        if self.ahead.get(&partition).is_some_and(|end| next >= *end) {
            self.ahead.remove(&partition);
        }
    }

    /// Every record up to where the topic ended when the reader was opened. Fails when that takes
    /// longer than `patience` without any progress, as while a transaction is open.
    pub fn read_to_end(
        &mut self,
        patience: Duration,
        mut each: impl FnMut(Record),
    ) -> Result<(), ClientError> {
        loop {
            match self.poll(patience)? {
                Read::Record(record) => each(record),
                Read::End => return Ok(()),
                Read::Nothing => {
                    return Err(ClientError::Broker {
                        what: "reading to the end",
                        reason: "no record and no end in time; a transaction may still be open".to_owned(),
                    });
                }
            }
        }
    }
}
