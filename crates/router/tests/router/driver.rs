//! Runs a router through the real protocol of `pipeline`, on a log and a store in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use lead::decision::{Decision, Outcome};
use lead::{PartnerLead, wire};
use pipeline::{
    Accounting, Action, Changes, Event, Headers, Limits, Mark, MemoryStore, NextOffset, Offset, Output,
    Record, RecoverError, Sealed, ServiceSpec, Source, Store, StoreError, Task, Timestamp, Topic, Transport,
    Undeliverable,
};
use router::Router;

/// A store that outlives the task.
#[derive(Default, Clone)]
pub(crate) struct SharedStore(pub(crate) Arc<Mutex<MemoryStore>>);

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

/// Topics in memory, some of which may refuse records.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) outputs: Vec<Output>,
    pub(crate) refusing: BTreeMap<Topic, Undeliverable>,
    /// The largest record that a topic takes.
    pub(crate) largest: BTreeMap<Topic, usize>,
    committed: Option<NextOffset>,
    sealed: Option<Sealed>,
}

impl Transport for Log {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Drain => {
                for output in &batch.outputs {
                    if self.largest.get(&output.topic).is_some_and(|largest| output.size() > *largest) {
                        let why = Undeliverable::RecordTooLarge;
                        return Event::Rejected(output.topic.clone(), why, output.size());
                    }
                    if let Some(why) = self.refusing.get(&output.topic) {
                        return Event::Rejected(output.topic.clone(), *why, output.size());
                    }
                }
                self.sealed = Some(batch.clone());
            }
            Action::SendOffsets(next) => assert_eq!(*next, batch.next),
            Action::Commit => {
                let sealed = self.sealed.take().expect("drained before the commit");
                self.outputs.extend(sealed.outputs);
                self.committed = Some(sealed.next);
            }
            _ => {}
        }
        Event::Done
    }

    fn recover(&mut self, _: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        Ok(self.committed)
    }

    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

/// One router over one input partition.
pub(crate) struct Driver {
    pub(crate) log: Log,
    pub(crate) store: SharedStore,
    pub(crate) now: Timestamp,
    task: Task<Router>,
    next: u64,
}

impl Driver {
    pub(crate) fn new(router: Router) -> Self {
        let (mut log, store, now) = (Log::default(), SharedStore::default(), Timestamp(1_800_000_000_000));
        let task = open(router, &store, now, &mut log);
        Self { log, store, now, task, next: 0 }
    }

    /// The same partition under another configuration, as after a restart.
    pub(crate) fn restart(&mut self, router: Router) {
        self.task = open(router, &self.store, self.now, &mut self.log);
    }

    /// Processes values as one batch.
    pub(crate) fn run(&mut self, values: &[Vec<u8>]) {
        let records: Vec<_> = values.iter().map(|value| self.record(value.clone())).collect();
        self.task.run(&records, self.now, &mut self.log, &()).expect("a batch runs");
    }

    /// Lets time pass and ticks once.
    pub(crate) fn tick(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis.max(Limits::default().tick_millis));
        self.task.tick(self.now, &mut self.log, &()).expect("a tick runs");
    }

    /// The kind of every entry of the state.
    pub(crate) fn tables(&self) -> Vec<u8> {
        let store = self.store.0.lock().unwrap();
        store.iter().map(|(key, _)| key[0]).filter(|table| *table != 0).collect()
    }

    pub(crate) fn totals(&self) -> Accounting {
        self.task.totals().unwrap()
    }

    pub(crate) fn written(&self, topic: &str) -> Vec<&Output> {
        self.log.outputs.iter().filter(|o| o.topic.as_str() == topic).collect()
    }

    fn record(&mut self, value: Vec<u8>) -> Record {
        let offset = Offset(self.next);
        self.next += 1;
        let mut headers = Headers::default();
        headers.push("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        headers.push("leadshare-order", "1-2-0");
        Record {
            source: Source::new(lead::topic::MATTERS, 0),
            offset,
            timestamp: self.now,
            key: None,
            value: Some(value),
            headers,
        }
    }
}

fn open(router: Router, store: &SharedStore, now: Timestamp, log: &mut Log) -> Task<Router> {
    let spec = ServiceSpec {
        name: "router",
        inputs: vec![Topic::new(lead::topic::MATTERS)],
        changelog: Topic::new(lead::topic::changelog("router")),
        dead_letters: Topic::new(lead::topic::dead_letter("router")),
    };
    Task::open(
        router,
        Box::new(store.clone()),
        Source::new(lead::topic::MATTERS, 0),
        Arc::new(spec),
        Limits::default(),
        now,
        log,
    )
    .expect("a task opens")
}

impl Driver {
    /// What a partner read, oldest first.
    pub(crate) fn received(&self, topic: &str) -> Vec<PartnerLead> {
        let read = |output: &Output| {
            let record = release::decode_partner_lead(output.value.as_deref().unwrap()).unwrap();
            assert_eq!(output.key.as_deref(), Some(record.alias.to_string().as_bytes()));
            record
        };
        self.written(topic).into_iter().map(read).collect()
    }

    /// Kinds and revisions that a partner read, such as `REPORT 1`.
    pub(crate) fn kinds(&self, topic: &str) -> Vec<String> {
        let kind = |r: PartnerLead| format!("{} {}", r.message_kind.symbol(), r.revision);
        self.received(topic).into_iter().map(kind).collect()
    }

    /// Every decision, oldest first.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        let written = self.written(lead::topic::DECISIONS);
        written.into_iter().map(|o| wire::decode(o.value.as_deref().unwrap()).unwrap()).collect()
    }

    /// What the last decision says of a partner.
    pub(crate) fn outcome(&self, partner: &str) -> Outcome {
        self.decisions().last().unwrap().outcome_of(partner).unwrap()
    }
}
