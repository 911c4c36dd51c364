//! A sabotaged processor.

use pipeline::{Batch, Failure, Processor, Record, StateError, Store};

/// What a processor derived from a batch that was aborted stays.
pub(crate) struct Stale(pub(crate) Box<dyn Processor>);

impl Processor for Stale {
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        self.0.on_restore(store)
    }

    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        self.0.on_changed(store, keys)
    }

    fn on_savepoint(&mut self) {
        self.0.on_savepoint();
    }

    fn on_roll_back(&mut self) {
        self.0.on_roll_back();
    }

    fn on_commit(&mut self) {
        self.0.on_commit();
    }

    fn on_abort(&mut self) {
        self.0.on_commit();
    }

    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        self.0.process(record, batch)
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        self.0.on_tick(batch)
    }
}
