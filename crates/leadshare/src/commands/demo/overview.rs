//! What came in and what became of it, in two tables.

use std::collections::BTreeMap;

use lead::decision::{Decision, OutcomeCode};
use lead::{LeadId, MatterEvent, topic, wire};
use pipeline::{Header, Topic};

use crate::access::{Broker, read_all};
use crate::cli::Choice;
use crate::commands::dead_letters;
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;

/// Counts by agency and by partner.
#[derive(Default)]
pub(super) struct Overview {
    messages: BTreeMap<String, u64>,
    verdicts: BTreeMap<String, BTreeMap<&'static str, u64>>,
    dead: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, BTreeMap<String, u64>>,
    /// The newest decision of each lead.
    decisions: BTreeMap<LeadId, Decision>,
}

impl Overview {
    pub(super) fn collect(broker: &mut dyn Broker, definitions: &Definitions) -> Result<Self, Fault> {
        let mut overview = Self::default();
        let agency_of = |topic: &str| {
            let source = definitions.sources.iter().find(|source| source.inbound_topic().as_str() == topic);
            source.map(|source| source.name().to_owned())
        };
        for source in &definitions.sources {
            let messages = overview.messages.entry(source.name().to_owned()).or_default();
            read_all(broker, &[source.inbound_topic().clone()], |_| {
                *messages += 1;
                true
            })?;
        }
        read_all(broker, &[Topic::new(topic::MATTERS)], |record| {
            let event = record.value.as_deref().map(wire::decode::<MatterEvent>);
            if let Some(Ok(MatterEvent::AssessedLead(event))) = event {
                let of_agency = overview.verdicts.entry(event.lead.agency.clone()).or_default();
                *of_agency.entry(event.verdict.symbol()).or_default() += 1;
            }
            true
        })?;
        for letter in dead_letters::find(broker, &Choice { service: None, reason: None })? {
            if let Some(agency) = agency_of(letter.header(Header::TOPIC)) {
                *overview.dead.entry(agency).or_default() += 1;
            }
        }
        read_all(broker, &[Topic::new(topic::DECISIONS)], |record| {
            if let Some(Ok(decision)) = record.value.as_deref().map(wire::decode::<Decision>) {
                overview.note(decision);
            }
            true
        })?;
        Ok(overview)
    }

    fn note(&mut self, decision: Decision) {
        for partner in decision.partners() {
            let Some(outcome) = decision.outcome_of(partner) else { continue };
            let label = match (outcome.outcome, outcome.action) {
                (OutcomeCode::Delivered, Some(action)) => action.symbol().to_lowercase(),
                (code, _) => code.symbol().to_lowercase(),
            };
            *self.outcomes.entry(partner.to_owned()).or_default().entry(label).or_default() += 1;
        }
        self.decisions.insert(decision.lead_id, decision);
    }

    /// The lead on which partners differ most, and that most of them received.
    pub(super) fn most_telling(&self) -> Option<LeadId> {
        let telling = |decision: &Decision| {
            let outcomes: Vec<_> =
                decision.partners().iter().filter_map(|partner| decision.outcome_of(partner)).collect();
            let delivered = outcomes.iter().filter(|o| o.outcome == OutcomeCode::Delivered).count();
            let mut views: Vec<_> = outcomes.iter().map(|o| (o.outcome, o.classes.clone())).collect();
            views.sort();
            views.dedup();
            let shown: usize = outcomes.iter().map(|o| o.classes.len()).sum();
            (delivered.min(2), views.len(), delivered, shown)
        };
        self.decisions.iter().max_by_key(|(_, decision)| telling(decision)).map(|(lead, _)| *lead)
    }

    pub(super) fn print(&self, definitions: &Definitions, console: &mut Console) -> Result<(), Fault> {
        console.heading("What came in, and what it is")?;
        let rows: Vec<_> = self
            .messages
            .iter()
            .map(|(agency, messages)| {
                let verdicts = self.verdicts.get(agency).cloned().unwrap_or_default();
                let leads: u64 = verdicts.values().sum();
                let dead = self.dead.get(agency).copied().unwrap_or(0);
                let list: Vec<String> =
                    verdicts.iter().map(|(verdict, n)| format!("{n} {}", verdict.to_lowercase())).collect();
                vec![
                    (Style::Strong, agency.clone()),
                    (Style::Plain, messages.to_string()),
                    (Style::Plain, leads.to_string()),
                    (if dead > 0 { Style::Notice } else { Style::Plain }, dead.to_string()),
                    (Style::Plain, list.join(", ")),
                ]
            })
            .collect();
        console.table(&["agency", "messages", "leads", "dead letters", "verdicts"], &rows)?;

        console.heading("What each partner received, and what not")?;
        let rows: Vec<_> = definitions
            .partners
            .iter()
            .map(|partner| {
                let outcomes = self.outcomes.get(&partner.id).cloned().unwrap_or_default();
                let sent = ["report", "update", "cancel"];
                let list = |keep: &dyn Fn(&str) -> bool| {
                    let kept: Vec<String> = outcomes
                        .iter()
                        .filter(|(label, _)| keep(label))
                        .map(|(label, n)| format!("{n} {label}"))
                        .collect();
                    if kept.is_empty() { "nothing".to_owned() } else { kept.join(", ") }
                };
                vec![
                    (Style::Strong, partner.id.clone()),
                    (Style::Plain, partner.country.to_string()),
                    (Style::Good, list(&|label| sent.contains(&label))),
                    (Style::Faint, list(&|label| !sent.contains(&label))),
                ]
            })
            .collect();
        console.table(&["partner", "", "received", "not sent"], &rows)
    }
}
