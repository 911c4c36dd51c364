//! An assigned input partition: its task, if it is open, and whether its records flow.

use std::time::{Duration, Instant};

use pipeline::{Behind, NextOffset, Processor, Record, Service, Source, Task};

use crate::claim::Claim;
use crate::left_open::Note;
use crate::sabotage::{Hooks, Sabotage};
use crate::standby::Kept;
use crate::transport::KafkaTransport;

/// First pause after a failure; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// An open task. The order of fields is the order of dropping: the claim outlives the store.
pub(super) struct Running<'a> {
    pub(super) task: Task<Box<dyn Processor>>,
    pub(super) transport: KafkaTransport<'a>,
    pub(super) note: Option<Note>,
    pub(super) claim: Claim,
}

impl Running<'_> {
    /// Ends the task, and its producer; what it worked on stays.
    pub(super) fn end(self) -> Kept {
        let Self { task, transport, note, claim } = self;
        // Who was killed removes nothing, either.
        let note = note.filter(|_| !transport.crashed);
        drop(transport);
        note.into_iter().for_each(Note::remove);
        Kept { replica: task.into_replica(), claim }
    }
}

/// An assigned input partition.
pub(super) struct Slot<'a> {
    pub(super) source: Source,
    pub(super) running: Option<Running<'a>>,
    /// What the next task works on, if there was one before.
    pub(super) kept: Option<Kept>,
    /// Whether the consumer stands where the task does. Records that come otherwise are dropped, and
    /// read again after a seek.
    pub(super) flowing: bool,
    /// Do nothing with it before.
    pub(super) not_before: Instant,
    /// Paused because of a burst of dead letters.
    pub(super) burst: bool,
    pub(super) pending: Vec<Record>,
    pub(super) behind: Behind,
    failures: u32,
    next: NextOffset,
}

impl<'a> Slot<'a> {
    /// Ends the task; what it worked on, if it can be worked on again.
    pub(super) fn end(&mut self, service: Service<'_>, hooks: &Hooks) -> Option<Kept> {
        if let Some(running) = self.running.take() {
            service.observer.owned(service.spec.name, &self.source, false);
            // A store that was written too early must be made good as after a crash.
            self.kept = Some(running.end()).filter(|_| !hooks.is(Sabotage::StoreBeforeCommit));
        }
        self.kept.take()
    }

    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            running: None,
            kept: None,
            flowing: false,
            not_before: Instant::now(),
            burst: false,
            pending: Vec::new(),
            behind: Behind::default(),
            failures: 0,
            next: NextOffset(0),
        }
    }

    /// Takes a record that was polled, if it is the task's turn.
    pub(super) fn accept(&mut self, record: Record) -> usize {
        if !self.flowing || record.offset.0 < self.next.0 {
            return 0;
        }
        self.next = record.offset.next();
        let size = record.size();
        self.pending.push(record);
        size
    }

    /// The consumer stands at `position` now.
    pub(super) fn flow_from(&mut self, position: NextOffset) {
        self.next = position;
        self.flowing = true;
        self.burst = false;
    }

    /// Stops the flow for a while.
    pub(super) fn rest(&mut self, pause: Duration) {
        self.flowing = false;
        self.pending.clear();
        self.not_before = Instant::now() + pause;
    }

    /// Whether a call of its producer did not return since the last time this was asked.
    pub(super) fn take_silence(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| std::mem::take(&mut running.transport.silent))
    }

    /// One more failure in a row; the pause grows with each.
    pub(super) fn fail(&mut self) -> Duration {
        let pause = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        pause
    }

    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.not_before
    }
}

#[cfg(test)]
mod tests {
    use pipeline::{Headers, Offset, Timestamp};

    use super::*;

    fn record(offset: u64) -> Record {
        Record {
            source: Source::new("t", 0),
            offset: Offset(offset),
            timestamp: Timestamp(0),
            key: None,
            value: Some(vec![0; 3]),
            headers: Headers::default(),
        }
    }

    #[test]
    fn drops_what_was_read_before_a_seek_and_keeps_gaps() {
        let mut slot = Slot::new(Source::new("t", 0));
        assert_eq!(slot.accept(record(5)), 0);
        slot.flow_from(NextOffset(5));
        for offset in [4, 5, 5, 9] {
            slot.accept(record(offset));
        }
        let kept: Vec<u64> = slot.pending.iter().map(|r| r.offset.0).collect();
        assert_eq!(kept, [5, 9]);
        slot.rest(Duration::ZERO);
        assert_eq!(slot.accept(record(10)), 0);
        assert!(slot.pending.is_empty());
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let mut slot = Slot::new(Source::new("t", 0));
        let pauses: Vec<Duration> = (0..40).map(|_| slot.fail()).collect();
        assert!(pauses.is_sorted());
        assert_eq!(pauses.first(), Some(&SHORTEST));
        assert_eq!(pauses.last(), Some(&LONGEST));
        slot.succeed();
        assert_eq!(slot.fail(), SHORTEST);
    }
}
