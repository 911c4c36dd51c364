//! Brings a store up to the end of its changelog partition.
//!
//! INVARIANT: the end is the high watermark, taken after the predecessor was fenced. A reader of
//! committed records is told "end" where the first open transaction begins, and another task of the
//! same changelog partition may have one open; a restore that believed it would read too little
//! (KAFKA-10167). So the end counts only at or past the high watermark.

use std::time::{Duration, Instant};

use pipeline::{Changes, Mark, NextOffset, RecoverError, Source, Store, Topic};
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode as Code;

use crate::assigned::AssignedConsumer;
use crate::changelog;
use crate::client;
use crate::config::KafkaConfig;
use crate::native::{self, Polled};

/// Where a store keeps the id of the topic it was restored from. Local: never in the changelog.
const CHANGELOG_ID: &[u8] = b"\0changelog-id";
/// Bounds of one atomic write while restoring.
const BATCH_KEYS: usize = 10_000;
const BATCH_BYTES: usize = 8 << 20;
/// Longer than any transaction can stay open, shorter than a group waits for a member's poll.
const STALL: Duration = Duration::from_secs(60);
/// How often the caller is asked whether to go on.
const SLICE: Duration = Duration::from_millis(250);

/// What a restore needs to know.
pub(crate) struct Restore<'a, C: ClientContext> {
    pub(crate) config: &'a KafkaConfig,
    pub(crate) group: &'a str,
    pub(crate) changelog: &'a Topic,
    pub(crate) source: &'a Source,
    /// A client that has fenced the predecessor.
    pub(crate) client: &'a Client<C>,
}

fn unavailable(error: impl ToString) -> RecoverError {
    RecoverError::Unavailable(error.to_string())
}

impl<C: ClientContext> Restore<'_, C> {
    /// Restores. `go_on` is called at least every quarter of a second with the number of changelog
    /// records still to read, and ends the restore by an error.
    pub(crate) fn run(
        &self,
        store: &mut dyn Store,
        go_on: &mut dyn FnMut(u64) -> Result<(), RecoverError>,
    ) -> Result<Mark, RecoverError> {
        let id = self.changelog_id()?;
        let (topic, partition) = (self.changelog.as_str(), self.source.partition);
        let high = native::high_watermark(self.client, topic, partition, client::ANSWER)
            .map_err(|code| unavailable(format!("asking for the changelog's end: {code}")))?;
        let known = store.get(CHANGELOG_ID)?;
        let from = match store.mark()? {
            Some(mark) if mark.changelog <= high && known.as_deref() == Some(id.as_bytes()) => mark.changelog,
            Some(_) => {
                tracing::warn!(source = %self.source, "the store is not of this changelog; it is rebuilt");
                store.clear()?;
                NextOffset(0)
            }
            None => NextOffset(0),
        };
        if store.mark()?.is_none() {
            let changes = Changes::from([(CHANGELOG_ID.to_vec(), Some(id.into_bytes()))]);
            store.apply(&changes, Mark { changelog: NextOffset(0) })?;
        }
        if from >= high {
            return Ok(Mark { changelog: from });
        }
        self.read(store, from, high, go_on)
    }

    fn changelog_id(&self) -> Result<String, RecoverError> {
        let name = self.changelog.as_str();
        let topics = native::describe_topics(self.client, &[name], client::ANSWER).map_err(unavailable)?;
        let missing = || {
            unavailable(format!(
                "changelog topic `{name}` is missing; create it with `leadshare topics apply`"
            ))
        };
        let topic = topics.into_iter().find(|topic| topic.name == name).ok_or_else(missing)?;
        match topic.error {
            Code::NoError if topic.partitions > self.source.partition.0 => Ok(topic.id),
            Code::NoError => Err(unavailable(format!(
                "changelog topic `{name}` has {} partitions, but {} needs number {}; both topics must have as many",
                topic.partitions, self.source, self.source.partition
            ))),
            Code::UnknownTopicOrPartition => Err(missing()),
            code => Err(unavailable(format!("changelog topic `{name}`: {code}"))),
        }
    }

    fn read(
        &self,
        store: &mut dyn Store,
        from: NextOffset,
        end: NextOffset,
        go_on: &mut dyn FnMut(u64) -> Result<(), RecoverError>,
    ) -> Result<Mark, RecoverError> {
        let consumer = AssignedConsumer::new(self.config, self.group, self.changelog).map_err(unavailable)?;
        consumer.assign(&[(self.source.partition, from)]).map_err(unavailable)?;
        let prefix = changelog::prefix(self.source);
        let (mut changes, mut bytes, mut position) = (Changes::new(), 0, from);
        let (mut moved, mut asked) = (Instant::now(), Instant::now());
        go_on(end.0.saturating_sub(position.0))?;
        loop {
            if asked.elapsed() >= SLICE {
                asked = Instant::now();
                go_on(end.0.saturating_sub(position.0))?;
            }
            match consumer.poll(SLICE) {
                Polled::Record(record) => {
                    position = record.offset.next();
                    moved = Instant::now();
                    if let Some(key) = record.key.as_deref().and_then(|k| k.strip_prefix(prefix.as_slice())) {
                        bytes += record.size();
                        changes.insert(key.to_vec(), record.value);
                    }
                    if changes.len() >= BATCH_KEYS || bytes >= BATCH_BYTES {
                        store.apply(&changes, Mark { changelog: position })?;
                        changes.clear();
                        bytes = 0;
                    }
                }
                Polled::End(_, reached) if reached >= end => {
                    let mark = Mark { changelog: reached };
                    store.apply(&changes, mark)?;
                    return Ok(mark);
                }
                Polled::End(_, reached) => position = position.max(reached),
                Polled::Error(code) => tracing::debug!(source = %self.source, %code, "restoring goes on"),
                Polled::Nothing => {}
            }
            if moved.elapsed() > STALL {
                return Err(unavailable(format!(
                    "the changelog cannot be read past offset {} of {}: a transaction is open there; if it stays so, look for it with `kafka-transactions.sh find-hanging`",
                    position.0, end.0
                )));
            }
        }
    }
}
