//! The real binary on the embedded transport, from an empty directory to partner topics, by the socket
//! of a running service and by the directory itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use support::{Running, command, json, leadshare, site};

/// The sample messages of an agency.
fn samples(site: &Path, agency: &str) -> Vec<String> {
    let folder = site.join("sources").join(agency);
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "raw"))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    files.sort();
    files
}

fn agencies(site: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(site.join("sources"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('_') && !name.contains('.'))
        .collect();
    names.sort();
    names
}

/// Submits every sample; how many messages there were.
fn submit_all(dir: &Path) -> usize {
    let site = dir.to_str().unwrap();
    let mut sent = 0;
    for agency in agencies(dir) {
        let files = samples(dir, &agency);
        let mut words = vec!["-C", site, "submit", &agency];
        words.extend(files.iter().map(String::as_str));
        sent += json(&words).len();
    }
    sent
}

/// A lead that was delivered to somebody, as its last decision says.
fn delivered_lead(site: &str) -> String {
    let decisions = json(&["-C", site, "tail", "leads.decisions.v1"]);
    let delivered = |record: &&Value| {
        let outcomes = record["value"]["outcomes"].as_array();
        outcomes.is_some_and(|all| all.iter().any(|o| o["outcome"] == "DELIVERED"))
    };
    let record = decisions.iter().find(delivered).expect("a sample is delivered to somebody");
    record["key"].as_str().unwrap().to_owned()
}

fn total(status: &Value, service: &str, counter: &str) -> u64 {
    let services = status["services"].as_array().unwrap();
    let row = services.iter().find(|row| row["service"] == service).unwrap();
    row["totals"][counter].as_u64().unwrap_or(0)
}

#[test]
fn from_an_empty_directory_to_partner_topics_and_a_clean_end() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    let service = Running::start(dir, "all");
    service.ready();
    assert_eq!(service.get("/healthz").0, 200);
    for words in [&["health"][..], &["health", "--ready"]] {
        let listen = format!("http.listen={}", service.listen);
        let asked = leadshare(&[&["-C", site, "--set", &listen], words].concat());
        assert_eq!((asked.code, asked.stdout.trim()), (0, "ok"), "{}", asked.stderr);
        assert_eq!(leadshare(&[&["-C", site, "--set", "http.listen=127.0.0.1:1"], words].concat()).code, 1);
    }

    // By the socket: the service holds the directory.
    let sent = submit_all(dir);
    let status = &json(&["-C", site, "status", "--wait", "60"])[0];
    assert_eq!(total(status, "normaliser", "messages"), sent as u64);
    assert!(total(status, "router", "disclosures") > 0, "{status}");
    assert!(status["equations"].as_array().unwrap().iter().all(|e| e["holds"] == true), "{status}");
    let lead = delivered_lead(site);
    let by_socket = &json(&["-C", site, "trace", &lead])[0];
    let tree = leadshare(&["-C", site, "trace", &lead]);
    assert_eq!(tree.code, 0, "{}", tree.stderr);
    for part in ["inbound", "normalised", "decision", "DELIVERED", "What each partner sees"] {
        assert!(tree.stdout.contains(part), "{part} is not in\n{}", tree.stdout);
    }
    assert!(tree.stdout.lines().all(|line| line.chars().count() <= 100), "\n{}", tree.stdout);
    let dead = json(&["-C", site, "dead-letters", "list"]);
    assert_eq!(dead.len() as u64, total(status, "normaliser", "dead_letters"));
    let socket = fs::metadata(dir.join("state/leadshare.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    // PL-15: metrics and log name nothing of a lead.
    let (code, metrics) = service.get("/metrics");
    assert_eq!(code, 200);
    assert!(metrics.contains("leadshare_accounting_total{counter=\"entries\""), "{metrics}");
    assert!(!metrics.contains(&lead));
    let (code, took, log) = service.stop(Signal::TERM);
    assert_eq!(code, 0, "{log}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!log.contains(&lead), "{log}");
    assert!(!dir.join("state/leadshare.sock").exists());

    // By the directory: nobody holds it, and all is as it was.
    let status_after = &json(&["-C", site, "status"])[0];
    assert_eq!(status_after, status);
    assert_eq!(&json(&["-C", site, "trace", &lead])[0], by_socket);
    assert_eq!(json(&["-C", site, "dead-letters", "list"]), dead);
}

#[test]
fn what_is_submitted_while_nothing_runs_waits_and_a_restart_changes_nothing() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    let sent = submit_all(dir) as u64;
    let status = leadshare(&["-C", site, "--output", "json", "status", "--wait", "0"]);
    assert_eq!(status.code, 1, "{}", status.stderr);
    assert!(status.stderr.contains("still waiting"), "{}", status.stderr);

    let mut last = Value::Null;
    for signal in [Signal::INT, Signal::KILL, Signal::TERM] {
        let service = Running::start(dir, "all");
        let status = json(&["-C", site, "status", "--wait", "60"]).remove(0);
        assert_eq!(total(&status, "normaliser", "messages"), sent);
        assert!(last.is_null() || last == status, "{last} {status}");
        last = status;
        let (code, ..) = service.stop(signal);
        assert_eq!(code, if signal == Signal::KILL { -1 } else { 0 });
    }
}

#[test]
fn a_dead_letter_is_redriven_only_when_told_and_counts_its_attempts() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    // Its bad message is bad as a whole.
    let agency = "tip-portal";
    let bad = dir.join("sources").join(agency).join("bad.raw");
    let service = Running::start(dir, "all");
    json(&["-C", site, "submit", agency, bad.to_str().unwrap(), "--header", "trace=abc"]);
    json(&["-C", site, "status", "--wait", "60"]);
    let dead = json(&["-C", site, "dead-letters", "list"]);
    let place = dead[0]["place"].as_str().unwrap();

    let shown = command(&["-C", site, "dead-letters", "show", place, "--bytes"]).output().unwrap();
    assert_eq!(shown.stdout, fs::read(&bad).unwrap(), "byte for byte");
    let dry = &json(&["-C", site, "dead-letters", "redrive", place])[0];
    assert_eq!(dry["sent"], false);
    assert_eq!(json(&["-C", site, "dead-letters", "list"]).len(), dead.len());

    let sent = &json(&["-C", site, "dead-letters", "redrive", place, "--yes"])[0];
    assert_eq!(sent["sent"], true);
    json(&["-C", site, "status", "--wait", "60"]);
    let again = json(&["-C", site, "dead-letters", "list"]);
    assert_eq!(again.len(), 2 * dead.len());
    assert_eq!(again[1]["attempts"], 1);
    assert_eq!(
        again[1]["reason"], dead[0]["reason"],
        "the redrive is authentic, and the bytes are still bad"
    );
    assert_eq!(again[1]["order"], dead[0]["order"], "PL-5");

    let place = again[1]["place"].as_str().unwrap();
    let tired = &json(&["-C", site, "dead-letters", "redrive", place, "--yes", "--max-attempts", "1"])[0];
    assert_eq!(tired["sent"], false);
    service.stop(Signal::TERM);
}

#[test]
fn a_second_service_on_the_directory_is_refused() {
    let temporary = site();
    let service = Running::start(temporary.path(), "all");
    let site = temporary.path().to_str().unwrap();
    let second = leadshare(&["-C", site, "--set", "http.listen=127.0.0.1:0", "run", "router"]);
    assert_eq!(second.code, 75, "{}", second.stderr);
    assert!(second.stderr.contains("in use by another process"), "{}", second.stderr);
    service.stop(Signal::TERM);
}

#[test]
fn the_demo_ends_well() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("demo");
    let said = leadshare(&["demo", "--site", dir.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    for part in [
        "What came in",
        "Who got what, and why",
        "One lead",
        "as two partners read it",
        "Dead letters",
        "recall by duty-desk",
        "DESTROYED",
        "RETAINED",
        "Accounting",
        "✓",
    ] {
        assert!(said.stdout.contains(part), "{part} is not in\n{}", said.stdout);
    }
    assert!(!said.stdout.contains('✗'), "{}", said.stdout);
    let wide: Vec<_> = said.stdout.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "{wide:?}");
    for picture in ["report.html", "flow.svg"] {
        assert!(
            fs::read_to_string(dir.join(picture)).unwrap().contains("us-field-office-houston"),
            "{picture}"
        );
    }
    // A second demo replaces the first.
    assert_eq!(leadshare(&["demo", "--site", dir.to_str().unwrap()]).code, 0);
}
