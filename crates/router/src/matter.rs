//! The other leads of a matter: what they cover at a partner, and which of them the partner knows.
//!
//! Coverage is looked up in the home matter only, against the newest leads of it that stand in the same cluster:
//! the error this can make is one delivery too many. The keys of members carry their domain, so an exercise never covers, nor
//! is named beside, what is meant.

use std::collections::BTreeSet;

use lead::{Alias, FactDigest, Facts, LeadId};
use pipeline::StateError;
use release::{Partner, Release, is_covered};

use crate::state::{LeadKey, LeadState, State};

/// How many of a matter's leads are looked at.
pub(crate) const MEMBERS_MAX: usize = 64;

struct Member {
    key: LeadKey,
    state: LeadState,
    facts: Option<Facts>,
}

/// The other leads of one lead's matter, newest first; their facts are read when they are needed.
pub(crate) struct Matter(Vec<Member>);

impl Matter {
    /// The others in the matter of this lead.
    pub(crate) fn around(state: &State<'_, '_>, key: LeadKey, lead: &LeadState) -> Result<Self, StateError> {
        let mut members = Vec::new();
        for member in state.members(key.domain, lead.matter, MEMBERS_MAX + 1)? {
            if member == key || members.len() == MEMBERS_MAX {
                continue;
            }
            if let Some(state) = state.lead(member)?.filter(|other| other.cluster == lead.cluster) {
                members.push(Member { key: member, state, facts: None });
            }
        }
        Ok(Self(members))
    }

    /// Leads whose copies at the partner together hold every wanted fact; `None` when they do not.
    pub(crate) fn coverers(
        &mut self,
        state: &State<'_, '_>,
        partner: &Partner,
        wanted: &[FactDigest],
    ) -> Result<Option<Vec<LeadId>>, StateError> {
        for member in &mut self.0 {
            if member.facts.is_none() && member.state.current_copy(&partner.id).is_some() {
                member.facts = Some(state.facts(member.key)?);
            }
        }
        let held: Vec<(LeadId, Vec<FactDigest>)> = self
            .0
            .iter()
            .filter_map(|member| {
                let copy = member.state.current_copy(&partner.id)?;
                Some((member.key.lead, member.facts.as_ref()?.visible(copy.classes).collect()))
            })
            .collect();
        let covers = |leads: &[(LeadId, Vec<FactDigest>)]| {
            is_covered(wanted.iter().copied(), leads.iter().flat_map(|(_, facts)| facts).copied())
        };
        if !covers(&held) {
            return Ok(None);
        }
        if let Some((lead, _)) = held.iter().find(|one| covers(std::slice::from_ref(*one))) {
            return Ok(Some(vec![*lead]));
        }
        let mut missing: BTreeSet<FactDigest> = wanted.iter().copied().collect();
        let mut adds = |facts: &[FactDigest]| facts.iter().filter(|f| missing.remove(f)).count() > 0;
        Ok(Some(held.iter().filter(|(_, facts)| adds(facts)).map(|(lead, _)| *lead).collect()))
    }

    /// The partner's names of the others that it holds.
    pub(crate) fn related(&self, release: &Release, partner: &Partner) -> Vec<Alias> {
        let held = self.0.iter().filter(|m| m.state.is_held_by(&partner.id));
        held.map(|m| release.alias(partner, m.key.lead)).collect()
    }
}
