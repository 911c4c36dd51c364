//! How long a partition has been waiting: what a count of records alone does not say.

use crate::record::Timestamp;

/// Follows one partition. The age that it gives is at most one report, or one record, too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behind {
    since: Option<Timestamp>,
    processed: Option<Timestamp>,
}

impl Behind {
    /// A record with this append time was processed: what waits is no older.
    pub fn processed(&mut self, at: Timestamp) {
        self.processed = Some(self.processed.map_or(at, |known| known.max(at)));
    }

    /// So many records wait now; returns the append time of the oldest, as far as it is known: not before
    /// the last one that was processed, and not before the first report that something waits.
    pub fn report(&mut self, records: u64, now: Timestamp) -> Option<Timestamp> {
        if records == 0 {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        Some(self.processed.map_or(since, |processed| processed.max(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_no_older_than_what_was_processed_or_than_the_wait() {
        let (mut behind, at) = (Behind::default(), Timestamp);
        assert_eq!(behind.report(0, at(5)), None);
        // Nothing came for long, and then something: it did not wait all that time.
        behind.processed(at(1));
        assert_eq!(behind.report(3, at(100)), Some(at(100)));
        assert_eq!(behind.report(3, at(160)), Some(at(100)), "it stands still");
        behind.processed(at(130));
        assert_eq!(behind.report(2, at(170)), Some(at(130)));
        assert_eq!(behind.report(0, at(180)), None);
        assert_eq!(behind.report(1, at(190)), Some(at(190)));
    }
}
