//! What services report about themselves, as metrics and as health.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline::{Accounting, BatchReport, COUNTERS, Observer, Source, Timestamp, TransactionResult};
use release::Release;

use crate::metrics::Metrics;

/// A worker that has not turned for so long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Receives the reports of every worker of this process.
pub(crate) struct Telemetry {
    metrics: Metrics,
    release: Arc<Release>,
    health: Mutex<BTreeMap<&'static str, Health>>,
    stopping: std::sync::atomic::AtomicBool,
}

/// What is known of one service.
#[derive(Debug)]
struct Health {
    heard: Instant,
    owned: BTreeSet<Source>,
    restoring: BTreeSet<Source>,
}

impl Telemetry {
    /// Expects to hear of these services.
    pub(crate) fn new(services: &[&'static str], release: Arc<Release>) -> Result<Self, prometheus::Error> {
        let fresh = || Health { heard: Instant::now(), owned: BTreeSet::new(), restoring: BTreeSet::new() };
        let metrics = Metrics::new()?;
        for service in services {
            metrics.set("leadshare_assigned_partitions", &[service], 0);
        }
        Ok(Self {
            metrics,
            release,
            health: Mutex::new(services.iter().map(|service| (*service, fresh())).collect()),
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
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = health.iter().find(|(_, health)| health.heard.elapsed() > SILENCE_MAX);
        silent.map(|(service, health)| {
            format!("the {service} has not turned for {} s", health.heard.elapsed().as_secs())
        })
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
        if let Some(totals) = &report.totals {
            self.export(service, source, totals);
        }
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
            let partition = source.partition.to_string();
            let task = [service, source.topic.as_str(), partition.as_str()];
            for (_, counter) in COUNTERS {
                let [service, topic, partition] = task;
                self.metrics.remove("leadshare_accounting_total", &[service, topic, partition, counter]);
            }
            for gauge in [
                "leadshare_consumer_lag_records",
                "leadshare_restore_remaining_records",
                "leadshare_source_paused",
            ] {
                self.metrics.remove(gauge, &task);
            }
        }
    }

    fn totals(&self, service: &'static str, source: &Source, totals: &Accounting) {
        self.export(service, source, totals);
    }

    fn restoring(&self, service: &'static str, source: &Source, remaining: u64) {
        self.with(service, |health| {
            if remaining > 0 {
                health.restoring.insert(source.clone());
            } else {
                health.restoring.remove(source);
            }
        });
        self.gauge("leadshare_restore_remaining_records", service, source, remaining);
    }

    fn paused(&self, service: &'static str, source: &Source, paused: bool) {
        if paused {
            tracing::warn!(service, %source, "paused: nothing but dead letters comes from this source");
        }
        self.gauge("leadshare_source_paused", service, source, u64::from(paused));
    }

    fn lag(&self, service: &'static str, source: &Source, records: u64) {
        self.gauge("leadshare_consumer_lag_records", service, source, records);
    }

    fn alive(&self, service: &'static str) {
        self.with(service, |_| {});
    }
}

/// The wall clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
}
