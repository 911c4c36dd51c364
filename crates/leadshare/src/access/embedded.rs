//! The embedded log, opened by this process.

use std::time::{Duration, Instant};

use pipeline::{Accounting, NextOffset, Offset, Output, Record, Source, StoreFactory, Topic, TopicSpec};
use pipeline_fjall::{Fsync, Log, LogOptions, Producer};

use super::{Broker, Cursor, Next, ServiceTopics, Start, TaskTotals};
use crate::config;
use crate::fault::Fault;
use crate::site::Site;

/// Records and bytes read at a time.
const FETCH_RECORDS_MAX: usize = 500;
const FETCH_BYTES_MAX: usize = 4 << 20;

/// The log in the site's state directory.
#[derive(Clone)]
pub(crate) struct Embedded {
    log: Log,
}

impl Embedded {
    /// Opens the log; [`crate::fault::Exit::Busy`] when another process has it.
    pub(crate) fn open(site: &Site) -> Result<Self, Fault> {
        let dir = site.make_state_dir()?;
        let fsync = match site.config.embedded.fsync {
            config::Fsync::EveryCommit => Fsync::EveryCommit,
            config::Fsync::Never => Fsync::Never,
        };
        let options = LogOptions { fsync, cache_bytes: site.config.workers.cache_mib << 20 };
        Ok(Self { log: Log::open(&dir.join("log"), options)? })
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Where reading begins: one position for each partition that exists.
    pub(crate) fn positions(
        &self,
        topics: &[Topic],
        start: Start,
    ) -> Result<Vec<(Source, NextOffset)>, Fault> {
        let mut positions = Vec::new();
        for topic in topics {
            for partition in 0..self.log.partitions(topic).unwrap_or(0) {
                let source = Source::new(topic.clone(), partition);
                let position = match start {
                    Start::Beginning => self.log.start_offset(&source)?,
                    Start::End => self.log.end_offset(&source)?,
                    Start::At(offset) => offset,
                };
                positions.push((source, position));
            }
        }
        Ok(positions)
    }

    /// Records after `positions`, which move; waits for some, up to `timeout`. Topics that were made
    /// meanwhile are read from their beginning.
    pub(crate) fn fetch(
        &self,
        topics: &[Topic],
        positions: &mut Vec<(Source, NextOffset)>,
        timeout: Duration,
    ) -> Result<Vec<Record>, Fault> {
        let subscription = self.log.subscribe(topics.iter().cloned());
        let deadline = Instant::now() + timeout;
        loop {
            let seen = subscription.seen();
            for (source, position) in self.positions(topics, Start::Beginning)? {
                if !positions.iter().any(|(known, _)| *known == source) {
                    positions.push((source, position));
                }
            }
            let mut records = Vec::new();
            let mut bytes = 0;
            for (source, position) in positions.iter_mut() {
                if bytes >= FETCH_BYTES_MAX {
                    break;
                }
                let fetched = self.log.read(source, *position, FETCH_RECORDS_MAX, FETCH_BYTES_MAX)?;
                *position = fetched.next;
                bytes += fetched.records.iter().map(Record::size).sum::<usize>();
                records.extend(fetched.records);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !records.is_empty() || left.is_zero() {
                return Ok(records);
            }
            subscription.wait(seen, left);
        }
    }
}

impl Broker for Embedded {
    fn send(&mut self, records: &[Output]) -> Result<Vec<(Source, Offset)>, Fault> {
        let placed = Producer::new(&self.log).send(records)?;
        let source = |output: &Output, partition| Source { topic: output.topic.clone(), partition };
        Ok(records.iter().zip(placed).map(|(o, p)| (source(o, p.partition), p.offset)).collect())
    }

    fn topics(&mut self) -> Result<Vec<(Topic, u32)>, Fault> {
        Ok(self.log.topics().into_iter().map(|spec| (spec.name, spec.partitions)).collect())
    }

    fn apply(&mut self, specs: &[TopicSpec], dry_run: bool) -> Result<Vec<String>, Fault> {
        let changes = if dry_run { self.log.plan_topics(specs)? } else { self.log.apply_topics(specs)? };
        Ok(changes.iter().map(|change| describe!(pipeline_fjall::Change, change, dry_run)).collect())
    }

    fn read(&mut self, topics: &[Topic], start: Start) -> Result<Box<dyn Cursor + '_>, Fault> {
        let positions = self.positions(topics, start)?;
        let log = self.clone();
        let fetch = move |topics: &[Topic], positions: &mut Vec<(Source, NextOffset)>, timeout| {
            log.fetch(topics, positions, timeout)
        };
        Ok(Box::new(Fetching::new(topics, positions, fetch)))
    }

    fn at(&mut self, source: &Source, offset: Offset) -> Result<Option<Record>, Fault> {
        if source.partition.0 >= self.log.partitions(&source.topic).unwrap_or(0) {
            return Ok(None);
        }
        let fetched = self.log.read(source, NextOffset(offset.0), 1, usize::MAX)?;
        Ok(fetched.records.into_iter().find(|record| record.offset == offset))
    }

    fn tasks(&mut self, services: &[ServiceTopics]) -> Result<Vec<TaskTotals>, Fault> {
        let mut tasks = Vec::new();
        for service in services {
            for (source, _) in self.positions(&service.inputs, Start::Beginning)? {
                let store = self.log.stores().open(service.name, &source)?;
                let read = self.log.committed(service.name, &source)?.unwrap_or_default();
                let behind = self.log.end_offset(&source)?.0.saturating_sub(read.0);
                let totals = Accounting::of(store.as_ref())?;
                tasks.push(TaskTotals { service: service.name.to_owned(), source, totals, behind });
            }
        }
        Ok(tasks)
    }
}

/// A cursor over anything that fetches by position.
pub(super) struct Fetching<F> {
    topics: Vec<Topic>,
    positions: Vec<(Source, NextOffset)>,
    fetched: std::vec::IntoIter<Record>,
    end_said: bool,
    fetch: F,
}

impl<F> Fetching<F>
where
    F: FnMut(&[Topic], &mut Vec<(Source, NextOffset)>, Duration) -> Result<Vec<Record>, Fault>,
{
    pub(super) fn new(topics: &[Topic], positions: Vec<(Source, NextOffset)>, fetch: F) -> Self {
        Self { topics: topics.to_vec(), positions, fetched: Vec::new().into_iter(), end_said: false, fetch }
    }
}

impl<F> Cursor for Fetching<F>
where
    F: FnMut(&[Topic], &mut Vec<(Source, NextOffset)>, Duration) -> Result<Vec<Record>, Fault>,
{
    fn next(&mut self, timeout: Duration) -> Result<Next, Fault> {
        if let Some(record) = self.fetched.next() {
            return Ok(Next::Record(Box::new(record)));
        }
        let wait = if self.end_said { timeout } else { Duration::ZERO };
        self.fetched = (self.fetch)(&self.topics, &mut self.positions, wait)?.into_iter();
        match self.fetched.next() {
            Some(record) => Ok(Next::Record(Box::new(record))),
            None if self.end_said => Ok(Next::Nothing),
            None => {
                self.end_said = true;
                Ok(Next::End)
            }
        }
    }
}
