//! What services report about themselves, as metrics and as health.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline::{
    Accounting, BatchReport, COUNTERS, Lag, Observer, Phase, Source, StoreSize, Tally, TallyTotals,
    Timestamp, TransactionResult,
};
use release::Release;

use crate::metrics::Metrics;

/// A worker that has not turned for so long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// A transaction that has not ended for so long never will: every call in it is bounded, and all of them
/// together by less.
const TRANSACTION_MAX: Duration = Duration::from_secs(150);
/// The one cause for which a producer is replaced.
const UNKNOWN_OUTCOME: &str = "unknown_outcome";
/// What there is of a task that this process stands by for.
const STANDBY: &str = "leadshare_standby_behind_records";
/// Gauges of a task, which go when the task does.
const OF_A_TASK: [&str; 8] = [
    "leadshare_newest_record_timestamp_seconds",
    "leadshare_oldest_unprocessed_age_seconds",
    "leadshare_last_stable_offset_lag_records",
    "leadshare_state_entries",
    "leadshare_state_bytes",
    "leadshare_consumer_lag_records",
    "leadshare_restore_remaining_records",
    "leadshare_source_paused",
];

/// A service and its input partition.
type TaskName = (&'static str, Source);

/// Receives the reports of every worker of this process.
pub(crate) struct Telemetry {
    metrics: Metrics,
    release: Arc<Release>,
    health: Mutex<BTreeMap<&'static str, Health>>,
    phases: Mutex<HashMap<TaskName, (Phase, Instant)>>,
    /// Outcomes and routes of each task that have a time series, so that they go when the task does.
    tallied: Mutex<HashMap<TaskName, BTreeSet<Tally>>>,
    stopping: std::sync::atomic::AtomicBool,
}

/// What is known of one service.
#[derive(Debug)]
struct Health {
    heard: Instant,
    owned: BTreeSet<Source>,
    restoring: BTreeMap<Source, Instant>,
}

impl Telemetry {
    /// Expects to hear of these services.
    pub(crate) fn new(services: &[&'static str], release: Arc<Release>) -> Result<Self, prometheus::Error> {
        let fresh = || Health { heard: Instant::now(), owned: BTreeSet::new(), restoring: BTreeMap::new() };
        let metrics = Metrics::new()?;
        for service in services {
            metrics.set("leadshare_assigned_partitions", &[service], 0);
            metrics.add("leadshare_producer_recreated_total", &[service, UNKNOWN_OUTCOME], 0);
        }
        // Alarms are there from the start, so that a rule on them sees the first one.
        for code in gate::Refusal::CODES.iter().filter(|_| services.contains(&"gate")) {
            metrics.add("leadshare_dead_letters_total", &["gate", code], 0);
        }
        Ok(Self {
            metrics,
            release,
            health: Mutex::new(services.iter().map(|service| (*service, fresh())).collect()),
            phases: Mutex::default(),
            tallied: Mutex::default(),
            stopping: std::sync::atomic::AtomicBool::new(false),
        })
    }

    /// Ready no more, from now on.
    pub(crate) fn stopping(&self) {
        self.stopping.store(true, std::sync::atomic::Ordering::Release);
    }

    /// Why this process is not alive, if it is not: a worker that does not turn. A broker that is away
    /// is no reason: a restart would not bring it back.
    pub(crate) fn why_not_alive(&self) -> Option<String> {
        if let Some(why) = self.why_stuck() {
            return Some(why);
        }
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = health.iter().find(|(_, health)| health.heard.elapsed() > SILENCE_MAX);
        silent.map(|(service, health)| {
            format!("the {service} has not turned for {} s", health.heard.elapsed().as_secs())
        })
    }

    /// Why this process should end, if it should: a call of the client library that does not return. Nothing can
    /// take a thread back from it; another process can take its partitions over.
    pub(crate) fn why_stuck(&self) -> Option<String> {
        stuck_in(&self.phases.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why this process is not ready, if it is not: nothing assigned yet, or state being restored.
    pub(crate) fn why_not_ready(&self) -> Option<String> {
        if self.stopping.load(std::sync::atomic::Ordering::Acquire) {
            return Some("stopping".to_owned());
        }
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.iter().find_map(|(service, health)| {
            if health.owned.is_empty() {
                Some(format!("the {service} has no input partition yet"))
            } else if health.restoring.is_empty() {
                None
            } else {
                Some(format!("the {service} restores {} partition(s)", health.restoring.len()))
            }
        })
    }

    /// All metrics in the text format of Prometheus.
    pub(crate) fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let alarms = self.release.alarms();
        self.metrics.raise("leadshare_policy_errors_total", &[], alarms.policy_errors);
        self.metrics.raise("leadshare_texts_withheld_total", &[], alarms.texts_withheld);
        self.metrics.text()
    }

    fn with(&self, service: &'static str, change: impl FnOnce(&mut Health)) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(health) = health.get_mut(service) {
            health.heard = Instant::now();
            change(health);
        }
    }

    fn export(&self, service: &'static str, source: &Source, totals: &Accounting) {
        let partition = source.partition.to_string();
        for (counter, name) in COUNTERS {
            let labels = [service, source.topic.as_str(), &partition, name];
            self.metrics.raise("leadshare_accounting_total", &labels, totals.get(counter));
        }
    }

    fn export_tallies(&self, service: &'static str, source: &Source, tallies: &TallyTotals) {
        if tallies.is_empty() {
            return;
        }
        let partition = source.partition.to_string();
        for (tally, total) in tallies {
            let labels = [service, source.topic.as_str(), &partition, &tally.outcome, &tally.route];
            self.metrics.raise("leadshare_records_outcome_total", &labels, *total);
        }
        let mut tallied = self.tallied.lock().unwrap_or_else(PoisonError::into_inner);
        tallied.entry((service, source.clone())).or_default().extend(tallies.keys().cloned());
    }

    /// Another process owns the task now, and exports what its state says.
    fn forget(&self, service: &'static str, source: &Source) {
        let partition = source.partition.to_string();
        let (topic, partition) = (source.topic.as_str(), partition.as_str());
        for (_, counter) in COUNTERS {
            self.metrics.remove("leadshare_accounting_total", &[service, topic, partition, counter]);
        }
        for gauge in OF_A_TASK {
            self.metrics.remove(gauge, &[service, topic, partition]);
        }
        let mut tallied = self.tallied.lock().unwrap_or_else(PoisonError::into_inner);
        for tally in tallied.remove(&(service, source.clone())).into_iter().flatten() {
            let labels = [service, topic, partition, &tally.outcome, &tally.route];
            self.metrics.remove("leadshare_records_outcome_total", &labels);
        }
    }

    fn gauge(&self, name: &str, service: &'static str, source: &Source, value: u64) {
        let partition = source.partition.to_string();
        self.metrics.set(name, &[service, source.topic.as_str(), &partition], value);
    }
}

impl Observer for Telemetry {
    fn batch(&self, service: &'static str, source: &Source, report: &BatchReport) {
        self.metrics.add("leadshare_transactions_total", &[service, report.result.label()], 1);
        if let Some((refusing, why)) = &report.refused {
            tracing::warn!(service, topic = %refusing, reason = why.code(), "an output topic refuses a record");
            let labels = [service, refusing.as_str(), why.code()];
            self.metrics.add("leadshare_undeliverable_total", &labels, 1);
        }
        if report.result != TransactionResult::Committed {
            return;
        }
        let topic = source.topic.as_str();
        if report.records > 0 {
            let records = u32::try_from(report.records).unwrap_or(u32::MAX);
            self.metrics.add("leadshare_records_consumed_total", &[service, topic], u64::from(records));
            self.metrics.observe("leadshare_transaction_records", &[service], f64::from(records));
        }
        if let Some(oldest) = report.oldest {
            let age = Duration::from_millis(now().millis_since(oldest).unsigned_abs());
            self.metrics.observe("leadshare_end_to_end_latency_seconds", &[service], age.as_secs_f64());
        }
        for (topic, n) in &report.outputs {
            self.metrics.add("leadshare_records_produced_total", &[service, topic], *n as u64);
        }
        for (reason, n) in &report.dead_letters {
            self.metrics.add("leadshare_dead_letters_total", &[service, reason], *n as u64);
        }
        if let Some(newest) = report.newest {
            let seconds = u64::try_from(newest.0.div_euclid(1_000)).unwrap_or_default();
            self.gauge("leadshare_newest_record_timestamp_seconds", service, source, seconds);
        }
        if let Some(totals) = &report.totals {
            self.export(service, source, totals);
        }
        self.export_tallies(service, source, &report.tallies);
    }

    fn owned(&self, service: &'static str, source: &Source, owned: bool) {
        let reason = if owned { "assigned" } else { "revoked" };
        self.metrics.add("leadshare_rebalances_total", &[service, reason], 1);
        let mut count = 0;
        self.with(service, |health| {
            if owned {
                health.owned.insert(source.clone());
            } else {
                health.owned.remove(source);
                health.restoring.remove(source);
            }
            count = health.owned.len();
        });
        self.metrics.set("leadshare_assigned_partitions", &[service], count as u64);
        if !owned {
            self.forget(service, source);
        }
    }

    fn totals(&self, service: &'static str, source: &Source, totals: &Accounting, tallies: &TallyTotals) {
        self.export(service, source, totals);
        self.export_tallies(service, source, tallies);
    }

    fn restoring(&self, service: &'static str, source: &Source, remaining: u64) {
        let mut began = None;
        self.with(service, |health| {
            if remaining > 0 {
                health.restoring.entry(source.clone()).or_insert_with(Instant::now);
            } else {
                began = health.restoring.remove(source);
            }
        });
        if let Some(began) = began {
            let took = began.elapsed().as_secs_f64();
            self.metrics.observe("leadshare_restore_duration_seconds", &[service], took);
        }
        self.gauge("leadshare_restore_remaining_records", service, source, remaining);
    }

    fn standby(&self, service: &'static str, source: &Source, behind: Option<u64>) {
        match behind {
            Some(behind) => self.gauge(STANDBY, service, source, behind),
            None => {
                let partition = source.partition.to_string();
                self.metrics.remove(STANDBY, &[service, source.topic.as_str(), &partition]);
            }
        }
    }

    fn paused(&self, service: &'static str, source: &Source, paused: bool) {
        if paused {
            tracing::warn!(service, %source, "paused: nothing but dead letters comes from this source");
        }
        self.gauge("leadshare_source_paused", service, source, u64::from(paused));
    }

    fn lag(&self, service: &'static str, source: &Source, lag: Lag) {
        let age = lag.oldest.map_or(0, |oldest| now().millis_since(oldest).div_euclid(1_000));
        let age = u64::try_from(age).unwrap_or_default();
        self.gauge("leadshare_consumer_lag_records", service, source, lag.records);
        self.gauge("leadshare_oldest_unprocessed_age_seconds", service, source, age);
        self.gauge("leadshare_last_stable_offset_lag_records", service, source, lag.blocked);
    }

    fn phase(&self, service: &'static str, source: &Source, phase: Phase) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((before, since)) = phases.insert((service, source.clone()), (phase, Instant::now())) else {
            return;
        };
        drop(phases);
        let histogram = match (before, phase) {
            // A tick with nothing to do.
            (Phase::Processing, Phase::Idle) | (Phase::Idle, _) => return,
            (Phase::Processing, _) => "leadshare_processing_duration_seconds",
            (Phase::Transaction, _) => "leadshare_transaction_duration_seconds",
            (Phase::Writing, _) => "leadshare_state_write_duration_seconds",
        };
        self.metrics.observe(histogram, &[service], since.elapsed().as_secs_f64());
    }

    fn state(&self, service: &'static str, source: &Source, size: StoreSize) {
        self.gauge("leadshare_state_entries", service, source, size.entries);
        self.gauge("leadshare_state_bytes", service, source, size.bytes);
    }

    fn producer_replaced(&self, service: &'static str, _: &Source) {
        self.metrics.add("leadshare_producer_recreated_total", &[service, UNKNOWN_OUTCOME], 1);
    }

    fn alive(&self, service: &'static str) {
        self.with(service, |_| {});
    }
}

fn stuck_in(phases: &HashMap<TaskName, (Phase, Instant)>) -> Option<String> {
    phases.iter().find_map(|((service, source), (phase, since))| {
        let seconds = since.elapsed().as_secs();
        let is_stuck = *phase == Phase::Transaction && since.elapsed() > TRANSACTION_MAX;
        is_stuck.then(|| format!("the {service}'s transaction of {source} has not ended for {seconds} s"))
    })
}

/// The wall clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_transaction_without_an_end_is_stuck_and_a_long_restore_is_not() {
        let long_ago = Instant::now().checked_sub(TRANSACTION_MAX + Duration::from_secs(1)).unwrap();
        let source = |partition| Source::new("leads.normalised.v1", partition);
        let mut phases = HashMap::from([
            (("deduplicator", source(0)), (Phase::Idle, long_ago)),
            (("deduplicator", source(1)), (Phase::Processing, long_ago)),
            (("deduplicator", source(2)), (Phase::Transaction, Instant::now())),
        ]);
        assert_eq!(stuck_in(&phases), None);
        phases.insert(("deduplicator", source(3)), (Phase::Transaction, long_ago));
        let why = stuck_in(&phases).unwrap();
        assert!(
            why.starts_with("the deduplicator's transaction of leads.normalised.v1-3 has not ended"),
            "{why}"
        );
    }
}
