//! Why a partner did or did not get a lead, from the decision alone.

use lead::Decision;
use lead::decision::{Outcome, OutcomeCode, PolicyReason};

/// The answer as lines of text; `None` when the decision does not speak of the partner. Shows no
/// value of the lead: a decision holds none.
pub fn explain(decision: &Decision, partner: &str) -> Option<Vec<String>> {
    let outcome = decision.outcome_of(partner)?;
    let mut lines = vec![
        format!("{partner}: {}", headline(&outcome)),
        format!(
            "  lead {} version {}, decided for cause {} at {}",
            decision.lead_id,
            decision.version,
            decision.cause.symbol(),
            instant(decision.decided_at)
        ),
    ];
    let reasons = with_policies(&outcome.policies, &outcome.reasons);
    lines.extend(reasons.iter().map(|reason| format!("  because {reason}")));
    lines.extend(overruled("  ", &outcome.overruled));
    if !outcome.classes.is_empty() {
        lines.push(format!("  shows: {}", outcome.classes.join(", ")));
    }
    for hidden in &outcome.hidden {
        let why = match hidden.reasons.as_slice() {
            [] => "no policy grants it".to_owned(),
            reasons => with_policies(&hidden.policies, reasons).join("; "),
        };
        lines.push(format!("  hides {}: {why}", hidden.class));
        lines.extend(overruled("    ", &hidden.overruled));
    }
    for (forms, how) in [(&outcome.outlines, "in a coarser form"), (&outcome.tokens, "as a token")] {
        for form in forms {
            let policies = form.policies.join(", ");
            lines.push(format!("  may give {} {how} where it shows no value [{policies}]", form.class));
        }
    }
    if outcome.cleared > 0 {
        lines.push(format!("  {} values were cleared", outcome.cleared));
    }
    for path in &outcome.withheld {
        lines.push(format!("  withheld {path}: it repeats a value that was cleared"));
    }
    for lead in &outcome.covered_by {
        lines.push(format!("  every fact of it is in the copy of lead {lead}"));
    }
    if let Some(until) = outcome.until {
        lines.push(format!("  to be decided again at {}", instant(until)));
    }
    lines.push(format!(
        "  seen of the lead: {}",
        set(&decision.facts.flags(), "tlp", decision.facts.tlp.symbol())
    ));
    lines.push(format!(
        "  seen of the partner: {}",
        set(&outcome.facts.flags(), "state", outcome.facts.state.symbol())
    ));
    lines.push(format!("  policies {}, partners {}", short(&decision.policies), short(&decision.partners)));
    Some(lines)
}

/// Reasons with the policies that give them, which stand first in both lists; reasons that are no policy's follow.
fn with_policies(policies: &[String], reasons: &[String]) -> Vec<String> {
    let (of_policies, others) = reasons.split_at(policies.len().min(reasons.len()));
    let of_policies = policies.iter().zip(of_policies).map(|(policy, reason)| format!("{reason} [{policy}]"));
    of_policies.chain(others.iter().cloned()).collect()
}

fn overruled(indent: &str, permits: &[PolicyReason]) -> impl Iterator<Item = String> {
    permits.iter().map(move |permit| format!("{indent}overrules: {} [{}]", permit.reason, permit.policy))
}

fn headline(outcome: &Outcome) -> String {
    match outcome.outcome {
        OutcomeCode::Withheld => "withheld".to_owned(),
        OutcomeCode::Delivered => {
            let action = outcome.action.map_or("message", |action| action.symbol());
            format!("delivered {action}, revision {}", outcome.revision)
        }
        OutcomeCode::Held => "held until a person approves".to_owned(),
        OutcomeCode::Covered => "not sent: the partner holds every fact of it".to_owned(),
        OutcomeCode::Undeliverable => "could not be delivered: the topic refused it".to_owned(),
        OutcomeCode::Unchanged => "nothing new to say".to_owned(),
        OutcomeCode::Passing => "withheld for a passing reason".to_owned(),
    }
}

fn set(flags: &[(&'static str, bool)], code: &str, symbol: &str) -> String {
    let flags = flags.iter().filter(|(_, set)| *set).map(|(name, _)| (*name).to_owned());
    flags.chain([format!("{code} {symbol}")]).collect::<Vec<_>>().join(", ")
}

fn instant(at: lead::value::Micros) -> String {
    jiff::Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
