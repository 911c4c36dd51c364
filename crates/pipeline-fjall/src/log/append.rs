//! Appending: checking what a batch may hold, giving out offsets, and the one atomic commit.

use std::collections::HashMap;
use std::sync::Arc;

use fjall::Keyspace;
use pipeline::{Changes, NextOffset, Offset, Output, Source, Timestamp, partition_for};

use super::partition::{PartitionLog, record_key};
use super::{Log, TopicLog, offset_key};
use crate::encoding;
use crate::error::Error;
use crate::store;
use crate::subscription::lock;

/// Largest record that the storage engine can hold, whatever the topic says.
const RECORD_BYTES_MAX: usize = 1 << 30;

/// What one atomic write batch holds.
pub(crate) struct Commit<'a> {
    /// Records to append.
    pub(crate) outputs: &'a [Output],
    /// The task that commits; a producer outside any task has none.
    pub(crate) task: Option<TaskCommit<'a>>,
    /// The append time, unless the partition has seen a later one.
    pub(crate) now: Timestamp,
}

/// The part of a commit that a task adds.
pub(crate) struct TaskCommit<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) state: &'a Keyspace,
    pub(crate) changes: &'a Changes,
    pub(crate) next: NextOffset,
}

/// Who may commit for an input partition of a service.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    key: (String, Source),
    generation: u64,
}

struct Appended {
    partition: Arc<PartitionLog>,
    end: u64,
    time: Timestamp,
}

impl Log {
    /// Takes a task over: whoever owned it before can commit no more.
    pub(crate) fn own(&self, service: &str, source: &Source) -> Owner {
        let key = (service.to_owned(), source.clone());
        // The predecessor may be in a commit: wait until its outcome is there to be read.
        let _writer = lock(&self.inner.writer);
        let mut owners = lock(&self.inner.owners);
        let generation = owners.entry(key.clone()).or_default();
        *generation += 1;
        Owner { key, generation: *generation }
    }

    /// Whether a record could be appended, and to which partition.
    pub(crate) fn check(&self, output: &Output) -> Result<(), Error> {
        self.place(output).map(drop)
    }

    fn place(&self, output: &Output) -> Result<(Source, Arc<TopicLog>), Error> {
        let topic =
            self.topic(&output.topic).ok_or_else(|| Error::TopicMissing { topic: output.topic.clone() })?;
        let (bytes, limit) = (output.size(), topic.spec.max_record_bytes.min(RECORD_BYTES_MAX));
        if bytes > limit {
            return Err(Error::RecordTooLarge { topic: output.topic.clone(), bytes, limit });
        }
        let partition =
            output.partition.unwrap_or_else(|| partition_for(output.key.as_deref(), topic.spec.partitions));
        topic.partition(partition.0)?;
        Ok((Source { topic: output.topic.clone(), partition }, topic))
    }

    /// Commits: everything or nothing. Returns where each record stands.
    pub(crate) fn commit(&self, commit: &Commit<'_>) -> Result<Vec<(Source, Offset)>, Error> {
        // INVARIANT: from giving out the first offset to publishing the last, one writer.
        let writer = lock(&self.inner.writer);
        let mut batch = self.inner.database.batch().durability(Some(self.inner.fsync.mode()));
        let mut appended: HashMap<Source, Appended> = HashMap::new();
        let mut places = Vec::with_capacity(commit.outputs.len());
        for output in commit.outputs {
            let (source, topic) = self.place(output)?;
            if !appended.contains_key(&source) {
                let partition = Arc::clone(topic.partition(source.partition.0)?);
                let (end, time) = (partition.end(), partition.append_time(commit.now));
                appended.insert(source.clone(), Appended { partition, end, time });
            }
            let Some(to) = appended.get_mut(&source) else { continue };
            batch.insert(&to.partition.keyspace, record_key(to.end), encoding::encode(output, to.time));
            places.push((source, Offset(to.end)));
            to.end += 1;
        }
        if let Some(task) = &commit.task {
            if lock(&self.inner.owners).get(&task.owner.key) != Some(&task.owner.generation) {
                return Err(Error::Fenced);
            }
            store::stage(&mut batch, task.state, task.changes).map_err(|e| Error::Storage(e.0))?;
            let (service, source) = &task.owner.key;
            batch.insert(&self.inner.offsets, offset_key(service, source), task.next.0.to_be_bytes());
        }
        batch.commit()?;
        for to in appended.values() {
            to.partition.publish(to.end, to.time);
        }
        drop(writer);
        let mut topics: Vec<_> = appended.into_keys().map(|source| source.topic).collect();
        topics.sort();
        topics.dedup();
        for topic in &topics {
            self.inner.subscriptions.notify(topic);
        }
        Ok(places)
    }
}
