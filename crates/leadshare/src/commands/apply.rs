//! Policies and partners that changed, put to what was decided before: a word for each lead that they touch.
//!
//! New leads are decided by what is configured from the start of a service on. What partners hold stays as it is until an
//! officer says this: a slip in a file should not take back ten thousand copies. Each word is a fact on the stream, so
//! that the decision that follows has its cause and its place.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::matter::{Ground, MatterEvent, Reconsideration};
use lead::{LeadId, MatterId, wire};
use release::Replay;
use serde_json::json;

use crate::access::{self, read_decisions};
use crate::cli::Apply;
use crate::commands::word;
use crate::console::Console;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// Words that are sent at once.
const BATCH: usize = 500;

pub(crate) fn run(site: &Site, asked: &Apply, ground: Ground, console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let mut broker = access::open(site)?;
    let release = definitions.release(site, &site.keys()?)?;
    let mut replay = Replay::against(&release);
    // Leads that live, with their matters, and whether they were decided for other partners than those of now.
    let mut live: BTreeMap<(MessageStatus, LeadId), (MatterId, bool)> = BTreeMap::new();
    read_decisions(broker.as_mut(), |_, decision| {
        replay.take(&decision);
        let key = (decision.domain, decision.lead_id);
        if decision.ends_the_lead() {
            live.remove(&key);
        } else if decision.is_for_everybody() {
            live.insert(key, (decision.matter_id, decision.partners != release.partners().hash()));
        }
    })?;
    let touched: Vec<_> = live
        .iter()
        .filter(|(key, (_, other))| match ground {
            Ground::Policy => replay.leads().contains_key(*key),
            Ground::Partner => *other,
        })
        .map(|(key, (matter, _))| (*key, *matter))
        .collect();
    let mut sent = Vec::new();
    if !asked.dry_run {
        for part in touched.chunks(BATCH) {
            let words = part.iter().map(|((domain, lead), matter)| Reconsideration {
                matter_id: *matter,
                lead_id: *lead,
                domain: *domain,
                ground,
                reason: asked.speaker.reason.clone(),
                officer: asked.speaker.officer.clone(),
                at: word::moment(),
                signature: String::new(),
            });
            let mut words_signed = Vec::new();
            for word in word::sign_all(site, &asked.speaker, words.collect())? {
                let key = word.lead_id.to_string();
                let value = wire::encode(&MatterEvent::Reconsideration(word));
                words_signed.push((key, value.map_err(|e| Fault::failed(e.to_string()))?));
            }
            sent = word::send_all(site, broker.as_mut(), words_signed)?;
        }
    }
    if console.is_json() {
        return console.json(&json!({
            "of": live.len(), "touched": touched.len(), "dry_run": asked.dry_run,
            "leads": touched.iter().map(|((_, lead), _)| lead).collect::<Vec<_>>(),
        }));
    }
    let would = if asked.dry_run { "would be" } else { "are to be" };
    console.line(format!("{} of {} leads {would} decided again", touched.len(), live.len()))?;
    match sent.last() {
        Some(last) => word::sent(site, std::slice::from_ref(last), "router", console),
        None => Ok(()),
    }
}
