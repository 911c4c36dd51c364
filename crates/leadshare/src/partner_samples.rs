//! The samples of a partner: leads, and what the partner would read of each.
//!
//! `NAME.lead.json` is a lead as the samples of sources show it; any of theirs will do. Beside it,
//! `NAME.released.json` says what policies decide, why, and the copy itself, without the names and times
//! that a machine gives. Samples are synthetic: they are part of the configuration, and its documentation.

use std::fs;
use std::path::Path;

use lead::code::MessageKind;
use lead::decision::FormClass;
use lead::value::Micros;
use lead::{Document, Lead};
use release::{Partner, Release};
use serde_json::{Value as Json, json};

use crate::definitions::{entries, name_of};
use crate::expectation::{self, stripped};
use crate::fault::Fault;

/// Samples are decided at this time, 2026-02-10, or when the first agreement begins, if that is later.
const NOW: Micros = Micros(1_770_681_600_000_000);
const ENDING: &str = ".lead.json";

/// What a partner would be told of a lead.
pub(crate) struct Told {
    /// What policies say, in words.
    pub(crate) outcome: Json,
    /// The copy, if there is one.
    pub(crate) copy: Option<Json>,
}

/// Holds every sample of a partner against the file beside it; says how many there are. With `write`,
/// files that are missing or say otherwise are written anew.
pub(crate) fn check(
    folder: &Path,
    partner: &Partner,
    release: &Release,
    write: bool,
    faults: &mut Vec<String>,
) -> usize {
    let mut samples = 0;
    for path in entries(folder, faults) {
        let file = name_of(&path);
        let Some(name) = file.strip_suffix(ENDING) else { continue };
        samples += 1;
        let held = read(&path).map_err(|fault| fault.to_string()).and_then(|lead| {
            let actual = told(&lead, partner, release).into_json();
            expectation::hold(&folder.join(format!("{name}.released.json")), &file, &actual, write)
        });
        faults.extend(held.err());
    }
    if samples == 0 {
        faults.push(format!(
            "{}: expected a sample: a lead as NAME{ENDING}, such as one of a source's samples",
            folder.display()
        ));
    }
    samples
}

/// Reads a lead in the form that samples have.
fn read(path: &Path) -> Result<Lead, Fault> {
    let text = fs::read_to_string(path).map_err(|error| Fault::file(path, "it is a sample lead", &error))?;
    let wrong = |what: String| Fault::usage(format!("{}: {what}", path.display()));
    let json = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    Lead::from_json(json)
        .map_err(|_| wrong("expected one lead, as NAME.lead.json of a source shows it".into()))
}

/// What the partner would be told of a lead that nobody has told it before.
pub(crate) fn told(lead: &Lead, partner: &Partner, release: &Release) -> Told {
    let begins = partner.agreements.iter().map(|agreement| agreement.starts).min();
    let now = begins.map_or(NOW, |begins| begins.max(NOW));
    let ruled = release.rule(&release.profile(lead), partner, now);
    let outcome = ruled.outcome(partner);
    let hidden: Vec<Json> = outcome
        .hidden
        .iter()
        .map(|hidden| json!({ "class": hidden.class, "forbidden_by": hidden.policies }))
        .collect();
    let forms = |forms: &[FormClass]| -> Vec<Json> {
        forms.iter().map(|form| json!({ "class": form.class, "permitted_by": form.policies })).collect()
    };
    let said = json!({
        "outcome": outcome.outcome.symbol(),
        "policies": outcome.policies,
        "because": outcome.reasons,
        "shows": outcome.classes,
        "hides": hidden,
        "outlines": forms(&outcome.outlines),
        "tokens": forms(&outcome.tokens),
    });
    let copy = ruled.ruling.permit().map(|permit| {
        let copy = release.copy(lead, partner, permit);
        let released = release.release(copy, 1, MessageKind::Report, Vec::new(), lead.lead_id.into(), now);
        let mut record = released.record().to_json();
        // What comes from the clock and from the site's own key is no sample of anything.
        if let Some(fields) = record.as_object_mut() {
            fields.retain(|name, _| !matches!(name.as_str(), "alias" | "reference" | "released_at"));
        }
        for token in record.get_mut("tokens").and_then(Json::as_array_mut).into_iter().flatten() {
            token.as_object_mut().map(|token| token.remove("token"));
        }
        stripped(record)
    });
    Told { outcome: stripped(said), copy }
}

impl Told {
    fn into_json(self) -> Json {
        let mut json = self.outcome;
        if let (Some(fields), Some(copy)) = (json.as_object_mut(), self.copy) {
            fields.insert("copy".to_owned(), copy);
        }
        json
    }
}
