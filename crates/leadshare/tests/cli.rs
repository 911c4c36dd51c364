//! The command line: help texts as they are, and what each wrong input says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use support::{Output, leadshare, site};

#[test]
fn help_texts() {
    let commands: [&[&str]; 30] = [
        &[],
        &["run"],
        &["health"],
        &["init"],
        &["check"],
        &["topics"],
        &["topics", "apply"],
        &["topics", "list"],
        &["source"],
        &["source", "new"],
        &["source", "try"],
        &["partner"],
        &["partner", "new"],
        &["partner", "list"],
        &["policy"],
        &["policy", "list"],
        &["policy", "prove"],
        &["officer"],
        &["officer", "new"],
        &["officer", "list"],
        &["match"],
        &["match", "confirm"],
        &["submit"],
        &["tail"],
        &["trace"],
        &["dead-letters"],
        &["dead-letters", "list"],
        &["dead-letters", "redrive"],
        &["status"],
        &["demo"],
    ];
    let mut all = String::new();
    for command in commands {
        let said = leadshare(&[command, &["--help"]].concat());
        assert_eq!(said.code, 0, "{command:?}");
        // The options that every command has stand once.
        let text = match (command, said.stdout.split_once("\nEverywhere:\n")) {
            ([_, ..], Some((own, rest))) => {
                let examples =
                    rest.split_once("\nExample").map_or(String::new(), |(_, e)| format!("\nExample{e}"));
                format!("{own}{examples}")
            }
            _ => said.stdout,
        };
        all += &format!("$ leadshare {} --help\n{text}\n", command.join(" "));
    }
    insta::assert_snapshot!(all);
}

/// Runs a command and holds that it fails with this code, on stderr alone, saying each of these.
fn check_refusal(words: &[&str], code: i32, says: &[&str]) {
    let Output { code: actual, stdout, stderr } = leadshare(words);
    assert_eq!(actual, code, "{words:?}: {stdout}{stderr}");
    for part in says {
        assert!(stderr.contains(part), "{words:?} does not say `{part}`:\n{stderr}");
    }
}

#[test]
fn wrong_words_are_usage_errors_that_name_what_is_expected() {
    check_refusal(&[], 64, &["Usage: leadshare"]);
    check_refusal(&["rum"], 64, &["run"]);
    check_refusal(&["run", "normalizer"], 64, &["normaliser", "gate", "deduplicator", "router", "all"]);
    check_refusal(&["submit"], 64, &["<AGENCY>", "<FILES>"]);
    check_refusal(&["--output", "yaml", "status"], 64, &["human", "json"]);
    check_refusal(&["--log", "=,", "status"], 64, &["expected a level"]);
}

#[test]
fn a_directory_without_a_site_says_how_to_make_one() {
    let empty = tempfile::tempdir().unwrap();
    let dir = empty.path().to_str().unwrap();
    for command in [&["check"][..], &["status"], &["run"], &["topics", "list"], &["dead-letters", "list"]] {
        let words = [&["-C", dir], command].concat();
        check_refusal(&words, 64, &["leadshare.toml", "leadshare init DIR"]);
    }
}

#[test]
fn faults_of_the_configuration_are_named_by_place_and_all_at_once() {
    let site = site();
    let dir = site.path();
    let name = dir.to_str().unwrap();
    assert_eq!(leadshare(&["-C", name, "check"]).code, 0, "{}", leadshare(&["-C", name, "check"]).stdout);

    fs::write(dir.join("matching.toml"), "nothing = 1\n").unwrap();
    fs::create_dir(dir.join("sources/Bad_Name")).unwrap();
    fs::write(dir.join("sources/Bad_Name/source.toml"), "format = \n").unwrap();
    fs::create_dir(dir.join("partners/broken")).unwrap();
    fs::write(dir.join("partners/broken/partner.toml"), "name = 1\n").unwrap();
    let said = leadshare(&["-C", name, "check"]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    for part in ["matching.toml", "Bad_Name", "partners/broken/partner.toml", "nothing"] {
        assert!(said.stdout.contains(part), "{part} is not in\n{}", said.stdout);
    }
    let json = leadshare(&["-C", name, "check", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(json["faults"].as_array().unwrap().len() >= 3, "{json}");
    check_refusal(&["-C", name, "run"], 64, &["leadshare check", "matching.toml"]);

    fs::write(dir.join("leadshare.toml"), "home_country = \"US\"\n\ntrasport = \"kafka\"\n").unwrap();
    check_refusal(&["-C", name, "check"], 64, &["line 3", "trasport"]);
}

#[test]
fn a_sample_that_became_something_else_is_a_fault_without_its_values() {
    let site = site();
    let dir = site.path();
    let name = dir.to_str().unwrap();
    let folder = fs::read_dir(dir.join("sources")).unwrap().map(|e| e.unwrap().path());
    let mut expected: Vec<_> = folder.map(|f| f.join("01.lead.json")).filter(|f| f.exists()).collect();
    expected.sort();
    let file = expected.first().expect("a source has a sample 01");
    let original = fs::read_to_string(file).unwrap();
    fs::write(file, "{}\n").unwrap();
    let said = leadshare(&["-C", name, "check"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stdout.contains("01.lead.json") && said.stdout.contains("--write-samples"),
        "{}",
        said.stdout
    );
    assert_eq!(leadshare(&["-C", name, "check", "--write-samples"]).code, 0);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let written = fs::read_to_string(file).unwrap();
    assert_eq!(json(&written), json(&original), "the default samples are as they become");
}

#[test]
fn wrong_names_say_which_there_are() {
    let site = site();
    let dir = site.path().to_str().unwrap();
    let file = site.path().join("leadshare.toml");
    let file = file.to_str().unwrap();
    check_refusal(&["-C", dir, "submit", "nobody", file], 64, &["no agency `nobody`", "source new"]);
    check_refusal(&["-C", dir, "submit", "../sources", file], 64, &["no agency"]);
    check_refusal(&["-C", dir, "source", "new", "No_Name"], 64, &["lower-case letters"]);
    check_refusal(&["-C", dir, "trace", "xyz"], 64, &["AGENCY/REPORT-NUMBER"]);
    check_refusal(&["-C", dir, "dead-letters", "show", "x"], 64, &["SERVICE/PARTITION/OFFSET"]);
    check_refusal(&["-C", dir, "dead-letters", "show", "router/0/9"], 1, &["no dead letter at"]);
    check_refusal(&["-C", dir, "tail", "leads.nothing.v1"], 1, &["no topic", "there are"]);
    check_refusal(
        &["-C", dir, "tail", "leads.nothing.v1", "--from", "x"],
        64,
        &["beginning, end, or an offset"],
    );
    check_refusal(&["-C", dir, "--set", "http.listen", "status"], 64, &["KEY=VALUE"]);
    check_refusal(&["-C", dir, "--set", "http.listen=0.0.0.0:1", "status"], 64, &["allow_other_hosts"]);
    check_refusal(&["init", dir], 64, &["is a site already"]);
}

#[test]
fn a_broker_that_is_away_has_an_exit_code_of_its_own() {
    let site = site();
    let dir = site.path().to_str().unwrap();
    let away = ["-C", dir, "--set", "transport=kafka", "--set", "kafka.bootstrap_servers=127.0.0.1:1"];
    check_refusal(&[&away[..], &["topics", "list"]].concat(), 69, &["failed", "bootstrap_servers"]);
}

#[test]
fn a_new_agency_is_made_from_the_template_and_passes_the_check() {
    let site = site();
    let dir = site.path().to_str().unwrap();
    let made = leadshare(&["-C", dir, "source", "new", "my-agency"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("source try my-agency"), "{}", made.stdout);
    check_refusal(&["-C", dir, "source", "new", "my-agency"], 64, &["there already"]);
    let checked = leadshare(&["-C", dir, "check"]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    let sample = site.path().join("sources/my-agency/01.raw");
    let tried = leadshare(&["-C", dir, "source", "try", "my-agency", sample.to_str().unwrap()]);
    assert_eq!(tried.code, 0, "{}", tried.stderr);
    assert!(tried.stdout.contains("a lead,"), "{}", tried.stdout);
    let bad = site.path().join("sources/my-agency/bad.raw");
    assert_eq!(leadshare(&["-C", dir, "source", "try", "my-agency", bad.to_str().unwrap()]).code, 1);
}

/// This binary in a folder of its own, so that what stands beside it is what the test puts there.
fn alone(name: &str) -> std::path::PathBuf {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    let program = dir.join("leadshare");
    let _ = fs::remove_file(&program);
    fs::hard_link(env!("CARGO_BIN_EXE_leadshare"), &program).unwrap();
    program
}

#[test]
fn proofs_are_the_companions() {
    let site = site();
    let program = alone("with-companion");
    let companion = program.with_file_name("leadshare-prove");
    fs::write(&companion, "#!/bin/sh\nfor word; do echo \"$word\"; done\nexit 1\n").unwrap();
    fs::set_permissions(&companion, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let words =
        ["-C", site.path().to_str().unwrap(), "--output", "json", "policy", "prove", "--guards", "tlp-red"];
    let said = std::process::Command::new(&program).args(words).output().unwrap();
    let policies = site.path().join("policies");
    let expected = ["--policies", policies.to_str().unwrap(), "--guards", "--json", "--", "tlp-red"];
    assert_eq!(String::from_utf8(said.stdout).unwrap().lines().collect::<Vec<_>>(), expected);
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn without_the_companion_it_is_said_how_to_get_it() {
    let site = site();
    let program = alone("without-companion");
    let words = ["-C", site.path().to_str().unwrap(), "policy", "prove"];
    let said = std::process::Command::new(&program).args(words).env("PATH", "").output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert!(stderr.contains("cargo build --release --package prover") && stderr.contains("cvc5"), "{stderr}");
}
