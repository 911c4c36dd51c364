//! Which keys of a store change while it is restored.

use crate::store::{Changes, Mark, Pairs, Store, StoreError, StoreSize};

/// More changes than this, and everything that is derived from the store is derived anew.
const KEYS_MAX: usize = 100_000;

/// A store that notes what changes in it.
pub(super) struct Changed<'a> {
    store: &'a mut dyn Store,
    /// `None` when it was emptied, or too much of it changed.
    keys: Option<Vec<Vec<u8>>>,
}

impl<'a> Changed<'a> {
    pub(super) fn of(store: &'a mut dyn Store) -> Self {
        Self { store, keys: Some(Vec::new()) }
    }

    /// The keys that changed; `None` when that may be any.
    pub(super) fn keys(self) -> Option<Vec<Vec<u8>>> {
        self.keys
    }
}

impl Store for Changed<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.store.scan(prefix, after, limit)
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        if let Some(keys) = &mut self.keys {
            if keys.len().saturating_add(changes.len()) > KEYS_MAX {
                self.keys = None;
            } else {
                keys.extend(changes.keys().cloned());
            }
        }
        self.store.apply(changes, mark)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.store.mark()
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.keys = None;
        self.store.clear()
    }

    fn size(&self) -> Option<StoreSize> {
        self.store.size()
    }
}
