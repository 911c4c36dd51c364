//! Policies or partners changed, and an officer says that this counts for a lead that was decided before.

use lead::decision::Cause;
use lead::matter::{Ground, Reconsideration};
use pipeline::StateError;
use release::Partner;

use crate::decide::{Decider, Why};
use crate::redecide::Support;
use crate::state::{LeadKey, State};

impl Decider<'_> {
    /// Decides a lead again, by what is in force now. It is written down though nothing may follow from it: that it was
    /// looked at is what an auditor asks for.
    pub(crate) fn reconsider(
        &self,
        state: &mut State<'_, '_>,
        word: &Reconsideration,
    ) -> Result<(), StateError> {
        let key = LeadKey { domain: word.domain, lead: word.lead_id };
        let Some(mut subject) = self.subject(state, key)?.filter(|subject| subject.state.is_live()) else {
            state.0.tally("RECONSIDERED_NOTHING", "");
            return Ok(());
        };
        let support = Support::of(state, key, subject.before.as_ref())?;
        self.strand(state, &mut subject)?;
        let cause = match word.ground {
            Ground::Policy => Cause::Policy,
            Ground::Partner => Cause::Partner,
        };
        let why = Why { cause, caused_by: None, officer: Some(&word.officer) };
        let partners: Vec<&Partner> = self.release.partners().iter().collect();
        self.decide(state, &mut subject, &partners, why, true)?;
        self.redecide(state, &support, &subject.state, &subject.facts)
    }
}
