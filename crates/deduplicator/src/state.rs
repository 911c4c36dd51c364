//! Where the fold keeps its state: a batch of the runtime, or a map in memory.

use std::collections::BTreeMap;

use pipeline::{Batch, Pairs, StoreError};

/// Keys and values as the fold reads and writes them. Under the runtime it is a [`Batch`]; whoever
/// folds history again, without transactions, takes a [`MapState`].
pub trait State {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` pairs whose key begins with `prefix`, in key order.
    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Pairs, StoreError>;

    /// Sets a key.
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>);

    /// Deletes a key.
    fn delete(&mut self, key: Vec<u8>);
}

impl State for Batch<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Batch::get(self, key)
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Pairs, StoreError> {
        Batch::scan(self, prefix, None, limit)
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        Batch::put(self, key, value);
    }

    fn delete(&mut self, key: Vec<u8>) {
        Batch::delete(self, key);
    }
}

/// A state in memory, for whoever folds history again.
#[derive(Debug, Default)]
pub struct MapState(BTreeMap<Vec<u8>, Vec<u8>>);

impl State for MapState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Pairs, StoreError> {
        let from = self.0.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(from.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.insert(key, value);
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.0.remove(&key);
    }
}
