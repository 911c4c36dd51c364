//! Reads a changelog partition into a store: to its end, for a restore, and on from there, for whoever stands by.

use std::time::Duration;

use pipeline::{Changes, Mark, NextOffset, RecoverError, Source, Store, Topic};

use crate::assigned::AssignedConsumer;
use crate::changelog;
use crate::config::KafkaConfig;
use crate::native::{self, Polled};
use crate::restore::unavailable;

/// Longest wait for a record, and how often whoever reads looks whether to go on.
pub(crate) const SLICE: Duration = Duration::from_millis(250);
/// Bounds of one atomic write.
const BATCH_KEYS: usize = 10_000;
const BATCH_BYTES: usize = 8 << 20;

/// Reads the changelog of one input partition.
pub(crate) struct Follow {
    consumer: AssignedConsumer,
    source: Source,
    changelog: Topic,
    prefix: Vec<u8>,
    changes: Changes,
    bytes: usize,
    /// The next offset to read.
    position: NextOffset,
}

impl Follow {
    /// Begins at an offset.
    pub(crate) fn begin(
        config: &KafkaConfig,
        group: &str,
        changelog: &Topic,
        source: &Source,
        from: NextOffset,
    ) -> Result<Self, RecoverError> {
        let consumer = AssignedConsumer::new(config, group, changelog).map_err(unavailable)?;
        Self::with(consumer, changelog, source, from)
    }

    /// The same with a consumer that is there already.
    pub(crate) fn with(
        consumer: AssignedConsumer,
        changelog: &Topic,
        source: &Source,
        from: NextOffset,
    ) -> Result<Self, RecoverError> {
        consumer.assign(&[(source.partition, from)]).map_err(unavailable)?;
        let prefix = changelog::prefix(source);
        let (source, changelog) = (source.clone(), changelog.clone());
        Ok(Self { consumer, source, changelog, prefix, changes: Changes::new(), bytes: 0, position: from })
    }

    /// The next offset to read.
    pub(crate) fn position(&self) -> NextOffset {
        self.position
    }

    /// The end of the partition, as far as the last answer of the broker told.
    pub(crate) fn known_end(&self) -> Option<NextOffset> {
        let place = Source { topic: self.changelog.clone(), partition: self.source.partition };
        native::cached_high_watermark(self.consumer.client(), &place)
    }

    /// Reads the next event and writes to the store when enough has come together. At the end of what is committed it
    /// writes all there is, and says where that is: the store then holds whole transactions.
    pub(crate) fn advance(&mut self, store: &mut dyn Store) -> Result<Option<Mark>, RecoverError> {
        match self.consumer.poll(SLICE) {
            Polled::Record(record) => {
                self.position = record.offset.next();
                let key = record.key.as_deref().and_then(|key| key.strip_prefix(self.prefix.as_slice()));
                if let Some(key) = key {
                    self.bytes += record.size();
                    self.changes.insert(key.to_vec(), record.value);
                }
                if self.changes.len() >= BATCH_KEYS || self.bytes >= BATCH_BYTES {
                    self.write(store)?;
                }
                Ok(None)
            }
            Polled::End(_, reached) => {
                self.position = self.position.max(reached);
                self.write(store).map(Some)
            }
            Polled::Error(code) => {
                tracing::debug!(source = %self.source, %code, "reading the changelog goes on");
                Ok(None)
            }
            Polled::Nothing => Ok(None),
        }
    }

    fn write(&mut self, store: &mut dyn Store) -> Result<Mark, RecoverError> {
        let mark = Mark { changelog: self.position };
        store.apply(&self.changes, mark)?;
        self.changes.clear();
        self.bytes = 0;
        Ok(mark)
    }
}
