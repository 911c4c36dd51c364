//! Runs a router through the real protocol of `pipeline`, on a log and a store in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use pipeline::{
    Accounting, Action, Changes, Event, Headers, Limits, Mark, MemoryStore, NextOffset, Offset, Output,
    Record, RecoverError, Sealed, ServiceSpec, Source, Store, StoreError, Task, Timestamp, Topic, Transport,
    Undeliverable,
};
use router::Router;

/// A store that outlives the task.
#[derive(Default, Clone)]
pub struct SharedStore(pub Arc<Mutex<MemoryStore>>);

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
pub struct Log {
    pub outputs: Vec<Output>,
    pub refusing: BTreeMap<Topic, Undeliverable>,
    committed: Option<NextOffset>,
    sealed: Option<Sealed>,
}

impl Transport for Log {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Drain => {
                for output in &batch.outputs {
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
pub struct Driver {
    pub log: Log,
    pub store: SharedStore,
    pub now: Timestamp,
    task: Task<Router>,
    next: u64,
}

impl Driver {
    pub fn new(router: Router) -> Self {
        let (mut log, store, now) = (Log::default(), SharedStore::default(), Timestamp(1_800_000_000_000));
        let task = open(router, &store, now, &mut log);
        Self { log, store, now, task, next: 0 }
    }

    /// The same partition under another configuration, as after a restart.
    pub fn restart(&mut self, router: Router) {
        self.task = open(router, &self.store, self.now, &mut self.log);
    }

    /// Processes values as one batch.
    pub fn run(&mut self, values: &[Vec<u8>]) {
        let records: Vec<_> = values.iter().map(|value| self.record(value.clone())).collect();
        self.task.run(&records, self.now, &mut self.log, &()).expect("a batch runs");
    }

    /// Lets time pass and ticks once.
    pub fn tick(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis.max(Limits::default().tick_millis));
        self.task.tick(self.now, &mut self.log, &()).expect("a tick runs");
    }

    pub fn totals(&self) -> Accounting {
        self.task.totals().unwrap()
    }

    /// Topics that refused so far are tried again with the next tick only; this forgets at once.
    pub fn topics(&self) -> BTreeSet<&str> {
        self.log.outputs.iter().map(|o| o.topic.as_str()).collect()
    }

    pub fn written(&self, topic: &str) -> Vec<&Output> {
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
