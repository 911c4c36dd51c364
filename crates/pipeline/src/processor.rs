//! What a service is.

use crate::batch::Batch;
use crate::dead_letter::Reason;
use crate::record::Record;
use crate::store::StoreError;

/// State that cannot be what this code wrote. The task stops and says where.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store itself failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value in the store or in an internal topic does not decode.
    #[error(
        "the state entry `{entry}` does not decode: {detail}; it was written by another version, or the store is damaged"
    )]
    Corrupt {
        /// Which kind of entry, never its content.
        entry: &'static str,
        /// What the decoder said, without data.
        detail: String,
    },
}

/// Why a record has no result. The type forces the choice: poison or stop.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The record is the fault: it goes to the dead letters, whole, and the batch goes on.
    #[error("dead letter: {0}")]
    DeadLetter(Reason),
    /// We are the fault: the task stops.
    #[error(transparent)]
    Stop(#[from] StateError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Stop(StateError::Store(error))
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Failure::DeadLetter(reason)
    }
}

/// One service: a pure function of (record, state, configuration, now). State is read and written
/// through the batch only; `self` holds configuration and caches that any restart may drop.
pub trait Processor: Send {
    /// Says what one record becomes. On `Err(DeadLetter)` everything this record did to the batch is
    /// undone and the record goes to the dead letters.
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure>;

    /// Expiries, deadlines and retries; called at least every 10 s with no record at hand.
    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        let _ = batch;
        Ok(())
    }
}

impl<P: Processor + ?Sized> Processor for Box<P> {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        (**self).process(record, batch)
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        (**self).on_tick(batch)
    }
}
