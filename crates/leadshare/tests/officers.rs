//! Officers, by the real binary: keys, words on leads, and what becomes of a word with a wrong key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json as object};
use support::{Running, json, leadshare, site, succeeds};

/// Two leads that nobody would take for one.
const LEADS: [&str; 2] = ["00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"];

/// Runs a command and holds that it fails with this code, saying each of these.
#[track_caller]
fn check_refusal(words: &[&str], code: i32, says: &[&str]) {
    let said = leadshare(words);
    assert_eq!(said.code, code, "{words:?}: {}{}", said.stdout, said.stderr);
    for part in says {
        assert!(said.stderr.contains(part), "{words:?} does not say `{part}`:\n{}", said.stderr);
    }
}

/// The words of a decision on two leads.
fn word<'a>(site: &'a str, what: &'a str, leads: [&'a str; 2], officer: &'a str) -> Vec<&'a str> {
    vec!["-C", site, "match", what, leads[0], leads[1], "--reason", "same-vehicle", "--officer", officer]
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn values(site: &str, topic: &str) -> Vec<Value> {
    json(&["-C", site, "tail", topic]).into_iter().map(|mut record| record["value"].take()).collect()
}

/// What was said on leads.matters.v1 of leads that stand elsewhere now.
fn regroupings(site: &str) -> Vec<Value> {
    let events = values(site, "leads.matters.v1");
    events.into_iter().filter_map(|mut event| Some(event.get_mut("Regrouping")?.take())).collect()
}

/// Sabotage: write the secret with mode 0644, overwrite one that is there, or put it beside the public key.
#[test]
fn a_new_officer_has_a_secret_that_only_one_can_read_and_nobody_overwrites() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    assert!(succeeds(&["-C", site, "officer", "list"]).contains("no officers"));
    assert!(succeeds(&["-C", site, "officer", "new", "match-desk"]).contains("start the gate again"));
    let (public, secret) =
        (dir.join("officers/match-desk.toml"), dir.join("secrets/officers/match-desk.key"));
    assert_eq!((mode(&secret), mode(secret.parent().unwrap())), (0o600, 0o700));
    let key = fs::read_to_string(&secret).unwrap();
    assert!(
        !fs::read_to_string(&public).unwrap().contains(key.trim()),
        "the secret is not in the public file"
    );

    check_refusal(&["-C", site, "officer", "new", "match-desk"], 64, &["match-desk.toml", "there already"]);
    fs::remove_file(&public).unwrap();
    check_refusal(&["-C", site, "officer", "new", "match-desk"], 64, &["match-desk.key", "--key-file"]);
    assert_eq!(fs::read_to_string(&secret).unwrap(), key, "the secret stays");
    assert!(!public.exists(), "no public key without its secret");
    check_refusal(&["-C", site, "officer", "new", "No_Name"], 64, &["lower-case letters"]);

    let elsewhere = dir.join("medium.key");
    let elsewhere_text = elsewhere.to_str().unwrap();
    let made = json(&["-C", site, "officer", "new", "match-desk", "--key-file", elsewhere_text]);
    assert_eq!(mode(&elsewhere), 0o600);
    let listed = &json(&["-C", site, "officer", "list"])[0];
    assert_eq!(listed["public_key"], made[0]["public_key"]);
    assert_eq!((&listed["officer"], &listed["key"]), (&object!("match-desk"), &object!("valid")));
    let checked = &json(&["-C", site, "check"])[0];
    assert_eq!(checked["checked"]["officers"], 1, "{checked}");

    // A copy of the site has its officers, and none of its secrets.
    let copy = dir.join("copy");
    succeeds(&["init", copy.to_str().unwrap(), "--from", site]);
    assert!(copy.join("officers/match-desk.toml").exists());
    assert!(!copy.join("secrets/officers").exists());
}

/// Sabotage: leave the officers out of `Definitions::collect`.
#[test]
fn faults_of_officers_are_found_by_the_check() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    succeeds(&["-C", site, "officer", "new", "a"]);
    let file = fs::read_to_string(dir.join("officers/a.toml")).unwrap();
    fs::write(dir.join("officers/b.toml"), file.replace("match\"]", "release\"]")).unwrap();
    fs::write(dir.join("officers/c.toml"), "key = 1\n").unwrap();
    fs::copy(dir.join("secrets/officers/a.key"), dir.join("officers/a.key")).unwrap();
    let said = leadshare(&["-C", site, "check"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    for part in
        ["officers/b.toml", "expected one of `match`", "officers/c.toml", "a secret key does not belong here"]
    {
        assert!(said.stdout.contains(part), "{part} is not in\n{}", said.stdout);
    }
    check_refusal(&["-C", site, "run"], 64, &["leadshare check", "officers/b.toml"]);
    for wrong in ["b.toml", "c.toml", "a.key"] {
        fs::remove_file(dir.join("officers").join(wrong)).unwrap();
    }
    fs::write(dir.join("officers/b.toml"), file).unwrap();
    check_refusal(&["-C", site, "officer", "list"], 64, &["`a` and `b` have the same key"]);
}

/// An officer hears at once what the gate would refuse, and nothing is sent.
///
/// Sabotage: send without `examine`.
#[test]
fn a_word_that_would_not_pass_is_not_sent() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    check_refusal(&word(site, "confirm", LEADS, "desk"), 64, &["no officer `desk`", "there are: none"]);
    succeeds(&["-C", site, "officer", "new", "desk"]);
    succeeds(&["-C", site, "officer", "new", "other"]);
    let desk = word(site, "confirm", LEADS, "desk");
    check_refusal(&word(site, "confirm", LEADS, "nobody"), 64, &["there are: desk, other"]);
    check_refusal(&word(site, "confirm", [LEADS[0], LEADS[0]], "desk"), 64, &["same_lead"]);
    check_refusal(&word(site, "confirm", ["x", LEADS[0]], "desk"), 64, &["AGENCY/REPORT-NUMBER"]);
    let with = |changed: &[(&str, &str)]| -> Vec<String> {
        let new = |text: &&str| {
            changed.iter().find(|(old, _)| old == text).map_or(*text, |(_, new)| new).to_owned()
        };
        desk.iter().map(new).collect()
    };
    let reason = with(&[("same-vehicle", "Jane Doe drove it")]);
    let reason: Vec<&str> = reason.iter().map(String::as_str).collect();
    check_refusal(&reason, 64, &["reason_not_a_code"]);
    check_refusal(&[&desk[..], &["--domain", "system"]].concat(), 64, &["actual", "exercise", "test"]);
    let others = dir.join("secrets/officers/other.key");
    check_refusal(&[&desk[..], &["--key-file", others.to_str().unwrap()]].concat(), 64, &["bad_signature"]);
    check_refusal(&[&desk[..], &["--key-file", "absent.key"]].concat(), 64, &["absent.key", "officer new"]);

    let (file, secret) = (dir.join("officers/desk.toml"), dir.join("secrets/officers/desk.key"));
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("[\"match\"]", "[]")).unwrap();
    check_refusal(&desk, 64, &["not_authorised", "`may`"]);
    fs::write(&file, format!("{good}until = 2026-01-01\n")).unwrap();
    check_refusal(&desk, 64, &["expired", "`until`"]);
    fs::write(&file, format!("{good}from = 2999-01-01\n")).unwrap();
    check_refusal(&desk, 64, &["not_yet_valid"]);
    fs::write(&file, &good).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o640)).unwrap();
    check_refusal(&desk, 64, &["chmod 600"]);
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();

    check_refusal(&["-C", site, "tail", "leads.officers.v1"], 1, &["no topic"]);
    succeeds(&desk);
    assert_eq!(values(site, "leads.officers.v1").len(), 1);
}

/// Two leads of different matters: an officer puts them together, and takes them apart again. Each is told to everybody
/// downstream, the books hold, and neither log nor metrics name a lead (PL-15).
///
/// Sabotage: let the gate sign in nobody (`Officers::default()` in services.rs), or send SAME for `unlink`.
#[test]
fn an_officers_word_joins_two_leads_and_parts_them_again() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    succeeds(&["-C", site, "officer", "new", "match-desk"]);
    let service = Running::start(dir, "all");
    service.ready();
    for agency in ["houston-tips", "fiscalia-mx"] {
        let sample = dir.join("sources").join(agency).join("01.raw");
        succeeds(&["-C", site, "submit", agency, sample.to_str().unwrap()]);
    }
    succeeds(&["-C", site, "status", "--wait", "60"]);
    let matters = values(site, "leads.matters.v1");
    let leads: Vec<&Value> = matters.iter().filter_map(|event| event.get("AssessedLead")).collect();
    let [a, b] = leads[..] else { panic!("two leads, not {leads:?}") };
    assert_ne!(a["cluster_id"], b["cluster_id"], "two matters");
    let id = |lead: &Value| lead["lead"]["lead_id"].as_str().unwrap().to_owned();
    let (first, second) = (id(a), id(b));
    let by_number = format!(
        "{}/{}",
        a["lead"]["agency"].as_str().unwrap(),
        a["lead"]["report_number"].as_str().expect("the sample has a number")
    );

    let said = &json(&word(site, "confirm", [&by_number, &second], "match-desk"))[0];
    assert_eq!((&said["first"], &said["second"]), (&object!(first), &object!(second)));
    succeeds(&["-C", site, "status", "--wait", "60"]);
    let joined = regroupings(site);
    assert_eq!(joined.len(), 1, "{joined:?}");
    assert_eq!(joined[0]["officer"], "match-desk");
    let moved = joined[0]["leads"][0].as_str().unwrap().to_owned();
    let (stays, goes) = if moved == first { (b, a) } else { (a, b) };
    assert_eq!(joined[0]["cluster_id"], stays["cluster_id"], "in one cluster now");
    assert_eq!(joined[0]["matter_id"], goes["matter_id"], "told to the home of the one that moved");

    // What was signed is what was appended.
    let officers = values(site, "leads.officers.v1");
    let normalised = values(site, "leads.normalised.v1");
    assert_eq!(
        normalised.iter().filter(|value| value.get("judgement").is_some()).collect::<Vec<_>>(),
        [&officers[0]]
    );

    let human = succeeds(&word(site, "unlink", [&second, &first], "match-desk"));
    assert!(human.contains("are of different matters (same-vehicle)"), "{human}");
    let status = &json(&["-C", site, "status", "--wait", "60"])[0];
    assert!(status["equations"].as_array().unwrap().iter().all(|e| e["holds"] == true), "{status}");
    let parted = regroupings(site);
    assert_eq!(parted.len(), 2, "{parted:?}");
    assert_eq!(parted[1]["leads"], joined[0]["leads"]);
    assert_eq!(parted[1]["cluster_id"], goes["cluster_id"], "where it stood before");

    let (_, metrics) = service.get("/metrics");
    for series in
        [r#"outcome="SAME""#, r#"outcome="DIFFERENT""#, r#"reason="bad_signature",service="gate"} 0"#]
    {
        assert!(metrics.contains(series), "{series} is not in\n{metrics}");
    }
    let (code, _, log) = service.stop(Signal::TERM);
    assert_eq!(code, 0, "{log}");
    for private in [&first, &second] {
        assert!(!metrics.contains(private.as_str()) && !log.contains(private.as_str()), "{log}");
    }
}

/// A lead is kept for two orders, and one is lifted: the list says for which it is still kept.
///
/// Sabotage: grant `hold` with `match`; list a hold that was lifted; lift what is not held; or say nothing to who keeps a lead that
/// is not here.
#[test]
fn an_officer_keeps_a_lead_beyond_its_time() {
    const LEAD: &str = "houston-tips/HT-2026-0101";
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    succeeds(&["-C", site, "officer", "new", "desk", "--may", "hold"]);
    succeeds(&["-C", site, "officer", "new", "other"]);
    let service = Running::start(dir, "all");
    service.ready();
    let sample = dir.join("sources/houston-tips/01.raw");
    succeeds(&["-C", site, "submit", "houston-tips", sample.to_str().unwrap()]);
    fn says<'a>(site: &'a str, what: &'a str, reason: &'a str, by: &'a str) -> Vec<&'a str> {
        vec!["-C", site, "legal-hold", what, LEAD, "--reason", reason, "--officer", by]
    }
    check_refusal(&says(site, "place", "order-1", "other"), 64, &["not_authorised"]);
    check_refusal(&says(site, "lift", "order-1", "desk"), 64, &["is not held for `order-1`"]);
    assert!(succeeds(&["-C", site, "legal-hold", "list"]).contains("no lead is held"));
    succeeds(&["-C", site, "status", "--wait", "60"]);
    for (lead, is_here) in [(LEAD, true), ("houston-tips/HT-2026-9999", false)] {
        let words = says(site, "place", "order-0", "desk").into_iter();
        let words: Vec<&str> = words.map(|word| if word == LEAD { lead } else { word }).collect();
        let said = succeeds(&words);
        assert_eq!(said.contains("careful: nothing is here of it"), !is_here, "{said}");
    }
    succeeds(&says(site, "lift", "order-0", "desk"));
    for (what, reason) in [("place", "order-1"), ("place", "order-2"), ("lift", "order-1")] {
        let said = succeeds(&says(site, what, reason, "desk"));
        assert!(said.contains(reason) && said.contains("when the gate and the deduplicator"), "{said}");
        succeeds(&["-C", site, "status", "--wait", "60"]);
    }
    let listed = &json(&["-C", site, "legal-hold", "list"])[0]["legal_holds"];
    let listed: BTreeSet<&str> =
        listed.as_array().unwrap().iter().map(|hold| hold["reason"].as_str().unwrap()).collect();
    assert_eq!(listed, ["order-0", "order-2"].into(), "the first one is of a lead that may come");
    let table = succeeds(&["-C", site, "legal-hold", "list"]);
    assert!(table.contains("ACTUAL") && table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert_eq!(service.stop(Signal::TERM).0, 0);
}

/// The gate knows the key that was there when it started. A word with another goes to its dead letters and nowhere else, and
/// passes by a redrive once the gate has read the new file.
///
/// Sabotage: let `PublicKey::verifies` say yes.
#[test]
fn a_word_with_another_key_is_a_dead_letter_of_the_gate() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    succeeds(&["-C", site, "officer", "new", "desk"]);
    let service = Running::start(dir, "all");
    fs::remove_file(dir.join("officers/desk.toml")).unwrap();
    fs::remove_file(dir.join("secrets/officers/desk.key")).unwrap();
    succeeds(&["-C", site, "officer", "new", "desk"]);
    succeeds(&word(site, "confirm", LEADS, "desk"));
    succeeds(&["-C", site, "status", "--wait", "60"]);
    let dead = json(&["-C", site, "dead-letters", "list", "--service", "gate"]);
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["reason"], "bad_signature");
    assert_eq!(values(site, "leads.normalised.v1").len(), 0, "nothing was let in");
    let place = dead[0]["place"].as_str().unwrap();
    let shown = &json(&["-C", site, "dead-letters", "show", place])[0];
    assert_eq!(shown["record"]["value"], values(site, "leads.officers.v1")[0], "the original");
    assert_eq!(service.stop(Signal::TERM).0, 0);

    let service = Running::start(dir, "all");
    assert_eq!(json(&["-C", site, "dead-letters", "redrive", place, "--yes"])[0]["sent"], true);
    let status = &json(&["-C", site, "status", "--wait", "60"])[0];
    assert!(status["equations"].as_array().unwrap().iter().all(|e| e["holds"] == true), "{status}");
    assert_eq!(values(site, "leads.normalised.v1").len(), 1);
    assert_eq!(json(&["-C", site, "dead-letters", "list", "--service", "gate"]).len(), 1, "no second one");
    assert_eq!(service.stop(Signal::TERM).0, 0);
}
