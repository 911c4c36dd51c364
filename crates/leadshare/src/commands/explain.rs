//! Why a partner has, or has not, a lead: from decisions alone.

use lead::Decision;
use lead::code::MessageStatus;
use serde_json::json;

use crate::access;
use crate::cli::Explain;
use crate::commands::recall::History;
use crate::commands::trace;
use crate::console::{Console, WIDTH, wrap};
use crate::decode::without_empty;
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, asked: &Explain, console: &mut Console) -> Result<(), Fault> {
    let lead = trace::parse(&asked.lead, &site.keys()?)?;
    let history = History::collect(access::open(site)?.as_mut(), lead, MessageStatus::from(asked.domain))?;
    let speaks = |decision: &&Decision| decision.outcome_of(&asked.partner).is_some();
    let mut decisions: Vec<&Decision> = history.decisions().iter().filter(speaks).collect();
    if decisions.is_empty() {
        return Err(Fault::failed(format!(
            "nothing was decided about {lead} for `{}`; `leadshare partner list` shows who is a partner",
            asked.partner
        )));
    }
    if !asked.all {
        // What an answer says explains nothing: the ruling before it does.
        let ruled = decisions.iter().rposition(|decision| {
            decision.outcome_of(&asked.partner).is_some_and(|outcome| outcome.is_ruling())
        });
        decisions = decisions.split_off(ruled.unwrap_or_default());
    }
    if console.is_json() {
        let outcomes: Vec<_> = decisions
            .iter()
            .map(|decision| {
                json!({
                    "chain": decision.chain, "sequence": decision.sequence, "version": decision.version,
                    "cause": decision.cause.symbol(), "at_micros": decision.decided_at.0,
                    "officer": decision.officer, "policies": decision.policies, "partners": decision.partners,
                    "outcome": decision.outcome_of(&asked.partner).map(|o| without_empty(json!(o))),
                    "seen_of_the_lead": json!(decision.facts),
                })
            })
            .collect();
        return console.json(&json!({ "lead": lead, "partner": asked.partner, "decisions": outcomes }));
    }
    for decision in decisions {
        for line in release::explain(decision, &asked.partner).into_iter().flatten() {
            for part in wrapped(&line) {
                console.line(part)?;
            }
        }
    }
    Ok(())
}

/// The line, broken where it is too long; what follows stands further in.
fn wrapped(line: &str) -> Vec<String> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let parts = wrap(text, WIDTH - indent - 2).into_iter().enumerate();
    parts.map(|(at, part)| format!("{:1$}{part}", "", if at == 0 { indent } else { indent + 2 })).collect()
}
