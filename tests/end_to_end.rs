//! Generated submissions through all services, judged against the ledger and by the checker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use generator::Submission;
use leadshare_tests::broker::Broker;
use leadshare_tests::checker_run::check_with;
use leadshare_tests::definitions::Definitions;
use leadshare_tests::site::Site;
use leadshare_tests::submissions;
use leadshare_tests::transport::{Embedded, Kafka, Transport};
use normaliser::Outcome;
use pipeline::{Headers, Offset, Output, Record, Source, Timestamp, Topic};

fn record(submission: &Submission) -> Record {
    Record {
        source: Source::new(submission.topic.as_str(), 0),
        offset: Offset(submission.n),
        timestamp: Timestamp(1_700_000_000_000),
        key: submission.key.clone(),
        value: Some(submission.value.clone()),
        headers: headers(submission),
    }
}

fn headers(submission: &Submission) -> Headers {
    Headers(submission.headers.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect())
}

/// PL-8: what was made well becomes a lead, what was made badly a dead letter, entry by entry.
#[test]
fn agencies_understand_what_is_generated() {
    let definitions = Definitions::default();
    let mut normalisers = BTreeMap::new();
    for submission in submissions(11).take(2_000) {
        let normaliser = normalisers
            .entry(submission.topic.clone())
            .or_insert_with(|| definitions.normaliser(&Topic::new(&submission.topic)));
        let became = match normaliser.normalise(&record(&submission), Timestamp(1_700_000_000_000)) {
            Err(_) => vec!["malformed"],
            Ok(outcomes) => outcomes
                .iter()
                .map(|outcome| match outcome {
                    Outcome::Lead(_) => "lead",
                    Outcome::NotALead(_) => "not_a_lead",
                    Outcome::Rejected(_) => "malformed",
                })
                .collect(),
        };
        let expected: Vec<_> = submission.truth.iter().map(|t| t.becomes).collect();
        assert_eq!(became, expected, "{submission:?} {:?}", submission.truth);
    }
}

/// PL-1 to PL-16, as far as the checker's rules go, without faults; the campaign adds those.
fn everything_is_kept(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[]);
    let submissions: Vec<_> = submissions(5).take(1_500).collect();
    let mut ledger = String::new();
    let mut leads = 0;
    let mut outputs = Vec::new();
    for submission in &submissions {
        ledger.push_str(&serde_json::to_string(&submission.ledger_line()).unwrap());
        ledger.push('\n');
        leads += submission.truth.iter().filter(|t| t.becomes == "lead").count() as u64;
        outputs.push(Output {
            topic: Topic::new(&submission.topic),
            partition: None,
            key: submission.key.clone(),
            value: Some(submission.value.clone()),
            headers: headers(submission),
        });
    }
    for part in outputs.chunks(100) {
        transport.send(part);
    }
    site.run(|running| {
        running.routed(leads);
        running.regrouped();
    });
    let verdict = check_with(&site, Some(&ledger));
    assert!(verdict.kept, "\n{}", verdict.report);
    for occurred in
        ["NEW", "UPDATE", "CANCEL", "DUPLICATE", "RELATED", "REPLAY", "STALE", "AMENDMENT", "REVIEW"]
    {
        assert!(verdict.report.contains(&format!(" {occurred}")), "no {occurred} in\n{}", verdict.report);
    }
}

#[test]
fn everything_is_kept_on_embedded() {
    everything_is_kept(&Embedded::new());
}

#[test]
fn everything_is_kept_on_kafka() {
    let broker = Broker::start();
    everything_is_kept(&Kafka::at(&broker.bootstrap, "end-to-end"));
}
