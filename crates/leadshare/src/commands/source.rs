//! A new agency from the template, and files tried without sending them.

mod attempt;
mod pairing;

use lead::topic;
use serde_json::json;

use crate::cli::Source;
use crate::console::Console;
use crate::definitions::{self, TEMPLATES, name_of};
use crate::fault::Fault;
use crate::site::Site;
use crate::{samples, scaffold};

pub(crate) fn run(site: &Site, command: &Source, console: &mut Console) -> Result<(), Fault> {
    match command {
        Source::New { agency, format } => new(site, agency, format, console),
        Source::Try(attempt) => attempt::run(site, attempt, console),
    }
}

fn new(site: &Site, agency: &str, format: &str, console: &mut Console) -> Result<(), Fault> {
    scaffold::check_name("an agency", agency)?;
    let sources = &site.config.files.sources;
    let templates = definitions::folders(&sources.join(TEMPLATES), &mut Vec::new());
    let names: Vec<String> = templates.iter().map(|folder| name_of(folder)).collect();
    if !names.iter().any(|name| name == format) {
        let there = names.join(", ");
        return Err(Fault::usage(format!("no template `{format}`; there are: {there}")));
    }
    let (from, to) = (sources.join(TEMPLATES).join(format), sources.join(agency));
    // The template names its own topic, and no two agencies may share one.
    let topics = [(topic::inbound("template"), topic::inbound(agency))];
    let copied = scaffold::copy(&from, &to, &topics)?;
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
        .line(format!("  leadshare -C {site} source try {agency} FILE...   until it says what you want"))?;
    console.line(format!(
        "  leadshare -C {site} source try {agency} --accept FILE   keeps a synthetic one as a sample"
    ))?;
    console.line(format!("  leadshare -C {site} check"))?;
    console.line("and start the service again: it reads its sources once.")
}
