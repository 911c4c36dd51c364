//! The embedded log: topics with partitions, in one directory, for one process.
//!
//! Each partition is a keyspace of records by big-endian offset; state and committed offsets are
//! keyspaces of the same database, so that a commit is one atomic write batch over all of them.
//!
//! INVARIANTS
//! - Offsets of a partition are contiguous as they are given out, and none is given out twice, also
//!   after a restart and after everything was deleted.
//! - Append times never decrease within a partition, whatever the clock does.
//! - A reader sees a record only after the batch that holds it is committed, and, unless configured
//!   otherwise, on disk.

mod append;
mod partition;
mod read;
mod retention;
#[cfg(test)]
mod tests;
mod topics;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fjall::{Database, Keyspace, PersistMode};
use pipeline::{NextOffset, Source, Timestamp, Topic, TopicSpec};

pub(crate) use append::{Commit, Owner, TaskCommit};
pub use read::Fetched;
pub use topics::Change;

use crate::database;
use crate::error::{Advice, Error};
use crate::store::FjallStores;
use crate::subscription::{Subscription, Subscriptions};
use partition::PartitionLog;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// A commit is on disk when it returns: nothing is lost in a power cut.
    #[default]
    EveryCommit,
    /// A commit is with the operating system: a killed process loses nothing, a power cut can lose the
    /// last commits, whole and in order.
    Never,
}

impl Fsync {
    fn mode(self) -> PersistMode {
        match self {
            // The journal's size is all the metadata that reading it back needs, and that is synced.
            Self::EveryCommit => PersistMode::SyncData,
            Self::Never => PersistMode::Buffer,
        }
    }
}

/// How to open a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether a commit waits for the disk.
    pub fsync: Fsync,
    /// Memory for blocks read from disk.
    pub cache_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { fsync: Fsync::default(), cache_bytes: 64 << 20 }
    }
}

/// A log of topics in one directory. Cheap to clone; the directory is free again when the last clone,
/// and everything opened from it, is dropped.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    database: Database,
    fsync: Fsync,
    /// The format and the topics.
    meta: Keyspace,
    /// The committed input offset of each (input partition, service).
    offsets: Keyspace,
    topics: RwLock<HashMap<Topic, Arc<TopicLog>>>,
    subscriptions: Subscriptions,
    /// Owners of tasks: a later owner fences the earlier one.
    owners: Mutex<HashMap<(String, Source), u64>>,
    /// Held while offsets are given out and committed.
    writer: Mutex<()>,
    /// Held by the one retention pass; the time of the last one.
    swept: Mutex<Option<Timestamp>>,
}

/// A topic as it stands. Replaced as a whole when the topic is altered.
struct TopicLog {
    id: u32,
    spec: TopicSpec,
    partitions: Vec<Arc<PartitionLog>>,
}

const FORMAT: u32 = 1;
const FORMAT_KEY: &[u8] = b"format";

impl Log {
    /// Opens or creates the log in `dir`.
    pub fn open(dir: &Path, options: LogOptions) -> Result<Self, Error> {
        let database = database::open(dir, options.cache_bytes, Advice::Restore)?;
        let on_open = |e: fjall::Error| Error::on_open(dir, &e, Advice::Restore);
        let meta = database.keyspace("meta", database::log_options).map_err(on_open)?;
        let offsets = database.keyspace("offsets", database::log_options).map_err(on_open)?;
        match meta.get(FORMAT_KEY).map_err(on_open)? {
            None => {
                let mut batch = database.batch().durability(Some(PersistMode::SyncAll));
                batch.insert(&meta, FORMAT_KEY, FORMAT.to_be_bytes());
                batch.commit().map_err(on_open)?;
            }
            Some(found) => {
                let found = <[u8; 4]>::try_from(&*found).map_or(0, u32::from_be_bytes);
                if found != FORMAT {
                    return Err(Error::Format { dir: dir.to_owned(), found, expected: FORMAT });
                }
            }
        }
        let topics = topics::load(&database, &meta, dir)?;
        let inner = Inner {
            dir: dir.to_owned(),
            database,
            fsync: options.fsync,
            meta,
            offsets,
            topics: RwLock::new(topics),
            subscriptions: Subscriptions::default(),
            owners: Mutex::default(),
            writer: Mutex::default(),
            swept: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// The state stores beside this log, which its commits change.
    pub fn stores(&self) -> FjallStores {
        FjallStores::beside_log(self.inner.database.clone())
    }

    /// Listens to these topics, whether they exist yet or not.
    pub fn subscribe(&self, topics: impl IntoIterator<Item = Topic>) -> Subscription {
        self.inner.subscriptions.subscribe(topics)
    }

    /// The offset that `service` will read next from `source`; `None` when it never committed one.
    pub fn committed(&self, service: &str, source: &Source) -> Result<Option<NextOffset>, Error> {
        let stored = self.inner.offsets.get(offset_key(service, source))?;
        stored.map(|bytes| decode_offset(&bytes)).transpose()
    }

    /// Whether commits are still accepted: after a failed write none is.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        Ok(self.inner.database.persist(PersistMode::Buffer)?)
    }

    fn topic(&self, topic: &Topic) -> Option<Arc<TopicLog>> {
        self.inner.topics.read().unwrap_or_else(PoisonError::into_inner).get(topic).cloned()
    }

    fn partition(&self, source: &Source) -> Result<Arc<PartitionLog>, Error> {
        let topic =
            self.topic(&source.topic).ok_or_else(|| Error::TopicMissing { topic: source.topic.clone() })?;
        topic.partition(source.partition.0).cloned()
    }
}

impl TopicLog {
    fn partition(&self, partition: u32) -> Result<&Arc<PartitionLog>, Error> {
        let found = usize::try_from(partition).ok().and_then(|index| self.partitions.get(index));
        found.ok_or_else(|| Error::PartitionMissing {
            topic: self.spec.name.clone(),
            partition,
            partitions: self.spec.partitions,
        })
    }
}

/// Ordered by source, so that retention finds every reader of a partition.
fn offset_key(service: &str, source: &Source) -> Vec<u8> {
    [&source_key(source)[..], service.as_bytes()].concat()
}

fn source_key(source: &Source) -> Vec<u8> {
    [source.topic.as_str().as_bytes(), b"\0", &source.partition.0.to_be_bytes()].concat()
}

fn decode_offset(bytes: &[u8]) -> Result<NextOffset, Error> {
    let bytes = <[u8; 8]>::try_from(bytes)
        .map_err(|_| Error::Storage("a committed offset does not decode".to_owned()))?;
    Ok(NextOffset(u64::from_be_bytes(bytes)))
}
