//! Topics as they must be: created when missing, aligned when they differ, refused when a change would
//! break state.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use pipeline::{Retention, Topic, TopicSpec};
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewPartitions, NewTopic,
    ResourceSpecifier, TopicReplication,
};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaResult, RDKafkaErrorCode as Code};

use crate::client;
use crate::config::KafkaConfig;
use crate::errors::{AdminError, ClientError};
use crate::logs::Logs;
use crate::native;

/// What a batch around one record adds to it.
const BATCH_OVERHEAD: usize = 4 << 10;
/// A store that was away for less than this misses no deletion when it catches up.
const TOMBSTONES: Duration = Duration::from_secs(30 * 24 * 3600);
/// What a state has dropped is gone from its changelog after this time at the latest.
const COMPACTED_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);
/// The newest segment of a topic is never deleted: it is closed after this part of the time for which records are kept, so
/// that none is kept much longer.
const SEGMENTS: i64 = 30;
/// Segments are closed neither sooner nor later than this, in milliseconds.
const SEGMENT_MILLIS: (i64, i64) = (3_600_000, 7 * 24 * 3_600_000);
/// Small segments of a changelog are compacted sooner, and restores read less.
const COMPACTED_SEGMENT: usize = 64 << 20;
/// How long a new topic may take to be known by the brokers.
const CREATED: Duration = Duration::from_secs(10);

/// What `apply` did to a topic, or what `plan` says that it would do.
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

/// A topic as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: Topic,
    /// Number of partitions.
    pub partitions: u32,
    /// Settings that differ from the brokers' defaults.
    pub settings: BTreeMap<String, String>,
}

/// Administers topics.
pub struct Admin {
    client: AdminClient<Logs>,
    replication: Option<u16>,
}

impl Admin {
    /// A client for administration.
    pub fn new(config: &KafkaConfig) -> Result<Self, ClientError> {
        let client = AdminClient::from_config_and_context(&client::admin(config)?, Logs)
            .map_err(|e| ClientError::Settings(e.to_string()))?;
        Ok(Self { client, replication: config.replication_factor })
    }

    /// What `apply` would do.
    pub fn plan(&self, specs: &[TopicSpec]) -> Result<Vec<Change>, AdminError> {
        let existing = self.partitions(specs)?;
        let mut changes = Vec::new();
        for spec in specs {
            let Some(actual) = existing.get(&spec.name).copied() else {
                changes.push(Change::Created(spec.name.clone()));
                continue;
            };
            if actual != spec.partitions && spec.stateful {
                return Err(AdminError::PartitionCount {
                    topic: spec.name.to_string(),
                    expected: spec.partitions,
                    actual,
                });
            }
            if actual < spec.partitions {
                changes.push(Change::Partitions(spec.name.clone(), actual, spec.partitions));
            } else if actual > spec.partitions {
                changes.push(Change::MorePartitions(spec.name.clone(), actual, spec.partitions));
            }
            let differing = differing(&self.settings(&spec.name)?, &wanted(spec, self.replication));
            if !differing.is_empty() {
                changes.push(Change::Settings(spec.name.clone(), differing));
            }
        }
        Ok(changes)
    }

    /// Makes the topics what they must be, and returns what was changed. Nothing at all is changed
    /// when one of them is refused. Repeating it is harmless.
    pub fn apply(&self, specs: &[TopicSpec]) -> Result<Vec<Change>, AdminError> {
        let changes = self.plan(specs)?;
        for change in &changes {
            match change {
                Change::Created(topic) => {
                    if let Some(spec) = specs.iter().find(|spec| spec.name == *topic) {
                        self.create(spec)?;
                    }
                }
                Change::Settings(topic, settings) => self.align(topic, settings)?,
                Change::Partitions(topic, _, count) => self.grow(topic, *count)?,
                Change::MorePartitions(..) => {}
            }
        }
        if !changes.is_empty() {
            self.await_applied(specs)?;
        }
        Ok(changes)
    }

    /// Every topic with its number of partitions, the brokers' own ones left out.
    pub fn list(&self) -> Result<Vec<(Topic, u32)>, ClientError> {
        let metadata = self
            .client
            .inner()
            .fetch_metadata(None, client::ANSWER)
            .map_err(|e| ClientError::broker("listing topics", &e))?;
        let mut topics: Vec<(Topic, u32)> = metadata
            .topics()
            .iter()
            .filter(|topic| !topic.name().starts_with("__"))
            .map(|topic| {
                (Topic::new(topic.name()), u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX))
            })
            .collect();
        topics.sort();
        Ok(topics)
    }

    /// One topic; `None` when it does not exist.
    pub fn describe(&self, topic: &Topic) -> Result<Option<TopicDescription>, ClientError> {
        let Some(partitions) = self.lookup(&[topic])?.remove(topic) else { return Ok(None) };
        let settings = self
            .settings(topic)?
            .entries
            .into_iter()
            .filter(|entry| entry.source == ConfigSource::DynamicTopic && !entry.is_sensitive)
            .map(|entry| (entry.name, entry.value.unwrap_or_default()))
            .collect();
        Ok(Some(TopicDescription { name: topic.clone(), partitions, settings }))
    }

    fn partitions(&self, specs: &[TopicSpec]) -> Result<BTreeMap<Topic, u32>, ClientError> {
        let names: Vec<&Topic> = specs.iter().map(|spec| &spec.name).collect();
        self.lookup(&names)
    }

    fn lookup(&self, topics: &[&Topic]) -> Result<BTreeMap<Topic, u32>, ClientError> {
        let failed = |code: Code| ClientError::Broker { what: "looking topics up", reason: code.to_string() };
        let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut found = BTreeMap::new();
        for topic in native::describe_topics(self.client.inner(), &names, client::ANSWER).map_err(failed)? {
            match topic.error {
                Code::NoError => {
                    found.insert(Topic::from(topic.name), topic.partitions);
                }
                Code::UnknownTopicOrPartition => {}
                code => return Err(failed(code)),
            }
        }
        Ok(found)
    }

    fn settings(&self, topic: &Topic) -> Result<ConfigResource, ClientError> {
        let failed = |reason: String| ClientError::Broker { what: "reading a topic's settings", reason };
        let specifier = [ResourceSpecifier::Topic(topic.as_str())];
        let mut found = wait(self.client.describe_configs(&specifier, &options()))
            .map_err(|e| ClientError::broker("reading a topic's settings", &e))?;
        found.pop().ok_or_else(|| failed("no answer".to_owned()))?.map_err(|code| failed(code.to_string()))
    }

    fn create(&self, spec: &TopicSpec) -> Result<(), AdminError> {
        let replication = self.replication.map_or(-1, i32::from);
        let count = i32::try_from(spec.partitions).unwrap_or(i32::MAX);
        let settings = wanted(spec, self.replication);
        let mut topic = NewTopic::new(spec.name.as_str(), count, TopicReplication::Fixed(replication));
        for (name, value) in &settings {
            topic = topic.set(name, value);
        }
        let results = wait(self.client.create_topics([&topic], &options()));
        match each(results, "creating a topic")?.into_iter().find_map(Result::err) {
            None | Some((_, Code::TopicAlreadyExists)) => Ok(()),
            Some((topic, code)) => Err(AdminError::Topic { topic, reason: code.to_string() }),
        }
    }

    fn grow(&self, topic: &Topic, count: u32) -> Result<(), AdminError> {
        let partitions = NewPartitions::new(topic.as_str(), count as usize);
        let results = wait(self.client.create_partitions([&partitions], &options()));
        match each(results, "adding partitions")?.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some((topic, code)) => Err(AdminError::Topic { topic, reason: code.to_string() }),
        }
    }

    /// The request replaces all settings of a topic, so those that are not ours go along unchanged.
    fn align(&self, topic: &Topic, settings: &[(String, String, String)]) -> Result<(), AdminError> {
        let current = self.settings(topic)?;
        let mut alter = AlterConfig::new(ResourceSpecifier::Topic(topic.as_str()));
        for entry in &current.entries {
            if let (ConfigSource::DynamicTopic, Some(value)) = (&entry.source, &entry.value) {
                alter = alter.set(&entry.name, value);
            }
        }
        for (name, _, value) in settings {
            alter = alter.set(name, value);
        }
        let results = wait(self.client.alter_configs([&alter], &options()));
        match each(results, "changing a topic's settings")?.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some((_, code)) => Err(AdminError::Topic { topic: topic.to_string(), reason: code.to_string() }),
        }
    }

    /// A controller answers before every broker knows.
    fn await_applied(&self, specs: &[TopicSpec]) -> Result<(), AdminError> {
        let began = std::time::Instant::now();
        loop {
            let open = self.plan(specs)?.into_iter().find_map(|change| match change {
                Change::Created(topic) | Change::Settings(topic, _) | Change::Partitions(topic, ..) => {
                    Some(topic)
                }
                Change::MorePartitions(..) => None,
            });
            match open {
                None => return Ok(()),
                Some(topic) if began.elapsed() > CREATED => {
                    let reason = "it was changed but the brokers do not know it yet; repeat the command";
                    return Err(AdminError::Topic { topic: topic.to_string(), reason: reason.to_owned() });
                }
                Some(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(CREATED)).operation_timeout(Some(CREATED))
}

fn each<T>(results: KafkaResult<T>, what: &'static str) -> Result<T, ClientError> {
    results.map_err(|e| ClientError::broker(what, &e))
}

/// The settings that a spec asks for.
fn wanted(spec: &TopicSpec, replication: Option<u16>) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let mut set = |name: &str, value: String| settings.insert(name.to_owned(), value);
    match spec.retention {
        Retention::Compact => {
            set("cleanup.policy", "compact".to_owned());
            set("delete.retention.ms", TOMBSTONES.as_millis().to_string());
            set("max.compaction.lag.ms", COMPACTED_WITHIN.as_millis().to_string());
            set("segment.bytes", COMPACTED_SEGMENT.to_string());
        }
        Retention::Delete(millis) => {
            set("cleanup.policy", "delete".to_owned());
            set("retention.ms", millis.unwrap_or(-1).to_string());
            if let Some(millis) = millis {
                let (shortest, longest) = SEGMENT_MILLIS;
                set("segment.ms", (millis / SEGMENTS).clamp(shortest, longest).to_string());
            }
        }
    }
    set("max.message.bytes", spec.max_record_bytes.saturating_add(BATCH_OVERHEAD).to_string());
    let stamp = if spec.append_time { "LogAppendTime" } else { "CreateTime" };
    set("message.timestamp.type", stamp.to_owned());
    if let Some(copies) = replication {
        set("min.insync.replicas", if copies >= 3 { "2" } else { "1" }.to_owned());
    }
    settings
}

/// Name, value found and value wanted of each setting that is not as wanted.
fn differing(found: &ConfigResource, wanted: &BTreeMap<String, String>) -> Vec<(String, String, String)> {
    wanted
        .iter()
        .filter_map(|(name, value)| {
            let current = found.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
            (current != *value).then(|| (name.clone(), current, value.clone()))
        })
        .collect()
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer on this thread; the client's own thread brings it.
fn wait<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match answer.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(retention: Retention) -> TopicSpec {
        TopicSpec {
            name: Topic::new("t"),
            partitions: 1,
            retention,
            max_record_bytes: 1_000,
            stateful: false,
            append_time: true,
        }
    }

    #[test]
    fn says_every_setting() {
        let deleted = wanted(&spec(Retention::Delete(None)), Some(3));
        assert_eq!(deleted.get("retention.ms").map(String::as_str), Some("-1"));
        assert_eq!(deleted.get("message.timestamp.type").map(String::as_str), Some("LogAppendTime"));
        assert_eq!(deleted.get("max.message.bytes").map(String::as_str), Some("5096"));
        assert_eq!(deleted.get("min.insync.replicas").map(String::as_str), Some("2"));
        assert_eq!(deleted.get("segment.ms"), None);
        let month = wanted(&spec(Retention::Delete(Some(30 * 86_400_000))), None);
        assert_eq!(
            month.get("segment.ms").map(String::as_str),
            Some("86400000"),
            "kept a day too long at most"
        );
        let compacted = wanted(&spec(Retention::Compact), None);
        assert_eq!(compacted.get("max.compaction.lag.ms").map(String::as_str), Some("604800000"));
        assert_eq!(compacted.get("cleanup.policy").map(String::as_str), Some("compact"));
        assert_eq!(compacted.get("min.insync.replicas"), None);
    }
}
