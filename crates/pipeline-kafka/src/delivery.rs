//! Deliveries of one batch of records, counted under a mutex and awaited by condition variable.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use crate::logs;

/// Where a record came to stand: partition and offset.
pub(crate) type Place = (i32, i64);

/// The context of a producer.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    round: Mutex<Round>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Round {
    /// Reports of an earlier round, such as those of an aborted transaction, are ignored.
    number: u32,
    outstanding: usize,
    results: Vec<Option<Result<Place, Code>>>,
}

/// Says which record of which round a report is about.
pub(crate) fn ticket(round: u32, index: usize) -> usize {
    ((round as usize) << 32) | (index & 0xffff_ffff)
}

const _: () = assert!(usize::BITS >= 64, "tickets need 64 bits");

impl Deliveries {
    fn lock(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a round of at most `records` records and returns its number.
    pub(crate) fn begin(&self, records: usize) -> u32 {
        let mut round = self.lock();
        round.number = round.number.wrapping_add(1);
        round.outstanding = 0;
        round.results.clear();
        round.results.resize(records, None);
        round.number
    }

    /// One more record was handed to the library.
    pub(crate) fn sent(&self) {
        self.lock().outstanding += 1;
    }

    /// One record was not taken after all.
    pub(crate) fn not_sent(&self) {
        let mut round = self.lock();
        round.outstanding = round.outstanding.saturating_sub(1);
    }

    /// Waits until fewer than `limit` records are outstanding. False when the time is over.
    pub(crate) fn wait_below(&self, limit: usize, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut round = self.lock();
        while round.outstanding >= limit.max(1) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            round = self.changed.wait_timeout(round, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Records handed over and not reported yet.
    pub(crate) fn outstanding(&self) -> usize {
        self.lock().outstanding
    }

    /// Looks at what became of each record of the round; `None` is a record without a report.
    pub(crate) fn with_results<T>(&self, look: impl FnOnce(&[Option<Result<Place, Code>>]) -> T) -> T {
        look(&self.lock().results)
    }

    fn report(&self, ticket: usize, result: Result<Place, Code>) {
        let mut round = self.lock();
        if ticket >> 32 != round.number as usize {
            return;
        }
        if let Some(slot) = round.results.get_mut(ticket & 0xffff_ffff) {
            *slot = Some(result);
        }
        round.outstanding = round.outstanding.saturating_sub(1);
        drop(round);
        self.changed.notify_all();
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        logs::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        logs::error_event(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: usize) {
        let result = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(Code::Fail)),
        };
        self.report(ticket, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_keeps_the_places() {
        let deliveries = Deliveries::default();
        let round = deliveries.begin(2);
        deliveries.sent();
        deliveries.sent();
        deliveries.report(ticket(round, 1), Ok((0, 41)));
        assert!(!deliveries.wait_below(1, Duration::ZERO));
        deliveries.report(ticket(round, 0), Err(Code::UnknownTopic));
        assert!(deliveries.wait_below(1, Duration::ZERO));
        let results = deliveries.with_results(<[_]>::to_vec);
        assert_eq!(results, [Some(Err(Code::UnknownTopic)), Some(Ok((0, 41)))]);
    }

    #[test]
    fn ignores_reports_of_an_earlier_round() {
        let deliveries = Deliveries::default();
        let aborted = deliveries.begin(1);
        deliveries.sent();
        deliveries.begin(1);
        deliveries.sent();
        deliveries.report(ticket(aborted, 0), Err(Code::PurgeQueue));
        assert_eq!(deliveries.outstanding(), 1);
        assert_eq!(deliveries.with_results(<[_]>::to_vec), [None]);
    }

    #[test]
    fn a_report_wakes_the_waiter() {
        let deliveries = Deliveries::default();
        let round = deliveries.begin(1);
        deliveries.sent();
        std::thread::scope(|scope| {
            scope.spawn(|| deliveries.report(ticket(round, 0), Ok((0, 0))));
            assert!(deliveries.wait_below(1, Duration::from_secs(60)));
        });
    }
}
