//! One partition: records and control markers at their offsets.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{Headers, NextOffset, Offset, Record, Source, Timestamp};

use super::{Refusal, Session};

/// What stands at an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Data(Payload),
    Marker { commit: bool },
}

/// What a writer hands over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payload {
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The headers.
    pub headers: Headers,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) timestamp: Timestamp,
    /// Who wrote it in a transaction.
    pub(super) producer: Option<u64>,
    pub(super) kind: Kind,
}

/// What readers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Everything that was written.
    Uncommitted,
    /// What is committed, up to the first transaction that is still open.
    Committed,
}

/// One partition.
#[derive(Debug, Default)]
pub(super) struct PartitionLog {
    /// Compaction leaves gaps.
    entries: BTreeMap<u64, Entry>,
    end: u64,
    /// Producers with an open transaction here, and where it begins.
    open: BTreeMap<u64, u64>,
    /// Aborted ranges: producer, first offset, offset of the marker.
    aborted: Vec<(u64, u64, u64)>,
    /// The epoch and next sequence number of each producer.
    sequences: BTreeMap<u64, (i16, u32)>,
}

impl PartitionLog {
    pub(super) fn high_watermark(&self) -> u64 {
        self.end
    }

    pub(super) fn last_stable(&self) -> u64 {
        self.open.values().copied().min().unwrap_or(self.end)
    }

    fn push(&mut self, entry: Entry) -> u64 {
        let offset = self.end;
        self.entries.insert(offset, entry);
        self.end += 1;
        offset
    }

    pub(super) fn append_plain(&mut self, payload: Payload, timestamp: Timestamp) -> u64 {
        self.push(Entry { timestamp, producer: None, kind: Kind::Data(payload) })
    }

    /// Appends records of a transaction. A request that came before is answered and not appended again.
    pub(super) fn append(
        &mut self,
        session: &Session,
        sequence: u32,
        payloads: Vec<Payload>,
        timestamp: Timestamp,
    ) -> Result<Option<u64>, Refusal> {
        let (epoch, next) = self.sequences.get(&session.id).copied().unwrap_or((session.epoch, 0));
        let next = match session.epoch.cmp(&epoch) {
            std::cmp::Ordering::Less => return Err(Refusal::Fenced),
            std::cmp::Ordering::Equal => next,
            std::cmp::Ordering::Greater => 0,
        };
        if sequence < next {
            return Ok(None);
        }
        if sequence > next {
            return Err(Refusal::OutOfOrder);
        }
        let count = u32::try_from(payloads.len()).unwrap_or(u32::MAX);
        self.sequences.insert(session.id, (session.epoch, next.saturating_add(count)));
        let mut last = None;
        for payload in payloads {
            let kind = Kind::Data(payload);
            let offset = self.push(Entry { timestamp, producer: Some(session.id), kind });
            self.open.entry(session.id).or_insert(offset);
            last = Some(offset);
        }
        Ok(last)
    }

    pub(super) fn mark(&mut self, producer: u64, epoch: i16, commit: bool, timestamp: Timestamp) {
        // Whoever wrote under an older epoch cannot go on here.
        let known = self.sequences.entry(producer).or_insert((epoch, 0));
        if known.0 < epoch {
            *known = (epoch, 0);
        }
        let offset = self.push(Entry { timestamp, producer: Some(producer), kind: Kind::Marker { commit } });
        if let Some(first) = self.open.remove(&producer)
            && !commit
        {
            self.aborted.push((producer, first, offset));
        }
    }

    fn is_aborted(&self, producer: u64, offset: u64) -> bool {
        self.aborted
            .iter()
            .any(|(who, first, marker)| *who == producer && *first <= offset && offset < *marker)
    }

    /// At most `limit` records from `from` on, and where to read next.
    pub(super) fn read(
        &self,
        source: &Source,
        from: NextOffset,
        isolation: Isolation,
        limit: usize,
    ) -> (Vec<(Record, Option<u64>)>, NextOffset) {
        let end = match isolation {
            Isolation::Uncommitted => self.end,
            Isolation::Committed => self.last_stable(),
        };
        let (mut found, mut next) = (Vec::new(), from.0);
        for (offset, entry) in self.entries.range(from.0..end.max(from.0)) {
            if found.len() >= limit {
                return (found, NextOffset(next));
            }
            next = offset + 1;
            let Kind::Data(payload) = &entry.kind else { continue };
            let hidden = isolation == Isolation::Committed
                && entry.producer.is_some_and(|producer| self.is_aborted(producer, *offset));
            if !hidden {
                found.push((record(source, *offset, entry.timestamp, payload), entry.producer));
            }
        }
        (found, NextOffset(end.max(from.0)))
    }

    /// Keeps of each key what was committed last. What is not decided yet stays, and so do markers and tombstones:
    /// a reader that was away may still need them.
    pub(super) fn compact(&mut self) {
        let stable = self.last_stable();
        let mut seen = BTreeSet::new();
        let mut gone = Vec::new();
        for (offset, entry) in self.entries.range(..stable).rev() {
            let Kind::Data(payload) = &entry.kind else { continue };
            let aborted = entry.producer.is_some_and(|producer| self.is_aborted(producer, *offset));
            if aborted || !seen.insert(payload.key.clone()) {
                gone.push(*offset);
            }
        }
        for offset in gone {
            self.entries.remove(&offset);
        }
    }
}

fn record(source: &Source, offset: u64, timestamp: Timestamp, payload: &Payload) -> Record {
    Record {
        source: source.clone(),
        offset: Offset(offset),
        timestamp,
        key: payload.key.clone(),
        value: payload.value.clone(),
        headers: payload.headers.clone(),
    }
}
