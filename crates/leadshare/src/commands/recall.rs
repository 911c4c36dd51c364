//! Leads that are taken back: the order, who has answered, and the certificate. All of it is read from decisions.

use std::collections::BTreeMap;

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Decision, OutcomeCode};
use lead::matter::{MatterEvent, Recall as Word};
use lead::{LeadId, MatterId, wire};
use pipeline::{Offset, Source};
use serde_json::json;

use crate::access::{self, Broker, read_decisions};
use crate::cli::{Recall, Speaker};
use crate::commands::{trace, word};
use crate::console::{Console, Style, minute};
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, recall: &Recall, console: &mut Console) -> Result<(), Fault> {
    let keys = site.keys()?;
    let (lead, domain) = match recall {
        Recall::Order { lead, domain, .. }
        | Recall::Status { lead, domain }
        | Recall::Certificate { lead, domain } => (trace::parse(lead, &keys)?, MessageStatus::from(*domain)),
    };
    let mut broker = access::open(site)?;
    let history = History::collect(broker.as_mut(), lead, domain)?;
    match recall {
        Recall::Order { speaker, .. } => {
            let places = history.order_recall(site, broker.as_mut(), speaker)?;
            let holders = history.holders();
            if console.is_json() {
                return console.json(&json!({ "lead": lead, "recalled_from": holders }));
            }
            let from =
                if holders.is_empty() { "nobody, who holds it".to_owned() } else { holders.join(", ") };
            console.line(format!("{} recalls {lead} from {from}", speaker.officer))?;
            word::sent(site, &places, "router", console)
        }
        Recall::Status { .. } => history.print_status(console),
        Recall::Certificate { .. } => history.print_certificate(console),
    }
}

/// Every decision on a lead, oldest first.
pub(crate) struct History {
    lead: LeadId,
    domain: MessageStatus,
    decisions: Vec<Decision>,
}

/// What became of the copies of one partner.
#[derive(Default)]
struct Custody {
    holds: bool,
    told: Option<String>,
    answer: &'static str,
}

impl History {
    pub(crate) fn collect(
        broker: &mut dyn Broker,
        lead: LeadId,
        domain: MessageStatus,
    ) -> Result<Self, Fault> {
        let mut decisions = Vec::new();
        read_decisions(broker, |_, decision| {
            decisions.extend(Some(decision).filter(|d| d.lead_id == lead && d.domain == domain));
        })?;
        if decisions.is_empty() {
            let todo = "see `leadshare trace`, and --domain for exercises and tests";
            return Err(Fault::failed(format!("nothing was decided about {lead}; {todo}")));
        }
        decisions.sort_by_key(Decision::place);
        Ok(Self { lead, domain, decisions })
    }

    /// The matter that has the lead; none where nothing came of it but a Cancel.
    fn home(&self) -> Option<MatterId> {
        self.decisions.last().filter(|newest| !newest.is_of_a_mark()).map(|newest| newest.matter_id)
    }

    /// An officer's word that the lead is taken back, signed and appended to what the gate reads.
    pub(crate) fn order_recall(
        &self,
        site: &Site,
        broker: &mut dyn Broker,
        speaker: &Speaker,
    ) -> Result<Vec<(Source, Offset)>, Fault> {
        let Some(matter_id) = self.home() else {
            let lead = self.lead;
            return Err(Fault::failed(format!(
                "nothing came of {lead} but its Cancel: there is nothing to take back"
            )));
        };
        let word = Word {
            matter_id,
            lead_id: self.lead,
            domain: self.domain,
            reason: speaker.reason.clone(),
            officer: speaker.officer.clone(),
            at: word::moment(),
            signature: String::new(),
        };
        let word = word::sign(site, speaker, word)?;
        let value = wire::encode(&MatterEvent::Recall(word)).map_err(|e| Fault::failed(e.to_string()))?;
        word::send(site, broker, self.lead.to_string(), value)
    }

    /// Partners who hold a copy.
    pub(crate) fn holders(&self) -> Vec<String> {
        self.custody().into_iter().filter(|(_, custody)| custody.holds).map(|(partner, _)| partner).collect()
    }

    /// Oldest first.
    pub(crate) fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    fn custody(&self) -> BTreeMap<String, Custody> {
        let mut all: BTreeMap<String, Custody> = BTreeMap::new();
        for decision in &self.decisions {
            for outcome in &decision.outcomes {
                let sent = outcome.outcome == OutcomeCode::Delivered;
                let known = all.contains_key(&outcome.partner);
                if !sent && !known {
                    continue;
                }
                let custody = all.entry(outcome.partner.clone()).or_default();
                match outcome.action.filter(|_| sent) {
                    Some(MessageKind::Cancel) => {
                        *custody =
                            Custody { holds: false, told: Some(minute(decision.decided_at)), answer: "" };
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

    fn print_status(&self, console: &mut Console) -> Result<(), Fault> {
        let (custody, lead) = (self.custody(), self.lead);
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
    pub(crate) fn print_certificate(&self, console: &mut Console) -> Result<(), Fault> {
        let (mut lines, lead) = (Vec::new(), self.lead);
        for decision in &self.decisions {
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
        console
            .line(format!("What was sent of {lead}, and what became of it, by the chain of decisions\n"))?;
        let rows: Vec<_> = lines
            .into_iter()
            .map(|(decision, outcome, what)| {
                let by =
                    decision.officer.as_deref().map(|officer| format!(" by {officer}")).unwrap_or_default();
                vec![
                    (Style::Faint, minute(decision.decided_at)),
                    (Style::Strong, outcome.partner.clone()),
                    (Style::Plain, what),
                    (Style::Plain, format!("{}{by}", decision.cause.symbol().to_lowercase())),
                    (Style::Faint, format!("{}/{}", decision.chain, decision.sequence)),
                ]
            })
            .collect();
        console.table(&["when", "partner", "what", "why", "chain"], &rows)
    }
}
