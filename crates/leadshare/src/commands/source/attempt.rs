//! Files tried: what was read, what it becomes, and what nobody reads.

use std::path::Path;
use std::sync::Arc;

use normaliser::{Normaliser, Outcome, Preview, PreviewedEntry, Source};
use pipeline::Headers;
use serde_json::{Value as Json, json};

use super::pairing::{Became, Comparison, compare};
use crate::cli::Try;
use crate::commands::submit::{parse_headers, read_agency, read_message};
use crate::console::{Console, Style, WIDTH, printable, shorten, width};
use crate::fault::Fault;
use crate::samples;
use crate::site::Site;
use crate::telemetry::now;

/// Columns of the table: those of a path, and those of a text.
const PATH: usize = 30;
const TEXT: usize = 24;

/// Tries every file; fails when an entry of any would be a dead letter.
pub(super) fn run(site: &Site, attempt: &Try, console: &mut Console) -> Result<(), Fault> {
    let source = Arc::new(read_agency(site, &attempt.messages.agency)?);
    let headers = parse_headers(&attempt.messages.headers)?;
    let mut normaliser = Normaliser::new(Arc::clone(&source), site.keys()?);
    let (mut entries, mut rejected) = (0, 0);
    for file in &attempt.messages.files {
        let value = read_message(file, source.limits().bytes)?;
        let key = attempt.messages.key.clone().map(String::into_bytes);
        let preview = Preview { value: value.clone(), key: key.clone(), headers: headers.clone() };
        let tried = match normaliser.preview(preview, now()) {
            Ok(tried) => tried,
            Err(reason) => {
                (entries, rejected) = (entries + 1, rejected + 1);
                refused(console, file, &reason)?;
                continue;
            }
        };
        let bad = tried.iter().filter(|entry| matches!(entry.outcome, Outcome::Rejected(_))).count();
        for (number, entry) in tried.iter().enumerate() {
            show(console, &source, file, number, entry)?;
        }
        (entries, rejected) = (entries + tried.len(), rejected + bad);
        if attempt.accept && bad == 0 {
            accept(site, attempt, &value, key.as_deref(), &headers, console)?;
        }
    }
    match rejected {
        0 => Ok(()),
        n => Err(Fault::failed(format!("{n} of {entries} entries would be dead letters"))),
    }
}

fn accept(
    site: &Site,
    attempt: &Try,
    value: &[u8],
    key: Option<&[u8]>,
    headers: &Headers,
    console: &mut Console,
) -> Result<(), Fault> {
    let folder = site.config.files.sources.join(&attempt.messages.agency);
    let name = samples::accept(&folder, value, key, headers)?;
    if console.is_json() {
        return console.json(&json!({ "accepted": name, "folder": folder.display().to_string() }));
    }
    let mark = console.style(Style::Good, "✓");
    let place = folder.join(format!("{name}.lead.json"));
    console.line(format!("{mark} kept as sample {name}: read {}", place.display()))
}

fn refused(console: &mut Console, file: &Path, reason: &pipeline::Reason) -> Result<(), Fault> {
    if console.is_json() {
        return console.json(&json!({
            "file": file.display().to_string(),
            "rejected": reason.code, "stage": reason.stage, "message": reason.message,
        }));
    }
    let what = console.style(Style::Bad, &format!("the message would be a dead letter: {reason}"));
    console.line(format!("{}: {what}", file.display()))
}

fn show(
    console: &mut Console,
    source: &Source,
    file: &Path,
    number: usize,
    tried: &PreviewedEntry,
) -> Result<(), Fault> {
    let lead = match &tried.outcome {
        Outcome::Lead(lead) => Some(samples::of_lead(lead)),
        Outcome::NotALead(_) | Outcome::Rejected(_) => None,
    };
    let compared =
        lead.as_ref().map(|lead| compare(&tried.entry, lead, &tried.unread, |path| source.is_volatile(path)));
    if console.is_json() {
        return console.json(&as_json(file, number, tried, lead.as_ref(), compared.as_ref()));
    }
    let (style, what) = match &tried.outcome {
        Outcome::Lead(lead) => {
            let (kind, number) =
                (lead.message_kind.symbol(), lead.report_number.as_deref().unwrap_or("none"));
            (Style::Good, format!("a lead, {}: {kind}, report number {}", lead.lead_id, printable(number)))
        }
        Outcome::NotALead(code) => (Style::Notice, format!("no lead: {code}")),
        Outcome::Rejected(reason) => (Style::Bad, format!("a dead letter: {reason}")),
    };
    let what = console.style(style, &what);
    console.line(format!("{} entry {number}: {what}", file.display()))?;
    let (Some(lead), Some(compared)) = (lead, compared) else { return Ok(()) };
    print(console, &compared)?;
    quality(console, &lead)?;
    if !tried.unread.is_empty() {
        let note = format!("  the mapping never reads: {}", tried.unread.join(", "));
        console.line(console.style(Style::Notice, &note))?;
    }
    console.line("")
}

fn print(console: &mut Console, compared: &Comparison) -> Result<(), Fault> {
    let rows: Vec<_> = compared
        .pairs
        .iter()
        .map(|pair| {
            let (style, became) = match &pair.became {
                Became::Kept { path } => (Style::Plain, path.clone()),
                Became::Converted { path, value } => {
                    (Style::Good, format!("{path} = {}", shorten(value, 160)))
                }
                Became::NotUnderstood { path } => (Style::Notice, format!("{path}, as text only")),
                Became::Within { path } => (Style::Plain, format!("within {path}")),
                Became::Decides => (Style::Faint, "read; decides, and stands nowhere".to_owned()),
                Became::Volatile => (Style::Faint, "volatile: makes no new version".to_owned()),
                Became::Unread => (Style::Notice, "NOTHING READS IT".to_owned()),
            };
            vec![
                (Style::Plain, tail(&pair.path, PATH)),
                (Style::Plain, shorten(&pair.text.replace(['\n', '\t'], " "), TEXT)),
                (style, became),
            ]
        })
        .collect();
    console.table(&["read", "text", "became"], &rows)?;
    if compared.set.is_empty() {
        return Ok(());
    }
    console.line("  set by the mapping or the source, or derived:")?;
    let widest = compared.set.iter().map(|(path, _)| width(path)).max().unwrap_or_default();
    for (path, text) in &compared.set {
        let text = shorten(text, WIDTH.saturating_sub(widest + 6).max(TEXT));
        let path = console.style(Style::Faint, &format!("{path:widest$}"));
        console.line(format!("    {path}  {text}"))?;
    }
    Ok(())
}

/// The end of a path says most.
fn tail(path: &str, limit: usize) -> String {
    let path = printable(path);
    let length = width(&path);
    if length <= limit {
        return path;
    }
    std::iter::once('…').chain(path.chars().skip(length + 1 - limit)).collect()
}

/// How complete the lead is, and what a reader of it should know.
fn quality(console: &mut Console, lead: &Json) -> Result<(), Fault> {
    let texts = |name: &str| -> Vec<String> {
        let list = lead.pointer("/content/quality").and_then(|quality| quality.get(name));
        let texts = list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        texts.map(printable).collect()
    };
    let complete = lead.pointer("/content/quality/completeness_pct").and_then(Json::as_i64);
    let missing = texts("missing");
    if let Some(complete) = complete.filter(|_| !missing.is_empty()) {
        console.line(format!("  complete to {complete} %; missing: {}", missing.join(", ")))?;
    }
    for warning in texts("warnings") {
        console.line(console.style(Style::Notice, &format!("  warning: {warning}")))?;
    }
    Ok(())
}

fn as_json(
    file: &Path,
    number: usize,
    tried: &PreviewedEntry,
    lead: Option<&Json>,
    compared: Option<&Comparison>,
) -> Json {
    let mut json = json!({ "file": file.display().to_string(), "entry": number });
    let mut add = |name: &str, value: Json| {
        if let Some(fields) = json.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    match &tried.outcome {
        Outcome::Lead(found) => {
            add("lead_id", json!(found.lead_id.to_string()));
            add("lead", lead.cloned().unwrap_or_default());
        }
        Outcome::NotALead(code) => add("not_a_lead", json!(code)),
        Outcome::Rejected(reason) => {
            add("rejected", json!(reason.code));
            add("stage", json!(reason.stage));
            add("message", json!(reason.message));
        }
    }
    if let Some(compared) = compared {
        let pairs = compared.pairs.iter().map(|pair| {
            let (what, path, value) = match &pair.became {
                Became::Kept { path } => ("kept", Some(path), None),
                Became::Converted { path, value } => ("converted", Some(path), Some(value)),
                Became::NotUnderstood { path } => ("not_understood", Some(path), None),
                Became::Within { path } => ("within", Some(path), None),
                Became::Decides => ("decides", None, None),
                Became::Volatile => ("volatile", None, None),
                Became::Unread => ("unread", None, None),
            };
            json!({ "read": pair.path, "text": pair.text, "became": what, "path": path, "value": value })
        });
        add("pairs", pairs.collect());
        let set = compared.set.iter().map(|(path, value)| json!({ "path": path, "value": value }));
        add("set", set.collect());
        add("unread", json!(tried.unread));
    }
    json
}
