//! Creating and altering topics, with the meaning that `topics apply` has on a broker.

use std::cmp::Ordering;
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

/// What `apply_topics` did to a topic, or what `plan_topics` says that it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It did not exist.
    Created(Topic),
    /// Settings differed: name, value found, value wanted.
    Settings(Topic, Vec<(String, String, String)>),
    /// It had fewer partitions, and no state depends on their number.
    Partitions(Topic, u32, u32),
    /// It has more partitions than configured. They cannot be taken away, and do no harm.
    MorePartitions(Topic, u32, u32),
}

impl Log {
    /// What `apply_topics` would do.
    pub fn plan_topics(&self, specs: &[TopicSpec]) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for spec in specs {
            let topic = || spec.name.clone();
            check(spec)?;
            let Some(have) = self.topic(&spec.name) else {
                changes.push(Change::Created(topic()));
                continue;
            };
            let (actual, wanted) = (have.spec.partitions, spec.partitions);
            match actual.cmp(&wanted) {
                Ordering::Equal => {}
                _ if have.spec.stateful || spec.stateful => {
                    let why = "state depends on the number, so it cannot change; keep it";
                    return Err(Error::PartitionCount { topic: topic(), have: actual, want: wanted, why });
                }
                Ordering::Less => changes.push(Change::Partitions(topic(), actual, wanted)),
                Ordering::Greater => changes.push(Change::MorePartitions(topic(), actual, wanted)),
            }
            let differing = differing(&have.spec, spec);
            if !differing.is_empty() {
                changes.push(Change::Settings(topic(), differing));
            }
        }
        Ok(changes)
    }

    /// Makes the topics what they must be, and returns what was changed. Nothing at all is changed
    /// when one of them is refused. Repeating it is harmless.
    pub fn apply_topics(&self, specs: &[TopicSpec]) -> Result<Vec<Change>, Error> {
        let writer = lock(&self.inner.writer);
        let changes = self.plan_topics(specs)?;
        for spec in specs {
            self.apply_topic(spec)?;
        }
        drop(writer);
        for change in &changes {
            if let Change::Created(topic) | Change::Partitions(topic, ..) = change {
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

    fn apply_topic(&self, spec: &TopicSpec) -> Result<(), Error> {
        let have = self.topic(&spec.name);
        let mut spec = spec.clone();
        if let Some(have) = &have {
            spec.partitions = spec.partitions.max(have.spec.partitions);
            if have.spec == spec {
                return Ok(());
            }
        }
        let id = have.as_ref().map_or_else(|| self.next_topic_id(), |have| have.id);
        let mut partitions = have.map(|t| t.partitions.clone()).unwrap_or_default();
        let missing = u32::try_from(partitions.len()).unwrap_or(u32::MAX)..spec.partitions;
        for partition in missing {
            partitions.push(Arc::new(PartitionLog::open(&self.inner.database, id, partition)?));
        }
        // INVARIANT: the topic is named only after its partitions exist.
        let mut batch = self.inner.database.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&self.inner.meta, topic_key(&spec.name), encode(id, &spec));
        batch.commit()?;
        let mut topics = self.inner.topics.write().unwrap_or_else(PoisonError::into_inner);
        topics.insert(spec.name.clone(), Arc::new(TopicLog { id, spec, partitions }));
        Ok(())
    }

    fn next_topic_id(&self) -> u32 {
        let topics = self.inner.topics.read().unwrap_or_else(PoisonError::into_inner);
        topics.values().map(|t| t.id + 1).max().unwrap_or(0)
    }
}

fn check(spec: &TopicSpec) -> Result<(), Error> {
    let name = spec.name.as_str();
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(legal) {
        return Err(Error::TopicName { length: name.len() });
    }
    if spec.partitions == 0 {
        let why = "a topic needs one at least";
        return Err(Error::PartitionCount { topic: spec.name.clone(), have: 0, want: 0, why });
    }
    Ok(())
}

/// Settings that differ, the partition count apart.
fn differing(have: &TopicSpec, want: &TopicSpec) -> Vec<(String, String, String)> {
    let settings = |spec: &TopicSpec| {
        let (policy, millis) = match spec.retention {
            Retention::Delete(millis) => ("delete", millis),
            Retention::Compact => ("compact", None),
        };
        [
            ("cleanup.policy", policy.to_owned()),
            ("retention.ms", millis.unwrap_or(-1).to_string()),
            ("max.message.bytes", spec.max_record_bytes.to_string()),
            (
                "message.timestamp.type",
                if spec.append_time { "LogAppendTime" } else { "CreateTime" }.to_owned(),
            ),
            ("stateful", spec.stateful.to_string()),
        ]
    };
    settings(have)
        .into_iter()
        .zip(settings(want))
        .filter(|(have, want)| have != want)
        .map(|((name, found), (_, wanted))| (name.to_owned(), found, wanted))
        .collect()
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
