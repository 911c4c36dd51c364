//! What was changed since a transaction began.

use crate::posting::{Cluster, Slot};

use super::Entry;

/// One change, with what is needed to take it back.
#[derive(Debug)]
pub(super) enum Change {
    Inserted(Slot),
    Removed(Slot, Entry),
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

    /// Changes so far.
    pub(super) fn len(&self) -> usize {
        self.changes.as_ref().map_or(0, Vec::len)
    }

    /// The last change that is past so many, taken out of the log.
    pub(super) fn pop_past(&mut self, length: usize) -> Option<Change> {
        let changes = self.changes.as_mut().filter(|changes| changes.len() > length)?;
        changes.pop()
    }

    /// Keys whose marks changed since there were so many changes, a key once for each change.
    pub(super) fn marked_since(&self, length: usize) -> impl Iterator<Item = u64> + '_ {
        self.changes.iter().flatten().skip(length).filter_map(|change| match change {
            Change::Marked(key, _) => Some(*key),
            _ => None,
        })
    }

    pub(super) fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change());
        }
    }
}
