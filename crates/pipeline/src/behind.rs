//! How long a partition has been waiting: what a count of records alone does not say.

use crate::record::Timestamp;

/// Follows one partition. What waits came after the last record that was processed, and after the last moment
/// at which nothing waited; so the age that follows is too high by one record, or by the time between two reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behind {
    processed: Option<Timestamp>,
    caught_up: Option<Timestamp>,
    first: Option<Timestamp>,
}

impl Behind {
    /// A record with this append time was processed.
    pub fn processed(&mut self, at: Timestamp) {
        self.processed = self.processed.max(Some(at));
    }

    /// So many records wait now; returns the append time of the oldest, as far as it is known. Before the
    /// first record of a backlog was read, that is the time of the first report.
    pub fn report(&mut self, records: u64, now: Timestamp) -> Option<Timestamp> {
        let first = *self.first.get_or_insert(now);
        if records == 0 {
            self.caught_up = Some(now);
            return None;
        }
        Some(self.processed.max(self.caught_up).unwrap_or(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_quiet_time_did_not_wait_all_that_time() {
        let (mut behind, at) = (Behind::default(), Timestamp);
        behind.processed(at(1));
        assert_eq!(behind.report(0, at(5)), None);
        assert_eq!(behind.report(0, at(99)), None);
        assert_eq!(behind.report(3, at(100)), Some(at(99)));
        assert_eq!(behind.report(3, at(160)), Some(at(99)), "it stands still");
        behind.processed(at(130));
        assert_eq!(behind.report(2, at(170)), Some(at(130)));
        assert_eq!(behind.report(0, at(180)), None);
    }

    #[test]
    fn a_backlog_after_a_restart_is_as_old_as_it_is() {
        let (mut behind, at) = (Behind::default(), Timestamp);
        assert_eq!(behind.report(9, at(1_000)), Some(at(1_000)), "nothing of it was read yet");
        assert_eq!(behind.report(9, at(1_050)), Some(at(1_000)));
        behind.processed(at(10));
        assert_eq!(behind.report(8, at(1_060)), Some(at(10)));
        behind.processed(at(900));
        assert_eq!(behind.report(1, at(1_070)), Some(at(900)));
    }
}
