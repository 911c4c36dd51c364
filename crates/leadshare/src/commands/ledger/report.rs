//! What was decided about one partner or one lead, and by which policies.

use lead::LeadId;
use lead::decision::{Decision, Outcome, OutcomeCode};
use serde_json::json;

use crate::access::{Broker, read_decisions};
use crate::cli::Report;
use crate::commands::trace;
use crate::console::{Console, Style, minute};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// Lines in the order in which they were decided.
struct Line {
    decision: Decision,
    outcome: Outcome,
}

pub(super) fn run(
    site: &Site,
    broker: &mut dyn Broker,
    report: &Report,
    console: &mut Console,
) -> Result<(), Fault> {
    let lead = report.lead.as_deref().map(|lead| trace::parse(lead, &site.keys()?)).transpose()?;
    if let Some(partner) = &report.partner
        && lead.is_none()
        && Definitions::read(site)?.partners.get(partner).is_none()
    {
        // One that is gone may have been given much: no fault, but perhaps a slip.
        tracing::warn!(partner, "no partner of this name is configured now");
    }
    let lines = lines(broker, report, lead)?;
    if console.is_json() {
        return console.json(&json!({ "outcomes": lines.iter().map(to_json).collect::<Vec<_>>() }));
    }
    if lines.is_empty() {
        return console.line("nothing was decided that this asks for");
    }
    let rows: Vec<_> = lines
        .iter()
        .map(|Line { decision, outcome }| {
            let by = decision.officer.as_deref().map(|officer| format!(" by {officer}")).unwrap_or_default();
            vec![
                (Style::Faint, minute(decision.decided_at)),
                if lead.is_some() {
                    (Style::Strong, outcome.partner.clone())
                } else {
                    (Style::Strong, decision.lead_id.to_string())
                },
                (Style::Plain, what(outcome)),
                (Style::Plain, format!("{}{by}", decision.cause.symbol().to_lowercase())),
                (Style::Faint, format!("{}/{}", decision.chain, decision.sequence)),
            ]
        })
        .collect();
    console
        .table(&["when", if lead.is_some() { "partner" } else { "lead" }, "what", "why", "chain"], &rows)?;
    let sent = lines.iter().filter(|line| line.outcome.outcome == OutcomeCode::Delivered).count();
    console.line(format!("\n{} outcomes, {sent} messages", lines.len()))
}

fn lines(broker: &mut dyn Broker, report: &Report, lead: Option<LeadId>) -> Result<Vec<Line>, Fault> {
    let mut lines = Vec::new();
    read_decisions(broker, |_, decision| {
        let is_asked = lead.is_none_or(|lead| decision.lead_id == lead);
        if !is_asked || !report.period.contains(decision.decided_at) {
            return;
        }
        for name in decision.partners() {
            let is_asked = report.partner.as_ref().is_none_or(|partner| partner == name);
            let outcome = decision.outcome_of(name).filter(|_| is_asked);
            let outcome = outcome.filter(|outcome| report.all || is_disclosure(outcome));
            lines.extend(outcome.map(|outcome| Line { decision: decision.clone(), outcome }));
        }
    })?;
    lines.sort_by_key(|line| (line.decision.decided_at.0, line.decision.chain, line.decision.sequence));
    Ok(lines)
}

/// Whether something was given, taken back or answered.
fn is_disclosure(outcome: &Outcome) -> bool {
    outcome.outcome == OutcomeCode::Delivered || outcome.answer.is_some()
}

fn what(outcome: &Outcome) -> String {
    let answer = outcome.answer.map(|answer| answer.symbol().to_owned());
    let sent = outcome.action.filter(|_| outcome.outcome == OutcomeCode::Delivered);
    let sent = sent.map(|kind| format!("{} {}", kind.symbol(), outcome.revision));
    sent.or(answer).unwrap_or_else(|| outcome.outcome.symbol().to_lowercase())
}

fn to_json(line: &Line) -> serde_json::Value {
    let Line { decision, outcome } = line;
    json!({
        "at_micros": decision.decided_at.0, "lead": decision.lead_id, "version": decision.version,
        "domain": decision.domain.symbol(), "partner": outcome.partner, "what": what(outcome),
        "outcome": outcome.outcome.symbol(), "cause": decision.cause.symbol(), "officer": decision.officer,
        "alias": outcome.alias, "revision": outcome.revision, "classes": outcome.classes,
        "policies": outcome.policies, "reasons": outcome.reasons, "policy_hash": decision.policies,
        "chain": decision.chain, "sequence": decision.sequence,
    })
}
