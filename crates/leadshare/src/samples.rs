//! The samples of a source: messages as the agency sends them, with what each must become.
//!
//! `NAME.raw` is a message, byte for byte. Beside it, `NAME.lead.json` says what its entries become,
//! without what a machine makes anew (identifiers, hashes, places, times) and without what says
//! nothing. `NAME.headers.json` holds the headers of the message, if it has any. `bad.raw` has no lead, and
//! `bad.error.json` says why. Samples are synthetic: they are part
//! of the configuration, and its documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lead::{Document, Lead, SiteKeys};
use normaliser::{Normaliser, Outcome, Preview, PreviewedEntry, Source};
use pipeline::{Headers, Offset, Reason, Record, Timestamp};
use serde_json::{Value as Json, json};

use crate::definitions::{entries, has_ending, is_template, name_of, read_source};
use crate::expectation::{self, stripped};
use crate::fault::Fault;

/// Samples are read at this time, 2026-02-10: dates without a year must not change with the calendar.
const NOW: Timestamp = Timestamp(1_770_681_600_000);
/// What differs from site to site and from time to time.
const OF_A_MACHINE: [&str; 6] = ["lead_id", "content_hash", "order", "raw", "mapping", "normalised_at"];

/// One message.
pub(crate) struct Sample {
    path: PathBuf,
    pub(crate) value: Vec<u8>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Headers,
}

/// The samples in a source's folder, in the order of their names.
pub(crate) fn of(folder: &Path) -> Result<Vec<Sample>, Fault> {
    let mut samples = Vec::new();
    for path in entries(folder, &mut Vec::new()).into_iter().filter(|path| has_ending(path, "raw")) {
        let value =
            fs::read(&path).map_err(|error| Fault::file(&path, "it is a sample of its source", &error))?;
        let headers = headers(&path.with_extension("headers.json"))?;
        let key = key(&path.with_extension("key"))?;
        samples.push(Sample { path, value, key, headers });
    }
    Ok(samples)
}

/// The Kafka key of a message, if it has one.
fn key(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::read(path) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::file(path, "it holds the key of a sample", &error)),
    }
}

/// The headers of a message: an object of texts.
fn headers(path: &Path) -> Result<Headers, Fault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Headers::default()),
        Err(error) => return Err(Fault::file(path, "it holds the headers of a sample", &error)),
    };
    let headers: BTreeMap<String, String> = serde_json::from_str(&text)
        .map_err(|error| Fault::usage(format!("{}: {error}; expected an object of texts", path.display())))?;
    Ok(Headers(headers.into_iter().map(|(name, value)| (name, Some(value.into_bytes()))).collect()))
}

/// What the samples of a source hold, and how much of it the mapping reads or leaves out on purpose.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Coverage {
    /// The folder.
    pub(crate) source: String,
    /// How many samples.
    pub(crate) samples: usize,
    /// How many paths of values they hold.
    pub(crate) paths: usize,
    /// Paths that the mapping never reads.
    pub(crate) unread: BTreeSet<String>,
}

/// Holds every sample of a folder against the file beside it. With `write`, files that are missing or say otherwise
/// are written anew.
pub(crate) fn check(folder: &Path, write: bool, faults: &mut Vec<String>) -> Option<Coverage> {
    let source = match read_source(folder) {
        Ok(source) => source,
        Err(fault) => {
            // Of a source it is reported where sources are read.
            if is_template(folder) {
                faults.push(fault);
            }
            return None;
        }
    };
    let samples = match of(folder) {
        Ok(samples) => samples,
        Err(fault) => {
            faults.push(fault.to_string());
            return None;
        }
    };
    let source = Arc::new(source);
    let is_bad = |sample: &&Sample| name_of(&sample.path) == "bad.raw";
    if samples.iter().filter(is_bad).count() != 1 || samples.len() < 2 {
        let expected =
            "expected samples: one message or more as NAME.raw, and one that must be refused as bad.raw";
        faults.push(format!("{}: {expected}", folder.display()));
    }
    for sample in &samples {
        if let Err(fault) = sample.check(&source, write) {
            faults.push(fault);
        }
    }
    let mut read = BTreeSet::new();
    let mut coverage = Coverage { source: name_of(folder), samples: samples.len(), ..Coverage::default() };
    for sample in &samples {
        for entry in sample.entries(&source) {
            read.extend(entry.read);
            coverage.unread.extend(entry.unread);
        }
    }
    coverage.paths = read.union(&coverage.unread).count();
    Some(coverage)
}

impl Sample {
    /// The file that says what it becomes.
    fn expectation(&self) -> PathBuf {
        let ending = if name_of(&self.path) == "bad.raw" { "error.json" } else { "lead.json" };
        self.path.with_extension(ending)
    }

    /// The entries of the message that become leads; of one that does not decode, none.
    fn entries(&self, source: &Arc<Source>) -> Vec<PreviewedEntry> {
        let message =
            Preview { value: self.value.clone(), key: self.key.clone(), headers: self.headers.clone() };
        let mut entries = Normaliser::new(Arc::clone(source), SiteKeys::new([0; 32]))
            .preview(message, NOW)
            .unwrap_or_default();
        entries.retain(|entry| matches!(entry.outcome, Outcome::Lead(_)));
        entries
    }

    fn check(&self, source: &Arc<Source>, write: bool) -> Result<(), String> {
        expectation::hold(&self.expectation(), &name_of(&self.path), &self.result(source), write)
    }

    /// What the message becomes: one outcome, a list of outcomes, or the reason why it does not decode.
    fn result(&self, source: &Arc<Source>) -> Json {
        let record = Record {
            source: pipeline::Source::new(source.inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: NOW,
            key: self.key.clone(),
            value: Some(self.value.clone()),
            headers: self.headers.clone(),
        };
        let mut normaliser = Normaliser::new(Arc::clone(source), SiteKeys::new([0; 32]));
        match normaliser.normalise(&record, NOW) {
            Err(reason) => json!({ "rejected": of_reason(&reason) }),
            Ok(outcomes) => match outcomes.as_slice() {
                [one] => of_outcome(one),
                many => many.iter().map(of_outcome).collect(),
            },
        }
    }
}

fn of_reason(reason: &Reason) -> Json {
    json!({ "code": reason.code, "stage": reason.stage, "message": reason.message })
}

fn of_outcome(outcome: &Outcome) -> Json {
    match outcome {
        Outcome::Lead(lead) => of_lead(lead),
        Outcome::NotALead(code) => json!({ "not_a_lead": code }),
        Outcome::Rejected(reason) => json!({ "rejected": of_reason(reason) }),
    }
}

/// A lead as samples show it: without what a machine makes anew and without what says nothing.
pub(crate) fn of_lead(lead: &Lead) -> Json {
    let mut lead = lead.to_json();
    if let Some(fields) = lead.as_object_mut() {
        fields.retain(|name, _| !OF_A_MACHINE.contains(&name.as_str()));
    }
    stripped(lead)
}

/// Keeps a message as the next sample of a folder, with what it becomes now; returns its name.
pub(crate) fn accept(
    folder: &Path,
    value: &[u8],
    key: Option<&[u8]>,
    headers: &Headers,
) -> Result<String, Fault> {
    let taken = |number: &u32| folder.join(format!("{number:02}.raw")).exists();
    let number = (1..u32::MAX).find(|number| !taken(number)).unwrap_or(u32::MAX);
    let path = folder.join(format!("{number:02}.raw"));
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).map_err(|error| Fault::file(path, "a sample is kept there", &error))
    };
    write(&path, value)?;
    if let Some(key) = key {
        write(&path.with_extension("key"), key)?;
    }
    if !headers.0.is_empty() {
        let text = |value: &Option<Vec<u8>>| {
            value.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned()
        };
        let headers: BTreeMap<&str, String> =
            headers.0.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        write(&path.with_extension("headers.json"), format!("{:#}\n", json!(headers)).as_bytes())?;
    }
    let source = Arc::new(read_source(folder).map_err(Fault::usage)?);
    let sample =
        Sample { path, value: value.to_vec(), key: key.map(<[u8]>::to_vec), headers: headers.clone() };
    sample.check(&source, true).map_err(Fault::failed)?;
    Ok(format!("{number:02}"))
}
