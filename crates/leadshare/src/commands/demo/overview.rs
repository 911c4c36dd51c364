//! What came in, what became of it, and who received it for which reasons.

use std::collections::BTreeMap;

use lead::decision::{Decision, Outcome, OutcomeCode};
use lead::{LeadId, MatterEvent, topic, wire};
use pipeline::{Header, Topic};
use release::Policies;

use super::flow::Flow;

use crate::access::{Broker, read_all, read_decisions};
use crate::cli::Choice;
use crate::commands::dead_letters;
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;

/// How often a reason was given, at most so many of them.
const REASONS: usize = 2;

/// Why a partner received leads, and why not.
#[derive(Default)]
struct Whys {
    received: BTreeMap<String, u64>,
    kept_back: BTreeMap<String, u64>,
}

/// Counts by agency and by partner.
#[derive(Default)]
pub(super) struct Overview {
    messages: BTreeMap<String, u64>,
    verdicts: BTreeMap<String, BTreeMap<&'static str, u64>>,
    dead: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, BTreeMap<String, u64>>,
    /// (verdict, partner) -> messages.
    went: BTreeMap<(String, String), u64>,
    whys: BTreeMap<String, Whys>,
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
        read_decisions(broker, |_, decision| overview.note(decision, &definitions.policies))?;
        Ok(overview)
    }

    fn note(&mut self, decision: Decision, policies: &Policies) {
        for partner in decision.partners() {
            let Some(outcome) = decision.outcome_of(partner) else { continue };
            let delivered = outcome.outcome == OutcomeCode::Delivered;
            if delivered {
                let way = (decision.verdict.symbol().to_lowercase(), partner.to_owned());
                *self.went.entry(way).or_default() += 1;
            }
            self.note_reasons(partner, &outcome, policies);
            let label = match (outcome.outcome, outcome.action) {
                (OutcomeCode::Delivered, Some(action)) => action.symbol().to_lowercase(),
                (code, _) => code.symbol().to_lowercase(),
            };
            *self.outcomes.entry(partner.to_owned()).or_default().entry(label).or_default() += 1;
        }
        self.decisions.insert(decision.lead_id, decision);
    }

    /// Why somebody receives a lead, or not; what a copy shows has reasons of its own.
    fn note_reasons(&mut self, partner: &str, outcome: &Outcome, policies: &Policies) {
        let whys = self.whys.entry(partner.to_owned()).or_default();
        let whys = match outcome.outcome {
            OutcomeCode::Delivered => &mut whys.received,
            OutcomeCode::Unchanged => return,
            _ => &mut whys.kept_back,
        };
        let about =
            |position: usize| outcome.policies.get(position).is_none_or(|id| policies.is_about_receipt(id));
        for (_, reason) in outcome.reasons.iter().enumerate().filter(|(position, _)| about(*position)) {
            *whys.entry(reason.clone()).or_default() += 1;
        }
        if outcome.outcome == OutcomeCode::Covered {
            *whys.entry("the partner holds every fact of it already".to_owned()).or_default() += 1;
        }
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

    /// From agencies through verdicts to partners.
    pub(super) fn flow(&self) -> Flow {
        let mut flow = Flow { went: self.went.clone(), ..Flow::default() };
        for (agency, verdicts) in &self.verdicts {
            for (verdict, n) in verdicts {
                flow.came.insert((agency.clone(), verdict.to_lowercase()), *n);
            }
        }
        for (agency, n) in &self.dead {
            flow.came.insert((agency.clone(), "dead letter".to_owned()), *n);
        }
        flow
    }

    /// Messages that agencies sent.
    pub(super) fn messages(&self) -> u64 {
        self.messages.values().sum()
    }

    /// What every partner received and what not, with the reasons that count most.
    pub(super) fn partners(&self, definitions: &Definitions) -> Vec<PartnerSummary> {
        let summary = |partner: &release::Partner| {
            let outcomes = self.outcomes.get(&partner.id).cloned().unwrap_or_default();
            let (sent, kept): (Vec<_>, Vec<_>) = outcomes
                .into_iter()
                .partition(|(label, _)| ["report", "update", "cancel"].contains(&label.as_str()));
            let whys = self.whys.get(&partner.id);
            PartnerSummary {
                id: partner.id.clone(),
                name: partner.name.clone(),
                country: partner.country.to_string(),
                received: list(&sent),
                kept_back: list(&kept),
                why: whys.map_or_else(Vec::new, |whys| most(&whys.received)),
                why_not: whys.map_or_else(Vec::new, |whys| most(&whys.kept_back)),
            }
        };
        definitions.partners.iter().map(summary).collect()
    }

    pub(super) fn print(&self, definitions: &Definitions, console: &mut Console) -> Result<(), Fault> {
        console.heading("What came in, what it is, and where it went")?;
        self.flow().print(console)?;

        console.heading("Who got what, and why")?;
        for partner in self.partners(definitions) {
            let id = console.style(Style::Strong, &partner.id);
            let received = console.style(Style::Good, &partner.received);
            console.line(format!("  {id} ({}): {received}", partner.country))?;
            for why in &partner.why {
                console.line(format!("      {why}"))?;
            }
            for (number, why) in partner.why_not.iter().enumerate() {
                let head = if number == 0 { "not:" } else { "    " };
                console.line(console.style(Style::Faint, &format!("      {head} {why}")))?;
            }
        }
        Ok(())
    }
}

/// One partner, in words.
pub(super) struct PartnerSummary {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) received: String,
    pub(super) kept_back: String,
    pub(super) why: Vec<String>,
    pub(super) why_not: Vec<String>,
}

fn list(outcomes: &[(String, u64)]) -> String {
    let parts: Vec<String> = outcomes.iter().map(|(label, n)| format!("{n} {label}")).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// The reasons that were given most, with their counts.
fn most(reasons: &BTreeMap<String, u64>) -> Vec<String> {
    let mut ranked: Vec<(&String, &u64)> = reasons.iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    ranked.into_iter().take(REASONS).map(|(reason, n)| format!("{n} × {reason}")).collect()
}
