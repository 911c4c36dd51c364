//! Leads that stand in another cluster now: what leaned on a lead of what is another matter is decided again.

use std::collections::BTreeSet;

use lead::LeadId;
use lead::decision::Cause;
use lead::matter::Regrouping;
use pipeline::StateError;
use release::Partner;

use crate::copy::CopyState;
use crate::decide::{Decider, Why};
use crate::state::{LeadKey, LeadState, State};

impl Decider<'_> {
    /// Takes what is said of clusters, also of a lead that comes later, and decides again what it uncovers.
    pub(crate) fn regroup(&self, state: &mut State<'_, '_>, event: &Regrouping) -> Result<(), StateError> {
        let mut moved = Vec::new();
        for lead in &event.leads {
            let key = LeadKey { domain: event.domain, lead: *lead };
            let before = state.lead(key)?;
            let mut after = before.clone().unwrap_or_default();
            if after.stand_in(event.cluster_id, event.place) {
                moved.push(key);
            }
            state.save(key, before.as_ref(), &after)?;
        }
        self.part(state, &moved, event.caused_by, event.officer.as_deref())
    }

    /// Decides again each copy that leans on leads of another cluster, where one of the two has moved. It ends for
    /// the reason that [`redecide`](Self::redecide) has.
    pub(crate) fn part(
        &self,
        state: &mut State<'_, '_>,
        moved: &[LeadKey],
        caused_by: LeadId,
        officer: Option<&str>,
    ) -> Result<(), StateError> {
        let mut concerned: BTreeSet<LeadKey> = moved.iter().copied().collect();
        for key in moved {
            concerned.extend(state.covered_by(*key)?);
        }
        let mut uncovered = Vec::new();
        for key in concerned {
            let Some(lead) = state.lead(key)?.filter(LeadState::is_live) else { continue };
            let names = strangers(state, key, &lead)?;
            if !names.is_empty() {
                uncovered.push((lead.since, key, names));
            }
        }
        uncovered.sort_unstable();
        for (_, key, names) in uncovered {
            let Some(mut subject) = self.subject(state, key)? else { continue };
            self.strand(state, &mut subject)?;
            let partners: Vec<&Partner> =
                names.iter().filter_map(|name| self.release.partners().get(name)).collect();
            let why = Why { cause: Cause::Unlink, caused_by: Some(caused_by), officer };
            self.decide(state, &mut subject, &partners, why, !partners.is_empty())?;
        }
        Ok(())
    }
}

/// Partners where a lead is covered by one that stands elsewhere.
fn strangers(state: &State<'_, '_>, key: LeadKey, lead: &LeadState) -> Result<Vec<String>, StateError> {
    let mut names = Vec::new();
    for (name, copy) in lead.copies.iter().filter(|(_, copy)| copy.state == CopyState::Covered) {
        for coverer in &copy.covered_by {
            let other = state.lead(LeadKey { lead: *coverer, ..key })?;
            if other.is_none_or(|other| other.cluster != lead.cluster) {
                names.push(name.clone());
                break;
            }
        }
    }
    Ok(names)
}
