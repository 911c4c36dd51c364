//! The cases of config/policies/cases: what each policy decides, and what it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use release::case::{Cases, Expected, run_all};

#[test]
fn every_policy_has_cases_and_they_hold() {
    let folder = std::fs::read_dir(site::config("policies/cases")).unwrap();
    let mut files: Vec<(String, Cases)> = folder
        .map(|entry| {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let cases = Cases::parse(&file, &site::read(&format!("policies/cases/{file}"))).unwrap();
            (file.trim_end_matches(".json").to_owned(), cases)
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let faults = run_all(&files, &site::site());
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "\n{}", texts.join("\n"));
}

/// Removing any one hard stop turns a case red: none is there for show.
#[test]
fn no_hard_stop_can_go_unnoticed() {
    let all = site::policies();
    for id in all.ids().filter(|id| all.is_hard_stop(id).unwrap()) {
        let mut files = site::policy_files();
        for (_, text) in &mut files {
            if let Some(at) = text.find(&format!("@id(\"{id}\")")) {
                let end = text[at..].find(";\n").unwrap() + at + 2;
                text.replace_range(at..end, "");
            }
        }
        let without = release::Policies::parse(&site::schema(), &files).unwrap();
        let release = site::site_with(without);
        let cases = Cases::parse(id, &site::read(&format!("policies/cases/{id}.json"))).unwrap();
        // A hard stop against receiving must be the only one in some case, so that it alone holds.
        let red = cases.0.iter().any(|case| match (case.run(id, &release), case.outcome) {
            (Ok(_), _) => false,
            (Err(fault), Expected::Deny) => !fault.to_string().contains("policies say Deny"),
            (Err(_), Expected::Permit | Expected::Hold) => true,
        });
        assert!(red, "no case notices that `{id}` is gone");
    }
}

/// A policy officer reads a policy aloud: a comment says what it is for.
#[test]
fn every_policy_has_a_comment() {
    for (file, text) in site::policy_files() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("@id(")) {
            assert!(lines[number - 1].starts_with("// "), "{file}: line {} has no comment above", number + 1);
        }
    }
}

fn case(json: serde_json::Value) -> Result<Vec<String>, String> {
    let cases = Cases::parse("x.json", &serde_json::json!([json]).to_string()).map_err(|e| e.to_string())?;
    cases.0[0].run("x.json", &site::site()).map_err(|e| e.to_string())
}

/// A case that states what cannot be would hold by accident.
#[test]
fn a_case_that_is_wrong_is_refused() {
    let cases = [
        (serde_json::json!({ "lead": { "v1376": true } }), "no fact is named `v1376`"),
        (serde_json::json!({ "facts": { "state": "ACTIV" } }), "ACTIV"),
        (serde_json::json!({ "facts": { "named": "yes" } }), "boolean"),
        (serde_json::json!({ "partner": "mx-fiscal" }), "no partner `mx-fiscal`"),
        (serde_json::json!({ "partner": { "kind": "police" } }), "police"),
        (serde_json::json!({ "polices": [] }), "polices"),
        (serde_json::json!({ "outcome": "PERMIT" }), "policies say Deny"),
        (serde_json::json!({ "policies": ["no-ngo"] }), "expected Deny by [no-ngo]"),
        // A denial names every policy that forbids, no more and no fewer.
        (serde_json::json!({ "policies": ["no-agreement"] }), "category-not-covered"),
    ];
    for (over, says) in cases {
        let mut json = serde_json::json!({ "title": "t", "partner": "mx-fiscalia", "outcome": "DENY" });
        site::merge(&mut json, &over);
        let error = case(json).unwrap_err();
        assert!(error.contains(says), "expected `{says}` in: {error}");
    }
}

#[test]
fn a_policy_without_cases_is_named() {
    let faults = run_all(&[], &site::site());
    assert!(faults.iter().any(|fault| fault.to_string().contains("`no-agreement`")), "{faults:?}");
    let stray = Cases::parse("stray.json", "[]").unwrap();
    let faults = run_all(&[("stray".to_owned(), stray)], &site::site());
    assert!(faults.iter().any(|fault| fault.to_string().contains("named after no policy")));
}
