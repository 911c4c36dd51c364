//! Metrics: one table, and the registry that holds exactly what stands in it.
//!
//! Labels are from closed sets: services, topics, partitions, reasons, results, counters. Never a lead,
//! a key, or the text of an error.

use prometheus::core::Collector;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

/// A metric as it is registered and documented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) labels: &'static [&'static str],
    pub(crate) help: &'static str,
}

const SECONDS: Kind = Kind::Histogram(&[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0,
]);
const RECORDS: Kind = Kind::Histogram(&[1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0]);

const TASK: &[&str] = &["service", "topic", "partition"];

/// Every metric. docs/metrics.md says the same; a test compares.
pub(crate) const METRICS: [Metric; 28] = [
    Metric {
        name: "leadshare_build_info",
        kind: Kind::Gauge,
        labels: &["version"],
        help: "Always 1; the label says which version runs.",
    },
    Metric {
        name: "leadshare_records_consumed_total",
        kind: Kind::Counter,
        labels: &["service", "topic"],
        help: "Records read in committed transactions.",
    },
    Metric {
        name: "leadshare_records_produced_total",
        kind: Kind::Counter,
        labels: &["service", "topic"],
        help: "Records written in committed transactions, dead letters included, changelogs not.",
    },
    Metric {
        name: "leadshare_dead_letters_total",
        kind: Kind::Counter,
        labels: &["service", "reason"],
        help: "Dead letters in committed transactions, by reason code.",
    },
    Metric {
        name: "leadshare_transactions_total",
        kind: Kind::Counter,
        labels: &["service", "result"],
        help: "Transactions by result: committed, aborted, fenced, unknown.",
    },
    Metric {
        name: "leadshare_processing_duration_seconds",
        kind: SECONDS,
        labels: &["service"],
        help: "Time to make one batch of records.",
    },
    Metric {
        name: "leadshare_transaction_duration_seconds",
        kind: SECONDS,
        labels: &["service"],
        help: "Time from the begin of a transaction until its end is known, whichever it is.",
    },
    Metric {
        name: "leadshare_state_write_duration_seconds",
        kind: SECONDS,
        labels: &["service"],
        help: "Time to write what was committed to the local store (Kafka only).",
    },
    Metric {
        name: "leadshare_transaction_records",
        kind: RECORDS,
        labels: &["service"],
        help: "Records read in one committed transaction.",
    },
    Metric {
        name: "leadshare_end_to_end_latency_seconds",
        kind: SECONDS,
        labels: &["service"],
        help: "Age of the oldest record of a transaction when it commits.",
    },
    Metric {
        name: "leadshare_accounting_total",
        kind: Kind::Counter,
        labels: &["service", "topic", "partition", "counter"],
        help: "What the state of an owned task has counted since the beginning, restarts included (PL-7).",
    },
    Metric {
        name: "leadshare_records_outcome_total",
        kind: Kind::Counter,
        labels: &["service", "topic", "partition", "outcome", "route"],
        help: "What became of records, from the state: judgements that the gate let in; verdicts of the deduplicator; outcomes of decisions of the router, by partner as route.",
    },
    Metric {
        name: "leadshare_newest_record_timestamp_seconds",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Append time of the newest record that this process has read, in seconds since 1970.",
    },
    Metric {
        name: "leadshare_oldest_unprocessed_age_seconds",
        kind: Kind::Gauge,
        labels: TASK,
        help: "How long the oldest record that waits has been waiting, 0 when none does.",
    },
    Metric {
        name: "leadshare_last_stable_offset_lag_records",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Records that an open transaction of somebody keeps from being read (Kafka only).",
    },
    Metric {
        name: "leadshare_state_entries",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Entries in the state of a task, about.",
    },
    Metric {
        name: "leadshare_state_bytes",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Bytes that the state of a task takes on disk.",
    },
    Metric {
        name: "leadshare_consumer_lag_records",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Offsets between what is committed and the end of the partition.",
    },
    Metric {
        name: "leadshare_assigned_partitions",
        kind: Kind::Gauge,
        labels: &["service"],
        help: "Input partitions that this process owns.",
    },
    Metric {
        name: "leadshare_rebalances_total",
        kind: Kind::Counter,
        labels: &["service", "reason"],
        help: "Input partitions given to this process (assigned) or taken away (revoked).",
    },
    Metric {
        name: "leadshare_restore_remaining_records",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Changelog records still to read before the task begins.",
    },
    Metric {
        name: "leadshare_standby_behind_records",
        kind: Kind::Gauge,
        labels: TASK,
        help: "Of a task that another process owns and this one stands by for: changelog records still to read.",
    },
    Metric {
        name: "leadshare_restore_duration_seconds",
        kind: SECONDS,
        labels: &["service"],
        help: "Time to restore the state of a task.",
    },
    Metric {
        name: "leadshare_producer_recreated_total",
        kind: Kind::Counter,
        labels: &["service", "cause"],
        help: "Producers replaced while their task was running, by cause: unknown_outcome.",
    },
    Metric {
        name: "leadshare_source_paused",
        kind: Kind::Gauge,
        labels: TASK,
        help: "1 while a burst of dead letters pauses the source.",
    },
    Metric {
        name: "leadshare_undeliverable_total",
        kind: Kind::Counter,
        labels: &["service", "topic", "reason"],
        help: "Times that an output topic refused a record, by reason (PL-6).",
    },
    Metric {
        name: "leadshare_policy_errors_total",
        kind: Kind::Counter,
        labels: &[],
        help: "Rulings denied because a policy could not be evaluated (PL-10). Any is an alarm.",
    },
    Metric {
        name: "leadshare_texts_withheld_total",
        kind: Kind::Counter,
        labels: &[],
        help: "Texts withheld because a scan found a denied value in them (PL-9). Any is an alarm.",
    },
];

/// The registered metrics.
pub(crate) struct Metrics {
    registry: Registry,
    counters: Vec<(&'static str, IntCounterVec)>,
    gauges: Vec<(&'static str, IntGaugeVec)>,
    histograms: Vec<(&'static str, HistogramVec)>,
}

impl Metrics {
    /// Registers the table.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let mut metrics = Self {
            registry: Registry::new(),
            counters: Vec::new(),
            gauges: Vec::new(),
            histograms: Vec::new(),
        };
        for metric in &METRICS {
            let opts = Opts::new(metric.name, metric.help);
            let collector: Box<dyn Collector> = match metric.kind {
                Kind::Counter => {
                    let made = IntCounterVec::new(opts, metric.labels)?;
                    metrics.counters.push((metric.name, made.clone()));
                    Box::new(made)
                }
                Kind::Gauge => {
                    let made = IntGaugeVec::new(opts, metric.labels)?;
                    metrics.gauges.push((metric.name, made.clone()));
                    Box::new(made)
                }
                Kind::Histogram(buckets) => {
                    let opts = HistogramOpts { common_opts: opts, buckets: buckets.to_vec() };
                    let made = HistogramVec::new(opts, metric.labels)?;
                    metrics.histograms.push((metric.name, made.clone()));
                    Box::new(made)
                }
            };
            metrics.registry.register(collector)?;
        }
        metrics.set("leadshare_build_info", &[env!("CARGO_PKG_VERSION")], 1);
        // Alarms are there from the start, so that a rule on them sees the first one.
        metrics.add("leadshare_policy_errors_total", &[], 0);
        metrics.add("leadshare_texts_withheld_total", &[], 0);
        Ok(metrics)
    }

    /// Adds to a counter.
    pub(crate) fn add(&self, name: &str, labels: &[&str], n: u64) {
        if let Some(counter) = self.counter(name, labels) {
            counter.inc_by(n);
        }
    }

    /// Moves a counter whose total is kept elsewhere up to that total. When the total is smaller, the
    /// counter begins again: another state was restored.
    pub(crate) fn raise(&self, name: &str, labels: &[&str], total: u64) {
        let Some(counter) = self.counter(name, labels) else { return };
        match total.checked_sub(counter.get()) {
            Some(more) => counter.inc_by(more),
            None => {
                counter.reset();
                counter.inc_by(total);
            }
        }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, name: &str, labels: &[&str], value: u64) {
        let found = self.gauges.iter().find(|(known, _)| *known == name);
        debug_assert!(found.is_some(), "the table has a gauge `{name}`");
        if let Some(gauge) = found.and_then(|(_, gauge)| gauge.get_metric_with_label_values(labels).ok()) {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Adds an observation to a histogram.
    pub(crate) fn observe(&self, name: &str, labels: &[&str], value: f64) {
        let found = self.histograms.iter().find(|(known, _)| *known == name);
        debug_assert!(found.is_some(), "the table has a histogram `{name}`");
        if let Some(histogram) = found.and_then(|(_, h)| h.get_metric_with_label_values(labels).ok()) {
            histogram.observe(value);
        }
    }

    /// Forgets one time series: what it spoke of belongs to another process now.
    pub(crate) fn remove(&self, name: &str, labels: &[&str]) {
        if let Some((_, counter)) = self.counters.iter().find(|(known, _)| *known == name) {
            let _ = counter.remove_label_values(labels);
        }
        if let Some((_, gauge)) = self.gauges.iter().find(|(known, _)| *known == name) {
            let _ = gauge.remove_label_values(labels);
        }
    }

    /// All of it in the text format of Prometheus.
    pub(crate) fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }

    fn counter(&self, name: &str, labels: &[&str]) -> Option<prometheus::IntCounter> {
        let found = self.counters.iter().find(|(known, _)| *known == name);
        debug_assert!(found.is_some(), "the table has a counter `{name}`");
        found.and_then(|(_, counter)| counter.get_metric_with_label_values(labels).ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn names_follow_the_grammar() {
        for metric in &METRICS {
            assert!(metric.name.starts_with("leadshare_"), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn a_total_from_the_state_moves_up_and_begins_again() {
        let metrics = Metrics::new().unwrap();
        let labels = ["router", "t", "0", "leads"];
        let value = || metrics.counter("leadshare_accounting_total", &labels).unwrap().get();
        for (total, expected) in [(5, 5), (5, 5), (9, 9), (2, 2)] {
            metrics.raise("leadshare_accounting_total", &labels, total);
            assert_eq!(value(), expected);
        }
        metrics.remove("leadshare_accounting_total", &labels);
        assert!(!String::from_utf8(metrics.text().unwrap()).unwrap().contains("accounting"));
    }

    /// docs/metrics.md has the table of this file, row by row.
    #[test]
    fn the_document_has_the_same_table() {
        let document = include_str!("../../../docs/metrics.md");
        for metric in &METRICS {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            let row =
                format!("| `{}` | {kind} | {} | {} |", metric.name, metric.labels.join(", "), metric.help);
            assert!(document.contains(&row), "docs/metrics.md needs the row\n{row}");
        }
        assert_eq!(document.matches("\n| `leadshare_").count(), METRICS.len());
    }
}
