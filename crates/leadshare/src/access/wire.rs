//! Requests and answers on the socket of an embedded site: one JSON document each, preceded by its
//! length in four bytes. Bytes travel as hexadecimal text.
//!
//! Both ends are the same program under the same user; the socket is no interface for others.

use std::io::{Read, Write};

use lead::ident::hex;
use pipeline::{
    Accounting, COUNTERS, Headers, NextOffset, Offset, Output, Partition, Record, Retention, Source,
    Timestamp, Topic, TopicSpec,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Start, TaskTotals};

/// A frame holds one fetch, or the largest record, written as text.
const FRAME_BYTES_MAX: usize = 128 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Send(Vec<WireOutput>),
    Topics,
    Apply { specs: Vec<WireSpec>, dry_run: bool },
    Positions { topics: Vec<Topic>, start: WireStart },
    Fetch { topics: Vec<Topic>, positions: Vec<(Source, NextOffset)>, wait_millis: u64 },
    At { source: Source, offset: Offset },
    Tasks,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Sent(Vec<(Source, Offset)>),
    Topics(Vec<(Topic, u32)>),
    Applied(Vec<String>),
    Positions(Vec<(Source, NextOffset)>),
    Fetched { records: Vec<WireRecord>, positions: Vec<(Source, NextOffset)> },
    At(Option<WireRecord>),
    Tasks(Vec<WireTask>),
    Refused(String),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum WireStart {
    Beginning,
    End,
    At(NextOffset),
}

impl From<Start> for WireStart {
    fn from(start: Start) -> Self {
        match start {
            Start::Beginning => Self::Beginning,
            Start::End => Self::End,
            Start::At(offset) => Self::At(offset),
        }
    }
}

impl From<WireStart> for Start {
    fn from(start: WireStart) -> Self {
        match start {
            WireStart::Beginning => Self::Beginning,
            WireStart::End => Self::End,
            WireStart::At(offset) => Self::At(offset),
        }
    }
}

/// Bytes as hexadecimal text.
#[derive(Debug, Clone)]
pub(crate) struct Hex(Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("expected hexadecimal digits"))
    }
}

/// Bytes from hexadecimal text of any even length.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireOutput {
    topic: Topic,
    partition: Option<Partition>,
    key: Option<Hex>,
    value: Option<Hex>,
    headers: Vec<(String, Option<Hex>)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireRecord {
    source: Source,
    offset: Offset,
    timestamp: Timestamp,
    key: Option<Hex>,
    value: Option<Hex>,
    headers: Vec<(String, Option<Hex>)>,
}

fn to_wire(headers: &Headers) -> Vec<(String, Option<Hex>)> {
    headers.0.iter().map(|(name, value)| (name.clone(), value.clone().map(Hex))).collect()
}

fn from_wire(headers: Vec<(String, Option<Hex>)>) -> Headers {
    Headers(headers.into_iter().map(|(name, value)| (name, value.map(|v| v.0))).collect())
}

impl From<&Output> for WireOutput {
    fn from(output: &Output) -> Self {
        Self {
            topic: output.topic.clone(),
            partition: output.partition,
            key: output.key.clone().map(Hex),
            value: output.value.clone().map(Hex),
            headers: to_wire(&output.headers),
        }
    }
}

impl From<WireOutput> for Output {
    fn from(output: WireOutput) -> Self {
        Self {
            topic: output.topic,
            partition: output.partition,
            key: output.key.map(|k| k.0),
            value: output.value.map(|v| v.0),
            headers: from_wire(output.headers),
        }
    }
}

impl From<Record> for WireRecord {
    fn from(record: Record) -> Self {
        Self {
            headers: to_wire(&record.headers),
            source: record.source,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(Hex),
            value: record.value.map(Hex),
        }
    }
}

impl From<WireRecord> for Record {
    fn from(record: WireRecord) -> Self {
        Self {
            source: record.source,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(|k| k.0),
            value: record.value.map(|v| v.0),
            headers: from_wire(record.headers),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireSpec {
    name: Topic,
    partitions: u32,
    compact: bool,
    retention_millis: Option<i64>,
    max_record_bytes: usize,
    stateful: bool,
    append_time: bool,
}

impl From<&TopicSpec> for WireSpec {
    fn from(spec: &TopicSpec) -> Self {
        let (compact, retention_millis) = match spec.retention {
            Retention::Compact => (true, None),
            Retention::Delete(millis) => (false, millis),
        };
        Self {
            name: spec.name.clone(),
            partitions: spec.partitions,
            compact,
            retention_millis,
            max_record_bytes: spec.max_record_bytes,
            stateful: spec.stateful,
            append_time: spec.append_time,
        }
    }
}

impl From<WireSpec> for TopicSpec {
    fn from(spec: WireSpec) -> Self {
        Self {
            name: spec.name,
            partitions: spec.partitions,
            retention: match spec.compact {
                true => Retention::Compact,
                false => Retention::Delete(spec.retention_millis),
            },
            max_record_bytes: spec.max_record_bytes,
            stateful: spec.stateful,
            append_time: spec.append_time,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireTask {
    service: String,
    source: Source,
    totals: Vec<(String, u64)>,
    behind: u64,
}

impl From<TaskTotals> for WireTask {
    fn from(task: TaskTotals) -> Self {
        let totals = task.totals.iter().map(|(counter, n)| (counter.name().to_owned(), n)).collect();
        Self { service: task.service, source: task.source, totals, behind: task.behind }
    }
}

impl From<WireTask> for TaskTotals {
    fn from(task: WireTask) -> Self {
        let mut totals = Accounting::default();
        for (counter, name) in COUNTERS {
            for (_, n) in task.totals.iter().filter(|(n, _)| n == name) {
                totals.add(counter, *n);
            }
        }
        Self { service: task.service, source: task.source, totals, behind: task.behind }
    }
}

/// Writes one frame.
pub(crate) fn write_frame<T: Serialize>(mut to: impl Write, message: &T) -> std::io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).map_err(|_| too_large())?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&body)?;
    to.flush()
}

/// Reads one frame; `None` when the other end has closed.
pub(crate) fn read_frame<T: DeserializeOwned>(mut from: impl Read) -> std::io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(too_large());
    }
    let mut body = Vec::new();
    from.take(length as u64).read_to_end(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

fn too_large() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::InvalidData,
        format!("a message on the socket is over {FRAME_BYTES_MAX} bytes"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn records_survive_the_wire() {
        let record = Record {
            source: Source::new("t", 3),
            offset: Offset(7),
            timestamp: Timestamp(-1),
            key: None,
            value: Some(vec![0, 255, 16]),
            headers: Headers(vec![("a".into(), None), ("a".into(), Some(vec![1]))]),
        };
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &WireRecord::from(record.clone())).unwrap();
        let back: WireRecord = read_frame(bytes.as_slice()).unwrap().unwrap();
        assert_eq!(Record::from(back), record);
    }

    #[test]
    fn a_closed_socket_is_no_error_and_a_huge_frame_is_refused() {
        assert!(read_frame::<Request>(&[][..]).unwrap().is_none());
        assert!(read_frame::<Request>(&[255, 255, 255, 255, 0][..]).is_err());
        assert_eq!(unhex("0g"), None);
        assert_eq!(unhex("0"), None);
    }
}
