//! What a message would become: for whoever writes a mapping.

use std::collections::{BTreeMap, HashSet};

use lead::Document;
use pipeline::{Headers, Offset, Reason, Record, Source as Partition, Timestamp};

use serde_json::Value as Json;

use crate::digest;
use crate::mapping::Reading;
use crate::processor::{Entry, Normaliser, Outcome, decode, text_of};

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
    /// Paths of values that the mapping never names and that stand nowhere in the lead, without indices.
    pub unread: Vec<String>,
    /// Paths of values that it reads, or leaves out on purpose.
    pub read: Vec<String>,
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
                let stands = match &outcome {
                    Outcome::Lead(lead) => texts(&lead.to_json()),
                    Outcome::NotALead(_) | Outcome::Rejected(_) => HashSet::new(),
                };
                let (unread, read): (Vec<_>, Vec<_>) = self
                    .paths(&entry, &stands)
                    .into_iter()
                    .partition(|(_, reading)| *reading == Reading::Unread);
                let names = |paths: Vec<(String, Reading)>| paths.into_iter().map(|(path, _)| path).collect();
                PreviewedEntry { outcome, entry: as_read(&entry), unread: names(unread), read: names(read) }
            })
            .collect())
    }

    /// Every path of an entry's values, without indices, with what becomes of it.
    ///
    /// What the program never names it has read all the same where the lead holds its text: it passed on what was left.
    fn paths(&self, entry: &Entry, stands: &HashSet<String>) -> BTreeMap<String, Reading> {
        let mut paths = BTreeMap::new();
        let (Entry::Tree(tree), Some(mapping)) = (entry, &self.source().mapping) else { return paths };
        let number = self.source().report_number_path();
        mapping.reads().leaves(tree, &mut |path, value, reading| {
            let path = path.join(".");
            let known = Some(&path) == number.as_ref()
                || self.source().is_volatile(&path)
                || text_of(value).is_none_or(|text| stands.iter().any(|whole| has_words(whole, text.trim())));
            let reading = if known { Reading::Read } else { reading };
            // Of several values at one path the worst counts.
            let worst = paths.entry(path).or_insert(reading);
            *worst = reading.max(*worst);
        });
        paths
    }
}

/// Whether a text stands in a whole one, alone or between words.
fn has_words(whole: &str, text: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    whole.match_indices(text).any(|(at, _)| {
        edge(whole.get(..at).and_then(|before| before.chars().next_back()))
            && edge(whole.get(at + text.len()..).and_then(|after| after.chars().next()))
    })
}

/// Every text in a document, and every number and flag as one.
fn texts(document: &Json) -> HashSet<String> {
    let (mut found, mut left) = (HashSet::new(), vec![document]);
    while let Some(value) = left.pop() {
        match value {
            Json::Object(fields) => left.extend(fields.values()),
            Json::Array(items) => left.extend(items),
            Json::String(text) => drop(found.insert(text.trim().to_owned())),
            Json::Null => {}
            other => drop(found.insert(other.to_string())),
        }
    }
    found
}

fn as_read(entry: &Entry) -> Json {
    match entry {
        Entry::Tree(tree) => serde_json::from_slice(&digest::to_json(tree)).unwrap_or_default(),
        Entry::Submission(submission) => submission.to_json(),
        Entry::Unread(_) => Json::Null,
    }
}
