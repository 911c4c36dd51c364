//! The router: what a matter's events become for partners.

use std::cell::Cell;
use std::sync::Arc;

use lead::decision::{Cause, Decision, DecisionBuilder, Outcome, OutcomeCode};
use lead::matter::AssessedLead;
use lead::{Facts, MatterEvent, SiteKeys, Verdict, wire};
use pipeline::{Batch, Counter, Failure, Partition, Processor, Reason, Record, StateError};
use release::{Partner, Release};

use crate::accept::{Accepted, Change, accept};
use crate::chain::Chain;
use crate::decide::{Decider, Subject, Why};
use crate::message::Origin;
use crate::redecide::Support;
use crate::state::{Body, State, corrupt, keys_of};
use crate::terms::Terms;

/// Decides leads for partners. All it knows is in the state of its partition and in its [`Release`].
pub struct Router {
    release: Arc<Release>,
    terms: Terms,
    chain: Chain,
}

impl Router {
    /// A router of one partition that releases by these partners and policies, within these terms, and signs the heads of
    /// its chain of decisions with the site's key.
    pub fn new(release: Arc<Release>, terms: Terms, keys: &SiteKeys, partition: Partition) -> Self {
        Self { release, terms, chain: Chain::new(partition, &keys.signing) }
    }

    fn decider(&self, origin: Origin, batch: &Batch<'_>) -> Decider<'_> {
        let (release, terms, chain) = (&*self.release, &self.terms, &self.chain);
        Decider { release, terms, chain, origin, now: batch.now(), written_bytes: Cell::new(0) }
    }

    /// What is no lead: the words of officers and partners, and what the deduplicator says of clusters.
    fn event(&self, event: &MatterEvent, record: &Record, batch: &mut Batch<'_>) -> Result<(), StateError> {
        batch.count(Counter::NotALead, 1);
        batch.count(Counter::Events, 1);
        let decider = self.decider(Origin::of(record), batch);
        let mut state = State(batch);
        decider.notice_configuration(&mut state)?;
        match event {
            MatterEvent::Regrouping(event) => decider.regroup(&mut state, event),
            MatterEvent::Approval(word) => decider.approve(&mut state, word),
            MatterEvent::Feedback(said) => decider.answer(&mut state, said),
            MatterEvent::Recall(word) => decider.recall(&mut state, word),
            MatterEvent::Reconsideration(word) => decider.reconsider(&mut state, word),
            MatterEvent::Purge(purge) => decider.purge(&mut state, purge),
            MatterEvent::AssessedLead(_) => Ok(()),
        }
    }
}

impl Processor for Router {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let raw = record.value.as_deref().unwrap_or_default();
        let event = wire::decode::<MatterEvent>(raw)
            .map_err(|e| Reason::new("undecodable", "decode", e.to_string()))?;
        batch.count(Counter::Entries, 1);
        let event = match event {
            MatterEvent::AssessedLead(event) => event,
            other => return Ok(self.event(&other, record, batch)?),
        };
        batch.count(Counter::Leads, 1);
        batch.count(Counter::Outcomes, self.release.partners().len() as u64);
        let decider = self.decider(Origin::of(record), batch);
        let mut state = State(batch);
        decider.notice_configuration(&mut state)?;
        match accept(&mut state, &event, raw, record.offset.0)? {
            Accepted::Unchanged => decider.unchanged(&mut state, &event)?,
            Accepted::Changed(change) => decider.changed(&mut state, *change, *event)?,
        }
        Ok(())
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        let decider = self.decider(Origin::default(), batch);
        let mut state = State(batch);
        decider.notice_configuration(&mut state)?;
        decider.work_off(&mut state)?;
        decider.retry(&mut state)?;
        decider.list_again(&mut state)?;
        self.chain.tick(&mut state)
    }
}

impl Decider<'_> {
    fn changed(&self, state: &mut State<'_, '_>, change: Change, event: AssessedLead) -> Result<(), Failure> {
        let Change { key, before, after } = change;
        let support = Support::of(state, key, before.as_ref())?;
        let mut subject = Subject {
            key,
            before,
            state: after,
            body: None,
            facts: Facts::default(),
            seen: self.release.profile(&event.lead).facts,
            profile: None,
            mapping: event.lead.mapping.clone(),
            matching: event.matching.clone(),
        };
        if subject.state.is_live() {
            let body = if subject.state.has_base && subject.state.additions.is_empty() {
                Some(Body { lead: event.lead, matching: event.matching })
            } else {
                state.body(key, &subject.state)?.map_err(|_| {
                    Reason::new("does_not_fold", "fold", "report and additions do not make one lead")
                })?
            };
            if let Some(body) = &body {
                let profile = self.release.profile(&body.lead);
                subject.facts = self.release.facts(&body.lead);
                subject.seen = profile.facts;
                subject.profile = Some(profile);
                state.put_facts(key, &subject.facts)?;
            }
            subject.body = body;
        }
        self.strand(state, &mut subject)?;
        let why = Why { cause: Cause::Lead, caused_by: None, officer: None };
        let partners: Vec<&Partner> = self.release.partners().iter().collect();
        self.decide(state, &mut subject, &partners, why, true)?;
        self.redecide(state, &support, &subject.state, &subject.facts)?;
        // Mostly that was said before; here it is said to whoever missed it.
        let stood = subject.before.as_ref().filter(|before| before.is_live()).map(|before| before.cluster);
        if stood.is_some_and(|cluster| cluster != subject.state.cluster) {
            self.part(state, &[key], key.lead, None)?;
        }
        Ok(())
    }

    /// A version that was decided before: every partner has what it should have.
    fn unchanged(&self, state: &mut State<'_, '_>, event: &AssessedLead) -> Result<(), StateError> {
        let reason = match event.verdict {
            Verdict::Replay => "the same lead with the same content",
            Verdict::Stale => "older than what was accepted",
            _ => "decided before",
        };
        let (key, _) = keys_of(&event.lead);
        let decision = Decision {
            lead_id: key.lead,
            matter_id: event.matter_id,
            version: event.version,
            domain: key.domain,
            verdict: event.verdict,
            cause: Cause::Lead,
            decided_at: self.micros(),
            policies: self.release.policies().hash().to_owned(),
            partners: self.release.partners().hash().to_owned(),
            mapping: event.lead.mapping.clone(),
            matching: event.matching.clone(),
            facts: self.release.profile(&event.lead).facts,
            ..Decision::default()
        };
        let partners = self.release.partners();
        let mut builder = DecisionBuilder::new(decision, partners.iter().map(|partner| partner.id.as_str()));
        for partner in partners.iter() {
            let outcome = Outcome {
                partner: partner.id.clone(),
                outcome: OutcomeCode::Unchanged,
                reasons: vec![reason.to_owned()],
                ..Outcome::default()
            };
            builder.grouped(outcome).map(|_| ()).map_err(|e| corrupt("decision", e))?;
        }
        self.write(state, builder)
    }
}
