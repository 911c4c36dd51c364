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

use crate::client;
use crate::config::KafkaConfig;
use crate::follow::{Follow, SLICE};
use crate::native;

/// Where a store keeps the id of the topic it was restored from. Local: never in the changelog.
const CHANGELOG_ID: &[u8] = b"\0changelog-id";
/// Longer than any transaction can stay open, shorter than a group waits for a member's poll.
const STALL: Duration = Duration::from_secs(60);

/// What a restore needs to know.
pub(crate) struct Restore<'a, C: ClientContext> {
    pub(crate) config: &'a KafkaConfig,
    pub(crate) group: &'a str,
    pub(crate) changelog: &'a Topic,
    pub(crate) source: &'a Source,
    /// A client that has fenced the predecessor.
    pub(crate) client: &'a Client<C>,
}

pub(crate) fn unavailable(error: impl ToString) -> RecoverError {
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
        let (from, high) = self.begin(store)?;
        if from >= high {
            return Ok(Mark { changelog: from });
        }
        self.read(store, from, high, go_on)
    }

    /// From where the store has to read, and the high watermark. A store of another changelog is emptied.
    pub(crate) fn begin(&self, store: &mut dyn Store) -> Result<(NextOffset, NextOffset), RecoverError> {
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
        Ok((from, high))
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
        let mut follow = Follow::begin(self.config, self.group, self.changelog, self.source, from)?;
        let (mut moved, mut asked) = ((from, Instant::now()), Instant::now());
        go_on(end.0.saturating_sub(from.0))?;
        loop {
            if asked.elapsed() >= SLICE {
                asked = Instant::now();
                go_on(end.0.saturating_sub(follow.position().0))?;
            }
            if let Some(mark) = follow.advance(store)?.filter(|mark| mark.changelog >= end) {
                return Ok(mark);
            }
            if follow.position() > moved.0 {
                moved = (follow.position(), Instant::now());
            }
            if moved.1.elapsed() > STALL {
                return Err(unavailable(format!(
                    "the changelog cannot be read past offset {} of {}: a transaction is open there; if it stays so, look for it with `kafka-transactions.sh find-hanging`",
                    follow.position().0,
                    end.0
                )));
            }
        }
    }
}
