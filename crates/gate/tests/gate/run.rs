//! Runs the gate as a worker does, with transactions that always commit.

use std::sync::Arc;

use gate::Gate;
use lead::matter::MatchDecision;
use lead::wire;
use pipeline::{
    Accounting, Action, Counter, Event, Headers, Limits, Mark, MemoryStore, NextOffset, Offset, Output,
    Record, RecoverError, Sealed, ServiceSpec, Source, Store, TallyTotals, Task, Timestamp, Topic, Transport,
};

use crate::example::NOW;

/// What was committed.
#[derive(Default)]
pub(crate) struct Committed {
    pub(crate) outputs: Vec<Output>,
    pub(crate) totals: Accounting,
    pub(crate) tallies: TallyTotals,
    next: Option<NextOffset>,
}

impl Transport for Committed {
    fn execute(&mut self, action: &Action, sealed: &Sealed) -> Event {
        if *action == Action::Commit {
            self.outputs.extend(sealed.outputs.iter().cloned());
            self.totals = sealed.totals.clone();
            self.tallies.extend(sealed.tallies.clone());
            self.next = Some(sealed.next);
        }
        Event::Done
    }
    fn recover(&mut self, _: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        Ok(self.next)
    }
    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

impl Committed {
    /// PL-7: every record is an event that passed, or a dead letter.
    pub(crate) fn check_books(&self) {
        let get = |counter| self.totals.get(counter);
        assert_eq!(get(Counter::Entries), get(Counter::Messages));
        assert_eq!(get(Counter::Entries), get(Counter::NotALead) + get(Counter::DeadLetters));
        let to_router = self.outputs.iter().filter(|output| output.topic.as_str() == lead::topic::MATTERS);
        assert_eq!(get(Counter::Events), to_router.count() as u64);
        assert_eq!(get(Counter::Leads), 0);
        assert_eq!(get(Counter::Entries), self.tallies.values().sum::<u64>());
        assert_eq!(self.outputs.len() as u64, get(Counter::Entries));
    }

    pub(crate) fn tally(&self, outcome: &str) -> u64 {
        self.tallies.iter().filter(|(tally, _)| tally.outcome == outcome).map(|(_, n)| n).sum()
    }
}

fn source() -> Source {
    Source::new(lead::topic::OFFICERS, 0)
}

/// A record of leads.officers.v1 that arrives now.
pub(crate) fn record(value: Option<Vec<u8>>) -> Record {
    Record {
        source: source(),
        offset: Offset(0),
        timestamp: Timestamp(NOW / 1_000),
        key: Some(b"key".to_vec()),
        value,
        headers: Headers::default(),
    }
}

pub(crate) fn bytes(decision: &MatchDecision) -> Vec<u8> {
    wire::encode(decision).unwrap()
}

/// Gives records to the gate as one batch, and holds that every one is accounted for.
pub(crate) fn run(gate: Gate, records: &[Record]) -> Committed {
    let spec = ServiceSpec {
        name: "gate",
        inputs: vec![Topic::new(lead::topic::OFFICERS)],
        changelog: Topic::new(lead::topic::changelog("gate")),
        dead_letters: Topic::new(lead::topic::dead_letter("gate")),
    };
    let records: Vec<Record> =
        (0..).zip(records).map(|(n, record)| Record { offset: Offset(n), ..record.clone() }).collect();
    let (mut committed, now) = (Committed::default(), Timestamp(NOW / 1_000));
    let store = Box::new(MemoryStore::default());
    let limits = Limits::default();
    let mut task = Task::open(gate, store, source(), Arc::new(spec), limits, now, &mut committed).unwrap();
    task.run(&records, now, &mut committed, &()).unwrap();
    committed.check_books();
    committed
}

/// What one record becomes.
pub(crate) fn run_one(gate: Gate, record: Record) -> Output {
    let committed = run(gate, &[record]);
    committed.outputs.into_iter().next().unwrap()
}
