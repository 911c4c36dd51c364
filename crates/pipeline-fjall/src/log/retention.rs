//! Retention: a bounded pass that deletes what is too old, and compacts.
//!
//! The first offset moves with every deletion, so that readers do not walk over what is gone. Records
//! that a service has yet to read are kept, however old: on a broker nobody could know, here we do.

use std::collections::BTreeMap;

use pipeline::{Retention, Source, Timestamp, Topic};

use super::partition::{Bounds, PartitionLog, newest_key, offset_of, record_key, tombstone_key};
use super::{Log, decode_offset, source_key};
use crate::encoding;
use crate::error::Error;

/// Most records looked at in one partition by one pass.
const PASS_RECORDS_MAX: usize = 10_000;
/// Time between passes.
const PASS_INTERVAL_MILLIS: i64 = 60_000;
/// How long a tombstone stays, so that a reader who follows sees it: Kafka's default.
const TOMBSTONE_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// Longest key that compaction can index. Records with longer keys are all kept.
const KEY_BYTES_MAX: usize = 60_000;

impl Log {
    /// Runs a pass if the last one is a minute ago and nobody else runs one. Workers call it on their
    /// ticks. Returns how many records were removed.
    pub fn sweep(&self, now: Timestamp) -> Result<usize, Error> {
        let Ok(mut swept) = self.inner.swept.try_lock() else { return Ok(0) };
        if swept.is_some_and(|last| now.millis_since(last) < PASS_INTERVAL_MILLIS && now >= last) {
            return Ok(0);
        }
        *swept = Some(now);
        let mut removed = 0;
        for spec in self.topics() {
            let Some(topic) = self.topic(&spec.name) else { continue };
            for (number, partition) in (0..).zip(&topic.partitions) {
                removed += match spec.retention {
                    Retention::Delete(None) => 0,
                    Retention::Delete(Some(millis)) => {
                        let before = now.plus_millis(millis.saturating_neg());
                        self.delete_older(&spec.name, number, partition, before)?
                    }
                    Retention::Compact => {
                        self.compact(partition)? + self.remove_tombstones(partition, now)?
                    }
                };
            }
        }
        Ok(removed)
    }

    /// Deletes records appended before `before` that every service has read.
    fn delete_older(
        &self,
        topic: &Topic,
        number: u32,
        partition: &PartitionLog,
        before: Timestamp,
    ) -> Result<usize, Error> {
        let mut limit = partition.end();
        for pair in self.inner.offsets.prefix(source_key(&Source::new(topic.clone(), number))) {
            limit = limit.min(decode_offset(&pair.value()?)?.0);
        }
        let mut batch = self.inner.database.batch();
        let mut removed = 0;
        let mut start = partition.start();
        for pair in partition.records(start, limit).take(PASS_RECORDS_MAX) {
            let (key, value) = pair.into_inner()?;
            let (Some(offset), Some(outline)) = (offset_of(&key), encoding::outline(&value)) else { break };
            if outline.timestamp >= before {
                break;
            }
            batch.remove(&partition.keyspace, key);
            start = offset + 1;
            removed += 1;
        }
        if removed > 0 {
            let bounds = Bounds { start, ..partition.bounds()? };
            partition.put_bounds(&mut batch, &bounds);
            batch.commit()?;
            partition.move_start(start);
        }
        Ok(removed)
    }

    /// Goes on where the last pass stopped: of each key, what is not its newest record goes.
    fn compact(&self, partition: &PartitionLog) -> Result<usize, Error> {
        let mut bounds = partition.bounds()?;
        // A batch must not name a key twice, and what this pass changed must be seen by it.
        let mut changes: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        let mut removed = 0;
        let from = bounds.compacted.max(partition.start());
        for pair in partition.records(from, partition.end()).take(PASS_RECORDS_MAX) {
            let (stored_at, value) = pair.into_inner()?;
            let (Some(offset), Some(outline)) = (offset_of(&stored_at), encoding::outline(&value)) else {
                break;
            };
            bounds.compacted = offset + 1;
            let Some(key) = outline.key.filter(|k| k.len() <= KEY_BYTES_MAX).map(newest_key) else {
                continue;
            };
            let earlier = match changes.get(&key) {
                Some(earlier) => earlier.clone(),
                None => partition.keyspace.get(&key)?.map(|o| o.to_vec()),
            };
            let earlier = earlier.and_then(|o| o.try_into().ok()).map(u64::from_be_bytes);
            if let Some(earlier) = earlier.filter(|earlier| *earlier < offset) {
                changes.insert(record_key(earlier).to_vec(), None);
                changes.insert(tombstone_key(earlier).to_vec(), None);
                removed += 1;
            }
            changes.insert(key, Some(offset.to_be_bytes().to_vec()));
            if outline.is_tombstone {
                changes
                    .insert(tombstone_key(offset).to_vec(), Some(outline.timestamp.0.to_be_bytes().to_vec()));
            }
        }
        if changes.is_empty() {
            return Ok(0);
        }
        let mut batch = self.inner.database.batch();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&partition.keyspace, key, value),
                None => batch.remove(&partition.keyspace, key),
            }
        }
        partition.put_bounds(&mut batch, &bounds);
        batch.commit()?;
        Ok(removed)
    }

    /// Removes tombstones that are old enough, and forgets their keys.
    fn remove_tombstones(&self, partition: &PartitionLog, now: Timestamp) -> Result<usize, Error> {
        let mut batch = self.inner.database.batch();
        let mut removed = 0;
        for pair in partition.tombstones().take(PASS_RECORDS_MAX) {
            let (key, time) = pair.into_inner()?;
            let (Some(offset), Ok(time)) = (offset_of(&key), <[u8; 8]>::try_from(&*time)) else { break };
            if now.millis_since(Timestamp(i64::from_be_bytes(time))) < TOMBSTONE_MILLIS {
                break;
            }
            let stored = partition.keyspace.get(record_key(offset))?;
            if let Some(of) = stored.as_deref().and_then(encoding::outline).and_then(|o| o.key) {
                batch.remove(&partition.keyspace, newest_key(of));
            }
            batch.remove(&partition.keyspace, record_key(offset));
            batch.remove(&partition.keyspace, key);
            removed += 1;
        }
        if removed > 0 {
            // The last record may be among them, and the end must not be forgotten.
            let bounds = partition.bounds()?;
            partition.put_bounds(&mut batch, &bounds);
            batch.commit()?;
        }
        Ok(removed)
    }
}
