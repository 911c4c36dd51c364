//! What becomes of copies that are taken back: recalls, and what partners answer.

use lead::decision::Cause;
use lead::matter::{Feedback, Recall};
use pipeline::{StateError, Timestamp};
use release::Partner;
use serde::{Deserialize, Serialize};

use crate::copy::CopyState;
use crate::decide::{Decider, Why};
use crate::redecide::Support;
use crate::state::{Copy, LeadKey, State};

/// A copy that the partner was told to drop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Custody {
    /// When it was told.
    pub(crate) since: Timestamp,
    /// When it counts as unreachable.
    pub(crate) until: Timestamp,
    /// That this was said.
    pub(crate) overdue: bool,
    /// What it answered: its code in the schema.
    pub(crate) answer: Option<String>,
}

impl Decider<'_> {
    /// Takes a lead back from everybody who holds it, in every version so far.
    pub(crate) fn recall(&self, state: &mut State<'_, '_>, word: &Recall) -> Result<(), StateError> {
        let key = LeadKey { domain: word.domain, lead: word.lead_id };
        let why = Why { cause: Cause::Recall, caused_by: None, officer: Some(&word.officer) };
        let Some(mut subject) = self.subject(state, key)?.filter(|subject| subject.state.version > 0) else {
            state.0.tally("RECALL_OF_UNKNOWN", "");
            return Ok(());
        };
        let support = Support::of(state, key, subject.before.as_ref())?;
        subject.state.recalled = Some(subject.state.version);
        (subject.body, subject.profile) = (None, None);
        subject.state.copies.values_mut().for_each(|copy| copy.current = false);
        self.strand(state, &mut subject)?;
        let partners: Vec<&Partner> = self.release.partners().iter().collect();
        self.decide(state, &mut subject, &partners, why, true)?;
        self.redecide(state, &support, &subject.state, &subject.facts)
    }

    /// Takes a partner's answer. It is noted whatever it says; only an answer to the Cancel itself, by the reference that
    /// stands in it, says what became of the copy.
    pub(crate) fn answer(&self, state: &mut State<'_, '_>, said: &Feedback) -> Result<(), StateError> {
        let key = LeadKey { domain: said.domain, lead: said.lead_id };
        let why = Why { cause: Cause::Answer, caused_by: None, officer: None };
        let before = state.lead(key)?;
        let mut after = before.clone().unwrap_or_default();
        let Some(copy) = after.copies.get_mut(&said.partner).filter(|copy| said.revision <= copy.revision)
        else {
            return self.note(
                state,
                key,
                &said.partner,
                why,
                Some(said.answer),
                "answers a copy that was not sent",
            );
        };
        copy.duty = None;
        let mut note = said.reason.clone().unwrap_or_default();
        if said.answer.is_of_custody() {
            match copy
                .custody
                .as_mut()
                .filter(|_| copy.state == CopyState::Cancelled && said.revision == copy.revision)
            {
                Some(custody) => custody.answer = Some(said.answer.symbol().to_owned()),
                None => note = "does not answer the Cancel of the copy".to_owned(),
            }
        }
        state.save(key, before.as_ref(), &after)?;
        state.0.tally(said.answer.symbol(), &said.partner);
        self.note(state, key, &said.partner, why, Some(said.answer), &note)
    }

    /// A partner has not answered a Cancel in time.
    pub(crate) fn unreachable(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &str,
    ) -> Result<(), StateError> {
        let passed = |copy: &mut Copy| copy.custody.iter_mut().for_each(|custody| custody.overdue = true);
        self.overdue(state, key, partner, passed, "UNREACHABLE", "the Cancel was not answered in time")
    }

    /// A partner has not acknowledged in time that somebody is in danger.
    pub(crate) fn unacknowledged(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &str,
    ) -> Result<(), StateError> {
        let passed = |copy: &mut Copy| copy.duty = None;
        let text = "somebody is in danger, and the copy was not acknowledged in time";
        self.overdue(state, key, partner, passed, "UNACKNOWLEDGED", text)
    }

    /// A date that a partner let pass, which is said once.
    fn overdue(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &str,
        passed: impl FnOnce(&mut Copy),
        code: &'static str,
        text: &str,
    ) -> Result<(), StateError> {
        let before = state.lead(key)?;
        let Some(mut after) = before.clone() else { return Ok(()) };
        after.copies.get_mut(partner).map(passed);
        state.save(key, before.as_ref(), &after)?;
        state.0.tally(code, partner);
        let why = Why { cause: Cause::Answer, caused_by: None, officer: None };
        self.note(state, key, partner, why, None, &format!("{code}: {text}"))
    }
}
