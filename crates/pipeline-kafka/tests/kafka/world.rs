//! A service under test: its topics, its processor, its workers, and what came of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pipeline::{
    Batch, BatchReport, Changes, Counter, Failure, Headers, Limits, Mark, MemoryStore, Observer, Output,
    Pairs, Processor, Reason, Record, Retention, Service, ServiceSpec, Source, StateError, StopSignal, Store,
    StoreError, StoreFactory, Topic, TopicSpec, TransactionResult,
};
use pipeline_kafka::{Admin, KafkaConfig, Producer, Read, Reader, Start, Worker, WorkerError};

use crate::cluster::{self, Cluster};

/// Longest wait for anything that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// One service with topics of its own.
pub(crate) struct World {
    pub(crate) config: KafkaConfig,
    pub(crate) spec: Arc<ServiceSpec>,
    pub(crate) limits: Limits,
    pub(crate) input: Topic,
    pub(crate) output: Topic,
    pub(crate) partner: Topic,
    pub(crate) partitions: u32,
    pub(crate) stores: Stores,
    pub(crate) reports: Arc<Reports>,
}

pub(crate) fn topic(name: &Topic, partitions: u32, retention: Retention) -> TopicSpec {
    TopicSpec {
        name: name.clone(),
        partitions,
        retention,
        max_record_bytes: 1 << 20,
        stateful: false,
        append_time: false,
    }
}

impl World {
    /// A service on the shared broker, with all topics but the partner's.
    pub(crate) fn new(name: &str, partitions: u32) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Self::on(cluster::shared(), &unique, partitions)
    }

    pub(crate) fn on(cluster: &Cluster, unique: &str, partitions: u32) -> Self {
        let world = Self::reach(&cluster.bootstrap, unique, partitions);
        world.create(&world.topics());
        world
    }

    /// The same, if the topics exist already.
    pub(crate) fn reach(bootstrap: &str, unique: &str, partitions: u32) -> Self {
        // Set RUST_LOG to see what the workers say.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let mut config = KafkaConfig::new(bootstrap);
        config.prefix = unique.to_owned();
        let name = |word: &str| Topic::new(format!("{unique}.{word}.v1"));
        let spec = ServiceSpec {
            name: "numbering",
            inputs: vec![name("input")],
            changelog: name("changelog"),
            dead_letters: name("dead-letters"),
        };
        Self {
            config,
            spec: Arc::new(spec),
            limits: Limits { batch_records: 50, tick_millis: 200, ..Limits::default() },
            input: name("input"),
            output: name("output"),
            partner: name("partner"),
            partitions,
            stores: Stores::default(),
            reports: Arc::default(),
        }
    }

    pub(crate) fn topics(&self) -> Vec<TopicSpec> {
        let keep = Retention::Delete(None);
        vec![
            topic(&self.input, self.partitions, keep),
            topic(&self.output, self.partitions, keep),
            topic(&self.spec.dead_letters, 1, keep),
            topic(&self.spec.changelog, self.partitions, Retention::Compact),
        ]
    }

    pub(crate) fn create(&self, topics: &[TopicSpec]) {
        Admin::new(&self.config).unwrap().apply(topics).unwrap();
    }

    /// Writes records whose keys are `k0`, `k1`, ... in turn and whose values are their numbers.
    pub(crate) fn produce(&self, from: u64, count: u64, keys: u64) {
        let records: Vec<Output> = (from..from + count)
            .map(|n| self.record(&format!("k{}", n % keys), n.to_string().as_bytes()))
            .collect();
        self.produce_records(&records);
    }

    pub(crate) fn record(&self, key: &str, value: &[u8]) -> Output {
        Output {
            topic: self.input.clone(),
            partition: None,
            key: Some(key.as_bytes().to_vec()),
            value: Some(value.to_vec()),
            headers: Headers::default(),
        }
    }

    pub(crate) fn produce_records(&self, records: &[Output]) {
        Producer::new(&self.config, &self.limits).unwrap().send(records).unwrap();
    }

    pub(crate) fn worker(&self) -> Worker {
        Worker::new(self.config.clone())
    }

    /// Starts a worker on a thread of its own.
    pub(crate) fn spawn(&self, worker: Worker) -> Running {
        self.spawn_with(worker, self.stores.clone())
    }

    pub(crate) fn spawn_with(&self, worker: Worker, stores: Stores) -> Running {
        let stop = StopSignal::new();
        let (spec, limits, signal) = (Arc::clone(&self.spec), self.limits.clone(), stop.clone());
        let (reports, output, partner) =
            (Arc::clone(&self.reports), self.output.clone(), self.partner.clone());
        let thread = std::thread::spawn(move || {
            let make = move |_: &Source| -> Box<dyn Processor> {
                Box::new(Numbering { output: output.clone(), partner: partner.clone() })
            };
            let service = Service {
                spec: &spec,
                make_processor: &make,
                stores: &stores,
                limits: &limits,
                observer: reports.as_ref(),
                stop: &signal,
            };
            worker.run(&service)
        });
        Running { stop, thread: Some(thread) }
    }

    /// Committed records of a topic, in order of their partitions, once there are `count` of them.
    pub(crate) fn await_records(&self, topic: &Topic, count: usize) -> Vec<Record> {
        let mut reader = Reader::open(&self.config, topic, None, Start::Beginning).unwrap();
        let (mut found, deadline) = (Vec::new(), Instant::now() + PATIENCE);
        while found.len() < count {
            assert!(Instant::now() < deadline, "{} of {count} records of {topic}", found.len());
            if let Read::Record(record) = reader.poll(Duration::from_secs(1)).unwrap() {
                found.push(record);
            }
        }
        found
    }

    /// Committed records of a topic now.
    pub(crate) fn read(&self, topic: &Topic) -> Vec<Record> {
        let mut reader = Reader::open(&self.config, topic, None, Start::Beginning).unwrap();
        let mut found = Vec::new();
        reader.read_to_end(Duration::from_secs(30), |record| found.push(record)).unwrap();
        found
    }

    /// Waits for `count` outputs, stops the workers, and checks that every input has one output, in
    /// order, with the number that its key had by then.
    pub(crate) fn assert_exactly_once(&self, count: usize, workers: Vec<Running>) {
        self.await_records(&self.output, count);
        for worker in workers {
            worker.stop().unwrap();
        }
        assert_numbered(&self.read(&self.input), &self.read(&self.output));
    }
}

/// Key, number and value of an output.
pub(crate) fn numbered(record: &Record) -> (String, u64, String) {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
    let value = text(&record.value);
    let (number, value) = value.split_once(':').unwrap();
    (text(&record.key), number.parse().unwrap(), value.to_owned())
}

/// The fold that defines what is right, written without the pipeline.
pub(crate) fn assert_numbered(inputs: &[Record], outputs: &[Record]) {
    let mut expected: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for input in inputs {
        let key = String::from_utf8(input.key.clone().unwrap()).unwrap();
        let of_key = expected.entry(key).or_default();
        let value = String::from_utf8_lossy(input.value.as_deref().unwrap()).into_owned();
        of_key.push((of_key.len() as u64 + 1, value));
    }
    let mut found: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for output in outputs {
        let (key, number, value) = numbered(output);
        found.entry(key).or_default().push((number, value));
    }
    assert_eq!(found, expected);
}

/// Numbers the records of each key: `number:value` to the output topic, under the same key. A record
/// `bad` is a dead letter; `forget` deletes the key's state; `partner:...` goes to the partner as well,
/// or is owed to it.
pub(crate) struct Numbering {
    pub(crate) output: Topic,
    pub(crate) partner: Topic,
}

impl Processor for Numbering {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let (Some(key), Some(value)) = (&record.key, &record.value) else {
            return Err(Reason::new("empty", "decode", "expected a key and a value").into());
        };
        batch.count(Counter::Entries, 1);
        if value == b"bad" {
            return Err(Reason::new("bad", "decode", "expected anything but `bad`").into());
        }
        if value == b"forget" {
            batch.delete(key.clone());
            batch.put([b"forgotten/", key.as_slice()].concat(), Vec::new());
            return Ok(());
        }
        let seen = batch.get(key)?.map_or(0, |v| u64::from_be_bytes(v.try_into().unwrap())) + 1;
        batch.put(key.clone(), seen.to_be_bytes().to_vec());
        batch.count(Counter::Leads, 1);
        let numbered = [seen.to_string().as_bytes(), b":", value].concat();
        let output = |topic: &Topic| Output {
            topic: topic.clone(),
            partition: None,
            key: Some(key.clone()),
            value: Some(numbered.clone()),
            headers: record.headers.clone(),
        };
        batch.send(output(&self.output));
        if value.starts_with(b"partner") {
            let copy = output(&self.partner);
            match batch.accepts(&self.partner, copy.size()) {
                Ok(()) => batch.send(copy),
                Err(_) => batch.put([b"owed/", key.as_slice()].concat(), numbered.clone()),
            }
        }
        Ok(())
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        for (owed, value) in batch.scan(b"owed/", None, 1_000)? {
            if batch.accepts(&self.partner, value.len() + owed.len()).is_ok() {
                let key = owed.strip_prefix(b"owed/").unwrap().to_vec();
                batch.send(Output {
                    topic: self.partner.clone(),
                    partition: None,
                    key: Some(key),
                    value: Some(value),
                    headers: Headers::default(),
                });
                batch.delete(owed);
            }
        }
        Ok(())
    }
}

/// A worker on its thread.
pub(crate) struct Running {
    stop: StopSignal,
    thread: Option<JoinHandle<Result<(), WorkerError>>>,
}

impl Running {
    /// Asks it to stop, which must not take longer than an operator would wait.
    pub(crate) fn stop(mut self) -> Result<(), WorkerError> {
        let asked = Instant::now();
        self.stop.stop();
        let result = self.thread.take().unwrap().join().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "stopping took {:?}", asked.elapsed());
        result
    }

    /// Waits until it ends by itself.
    pub(crate) fn join(mut self) -> Result<(), WorkerError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Stores that outlive their workers, like directories.
#[derive(Clone, Default)]
pub(crate) struct Stores(Arc<Mutex<HashMap<Source, Arc<Mutex<MemoryStore>>>>>);

impl Stores {
    /// Everything that was written by processors and the runtime, without what is local.
    pub(crate) fn contents(&self) -> BTreeMap<(Source, Vec<u8>), Vec<u8>> {
        let stores = self.0.lock().unwrap();
        let mut all = BTreeMap::new();
        for (source, store) in stores.iter() {
            for (key, value) in store.lock().unwrap().iter() {
                if key != b"\0changelog-id" {
                    all.insert((source.clone(), key.to_vec()), value.to_vec());
                }
            }
        }
        all
    }
}

impl StoreFactory for Stores {
    fn open(&self, _: &str, source: &Source) -> Result<Box<dyn Store>, StoreError> {
        let mut stores = self.0.lock().unwrap();
        Ok(Box::new(Kept(Arc::clone(stores.entry(source.clone()).or_default()))))
    }
}

struct Kept(Arc<Mutex<MemoryStore>>);

impl Store for Kept {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.lock().unwrap().get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
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

/// What the runtime reported.
#[derive(Default)]
pub(crate) struct Reports {
    pub(crate) results: Mutex<Vec<TransactionResult>>,
    pub(crate) owned: Mutex<Vec<(Source, bool)>>,
    pub(crate) paused: Mutex<Vec<bool>>,
    pub(crate) lags: Mutex<BTreeMap<Source, u64>>,
    /// Whose producers were replaced.
    pub(crate) replaced: Mutex<Vec<Source>>,
    pub(crate) events: Mutex<Option<mpsc::Sender<Seen>>>,
}

/// An event that a test waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Owned,
    Restoring(u64),
    Paused(bool),
}

impl Reports {
    pub(crate) fn watch(&self) -> mpsc::Receiver<Seen> {
        let (sender, receiver) = mpsc::channel();
        *self.events.lock().unwrap() = Some(sender);
        receiver
    }

    fn tell(&self, seen: Seen) {
        if let Some(sender) = &*self.events.lock().unwrap() {
            let _ = sender.send(seen);
        }
    }

    pub(crate) fn count(&self, result: TransactionResult) -> usize {
        self.results.lock().unwrap().iter().filter(|r| **r == result).count()
    }
}

impl Observer for Reports {
    fn batch(&self, _: &'static str, _: &Source, report: &BatchReport) {
        self.results.lock().unwrap().push(report.result);
    }

    fn owned(&self, _: &'static str, source: &Source, owned: bool) {
        self.owned.lock().unwrap().push((source.clone(), owned));
        if owned {
            self.tell(Seen::Owned);
        }
    }

    fn producer_replaced(&self, _: &'static str, source: &Source) {
        self.replaced.lock().unwrap().push(source.clone());
    }

    fn restoring(&self, _: &'static str, _: &Source, remaining: u64) {
        self.tell(Seen::Restoring(remaining));
    }

    fn paused(&self, _: &'static str, _: &Source, paused: bool) {
        self.paused.lock().unwrap().push(paused);
        self.tell(Seen::Paused(paused));
    }

    fn lag(&self, _: &'static str, source: &Source, lag: pipeline::Lag) {
        self.lags.lock().unwrap().insert(source.clone(), lag.records);
    }
}
