//! A new agency from the template, and a file tried without sending it.

use std::fs;
use std::sync::Arc;

use lead::{Document, topic};
use normaliser::{Normaliser, Outcome, Preview};
use pipeline::Headers;
use serde_json::json;

use super::submit::{read_agency, read_message};
use crate::cli::Source;
use crate::console::{Console, Style, printable};
use crate::decode;
use crate::fault::Fault;
use crate::samples;
use crate::site::Site;
use crate::telemetry::now;

pub(crate) fn run(site: &Site, command: &Source, console: &mut Console) -> Result<(), Fault> {
    match command {
        Source::New { agency } => new(site, agency, console),
        Source::Try { agency, file, key } => {
            let source = Arc::new(read_agency(site, agency)?);
            let value = read_message(file, source.limits().bytes)?;
            let key = key.clone().map(String::into_bytes);
            let mut normaliser = Normaliser::new(source, site.keys()?);
            let preview = Preview { value, key, headers: Headers::default() };
            let entries = normaliser
                .preview(preview, now())
                .map_err(|reason| Fault::failed(format!("the message would be a dead letter: {reason}")))?;
            let mut rejected = 0;
            for (number, entry) in entries.iter().enumerate() {
                rejected += usize::from(matches!(entry.outcome, Outcome::Rejected(_)));
                print(console, number, &entry.outcome, &entry.unread)?;
            }
            match rejected {
                0 => Ok(()),
                n => Err(Fault::failed(format!("{n} of {} entries would be dead letters", entries.len()))),
            }
        }
    }
}

fn new(site: &Site, agency: &str, console: &mut Console) -> Result<(), Fault> {
    let sources = &site.config.files.sources;
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if agency.is_empty() || agency.len() > 60 || !agency.chars().all(legal) {
        return Err(Fault::usage(format!(
            "`{agency}` is no agency name: expected lower-case letters, digits and hyphens, at most 60"
        )));
    }
    let (from, to) = (sources.join("_template"), sources.join(agency));
    if to.exists() {
        return Err(Fault::usage(format!(
            "`{}` is there already; edit it, or choose another name",
            to.display()
        )));
    }
    let refused = |error: std::io::Error| Fault::file(&to, "the template is copied there", &error);
    fs::create_dir(&to).map_err(refused)?;
    let mut copied = Vec::new();
    for entry in fs::read_dir(&from).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if entry.file_type().map_err(refused)?.is_file() {
            let bytes = fs::read(entry.path()).map_err(refused)?;
            // The template names its own topic, and no two agencies may share one.
            let bytes = match String::from_utf8(bytes) {
                Ok(text) => text.replace(&topic::inbound("template"), &topic::inbound(agency)).into_bytes(),
                Err(binary) => binary.into_bytes(),
            };
            fs::write(to.join(entry.file_name()), bytes).map_err(refused)?;
            copied.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    copied.sort();
    // The samples of the template become leads of this agency now.
    let mut faults = Vec::new();
    samples::check(&to, true, &mut faults);
    if !faults.is_empty() {
        return Err(Fault::failed(format!("the template does not work:\n{}", faults.join("\n"))));
    }
    if console.is_json() {
        return console.json(&json!({ "folder": to.display().to_string(), "files": copied }));
    }
    let (folder, site) = (to.display(), site.dir.display());
    console.line(format!("{folder}: {}", copied.join(", ")))?;
    console.line("\nNext: edit source.toml and mapping.vrl, then")?;
    console
        .line(format!("  leadshare -C {site} source try {agency} FILE     until it says what you want"))?;
    console.line(format!("  leadshare -C {site} check"))?;
    console.line("and start the service again: it reads its sources once.")
}

fn print(console: &mut Console, number: usize, outcome: &Outcome, unread: &[String]) -> Result<(), Fault> {
    let json = match outcome {
        Outcome::Lead(lead) => {
            let lead = decode::without_empty(lead.to_json());
            json!({ "entry": number, "lead": lead, "unread": unread })
        }
        Outcome::NotALead(code) => json!({ "entry": number, "not_a_lead": code }),
        Outcome::Rejected(reason) => {
            json!({ "entry": number, "rejected": reason.code, "stage": reason.stage, "message": reason.message })
        }
    };
    if console.is_json() {
        return console.json(&json);
    }
    let (style, what) = match outcome {
        Outcome::Lead(lead) => (Style::Good, format!("a lead, {}", lead.lead_id)),
        Outcome::NotALead(code) => (Style::Notice, format!("no lead: {code}")),
        Outcome::Rejected(reason) => (Style::Bad, format!("a dead letter: {reason}")),
    };
    let what = console.style(style, &what);
    console.line(format!("entry {number}: {what}"))?;
    if let Some(lead) = json.get("lead") {
        let text = serde_json::to_string_pretty(lead)
            .map_err(|error| Fault::failed(format!("the lead does not print: {error}")))?;
        console.line(printable(&text))?;
        if !unread.is_empty() {
            let note = format!("the mapping never reads: {}", unread.join(", "));
            console.line(console.style(Style::Notice, &note))?;
        }
    }
    Ok(())
}
