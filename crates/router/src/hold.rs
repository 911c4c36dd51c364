//! Copies that wait for officers: a hold names a version, and is over when enough have approved it, one has refused, it
//! expires, or the version is another.

use std::collections::BTreeSet;

use lead::decision::{Cause, Outcome, OutcomeCode};
use lead::held::HeldRelease;
use lead::matter::Approval;
use lead::value::Micros;
use lead::{MatterId, topic};
use pipeline::{StateError, Timestamp, Topic};
use release::{Partner, Permit};
use serde::{Deserialize, Serialize};

use crate::copy::{Action, CopyEvent, CopyState, action};
use crate::decide::{Decider, Subject, Why, let_go};
use crate::message;
use crate::redecide::Support;
use crate::state::{Copy, LeadKey, LeadState, State, unlisted_key};

/// Holds that one tick lists which leads.held.v1 refused before.
const LISTED_AGAIN_MAX: usize = 64;

/// What waits for officers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    /// The version that is held.
    pub(crate) version: i32,
    /// How many different officers have to approve it.
    pub(crate) needs: u8,
    /// Who has.
    pub(crate) approved_by: BTreeSet<String>,
    /// Since when.
    pub(crate) since: Timestamp,
    /// When it expires.
    pub(crate) until: Timestamp,
    /// Policies that ask for a person.
    pub(crate) policies: Vec<String>,
    /// Why.
    pub(crate) reasons: Vec<String>,
}

/// Officers' word that a version may go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Approved {
    version: i32,
    by: BTreeSet<String>,
}

impl Approved {
    /// Whether this version is approved by so many different officers. Policies may ask for more than when it was said.
    pub(crate) fn is_enough(&self, version: i32, officers: u8) -> bool {
        self.version == version && self.by.len() >= usize::from(officers)
    }
}

impl Decider<'_> {
    /// Holds a copy for officers, or says that they refused it.
    pub(crate) fn hold(
        &self,
        version: i32,
        held: Option<Hold>,
        copy: &mut Copy,
        permit: &Permit,
        mut outcome: Outcome,
    ) -> Outcome {
        let before = held.filter(|hold| hold.version == version);
        // A hold is never coverage, and a partner keeps the version it has until then.
        let_go(copy);
        copy.current = false;
        if copy.refused == Some(version) {
            outcome.outcome = OutcomeCode::Withheld;
            outcome.reasons.push("refused by an officer, or not approved in time".to_owned());
            return outcome;
        }
        let said = copy.approved.clone().filter(|approved| approved.version == version);
        let text = |reason: &release::Reason| reason.text.to_string();
        let policy = |reason: &release::Reason| reason.policy.as_deref().map(str::to_owned);
        let hold = Hold {
            needs: permit.officers,
            policies: permit.approval.iter().filter_map(policy).collect(),
            reasons: permit.approval.iter().map(text).collect(),
            ..before.unwrap_or_else(|| Hold {
                version,
                needs: permit.officers,
                approved_by: said.map(|approved| approved.by).unwrap_or_default(),
                since: self.now,
                until: self.now.plus_millis(self.terms.hold_millis),
                policies: Vec::new(),
                reasons: Vec::new(),
            })
        };
        outcome.until = Some(Micros::of_millis(hold.until.0));
        copy.hold = Some(hold);
        if copy.state != CopyState::Delivered {
            copy.state = CopyState::Held;
        }
        outcome
    }

    /// Takes an officer's word on a held release.
    pub(crate) fn approve(&self, state: &mut State<'_, '_>, word: &Approval) -> Result<(), StateError> {
        let key = LeadKey { domain: word.domain, lead: word.lead_id };
        let note = |state: &mut State<'_, '_>, text| {
            self.note(state, key, &word.partner, word_why(word), None, text)
        };
        let found = self.subject(state, key)?;
        let partner = self.release.partners().get(&word.partner);
        let (Some(mut subject), Some(partner)) = (found, partner) else {
            return note(state, "nothing is held for the partner");
        };
        let copy = subject.state.copies.entry(partner.id.clone()).or_default();
        let waits = matches!(action(copy.state, CopyEvent::Approval), Action::Decide | Action::Update);
        let Some(hold) = copy.hold.as_mut().filter(|hold| waits && hold.version == word.version) else {
            return note(state, "this version is not held for the partner");
        };
        if word.approved {
            // Whether they are enough is decided by the policies of now.
            hold.approved_by.insert(word.officer.clone());
            copy.approved = Some(Approved { version: word.version, by: hold.approved_by.clone() });
        } else {
            copy.refused = Some(word.version);
        }
        let support = Support::of(state, key, subject.before.as_ref())?;
        self.decide(state, &mut subject, &[partner], word_why(word), true)?;
        self.redecide(state, &support, &subject.state, &subject.facts)?;
        if subject.state.is_held_by(&partner.id) {
            self.cover_holds(state, &subject, partner, word_why(word))?;
        }
        Ok(())
    }

    /// Other leads of the matter that are held for a partner who holds more now: what adds nothing needs no officer.
    fn cover_holds(
        &self,
        state: &mut State<'_, '_>,
        delivered: &Subject,
        partner: &Partner,
        why: Why<'_>,
    ) -> Result<(), StateError> {
        let members =
            state.members(delivered.key.domain, delivered.state.matter, crate::matter::MEMBERS_MAX)?;
        for key in members.into_iter().filter(|key| *key != delivered.key) {
            let held =
                |lead: &LeadState| lead.copies.get(&partner.id).is_some_and(|copy| copy.hold.is_some());
            let Some(mut subject) = self.subject(state, key)?.filter(|subject| held(&subject.state)) else {
                continue;
            };
            let why = Why { caused_by: Some(delivered.key.lead), ..why };
            self.decide(state, &mut subject, &[partner], why, false)?;
        }
        Ok(())
    }

    /// A hold whose time is over is refused.
    pub(crate) fn expire(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &Partner,
    ) -> Result<(), StateError> {
        let Some(mut subject) = self.subject(state, key)? else { return Ok(()) };
        if let Some(copy) = subject.state.copies.get_mut(&partner.id)
            && let Some(hold) = copy.hold.take()
        {
            copy.refused = Some(hold.version);
            state.0.tally("HOLD_EXPIRED", &partner.id);
        }
        let why = Why { cause: Cause::Expiry, caused_by: None, officer: None };
        self.decide(state, &mut subject, &[partner], why, true)
    }

    /// Lists what is held now and was not, or was held otherwise, and takes off what is held no more.
    pub(crate) fn list(
        &self,
        state: &mut State<'_, '_>,
        subject: &Subject,
        partner: &str,
        before: Option<&Hold>,
        after: Option<&Hold>,
    ) -> Result<(), StateError> {
        if before == after {
            return Ok(());
        }
        self.show(state, subject.key, subject.state.matter, partner, after)
    }

    /// Writes what is held now, or that nothing is. What the topic refuses is written by a later tick.
    fn show(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        matter: MatterId,
        partner: &str,
        hold: Option<&Hold>,
    ) -> Result<(), StateError> {
        let micros = |at: Timestamp| Micros::of_millis(at.0);
        let held = hold.map(|hold| HeldRelease {
            lead_id: key.lead,
            matter_id: matter,
            domain: key.domain,
            version: hold.version,
            partner: partner.to_owned(),
            needs: hold.needs.into(),
            approved_by: hold.approved_by.iter().cloned().collect(),
            policies: hold.policies.clone(),
            reasons: hold.reasons.clone(),
            since: micros(hold.since),
            until: micros(hold.until),
        });
        let output = message::held(HeldRelease::key(key.domain, key.lead, partner), held.as_ref())?;
        if !state.0.send_or_note(output, unlisted_key(key, partner))? {
            // Officers do not see it there, and `leadshare explain` says it all the same.
            state.0.tally("HOLD_NOT_LISTED", partner);
        }
        Ok(())
    }

    /// Writes what leads.held.v1 refused, as it stands now, once the topic takes records again.
    pub(crate) fn list_again(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        if state.0.accepts(&Topic::new(topic::HELD), 0).is_err() {
            return Ok(());
        }
        for (key, partner) in state.unlisted(LISTED_AGAIN_MAX)? {
            let lead = state.lead(key)?.unwrap_or_default();
            let hold = lead.copies.get(&partner).and_then(|copy| copy.hold.as_ref());
            self.show(state, key, lead.matter, &partner, hold)?;
        }
        Ok(())
    }
}

fn word_why(word: &Approval) -> Why<'_> {
    let cause = if word.approved { Cause::Approval } else { Cause::Refusal };
    Why { cause, caused_by: None, officer: Some(&word.officer) }
}
