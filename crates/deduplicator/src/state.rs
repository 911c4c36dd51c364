//! Where the fold keeps its state: a batch of the runtime, or a map in memory.

use pipeline::{Batch, Pairs, StoreError};

/// Keys and values as the fold reads and writes them. Under the runtime it is a [`Batch`]; whoever
/// folds history again, without transactions, brings a map.
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
