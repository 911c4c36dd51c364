//! The embedded transport of one task.
//!
//! A transaction is buffered in the sealed batch until `Commit`, which is one atomic write batch:
//! outputs, state changes with the accounting in them, and the input offset. There is nothing to
//! deliver before and nothing to apply after, so `Drain` has nothing to wait for and `mark` is `None`.
//!
//! There is no changelog: state and log share the batch, so neither can be ahead of the other.

use fjall::Keyspace;
use pipeline::{
    Action, Event, FailureKind, Mark, NextOffset, RecoverError, Sealed, Source, Store, StoreError, Timestamp,
    Transport, Undeliverable,
};

use crate::error::Error;
use crate::log::{Commit, Log, Owner, TaskCommit};

/// Executes the transactions of one input partition of one service.
pub struct LogTransport {
    log: Log,
    service: String,
    source: Source,
    state: Keyspace,
    owner: Owner,
    now: Timestamp,
    next: Option<NextOffset>,
}

impl LogTransport {
    /// A transport for the task of `service` on `source`. Its state is the store that
    /// [`Log::stores`] opens for the same two. Any earlier transport for them is fenced.
    pub fn open(log: &Log, service: &str, source: &Source) -> Result<Self, StoreError> {
        Ok(Self {
            log: log.clone(),
            service: service.to_owned(),
            source: source.clone(),
            state: log.stores().keyspace(service, source)?,
            owner: log.own(service, source),
            now: Timestamp::default(),
            next: None,
        })
    }

    /// Sets the time of the next transaction, which becomes the append time of its outputs.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    fn send(&self, batch: &Sealed) -> Event {
        for output in &batch.outputs {
            let why = match self.log.check(output) {
                Ok(()) => continue,
                Err(Error::RecordTooLarge { .. }) => Undeliverable::RecordTooLarge,
                Err(_) => Undeliverable::TopicMissing,
            };
            return Event::Rejected(output.topic.clone(), why, output.size());
        }
        Event::Done
    }

    fn commit(&mut self, batch: &Sealed) -> Event {
        let Some(next) = self.next.take() else { return Event::Failed(FailureKind::Abortable) };
        let task = TaskCommit { owner: &self.owner, state: &self.state, changes: &batch.changes, next };
        let commit = Commit { outputs: &batch.outputs, task: Some(task), now: self.now };
        match self.log.commit(&commit) {
            Ok(_) => Event::Done,
            Err(Error::Fenced) => Event::Failed(FailureKind::Fenced),
            Err(
                Error::TopicMissing { .. } | Error::PartitionMissing { .. } | Error::RecordTooLarge { .. },
            ) => Event::Failed(FailureKind::Abortable),
            Err(error) => {
                tracing::error!(service = self.service, source = %self.source, %error, "the commit failed");
                Event::Failed(FailureKind::Unknown)
            }
        }
    }
}

impl Transport for LogTransport {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Begin | Action::Abort => {
                self.next = None;
                Event::Done
            }
            Action::Send => self.send(batch),
            Action::Drain => Event::Done,
            Action::SendOffsets(next) => {
                self.next = Some(*next);
                Event::Done
            }
            Action::Commit => self.commit(batch),
            Action::Recover | Action::Finish(_) => Event::Failed(FailureKind::Unknown),
        }
    }

    fn recover(&mut self, _store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        let failed = |error: Error| RecoverError::Store(StoreError(error.to_string()));
        // After a failed write the engine takes no more: only a new start can tell what became of it.
        self.log.check_writable().map_err(failed)?;
        self.owner = self.log.own(&self.service, &self.source);
        self.next = None;
        self.log.committed(&self.service, &self.source).map_err(failed)
    }

    fn mark(&self) -> Option<Mark> {
        None
    }
}
