//! What a site makes of a real Kafka, as a share of a plain copy of the same bytes in the same run.
//!
//! The plain copy is as bare as exactly-once can be: read, produce, await the deliveries, add the offsets,
//! commit; no state, no changelog, no decoding. The site is all three services in this process, with
//! codecs, state on disk and changelogs. Prints one JSON object. Usage: `bench-kafka [SUBMISSIONS]`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark"
)]

mod copy;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leadshare_tests::broker::Broker;
use leadshare_tests::definitions::Definitions;
use leadshare_tests::site::Site;
use leadshare_tests::submissions;
use leadshare_tests::transport::{Kafka, Transport};
use pipeline::{Action, Headers, Output, Retention, Source, Topic, TopicSpec};
use pipeline_kafka::{FaultPlan, Moment};
use serde_json::json;

/// Times between sending and the end of the commit, by input topic.
type Times = Arc<Mutex<BTreeMap<Source, (Option<Instant>, Vec<Duration>)>>>;

fn main() {
    let count = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let broker = Broker::start();
    let times = Times::default();
    let kafka = Kafka::at(&broker.bootstrap, "bench").with_plan(stopwatch(&times));
    let site = Site::new(&kafka, Definitions::default(), &[]);
    let target = Topic::new("bench.copy.v1");
    kafka.create(&[TopicSpec {
        name: target.clone(),
        partitions: 1,
        retention: Retention::Delete(None),
        max_record_bytes: 1 << 20,
        stateful: false,
        append_time: true,
    }]);

    let (mut bytes, mut leads) = (0, 0_u64);
    let mut part = Vec::new();
    for submission in submissions(3).take(count) {
        bytes += submission.value.len();
        leads += submission.truth.iter().filter(|t| t.becomes == "lead").count() as u64;
        part.push(Output {
            topic: Topic::new(&submission.topic),
            partition: None,
            key: submission.key,
            value: Some(submission.value),
            headers: Headers(submission.headers.into_iter().map(|(n, v)| (n, Some(v))).collect()),
        });
        if part.len() == 5_000 {
            kafka.send(&std::mem::take(&mut part));
        }
    }
    kafka.send(&part);

    let topics: Vec<String> = site.definitions.inbound().iter().map(ToString::to_string).collect();
    let (copied, mut bare) = copy::run(&broker.bootstrap, &topics, target.as_str(), count);
    let began = Instant::now();
    site.run(|running| running.routed(leads));
    let elapsed = began.elapsed();

    let mut services = BTreeMap::new();
    for (source, (_, times)) in std::mem::take(&mut *times.lock().unwrap()) {
        services.entry(service_of(source.topic.as_str())).or_insert_with(Vec::new).extend(times);
    }
    let bare_p50 = percentile(&mut bare, 50);
    let p50: BTreeMap<_, _> =
        services.iter_mut().map(|(name, times)| (*name, percentile(times, 50))).collect();
    println!(
        "{}",
        json!({
            "submissions": count,
            "bytes": bytes,
            "leads": leads,
            "copy_records_per_s": per_second(count as u64, copied),
            "site_submissions_per_s": per_second(count as u64, elapsed),
            "site_leads_per_s": per_second(leads, elapsed),
            "share": copied.as_secs_f64() / elapsed.as_secs_f64(),
            "copy_commit_p50_ms": bare_p50.as_secs_f64() * 1e3,
            "site_commit_p50_ms": p50.iter().map(|(n, t)| (*n, t.as_secs_f64() * 1e3)).collect::<BTreeMap<_, _>>(),
        })
    );
}

fn service_of(input: &str) -> &'static str {
    match input {
        lead::topic::NORMALISED => "deduplicator",
        lead::topic::MATTERS => "router",
        _ => "normaliser",
    }
}

/// A plan without faults, that looks at the clock.
fn stopwatch(times: &Times) -> FaultPlan {
    let times = Arc::clone(times);
    Arc::new(move |source, action, moment| {
        match (action, moment) {
            (Action::Send, Moment::Before) => {
                times.lock().unwrap().entry(source.clone()).or_default().0 = Some(Instant::now());
            }
            (Action::Commit, Moment::After) => {
                if let Some((began, all)) = times.lock().unwrap().get_mut(source) {
                    all.extend(began.take().map(|b| b.elapsed()));
                }
            }
            _ => {}
        }
        None
    })
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

fn per_second(n: u64, time: Duration) -> u64 {
    (n as f64 / time.as_secs_f64()) as u64
}
