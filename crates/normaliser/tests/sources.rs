//! Every sample of every source becomes what the file beside it says.
//!
//! `NN.raw` is a message; `NN.lead.json` is what its entries become, without what a machine makes anew
//! (identifiers, hashes, places, times) and without what says nothing. `bad.raw` and `bad.error.json`
//! are a message that has no lead. Of an Avro source `NN.submission.json` is the source of `NN.raw`.
//! `UPDATE_SAMPLES=1 cargo test -p normaliser --test sources` writes the expected files anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lead::LeadSubmission;
use lead::wire;
use normaliser::{Normaliser, Outcome, Source};
use pipeline::{Headers, Reason, Record};
use serde_json::{Value, json};

use support::{NOW, configured, folder, keys, record, source_folders, stripped};

fn update() -> bool {
    std::env::var_os("UPDATE_SAMPLES").is_some()
}

fn reason(reason: &Reason) -> Value {
    json!({ "code": reason.code, "stage": reason.stage, "message": reason.message })
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Lead(lead) => {
            let mut lead = serde_json::to_value(lead).unwrap();
            for machine in ["lead_id", "content_hash", "order", "raw", "mapping", "normalised_at"] {
                lead.as_object_mut().unwrap().remove(machine).unwrap();
            }
            stripped(lead)
        }
        Outcome::NotALead(code) => json!({ "not_a_lead": code }),
        Outcome::Rejected(rejected) => json!({ "rejected": reason(rejected) }),
    }
}

/// The headers of a sample: `NN.headers.json`, if it has any.
fn headers(folder: &Path, sample: &str) -> Headers {
    let Ok(text) = std::fs::read_to_string(folder.join(format!("{sample}.headers.json"))) else {
        return Headers::default();
    };
    let headers: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
    Headers(headers.into_iter().map(|(name, value)| (name, Some(value.into_bytes()))).collect())
}

/// What a message becomes: one outcome, a list of outcomes, or the reason why it does not decode.
fn result(source: &Arc<Source>, raw: &[u8], headers: Headers) -> Value {
    let mut normaliser = Normaliser::new(Arc::clone(source), keys());
    match normaliser.normalise(&Record { headers, ..record(source, raw) }, NOW) {
        Ok(outcomes) if outcomes.len() == 1 => outcome(&outcomes[0]),
        Ok(outcomes) => outcomes.iter().map(outcome).collect(),
        Err(rejected) => json!({ "rejected": reason(&rejected) }),
    }
}

fn agrees(path: &Path, actual: &Value) {
    let now = std::fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if update() && now.as_ref() != Some(actual) {
        std::fs::write(path, format!("{actual:#}\n")).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert!(
        expected == *actual,
        "{} says otherwise; UPDATE_SAMPLES=1 writes it anew. Now:\n{actual:#}",
        path.display()
    );
}

/// The bytes of a sample; those of an Avro source follow from its submission.
fn raw(folder: &Path, sample: &str) -> Vec<u8> {
    let path = folder.join(format!("{sample}.raw"));
    let submission = folder.join(format!("{sample}.submission.json"));
    if let Ok(text) = std::fs::read_to_string(submission) {
        let submission: LeadSubmission = serde_json::from_str(&text).unwrap();
        let bytes = wire::encode(&submission).unwrap();
        if update() {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{} is not its submission", path.display());
    }
    std::fs::read(&path).unwrap()
}

fn samples(folder: &Path) -> Vec<String> {
    let mut samples: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".raw").or(name.strip_suffix(".submission.json")).map(str::to_owned)
        })
        .collect();
    samples.sort();
    samples.dedup();
    samples
}

#[test]
fn every_sample_becomes_what_its_file_says() {
    for name in source_folders() {
        let (source, folder) = (configured(&name), folder(&name));
        let samples = samples(&folder);
        assert!(
            samples.iter().any(|s| s != "bad") && samples.iter().any(|s| s == "bad"),
            "{name}: {samples:?}"
        );
        for sample in samples {
            let expected = if sample == "bad" { "error" } else { "lead" };
            let path = folder.join(format!("{sample}.{expected}.json"));
            let actual = result(&source, &raw(&folder, &sample), headers(&folder, &sample));
            assert!(
                (sample == "bad") == actual.to_string().contains("\"rejected\""),
                "{name}/{sample}: {actual:#}"
            );
            agrees(&path, &actual);
        }
    }
}

#[test]
fn a_mapping_reads_everything_that_its_samples_hold_or_says_what_not() {
    let mut faults = Vec::new();
    for name in source_folders() {
        let (source, folder) = (configured(&name), folder(&name));
        for sample in samples(&folder) {
            let value = raw(&folder, &sample);
            let message = normaliser::Preview { value, ..normaliser::Preview::default() };
            let Ok(entries) = Normaliser::new(Arc::clone(&source), keys()).preview(message, NOW) else {
                continue;
            };
            for entry in entries {
                if !matches!(entry.outcome, Outcome::Lead(_)) {
                    continue;
                }
                let unread = entry.unread;
                if !unread.is_empty() {
                    faults.push(format!("{name}/{sample}: {unread:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "samples hold what nobody reads:\n{}", faults.join("\n"));
}

#[test]
fn agencies_share_values_so_that_matches_can_be_shown() {
    let lead_of = |name: &str, sample: &str, entry: usize| {
        let source = configured(name);
        let raw = std::fs::read(folder(name).join(format!("{sample}.raw"))).unwrap();
        match Normaliser::new(Arc::clone(&source), keys()).normalise(&record(&source, &raw), NOW).unwrap()
            [entry]
            .clone()
        {
            Outcome::Lead(lead) => *lead,
            other => panic!("{other:?}"),
        }
    };
    let facts = |lead: &lead::record::Lead| lead.content.facts(&keys().facts);
    let all = lead::class::ClassSet::grantable();
    let first = facts(&lead_of("houston-tips", "01", 0));
    let held: std::collections::BTreeSet<_> = first.visible(all).collect();
    let repeat = facts(&lead_of("casa-segura", "01", 1));
    assert!(repeat.visible(all).all(|fact| held.contains(&fact)), "the second call adds nothing");
    let more = facts(&lead_of("casa-segura", "01", 0));
    assert!(more.visible(all).any(|fact| held.contains(&fact)), "the first call shares something");
    assert!(more.visible(all).any(|fact| !held.contains(&fact)), "and adds something");
}
