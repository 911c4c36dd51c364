//! What tests may break, to see that they notice. Nothing here can be reached by configuration.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{Action, Changes, Mark, Pairs, Source, Store, StoreError};

/// One guarantee less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Offsets are committed by the consumer, not by the transaction.
    OffsetsOutsideTransaction,
    /// The store is written when records are sent, before the commit.
    StoreBeforeCommit,
    /// Offsets are sent although this process is no member of the group.
    NoGenerationCheck,
    /// Deliveries are not awaited before the commit.
    NoDrain,
}

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The action is not executed.
    Before,
    /// The action was executed, and its result is lost.
    After,
}

/// A fault put in the way of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error after which the transaction can be aborted.
    Abort,
    /// An outcome that nobody knows.
    Unknown,
    /// The same, of a call that does not return.
    Silent,
    /// The worker ends at once, and leaves its transaction as it is.
    Crash,
}

/// Decides on faults; asked before and after each action of each task.
pub type FaultPlan = Arc<dyn Fn(&Source, &Action, Moment) -> Option<Fault> + Send + Sync>;

/// What a worker was told to break.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) faults: Option<FaultPlan>,
}

impl Hooks {
    pub(crate) fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    pub(crate) fn fault(&self, source: &Source, action: &Action, moment: Moment) -> Option<Fault> {
        self.faults.as_ref().and_then(|plan| plan(source, action, moment))
    }
}

/// A store that somebody else can write, too: what [`Sabotage::StoreBeforeCommit`] needs.
#[derive(Clone)]
pub(crate) struct SharedStore(Arc<Mutex<Box<dyn Store>>>);

impl SharedStore {
    pub(crate) fn new(store: Box<dyn Store>) -> Self {
        Self(Arc::new(Mutex::new(store)))
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Store>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SharedStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.lock().get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.lock().scan(prefix, after, limit)
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        self.lock().apply(changes, mark)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.lock().mark()
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.lock().clear()
    }
}
