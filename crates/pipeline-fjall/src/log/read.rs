//! Reading committed records.

use pipeline::{NextOffset, Offset, Record, Source};

use super::Log;
use super::partition::offset_of;
use crate::encoding;
use crate::error::Error;

/// Records of one partition, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What was there.
    pub records: Vec<Record>,
    /// Where to go on. Past the last record by more than one where retention left a gap.
    pub next: NextOffset,
}

impl Log {
    /// The first offset that may still be there.
    pub fn start_offset(&self, source: &Source) -> Result<NextOffset, Error> {
        Ok(NextOffset(self.partition(source)?.start()))
    }

    /// The offset of the next record to come.
    pub fn end_offset(&self, source: &Source) -> Result<NextOffset, Error> {
        Ok(NextOffset(self.partition(source)?.end()))
    }

    /// Committed records from `from` on: at most `max_records`, and at most `max_bytes` as stored, but
    /// one record at least if there is one.
    pub fn read(
        &self,
        source: &Source,
        from: NextOffset,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Fetched, Error> {
        let partition = self.partition(source)?;
        // INVARIANT: the end is read first; what is behind it may belong to a commit in progress.
        let end = partition.end();
        let from = from.0.max(partition.start());
        let mut fetched = Fetched { records: Vec::new(), next: NextOffset(from.max(end)) };
        let mut bytes = 0usize;
        for pair in partition.records(from, end) {
            let (key, value) = pair.into_inner()?;
            let offset = offset_of(&key).map(Offset).ok_or_else(|| damaged(source))?;
            let full = fetched.records.len() >= max_records
                || (bytes.saturating_add(value.len()) > max_bytes && !fetched.records.is_empty());
            if full {
                fetched.next = fetched.records.last().map_or(NextOffset(from), |last| last.offset.next());
                break;
            }
            let record = encoding::decode(source, offset, &value)
                .ok_or_else(|| Error::Undecodable { source_partition: source.clone(), offset })?;
            bytes = bytes.saturating_add(value.len());
            fetched.records.push(record);
        }
        Ok(fetched)
    }
}

fn damaged(source: &Source) -> Error {
    Error::Storage(format!("a record key in {source} does not decode"))
}
