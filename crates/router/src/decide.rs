//! One lead, decided for partners: what each gets, and what the copies are afterwards.
//!
//! The lead is brought to where it should be, whatever came before: a lead that is withdrawn is not
//! held by anybody, one that lives is with everybody who is permitted and not covered. The same
//! function therefore serves news, what was uncovered, and what is tried again.

use std::cell::Cell;

use lead::code::MessageKind;
use lead::decision::{Cause, Decision, DecisionBuilder, LeadFacts, Outcome, OutcomeCode};
use lead::matter::Answer;
use lead::value::Micros;
use lead::{DeliveryReference, FactDigest, Facts, LeadId};
use pipeline::{Counter, StateError, Timestamp, Topic};
use release::{CancelReason, Copies, LeadProfile, Partner, PassingReason, Permit, Release, Released, Ruling};

use crate::chain::Chain;
use crate::copy::{Action, CopyEvent, CopyState, action};
use crate::custody::Custody;
use crate::matter::Matter;
use crate::message::Origin;
use crate::state::{Body, Copy, LeadKey, LeadState, State, Waiting, corrupt};
use crate::terms::Terms;

/// A lead in hand: as it was, as it is becoming, and what it says now.
pub(crate) struct Subject {
    pub(crate) key: LeadKey,
    pub(crate) before: Option<LeadState>,
    pub(crate) state: LeadState,
    /// `None` when it is withdrawn.
    pub(crate) body: Option<Body>,
    /// Facts of the body.
    pub(crate) facts: Facts,
    /// What release needs to know of the body.
    pub(crate) profile: Option<LeadProfile>,
    /// What policies see of it; of a withdrawn lead, of its Cancel.
    pub(crate) seen: LeadFacts,
    /// The mapping that normalised what was decided.
    pub(crate) mapping: String,
    /// The matching configuration, by hash.
    pub(crate) matching: String,
}

/// Why a decision is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Why<'o> {
    pub(crate) cause: Cause,
    pub(crate) caused_by: Option<LeadId>,
    /// Whose word it follows from.
    pub(crate) officer: Option<&'o str>,
}

/// What does not change while one input is worked on.
pub(crate) struct Decider<'r> {
    pub(crate) release: &'r Release,
    pub(crate) terms: &'r Terms,
    pub(crate) chain: &'r Chain,
    pub(crate) origin: Origin,
    pub(crate) now: Timestamp,
    /// Bytes written for partners so far.
    pub(crate) written_bytes: Cell<usize>,
}

impl Decider<'_> {
    /// Decides a lead for these partners and writes copies, state and the decision. Without `always`,
    /// a decision that only says again what the copies wait for is not written.
    pub(crate) fn decide(
        &self,
        state: &mut State<'_, '_>,
        subject: &mut Subject,
        partners: &[&Partner],
        why: Why<'_>,
        always: bool,
    ) -> Result<(), StateError> {
        // Taken out, because copies are made of it while the state of the subject changes.
        let body = subject.body.take();
        let copies = body.as_ref().map(|body| self.release.copies(&body.lead));
        let mut one = One { decider: self, matter: None, copies };
        let names = partners.iter().map(|partner| partner.id.as_str());
        let mut builder = DecisionBuilder::new(self.head(subject, why), names);
        let mut news = always;
        for partner in partners {
            let before = subject.state.copies.get(&partner.id).cloned().unwrap_or_default();
            let mut copy = before.clone();
            let outcome = one.settle(state, subject, partner, &mut copy)?;
            // What an officer said may have changed the hold already.
            let stood = subject.before.as_ref().and_then(|lead| lead.copies.get(&partner.id));
            self.list(state, subject, &partner.id, stood.and_then(|c| c.hold.as_ref()), copy.hold.as_ref())?;
            news |= !says_again(&before, &copy);
            let alone = copy.revision > 0
                || !matches!(outcome.outcome, OutcomeCode::Withheld | OutcomeCode::Unchanged);
            let added = if alone { builder.outcome(outcome) } else { builder.grouped(outcome) };
            added.map(|_| ()).map_err(|e| corrupt("decision", e))?;
            if copy == Copy::default() {
                // What waited waits no more.
                subject.state.copies.remove(&partner.id);
            } else {
                subject.state.copies.insert(partner.id.clone(), copy);
            }
        }
        drop(one);
        subject.body = body;
        state.save(subject.key, subject.before.as_ref(), &subject.state)?;
        if news {
            self.write(state, builder)?;
        }
        Ok(())
    }

    /// Copies at partners that are no longer configured wait until they are: nobody knows where to
    /// send anything. That a withdrawn lead stays with such a partner is a decision of its own. The
    /// caller saves.
    pub(crate) fn strand(&self, state: &mut State<'_, '_>, subject: &mut Subject) -> Result<(), StateError> {
        let known = |name: &str| self.release.partners().get(name).is_some();
        let mut stranded = Vec::new();
        for (name, copy) in subject.state.copies.iter_mut().filter(|(name, _)| !known(name)) {
            let held = copy.state == CopyState::Delivered;
            if !held && copy.state != CopyState::Covered {
                continue;
            }
            let_go(copy);
            copy.current = false;
            copy.waiting = Some(Waiting::for_partner(held));
            if held {
                stranded.push((name.clone(), copy.revision));
            }
        }
        if subject.state.is_live() || stranded.is_empty() {
            return Ok(());
        }
        let why = Why { cause: Cause::Partner, caused_by: None, officer: None };
        let names = stranded.iter().map(|(name, _)| name.as_str());
        let mut builder = DecisionBuilder::new(self.head(subject, why), names);
        for (partner, revision) in &stranded {
            let outcome = Outcome {
                partner: partner.clone(),
                revision: *revision,
                reasons: vec!["holds a copy and is no longer configured: add it again to cancel".to_owned()],
                outcome: OutcomeCode::Undeliverable,
                ..Outcome::default()
            };
            builder.outcome(outcome).map(|_| ()).map_err(|e| corrupt("decision", e))?;
        }
        self.write(state, builder)
    }

    pub(crate) fn head(&self, subject: &Subject, why: Why<'_>) -> Decision {
        Decision {
            lead_id: subject.key.lead,
            matter_id: subject.state.matter,
            version: subject.state.version,
            domain: subject.key.domain,
            verdict: subject.state.verdict,
            cause: why.cause,
            caused_by: why.caused_by,
            officer: why.officer.map(str::to_owned),
            decided_at: self.micros(),
            policies: self.release.policies().hash().to_owned(),
            partners: self.release.partners().hash().to_owned(),
            mapping: subject.mapping.clone(),
            matching: subject.matching.clone(),
            facts: subject.seen,
            ..Decision::default()
        }
    }

    /// Writes a decision that has every outcome.
    pub(crate) fn write(
        &self,
        state: &mut State<'_, '_>,
        builder: DecisionBuilder,
    ) -> Result<(), StateError> {
        let decision = builder.finish().map_err(|e| corrupt("decision", e))?;
        for outcome in &decision.outcomes {
            state.0.tally(outcome.outcome.symbol(), &outcome.partner);
        }
        for group in &decision.grouped {
            group.partners.iter().for_each(|partner| state.0.tally(group.outcome.symbol(), partner));
        }
        self.chain.append(state, &self.origin, decision)
    }

    /// Writes down what was said of a copy, where nothing is sent.
    pub(crate) fn note(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &str,
        why: Why<'_>,
        answer: Option<Answer>,
        note: &str,
    ) -> Result<(), StateError> {
        let lead = state.lead(key)?.unwrap_or_default();
        let decision = Decision {
            lead_id: key.lead,
            matter_id: lead.matter,
            version: lead.version,
            domain: key.domain,
            verdict: lead.verdict,
            cause: why.cause,
            caused_by: why.caused_by,
            officer: why.officer.map(str::to_owned),
            decided_at: self.micros(),
            policies: self.release.policies().hash().to_owned(),
            partners: self.release.partners().hash().to_owned(),
            ..Decision::default()
        };
        let mut builder = DecisionBuilder::new(decision, [partner]);
        let outcome = Outcome {
            partner: partner.to_owned(),
            outcome: OutcomeCode::Unchanged,
            revision: lead.copies.get(partner).map_or(0, |copy| copy.revision),
            reasons: [note].into_iter().filter(|note| !note.is_empty()).map(str::to_owned).collect(),
            answer,
            ..Outcome::default()
        };
        builder.outcome(outcome).map(|_| ()).map_err(|e| corrupt("decision", e))?;
        self.write(state, builder)
    }

    pub(crate) fn micros(&self) -> Micros {
        Micros::of_millis(self.now.0)
    }
}

/// Whether a copy waits for what it waited for before, and nothing else happened.
fn says_again(before: &Copy, after: &Copy) -> bool {
    let why = |copy: &Copy| copy.waiting.as_ref().map(|waiting| waiting.why.clone());
    why(before).is_some()
        && why(before) == why(after)
        && before.state == after.state
        && before.revision == after.revision
}

/// One decision in the making.
struct One<'d, 'r, 'l> {
    decider: &'d Decider<'r>,
    matter: Option<Matter>,
    /// `None` when the lead is withdrawn.
    copies: Option<Copies<'l>>,
}

impl One<'_, '_, '_> {
    /// Brings one copy to where it should be.
    fn settle(
        &mut self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &mut Copy,
    ) -> Result<Outcome, StateError> {
        copy.waiting = None;
        let Some(profile) = &subject.profile else {
            return self.withdraw(state, subject, partner, copy);
        };
        let ruled = self.decider.release.rule(profile, partner, self.decider.micros());
        let outcome = Outcome { revision: copy.revision, ..ruled.outcome(partner) };
        match &ruled.ruling {
            Ruling::Deny(_) => self.deny(state, subject, partner, copy, outcome),
            Ruling::Passing(passing) => {
                let date = passing.until.map(|at| Timestamp(at.0.saturating_add(999).div_euclid(1_000)));
                let dated = passing.reason == PassingReason::AgreementNotYetInForce;
                let_go(copy);
                copy.current = false;
                copy.waiting = Some(Waiting::for_date(date.filter(|_| dated)));
                Ok(outcome)
            }
            Ruling::Permit(permit) => {
                let held = copy.hold.take();
                if copy.state == CopyState::Held {
                    copy.state = CopyState::NothingSent;
                }
                let version = subject.state.version;
                let approved = copy.approved.as_ref();
                if !permit.needs_approval || approved.is_some_and(|a| a.is_enough(version, permit.officers)) {
                    return self.permit(state, subject, partner, copy, permit, outcome);
                }
                // What adds nothing to what the partner holds needs no officer.
                let wanted: Vec<FactDigest> = subject.facts.visible(permit.classes).collect();
                match self.coverers(state, subject, partner, copy, permit, &wanted)? {
                    Some(coverers) if copy.refused != Some(version) => Ok(cover(copy, coverers, outcome)),
                    _ => Ok(self.decider.hold(version, held, copy, permit, outcome)),
                }
            }
        }
    }

    /// Leads that say it all, if this copy can be covered.
    fn coverers(
        &mut self,
        state: &State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &Copy,
        permit: &Permit,
        wanted: &[FactDigest],
    ) -> Result<Option<Vec<LeadId>>, StateError> {
        let may = action(copy.state, CopyEvent::NewerVersion) == Action::Decide
            && action(copy.state, CopyEvent::Covered) == Action::Cover
            // Forms are no facts: none of the copies that the partner holds is known to give the same.
            && !self.copies.as_mut().is_some_and(|copies| copies.gives_forms(partner, permit));
        if may { self.matter(state, subject)?.coverers(state, partner, wanted) } else { Ok(None) }
    }

    fn withdraw(
        &mut self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &mut Copy,
    ) -> Result<Outcome, StateError> {
        let mut outcome = Outcome {
            partner: partner.id.clone(),
            revision: copy.revision,
            outcome: OutcomeCode::Unchanged,
            ..Outcome::default()
        };
        match action(copy.state, CopyEvent::Cancel) {
            Action::Cancel => {
                let (recalled, withdrawn) = (subject.state.is_recalled(), subject.state.withdrawn);
                let (reason, text) = match (recalled, withdrawn) {
                    (true, _) => (CancelReason::Recalled, "the lead is recalled"),
                    (false, true) => (CancelReason::Withdrawn, "the lead is withdrawn"),
                    (false, false) => {
                        (CancelReason::NoLongerReleasable, "it was to be taken back before it was purged")
                    }
                };
                outcome.reasons.push(text.to_owned());
                self.cancel(state, subject, partner, copy, reason, outcome)
            }
            Action::Uncover
            | Action::Unhold
            | Action::Nothing
            | Action::Decide
            | Action::Update
            | Action::Cover => {
                let_go(copy);
                outcome.reasons.push("holds nothing that could be withdrawn".to_owned());
                Ok(outcome)
            }
        }
    }

    fn deny(
        &mut self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &mut Copy,
        outcome: Outcome,
    ) -> Result<Outcome, StateError> {
        match action(copy.state, CopyEvent::Denied) {
            Action::Cancel => {
                self.cancel(state, subject, partner, copy, CancelReason::NoLongerReleasable, outcome)
            }
            Action::Uncover
            | Action::Unhold
            | Action::Nothing
            | Action::Decide
            | Action::Update
            | Action::Cover => {
                let_go(copy);
                Ok(outcome)
            }
        }
    }

    fn permit(
        &mut self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &mut Copy,
        permit: &Permit,
        mut outcome: Outcome,
    ) -> Result<Outcome, StateError> {
        let wanted: Vec<FactDigest> = subject.facts.visible(permit.classes).collect();
        if let Some(coverers) = self.coverers(state, subject, partner, copy, permit, &wanted)? {
            return Ok(cover(copy, coverers, outcome));
        }
        let Some(copies) = &mut self.copies else { return Ok(outcome) };
        let permitted = copies.of(partner, permit);
        // What coverage counts is the visible facts of the lead; a copy that lacks one covers nothing.
        let complete = permitted.facts() == wanted;
        let digest = permitted.digest().0;
        if copy.state == CopyState::Delivered && copy.digest == digest {
            copy.current = complete;
            copy.classes = permit.classes;
            outcome.outcome = OutcomeCode::Unchanged;
            return Ok(outcome);
        }
        outcome.cleared = i32::try_from(permitted.cleared()).unwrap_or(i32::MAX);
        outcome.withheld = permitted.withheld().to_vec();
        let kind = if copy.state == CopyState::Delivered { MessageKind::Update } else { MessageKind::Report };
        let release = self.decider.release;
        let related = self.matter(state, subject)?.related(release, partner);
        let revision = copy.revision.saturating_add(1);
        let released =
            release.release(permitted, revision, kind, related, subject.state.matter, self.decider.micros());
        if self.send(state, partner, copy, &released, &mut outcome)? {
            copy.state = CopyState::Delivered;
            copy.covered_by.clear();
            copy.current = complete;
            copy.classes = permit.classes;
            copy.digest = digest;
            copy.custody = None;
            let urgent = kind == MessageKind::Report && subject.seen.imminent_danger;
            copy.duty = urgent.then(|| self.decider.now.plus_millis(self.decider.terms.duty_millis));
        }
        Ok(outcome)
    }

    fn cancel(
        &mut self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &Partner,
        copy: &mut Copy,
        reason: CancelReason,
        mut outcome: Outcome,
    ) -> Result<Outcome, StateError> {
        let release = self.decider.release;
        let revision = copy.revision.saturating_add(1);
        let (lead, matter, domain) = (subject.key.lead, subject.state.matter, subject.key.domain);
        let delivery = DeliveryReference { lead, matter, domain, revision };
        let released = release.cancel(partner, delivery, reason, self.decider.micros());
        if self.send(state, partner, copy, &released, &mut outcome)? {
            let (since, until) =
                (self.decider.now, self.decider.now.plus_millis(self.decider.terms.answer_millis));
            let custody = Some(Custody { since, until, overdue: false, answer: None });
            let state = CopyState::Cancelled;
            *copy = Copy { state, revision, custody, refused: copy.refused, ..Copy::default() };
        }
        Ok(outcome)
    }

    /// Writes a record to the partner's topic if the topic takes it. One that does not leaves the
    /// copy as it was, uses up no revision, and is tried again.
    fn send(
        &self,
        state: &mut State<'_, '_>,
        partner: &Partner,
        copy: &mut Copy,
        released: &Released,
        outcome: &mut Outcome,
    ) -> Result<bool, StateError> {
        let topic = Topic::new(self.decider.release.topic(partner));
        let output = self.decider.origin.copy(&topic, released)?;
        let record = released.record();
        if let Err(why) = state.0.accepts(&topic, output.size()) {
            let_go(copy);
            copy.current = false;
            let owes_cancel = record.message_kind == MessageKind::Cancel;
            copy.waiting = Some(Waiting::for_topic(why, self.decider.now, owes_cancel));
            outcome.outcome = OutcomeCode::Undeliverable;
            outcome.reasons.push(why.code().to_owned());
            return Ok(false);
        }
        let written = &self.decider.written_bytes;
        written.set(written.get().saturating_add(output.size()));
        state.0.count(Counter::Disclosures, 1);
        state.0.send(output);
        copy.revision = record.revision;
        outcome.outcome = OutcomeCode::Delivered;
        outcome.action = Some(record.message_kind);
        outcome.alias = Some(record.alias);
        outcome.revision = record.revision;
        Ok(true)
    }

    fn matter(&mut self, state: &State<'_, '_>, subject: &Subject) -> Result<&mut Matter, StateError> {
        let matter = match self.matter.take() {
            Some(matter) => matter,
            None => Matter::around(state, subject.key, &subject.state)?,
        };
        Ok(self.matter.insert(matter))
    }
}

/// A copy that leaned on others or waited for an officer does so no more.
pub(crate) fn let_go(copy: &mut Copy) {
    copy.covered_by.clear();
    copy.hold = None;
    if matches!(copy.state, CopyState::Covered | CopyState::Held) {
        copy.state = CopyState::NothingSent;
    }
}

fn cover(copy: &mut Copy, coverers: Vec<LeadId>, outcome: Outcome) -> Outcome {
    copy.state = CopyState::Covered;
    copy.covered_by.clone_from(&coverers);
    Outcome { outcome: OutcomeCode::Covered, covered_by: coverers, ..outcome }
}
