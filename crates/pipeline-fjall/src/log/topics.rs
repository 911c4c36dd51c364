//! Creating and altering topics, with the meaning that `topics apply` has on a broker.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use fjall::{Database, Keyspace, PersistMode};
use pipeline::{Retention, Topic, TopicSpec};

use super::partition::PartitionLog;
use super::{Log, TopicLog};
use crate::error::{Advice, Error};
use crate::subscription::lock;

/// `t` + name: the topic's id and settings.
const TOPIC: u8 = b't';
/// Longest topic name. The engine's names are shorter than a broker's, and state is named after it too.
const NAME_BYTES_MAX: usize = 200;

/// What applying a topic's specification did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicChange {
    /// It did not exist.
    Created,
    /// Its retention, record limit or partition count was changed.
    Altered,
    /// It was so already.
    Unchanged,
}

impl Log {
    /// Creates missing topics and alters others to their specification. All is checked before anything
    /// is changed. Partitions can be added, but not to a topic that state depends on.
    pub fn apply_topics(&self, specs: &[TopicSpec]) -> Result<Vec<(Topic, TopicChange)>, Error> {
        let writer = lock(&self.inner.writer);
        for spec in specs {
            check(spec, self.topic(&spec.name).as_deref())?;
        }
        let mut changes = Vec::new();
        for spec in specs {
            changes.push((spec.name.clone(), self.apply_topic(spec)?));
        }
        drop(writer);
        for (topic, change) in &changes {
            if *change != TopicChange::Unchanged {
                self.inner.subscriptions.notify(topic);
            }
        }
        Ok(changes)
    }

    /// All topics, in order of their names.
    pub fn topics(&self) -> Vec<TopicSpec> {
        let topics = self.inner.topics.read().unwrap_or_else(PoisonError::into_inner);
        let mut specs: Vec<_> = topics.values().map(|t| t.spec.clone()).collect();
        specs.sort_by(|a, b| a.name.cmp(&b.name));
        specs
    }

    /// The number of partitions of a topic; `None` if there is no such topic.
    pub fn partitions(&self, topic: &Topic) -> Option<u32> {
        self.topic(topic).map(|t| t.spec.partitions)
    }

    fn apply_topic(&self, spec: &TopicSpec) -> Result<TopicChange, Error> {
        let have = self.topic(&spec.name);
        let (id, change) = match &have {
            Some(have) if have.spec == *spec => return Ok(TopicChange::Unchanged),
            Some(have) => (have.id, TopicChange::Altered),
            None => (self.next_topic_id(), TopicChange::Created),
        };
        let mut partitions = have.map(|t| t.partitions.clone()).unwrap_or_default();
        let missing = u32::try_from(partitions.len()).unwrap_or(u32::MAX)..spec.partitions;
        for partition in missing {
            partitions.push(Arc::new(PartitionLog::open(&self.inner.database, id, partition)?));
        }
        // INVARIANT: the topic is named only after its partitions exist.
        let mut batch = self.inner.database.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&self.inner.meta, topic_key(&spec.name), encode(id, spec));
        batch.commit()?;
        let topic = TopicLog { id, spec: spec.clone(), partitions };
        let mut topics = self.inner.topics.write().unwrap_or_else(PoisonError::into_inner);
        topics.insert(spec.name.clone(), Arc::new(topic));
        Ok(change)
    }

    fn next_topic_id(&self) -> u32 {
        let topics = self.inner.topics.read().unwrap_or_else(PoisonError::into_inner);
        topics.values().map(|t| t.id + 1).max().unwrap_or(0)
    }
}

fn check(spec: &TopicSpec, have: Option<&TopicLog>) -> Result<(), Error> {
    let name = spec.name.as_str();
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(legal) {
        return Err(Error::TopicName { length: name.len() });
    }
    let refuse = |have: u32, why| {
        Err(Error::PartitionCount { topic: spec.name.clone(), have, want: spec.partitions, why })
    };
    match have.map(|t| &t.spec) {
        None if spec.partitions == 0 => refuse(0, "a topic needs one at least"),
        Some(have) if have.partitions != spec.partitions && (have.stateful || spec.stateful) => {
            refuse(have.partitions, "state depends on the number, so it cannot change; keep it")
        }
        Some(have) if spec.partitions < have.partitions => {
            refuse(have.partitions, "partitions can be added, not taken away")
        }
        _ => Ok(()),
    }
}

/// Reads all topics and opens their partitions.
pub(super) fn load(
    database: &Database,
    meta: &Keyspace,
    dir: &Path,
) -> Result<HashMap<Topic, Arc<TopicLog>>, Error> {
    let damaged = |detail: &str| Error::Damaged {
        dir: dir.to_owned(),
        detail: detail.to_owned(),
        advice: Advice::Restore,
    };
    let mut topics = HashMap::new();
    for pair in meta.prefix([TOPIC]) {
        let (key, value) = pair.into_inner().map_err(|e| Error::on_open(dir, &e, Advice::Restore))?;
        let decoded = key.get(1..).and_then(|name| decode(std::str::from_utf8(name).ok()?, &value));
        let (id, spec) = decoded.ok_or_else(|| damaged("the settings of a topic do not decode"))?;
        let partitions = (0..spec.partitions)
            .map(|partition| PartitionLog::open(database, id, partition).map(Arc::new))
            .collect::<Result<_, _>>()
            .map_err(|e| damaged(&e.to_string()))?;
        topics.insert(spec.name.clone(), Arc::new(TopicLog { id, spec, partitions }));
    }
    Ok(topics)
}

fn topic_key(topic: &Topic) -> Vec<u8> {
    [&[TOPIC], topic.as_str().as_bytes()].concat()
}

const KEEP: u8 = 0;
const DELETE: u8 = 1;
const COMPACT: u8 = 2;

fn encode(id: u32, spec: &TopicSpec) -> Vec<u8> {
    let (policy, millis) = match spec.retention {
        Retention::Delete(None) => (KEEP, 0),
        Retention::Delete(Some(millis)) => (DELETE, millis),
        Retention::Compact => (COMPACT, 0),
    };
    let mut bytes = Vec::with_capacity(32);
    bytes.extend(id.to_be_bytes());
    bytes.extend(spec.partitions.to_be_bytes());
    bytes.extend(u64::try_from(spec.max_record_bytes).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(millis.to_be_bytes());
    bytes.extend([policy, u8::from(spec.stateful), u8::from(spec.append_time)]);
    bytes
}

fn decode(name: &str, bytes: &[u8]) -> Option<(u32, TopicSpec)> {
    let (id, rest) = bytes.split_first_chunk()?;
    let (partitions, rest) = rest.split_first_chunk()?;
    let (max_record_bytes, rest) = rest.split_first_chunk()?;
    let (millis, rest) = rest.split_first_chunk()?;
    let [policy, stateful, append_time] = rest else { return None };
    let spec = TopicSpec {
        name: name.into(),
        partitions: u32::from_be_bytes(*partitions),
        retention: match *policy {
            KEEP => Retention::Delete(None),
            DELETE => Retention::Delete(Some(i64::from_be_bytes(*millis))),
            COMPACT => Retention::Compact,
            _ => return None,
        },
        max_record_bytes: usize::try_from(u64::from_be_bytes(*max_record_bytes)).ok()?,
        stateful: *stateful != 0,
        append_time: *append_time != 0,
    };
    Some((u32::from_be_bytes(*id), spec))
}
