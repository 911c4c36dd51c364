//! The broker.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use pipeline::{
    Accounting, Limits, NextOffset, Offset, Output, Record, Source, Topic, TopicSpec, input_position,
};
use pipeline_kafka::{Admin, KafkaConfig, Producer, Read, Reader};

use super::{Broker, Cursor, Next, PATIENCE, ServiceTopics, Start, TaskTotals};
use crate::fault::Fault;

/// Kafka as commands use it. Connections are made when they are needed.
pub(crate) struct Kafka {
    config: KafkaConfig,
    limits: Limits,
}

impl Kafka {
    pub(crate) fn new(config: KafkaConfig, limits: Limits) -> Self {
        Self { config, limits }
    }

    fn admin(&self) -> Result<Admin, Fault> {
        Ok(Admin::new(&self.config)?)
    }

    /// How many records a service has yet to read. Offsets alone do not tell: the marks of
    /// transactions have offsets too.
    fn behind(&self, source: &Source, position: NextOffset) -> Result<u64, Fault> {
        let partition = [source.partition];
        let start = pipeline_kafka::Start::At(position);
        let mut reader = Reader::open(&self.config, &source.topic, Some(&partition), start)?;
        let mut behind = 0;
        reader.read_to_end(PATIENCE, |_| behind += 1)?;
        Ok(behind)
    }
}

impl Broker for Kafka {
    fn send(&mut self, records: &[Output]) -> Result<Vec<(Source, Offset)>, Fault> {
        let placed = Producer::new(&self.config, &self.limits)?.send(records)?;
        let source = |output: &Output, partition| Source { topic: output.topic.clone(), partition };
        Ok(records.iter().zip(placed).map(|(o, p)| (source(o, p.partition), p.offset)).collect())
    }

    fn topics(&mut self) -> Result<Vec<(Topic, u32)>, Fault> {
        Ok(self.admin()?.list()?)
    }

    fn apply(&mut self, specs: &[TopicSpec], dry_run: bool) -> Result<Vec<String>, Fault> {
        let admin = self.admin()?;
        let changes = if dry_run { admin.plan(specs)? } else { admin.apply(specs)? };
        Ok(changes.iter().map(|change| describe!(pipeline_kafka::Change, change, dry_run)).collect())
    }

    fn read(&mut self, topics: &[Topic], start: Start) -> Result<Box<dyn Cursor + '_>, Fault> {
        let existing = self.topics()?;
        let start = match start {
            Start::Beginning => pipeline_kafka::Start::Beginning,
            Start::End => pipeline_kafka::Start::End,
            Start::At(offset) => pipeline_kafka::Start::At(offset),
        };
        let mut readers = VecDeque::new();
        for topic in topics.iter().filter(|topic| existing.iter().any(|(name, _)| name == *topic)) {
            readers.push_back((Reader::open(&self.config, topic, None, start)?, false));
        }
        Ok(Box::new(Readers { readers, end_said: false }))
    }

    fn at(&mut self, source: &Source, offset: Offset) -> Result<Option<Record>, Fault> {
        let start = pipeline_kafka::Start::At(NextOffset(offset.0));
        let mut reader = Reader::open(&self.config, &source.topic, Some(&[source.partition]), start)?;
        match reader.poll(PATIENCE)? {
            Read::Record(record) if record.offset == offset => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    /// Totals are in the changelogs, where the services keep them; a task that never committed has none.
    fn tasks(&mut self, services: &[ServiceTopics]) -> Result<Vec<TaskTotals>, Fault> {
        let existing: BTreeMap<Topic, u32> = self.topics()?.into_iter().collect();
        let mut tasks = Vec::new();
        for service in services {
            let mut found: BTreeMap<Source, (Accounting, NextOffset)> = BTreeMap::new();
            for topic in &service.inputs {
                for partition in 0..existing.get(topic).copied().unwrap_or(0) {
                    found.insert(Source::new(topic.clone(), partition), Default::default());
                }
            }
            if existing.contains_key(&service.changelog) {
                let start = pipeline_kafka::Start::Beginning;
                let mut reader = Reader::open(&self.config, &service.changelog, None, start)?;
                reader.read_to_end(PATIENCE, |record| note(&mut found, &record))?;
            }
            for (source, (totals, position)) in found {
                let behind = self.behind(&source, position)?;
                tasks.push(TaskTotals { service: service.name.to_owned(), source, totals, behind });
            }
        }
        Ok(tasks)
    }
}

/// Takes a changelog record. Its key is the input topic, a zero byte and the state key; its partition
/// is that of the input.
fn note(found: &mut BTreeMap<Source, (Accounting, NextOffset)>, record: &Record) {
    let Some(key) = record.key.as_deref() else { return };
    let Some((topic, key)) = key.iter().position(|byte| *byte == 0).and_then(|at| key.split_at_checked(at))
    else {
        return;
    };
    let (Ok(topic), Some(key)) = (std::str::from_utf8(topic), key.get(1..)) else { return };
    let source = Source { topic: topic.into(), partition: record.source.partition };
    let Some((totals, position)) = found.get_mut(&source) else { return };
    totals.read(key, record.value.as_deref());
    if let Some(read) = input_position(key, record.value.as_deref()) {
        *position = read;
    }
}

/// Reads one topic after the other up to its end, and from then on all in turn.
struct Readers {
    readers: VecDeque<(Reader, bool)>,
    end_said: bool,
}

impl Cursor for Readers {
    fn next(&mut self, timeout: Duration) -> Result<Next, Fault> {
        let turns = self.readers.len().max(1);
        let slice = if turns == 1 { timeout } else { timeout / u32::try_from(turns).unwrap_or(u32::MAX) };
        for _ in 0..turns {
            if !self.end_said && self.readers.iter().all(|(_, ended)| *ended) {
                self.end_said = true;
                return Ok(Next::End);
            }
            // Until each has ended, stay with the first that has not.
            if let Some(at) = self.readers.iter().position(|(_, ended)| !*ended) {
                self.readers.rotate_left(at);
            }
            let Some((reader, ended)) = self.readers.front_mut() else { break };
            match reader.poll(slice)? {
                Read::Record(record) => return Ok(Next::Record(Box::new(record))),
                Read::End => *ended = true,
                Read::Nothing if *ended => self.readers.rotate_left(1),
                Read::Nothing => return Ok(Next::Nothing),
            }
        }
        if self.readers.is_empty() {
            std::thread::sleep(timeout);
        }
        Ok(Next::Nothing)
    }
}
