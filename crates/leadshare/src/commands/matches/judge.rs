//! What an officer says of two leads.

use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::wire;
use serde_json::json;

use crate::access;
use crate::cli::Word;
use crate::commands::{trace, word};
use crate::console::Console;
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(
    site: &Site,
    said: &Word,
    judgement: Judgement,
    console: &mut Console,
) -> Result<(), Fault> {
    let keys = site.keys()?;
    let decision = word::sign(
        site,
        &said.speaker,
        MatchDecision {
            judgement,
            domain: MessageStatus::from(said.domain),
            first: trace::parse(&said.first, &keys)?,
            second: trace::parse(&said.second, &keys)?,
            reason: said.speaker.reason.clone(),
            officer: said.speaker.officer.clone(),
            at: word::moment(),
            signature: String::new(),
        },
    )?;
    let value = wire::encode(&decision).map_err(|error| Fault::failed(error.to_string()))?;
    let places = word::send(site, access::open(site)?.as_mut(), decision.first.to_string(), value)?;
    let MatchDecision { first, second, domain, reason, officer, at, .. } = &decision;
    if console.is_json() {
        for (source, offset) in &places {
            console.json(&json!({
                "judgement": judgement.symbol(), "domain": domain.symbol(), "first": first, "second": second,
                "reason": reason, "officer": officer, "at_micros": at.0, "topic": source.topic.as_str(),
                "partition": source.partition.0, "offset": offset.0,
            }))?;
        }
        return Ok(());
    }
    let means = match judgement {
        Judgement::Same => "of one matter",
        Judgement::Different => "of different matters",
    };
    console.line(format!("{officer} says: {first} and {second} are {means} ({reason})"))?;
    word::sent(site, &places, "deduplicator", console)
}
