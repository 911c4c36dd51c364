//! One partition on disk: its keys, where it begins and ends, and when it was last written.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use fjall::{Database, Keyspace};
use pipeline::Timestamp;

use crate::database;
use crate::encoding;
use crate::error::Error;

/// `r` + offset: the record.
const RECORD: u8 = b'r';
/// `k` + key: the newest offset of that key, for compaction.
const NEWEST: u8 = b'k';
/// `d` + offset: a tombstone that is to be removed when it is old enough; its append time.
const TOMBSTONE: u8 = b'd';
/// Where the partition begins, and what retention must not let it forget.
const BOUNDS: &[u8] = b"bounds";

/// A partition. The atomics are what committed batches have made true; only the holder of the
/// writer's lock moves `end` and `last_append`, only the retention pass moves `start`.
pub(super) struct PartitionLog {
    pub(super) keyspace: Keyspace,
    start: AtomicU64,
    end: AtomicU64,
    last_append: AtomicI64,
}

/// Bounds as they are stored by the retention pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    /// The first offset that may still be there.
    pub(super) start: u64,
    /// The end when this was stored. It may be further by now, but never less, even if all is deleted.
    pub(super) end: u64,
    /// The last append time, likewise.
    pub(super) last_append: i64,
    /// The next offset that compaction looks at.
    pub(super) compacted: u64,
}

impl PartitionLog {
    pub(super) fn open(database: &Database, topic_id: u32, partition: u32) -> Result<Self, Error> {
        let name = format!("log/{topic_id}/{partition}");
        let keyspace = database.keyspace(&name, database::log_options)?;
        let bounds = read_bounds(&keyspace)?;
        let (mut end, mut last_append) = (bounds.end, bounds.last_append);
        let records = record_key(0).to_vec()..vec![RECORD + 1];
        if let Some(last) = keyspace.range(records).next_back() {
            let (key, value) = last.into_inner()?;
            let (Some(offset), Some(outline)) = (offset_of(&key), encoding::outline(&value)) else {
                return Err(Error::Storage(format!("the last record of keyspace `{name}` does not decode")));
            };
            end = end.max(offset + 1);
            last_append = last_append.max(outline.timestamp.0);
        }
        Ok(Self {
            keyspace,
            start: AtomicU64::new(bounds.start),
            end: AtomicU64::new(end),
            last_append: AtomicI64::new(last_append),
        })
    }

    /// The first offset that may still be there.
    pub(super) fn start(&self) -> u64 {
        self.start.load(Ordering::Acquire)
    }

    /// The offset of the next record to come.
    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Append times never decrease: a clock that was set back stands still here.
    pub(super) fn append_time(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.max(self.last_append.load(Ordering::Acquire)))
    }

    /// Lets readers see the records up to `end`.
    pub(super) fn publish(&self, end: u64, last_append: Timestamp) {
        self.last_append.store(last_append.0, Ordering::Release);
        // INVARIANT: only after the batch that holds the records is committed.
        self.end.store(end, Ordering::Release);
    }

    pub(super) fn move_start(&self, start: u64) {
        self.start.store(start, Ordering::Release);
    }

    pub(super) fn bounds(&self) -> Result<Bounds, Error> {
        read_bounds(&self.keyspace)
    }

    /// Adds these bounds to a batch, with the end as it is now.
    pub(super) fn put_bounds(&self, batch: &mut fjall::OwnedWriteBatch, bounds: &Bounds) {
        let last_append = self.append_time(Timestamp(i64::MIN)).0;
        let mut bytes = Vec::with_capacity(32);
        bytes.extend(bounds.start.to_be_bytes());
        bytes.extend(self.end().to_be_bytes());
        bytes.extend(last_append.to_be_bytes());
        bytes.extend(bounds.compacted.to_be_bytes());
        batch.insert(&self.keyspace, BOUNDS, bytes);
    }

    /// Stored records from `from` up to `to`, in order.
    pub(super) fn records(&self, from: u64, to: u64) -> fjall::Iter {
        self.keyspace.range(record_key(from)..record_key(to.max(from)))
    }

    /// Tombstones that wait for their removal, oldest first.
    pub(super) fn tombstones(&self) -> fjall::Iter {
        self.keyspace.prefix([TOMBSTONE])
    }
}

fn read_bounds(keyspace: &Keyspace) -> Result<Bounds, Error> {
    let Some(bytes) = keyspace.get(BOUNDS)? else {
        return Ok(Bounds { last_append: i64::MIN, ..Bounds::default() });
    };
    let mut numbers = bytes.as_chunks::<8>().0.iter();
    let mut next = || {
        numbers
            .next()
            .copied()
            .ok_or_else(|| Error::Storage("the bounds of a partition do not decode".to_owned()))
    };
    Ok(Bounds {
        start: u64::from_be_bytes(next()?),
        end: u64::from_be_bytes(next()?),
        last_append: i64::from_be_bytes(next()?),
        compacted: u64::from_be_bytes(next()?),
    })
}

pub(super) fn record_key(offset: u64) -> [u8; 9] {
    keyed(RECORD, offset)
}

pub(super) fn tombstone_key(offset: u64) -> [u8; 9] {
    keyed(TOMBSTONE, offset)
}

pub(super) fn newest_key(key: &[u8]) -> Vec<u8> {
    [&[NEWEST], key].concat()
}

fn keyed(kind: u8, offset: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = offset.to_be_bytes();
    [kind, a, b, c, d, e, f, g, h]
}

/// The offset in the key of a record or a tombstone.
pub(super) fn offset_of(key: &[u8]) -> Option<u64> {
    key.get(1..).and_then(|o| o.try_into().ok()).map(u64::from_be_bytes)
}
