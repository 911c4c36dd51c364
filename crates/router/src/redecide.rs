//! What a shrink uncovers is decided again, in the same transaction.
//!
//! A partner's holding shrinks when a copy is cancelled, when an Update says less, and when a copy
//! is no longer what the lead says. Each lead that leaned on that copy there is then decided again.
//!
//! It ends: only copies in state `Covered` are decided again, such a copy is not held by its partner,
//! so deciding it can only add to what the partner holds and uncovers nothing further. Each lead is
//! taken once, oldest first, so that of many repeats of one report the first is delivered and covers
//! the others.

use std::collections::{BTreeMap, BTreeSet};

use lead::decision::{Cause, LeadFacts};
use lead::{FactDigest, Facts};
use pipeline::StateError;
use release::Partner;

use crate::copy::CopyState;
use crate::decide::{Decider, Subject, Why};
use crate::state::{LeadKey, LeadState, State, corrupt};

/// What the copies of a lead are worth to other leads: taken before the lead changes.
pub(crate) struct Support {
    key: LeadKey,
    dependents: Vec<LeadKey>,
    held: BTreeMap<String, BTreeSet<FactDigest>>,
}

impl Support {
    /// That of a lead as it is in the state. Nothing is read further when no other lead leans on it.
    pub(crate) fn of(
        state: &State<'_, '_>,
        key: LeadKey,
        lead: Option<&LeadState>,
    ) -> Result<Self, StateError> {
        let mut support = Self { key, dependents: Vec::new(), held: BTreeMap::new() };
        let Some(lead) = lead else { return Ok(support) };
        support.dependents = state.covered_by(key)?;
        if !support.dependents.is_empty() {
            support.held = held(lead, &state.facts(key)?);
        }
        Ok(support)
    }

    /// Partners at which the lead's copy is worth less than it was.
    fn shrunk(&self, after: &LeadState, facts: &Facts) -> BTreeSet<&str> {
        let now = held(after, facts);
        let shrunk = self
            .held
            .iter()
            .filter(|(partner, before)| now.get(*partner).is_none_or(|after| !before.is_subset(after)));
        shrunk.map(|(partner, _)| partner.as_str()).collect()
    }
}

fn held(lead: &LeadState, facts: &Facts) -> BTreeMap<String, BTreeSet<FactDigest>> {
    let names = lead.copies.keys();
    names
        .filter_map(|name| {
            let copy = lead.current_copy(name)?;
            Some((name.clone(), facts.visible(copy.classes).collect()))
        })
        .collect()
}

impl Decider<'_> {
    /// Decides again what leaned on a lead that has changed and is saved.
    pub(crate) fn redecide(
        &self,
        state: &mut State<'_, '_>,
        support: &Support,
        after: &LeadState,
        facts: &Facts,
    ) -> Result<(), StateError> {
        if support.dependents.is_empty() {
            return Ok(());
        }
        let shrunk = support.shrunk(after, facts);
        let mut uncovered = Vec::new();
        for key in &support.dependents {
            let Some(lead) = state.lead(*key)? else { continue };
            if !partners_of(&lead, support.key, &shrunk).is_empty() {
                uncovered.push((lead.since, *key));
            }
        }
        uncovered.sort_unstable();
        for (_, key) in uncovered {
            let Some(mut subject) = self.subject(state, key)? else { continue };
            let names = partners_of(&subject.state, support.key, &shrunk);
            self.strand(state, &mut subject)?;
            let partners: Vec<&Partner> =
                names.iter().filter_map(|name| self.release.partners().get(name)).collect();
            let why = Why { cause: Cause::Uncovered, caused_by: Some(support.key.lead), officer: None };
            let news = !partners.is_empty();
            self.decide(state, &mut subject, &partners, why, news)?;
        }
        Ok(())
    }

    /// A lead as it is in the state, in hand.
    pub(crate) fn subject(&self, state: &State<'_, '_>, key: LeadKey) -> Result<Option<Subject>, StateError> {
        let Some(lead) = state.lead(key)? else { return Ok(None) };
        let body = if lead.is_live() { state.body(key, &lead)? } else { Ok(None) };
        let body = body.map_err(|error| corrupt("body", error))?;
        let profile = body.as_ref().map(|body| self.release.profile(&body.lead));
        Ok(Some(Subject {
            key,
            before: Some(lead.clone()),
            facts: state.facts(key)?,
            seen: profile.as_ref().map_or_else(LeadFacts::default, |profile| profile.facts),
            profile,
            mapping: body.as_ref().map(|b| b.lead.mapping.clone()).unwrap_or_default(),
            matching: body.as_ref().map(|b| b.matching.clone()).unwrap_or_default(),
            state: lead,
            body,
        }))
    }
}

/// Partners where a lead leans on a copy that shrank.
fn partners_of(lead: &LeadState, coverer: LeadKey, shrunk: &BTreeSet<&str>) -> Vec<String> {
    let leans = lead.copies.iter().filter(|(name, copy)| {
        copy.state == CopyState::Covered
            && copy.covered_by.contains(&coverer.lead)
            && shrunk.contains(name.as_str())
    });
    leans.map(|(name, _)| name.clone()).collect()
}
