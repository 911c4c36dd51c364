//! What outlives a crash: the store of one input partition on one machine.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{Changes, Mark, MemoryStore, Pairs, Store, StoreError};

/// Writes that a power cut may take back.
const UNSYNCED: usize = 3;

/// Where a write is cut off. It is atomic, so it is there or it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tear {
    Before,
    After,
}

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    /// How to take back the newest writes.
    undo: VecDeque<(Changes, Option<Mark>)>,
    tear: Option<Tear>,
    torn: bool,
    hides: Option<u8>,
}

/// A store. The same one is opened again after a crash.
#[derive(Default, Clone)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    /// One that hides what is kept under a letter.
    pub(crate) fn hiding(letter: Option<u8>) -> Self {
        let disk = Self::default();
        disk.inner().hides = letter;
        disk
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next write ends the process.
    pub(crate) fn arm(&self, tear: Option<Tear>) {
        self.inner().tear = tear;
    }

    /// Whether a write ended the process, said once.
    pub(crate) fn take_torn(&self) -> bool {
        std::mem::take(&mut self.inner().torn)
    }

    /// A power cut takes the newest writes back, last one first.
    pub(crate) fn lose(&self, writes: usize) {
        let mut inner = self.inner();
        for _ in 0..writes {
            let Some((changes, mark)) = inner.undo.pop_back() else { return };
            match mark {
                Some(mark) => drop(inner.store.apply(&changes, mark)),
                None => inner.store = MemoryStore::default(),
            }
        }
    }

    /// Everything in it.
    pub(crate) fn contents(&self) -> (Pairs, Option<Mark>) {
        let inner = self.inner();
        let pairs = inner.store.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        (pairs, inner.store.mark().unwrap_or_default())
    }
}

impl Store for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner().store.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        let inner = self.inner();
        if inner.hides.is_some() && inner.hides == prefix.first().copied() {
            return Ok(Pairs::new());
        }
        inner.store.scan(prefix, after, limit)
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let tear = inner.tear.take();
        if tear != Some(Tear::Before) {
            let mut before = Changes::new();
            for key in changes.keys() {
                before.insert(key.clone(), inner.store.get(key)?);
            }
            let known = inner.store.mark()?;
            inner.undo.push_back((before, known));
            if inner.undo.len() > UNSYNCED {
                inner.undo.pop_front();
            }
            inner.store.apply(changes, mark)?;
        }
        if tear.is_some() {
            inner.torn = true;
            return Err(StoreError("the process ended while it wrote".to_owned()));
        }
        Ok(())
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.inner().store.mark()
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.undo.clear();
        inner.store.clear()
    }
}
