//! A batch: what some records became, before any of it is visible.

use std::collections::{BTreeMap, HashMap};

use crate::accounting::{Accounting, COUNTERS, Counter, POSITION, RESERVED};
use crate::dead_letter::DeadLetter;
use crate::record::{NextOffset, Output, Timestamp, Topic};
use crate::store::{Changes, Pairs, Store, StoreError};
use crate::tally::{Tallies, TallyTotals};

/// Bounds of a batch. One place for every queue of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most records in one transaction.
    pub batch_records: usize,
    /// Most input bytes in one transaction (one record may exceed it alone).
    pub batch_bytes: usize,
    /// Largest record that the brokers accept, with key and headers.
    pub record_bytes: usize,
    /// So many dead letters in a row pause their source.
    pub dead_letter_burst: usize,
    /// How long such a pause lasts, in milliseconds.
    pub pause_millis: i64,
    /// Time between ticks, in milliseconds.
    pub tick_millis: i64,
    /// So many changes of what a processor keeps in memory are worth a new image of it.
    pub image_changes: u64,
    /// Least time between images, in milliseconds.
    pub image_millis: i64,
    /// Time after which there is a new image of whatever little changed, in milliseconds.
    pub image_millis_max: i64,
    /// So many entries of the state, for each millisecond between two images: what an image costs grows with the state.
    pub image_entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_records: 1_000,
            batch_bytes: 4 << 20,
            record_bytes: (8 << 20) + (64 << 10),
            dead_letter_burst: 1_000,
            pause_millis: 30_000,
            tick_millis: 5_000,
            image_changes: 20_000,
            image_millis: 60_000,
            image_millis_max: 3_600_000,
            // About a hundredth of what a processor can write.
            image_entries: 50,
        }
    }
}

/// Why an output topic cannot take a record, for ever or until an operator acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Undeliverable {
    /// The topic does not exist.
    TopicMissing,
    /// The broker refuses this writer.
    NotAuthorised,
    /// The record exceeds the broker's limit.
    RecordTooLarge,
}

impl Undeliverable {
    /// Its name in decisions and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::TopicMissing => "topic_missing",
            Self::NotAuthorised => "not_authorised",
            Self::RecordTooLarge => "record_too_large",
        }
    }
}

/// Topics that refused a record, with the reason.
#[derive(Debug, Default)]
pub(crate) struct Blocked(HashMap<Topic, (Undeliverable, usize)>);

impl Blocked {
    /// Remembers a refusal of a record of `bytes`. A record that is too large blocks only records of
    /// its size and above. False when this was known already: the processor sent it all the same.
    pub(crate) fn insert(&mut self, topic: Topic, why: Undeliverable, bytes: usize) -> bool {
        let from = if why == Undeliverable::RecordTooLarge { bytes } else { 0 };
        match self.0.get(&topic) {
            Some((_, known)) if *known <= from => false,
            _ => {
                self.0.insert(topic, (why, from));
                true
            }
        }
    }

    /// Forgets all refusals, so that each topic is tried again.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// A key and what the batch held for it before: nothing, or a change.
type Undo = (Vec<u8>, Option<Option<Vec<u8>>>);

/// Outputs, dead letters, state changes and counts of one transaction in the making. Reads see the
/// batch's own writes; nobody else sees anything before the commit.
pub struct Batch<'a> {
    now: Timestamp,
    store: &'a dyn Store,
    blocked: &'a Blocked,
    limits: &'a Limits,
    service: &'static str,
    dead_letter_topic: &'a Topic,
    changes: Changes,
    undo: Vec<Undo>,
    outputs: Vec<Output>,
    counts: Accounting,
    tallies: Tallies,
    dead_letters: BTreeMap<&'static str, usize>,
    savepoint: Savepoint,
}

#[derive(Default)]
struct Savepoint {
    outputs: usize,
    counts: Accounting,
    tallies: Vec<u64>,
    dead_letters: BTreeMap<&'static str, usize>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        now: Timestamp,
        store: &'a dyn Store,
        blocked: &'a Blocked,
        limits: &'a Limits,
        service: &'static str,
        dead_letter_topic: &'a Topic,
    ) -> Self {
        Self {
            now,
            store,
            blocked,
            limits,
            service,
            dead_letter_topic,
            changes: Changes::new(),
            undo: Vec::new(),
            outputs: Vec::new(),
            counts: Accounting::default(),
            tallies: Tallies::default(),
            dead_letters: BTreeMap::new(),
            savepoint: Savepoint::default(),
        }
    }

    /// The time of this batch: read once by the shell, recorded in what is decided.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The value of a state key, the batch's own writes included.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(key),
        }
    }

    /// Sets a state key. Keys must not begin with a zero byte: those are the runtime's.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.change(key, Some(value));
    }

    /// Deletes a state key.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.change(key, None);
    }

    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        debug_assert!(!key.starts_with(RESERVED), "state keys that begin with a zero byte are the runtime's");
        let before = self.changes.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    /// At most `limit` pairs under `prefix` after key `after`, the batch's own writes included.
    pub fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        let changed = |from: Option<&[u8]>| {
            let from = from.map_or(prefix, |from| from.max(prefix)).to_vec();
            let exclude = after.map(<[u8]>::to_vec);
            self.changes
                .range(from..)
                .take_while(move |(k, _)| k.starts_with(prefix))
                .filter(move |(k, _)| exclude.as_ref().is_none_or(|e| *k > e))
        };
        // Deleted keys shadow stored ones, so ask for as many more as could be shadowed.
        let shadowed = changed(after).count();
        let stored = self.store.scan(prefix, after, limit.saturating_add(shadowed))?;
        let mut merged: BTreeMap<Vec<u8>, Option<Vec<u8>>> =
            stored.into_iter().map(|(k, v)| (k, Some(v))).collect();
        for (key, value) in changed(after) {
            merged.insert(key.clone(), value.clone());
        }
        Ok(merged.into_iter().filter_map(|(k, v)| v.map(|v| (k, v))).take(limit).collect())
    }

    /// Whether a topic takes a record of this size, as far as is known. A processor that can go on
    /// without this output asks first and records the outcome.
    pub fn accepts(&self, topic: &Topic, bytes: usize) -> Result<(), Undeliverable> {
        match self.blocked.0.get(topic) {
            Some((why, from)) if bytes >= *from => Err(*why),
            _ if bytes > self.limits.record_bytes => Err(Undeliverable::RecordTooLarge),
            _ => Ok(()),
        }
    }

    /// Adds an output record.
    pub fn send(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Sends to a topic that nobody has to wait for. What it does not take is noted in the state under `entry`, for a later
    /// tick to say as it stands then; false if so.
    pub fn send_or_note(&mut self, output: Output, entry: Vec<u8>) -> Result<bool, StoreError> {
        let is_taken = self.accepts(&output.topic, output.size()).is_ok();
        match (is_taken, self.get(&entry)?.is_some()) {
            (false, false) => self.put(entry, vec![1]),
            (true, true) => self.delete(entry),
            _ => {}
        }
        if is_taken {
            self.send(output);
        }
        Ok(is_taken)
    }

    /// Sends an entry, or the whole record, to the dead letters and counts it.
    pub fn dead_letter(&mut self, letter: DeadLetter<'_>) {
        *self.dead_letters.entry(letter.reason.code).or_default() += 1;
        self.counts.add(Counter::DeadLetters, 1);
        self.tallies.add("dead_letter", "");
        let output = letter.into_output(self.dead_letter_topic, self.service, self.now);
        self.outputs.push(output);
    }

    /// Counts; the total becomes part of the state.
    pub fn count(&mut self, counter: Counter, n: u64) {
        self.counts.add(counter, n);
    }

    /// Tallies what became of a record, and on which route; the total becomes part of the state. Both are
    /// labels of a metric, from closed sets: never a lead or a person.
    pub fn tally(&mut self, outcome: &'static str, route: &str) {
        self.tallies.add(outcome, route);
    }

    pub(crate) fn dead_letters_total(&self) -> usize {
        self.dead_letters.values().sum()
    }

    pub(crate) fn outputs_total(&self) -> usize {
        self.outputs.len()
    }

    pub(crate) fn set_savepoint(&mut self) {
        self.undo.clear();
        self.savepoint = Savepoint {
            outputs: self.outputs.len(),
            counts: self.counts.clone(),
            tallies: self.tallies.savepoint(),
            dead_letters: self.dead_letters.clone(),
        };
    }

    /// Undoes everything since the savepoint.
    pub(crate) fn roll_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => self.changes.insert(key, value),
                None => self.changes.remove(&key),
            };
        }
        self.outputs.truncate(self.savepoint.outputs);
        self.counts = self.savepoint.counts.clone();
        self.tallies.roll_back(&self.savepoint.tallies);
        self.dead_letters = self.savepoint.dead_letters.clone();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.changes.is_empty() && self.counts.iter().next().is_none()
    }

    /// Closes the batch: counters and position become part of the state.
    pub(crate) fn seal(mut self, next: NextOffset) -> Result<Sealed, StoreError> {
        let mut totals = Accounting::default();
        for (counter, _) in COUNTERS {
            let key = counter.key();
            let before = self.store.get(&key)?.and_then(|v| v.try_into().ok()).map_or(0, u64::from_be_bytes);
            let added = self.counts.get(counter);
            totals.add(counter, before.saturating_add(added));
            if added > 0 {
                self.changes.insert(key, Some(before.saturating_add(added).to_be_bytes().to_vec()));
            }
        }
        let tallies = self.tallies.seal(self.store, &mut self.changes)?;
        self.changes.insert(POSITION.to_vec(), Some(next.0.to_be_bytes().to_vec()));
        Ok(Sealed {
            outputs: self.outputs,
            changes: self.changes,
            next,
            totals,
            tallies,
            dead_letters: self.dead_letters,
        })
    }
}

/// A closed batch: what one transaction will hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Records for output topics, dead letters included, in order.
    pub outputs: Vec<Output>,
    /// State changes; each is also one changelog record.
    pub changes: Changes,
    /// The input offset to commit.
    pub next: NextOffset,
    /// Totals after this batch.
    pub totals: Accounting,
    /// Those tallies that moved in this batch, as totals after it.
    pub tallies: TallyTotals,
    /// Dead letters of this batch by reason code.
    pub dead_letters: BTreeMap<&'static str, usize>,
}

impl Sealed {
    pub(crate) fn empty() -> Self {
        Self {
            outputs: Vec::new(),
            changes: Changes::new(),
            next: NextOffset(0),
            totals: Accounting::default(),
            tallies: BTreeMap::new(),
            dead_letters: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests;
