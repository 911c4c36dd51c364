//! Reads a topic for people and tools: `tail`, `trace`, dead letters. Nothing is committed.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use pipeline::{NextOffset, Partition, Record, Source, Topic};

use crate::error::Error;
use crate::log::Log;
use crate::subscription::Subscription;

/// Records fetched at a time from each partition.
const FETCH_RECORDS_MAX: usize = 500;
/// Bytes fetched at a time from each partition.
const FETCH_BYTES_MAX: usize = 4 << 20;

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

/// Reads one topic. Order holds within a partition.
pub struct Reader {
    log: Log,
    positions: Vec<(Source, NextOffset)>,
    fetched: VecDeque<Record>,
    /// Ends still ahead, by partition.
    ahead: BTreeMap<Partition, NextOffset>,
    end_said: bool,
    subscription: Subscription,
}

impl Reader {
    /// Opens some partitions of a topic, or all of them.
    pub fn open(
        log: &Log,
        topic: &Topic,
        partitions: Option<&[Partition]>,
        start: Start,
    ) -> Result<Self, Error> {
        let count = log.partitions(topic).ok_or_else(|| Error::TopicMissing { topic: topic.clone() })?;
        let all: Vec<Partition> = (0..count).map(Partition).collect();
        let (mut positions, mut ahead) = (Vec::new(), BTreeMap::new());
        for partition in partitions.unwrap_or(&all) {
            let source = Source { topic: topic.clone(), partition: *partition };
            let (low, high) = (log.start_offset(&source)?, log.end_offset(&source)?);
            let first = match start {
                Start::Beginning => low,
                Start::End => high,
                Start::At(offset) => offset.clamp(low, high),
            };
            if first < high {
                ahead.insert(*partition, high);
            }
            positions.push((source, first));
        }
        let subscription = log.subscribe([topic.clone()]);
        Ok(Self {
            log: log.clone(),
            positions,
            fetched: VecDeque::new(),
            ahead,
            end_said: false,
            subscription,
        })
    }

    /// The next record, or the news that the end is reached; waits at most `timeout`.
    pub fn poll(&mut self, timeout: Duration) -> Result<Read, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            if self.ahead.is_empty() && !self.end_said {
                self.end_said = true;
                return Ok(Read::End);
            }
            let seen = self.subscription.seen();
            if self.fetched.is_empty() {
                self.fetch()?;
            }
            if let Some(record) = self.fetched.pop_front() {
                self.passed(record.source.partition, record.offset.next());
                return Ok(Read::Record(record));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let more_to_say = self.ahead.is_empty() && !self.end_said;
            if !more_to_say && (left.is_zero() || !self.subscription.wait(seen, left)) {
                return Ok(Read::Nothing);
            }
        }
    }

    /// Every record up to where the topic ended when the reader was opened, and those read on the way
    /// there. `patience` is for transports where the end can be out of reach for a while.
    pub fn read_to_end(&mut self, patience: Duration, mut each: impl FnMut(Record)) -> Result<(), Error> {
        loop {
            match self.poll(patience)? {
                Read::Record(record) => each(record),
                Read::End | Read::Nothing => return Ok(()),
            }
        }
    }

    fn fetch(&mut self) -> Result<(), Error> {
        let mut passed = Vec::new();
        for (source, position) in &mut self.positions {
            let fetched = self.log.read(source, *position, FETCH_RECORDS_MAX, FETCH_BYTES_MAX)?;
            *position = fetched.next;
            // Retention may have removed what stood at the end.
            if fetched.records.is_empty() {
                passed.push((source.partition, fetched.next));
            }
            self.fetched.extend(fetched.records);
        }
        for (partition, next) in passed {
            self.passed(partition, next);
        }
        Ok(())
    }

    fn passed(&mut self, partition: Partition, next: NextOffset) {
        if self.ahead.get(&partition).is_some_and(|end| next >= *end) {
            self.ahead.remove(&partition);
        }
    }
}
