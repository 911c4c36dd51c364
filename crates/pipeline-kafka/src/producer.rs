//! A producer without transactions: for `submit` and redrive, where the person waits for the answer.

use std::time::Duration;

use pipeline::{Limits, NextOffset, Offset, Output, Partition};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use crate::assigned;
use crate::client;
use crate::config::KafkaConfig;
use crate::delivery::{Deliveries, ticket};
use crate::errors::ClientError;
use crate::native;

/// Where a record came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The partition.
    pub partition: Partition,
    /// The offset there.
    pub offset: Offset,
}

/// Writes records, each acknowledged by all replicas in sync.
pub struct Producer {
    client: ThreadedProducer<Deliveries>,
}

impl Producer {
    /// A producer for records up to the size in `limits`.
    pub fn new(config: &KafkaConfig, limits: &Limits) -> Result<Self, ClientError> {
        let settings = client::plain_producer(config, limits.record_bytes)?;
        let client = ThreadedProducer::from_config_and_context(&settings, Deliveries::default())
            .map_err(|e| ClientError::Settings(e.to_string()))?;
        Ok(Self { client })
    }

    /// Writes the records and waits until each is acknowledged. On an error some may stand in their
    /// topics already: sending all of them again is safe, because repeats are recognised downstream.
    pub fn send(&mut self, records: &[Output]) -> Result<Vec<Placed>, ClientError> {
        let deliveries = self.client.context();
        let round = deliveries.begin(records.len());
        for (index, record) in records.iter().enumerate() {
            self.enqueue(round, index, record)?;
        }
        let patience = client::MESSAGE_TIMEOUT + client::ANSWER;
        native::flush(self.client.client(), patience);
        deliveries.wait_below(1, client::ANSWER);
        deliveries.with_results(|results| {
            results
                .iter()
                .map(|result| match result {
                    Some(Ok((partition, offset))) => Ok(Placed {
                        partition: Partition(u32::try_from(*partition).unwrap_or_default()),
                        offset: Offset(assigned::offset(*offset).0),
                    }),
                    Some(Err(code)) => Err(failed(*code)),
                    None => Err(failed(Code::MessageTimedOut)),
                })
                .collect()
        })
    }

    fn enqueue(&self, round: u32, index: usize, output: &Output) -> Result<(), ClientError> {
        let deliveries = self.client.context();
        loop {
            deliveries.sent();
            let Err((error, _)) = self.client.send(to_record(output, ticket(round, index))) else {
                return Ok(());
            };
            deliveries.not_sent();
            let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
            let waiting = deliveries.outstanding();
            if code != Code::QueueFull || !deliveries.wait_below(waiting, client::MESSAGE_TIMEOUT) {
                return Err(failed(code));
            }
        }
    }
}

fn failed(code: Code) -> ClientError {
    ClientError::Broker { what: "writing the record", reason: code.to_string() }
}

/// The record as the library wants it.
pub(crate) fn to_record(output: &Output, ticket: usize) -> BaseRecord<'_, [u8], [u8], usize> {
    let mut record = BaseRecord::with_opaque_to(output.topic.as_str(), ticket);
    record.partition = output.partition.map(assigned::number);
    record.key = output.key.as_deref();
    record.payload = output.value.as_deref();
    if !output.headers.0.is_empty() {
        let mut headers = OwnedHeaders::new_with_capacity(output.headers.0.len());
        for (name, value) in &output.headers.0 {
            headers = headers.insert(Header { key: name, value: value.as_deref() });
        }
        record.headers = Some(headers);
    }
    record
}

/// An offset as the library wants it.
pub(crate) fn to_offset(next: NextOffset) -> rdkafka::Offset {
    rdkafka::Offset::Offset(i64::try_from(next.0).unwrap_or(i64::MAX))
}

/// How long one slice of waiting is: short enough to notice a stop.
pub(crate) const SLICE: Duration = Duration::from_millis(500);
