//! What a message would become: for whoever writes a mapping.

use lead::Document;
use pipeline::{Headers, Offset, Reason, Record, Source as Partition, Timestamp};

use serde_json::Value as Json;

use crate::digest;
use crate::processor::{Entry, Normaliser, Outcome, decode};

/// A message before it is sent.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The value.
    pub value: Vec<u8>,
    /// The Kafka key, if any.
    pub key: Option<Vec<u8>>,
    /// The headers.
    pub headers: Headers,
}

/// What an entry would become.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewedEntry {
    /// The outcome; a lead carries its warnings.
    pub outcome: Outcome,
    /// The entry as it was read.
    pub entry: Json,
    /// Paths of values that the mapping never reads, without indices.
    pub unread: Vec<String>,
}

impl Normaliser {
    /// What a message would become if it came now.
    pub fn preview(&mut self, message: Preview, now: Timestamp) -> Result<Vec<PreviewedEntry>, Reason> {
        let record = Record {
            source: Partition::new(self.source().inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: now,
            key: message.key,
            value: Some(message.value),
            headers: message.headers,
        };
        let outcomes = self.normalise(&record, now)?;
        let entries = decode(self.source(), &record)?;
        Ok(outcomes
            .into_iter()
            .zip(entries)
            .map(|(outcome, entry)| {
                let unread = self.unread(&entry);
                PreviewedEntry { outcome, entry: as_read(&entry), unread }
            })
            .collect())
    }

    fn unread(&self, entry: &Entry) -> Vec<String> {
        match (entry, &self.source().mapping) {
            (Entry::Tree(tree), Some(mapping)) => {
                let mut unread = mapping.unread(tree);
                let number = self.source().report_number_path();
                unread.retain(|path| Some(path) != number.as_ref() && !self.source().is_volatile(path));
                unread
            }
            _ => Vec::new(),
        }
    }
}

fn as_read(entry: &Entry) -> Json {
    match entry {
        Entry::Tree(tree) => serde_json::from_slice(&digest::to_json(tree)).unwrap_or_default(),
        Entry::Submission(submission) => submission.to_json(),
        Entry::Unread(_) => Json::Null,
    }
}
