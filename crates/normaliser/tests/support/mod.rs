//! What the tests of this crate share: sources from text, records, and a task on a transport in memory.
#![allow(dead_code, reason = "each test uses a part")]

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use lead::record::Lead;
use lead::{Content, LeadSubmission, SiteKeys};
use normaliser::{Normaliser, Outcome, Source, SourceFiles};
use pipeline::Record;
use pipeline::{
    Accounting, Action, Event, Headers, Limits, Mark, MemoryStore, NextOffset, Offset, Output, Processor,
    Progress, RecoverError, Sealed, ServiceSpec, Source as Partition, Store, Task, Timestamp, Topic,
    Transport,
};

/// 2026-02-10T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_770_681_600_000);

pub(crate) fn keys() -> SiteKeys {
    SiteKeys::new([7; 32])
}

/// A source whose mapping hands the entry on as it is: an entry is a submission in JSON.
pub(crate) fn plain_source(toml: &str) -> Arc<Source> {
    source("harbour", toml, Some(". = object(.)"))
}

pub(crate) fn source(name: &str, toml: &str, mapping: Option<&str>) -> Arc<Source> {
    let files = SourceFiles {
        name: name.into(),
        source_toml: format!("kind = \"TIP_LINE\"\norganisation = \"Example\"\n{toml}"),
        mapping_vrl: mapping.map(Into::into),
        placeholders_toml: std::fs::read_to_string(folder("placeholders.toml")).ok(),
    };
    Arc::new(Source::compile(files).unwrap_or_else(|e| panic!("{e}")))
}

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/sources").join(name)
}

/// The source of a folder of config/sources.
pub(crate) fn configured(name: &str) -> Arc<Source> {
    let read = |file: &str| std::fs::read_to_string(folder(name).join(file));
    let files = SourceFiles {
        name: name.split('/').next().unwrap_or_default().trim_start_matches('_').into(),
        source_toml: read("source.toml").unwrap(),
        mapping_vrl: read("mapping.vrl").ok(),
        placeholders_toml: std::fs::read_to_string(folder("placeholders.toml")).ok(),
    };
    Arc::new(Source::compile(files).unwrap_or_else(|e| panic!("{e}")))
}

/// Every folder of config/sources with a source in it, templates among them.
pub(crate) fn source_folders() -> Vec<String> {
    let within = |outer: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder(outer)).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| format!("{outer}{}", name.into_string().unwrap())).collect()
    };
    let mut names = [within(""), within("_template/")].concat();
    names.retain(|name| folder(name).join("source.toml").exists());
    names.sort();
    names
}

/// The messages beside a source.
pub(crate) fn samples(name: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "raw"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Asserts that another pass changes nothing: the content goes as a submission in Avro through a source that knows
/// nothing of the first.
pub(crate) fn unchanged(content: &Content) {
    static ELSEWHERE: LazyLock<Arc<Source>> =
        LazyLock::new(|| source("elsewhere", "format = \"avro\"\n", None));
    let submission = LeadSubmission {
        report_number: Some("1".into()),
        content: content.clone(),
        ..LeadSubmission::default()
    };
    let again = match outcome(&ELSEWHERE, &lead::wire::encode(&submission).unwrap()) {
        Outcome::Lead(lead) => lead.content,
        other => panic!("{other:?}"),
    };
    if again != *content {
        let (a, b) = (serde_json::to_value(content).unwrap(), serde_json::to_value(&again).unwrap());
        panic!("a second pass changes it:\n{a:#}\n{b:#}");
    }
}

pub(crate) fn record(source: &Source, value: &[u8]) -> Record {
    Record {
        source: Partition::new(source.inbound_topic().clone(), 0),
        offset: Offset(7),
        timestamp: NOW,
        key: None,
        value: Some(value.to_vec()),
        headers: Headers::default(),
    }
}

/// The only outcome of a message.
pub(crate) fn outcome(source: &Arc<Source>, value: &[u8]) -> Outcome {
    let mut normaliser = Normaliser::new(Arc::clone(source), keys());
    match normaliser.normalise(&record(source, value), NOW) {
        Ok(mut outcomes) => {
            assert_eq!(outcomes.len(), 1);
            outcomes.remove(0)
        }
        Err(reason) => Outcome::Rejected(reason),
    }
}

/// What every entry of a message becomes.
pub(crate) fn outcomes(source: &Arc<Source>, value: &[u8]) -> Vec<Outcome> {
    Normaliser::new(Arc::clone(source), keys()).normalise(&record(source, value), NOW).unwrap()
}

pub(crate) fn lead(source: &Arc<Source>, entry: &serde_json::Value) -> Lead {
    match outcome(source, entry.to_string().as_bytes()) {
        Outcome::Lead(lead) => *lead,
        other => panic!("{other:?}"),
    }
}

/// JSON without what says nothing: null, empty, false and unknown; `fits` and `routable` always speak.
pub(crate) fn stripped(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    fn empty(name: &str, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Bool(flag) => !flag && !matches!(name, "fits" | "routable"),
            Value::String(text) => matches!(text.as_str(), "" | "UNKNOWN" | "NOT_STATED"),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Number(_) => false,
        }
    }
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, stripped(value)))
            .filter(|(name, value)| !empty(name, value))
            .collect(),
        Value::Array(items) => items.into_iter().map(stripped).collect(),
        other => other,
    }
}

/// Commits everything and keeps what was written.
#[derive(Default)]
pub(crate) struct Committed {
    pub(crate) outputs: Vec<Output>,
    pub(crate) totals: Accounting,
}

impl Transport for Committed {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        if *action == Action::Commit {
            self.outputs.extend(batch.outputs.iter().cloned());
            self.totals = batch.totals.clone();
        }
        Event::Done
    }

    fn recover(&mut self, _: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        Ok(None)
    }

    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

/// Runs records through a task as one transaction.
pub(crate) fn run(source: &Arc<Source>, records: &[Record], limits: Limits) -> Committed {
    let mut transport = Committed::default();
    let spec = Arc::new(ServiceSpec {
        name: "normaliser",
        inputs: vec![source.inbound_topic().clone()],
        changelog: Topic::from("changelog"),
        dead_letters: Topic::from("dead"),
    });
    let normaliser: Box<dyn Processor> = Box::new(Normaliser::new(Arc::clone(source), keys()));
    let partition = Partition::new(source.inbound_topic().clone(), 0);
    let store = Box::new(MemoryStore::default());
    let mut task = Task::open(normaliser, store, partition, spec, limits, NOW, &mut transport).unwrap();
    let progress = task.run(records, NOW, &mut transport, &()).unwrap();
    assert!(matches!(progress, Progress::Committed { .. }));
    transport
}
