//! Every client error means exactly one thing to the protocol: the tables.

use std::path::PathBuf;

use pipeline::{FailureKind, Source, TaskError, Undeliverable};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// A client could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file that the configuration names.
    #[error("cannot read `{}`: {reason}; `kafka.security` must name a readable file", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The client library refuses the settings.
    #[error("the Kafka client refuses its settings: {0}")]
    Settings(String),
    /// The broker refused, or did not answer in time.
    #[error("{what} failed: {reason}")]
    Broker {
        /// What was asked.
        what: &'static str,
        /// What the client library said.
        reason: String,
    },
}

impl ClientError {
    pub(crate) fn broker(what: &'static str, error: &KafkaError) -> Self {
        let reason = error.rdkafka_error_code().map_or_else(|| error.to_string(), |code| code.to_string());
        Self::Broker { what, reason }
    }
}

/// Topics could not be brought to what they must be.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// State is kept by partition number, so the count cannot change.
    #[error(
        "topic `{topic}` has {actual} partitions but {expected} are configured, and state depends on the number: keys would meet the wrong state; configure {actual}, or move to a new topic"
    )]
    PartitionCount {
        /// The topic.
        topic: String,
        /// What is configured.
        expected: u32,
        /// What exists.
        actual: u32,
    },
    /// The broker refused one topic.
    #[error("the broker refuses topic `{topic}`: {reason}")]
    Topic {
        /// The topic.
        topic: String,
        /// Why.
        reason: String,
    },
}

/// The worker had to stop; starting it again without a change would not help.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The client's settings.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The task's state or topics.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Retention was shorter than the outage.
    #[error(
        "{source_partition}: records {from} to {to} were deleted by retention before this service read them; they are lost. Set `kafka.accept_deleted_records = true` to go on without them"
    )]
    InputDeleted {
        /// The input partition.
        source_partition: Source,
        /// The next record to read.
        from: u64,
        /// The last one that is gone.
        to: u64,
    },
    /// The input topic is not the one that the state was made from.
    #[error(
        "{source_partition} ends at {end} but this service has read up to {position}: the topic was made anew or cut short; restore it, or start with new state and a new group"
    )]
    InputReplaced {
        /// The input partition.
        source_partition: Source,
        /// Where it ends.
        end: u64,
        /// What the state reflects.
        position: u64,
    },
}

/// An error of a transactional call with the library's own judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientFault {
    pub(crate) code: Code,
    pub(crate) fatal: bool,
    pub(crate) abortable: bool,
    pub(crate) retriable: bool,
}

impl ClientFault {
    /// A code without flags.
    pub(crate) fn plain(code: Code) -> Self {
        Self { code, fatal: false, abortable: false, retriable: false }
    }
}

impl From<&KafkaError> for ClientFault {
    fn from(error: &KafkaError) -> Self {
        match error {
            KafkaError::Transaction(e) => Self {
                code: e.code(),
                fatal: e.is_fatal(),
                abortable: e.txn_requires_abort(),
                retriable: e.is_retriable(),
            },
            other => Self::plain(other.rdkafka_error_code().unwrap_or(Code::Fail)),
        }
    }
}

/// What an error of begin, send-offsets, commit, abort or init means.
///
/// The order matters: a fence is a fence whatever its flags; only what the library marks as abortable
/// may be aborted; everything else, time-outs above all, leaves an outcome that nobody knows.
pub(crate) fn failure_kind(fault: ClientFault) -> FailureKind {
    match fault.code {
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch | Code::FencedInstanceId => {
            FailureKind::Fenced
        }
        _ if fault.fatal => FailureKind::Unknown,
        _ if fault.abortable => FailureKind::Abortable,
        _ => FailureKind::Unknown,
    }
}

/// What a record that was not delivered means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// This topic refuses this record.
    Rejected(Undeliverable),
    /// The transaction as a whole.
    Failed(FailureKind),
}

/// What the error of one record means.
pub(crate) fn undelivered(code: Code) -> Undelivered {
    use Undelivered::{Failed, Rejected};
    match code {
        Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::UnknownPartition
        | Code::InvalidTopic
        | Code::UnknownTopicId => Rejected(Undeliverable::TopicMissing),
        // The last three: the topic's settings forbid what we write, and will tomorrow.
        Code::TopicAuthorizationFailed
        | Code::InvalidRecord
        | Code::InvalidTimestamp
        | Code::PolicyViolation => Rejected(Undeliverable::NotAuthorised),
        Code::MessageSizeTooLarge | Code::MessageBatchTooLarge | Code::InvalidMessageSize => {
            Rejected(Undeliverable::RecordTooLarge)
        }
        // Purged, because something else failed first; the transaction has to be aborted anyway.
        Code::PurgeQueue | Code::PurgeInflight | Code::InvalidDifferentRecord | Code::State => {
            Failed(FailureKind::Abortable)
        }
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch => Failed(FailureKind::Fenced),
        _ => Failed(FailureKind::Unknown),
    }
}

/// The judgement of several records: the worst counts. A refusal outweighs what was purged because of
/// it, and an unknown outcome outweighs a refusal.
pub(crate) fn severity(meaning: Undelivered) -> u8 {
    match meaning {
        Undelivered::Failed(FailureKind::Abortable) => 0,
        Undelivered::Rejected(_) => 1,
        Undelivered::Failed(FailureKind::Unknown) => 2,
        Undelivered::Failed(FailureKind::Fenced) => 3,
    }
}

#[cfg(test)]
mod tests {
    use FailureKind::{Abortable, Fenced, Unknown};
    use Undelivered::{Failed, Rejected};

    use super::*;

    #[test]
    fn transactional_calls() {
        // code, fatal, abortable, retriable
        for (code, fatal, abortable, retriable, expected) in [
            (Code::Fenced, true, false, false, Fenced),
            (Code::ProducerFenced, true, false, false, Fenced),
            (Code::InvalidProducerEpoch, false, true, false, Fenced),
            (Code::IllegalGeneration, false, true, false, Abortable),
            (Code::UnknownMemberId, false, true, false, Abortable),
            (Code::RebalanceInProgress, false, true, false, Abortable),
            (Code::TopicAuthorizationFailed, false, true, false, Abortable),
            (Code::InvalidTransactionalState, true, false, false, Unknown),
            (Code::InvalidTransactionalState, true, true, false, Unknown),
            (Code::OperationTimedOut, false, false, true, Unknown),
            (Code::RequestTimedOut, false, false, false, Unknown),
            (Code::ConcurrentTransactions, false, false, true, Unknown),
            (Code::State, false, false, false, Unknown),
            (Code::Fatal, true, false, false, Unknown),
            (Code::Fail, false, false, false, Unknown),
        ] {
            let fault = ClientFault { code, fatal, abortable, retriable };
            assert_eq!(failure_kind(fault), expected, "{fault:?}");
        }
    }

    #[test]
    fn records() {
        for (code, expected) in [
            (Code::UnknownTopic, Rejected(Undeliverable::TopicMissing)),
            (Code::UnknownTopicOrPartition, Rejected(Undeliverable::TopicMissing)),
            (Code::UnknownPartition, Rejected(Undeliverable::TopicMissing)),
            (Code::TopicAuthorizationFailed, Rejected(Undeliverable::NotAuthorised)),
            (Code::InvalidRecord, Rejected(Undeliverable::NotAuthorised)),
            (Code::MessageSizeTooLarge, Rejected(Undeliverable::RecordTooLarge)),
            (Code::MessageBatchTooLarge, Rejected(Undeliverable::RecordTooLarge)),
            (Code::PurgeQueue, Failed(Abortable)),
            (Code::PurgeInflight, Failed(Abortable)),
            (Code::Fenced, Failed(Fenced)),
            (Code::InvalidProducerEpoch, Failed(Fenced)),
            (Code::MessageTimedOut, Failed(Unknown)),
            (Code::RequestTimedOut, Failed(Unknown)),
            (Code::OutOfOrderSequenceNumber, Failed(Unknown)),
            (Code::NotEnoughReplicas, Failed(Unknown)),
            (Code::Fatal, Failed(Unknown)),
        ] {
            assert_eq!(undelivered(code), expected, "{code:?}");
        }
    }

    #[test]
    fn an_error_without_flags_is_never_abortable() {
        let error = KafkaError::Flush(Code::OperationTimedOut);
        assert_eq!(failure_kind(ClientFault::from(&error)), Unknown);
    }

    #[test]
    fn a_refusal_is_found_among_what_was_purged_because_of_it() {
        let all = [Code::PurgeQueue, Code::UnknownTopic, Code::PurgeInflight].map(undelivered);
        let worst = all.into_iter().max_by_key(|m| severity(*m));
        assert_eq!(worst, Some(Rejected(Undeliverable::TopicMissing)));
    }
}
