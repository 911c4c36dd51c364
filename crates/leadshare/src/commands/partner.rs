//! A new partner from the template, and partners as they are.

use std::path::PathBuf;

use lead::matter::Ground;
use lead::topic;
use lead::value::Micros;
use pipeline::{Headers, Output, Topic};
use release::Partner;
use serde_json::json;

use crate::access;
use crate::cli::Partner as Command;
use crate::commands::{apply, submit};
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::scaffold;
use crate::site::Site;
use crate::telemetry::now;

/// What the gate takes of an answer at most.
const ANSWER_BYTES: usize = 4 << 10;

pub(crate) fn run(site: &Site, command: &Command, console: &mut Console) -> Result<(), Fault> {
    match command {
        Command::New { partner } => new(site, partner, console),
        Command::Answer { partner, files } => answer(site, partner, files, console),
        Command::List => list(site, console),
        Command::Apply(asked) => apply::run(site, asked, Ground::Partner, console),
    }
}

fn new(site: &Site, partner: &str, console: &mut Console) -> Result<(), Fault> {
    scaffold::check_name("a partner", partner)?;
    let partners = &site.config.files.partners;
    let to = partners.join(partner);
    let copied = scaffold::copy(&partners.join("_template"), &to, &[])?;
    let folder = to.display();
    if console.is_json() {
        return console.json(&json!({ "folder": folder.to_string(), "files": copied }));
    }
    let site = site.dir.display();
    console.line(format!("{folder}: {}", copied.join(", ")))?;
    console.line("\nNext: edit partner.toml, put leads beside it as NAME.lead.json, then")?;
    console.line(format!(
        "  leadshare -C {site} check --write-samples     and read in NAME.released.json what it would get"
    ))?;
    console.line("and start the router again: it reads its partners once. SANDBOX receives exercises only.")
}

fn answer(site: &Site, partner: &str, files: &[PathBuf], console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let partner = definitions.partners.get(partner).ok_or_else(|| {
        Fault::usage(format!("no partner `{partner}`; `leadshare partner list` shows who there is"))
    })?;
    let answers = files.iter().map(|file| {
        let value = submit::read_message(file, ANSWER_BYTES)?;
        let (topic, headers) = (Topic::from(topic::feedback(&partner.id)), Headers::default());
        Ok(Output { topic, partition: None, key: None, value: Some(value), headers })
    });
    let outputs = answers.collect::<Result<Vec<_>, Fault>>()?;
    let mut broker = access::open(site)?;
    submit::make_topic(site, broker.as_mut(), &outputs)?;
    let places = broker.send(&outputs)?;
    for (file, (source, offset)) in files.iter().zip(&places) {
        submit::report(console, file, source, *offset)?;
    }
    Ok(())
}

fn list(site: &Site, console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let (home, now) = (site.config.home_country, Micros::of_millis(now().0));
    let mut rows = Vec::new();
    for partner in definitions.partners.iter() {
        let until = agreed_until(partner, now);
        let ends = until.map(day);
        if console.is_json() {
            console.json(&json!({
                "partner": partner.id, "name": partner.name, "kind": partner.kind.name(),
                "country": partner.country.as_str(), "state": partner.state.symbol(),
                "agreement_until": ends, "topic": partner.topic(home), "agencies": partner.agencies,
            }))?;
        }
        let (style, ends) = match ends {
            Some(day) => (Style::Plain, day),
            None => (Style::Bad, "none in force".to_owned()),
        };
        rows.push(vec![
            (Style::Strong, partner.id.clone()),
            (Style::Plain, partner.kind.name().to_owned()),
            (Style::Plain, partner.country.as_str().to_owned()),
            (Style::Plain, partner.state.symbol().to_owned()),
            (style, ends),
            (Style::Plain, partner.name.clone()),
        ]);
    }
    if console.is_json() {
        return Ok(());
    }
    console.table(&["partner", "kind", "country", "state", "agreed until", "name"], &rows)
}

/// The end of the agreement in force that lasts longest.
fn agreed_until(partner: &Partner, now: Micros) -> Option<Micros> {
    partner.agreements.iter().filter(|agreement| agreement.in_force(now)).map(|a| a.ends).max()
}

fn day(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at.0)
        .map_or_else(|_| at.0.to_string(), |at| at.strftime("%F").to_string())
}
