//! Leads that are kept beyond their time: what an officer says of one, and which are kept now.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::decision::{Cause, Decision};
use lead::matter::LegalHold as Word;
use lead::{topic, wire};
use serde_json::json;

use crate::access::{self, Broker, read_compacted, read_decisions};
use crate::cli::{Hold, LegalHold};
use crate::commands::{trace, word};
use crate::console::{Console, Style, minute};
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, command: &LegalHold, console: &mut Console) -> Result<(), Fault> {
    match command {
        LegalHold::Place(hold) => say(site, hold, true, console),
        LegalHold::Lift(hold) => say(site, hold, false, console),
        LegalHold::List => list(site, console),
    }
}

fn say(site: &Site, said: &Hold, placed: bool, console: &mut Console) -> Result<(), Fault> {
    let keys = site.keys()?;
    let hold = Word {
        lead_id: trace::parse(&said.lead, &keys)?,
        domain: MessageStatus::from(said.domain),
        placed,
        reason: said.speaker.reason.clone(),
        officer: said.speaker.officer.clone(),
        at: word::moment(),
        signature: String::new(),
    };
    let mut broker = access::open(site)?;
    if !placed && !standing(broker.as_mut())?.contains_key(hold.key().as_bytes()) {
        return Err(Fault::usage(format!(
            "{} is not held for `{}`; `leadshare legal-hold list` shows what is, and for which reasons",
            hold.lead_id, hold.reason
        )));
    }
    let caution = if placed { caution(broker.as_mut(), &hold)? } else { None };
    let hold = word::sign(site, &said.speaker, hold)?;
    let value = wire::encode(&hold).map_err(|error| Fault::failed(error.to_string()))?;
    let places = word::send(site, broker.as_mut(), hold.lead_id.to_string(), value)?;
    let Word { lead_id, domain, reason, officer, at, .. } = &hold;
    if console.is_json() {
        for (source, offset) in &places {
            console.json(&json!({
                "lead": lead_id, "domain": domain.symbol(), "placed": placed, "reason": reason, "officer": officer,
                "at_micros": at.0, "caution": caution, "topic": source.topic.as_str(), "partition": source.partition.0, "offset": offset.0,
            }))?;
        }
        return Ok(());
    }
    let does = if placed { "keeps" } else { "does not keep" };
    let what = if placed { "whatever its time is" } else { "beyond its time any more" };
    console.line(format!("{officer} {does} {lead_id} {what} ({reason})"))?;
    if let Some(caution) = caution {
        console.line(format!("careful: {caution}"))?;
    }
    word::sent(site, &places, "deduplicator", console)
}

/// The holds that stand, by their keys.
fn standing(broker: &mut dyn Broker) -> Result<BTreeMap<Vec<u8>, Word>, Fault> {
    read_compacted(broker, topic::LEGAL_HOLDS)
}

/// What an officer should know who keeps a lead: a hold of what is not here keeps nothing.
fn caution(broker: &mut dyn Broker, hold: &Word) -> Result<Option<&'static str>, Fault> {
    let mut last: Option<Decision> = None;
    read_decisions(broker, |_, decision| {
        let is_of_it = (decision.lead_id, decision.domain) == (hold.lead_id, hold.domain);
        if is_of_it && last.as_ref().is_none_or(|last| last.place() < decision.place()) {
            last = Some(decision);
        }
    })?;
    Ok(match last.map(|decision| decision.cause) {
        None => Some(
            "nothing is here of it: is the number right, and --domain? The hold counts if it comes later",
        ),
        Some(Cause::Purge) => Some("it was purged already: nothing is left to keep but what comes later"),
        Some(_) => None,
    })
}

fn list(site: &Site, console: &mut Console) -> Result<(), Fault> {
    let standing = standing(access::open(site)?.as_mut())?;
    if console.is_json() {
        return console.json(&json!({ "legal_holds": standing.values().collect::<Vec<_>>() }));
    }
    let rows: Vec<_> = standing
        .values()
        .map(|word| {
            vec![
                (Style::Strong, word.lead_id.to_string()),
                (Style::Plain, word.domain.symbol().to_owned()),
                (Style::Plain, word.reason.clone()),
                (Style::Plain, word.officer.clone()),
                (Style::Faint, minute(word.at)),
            ]
        })
        .collect();
    if rows.is_empty() {
        return console.line("no lead is held beyond its time by an officer");
    }
    console.table(&["lead", "domain", "reason", "officer", "since"], &rows)
}
