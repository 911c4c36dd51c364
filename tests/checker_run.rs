//! Runs the independent checker on what a test left in its topics.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::Command;

use lead::ident::hex;
use pipeline::Record;
use serde_json::json;
use tempfile::TempDir;

use crate::broker::root;
use crate::site::Site;

/// What the checker said.
pub struct Verdict {
    /// Whether every promise was kept.
    pub kept: bool,
    /// Its table.
    pub report: String,
}

/// The Python of tests/checker.
fn python() -> PathBuf {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "the checker's Python is missing: run `make setup`");
    python
}

/// Dumps every topic of a site and judges it.
pub fn check(site: &Site<'_>) -> Verdict {
    check_with(site, None)
}

/// The same, with a ledger of what was sent: JSON lines.
pub fn check_with(site: &Site<'_>, ledger: Option<&str>) -> Verdict {
    let dir = TempDir::new().unwrap();
    for topic in site.all_topics() {
        let file = File::create(dir.path().join(format!("{topic}.jsonl"))).unwrap();
        let mut out = BufWriter::new(file);
        for record in site.transport().committed(&topic) {
            writeln!(out, "{}", line(&record)).unwrap();
        }
    }
    let officers = TempDir::new().unwrap();
    for (officer, text) in site.definitions.officer_files() {
        std::fs::write(officers.path().join(format!("{officer}.toml")), text).unwrap();
    }
    let mut command = Command::new(python());
    command.args(["-m", "checker", "--dump"]).arg(dir.path());
    command.arg("--officers").arg(officers.path());
    if let Some(lines) = ledger {
        let file = dir.path().join("ledger");
        std::fs::write(&file, lines).unwrap();
        command.arg("--ledger").arg(file);
    }
    let run = command.current_dir(root().join("tests")).output().unwrap();
    let report = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_ne!(run.status.code(), Some(2), "{report}");
    Verdict { kept: run.status.success(), report }
}

fn line(record: &Record) -> serde_json::Value {
    let headers: Vec<_> =
        record.headers.0.iter().map(|(name, value)| json!([name, value.as_deref().map(hex)])).collect();
    json!({
        "partition": record.source.partition.0,
        "offset": record.offset.0,
        "timestamp": record.timestamp.0,
        "key": record.key.as_deref().map(hex),
        "value": record.value.as_deref().map(hex),
        "headers": headers,
    })
}
