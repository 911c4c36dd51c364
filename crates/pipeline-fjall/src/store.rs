//! The state store on disk, under Kafka and in the embedded log alike.
//!
//! One database for each process directory, one keyspace for each (service, input partition).
//!
//! INVARIANT: a store never holds data without the mark that describes it, nor the mark without the
//! data: both go into one batch of one keyspace. After a crash the store is what some earlier `apply`
//! left, whole.
//!
//! Durability: `apply` hands the batch to the operating system and does not wait for the disk. A
//! killed process loses nothing. A power cut can lose the last batches, in order; under Kafka the
//! changelog holds them and the restore only takes longer.
//!
//! What is absent: reads of a position in the past, writers other than the one task that owns the
//! partition, and protection against a disk that changes bits of its own accord: the engine's checksums
//! find that in tables and in the content of journal batches, not in a journal batch's header.

use std::path::Path;

use fjall::{Database, Keyspace};
use pipeline::{Changes, Mark, NextOffset, Source, Store, StoreError, StoreFactory, StoreSize};

use crate::database;
use crate::error::{Advice, Error, store_error};

#[cfg(test)]
mod tests;

/// Every key of a processor stands behind this byte, so that none can meet ours, none is empty, and
/// none of ours is ever scanned.
const DATA: u8 = b'd';
const MARK: &[u8] = b"mark";
const CLEARING: &[u8] = b"clearing";

/// Longest key, by the storage engine's format.
const KEY_BYTES_MAX: usize = u16::MAX as usize - 1;
/// Longest name of a keyspace, by the same.
const NAME_BYTES_MAX: usize = u8::MAX as usize;
/// Keys deleted in one batch while a store is cleared.
const CLEAR_KEYS_MAX: usize = 10_000;

/// Opens the stores of one process directory.
#[derive(Clone)]
pub struct FjallStores {
    database: Database,
    advice: Advice,
}

impl FjallStores {
    /// Opens or creates the directory. A damaged one is an error that says what to do.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let database = database::open(dir, cache_bytes, Advice::Rebuild)?;
        Ok(Self { database, advice: Advice::Rebuild })
    }

    /// Opens or creates the directory; a damaged one is emptied, and each store in it will be restored
    /// from its changelog. For use under Kafka only: nothing else holds an embedded log.
    pub fn open_or_rebuild(dir: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let database = database::open_or_wipe(dir, cache_bytes)?;
        Ok(Self { database, advice: Advice::Rebuild })
    }

    /// Stores beside the embedded log, in its database.
    pub(crate) fn beside_log(database: Database) -> Self {
        Self { database, advice: Advice::Restore }
    }

    /// The store of this source in this service.
    pub fn store(&self, service: &str, source: &Source) -> Result<FjallStore, StoreError> {
        let mut store = FjallStore {
            keyspace: self.keyspace(service, source)?,
            database: self.database.clone(),
            advice: self.advice,
        };
        if store.read(CLEARING)?.is_some() {
            store.clear()?;
        }
        Ok(store)
    }

    pub(crate) fn keyspace(&self, service: &str, source: &Source) -> Result<Keyspace, StoreError> {
        let name = format!("state/{service}/{}/{}", source.topic, source.partition);
        if name.len() > NAME_BYTES_MAX {
            return Err(StoreError(format!(
                "the names of service and input topic take {} bytes together, at most {NAME_BYTES_MAX} are possible; shorten the topic's name",
                name.len()
            )));
        }
        self.database.keyspace(&name, database::state_options).map_err(|e| store_error(&e, self.advice))
    }
}

impl StoreFactory for FjallStores {
    fn open(&self, service: &str, source: &Source) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(self.store(service, source)?))
    }
}

/// The state of one input partition of one service.
pub struct FjallStore {
    keyspace: Keyspace,
    database: Database,
    advice: Advice,
}

impl FjallStore {
    fn read(&self, key: &[u8]) -> Result<Option<fjall::UserValue>, StoreError> {
        self.keyspace.get(key).map_err(|e| self.error(&e))
    }

    fn error(&self, error: &fjall::Error) -> StoreError {
        store_error(error, self.advice)
    }

    fn commit(&self, batch: fjall::OwnedWriteBatch) -> Result<(), StoreError> {
        batch.commit().map_err(|e| self.error(&e))
    }
}

impl Store for FjallStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read(&data_key(key)?)?.map(|v| v.to_vec()))
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let prefix = data_key(prefix)?;
        // The smallest key greater than `after` is `after` followed by a zero byte.
        let from = match after.map(data_key).transpose()? {
            Some(mut after) if after >= prefix => {
                after.push(0);
                after
            }
            _ => prefix.clone(),
        };
        let mut pairs = Vec::new();
        let end = end_of(&prefix);
        if from >= end {
            return Ok(pairs);
        }
        for pair in self.keyspace.range(from..end).take(limit) {
            let (key, value) = pair.into_inner().map_err(|e| self.error(&e))?;
            pairs.push((key.get(1..).unwrap_or_default().to_vec(), value.to_vec()));
        }
        Ok(pairs)
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        stage(&mut batch, &self.keyspace, changes)?;
        // INVARIANT: the mark is in the batch of the data that it describes.
        batch.insert(&self.keyspace, MARK, mark.changelog.0.to_be_bytes());
        self.commit(batch)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let Some(bytes) = self.read(MARK)? else { return Ok(None) };
        let Ok(bytes) = <[u8; 8]>::try_from(&*bytes) else {
            return Err(StoreError(format!("its mark does not decode; {}", self.advice.text())));
        };
        Ok(Some(Mark { changelog: NextOffset(u64::from_be_bytes(bytes)) }))
    }

    fn size(&self) -> Option<StoreSize> {
        let entries = u64::try_from(self.keyspace.approximate_len()).unwrap_or(u64::MAX);
        Some(StoreSize { entries, bytes: self.keyspace.disk_space() })
    }

    /// Deletes in bounded batches. A note says that clearing has begun, and opening the store finishes
    /// it: a store that lost half its keys must never be read.
    fn clear(&mut self) -> Result<(), StoreError> {
        let mut batch = self.database.batch();
        batch.insert(&self.keyspace, CLEARING, []);
        batch.remove(&self.keyspace, MARK);
        self.commit(batch)?;
        let mut from = vec![DATA];
        loop {
            let mut batch = self.database.batch();
            let mut last = None;
            for pair in self.keyspace.range(from.clone()..vec![DATA + 1]).take(CLEAR_KEYS_MAX) {
                let key = pair.key().map_err(|e| self.error(&e))?;
                batch.remove(&self.keyspace, key.clone());
                last = Some(key);
            }
            let Some(last) = last else { break };
            self.commit(batch)?;
            from = [&*last, &[0]].concat();
        }
        let mut batch = self.database.batch();
        batch.remove(&self.keyspace, CLEARING);
        self.commit(batch)
    }
}

/// Adds state changes to a batch.
pub(crate) fn stage(
    batch: &mut fjall::OwnedWriteBatch,
    keyspace: &Keyspace,
    changes: &Changes,
) -> Result<(), StoreError> {
    for (key, value) in changes {
        let key = data_key(key)?;
        match value {
            Some(value) => batch.insert(keyspace, key, value.as_slice()),
            None => batch.remove(keyspace, key),
        }
    }
    Ok(())
}

fn data_key(key: &[u8]) -> Result<Vec<u8>, StoreError> {
    if key.len() > KEY_BYTES_MAX {
        return Err(StoreError(format!(
            "a state key has {} bytes, at most {KEY_BYTES_MAX} are possible; this is a fault of the service",
            key.len()
        )));
    }
    Ok([&[DATA], key].concat())
}

/// The smallest key that is greater than every key with this prefix. The prefix begins with `DATA`,
/// so there is one.
fn end_of(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}
