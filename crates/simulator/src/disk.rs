//! What outlives a crash: the store of one input partition on one machine.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{Changes, ImageState, Mark, MemoryStore, Pairs, Store, StoreError, StoreSize};

/// Writes that a power cut may take back.
const UNSYNCED: usize = 3;

/// Where a write is cut off. It is atomic, so it is there or it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tear {
    Before,
    After,
}

/// An image, and which watched keys changed since it was made.
#[derive(Default, Clone)]
struct Image {
    bytes: Option<Arc<Vec<u8>>>,
    changed: BTreeSet<Vec<u8>>,
}

/// How to take a write back.
struct Undo {
    changes: Changes,
    mark: Option<Mark>,
    image: Image,
}

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    watched: &'static [u8],
    image: Image,
    /// How to take back the newest writes.
    undo: VecDeque<Undo>,
    tear: Option<Tear>,
    torn: bool,
    hides: Option<u8>,
    /// Notes nothing for the image.
    is_deaf: bool,
}

impl Inner {
    /// Notes how to take back a write that changes these keys from what they are.
    fn note(&mut self, changes: Changes) -> Result<(), StoreError> {
        let mark = self.store.mark()?;
        self.undo.push_back(Undo { changes, mark, image: self.image.clone() });
        if self.undo.len() > UNSYNCED {
            self.undo.pop_front();
        }
        Ok(())
    }
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

    /// One that notes nothing for the image.
    pub(crate) fn set_deaf(&self, is_deaf: bool) {
        self.inner().is_deaf = is_deaf;
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
            let Some(Undo { changes, mark, image }) = inner.undo.pop_back() else { return };
            inner.image = image;
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
            inner.note(before)?;
            if inner.image.bytes.is_some() && !inner.is_deaf {
                let watched = inner.watched;
                let is_watched = |key: &&Vec<u8>| key.first().is_some_and(|first| watched.contains(first));
                inner.image.changed.extend(changes.keys().filter(is_watched).cloned());
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
        inner.image = Image::default();
        inner.store.clear()
    }

    fn size(&self) -> Option<StoreSize> {
        let entries = u64::try_from(self.inner().store.iter().count()).unwrap_or(u64::MAX);
        Some(StoreSize { entries, bytes: 0 })
    }

    fn watch(&mut self, tables: &'static [u8]) {
        self.inner().watched = tables;
    }

    fn image(&self) -> Option<ImageState> {
        let image = &self.inner().image;
        let changes = u64::try_from(image.changed.len()).unwrap_or(u64::MAX);
        Some(ImageState { is_there: image.bytes.is_some(), changes })
    }

    fn keep_image(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|error| StoreError(error.to_string()))?;
        let mut inner = self.inner();
        inner.note(Changes::new())?;
        inner.image = Image { bytes: Some(Arc::new(bytes)), changed: BTreeSet::new() };
        Ok(())
    }

    fn take_image(
        &self,
        take: &mut dyn FnMut(&mut dyn Read) -> bool,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let Image { bytes, changed } = self.inner().image.clone();
        let Some(bytes) = bytes else { return Ok(None) };
        Ok(take(&mut bytes.as_slice()).then(|| changed.into_iter().collect()))
    }
}
