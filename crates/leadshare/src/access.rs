//! What commands need of a transport, whichever it is: write, read, look at topics and totals.
//!
//! - [`embedded`]: the directory itself, when no service runs on it;
//! - [`remote`]: the same requests over a socket in the directory, when one does;
//! - [`kafka`]: the broker.
//!
//! Nothing here takes part in a group or a transaction: a command never disturbs a service.

/// A change of a topic in words. Both transports tell changes apart in the same way, each with a type of
/// its own.
macro_rules! describe {
    ($change:ty, $value:expr, $dry_run:expr) => {{
        type Change = $change;
        let would = if $dry_run { "would be " } else { "" };
        match $value {
            Change::Created(topic) => format!("{topic}: {would}created"),
            Change::Settings(topic, settings) => {
                let list: Vec<_> =
                    settings.iter().map(|(k, from, to)| format!("{k} {from} -> {to}")).collect();
                format!("{topic}: {would}changed: {}", list.join(", "))
            }
            Change::Partitions(topic, from, to) => {
                format!("{topic}: {would}grown from {from} to {to} partitions")
            }
            Change::MorePartitions(topic, have, want) => {
                format!("{topic}: has {have} partitions, {want} are configured; left as it is")
            }
        }
    }};
}

pub(crate) mod embedded;
pub(crate) mod kafka;
pub(crate) mod remote;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lead::decision::Decision;
use lead::topic;
use lead::wire::{self as wire_format, Decode};
use pipeline::{Accounting, NextOffset, Offset, Output, Record, Source, Topic, TopicSpec};

use crate::config::TransportKind;
use crate::fault::{Exit, Fault};
use crate::site::Site;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Beginning,
    End,
    At(NextOffset),
}

/// What a cursor found.
#[derive(Debug)]
pub(crate) enum Next {
    Record(Box<Record>),
    /// Everything that was there when the cursor was opened has been read. Said once.
    End,
    /// Nothing in this time.
    Nothing,
}

/// Reads topics; order holds within a partition.
pub(crate) trait Cursor {
    fn next(&mut self, timeout: Duration) -> Result<Next, Fault>;
}

/// One input partition of one service.
#[derive(Debug, Clone)]
pub(crate) struct TaskTotals {
    pub(crate) service: String,
    pub(crate) source: Source,
    pub(crate) totals: Accounting,
    /// Records that it has yet to read.
    pub(crate) behind: u64,
}

/// What is asked about a service: its name, its inputs, its changelog.
#[derive(Debug, Clone)]
pub(crate) struct ServiceTopics {
    pub(crate) name: &'static str,
    pub(crate) inputs: Vec<Topic>,
    pub(crate) changelog: Topic,
}

/// A transport as commands use it.
pub(crate) trait Broker {
    /// Writes records and says where each stands.
    fn send(&mut self, records: &[Output]) -> Result<Vec<(Source, Offset)>, Fault>;

    /// Topics with their number of partitions.
    fn topics(&mut self) -> Result<Vec<(Topic, u32)>, Fault>;

    /// Makes topics what they must be, or says what that would change.
    fn apply(&mut self, specs: &[TopicSpec], dry_run: bool) -> Result<Vec<String>, Fault>;

    /// Reads all partitions of these topics. Topics that do not exist are empty.
    fn read(&mut self, topics: &[Topic], start: Start) -> Result<Box<dyn Cursor + '_>, Fault>;

    /// One record.
    fn at(&mut self, source: &Source, offset: Offset) -> Result<Option<Record>, Fault>;

    /// Totals and positions of every task.
    fn tasks(&mut self, services: &[ServiceTopics]) -> Result<Vec<TaskTotals>, Fault>;
}

/// How long reading waits for something that ought to be there.
const PATIENCE: Duration = Duration::from_secs(15);

/// Hands every record that is there now to `each`; `false` ends the reading.
pub(crate) fn read_all(
    broker: &mut dyn Broker,
    topics: &[Topic],
    mut each: impl FnMut(Record) -> bool,
) -> Result<(), Fault> {
    let mut cursor = broker.read(topics, Start::Beginning)?;
    let mut heard = Instant::now();
    loop {
        match cursor.next(Duration::from_secs(1))? {
            Next::Record(record) => {
                heard = Instant::now();
                if !each(*record) {
                    return Ok(());
                }
            }
            Next::End => return Ok(()),
            Next::Nothing if heard.elapsed() > PATIENCE => {
                return Err(Fault::new(
                    Exit::Unavailable,
                    "reading came to no end: the broker does not answer, or a transaction is open; try again",
                ));
            }
            Next::Nothing => {}
        }
    }
}

/// Hands every decision that is there now to `each`, with its record. What is none is for `ledger verify` to say.
pub(crate) fn read_decisions(
    broker: &mut dyn Broker,
    mut each: impl FnMut(&Record, Decision),
) -> Result<(), Fault> {
    read_all(broker, &[Topic::new(topic::DECISIONS)], |record| {
        let decision = record.value.as_deref().map(wire_format::decode::<Decision>);
        if let Some(Ok(decision)) = decision {
            each(&record, decision);
        }
        true
    })
}

/// What stands on a compacted topic now, by key: the last word on each, unless it was taken off.
pub(crate) fn read_compacted<T: Decode>(
    broker: &mut dyn Broker,
    topic: &str,
) -> Result<BTreeMap<Vec<u8>, T>, Fault> {
    let mut standing = BTreeMap::new();
    read_all(broker, &[Topic::new(topic)], |record| {
        let key = record.key.unwrap_or_default();
        match record.value.as_deref().and_then(|value| wire_format::decode(value).ok()) {
            Some(said) => standing.insert(key, said),
            None => standing.remove(&key),
        };
        true
    })?;
    Ok(standing)
}

/// The transport of this site: the broker, the directory if it is free, or who holds it.
pub(crate) fn open(site: &Site) -> Result<Box<dyn Broker>, Fault> {
    match site.config.transport {
        TransportKind::Kafka => Ok(Box::new(kafka::Kafka::new(site.kafka()?, site.config.limits.pipeline()))),
        TransportKind::Embedded => match embedded::Embedded::open(site) {
            Ok(embedded) => Ok(Box::new(embedded)),
            Err(fault) if fault.exit == Exit::Busy => Ok(Box::new(remote::Remote::connect(site)?)),
            Err(fault) => Err(fault),
        },
    }
}
