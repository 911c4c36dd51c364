//! The command: exit codes, JSON, and what happens when the solver does not answer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn prove(args: &[&str], solver: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadshare-prove"));
    command.args(["--policies", concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/policies")]).args(args);
    if let Some(solver) = solver {
        command.env("CVC5", solver);
    }
    command.output().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_proof_is_exit_code_0() {
    let out = prove(&["tlp-red", "reporter-not-abroad"], None);
    let said = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said}{}", text(&out.stderr));
    assert!(
        said.contains("proved") && said.contains(" ms") && said.contains("All 2 claims are proved"),
        "{said}"
    );
}

#[test]
fn a_refuted_claim_is_exit_code_1_and_a_document() {
    let file = scratch("refuted").join("claims.toml");
    let claim = "[[claim]]\nid = \"none\"\ntext = \"Nobody receives anything.\"\nnever = \"receive\"\n";
    fs::write(&file, claim).unwrap();
    let out = prove(&["--json", "--file", file.to_str().unwrap()], None);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    let document: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(document["verdict"], "refuted");
    assert_eq!(document["counterexample"]["action"], "receive");
    assert_eq!(document["counterexample"]["facts"]["context.agreement_in_force"], "true");
    assert!(document["milliseconds"].is_u64());
}

#[test]
fn a_solver_that_does_not_know_proves_nothing() {
    let solver = scratch("undecided").join("solver");
    let script = "#!/bin/sh\nwhile read -r line; do case $line in *check-sat*) echo unknown ;; esac; done\n";
    fs::write(&solver, script).unwrap();
    fs::set_permissions(&solver, fs::Permissions::from_mode(0o755)).unwrap();
    let out = prove(&["tlp-red", "--json"], Some(&solver));
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    let document: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(document["verdict"], "undecided");
    assert_eq!(document["why"], "the solver found no answer within 30 s");
}

#[test]
fn a_solver_that_ends_proves_nothing() {
    let out = prove(&["tlp-red", "tlp-ceiling", "--json"], Some(Path::new("/bin/true")));
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    assert_eq!(text(&out.stdout).matches("\"undecided\"").count(), 2, "{}", text(&out.stdout));
}

#[test]
fn a_solver_that_is_not_there_is_said() {
    let out = prove(&[], Some(Path::new("no-such-solver")));
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    assert!(said.contains("`no-such-solver` does not start") && said.contains("package cvc5"), "{said}");
}

#[test]
fn a_wrong_command_line_or_file_is_exit_code_64() {
    for args in
        [&["--no-such-option"][..], &["no-such-claim"], &["--file", "no-such-file"], &["--limit", "0"]]
    {
        assert_eq!(prove(args, None).status.code(), Some(64), "{args:?}");
    }
}
