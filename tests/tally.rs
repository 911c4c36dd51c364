//! A service that counts: small enough to know every record it must write.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use pipeline::{
    Accounting, Batch, BatchReport, Counter, Failure, Headers, Limits, Observer, Output, Processor, Reason,
    Record, Retention, ServiceSpec, Source, StateError, StopSignal, Topic, TopicSpec, TransactionResult,
};

/// Long enough never to be reached on a slow machine, short enough to end a broken test.
pub const LONG: Duration = Duration::from_secs(90);

/// Names of one test's topics, which share a prefix so that tests do not meet on a broker.
#[derive(Clone)]
pub struct Names {
    /// What is read.
    pub input: Topic,
    /// Where every value goes.
    pub first: Topic,
    /// Where every value goes as well.
    pub second: Topic,
    /// Dead letters.
    pub dead: Topic,
    /// The changelog.
    pub changelog: Topic,
}

impl Names {
    /// Topics that begin with `test`.
    pub fn new(test: &str) -> Self {
        let topic = |what: &str| Topic::new(format!("{test}.{what}.v1"));
        Self {
            input: topic("in"),
            first: topic("first"),
            second: topic("second"),
            dead: topic("dead"),
            changelog: topic("changelog"),
        }
    }

    /// What they must look like; `second` only if it is wanted.
    pub fn specs(&self, with_second: bool) -> Vec<TopicSpec> {
        let spec = |name: &Topic, retention| TopicSpec {
            name: name.clone(),
            partitions: 1,
            retention,
            max_record_bytes: 100_000,
            stateful: true,
            append_time: true,
        };
        let mut specs = vec![
            spec(&self.input, Retention::Delete(None)),
            spec(&self.first, Retention::Delete(None)),
            spec(&self.dead, Retention::Delete(None)),
            spec(&self.changelog, Retention::Compact),
        ];
        if with_second {
            specs.push(spec(&self.second, Retention::Delete(None)));
        }
        specs
    }

    /// The service that reads them.
    pub fn service(&self) -> Arc<ServiceSpec> {
        Arc::new(ServiceSpec {
            name: "tally",
            inputs: vec![self.input.clone()],
            changelog: self.changelog.clone(),
            dead_letters: self.dead.clone(),
        })
    }
}

/// A record for a topic.
pub fn output(topic: &Topic, key: &str, value: &str) -> Output {
    Output {
        topic: topic.clone(),
        partition: None,
        key: Some(key.into()),
        value: Some(value.into()),
        headers: Headers::default(),
    }
}

/// Sends each value to both topics with the count of its key, which is its state. The value `bad` is a
/// dead letter; the value that `stops_at` names is a fault of ours. What the second topic refuses is
/// kept and tried again at each tick.
pub struct Tally {
    /// Where to.
    pub names: Names,
    /// The value at which the task stops, after everything was done for it.
    pub stops_at: Option<&'static str>,
}

impl Processor for Tally {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let value = String::from_utf8(record.value.clone().unwrap_or_default()).unwrap();
        let state = [b"n/".as_slice(), record.key.as_deref().unwrap_or_default()].concat();
        let count = batch.get(&state)?.map_or(0, |v| u64::from_be_bytes(v.try_into().unwrap())) + 1;
        batch.put(state, count.to_be_bytes().to_vec());
        batch.count(Counter::Entries, 1);
        let counted = format!("{value}#{count}");
        let key = String::from_utf8(record.key.clone().unwrap_or_default()).unwrap();
        batch.send(output(&self.names.first, &key, &counted));
        let second = output(&self.names.second, &key, &counted);
        if batch.accepts(&second.topic, second.size()).is_ok() {
            batch.count(Counter::Disclosures, 1);
            batch.send(second);
        } else {
            batch.put([b"later/".as_slice(), counted.as_bytes()].concat(), vec![1]);
        }
        if self.stops_at == Some(value.as_str()) {
            return Err(StateError::Corrupt { entry: "tally", detail: "the test asks for it".into() }.into());
        }
        if value == "bad" {
            return Err(Reason::new("bad", "decode", "expected anything else").into());
        }
        Ok(())
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        for (key, _) in batch.scan(b"later/", None, 1_000)? {
            let counted = String::from_utf8(key[b"later/".len()..].to_vec()).unwrap();
            let second = output(&self.names.second, "later", &counted);
            if batch.accepts(&second.topic, second.size()).is_ok() {
                batch.count(Counter::Disclosures, 1);
                batch.send(second);
                batch.delete(key);
            }
        }
        Ok(())
    }
}

/// What the runtime reported, and a way to wait for it.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Seen>,
    moved: Condvar,
}

/// What was reported so far.
#[derive(Default, Clone)]
pub struct Seen {
    /// Totals of the state by input partition.
    pub totals: BTreeMap<Source, Accounting>,
    /// Partitions that are owned.
    pub owned: Vec<Source>,
    /// Transactions by how they ended.
    pub endings: BTreeMap<TransactionResult, usize>,
    /// Whether the worker has ended.
    pub ended: bool,
}

impl Seen {
    /// A count over all partitions.
    pub fn count(&self, counter: Counter) -> u64 {
        self.totals.values().map(|t| t.get(counter)).sum()
    }
}

impl Watch {
    /// Waits until `holds`; fails the test when it never does.
    pub fn wait(&self, what: &str, holds: impl Fn(&Seen) -> bool) {
        self.wait_for(what, LONG, holds);
    }

    /// The same with a limit of its own.
    pub fn wait_for(&self, what: &str, limit: Duration, holds: impl Fn(&Seen) -> bool) {
        let seen = self.seen.lock().unwrap();
        let (_seen, timeout) = self.moved.wait_timeout_while(seen, limit, |seen| !holds(seen)).unwrap();
        assert!(!timeout.timed_out(), "never seen: {what}");
    }

    /// What was counted so far.
    pub fn count(&self, counter: Counter) -> u64 {
        self.seen.lock().unwrap().count(counter)
    }

    /// The worker has ended.
    pub fn ended(&self) {
        self.note(|seen| seen.ended = true);
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap());
        self.moved.notify_all();
    }
}

impl Observer for Watch {
    fn batch(&self, _: &'static str, source: &Source, report: &BatchReport) {
        self.note(|seen| {
            *seen.endings.entry(report.result).or_default() += 1;
            if let Some(totals) = &report.totals {
                seen.totals.insert(source.clone(), totals.clone());
            }
        });
    }

    fn totals(&self, _: &'static str, source: &Source, totals: &Accounting, _: &pipeline::TallyTotals) {
        self.note(|seen| {
            seen.totals.insert(source.clone(), totals.clone());
        });
    }

    fn owned(&self, _: &'static str, source: &Source, owned: bool) {
        self.note(|seen| {
            seen.owned.retain(|s| s != source);
            if owned {
                seen.owned.push(source.clone());
            }
        });
    }
}

/// Bounds of tests: small batches, quick ticks.
pub fn limits() -> Limits {
    Limits { batch_records: 10, tick_millis: 200, ..Limits::default() }
}

/// Stops a worker when the test ends, however it ends.
pub struct StopOnDrop(pub StopSignal);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
