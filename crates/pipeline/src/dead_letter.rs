//! Dead letters: the original bytes, with Kafka Connect's headers and a reason from a closed set.

use std::fmt;

use crate::order::Order;
use crate::record::{Headers, Output, Record, Timestamp, Topic};

/// Names of the headers that a dead letter carries besides the original ones.
#[derive(Debug, Clone, Copy)]
pub struct Header;

impl Header {
    /// Kafka Connect: topic of the original record.
    pub const TOPIC: &'static str = "__connect.errors.topic";
    /// Kafka Connect: its partition, as text.
    pub const PARTITION: &'static str = "__connect.errors.partition";
    /// Kafka Connect: its offset, as text.
    pub const OFFSET: &'static str = "__connect.errors.offset";
    /// Kafka Connect: the connector; here the service.
    pub const CONNECTOR: &'static str = "__connect.errors.connector.name";
    /// Kafka Connect: the task; here the input partition.
    pub const TASK: &'static str = "__connect.errors.task.id";
    /// Kafka Connect: the stage, such as `decode` or `map`.
    pub const STAGE: &'static str = "__connect.errors.stage";
    /// Kafka Connect: the exception class; here the reason code.
    pub const EXCEPTION: &'static str = "__connect.errors.exception.class.name";
    /// Kafka Connect: the message. Never a person's data.
    pub const MESSAGE: &'static str = "__connect.errors.exception.message";
    /// Our reason code.
    pub const REASON: &'static str = "leadshare-reason";
    /// The place of the entry in a message of many, counted from 0; absent for a whole message.
    pub const ENTRY: &'static str = "leadshare-entry";
    /// When it failed, milliseconds since the epoch.
    pub const FAILED_AT: &'static str = "leadshare-failed-at";
    /// The order of a redriven record, with a proof that this site wrote it.
    pub const REDRIVE: &'static str = "leadshare-redrive";
    /// How often it has been redriven.
    pub const ATTEMPT: &'static str = "leadshare-attempt";
}

/// Why a record or an entry has no lead: a code from the service's closed set, the stage, and a
/// message that says what was expected where, never what the value was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Snake case, from a closed set: it is a metric label.
    pub code: &'static str,
    /// `decode`, `map`, `canonicalise`, `validate`, ...
    pub stage: &'static str,
    /// Position and expectation; never a person's data.
    pub message: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: &'static str, stage: &'static str, message: impl Into<String>) -> Self {
        Self { code, stage, message: message.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.code, self.stage, self.message)
    }
}

/// A dead letter about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The record as it was read.
    pub record: &'a Record,
    /// The entry's place in it, or the whole message.
    pub entry: Option<u32>,
    /// The bytes of that entry alone, when a message holds many; otherwise the record's value.
    pub entry_value: Option<Vec<u8>>,
    /// Why.
    pub reason: Reason,
}

impl DeadLetter<'_> {
    /// The record for the dead-letter topic: key, value and headers byte for byte, then ours.
    pub fn into_output(self, topic: &Topic, service: &str, now: Timestamp) -> Output {
        let record = self.record;
        let mut headers = Headers(record.headers.0.clone());
        if headers.get(Order::HEADER).is_none() {
            headers.push(Order::HEADER, Order::of(record, self.entry.unwrap_or(0)).to_string());
        }
        headers.push(Header::TOPIC, record.source.topic.as_str());
        headers.push(Header::PARTITION, record.source.partition.to_string());
        headers.push(Header::OFFSET, record.offset.to_string());
        headers.push(Header::CONNECTOR, service);
        headers.push(Header::TASK, record.source.partition.to_string());
        headers.push(Header::STAGE, self.reason.stage);
        headers.push(Header::EXCEPTION, self.reason.code);
        headers.push(Header::MESSAGE, self.reason.message);
        headers.push(Header::REASON, self.reason.code);
        if let Some(entry) = self.entry {
            headers.push(Header::ENTRY, entry.to_string());
        }
        headers.push(Header::FAILED_AT, now.0.to_string());
        Output {
            topic: topic.clone(),
            partition: None,
            key: record.key.clone(),
            value: self.entry_value.or_else(|| record.value.clone()),
            headers,
        }
    }
}
