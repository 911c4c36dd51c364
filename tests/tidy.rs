//! Tidiness is a test: length of files, what pure crates may name, docs that agree with the code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that may not see the outside world.
const PURE: [&str; 9] =
    ["lead", "pipeline", "normaliser", "linkage", "deduplicator", "gate", "release", "router", "generator"];
const LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Files of the tree that git tracks or would track, with their text; binary files are left out.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the tree");
    assert!(listed.status.success(), "the tree is a git checkout");
    let mut found = Vec::new();
    for name in String::from_utf8(listed.stdout).unwrap().lines() {
        if endings.iter().any(|e| name.ends_with(e))
            && let Ok(text) = std::fs::read_to_string(root().join(name))
        {
            found.push((name.to_owned(), text));
        }
    }
    assert!(!found.is_empty(), "no file ends with {endings:?}");
    found
}

/// Fails with every fault at once.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Rust text without what only tests see: everything after the first `#[cfg(test)] mod`, and comments.
fn product(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next_is_module = lines.peek().is_some_and(|next| next.trim_start().starts_with("mod tests"));
        if line.trim() == "#[cfg(test)]" && next_is_module {
            break;
        }
        let code = line.split("//").next().unwrap_or_default();
        kept.push_str(code);
        kept.push('\n');
    }
    kept
}

/// Whether a path is code of the product: no tests, no benchmarks, no tests package.
fn is_product(name: &str) -> bool {
    name.starts_with("crates/")
        && name.contains("/src/")
        && !name.ends_with("tests.rs")
        && !name.contains("/tests/")
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut faults = Vec::new();
    for (name, text) in files(&[".rs", ".py", ".vrl", ".cedar", ".sh", ".toml", ".md"]) {
        let lines = text.lines().count();
        if lines > LINES && name != "Cargo.lock" && !name.starts_with("schemas/") {
            faults.push(format!("{name} has {lines} lines; split it by idea, at most {LINES}"));
        }
    }
    none(&faults);
}

#[test]
fn pure_crates_cannot_see_the_outside() {
    let banned_crates =
        ["rdkafka", "rdkafka-sys", "tokio", "fjall", "rand", "pipeline-kafka", "pipeline-fjall"];
    let banned_paths = [
        "SystemTime",
        "Instant::now",
        "std::time::Instant",
        "std::env",
        "std::fs",
        "std::net",
        ".spawn(",
        "thread::sleep",
        "thread::current",
        "std::process",
        "Timestamp::now",
        "Zoned::now",
        "include_bytes!(env",
    ];
    let mut faults = Vec::new();
    for name in PURE {
        let manifest = std::fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for dependency in dependencies.into_iter().flatten().map(|(name, _)| name) {
            if banned_crates.contains(&dependency.as_str()) {
                faults.push(format!("pure crate {name} depends on {dependency}"));
            }
        }
        for (file, text) in files(&[".rs"]) {
            if !file.starts_with(&format!("crates/{name}/")) || !is_product(&file) {
                continue;
            }
            for (number, line) in product(&text).lines().enumerate() {
                let imports_clock = line.contains("std::time") && line.contains("Instant");
                if imports_clock {
                    faults.push(format!("{file}:{}: a pure crate imports a clock", number + 1));
                }
                for path in banned_paths {
                    if line.contains(path) {
                        faults.push(format!("{file}:{}: a pure crate names {path}", number + 1));
                    }
                }
                // Threads that have ended before their caller returns are a way to count, and nobody sees them.
                let is_thread = line.contains("std::thread") || line.contains("thread::{self");
                if is_thread && !line.to_lowercase().contains("scope") {
                    faults.push(format!("{file}:{}: threads of a pure crate are scoped", number + 1));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn product_code_does_not_panic() {
    let mut faults = Vec::new();
    for (file, text) in files(&[".rs"]) {
        if !is_product(&file) {
            continue;
        }
        for (number, line) in product(&text).lines().enumerate() {
            for call in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("] {
                if line.contains(call) {
                    faults.push(format!("{file}:{}: {call}", number + 1));
                }
            }
        }
    }
    none(&faults);
}

#[test]
fn every_crate_inherits_the_lints_and_says_what_it_is() {
    let mut faults = Vec::new();
    for (file, text) in files(&["Cargo.toml"]) {
        if file == "Cargo.toml" {
            continue;
        }
        let manifest: toml::Table = text.parse().unwrap();
        let inherits = manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool);
        if inherits != Some(true) {
            faults.push(format!("{file} does not inherit the workspace's lints"));
        }
        let folder = root().join(file.trim_end_matches("Cargo.toml"));
        let package = manifest["package"]["name"].as_str().unwrap();
        let is_crate = file.starts_with("crates/");
        if is_crate && folder.file_name().and_then(|n| n.to_str()) != Some(package) {
            faults.push(format!("{file}: folder and package have different names"));
        }
        let entry = ["src/lib.rs", "src/main.rs", "lib.rs"].map(|f| folder.join(f));
        let entry = entry.iter().find(|f| f.exists()).unwrap();
        let doc: Vec<String> = std::fs::read_to_string(entry)
            .unwrap()
            .lines()
            .filter_map(|l| l.strip_prefix("//! ").map(str::to_owned))
            .collect();
        if doc.join(" ").len() < package.len() + 10 {
            faults.push(format!("{} does not say what the crate is", entry.display()));
        }
    }
    none(&faults);
}

#[test]
fn modules_have_names_of_their_own() {
    let mut faults = Vec::new();
    for (file, text) in files(&[".rs"]) {
        let stem = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
        for word in ["utils", "util", "common", "helpers", "helper", "manager", "misc"] {
            if stem == word || file.contains(&format!("/{word}/")) {
                faults.push(format!("{file}: `{word}` says nothing"));
            }
        }
        let has_doc = text.starts_with("//!") || text.starts_with("#!");
        if is_product(&file) && !has_doc {
            faults.push(format!("{file} has no module doc"));
        }
    }
    none(&faults);
}

/// Targets of `[text](target)` in Markdown, with their anchors.
fn links(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in text.split("](").skip(1) {
        if let Some((target, _)) = part.split_once(')') {
            let (target, anchor) = target.split_once('#').unwrap_or((target, ""));
            found.push((target.to_owned(), anchor.to_owned()));
        }
    }
    found
}

/// The anchors that headings of a document have.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| {
            line.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>()
        })
        .map(|heading| heading.replace(' ', "-"))
        .collect()
}

#[test]
fn links_in_documents_lead_to_files() {
    let mut faults = Vec::new();
    for (file, text) in files(&[".md"]) {
        let folder = root().join(&file).parent().unwrap().to_owned();
        for (target, anchor) in links(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = folder.join(&target);
            if !target.is_empty() && !path.exists() {
                faults.push(format!("{file}: `{target}` is no file"));
                continue;
            }
            let there =
                if target.is_empty() { Some(text.clone()) } else { std::fs::read_to_string(path).ok() };
            if !anchor.is_empty() && !anchors(&there.unwrap_or_default()).contains(&anchor) {
                faults.push(format!("{file}: `{target}#{anchor}` is no heading"));
            }
        }
    }
    none(&faults);
}

/// Words in backticks that look like a metric.
fn metrics_in(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|w| w.starts_with("leadshare_") && w.len() > "leadshare_".len())
        .map(|w| ["_bucket", "_count", "_sum"].iter().find_map(|s| w.strip_suffix(s)).unwrap_or(w).to_owned())
        .collect()
}

#[test]
fn metrics_are_documented_and_documents_name_no_others() {
    let table = root().join("crates/leadshare/src/metrics.rs");
    let text =
        std::fs::read_to_string(&table).expect("crates/leadshare/src/metrics.rs holds the METRICS table");
    let known: BTreeSet<String> = metrics_in(&product(&text));
    assert!(known.len() > 5, "the METRICS table names metrics");
    let mut documented = BTreeSet::new();
    for (file, text) in files(&[".md", ".yml", ".yaml", ".json"]) {
        if file == "README.md"
            || file == "ARCHITECTURE.md"
            || file.starts_with("docs/")
            || file.starts_with("config/")
        {
            documented.extend(metrics_in(&text));
        }
    }
    let missing: Vec<_> = known.difference(&documented).map(|m| format!("{m} is in no document")).collect();
    let unknown: Vec<_> = documented.difference(&known).map(|m| format!("{m} is no metric")).collect();
    none(&[missing, unknown].concat());
}

#[test]
fn every_promise_is_named_by_a_test_or_a_rule() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let promises: Vec<String> = architecture
        .lines()
        .filter_map(|l| l.strip_prefix("| PL-"))
        // Other tables speak of several at once.
        .filter_map(|l| l.split_once(" | ").map(|(number, _)| number).filter(|n| n.parse::<u8>().is_ok()))
        .map(|number| format!("PL-{number}"))
        .collect();
    assert!(promises.len() >= 16, "ARCHITECTURE.md lists the promises");
    let mut tests = String::new();
    for (file, text) in files(&[".rs", ".py"]) {
        let is_rule = file.starts_with("tests/checker/") && !file.contains("selftest");
        if is_rule || file.contains("/tests/") || file.ends_with("tests.rs") || file.starts_with("tests/") {
            tests.push_str(&text);
        } else if let Some((_, tail)) = text.split_once("#[cfg(test)]") {
            tests.push_str(tail);
        }
    }
    let named = |promise: &String| {
        tests
            .match_indices(promise.as_str())
            .any(|(at, _)| !tests[at + promise.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    let faults: Vec<_> =
        promises.iter().filter(|p| !named(p)).map(|p| format!("no test or rule names {p}")).collect();
    none(&faults);
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let endings =
        [".rs", ".py", ".md", ".toml", ".sh", ".vrl", ".cedar", ".json", "Makefile", "run", "kafka-up"];
    let folders = ["home", "root", "work", "Users"];
    let mut faults = Vec::new();
    for (file, text) in files(&endings) {
        for (number, line) in text.lines().enumerate() {
            for folder in folders {
                let path = format!("/{folder}/");
                let before = line.split(&path).next().and_then(|b| b.chars().last());
                let starts_there = before.is_none_or(|c| !c.is_alphanumeric() && !"._-/$})*".contains(c));
                if line.contains(&path) && starts_there && file != "tests/tidy.rs" {
                    faults.push(format!("{file}:{}: names {path}", number + 1));
                }
            }
        }
    }
    none(&faults);
}
