//! A new officer with a pair of keys, and officers as they are.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use gate::{Officer, OfficerKey, PublicKey};
use lead::value::Micros;
use serde_json::json;

use crate::access::remote::make_private_dir;
use crate::cli::Officer as Command;
use crate::console::{Console, Style};
use crate::definitions;
use crate::fault::Fault;
use crate::site::Site;
use crate::telemetry::now;
use crate::{scaffold, secret_file};

pub(crate) fn run(site: &Site, command: &Command, console: &mut Console) -> Result<(), Fault> {
    match command {
        Command::New { officer, may, key_file } => new(site, officer, may, key_file.as_deref(), console),
        Command::List => list(site, console),
    }
}

/// The officers of the site, or everything that is wrong with their files.
pub(crate) fn read(site: &Site) -> Result<gate::Officers, Fault> {
    let mut faults = Vec::new();
    let officers = definitions::read_officers(&site.config.files.officers, &mut faults);
    officers.filter(|_| faults.is_empty()).ok_or_else(|| Fault::usage(faults.join("\n")))
}

fn new(
    site: &Site,
    officer: &str,
    may: &[String],
    key_file: Option<&Path>,
    console: &mut Console,
) -> Result<(), Fault> {
    let made = make(site, officer, may, key_file)?;
    if console.is_json() {
        return console.json(&json!({
            "officer": officer, "file": made.file.display().to_string(), "may": may,
            "key_file": made.secret.display().to_string(), "public_key": made.key.to_string(),
        }));
    }
    let site = site.dir.display();
    console.line(format!("{}   the public key, and what the officer may say", made.file.display()))?;
    console.line(format!("{}   the secret key: only the officer may have it", made.secret.display()))?;
    console.line("\nNext: set `until` in the officer's file,")?;
    console.line(format!("  leadshare -C {site} check"))?;
    console.line("and start the gate again: it reads its officers once.")
}

/// What was made for an officer.
struct Made {
    file: PathBuf,
    secret: PathBuf,
    key: PublicKey,
}

/// Makes an officer who may say this: a secret key in a file of its own, and the officer's file. Overwrites neither.
pub(crate) fn make_officer(site: &Site, officer: &str, may: &[String]) -> Result<(), Fault> {
    make(site, officer, may, None).map(drop)
}

fn make(site: &Site, officer: &str, may: &[String], key_file: Option<&Path>) -> Result<Made, Fault> {
    scaffold::check_name("an officer", officer)?;
    let folder = &site.config.files.officers;
    let file = folder.join(format!("{officer}.toml"));
    let secret = key_file.map_or_else(|| site.officer_key(officer), Path::to_owned);
    for (path, instead) in [
        (&file, "an officer is for ever: choose another name, or remove the file to replace the key"),
        (&secret, "move it away, or write the new one elsewhere with --key-file"),
    ] {
        if path.exists() {
            return Err(Fault::usage(format!("`{}` is there already; {instead}", path.display())));
        }
    }
    if key_file.is_none() {
        // The folder of secrets, and that of officers in it.
        for dir in secret.ancestors().skip(1).take(2).collect::<Vec<_>>().into_iter().rev() {
            make_private_dir(dir).map_err(|error| Fault::file(dir, "secret keys are kept there", &error))?;
        }
    }
    let refused = |error: std::io::Error| Fault::file(&file, "the public key must be written there", &error);
    fs::create_dir_all(folder).map_err(refused)?;
    let todo = "the officer's secret key must be written there";
    let key = OfficerKey::new(secret_file::make(&secret, todo)?).public();
    let text = text(officer, may, &key);
    let mut out = fs::OpenOptions::new().write(true).create_new(true).open(&file).map_err(refused)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(refused)?;
    Ok(Made { file, secret, key })
}

/// The officer's file.
fn text(officer: &str, may: &[String], key: &PublicKey) -> String {
    format!(
        "# What is signed with this key counts as said by {officer}. Services read this file when they start.
key = \"{key}\"
# What it may say: \"match\", which leads are of one matter; \"approve\", which held releases go out; \"recall\", which
# leads are taken back. [] suspends the officer.
may = {may:?}
# The key is valid from here on, and until just before; a date is its first moment in UTC.
# from = 2026-01-01
# until = 2027-01-01
"
    )
}

fn list(site: &Site, console: &mut Console) -> Result<(), Fault> {
    let (officers, now) = (read(site)?, Micros::of_millis(now().0));
    if officers.is_empty() && !console.is_json() {
        let folder = site.config.files.officers.display();
        return console.line(format!("no officers in {folder}; `leadshare officer new` makes one"));
    }
    let mut rows = Vec::new();
    for officer in officers.iter() {
        let may: Vec<&str> = officer.may.iter().map(|grant| grant.name()).collect();
        let (style, state) = state(officer, now);
        let (from, until) = (officer.from.map(time), officer.until.map(time));
        if console.is_json() {
            console.json(&json!({
                "officer": officer.id, "may": may, "from": from, "until": until, "key": state,
                "public_key": officer.key.to_string(),
            }))?;
        }
        rows.push(vec![
            (Style::Strong, officer.id.clone()),
            (Style::Plain, if may.is_empty() { "nothing".to_owned() } else { may.join(", ") }),
            (Style::Plain, from.unwrap_or_else(|| "·".to_owned())),
            (Style::Plain, until.unwrap_or_else(|| "·".to_owned())),
            (style, state.to_owned()),
        ]);
    }
    if console.is_json() {
        return Ok(());
    }
    console.table(&["officer", "may", "from", "until", "key"], &rows)
}

/// How the key of an officer stands now.
fn state(officer: &Officer, now: Micros) -> (Style, &'static str) {
    match (officer.from, officer.until) {
        (Some(from), _) if now < from => (Style::Notice, "not valid yet"),
        (_, Some(until)) if now >= until => (Style::Bad, "not valid any more"),
        _ => (Style::Good, "valid"),
    }
}

fn time(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}
