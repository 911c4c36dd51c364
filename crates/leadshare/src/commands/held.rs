//! Releases that wait for officers, and what an officer says of one.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::held::HeldRelease;
use lead::matter::{Approval, MatterEvent};
use lead::{topic, wire};
use serde_json::json;

use crate::access::{self, Broker, read_compacted};
use crate::cli::Release;
use crate::commands::{trace, word};
use crate::console::{Console, Style, minute};
use crate::fault::Fault;
use crate::site::Site;

/// What is held now.
fn held(broker: &mut dyn Broker) -> Result<BTreeMap<Vec<u8>, HeldRelease>, Fault> {
    read_compacted(broker, topic::HELD)
}

pub(crate) fn list(site: &Site, console: &mut Console) -> Result<(), Fault> {
    let held = held(access::open(site)?.as_mut())?;
    if console.is_json() {
        return console.json(&json!({ "held": held.values().collect::<Vec<_>>() }));
    }
    let rows: Vec<_> = held
        .values()
        .map(|h| {
            vec![
                (Style::Strong, h.lead_id.to_string()),
                (Style::Plain, h.version.to_string()),
                (Style::Plain, h.partner.clone()),
                (Style::Plain, format!("{}/{}", h.approved_by.len(), h.needs)),
                (Style::Faint, minute(h.until)),
                (Style::Plain, h.reasons.join("; ")),
            ]
        })
        .collect();
    if rows.is_empty() {
        return console.line("nothing is held");
    }
    console.table(&["lead", "version", "partner", "approved", "until", "why"], &rows)
}

pub(crate) fn say(site: &Site, said: &Release, approved: bool, console: &mut Console) -> Result<(), Fault> {
    let keys = site.keys()?;
    let (lead, domain) = (trace::parse(&said.lead, &keys)?, MessageStatus::from(said.domain));
    let mut broker = access::open(site)?;
    let key = HeldRelease::key(domain, lead, &said.partner);
    let held = held(broker.as_mut())?.remove(key.as_bytes()).ok_or_else(|| {
        Fault::usage(format!("{lead} is not held for `{}`; `leadshare held` lists what is", said.partner))
    })?;
    let word = word::sign(
        site,
        &said.speaker,
        Approval {
            matter_id: held.matter_id,
            lead_id: lead,
            domain,
            version: held.version,
            partner: said.partner.clone(),
            approved,
            reason: said.speaker.reason.clone(),
            officer: said.speaker.officer.clone(),
            at: word::moment(),
            signature: String::new(),
        },
    )?;
    let (version, partner, officer) = (word.version, word.partner.clone(), word.officer.clone());
    let value = wire::encode(&MatterEvent::Approval(word)).map_err(|e| Fault::failed(e.to_string()))?;
    let places = word::send(site, broker.as_mut(), lead.to_string(), value)?;
    if console.is_json() {
        return console.json(&json!({
            "lead": lead, "version": version, "partner": partner, "approved": approved, "officer": officer,
            "places": places.iter().map(|(s, o)| format!("{}/{}/{o}", s.topic, s.partition)).collect::<Vec<_>>(),
        }));
    }
    let verb = if approved { "approves" } else { "refuses" };
    console.line(format!("{officer} {verb} version {version} of {lead} for {partner}"))?;
    word::sent(site, &places, "router", console)
}
