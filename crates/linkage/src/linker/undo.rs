//! What was changed since a transaction began.

use crate::posting::{Cluster, Slot};

use super::Entry;

/// One change, with what is needed to take it back.
#[derive(Debug)]
pub(super) enum Change {
    Inserted(Slot),
    Removed(Slot, Box<Entry>),
    Reclustered(Slot, Cluster),
    /// A key's mark changed; this is what it was.
    Marked(u64, bool),
}

/// The log of changes; none is written outside a transaction.
#[derive(Debug, Default)]
pub(super) struct Undo {
    changes: Option<Vec<Change>>,
}

impl Undo {
    pub(super) fn begin(&mut self) {
        self.changes = Some(Vec::new());
    }

    pub(super) fn end(&mut self) -> Vec<Change> {
        self.changes.take().unwrap_or_default()
    }

    pub(super) fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change());
        }
    }
}
