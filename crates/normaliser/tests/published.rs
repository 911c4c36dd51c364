//! Documents that others published, in the formats that agencies have, held against what a person reads in them.
//!
//! The documents are not part of this repository: the folder in `LEADSHARE_PUBLISHED_SAMPLES`, or else
//! `../shared/samples` beside it, is walked where it is there. `published/<folder>.facts` says what is in the
//! documents of `<folder>`, a fact a line:
//!
//! ```text
//! source _template/cybertip       the folder of config/sources that reads what follows
//! file report.xml                 a document; `file report.xml report-id=7` with headers
//! wrap <report>%</report>         the next document is a part, and stands where the % is
//! count = 2                       how many outcomes it has
//! content.urgency.level = "HIGH"  a value of the only outcome, or of outcome `1.`: `1.content...`
//! content.persons[role=VICTIM].age = 15     of the items of a list those in which a field says so
//! content.annotations has "sextortion"      a list that holds an item; an object holds its fields
//! content.persons # 5             how many
//! content.persons[0].minor absent
//! nowhere "secret"                a text that is in no outcome
//! warns no_time_zone              a warning of the only outcome, with or without `:path`
//! exception the reason            the fact on the next line does not hold, and why
//! ```
//!
//! Absent, null, empty, false, UNKNOWN and NOT_STATED are the same to `absent`. `file` alone is said of every document;
//! a document without one fails. Normalising what a lead says changes nothing, which is held of every lead too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use normaliser::{Normaliser, Outcome, Source};
use pipeline::{Headers, Record};
use serde_json::{Value, json};

use support::{NOW, configured, keys, record, stripped, unchanged};

fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("LEADSHARE_PUBLISHED_SAMPLES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// What a document becomes, outcome by outcome.
fn outcomes(source: &Arc<Source>, value: &[u8], headers: Headers) -> Vec<Value> {
    let rejected = |reason: &pipeline::Reason| json!({ "rejected": reason.code, "message": reason.message });
    match Normaliser::new(Arc::clone(source), keys())
        .normalise(&Record { headers, ..record(source, value) }, NOW)
    {
        Err(reason) => vec![rejected(&reason)],
        Ok(outcomes) => outcomes
            .iter()
            .map(|outcome| match outcome {
                Outcome::Lead(lead) => {
                    unchanged(&lead.content);
                    stripped(serde_json::to_value(lead).unwrap())
                }
                Outcome::NotALead(code) => json!({ "not_a_lead": code }),
                Outcome::Rejected(reason) => rejected(reason),
            })
            .collect(),
    }
}

/// Every value at a path such as `content.persons[role=VICTIM].names[0].full`.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in steps(path) {
        found = found.into_iter().flat_map(|value| step_into(value, &step)).collect();
    }
    found
}

/// `persons[role=VICTIM]` is two steps; a point inside brackets divides nothing.
fn steps(path: &str) -> Vec<String> {
    let (mut steps, mut step, mut inside) = (Vec::new(), String::new(), false);
    for c in path.chars() {
        match c {
            '.' if !inside => steps.push(std::mem::take(&mut step)),
            '[' => {
                steps.push(std::mem::replace(&mut step, "[".into()));
                inside = true;
            }
            ']' if inside => {
                inside = false;
                steps.push(std::mem::take(&mut step));
            }
            c => step.push(c),
        }
    }
    steps.push(step);
    steps.retain(|step| !step.is_empty());
    steps
}

fn step_into<'v>(value: &'v Value, step: &str) -> Vec<&'v Value> {
    let Some(inside) = step.strip_prefix('[') else {
        return match (value, step.parse::<usize>()) {
            (Value::Array(items), Ok(index)) => items.get(index).into_iter().collect(),
            _ => value.get(step).into_iter().collect(),
        };
    };
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    match (inside, inside.parse::<usize>(), inside.split_once('=')) {
        ("*", ..) => items.iter().collect(),
        (_, Ok(index), _) => items.get(index).into_iter().collect(),
        (_, _, Some((path, wanted))) => {
            let says = |found: &Value| {
                found.as_str() == Some(wanted)
                    || serde_json::from_str::<Value>(wanted).is_ok_and(|wanted| *found == wanted)
            };
            items.iter().filter(|item| at(item, path).into_iter().any(says)).collect()
        }
        _ => panic!("no step: {step}"),
    }
}

fn holds(outcomes: &Value, fact: &str) -> Result<(), String> {
    let words: Vec<&str> = fact.splitn(2, ' ').collect();
    let rest = words.get(1).copied().unwrap_or_default();
    let count = outcomes.as_array().map_or(0, Vec::len);
    let parse =
        |text: &str| -> Value { serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON in: {fact}")) };
    let root = |path: &str| match path.split_once('.') {
        Some((index, _)) if index.parse::<usize>().is_ok() => outcomes,
        _ if count == 1 => &outcomes[0],
        _ => &Value::Null,
    };
    match words.first().copied().unwrap_or_default() {
        "count" => {
            let wanted = parse(rest.trim_start_matches("= "));
            let is = json!(count);
            return if is == wanted { Ok(()) } else { Err(format!("{is}")) };
        }
        "nowhere" => {
            let wanted = parse(rest);
            let text = wanted.as_str().expect("a text");
            return if outcomes.to_string().contains(text) { Err("it is there".into()) } else { Ok(()) };
        }
        "warns" => {
            let (path, code) = rest.rsplit_once(' ').unwrap_or(("", rest));
            let path = [path, "content.quality.warnings"].concat();
            let warnings = at(root(&path), &path);
            let is = |warning: &Value| {
                warning.as_str().is_some_and(|w| w == code || w.split(':').next() == Some(code))
            };
            let found = warnings.iter().filter_map(|list| list.as_array()).flatten().any(is);
            return if found { Ok(()) } else { Err(format!("{warnings:?}")) };
        }
        _ => {}
    }
    let mut parts = fact.splitn(3, ' ');
    let (path, how) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let wanted = parts.next();
    let found = at(root(path), path);
    let shown = || Err(serde_json::to_string(&found).unwrap_or_default());
    let fits = match (how, wanted.map(parse)) {
        ("absent", None) => found.is_empty(),
        ("=", Some(wanted)) => !found.is_empty() && found.iter().all(|value| **value == wanted),
        ("#", Some(wanted)) => {
            let count = match found.as_slice() {
                [Value::Array(items)] if !path.ends_with(']') => items.len(),
                found => found.len(),
            };
            json!(count) == wanted
        }
        ("has", Some(wanted)) => found.iter().any(|value| contains(value, &wanted)),
        _ => panic!("no fact: {fact}"),
    };
    if fits { Ok(()) } else { shown() }
}

/// Whether a list has an item, an object these fields, a text this part.
fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(items), Value::Array(wanted)) => {
            wanted.iter().all(|w| items.iter().any(|item| contains(item, w)))
        }
        (Value::Array(items), wanted) => items.iter().any(|item| contains(item, wanted)),
        (Value::Object(fields), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| fields.get(name).is_some_and(|value| contains(value, wanted)))
        }
        (value, wanted) => value == wanted,
    }
}

#[derive(Default)]
struct Score {
    documents: usize,
    facts: usize,
    passed: usize,
    exceptions: Vec<String>,
    failed: Vec<String>,
}

fn judge(folder: &Path, facts: &str) -> Score {
    let mut score = Score::default();
    let (mut source, mut document, mut exception) = (None, None, None);
    let mut around: Option<(&str, &str)> = None;
    for line in facts.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "source" => source = Some(configured(rest)),
            "file" => {
                let mut words = rest.split_whitespace();
                let name = words.next().unwrap_or_default().to_owned();
                let header = |(name, value): (&str, &str)| (name.to_owned(), Some(value.as_bytes().to_vec()));
                let headers = Headers(words.filter_map(|word| word.split_once('=')).map(header).collect());
                let mut value =
                    std::fs::read(folder.join(&name)).unwrap_or_else(|_| panic!("{name} is not there"));
                if let Some((before, after)) = around.take() {
                    value = [before.as_bytes(), &value, after.as_bytes()].concat();
                }
                let outcomes = outcomes(source.as_ref().expect("a source"), &value, headers);
                document = Some((name, json!(outcomes)));
                score.documents += 1;
            }
            "wrap" => around = rest.split_once('%'),
            "exception" => exception = Some(rest.to_owned()),
            _ => {
                let (name, outcomes) = document.as_ref().expect("a file");
                score.facts += 1;
                match (holds(outcomes, line), exception.take()) {
                    (Ok(()), None) => score.passed += 1,
                    (Ok(()), Some(_)) => {
                        score.failed.push(format!("{name}: {line}: holds, and is an exception"))
                    }
                    (Err(_), Some(why)) => score.exceptions.push(format!("{name}: {line}: {why}")),
                    (Err(is), None) => score.failed.push(format!("{name}: {line}\n      but {is}")),
                }
            }
        }
    }
    score
}

#[test]
fn published_documents_say_what_a_person_reads_in_them() {
    let Some(published) = published() else {
        println!("no published documents here: nothing is compared");
        return;
    };
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/published");
    let mut scores = BTreeMap::new();
    for entry in std::fs::read_dir(facts).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = published.join(&name);
        let mut score = judge(&folder, &text);
        let mut unsaid = Vec::new();
        documents(&folder, &folder, &mut unsaid);
        unsaid.retain(|document| !text.lines().any(|line| line.split_whitespace().nth(1) == Some(document)));
        score
            .failed
            .extend(unsaid.into_iter().map(|document| format!("{document}: nobody says what is in it")));
        scores.insert(name, score);
    }
    println!("{:<22} documents  facts  passed  exceptions", "format");
    for (name, score) in &scores {
        let Score { documents, facts, passed, exceptions, failed } = score;
        println!("{name:<22} {documents:>9} {facts:>6} {passed:>7} {:>11}", exceptions.len());
        exceptions.iter().for_each(|exception| println!("    exception {exception}"));
        failed.iter().for_each(|failed| println!("    FAILED {failed}"));
    }
    assert!(scores.values().all(|score| score.failed.is_empty()), "facts that do not hold");
}

fn documents(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}
