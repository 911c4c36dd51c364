//! The clusters that a change concerns: read from the state, changed by the ledger of [`linkage`], written back.
//!
//! The ledger's own events are left alone: what was read and what is there afterwards say which leads moved.

use std::collections::{BTreeMap, BTreeSet};

use lead::{LeadId, MatterId};
use linkage::{Edge, Growth, Id, Ledger, LedgerError, Proposal};
use pipeline::StateError;

use crate::index::Index;
use crate::index::links::KeptEdge;
use crate::state::State;

/// Leads of one home that stand in another cluster than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Their home matter.
    pub home: MatterId,
    /// Where they stand now.
    pub cluster: MatterId,
    /// They, in the order of their ids.
    pub leads: Vec<LeadId>,
}

/// The clusters of some leads.
pub(crate) struct Matters {
    ledger: Ledger,
    members: BTreeSet<(Id, u64, Id)>,
    edges: BTreeMap<(Id, Id), KeptEdge>,
}

impl Matters {
    /// The clusters of those of these leads that are live. The others may be opened.
    pub(crate) fn of<S: State>(
        index: &Index<'_, S>,
        concerned: &[LeadId],
        growth: Growth,
    ) -> Result<Self, StateError> {
        let mut members = BTreeMap::new();
        for lead in concerned {
            let Some(state) = index.lead(*lead)?.filter(|s| s.is_live()) else { continue };
            let cluster = state.cluster(*lead);
            if members.contains_key(&lead.0) {
                continue;
            }
            members.insert(lead.0, (state.accepted.unwrap_or_default(), cluster));
            for (accepted, member) in index.members(cluster)? {
                members.insert(member.0, (accepted, cluster));
            }
        }
        let inside: BTreeSet<Id> = members.keys().copied().chain(concerned.iter().map(|l| l.0)).collect();
        let mut taken = Vec::new();
        for lead in &inside {
            let is_read = members.values().any(|(_, cluster)| cluster == lead);
            if !is_read && index.is_cluster(*lead)? {
                taken.push(*lead);
            }
        }
        let mut ledger = Ledger::beside(growth, taken);
        for (lead, (accepted, cluster)) in &members {
            ledger.put_back(*lead, *accepted, *cluster);
        }
        let mut edges = BTreeMap::new();
        for lead in &inside {
            for other in index.neighbours(*lead)?.into_iter().filter(|o| lead < o && inside.contains(o)) {
                let Some(kept) = index.edge((*lead, other))? else { continue };
                ledger.put_back_edge((*lead, other), kept.edge.clone(), kept.live);
                edges.insert((*lead, other), kept);
            }
            for other in index.different_from(*lead)?.into_iter().filter(|o| inside.contains(o)) {
                ledger.put_back_difference(*lead, other);
            }
        }
        let members = entries(&ledger);
        Ok(Self { ledger, members, edges })
    }

    /// A lead comes to life, as a cluster of its own.
    pub(crate) fn open(&mut self, lead: LeadId, accepted: u64) -> Result<(), StateError> {
        self.ledger.open(lead.0, accepted).map(|_| ()).map_err(fault)
    }

    /// Proposes an edge that was found.
    pub(crate) fn propose(
        &mut self,
        (a, b): (Id, Id),
        edge: Edge,
        contradicts: impl Fn(Id, Id) -> bool,
    ) -> Result<Proposal, StateError> {
        self.ledger.propose((a, b), edge, contradicts, &mut Vec::new()).map_err(fault)
    }

    /// An officer says that two leads are one matter.
    pub(crate) fn confirm(&mut self, (a, b): (Id, Id), edge: Edge) -> Result<(), StateError> {
        self.ledger.confirm((a, b), edge, &mut Vec::new()).map(|_| ()).map_err(fault)
    }

    /// An officer says that two leads are of different matters.
    pub(crate) fn unlink(&mut self, a: Id, b: Id) -> Result<(), StateError> {
        self.ledger.unlink(a, b, &mut Vec::new()).map_err(fault)
    }

    /// A lead is withdrawn.
    pub(crate) fn remove(&mut self, lead: LeadId) -> Result<(), StateError> {
        self.ledger.remove(lead.0, &mut Vec::new()).map_err(fault)
    }

    /// Whether both are live.
    pub(crate) fn hold(&self, a: Id, b: Id) -> bool {
        [a, b].iter().all(|lead| self.ledger.cluster(*lead).is_some())
    }

    /// The cluster of a lead.
    pub(crate) fn cluster(&self, lead: LeadId) -> Id {
        self.ledger.cluster(lead.0).unwrap_or(lead.0)
    }

    /// The leads of a lead's cluster but the lead itself, newest first.
    pub(crate) fn others(&self, lead: LeadId) -> Vec<LeadId> {
        let mut members: Vec<Id> = self.ledger.members(self.cluster(lead)).filter(|m| *m != lead.0).collect();
        members.reverse();
        members.into_iter().map(LeadId).collect()
    }

    /// Writes what changed, and says which leads stand elsewhere now; all but the one in hand, whose state the
    /// caller writes.
    pub(crate) fn write<S: State>(
        self,
        index: &mut Index<'_, S>,
        in_hand: Option<LeadId>,
    ) -> Result<Vec<Moved>, StateError> {
        let after = entries(&self.ledger);
        let was: BTreeMap<Id, Id> = self.members.iter().map(|(cluster, _, lead)| (*lead, *cluster)).collect();
        let mut moved: BTreeMap<(MatterId, MatterId), Vec<LeadId>> = BTreeMap::new();
        for (lead, _, cluster) in self.ledger.leads() {
            let lead = LeadId(lead);
            if was.get(&lead.0).copied().unwrap_or(lead.0) == cluster || Some(lead) == in_hand {
                continue;
            }
            let Some(mut state) = index.lead(lead)? else { continue };
            state.set_cluster(lead, cluster);
            index.put_lead(lead, &state)?;
            moved.entry((state.home(lead), MatterId(cluster))).or_default().push(lead);
        }
        index.change_members(&self.members, &after);
        let mut gone = self.edges;
        for (pair, edge, live) in self.ledger.edges() {
            let kept = KeptEdge { edge: edge.clone(), live };
            if gone.remove(&pair).as_ref() != Some(&kept) {
                index.put_edge(pair, &kept)?;
            }
        }
        for (a, b) in gone.into_keys() {
            index.delete_edge(a, b);
        }
        Ok(moved.into_iter().map(|((home, cluster), leads)| Moved { home, cluster, leads }).collect())
    }
}

/// The entries that the state has for the members of clusters: none for a cluster that is just the lead that it is
/// named after.
fn entries(ledger: &Ledger) -> BTreeSet<(Id, u64, Id)> {
    let alone = |cluster: Id| ledger.members(cluster).eq([cluster]);
    ledger.leads().filter(|(_, _, c)| !alone(*c)).map(|(lead, accepted, c)| (c, accepted, lead)).collect()
}

fn fault(error: LedgerError) -> StateError {
    StateError::Corrupt { entry: "ledger", detail: error.to_string() }
}
