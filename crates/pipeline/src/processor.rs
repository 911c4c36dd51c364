//! What a service is.

use std::io::{self, Read, Write};

use crate::batch::Batch;
use crate::dead_letter::Reason;
use crate::record::Record;
use crate::store::{Store, StoreError};

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
/// through the batch only; `self` holds configuration, and what can be derived from the state again: an
/// index in memory, say. Such a derived part follows the batch by the hooks below, each of which does
/// nothing unless it is written.
pub trait Processor: Send {
    /// The state was opened or restored: derive from it what is kept in memory, and forget what was there.
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        let _ = store;
        Ok(())
    }

    /// The state was restored, and nothing in it but these keys may be other than it was after the last commit: bring
    /// what is derived from it up to date. May be called with keys that did not change.
    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        let _ = keys;
        self.on_restore(store)
    }

    /// Which keys what is kept in memory depends on, by their first byte; none if it is nothing that is worth an image.
    fn derived_from(&self) -> &'static [u8] {
        b""
    }

    /// Writes what is kept in memory, as it is after the last commit.
    fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }

    /// Takes what [`write_image`](Self::write_image) wrote, and forgets what was there. False if it is of no use: then, and
    /// if it turns out not to be what was written, `on_restore` follows.
    fn on_image(&mut self, image: &mut dyn Read) -> bool {
        let _ = image;
        false
    }

    /// A record begins, or a tick: what is derived from here on can be taken back by `on_roll_back`.
    fn on_savepoint(&mut self) {}

    /// The record went to the dead letters, or the tick failed: back to the savepoint.
    fn on_roll_back(&mut self) {}

    /// The transaction is committed: what was derived in it stays.
    fn on_commit(&mut self) {}

    /// The transaction is not committed, and its records will come again: everything derived since the last
    /// commit is taken back, exactly.
    fn on_abort(&mut self) {}

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
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        (**self).on_restore(store)
    }

    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        (**self).on_changed(store, keys)
    }

    fn derived_from(&self) -> &'static [u8] {
        (**self).derived_from()
    }

    fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        (**self).write_image(out)
    }

    fn on_image(&mut self, image: &mut dyn Read) -> bool {
        (**self).on_image(image)
    }

    fn on_savepoint(&mut self) {
        (**self).on_savepoint();
    }

    fn on_roll_back(&mut self) {
        (**self).on_roll_back();
    }

    fn on_commit(&mut self) {
        (**self).on_commit();
    }

    fn on_abort(&mut self) {
        (**self).on_abort();
    }

    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        (**self).process(record, batch)
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        (**self).on_tick(batch)
    }
}
