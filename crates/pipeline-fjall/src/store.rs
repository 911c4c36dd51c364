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

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace};
use pipeline::{Changes, ImageState, Mark, NextOffset, Source, Store, StoreError, StoreFactory, StoreSize};

use crate::database;
use crate::error::{Advice, Error, store_error};
use crate::image::Images;

#[cfg(test)]
mod tests;

/// Every key of a processor stands behind this byte, so that none can meet ours, none is empty, and
/// none of ours is ever scanned.
const DATA: u8 = b'd';
const MARK: &[u8] = b"mark";
const CLEARING: &[u8] = b"clearing";
/// The number of the image that fits this state, with what is noted.
const IMAGE: &[u8] = b"image";
/// Watched keys that changed since the image was made stand behind this byte.
const NOTED: u8 = b'n';

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
    /// Where images are kept; beside a log none is.
    images: Option<PathBuf>,
}

impl FjallStores {
    /// Opens or creates the directory. A damaged one is an error that says what to do.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let database = database::open(dir, cache_bytes, Advice::Rebuild)?;
        Ok(Self { database, advice: Advice::Rebuild, images: Some(images(dir)) })
    }

    /// Opens or creates the directory; a damaged one is emptied, and each store in it will be restored
    /// from its changelog. For use under Kafka only: nothing else holds an embedded log.
    pub fn open_or_rebuild(dir: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let database = database::open_or_wipe(dir, cache_bytes)?;
        Ok(Self { database, advice: Advice::Rebuild, images: Some(images(dir)) })
    }

    /// Stores beside the embedded log, in its database.
    pub(crate) fn beside_log(database: Database) -> Self {
        Self { database, advice: Advice::Restore, images: None }
    }

    /// The store of this source in this service.
    pub fn store(&self, service: &str, source: &Source) -> Result<FjallStore, StoreError> {
        let name = format!("{service}.{}.{}", source.topic, source.partition);
        let mut store = FjallStore {
            keyspace: self.keyspace(service, source)?,
            database: self.database.clone(),
            advice: self.advice,
            images: self.images.as_ref().map(|folder| Images::new(folder, name)),
        };
        if store.read(CLEARING)?.is_some() {
            store.clear()?;
        }
        store.find_image()?;
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
    images: Option<Images>,
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

    /// Removes everything behind a byte, in bounded batches.
    fn remove_all(&self, first: u8) -> Result<(), StoreError> {
        let mut from = vec![first];
        loop {
            let mut batch = self.database.batch();
            let mut last = None;
            for pair in self.keyspace.range(from.clone()..vec![first + 1]).take(CLEAR_KEYS_MAX) {
                let key = pair.key().map_err(|e| self.error(&e))?;
                batch.remove(&self.keyspace, key.clone());
                last = Some(key);
            }
            let Some(last) = last else { return Ok(()) };
            self.commit(batch)?;
            from = [&*last, &[0]].concat();
        }
    }

    /// Which image fits the state, and how much changed since it was made.
    fn find_image(&mut self) -> Result<(), StoreError> {
        let number = self.read(IMAGE)?.and_then(|bytes| bytes.first_chunk().copied()).map(u64::from_be_bytes);
        let changes = if number.is_some() { self.noted_keys().count() } else { 0 };
        if let Some(images) = &mut self.images {
            images.found(number, changes);
        }
        Ok(())
    }

    /// Watched keys that changed since the image was made.
    fn noted_keys(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + '_ {
        self.keyspace.range(vec![NOTED]..vec![NOTED + 1]).map(|pair| {
            let key = pair.key().map_err(|e| self.error(&e))?;
            Ok(key.get(1..).unwrap_or_default().to_vec())
        })
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
        // INVARIANT: the mark is in the batch of the data that it describes, and so is what is noted for the image.
        batch.insert(&self.keyspace, MARK, mark.changelog.0.to_be_bytes());
        let mut noted = 0;
        for key in changes.keys().filter(|key| self.images.as_ref().is_some_and(|images| images.notes(key))) {
            batch.insert(&self.keyspace, [&[NOTED], key.as_slice()].concat(), []);
            noted += 1;
        }
        self.commit(batch)?;
        self.images.iter_mut().for_each(|images| images.noted(noted));
        Ok(())
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
        batch.remove(&self.keyspace, IMAGE);
        self.commit(batch)?;
        self.images.iter_mut().for_each(|images| images.found(None, 0));
        self.remove_all(NOTED)?;
        self.remove_all(DATA)?;
        let mut batch = self.database.batch();
        batch.remove(&self.keyspace, CLEARING);
        self.commit(batch)
    }

    fn watch(&mut self, tables: &'static [u8]) {
        self.images.iter_mut().for_each(|images| images.watched = tables);
    }

    fn image(&self) -> Option<ImageState> {
        self.images.as_ref().map(Images::state)
    }

    /// The file first, then the note that it fits, then what was noted goes, which does no harm for as long as it stays. A
    /// state that has lost its newest writes with the note of an image has the note of the one before, which is gone or fits.
    fn keep_image(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let Some(images) = &self.images else { return Ok(()) };
        let number = images.write(write).map_err(|error| StoreError(format!("an image: {error}")))?;
        let mut batch = self.database.batch();
        batch.insert(&self.keyspace, IMAGE, number.to_be_bytes());
        self.commit(batch)?;
        self.images.iter_mut().for_each(|images| images.found(Some(number), 0));
        self.remove_all(NOTED)
    }

    fn take_image(
        &self,
        take: &mut dyn FnMut(&mut dyn Read) -> bool,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let is_taken = self.images.as_ref().is_some_and(|images| images.read(take));
        if is_taken { self.noted_keys().collect::<Result<_, _>>().map(Some) } else { Ok(None) }
    }
}

/// Images of the states of a process directory: beside it, for what is in it is the storage engine's.
fn images(dir: &Path) -> PathBuf {
    dir.with_extension("images")
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
