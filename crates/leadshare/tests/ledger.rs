//! What the ledger tells, and what other policies make of it: by the real binary, on the embedded log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Running, json, leadshare, site, succeeds};

const LEAD: &str = "houston-tips/HT-2026-0101";
const OFFICE: &str = "us-field-office-laredo";
const NO_OFFICE: &str = r#"
@id("no-office") @reason("the office is being moved")
forbid (principal == Partner::"us-field-office-laredo", action == Action::"receive", resource);
"#;
const SHELTERS_SEE_ALL: &str = r#"
@id("shelters-receive") @reason("a slip")
permit (principal, action in [Action::"receive", Action::"view_victim", Action::"view_witness"], resource)
when { principal.kind == Kind::"ngo_shelter" || principal.kind == Kind::"fiu" };
"#;

/// The same of what people read.
fn told(words: &[&str]) -> String {
    let said = succeeds(words);
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    said
}

fn kinds(site: &str, partner: &str) -> Vec<Value> {
    let topic = format!("leads.domestic.{partner}.v1");
    json(&["-C", site, "tail", &topic]).into_iter().map(|mut r| r["value"]["message_kind"].take()).collect()
}

/// A copy of a folder of policies with one file more.
fn policies_and(from: &Path, to: &Path, more: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    fs::write(to.join("more.cedar"), more).unwrap();
}

/// Sabotage: let `apply` send words for nobody, or let `policy diff` end well whatever is exposed.
#[test]
fn what_was_decided_is_explained_compared_and_decided_again() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    succeeds(&["-C", site, "officer", "new", "desk", "--may", "apply"]);
    let service = Running::start(dir, "all");
    service.ready();
    let sample = dir.join("sources/houston-tips/01.raw");
    let settle = || told(&["-C", site, "status", "--wait", "60"]);
    told(&["-C", site, "submit", "houston-tips", sample.to_str().unwrap()]);
    settle();

    let why = told(&["-C", site, "explain", LEAD, OFFICE]);
    for part in ["delivered REPORT, revision 1", "[home-police]", "shows: general", "cause LEAD"] {
        assert!(why.contains(part), "{part} is not in\n{why}");
    }
    let nothing = told(&["-C", site, "explain", LEAD, "us-fiu"]);
    assert!(nothing.contains("no policy permits it"), "{nothing}");
    assert_eq!(leadshare(&["-C", site, "explain", LEAD, "nobody"]).code, 1);

    let report = told(&["-C", site, "ledger", "report", "--partner", OFFICE]);
    assert!(report.contains("REPORT 1") && report.contains("1 outcomes, 1 messages"), "{report}");
    let future = ["-C", site, "ledger", "report", "--partner", OFFICE, "--from", "2100-01-01"];
    assert!(told(&future).contains("nothing was decided"));
    let all = &json(&["-C", site, "ledger", "report", "--lead", LEAD, "--all"])[0];
    assert!(all["outcomes"].as_array().unwrap().len() > 10);

    let counted = told(&["-C", site, "ledger", "statistics"]);
    let again = counted.lines().last().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(told(&["-C", site, "ledger", "statistics", "--up-to", &again]), counted, "{again}");
    assert!(counted.contains('*') && counted.contains("FY"), "one lead is few: {counted}");

    let now = dir.join("policies");
    let (less, more) = (dir.join("less"), dir.join("more"));
    policies_and(&now, &less, NO_OFFICE);
    policies_and(&now, &more, SHELTERS_SEE_ALL);
    let diff =
        |to: &Path| leadshare(&["-C", site, "policy", "diff", now.to_str().unwrap(), to.to_str().unwrap()]);
    let (same, fewer, exposing) = (diff(&now), diff(&less), diff(&more));
    assert_eq!((same.code, fewer.code, exposing.code), (0, 0, 1), "{}", exposing.stdout);
    assert!(same.stdout.contains("0 leads would differ"), "{}", same.stdout);
    assert!(fewer.stdout.contains("no longer receives the lead"), "{}", fewer.stdout);
    assert!(exposing.stderr.contains("victim to us-fiu"), "{}", exposing.stderr);

    // The policy is in force from the next start on, and counts for what partners hold when an officer says so.
    drop(service);
    fs::write(now.join("more.cedar"), NO_OFFICE).unwrap();
    let police = dir.join("partners/us-state-police-texas/partner.toml");
    fs::write(&police, format!("# Another file.\n{}", fs::read_to_string(&police).unwrap())).unwrap();
    let service = Running::start(dir, "all");
    service.ready();
    let by = ["--reason", "office-moves", "--officer", "desk"];
    // What one partner answers is no decision on the others.
    let topic = "leads.domestic.us-state-police-texas.v1";
    let held = json(&["-C", site, "tail", topic]).pop().unwrap();
    let answer = dir.join("answer.json");
    fs::write(&answer, format!(r#"{{"reference":{},"answer":"RECEIVED"}}"#, held["value"]["reference"]))
        .unwrap();
    succeeds(&["-C", site, "partner", "answer", "us-state-police-texas", answer.to_str().unwrap()]);
    settle();
    let partners = [&["-C", site, "partner", "apply", "--dry-run"], by.as_slice()].concat();
    assert!(told(&partners).contains("1 of 1 leads"));
    let apply = |more: &[&str]| told(&[&["-C", site, "policy", "apply"], by.as_slice(), more].concat());
    assert!(apply(&["--dry-run"]).contains("1 of 1 leads would be decided again"));
    assert_eq!(kinds(site, OFFICE), ["REPORT"]);
    apply(&[]);
    settle();
    assert_eq!(kinds(site, OFFICE), ["REPORT", "CANCEL"]);
    let why = told(&["-C", site, "explain", LEAD, OFFICE]);
    assert!(why.contains("the office is being moved [no-office]") && why.contains("cause POLICY"), "{why}");
    assert!(apply(&[]).contains("0 of 1 leads") && told(&partners).contains("0 of 1 leads"));
    // Much was decided since; of what was there before, the digits are the same.
    assert_eq!(told(&["-C", site, "ledger", "statistics", "--up-to", &again]), counted);
    assert_ne!(told(&["-C", site, "ledger", "statistics"]), counted);
    let verified = &json(&["-C", site, "ledger", "verify"])[0];
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0);
}
