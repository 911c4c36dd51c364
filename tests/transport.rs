//! Both transports behind one trait, so that one suite runs on each.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use pipeline::{Limits, Output, Record, Service, StoreFactory, Topic, TopicSpec};
use pipeline_fjall::{FjallStores, Fsync, Log, LogOptions};
use pipeline_kafka::{Admin, FaultPlan, KafkaConfig, Sabotage, Worker};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;

use crate::broker::Broker;
use crate::tally::LONG;

/// A transport with one site on it.
pub trait Transport: Send + Sync {
    /// Its name.
    fn label(&self) -> &'static str;
    /// Creates topics.
    fn create(&self, topics: &[TopicSpec]);
    /// Writes records from outside.
    fn send(&self, records: &[Output]);
    /// Every committed record of a topic.
    fn committed(&self, topic: &Topic) -> Vec<Record>;
    /// Runs a worker until it is stopped.
    fn run(&self, service: &Service<'_>) -> Result<(), String>;
    /// Where state is kept on disk.
    fn stores(&self) -> Box<dyn StoreFactory>;
    /// What a restart of the process does: everything is closed and opened again.
    fn restart(&self);
    /// Loses the state on disk; false if it is the transport's own, and cannot be lost alone.
    fn lose_state(&self) -> bool;
}

const CACHE_BYTES: u64 = 4 << 20;

/// The embedded log.
pub struct Embedded {
    dir: TempDir,
    log: Mutex<Option<Log>>,
}

impl Embedded {
    /// A log with nothing in it.
    pub fn new() -> Self {
        let made = Self { dir: TempDir::new().unwrap(), log: Mutex::new(None) };
        made.restart();
        made
    }

    fn log(&self) -> Log {
        self.log.lock().unwrap().clone().unwrap()
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Embedded {
    fn label(&self) -> &'static str {
        "embedded"
    }

    fn create(&self, topics: &[TopicSpec]) {
        self.log().apply_topics(topics).unwrap();
    }

    fn send(&self, records: &[Output]) {
        pipeline_fjall::Producer::new(&self.log()).send(records).unwrap();
    }

    fn committed(&self, topic: &Topic) -> Vec<Record> {
        let mut found = Vec::new();
        let log = self.log();
        let mut reader =
            pipeline_fjall::Reader::open(&log, topic, None, pipeline_fjall::Start::Beginning).unwrap();
        reader.read_to_end(LONG, |record| found.push(record)).unwrap();
        found
    }

    fn run(&self, service: &Service<'_>) -> Result<(), String> {
        pipeline_fjall::run_worker(&self.log(), service).map_err(|e| e.to_string())
    }

    fn stores(&self) -> Box<dyn StoreFactory> {
        Box::new(self.log().stores())
    }

    fn restart(&self) {
        let mut log = self.log.lock().unwrap();
        *log = None;
        let options = LogOptions { fsync: Fsync::Never, cache_bytes: CACHE_BYTES };
        *log = Some(Log::open(self.dir.path(), options).unwrap());
    }

    fn lose_state(&self) -> bool {
        false
    }
}

/// The broker that the tests of this program share, with groups of its own.
pub struct Kafka {
    config: KafkaConfig,
    dir: TempDir,
    generation: AtomicUsize,
    faults: Option<Faults>,
    plan: Option<FaultPlan>,
}

/// What is broken in the workers of one service.
struct Faults {
    service: &'static str,
    sabotage: Option<Sabotage>,
    plan: FaultPlan,
}

impl Kafka {
    /// A site whose groups begin with `prefix`.
    pub fn new(prefix: &str) -> Self {
        Self::at(&Broker::shared().bootstrap, prefix)
    }

    /// The same on a broker of the test's own.
    pub fn at(bootstrap: &str, prefix: &str) -> Self {
        let config = KafkaConfig { prefix: prefix.to_owned(), ..KafkaConfig::new(bootstrap) };
        Self {
            config,
            dir: TempDir::new().unwrap(),
            generation: AtomicUsize::new(0),
            faults: None,
            plan: None,
        }
    }

    /// Breaks the workers of one service.
    #[must_use]
    pub fn with_faults(self, service: &'static str, sabotage: Option<Sabotage>, plan: FaultPlan) -> Self {
        Self { faults: Some(Faults { service, sabotage, plan }), ..self }
    }

    /// Asks this plan before and after each action of every worker: a look at the clock, for one.
    #[must_use]
    pub fn with_plan(self, plan: FaultPlan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// Whole again.
    #[must_use]
    pub fn without_faults(self) -> Self {
        Self { faults: None, ..self }
    }

    /// Its configuration.
    pub fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// Where each partition ends for clients of this isolation level.
    fn ends(&self, topic: &Topic, isolation: &str) -> Vec<i64> {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.config.bootstrap_servers)
            .set("isolation.level", isolation)
            .create()
            .unwrap();
        let metadata = client.fetch_metadata(Some(topic.as_str()), LONG).unwrap();
        let partitions = metadata.topics()[0].partitions().len();
        (0..i32::try_from(partitions).unwrap())
            .map(|partition| client.fetch_watermarks(topic.as_str(), partition, LONG).unwrap().1)
            .collect()
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join(self.generation.load(Ordering::SeqCst).to_string())
    }
}

impl Transport for Kafka {
    fn label(&self) -> &'static str {
        "kafka"
    }

    fn create(&self, topics: &[TopicSpec]) {
        Admin::new(&self.config).unwrap().apply(topics).unwrap();
    }

    fn send(&self, records: &[Output]) {
        pipeline_kafka::Producer::new(&self.config, &Limits::default()).unwrap().send(records).unwrap();
    }

    fn committed(&self, topic: &Topic) -> Vec<Record> {
        // A commit is reported before the broker has marked every partition of it: what stands in the
        // topic now must be decided before it is read.
        let now = self.ends(topic, "read_uncommitted");
        let deadline = Instant::now() + LONG;
        while self.ends(topic, "read_committed").iter().zip(&now).any(|(stable, now)| stable < now) {
            assert!(Instant::now() < deadline, "a transaction stays open on {topic}");
        }
        let mut found = Vec::new();
        let start = pipeline_kafka::Start::Beginning;
        let mut reader = pipeline_kafka::Reader::open(&self.config, topic, None, start).unwrap();
        reader.read_to_end(LONG, |record| found.push(record)).unwrap();
        found
    }

    fn run(&self, service: &Service<'_>) -> Result<(), String> {
        let mut worker = Worker::new(self.config.clone());
        if let Some(plan) = &self.plan {
            worker = worker.with_faults(plan.clone());
        }
        if let Some(faults) = self.faults.as_ref().filter(|f| f.service == service.spec.name) {
            worker = worker.with_faults(faults.plan.clone());
            if let Some(sabotage) = faults.sabotage {
                worker = worker.with_sabotage(sabotage);
            }
        }
        worker.run(service).map_err(|e| e.to_string())
    }

    fn stores(&self) -> Box<dyn StoreFactory> {
        Box::new(FjallStores::open(&self.state(), CACHE_BYTES).unwrap())
    }

    fn restart(&self) {}

    fn lose_state(&self) -> bool {
        self.generation.fetch_add(1, Ordering::SeqCst);
        true
    }
}
