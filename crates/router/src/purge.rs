//! The time of a lead is over: what it says goes from our state. What partners hold is theirs to keep or drop, so nobody is
//! told; a Cancel that comes later, or could not be delivered before, still reaches them.

use lead::decision::{Cause, DecisionBuilder, Outcome, OutcomeCode};
use lead::matter::Purge;
use lead::{Facts, LeadId};
use pipeline::StateError;

use crate::decide::{Decider, Why, let_go};
use crate::redecide::Support;
use crate::state::{LeadKey, State, corrupt};

const REASON: &str = "purged here: what the partner holds is its own";

impl Decider<'_> {
    /// Purges a lead. Leads that its copies covered are decided again: of what they said, nothing is known any more.
    pub(crate) fn purge(&self, state: &mut State<'_, '_>, purge: &Purge) -> Result<(), StateError> {
        let key = LeadKey { domain: purge.domain, lead: purge.lead_id };
        let Some(mut subject) = self.subject(state, key)? else {
            state.0.tally("PURGE_OF_UNKNOWN", "");
            return Ok(());
        };
        let support = Support::of(state, key, subject.before.as_ref())?;
        (subject.body, subject.profile, subject.facts) = (None, None, Facts::default());
        state.drop_base(key);
        for addition in subject.state.additions.drain(..) {
            state.drop_addition(key, &addition.key);
        }
        subject.state.has_base = false;
        subject.state.purged = Some(purge.version);
        let mut held = Vec::new();
        for (partner, copy) in &mut subject.state.copies {
            held.extend(copy.hold.clone().map(|hold| (partner.clone(), hold)));
            let_go(copy);
            copy.current = false;
            // Who was to be told before is told.
            copy.waiting = copy.waiting.take().filter(|waiting| waiting.owes_cancel);
            copy.digest = [0; 32];
        }
        for (partner, hold) in held {
            self.list(state, &subject, &partner, Some(&hold), None)?;
        }
        state.save(key, subject.before.as_ref(), &subject.state)?;
        let why = Why { cause: Cause::Purge, caused_by: None::<LeadId>, officer: None };
        let partners: Vec<&str> = self.release.partners().iter().map(|partner| partner.id.as_str()).collect();
        let mut builder = DecisionBuilder::new(self.head(&subject, why), partners.iter().copied());
        for partner in partners {
            let outcome = Outcome {
                partner: partner.to_owned(),
                outcome: OutcomeCode::Unchanged,
                reasons: vec![REASON.to_owned()],
                ..Outcome::default()
            };
            builder.grouped(outcome).map(|_| ()).map_err(|e| corrupt("decision", e))?;
        }
        self.write(state, builder)?;
        self.redecide(state, &support, &subject.state, &subject.facts)
    }
}
