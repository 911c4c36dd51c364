//! State: a key-value store for each input partition, changed only by committed batches.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::ops::Bound;

use crate::record::{NextOffset, Source};

/// Keys that changed in a batch; `None` deletes.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Keys and values in key order.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// What a store reflects. Written in the same atomic batch as the data it describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The next changelog offset to restore from.
    pub changelog: NextOffset,
}

/// How large a store is, as far as the engine tells without counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// Entries, about.
    pub entries: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What a store knows of the image that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImageState {
    /// Whether there is one.
    pub is_there: bool,
    /// How often keys changed since it was made that it depends on.
    pub changes: u64,
}

/// The store failed. The task stops: state that cannot be read or written must not be guessed. The
/// text says what to do, which depends on whether a changelog holds the same state.
#[derive(Debug, thiserror::Error)]
#[error("the state store failed: {0}")]
pub struct StoreError(pub String);

/// A key-value store. `apply` is atomic: all changes and the mark, or nothing.
pub trait Store: Send {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` pairs whose key begins with `prefix` and is greater than `after`, in key order.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError>;

    /// Applies the changes and sets the mark, atomically.
    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError>;

    /// What the store reflects; `None` when it is empty and has never been restored.
    fn mark(&self) -> Result<Option<Mark>, StoreError>;

    /// Drops everything, before a rebuild.
    fn clear(&mut self) -> Result<(), StoreError>;

    /// How large it is; `None` if it cannot tell.
    fn size(&self) -> Option<StoreSize> {
        None
    }

    /// Which keys an image depends on, by their first byte. To be said before anything is applied.
    fn watch(&mut self, tables: &'static [u8]) {
        let _ = tables;
    }

    /// What is known of the image of what a processor derived from this store; `None` if the store keeps none.
    fn image(&self) -> Option<ImageState> {
        None
    }

    /// Keeps an image of what is derived from the store as it is now, in place of the one before. From here on it is noted
    /// which of the watched keys change, in the write that changes them.
    fn keep_image(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let _ = write;
        Ok(())
    }

    /// Hands over the image, and says which watched keys may have changed since it was made. `None` if there is none, if it
    /// was not taken, or is not what was written: whatever was made of it must then be forgotten.
    fn take_image(
        &self,
        take: &mut dyn FnMut(&mut dyn Read) -> bool,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let _ = take;
        Ok(None)
    }
}

/// Opens the store of an input partition.
pub trait StoreFactory: Send + Sync {
    /// The store of this source in this service; the same directory after a restart.
    fn open(&self, service: &str, source: &Source) -> Result<Box<dyn Store>, StoreError>;
}

/// A store in memory: for tests, benchmarks and the simulation.
#[derive(Debug, Default, Clone)]
pub struct MemoryStore {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    mark: Option<Mark>,
}

impl MemoryStore {
    /// Every pair, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|(k, v)| (k.as_slice(), v.as_slice()))
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        Ok(self
            .entries
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(k, _)| k.starts_with(prefix))
            .take(limit)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect())
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        for (key, value) in changes {
            match value {
                Some(value) => self.entries.insert(key.clone(), value.clone()),
                None => self.entries.remove(key),
            };
        }
        self.mark = Some(mark);
        Ok(())
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        Ok(self.mark)
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        *self = Self::default();
        Ok(())
    }
}
