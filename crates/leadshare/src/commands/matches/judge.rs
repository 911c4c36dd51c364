//! What an officer says of two leads: signed here, and appended to what the gate reads.
//!
//! The secret key is read, used once and forgotten. Whether the decision will pass is found out here, by the rules of the
//! gate itself: an officer should hear of a wrong key now, and not of a dead letter tomorrow.

use gate::OfficerKey;
use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::value::Micros;
use lead::{topic, wire};
use pipeline::{Headers, Output, Topic};
use serde_json::json;

use crate::access;
use crate::cli::Word;
use crate::commands::{officer, submit, trace};
use crate::console::Console;
use crate::fault::Fault;
use crate::secret_file;
use crate::site::Site;
use crate::telemetry::now;

pub(crate) fn run(
    site: &Site,
    word: &Word,
    judgement: Judgement,
    console: &mut Console,
) -> Result<(), Fault> {
    let decision = sign(site, word, judgement)?;
    let output = Output {
        topic: Topic::new(topic::OFFICERS),
        partition: None,
        key: Some(decision.first.to_string().into_bytes()),
        value: Some(wire::encode(&decision).map_err(|error| Fault::failed(error.to_string()))?),
        headers: Headers::default(),
    };
    let outputs = [output];
    let mut broker = access::open(site)?;
    submit::make_topic(site, broker.as_mut(), &outputs)?;
    let places = broker.send(&outputs)?;
    for (source, offset) in &places {
        let MatchDecision { first, second, domain, reason, officer, at, .. } = &decision;
        if console.is_json() {
            console.json(&json!({
                "judgement": judgement.symbol(), "domain": domain.symbol(), "first": first, "second": second,
                "reason": reason, "officer": officer, "at_micros": at.0, "topic": source.topic.as_str(),
                "partition": source.partition.0, "offset": offset.0,
            }))?;
            continue;
        }
        let said = match judgement {
            Judgement::Same => "of one matter",
            Judgement::Different => "of different matters",
        };
        console.line(format!("{officer} says: {first} and {second} are {said} ({reason})"))?;
        console.line(format!("-> {} partition {} offset {offset}", source.topic, source.partition))?;
        let site = site.dir.display();
        console.line("\nIt takes effect when the gate and the deduplicator have read it:")?;
        console.line(format!("  leadshare -C {site} status --wait 30"))?;
    }
    Ok(())
}

/// The decision, signed now by this officer, if the gate will let it in.
fn sign(site: &Site, word: &Word, judgement: Judgement) -> Result<MatchDecision, Fault> {
    let keys = site.keys()?;
    let (first, second) = (trace::parse(&word.first, &keys)?, trace::parse(&word.second, &keys)?);
    let officers = officer::read(site)?;
    if officers.get(&word.officer).is_none() {
        let there: Vec<&str> = officers.iter().map(|officer| officer.id.as_str()).collect();
        return Err(Fault::usage(format!(
            "no officer `{}` in `{}`; there are: {}; `leadshare officer new` makes one",
            word.officer,
            site.config.files.officers.display(),
            if there.is_empty() { "none".to_owned() } else { there.join(", ") }
        )));
    }
    let path = word.key_file.clone().unwrap_or_else(|| site.officer_key(&word.officer));
    let todo =
        "expected the officer's secret key; `leadshare officer new` makes one, --key-file names another";
    let key = OfficerKey::new(secret_file::read(&path, todo)?);
    let domain = MessageStatus::from(word.domain);
    let arrives = now();
    let decision = key.sign(MatchDecision {
        judgement,
        domain,
        first,
        second,
        reason: word.reason.clone(),
        officer: word.officer.clone(),
        at: Micros(arrives.0.saturating_mul(1_000)),
        signature: String::new(),
    });
    officers.examine(&decision, arrives).map_err(|refusal| {
        Fault::usage(format!("the gate would refuse this ({}): {refusal}", refusal.code()))
    })?;
    Ok(decision)
}
