//! Runs a processor as a worker does, with transactions that always commit.

use std::sync::{Arc, Mutex};

use lead::{AssessedLead, Lead, MatterEvent, wire};

use crate::example::Step;
use pipeline::{
    Accounting, Action, Changes, Event, FailureKind, Headers, Limits, Mark, MemoryStore, NextOffset, Offset,
    Output, Processor, Progress, Record, RecoverError, Sealed, ServiceSpec, Source, Store, StoreError, Task,
    Timestamp, Topic, Transport, Undeliverable,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A store that outlives the task.
#[derive(Clone, Default)]
pub(crate) struct SharedStore(Arc<Mutex<MemoryStore>>);

impl SharedStore {
    /// Every pair, but the runtime's own.
    pub(crate) fn pairs(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let store = self.0.lock().unwrap();
        store.iter().filter(|(k, _)| k[0] != 0).map(|(k, v)| (k.to_vec(), v.to_vec())).collect()
    }
}

impl Store for SharedStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.lock().unwrap().get(key)
    }
    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        self.0.lock().unwrap().scan(prefix, after, limit)
    }
    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        self.0.lock().unwrap().apply(changes, mark)
    }
    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.0.lock().unwrap().mark()
    }
    fn clear(&mut self) -> Result<(), StoreError> {
        self.0.lock().unwrap().clear()
    }
}

/// Commits everything and keeps what was sent and what the state took.
#[derive(Default)]
pub(crate) struct Committing {
    pub(crate) outputs: Vec<Output>,
    pub(crate) changes: Vec<Changes>,
    /// So many of the next transactions are aborted at their commit.
    pub(crate) aborts: usize,
    /// Whether the next transaction succeeds, if nobody hears of its end.
    pub(crate) unheard: Option<bool>,
    /// What the store lacks of it then.
    owed: Option<Changes>,
    /// A topic that is not there.
    pub(crate) missing: Option<Topic>,
    committed: Option<NextOffset>,
    totals: Accounting,
}

impl Committing {
    /// Totals after the last commit.
    pub(crate) fn totals(&self) -> &Accounting {
        &self.totals
    }
}

impl Transport for Committing {
    fn execute(&mut self, action: &Action, sealed: &Sealed) -> Event {
        let refused = sealed.outputs.iter().find(|output| Some(&output.topic) == self.missing.as_ref());
        if let (Action::Drain, Some(output)) = (action, refused) {
            return Event::Rejected(output.topic.clone(), Undeliverable::TopicMissing, output.size());
        }
        if *action == Action::Commit && self.aborts > 0 {
            self.aborts -= 1;
            return Event::Failed(FailureKind::Abortable);
        }
        let unheard = self.unheard.take_if(|_| *action == Action::Commit);
        if unheard == Some(false) {
            return Event::Failed(FailureKind::Unknown);
        }
        if *action == Action::Commit {
            self.outputs.extend(sealed.outputs.iter().cloned());
            self.changes.push(sealed.changes.clone());
            self.committed = Some(sealed.next);
            self.totals = sealed.totals.clone();
        }
        if unheard.is_some() {
            self.owed = Some(sealed.changes.clone());
            return Event::Failed(FailureKind::Unknown);
        }
        Event::Done
    }
    fn recover(&mut self, store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        if let Some(changes) = self.owed.take() {
            store.apply(&changes, Mark::default())?;
        }
        Ok(self.committed)
    }
    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

/// A service that can be stopped and started again on its state.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) store: SharedStore,
    pub(crate) transport: Committing,
    next: u64,
}

impl Run {
    /// Starts the processor on the state, gives it the leads as one batch, and stops it.
    pub(crate) fn batch(&mut self, processor: impl Processor, leads: &[Lead]) -> Vec<AssessedLead> {
        let steps: Vec<Step> = leads.iter().cloned().map(Step::from).collect();
        self.steps(processor, &steps).into_iter().filter_map(lead_of).collect()
    }

    /// The same of leads and decisions: every event on leads.matters.v1.
    pub(crate) fn steps(&mut self, processor: impl Processor, steps: &[Step]) -> Vec<MatterEvent> {
        let records: Vec<_> = steps.iter().map(|step| self.record(Some(step.encode()))).collect();
        let outputs = self.records(processor, &records);
        let events = outputs.iter().filter(|output| output.topic.as_str() == lead::topic::MATTERS);
        events.map(|output| wire::decode(output.value.as_deref().unwrap()).unwrap()).collect()
    }

    /// The same with records, and what they became.
    pub(crate) fn records(&mut self, processor: impl Processor, records: &[Record]) -> Vec<Output> {
        let mut task = self.open(processor);
        let before = self.transport.outputs.len();
        task.run(records, NOW, &mut self.transport, &()).unwrap();
        self.transport.outputs[before..].to_vec()
    }

    /// The reasons of dead letters, in their order.
    pub(crate) fn dead_letters(&self) -> Vec<String> {
        let topic = lead::topic::dead_letter("deduplicator");
        let letters = self.transport.outputs.iter().filter(|output| output.topic.as_str() == topic);
        letters.map(|output| output.headers.text("leadshare-reason").unwrap().to_owned()).collect()
    }

    /// Starts the processor on the state.
    pub(crate) fn open<P: Processor>(&mut self, processor: P) -> Task<P> {
        let spec = ServiceSpec {
            name: "deduplicator",
            inputs: vec![Topic::new(lead::topic::NORMALISED)],
            changelog: Topic::new(lead::topic::changelog("deduplicator")),
            dead_letters: Topic::new(lead::topic::dead_letter("deduplicator")),
        };
        let store = Box::new(self.store.clone());
        let limits = Limits::default();
        Task::open(processor, store, source(), Arc::new(spec), limits, NOW, &mut self.transport).unwrap()
    }

    /// Gives leads and decisions to a processor that runs, again and again until they are committed.
    pub(crate) fn run<P: Processor>(&mut self, task: &mut Task<P>, steps: &[Step]) {
        let records: Vec<_> = steps.iter().map(|step| self.record(Some(step.encode()))).collect();
        let mut left = records.as_slice();
        while let Progress::Rewind { position } = task.run(left, NOW, &mut self.transport, &()).unwrap() {
            let done = left.partition_point(|record| position.is_some_and(|next| record.offset.0 < next.0));
            left = &left[done..];
            if left.is_empty() {
                return;
            }
        }
    }

    /// The next record of the input.
    pub(crate) fn record(&mut self, value: Option<Vec<u8>>) -> Record {
        let offset = Offset(self.next);
        self.next += 1;
        let mut headers = Headers::default();
        headers.push("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        Record { source: source(), offset, timestamp: Timestamp(1), key: None, value, headers }
    }
}

/// The lead of an event, if it is one.
pub(crate) fn lead_of(event: MatterEvent) -> Option<AssessedLead> {
    match event {
        MatterEvent::AssessedLead(lead) => Some(*lead),
        _ => None,
    }
}

fn source() -> Source {
    Source::new(lead::topic::NORMALISED, 0)
}
