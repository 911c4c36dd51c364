//! A release that waits for an officer, goes out, is taken back and answered: by the real binary, on the embedded log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Running, json, leadshare, site, succeeds};

const LEAD: &str = "houston-tips/HT-2026-0101";

fn copies(site: &str, topic: &str) -> Vec<Value> {
    json(&["-C", site, "tail", topic]).into_iter().map(|mut record| record["value"].take()).collect()
}

/// Sabotage: let the router take no approval, send the Cancel of a recall to nobody, or look at no signature in
/// `ledger verify`.
#[test]
fn a_release_is_approved_recalled_answered_and_proved() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    // Every release to a field office needs an officer here.
    let policy = r#"
@id("office-needs-a-person") @reason("an officer reads what goes to a field office")
forbid (principal, action == Action::"release_without_approval", resource)
when { principal.kind == Kind::"field_office" };
"#;
    fs::write(dir.join("policies/site.cedar"), policy).unwrap();
    succeeds(&["-C", site, "officer", "new", "desk", "--may", "approve,recall"]);

    let service = Running::start(dir, "all");
    service.ready();
    let sample = dir.join("sources/houston-tips/01.raw");
    let settle = || succeeds(&["-C", site, "status", "--wait", "60"]);
    succeeds(&["-C", site, "submit", "houston-tips", sample.to_str().unwrap()]);
    settle();
    let held = json(&["-C", site, "held"])[0]["held"].as_array().unwrap().clone();
    let office = "us-field-office-laredo";
    assert!(held.iter().any(|release| release["partner"] == office), "{held:?}");
    let topic = format!("leads.domestic.{office}.v1");
    assert_eq!(copies(site, &topic).len(), 0);

    let says = |words: &[&str]| {
        let by = ["--reason", "checked", "--officer", "desk"];
        succeeds(&[&["-C", site], words, by.as_slice()].concat());
        settle();
    };
    says(&["approve", LEAD, office]);
    let received = copies(site, &topic);
    assert_eq!(received[0]["message_kind"], "REPORT");
    let kept = dir.join("kept.json");

    says(&["recall", "order", LEAD]);
    let cancel = copies(site, &topic).pop().unwrap();
    assert_eq!((&cancel["message_kind"], &cancel["cancel_reason"]), (&"CANCEL".into(), &"RECALLED".into()));
    let answer = dir.join("answer.json");
    let reference = cancel["reference"].as_str().unwrap();
    fs::write(&answer, format!(r#"{{"reference":"{reference}","answer":"DESTROYED"}}"#)).unwrap();
    succeeds(&["-C", site, "partner", "answer", office, answer.to_str().unwrap()]);
    settle();
    let status = &json(&["-C", site, "recall", "status", LEAD])[0];
    let of_office = status["partners"].as_array().unwrap().iter().find(|p| p["partner"] == office).unwrap();
    assert_eq!((&of_office["holds"], &of_office["answer"]), (&false.into(), &"DESTROYED".into()));
    let certificate = succeeds(&["-C", site, "recall", "certificate", LEAD]);
    for part in ["REPORT 1", "CANCEL 2", "DESTROYED", "approval by desk", "recall by desk"] {
        assert!(certificate.contains(part), "{part} is not in\n{certificate}");
    }
    assert!(certificate.lines().all(|line| line.chars().count() <= 100), "{certificate}");

    let verified = &json(&["-C", site, "ledger", "verify"])[0];
    assert!(verified["decisions"].as_u64().unwrap() > 3 && verified["deliveries"].as_u64().unwrap() > 1);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0);
    // A checkpoint of another site, or of another history, is a fault.
    let forged = r#"[{"chain":0,"sequence":1,"head":"00","at":0,"signature":"00"}]"#;
    fs::write(&kept, forged).unwrap();
    let said = leadshare(&["-C", site, "ledger", "verify", "--against", kept.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    assert!(said.stdout.contains("not signed by this site"), "{}", said.stdout);
}

/// The Cancel of a report that has not come yet stands in a matter of its own; the report may have its home in another. A recall
/// goes to where the lead lives.
///
/// Sabotage: send a recall to the matter of the last decision by chain and place.
#[test]
fn what_was_cancelled_before_it_came_is_recalled_where_it_lives() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    // Ids follow from it, and from them the partitions.
    fs::write(dir.join("secrets/master.key"), "04".repeat(32)).unwrap();
    succeeds(&["-C", site, "officer", "new", "desk", "--may", "recall"]);
    let service = Running::start(dir, "all");
    service.ready();
    let settle = || succeeds(&["-C", site, "status", "--wait", "60"]);
    let sample = fs::read_to_string(dir.join("sources/houston-tips/01.raw")).unwrap();
    let submit = |number: &str, status: &str| {
        let other = sample.replace("HT-2026-0101", number).replace("white van", &format!("van of {number}"));
        let file = dir.join(format!("{number}.{status}"));
        fs::write(&file, other.replace(r#""status": "new""#, &format!(r#""status": "{status}""#))).unwrap();
        succeeds(&["-C", site, "submit", "houston-tips", file.to_str().unwrap()]);
        settle();
    };
    submit("HT-2026-0101", "new");
    let numbers: Vec<String> = (1..=3).map(|n| format!("HT-2026-020{n}")).collect();
    for number in &numbers {
        submit(number, "withdrawn");
        let lead = format!("houston-tips/{number}");
        let nothing =
            leadshare(&["-C", site, "recall", "order", &lead, "--reason", "wrong", "--officer", "desk"]);
        assert_eq!(nothing.code, 1, "{}", nothing.stdout);
        assert!(nothing.stderr.contains("there is nothing to take back"), "{}", nothing.stderr);
        submit(number, "new");
    }
    for number in &numbers {
        let lead = format!("houston-tips/{number}");
        let holds = || {
            let partners = json(&["-C", site, "recall", "status", &lead])[0]["partners"].take();
            partners.as_array().unwrap().iter().filter(|partner| partner["holds"] == true).count()
        };
        assert!(holds() > 0, "nobody received {lead}");
        succeeds(&["-C", site, "recall", "order", &lead, "--reason", "wrong", "--officer", "desk"]);
        settle();
        assert_eq!(holds(), 0, "{lead} is recalled");
    }
}
