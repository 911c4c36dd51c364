//! Leads that are taken back: the order, who has answered, and the certificate. All of it is read from decisions.

use std::collections::BTreeMap;

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Decision, OutcomeCode};
use lead::matter::{MatterEvent, Recall as Word};
use lead::{LeadId, topic, wire};
use pipeline::Topic;
use serde_json::json;

use crate::access::{self, Broker, read_all};
use crate::cli::Recall;
use crate::commands::held::day;
use crate::commands::{trace, word};
use crate::console::{Console, Style};
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, recall: &Recall, console: &mut Console) -> Result<(), Fault> {
    let keys = site.keys()?;
    let of = |lead: &str, domain: crate::cli::Domain| -> Result<_, Fault> {
        Ok((trace::parse(lead, &keys)?, MessageStatus::from(domain)))
    };
    match recall {
        Recall::Order { lead, speaker, domain } => {
            let (lead, domain) = of(lead, *domain)?;
            let mut broker = access::open(site)?;
            let decisions = decisions(broker.as_mut(), lead, domain)?;
            let word = word::sign(
                site,
                speaker,
                Word {
                    matter_id: decisions.last().map(|decision| decision.matter_id).unwrap_or_default(),
                    lead_id: lead,
                    domain,
                    reason: speaker.reason.clone(),
                    officer: speaker.officer.clone(),
                    at: word::moment(),
                    signature: String::new(),
                },
            )?;
            let value = wire::encode(&MatterEvent::Recall(word)).map_err(|e| Fault::failed(e.to_string()))?;
            let places = word::send(site, broker.as_mut(), lead.to_string(), value)?;
            let holders: Vec<String> =
                custody(&decisions).into_iter().filter(|(_, c)| c.holds).map(|(p, _)| p).collect();
            if console.is_json() {
                return console.json(&json!({ "lead": lead, "recalled_from": holders }));
            }
            let from =
                if holders.is_empty() { "nobody, who holds it".to_owned() } else { holders.join(", ") };
            console.line(format!("{} recalls {lead} from {from}", speaker.officer))?;
            word::sent(site, &places, "router", console)
        }
        Recall::Status { lead, domain } => {
            let (lead, domain) = of(lead, *domain)?;
            let decisions = decisions(access::open(site)?.as_mut(), lead, domain)?;
            status(&decisions, lead, console)
        }
        Recall::Certificate { lead, domain } => {
            let (lead, domain) = of(lead, *domain)?;
            let decisions = decisions(access::open(site)?.as_mut(), lead, domain)?;
            certificate(&decisions, lead, console)
        }
    }
}

/// Every decision on a lead, oldest first.
fn decisions(broker: &mut dyn Broker, lead: LeadId, domain: MessageStatus) -> Result<Vec<Decision>, Fault> {
    let mut found = Vec::new();
    read_all(broker, &[Topic::new(topic::DECISIONS)], |record| {
        let decision = record.value.as_deref().and_then(|value| wire::decode::<Decision>(value).ok());
        found.extend(decision.filter(|decision| decision.lead_id == lead && decision.domain == domain));
        true
    })?;
    if found.is_empty() {
        let todo = "see `leadshare trace`, and --domain for exercises and tests";
        return Err(Fault::failed(format!("nothing was decided about {lead}; {todo}")));
    }
    found.sort_by_key(|decision| decision.sequence);
    Ok(found)
}

/// What became of the copies of one partner.
#[derive(Default)]
struct Custody {
    holds: bool,
    told: Option<String>,
    answer: &'static str,
}

fn custody(decisions: &[Decision]) -> BTreeMap<String, Custody> {
    let mut all: BTreeMap<String, Custody> = BTreeMap::new();
    for decision in decisions {
        for outcome in &decision.outcomes {
            let sent = outcome.outcome == OutcomeCode::Delivered;
            let known = all.contains_key(&outcome.partner);
            if !sent && !known {
                continue;
            }
            let custody = all.entry(outcome.partner.clone()).or_default();
            match outcome.action.filter(|_| sent) {
                Some(MessageKind::Cancel) => {
                    *custody = Custody { holds: false, told: Some(day(decision.decided_at)), answer: "" };
                }
                Some(_) => *custody = Custody { holds: true, told: None, answer: "" },
                None => {}
            }
            let is_unreachable = outcome.reasons.iter().any(|reason| reason.starts_with("UNREACHABLE"));
            match outcome.answer {
                Some(answer)
                    if answer.is_of_custody() && outcome.reasons.iter().all(|r| !r.contains(' ')) =>
                {
                    custody.answer = answer.symbol();
                }
                _ if is_unreachable && custody.answer.is_empty() => custody.answer = "UNREACHABLE",
                _ => {}
            }
        }
    }
    all
}

fn status(decisions: &[Decision], lead: LeadId, console: &mut Console) -> Result<(), Fault> {
    let custody = custody(decisions);
    if console.is_json() {
        let partners: Vec<_> = custody
            .iter()
            .map(|(partner, c)| json!({ "partner": partner, "holds": c.holds, "told": c.told, "answer": c.answer }))
            .collect();
        return console.json(&json!({ "lead": lead, "partners": partners }));
    }
    let rows: Vec<_> = custody
        .into_iter()
        .map(|(partner, c)| {
            let state = if c.holds { "holds a copy" } else { "told to drop it" };
            let answer = if c.holds || !c.answer.is_empty() { c.answer } else { "no answer yet" };
            vec![
                (Style::Strong, partner),
                (Style::Plain, state.to_owned()),
                (Style::Faint, c.told.unwrap_or_default()),
                (Style::Plain, answer.to_owned()),
            ]
        })
        .collect();
    if rows.is_empty() {
        return console.line(format!("nobody ever received {lead}"));
    }
    console.table(&["partner", "", "since", "answer"], &rows)
}

/// Everything that was sent, in order, with its place in the chain, and every answer.
fn certificate(decisions: &[Decision], lead: LeadId, console: &mut Console) -> Result<(), Fault> {
    let mut lines = Vec::new();
    for decision in decisions {
        for outcome in &decision.outcomes {
            let sent = outcome.action.filter(|_| outcome.outcome == OutcomeCode::Delivered);
            let what = match (sent, outcome.answer) {
                (Some(kind), _) => format!("{} {}", kind.symbol(), outcome.revision),
                (None, Some(answer)) => answer.symbol().to_owned(),
                (None, None) => match outcome.reasons.iter().find(|r| r.starts_with("UNREACHABLE")) {
                    Some(_) => "UNREACHABLE".to_owned(),
                    None => continue,
                },
            };
            lines.push((decision, outcome, what));
        }
    }
    if console.is_json() {
        let events: Vec<_> = lines
            .iter()
            .map(|(decision, outcome, what)| {
                json!({
                    "at_micros": decision.decided_at.0, "partner": outcome.partner, "what": what,
                    "cause": decision.cause.symbol(), "officer": decision.officer, "alias": outcome.alias,
                    "reasons": outcome.reasons, "chain": decision.chain, "sequence": decision.sequence,
                })
            })
            .collect();
        return console.json(&json!({ "lead": lead, "events": events }));
    }
    console.line(format!("What was sent of {lead}, and what became of it, by the chain of decisions\n"))?;
    let rows: Vec<_> = lines
        .into_iter()
        .map(|(decision, outcome, what)| {
            let by = decision.officer.as_deref().map(|officer| format!(" by {officer}")).unwrap_or_default();
            vec![
                (Style::Faint, day(decision.decided_at)),
                (Style::Strong, outcome.partner.clone()),
                (Style::Plain, what),
                (Style::Plain, format!("{}{by}", decision.cause.symbol().to_lowercase())),
                (Style::Faint, format!("{}/{}", decision.chain, decision.sequence)),
            ]
        })
        .collect();
    console.table(&["when", "partner", "what", "why", "chain"], &rows)
}
