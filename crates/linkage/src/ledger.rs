//! Matters: clusters of leads as components of a ledger of edges.
//!
//! An edge says that two leads speak of the same, why, by which table and who decided. Nothing is ever merged: a
//! cluster is a view, so a wrong edge is taken out and only its own component is computed again.
//!
//! INVARIANT: the partition is the components of the live edges, whatever was unlinked or removed before.
//!
//! INVARIANT: two leads that an officer declared different are never in one cluster.
//!
//! What is absent: whether an officer may decide (the gate verifies signatures), and the profiles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::group::Group;
use crate::linker::Id;
use crate::logarithm::Millibits;

mod components;
mod kept;

/// Who made an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// The table.
    Auto,
    /// An officer, known by this id.
    Officer(Id),
}

/// Why two leads are one matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Total of the pair, in millibits.
    pub weight: Millibits,
    /// Groups that are evidence of their own, sorted.
    pub groups: Vec<Group>,
    /// Hash of the table that was judged by.
    pub table: String,
    /// Who made it.
    pub cause: Cause,
    /// When, in milliseconds since 1970: the record's time, not a clock's.
    pub time_ms: i64,
}

/// Bounds of automatic growth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Total from which one edge is enough to join two clusters of two and more.
    pub join: Millibits,
    /// Members from which nothing joins by itself.
    pub members: usize,
    /// Edges over pairs, in thousandths, below which nothing joins by itself.
    pub density_permille: usize,
    /// Members of a cluster that are checked for contradictions.
    pub representatives: usize,
}

impl Growth {
    /// The bounds of the design, for a threshold of linking: 6 bits above it, 50 members, a fifth of all pairs,
    /// 32 representatives.
    pub fn of(link: Millibits) -> Self {
        Self { join: link.saturating_add(6_000), members: 50, density_permille: 200, representatives: 32 }
    }
}

/// Why an edge joined nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// An officer declared two of the leads different.
    CannotLink,
    /// A member contradicts a member.
    Contradiction,
    /// Two clusters need a second edge from another group, or a stronger one.
    SecondEdge,
    /// The cluster would be too large.
    Size,
    /// Too few of its pairs have an edge.
    Density,
}

/// What became of a proposed edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proposal {
    /// Both were in one cluster already; the edge is noted.
    Within,
    /// Two clusters are one now.
    Joined,
    /// A person looks at it; the edge is noted but joins nothing.
    Review(Hold),
}

/// What changed of clusters, with lineage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The second cluster is now part of the first.
    Joined {
        /// The older one, whose id stays.
        into: Id,
        /// The one that is no more.
        from: Id,
    },
    /// Leads left a cluster and are one of their own.
    Split {
        /// The cluster that they left.
        from: Id,
        /// Their own.
        into: Id,
        /// They, oldest first.
        leads: Vec<Id>,
    },
}

/// Why the ledger refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A lead that is in the ledger is opened again.
    #[error("the lead is in the ledger already")]
    Present,
    /// A lead that is not in the ledger.
    #[error("the lead is not in the ledger")]
    Absent,
    /// An edge of a lead with itself.
    #[error("a lead has no edge with itself")]
    Itself,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    edge: Edge,
    /// Whether it holds its cluster together; else it waits for a person or a second edge.
    live: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    accepted: u64,
    cluster: Id,
}

/// The ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    growth: Growth,
    leads: BTreeMap<Id, Member>,
    /// Members by cluster, in the order of acceptance.
    clusters: BTreeMap<Id, BTreeSet<(u64, Id)>>,
    /// Both directions of each edge.
    edges: BTreeMap<Id, BTreeMap<Id, Held>>,
    /// Pairs that are not the same, smaller id first. They outlive edges and leads.
    cannot: BTreeSet<(Id, Id)>,
    /// Names of clusters that are not in here.
    taken: BTreeSet<Id>,
}

fn pair(a: Id, b: Id) -> (Id, Id) {
    (a.min(b), a.max(b))
}

impl Ledger {
    /// An empty ledger.
    pub fn new(growth: Growth) -> Self {
        Self {
            growth,
            leads: BTreeMap::new(),
            clusters: BTreeMap::new(),
            edges: BTreeMap::new(),
            cannot: BTreeSet::new(),
            taken: BTreeSet::new(),
        }
    }

    /// A lead becomes a cluster of its own, whose id this returns: the lead's, unless a cluster that it began and
    /// left still has that.
    pub fn open(&mut self, lead: Id, accepted: u64) -> Result<Id, LedgerError> {
        if self.leads.contains_key(&lead) {
            return Err(LedgerError::Present);
        }
        let cluster = self.free_id(lead, accepted);
        self.leads.insert(lead, Member { accepted, cluster });
        self.clusters.insert(cluster, BTreeSet::from([(accepted, lead)]));
        Ok(cluster)
    }

    /// Proposes an automatic edge. `contradicts` says whether two leads can hardly be of one matter.
    pub fn propose(
        &mut self,
        (a, b): (Id, Id),
        edge: Edge,
        contradicts: impl Fn(Id, Id) -> bool,
        events: &mut Vec<Event>,
    ) -> Result<Proposal, LedgerError> {
        let (first, second) = self.clusters_of(a, b)?;
        if self.cannot.contains(&pair(a, b)) {
            return Ok(Proposal::Review(Hold::CannotLink));
        }
        if first == second {
            self.hold(a, b, edge, true);
            return Ok(Proposal::Within);
        }
        self.hold(a, b, edge, false);
        if let Some(hold) = self.held_back(first, second, contradicts) {
            return Ok(Proposal::Review(hold));
        }
        self.join(first, second, events);
        Ok(Proposal::Joined)
    }

    /// An officer declares two leads the same. This lifts what was declared of the pair before, and is held back
    /// only by what is declared of other pairs of the two clusters. What is lifted is lifted also where a lead is absent.
    pub fn confirm(
        &mut self,
        (a, b): (Id, Id),
        edge: Edge,
        events: &mut Vec<Event>,
    ) -> Result<Proposal, LedgerError> {
        self.cannot.remove(&pair(a, b));
        let (first, second) = self.clusters_of(a, b)?;
        if first == second {
            self.hold(a, b, edge, true);
            return Ok(Proposal::Within);
        }
        self.hold(a, b, edge, false);
        if self.declared_different(first, second) {
            return Ok(Proposal::Review(Hold::CannotLink));
        }
        self.join(first, second, events);
        Ok(Proposal::Joined)
    }

    /// An officer declares two leads different: their edge is taken out for good, and their component is computed
    /// again. Other leads that held them together stay with the one they have stronger edges to. What
    /// is declared holds also for leads that are absent and come later.
    pub fn unlink(&mut self, a: Id, b: Id, events: &mut Vec<Event>) -> Result<(), LedgerError> {
        if a != b {
            self.cannot.insert(pair(a, b));
        }
        let (first, second) = self.clusters_of(a, b)?;
        self.drop_edge(a, b);
        if first == second {
            self.recompute(first, events);
        }
        Ok(())
    }

    /// A lead leaves with its edges, and its component is computed again.
    pub fn remove(&mut self, lead: Id, events: &mut Vec<Event>) -> Result<(), LedgerError> {
        let member = self.leads.remove(&lead).ok_or(LedgerError::Absent)?;
        for other in self.edges.remove(&lead).unwrap_or_default().into_keys() {
            self.drop_edge(other, lead);
        }
        if let Some(members) = self.clusters.get_mut(&member.cluster) {
            members.remove(&(member.accepted, lead));
        }
        self.recompute(member.cluster, events);
        Ok(())
    }

    /// The cluster of a lead.
    pub fn cluster(&self, lead: Id) -> Option<Id> {
        self.leads.get(&lead).map(|m| m.cluster)
    }

    /// The leads of a cluster, oldest first.
    pub fn members(&self, cluster: Id) -> impl Iterator<Item = Id> {
        self.clusters.get(&cluster).into_iter().flatten().map(|(_, lead)| *lead)
    }

    /// The edge of two leads, and whether it holds their cluster together.
    pub fn edge(&self, a: Id, b: Id) -> Option<(&Edge, bool)> {
        self.edges.get(&a)?.get(&b).map(|h| (&h.edge, h.live))
    }

    /// Whether an officer declared the two different.
    pub fn cannot_link(&self, a: Id, b: Id) -> bool {
        self.cannot.contains(&pair(a, b))
    }

    fn clusters_of(&self, a: Id, b: Id) -> Result<(Id, Id), LedgerError> {
        if a == b {
            return Err(LedgerError::Itself);
        }
        let of = |lead| self.cluster(lead).ok_or(LedgerError::Absent);
        Ok((of(a)?, of(b)?))
    }

    fn hold(&mut self, a: Id, b: Id, edge: Edge, live: bool) {
        for (from, to) in [(a, b), (b, a)] {
            let held = Held { edge: edge.clone(), live };
            self.edges.entry(from).or_default().insert(to, held);
        }
    }

    fn drop_edge(&mut self, a: Id, b: Id) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(others) = self.edges.get_mut(&from) {
                others.remove(&to);
                if others.is_empty() {
                    self.edges.remove(&from);
                }
            }
        }
    }

    /// What keeps two clusters apart that an edge was proposed for.
    fn held_back(&self, first: Id, second: Id, contradicts: impl Fn(Id, Id) -> bool) -> Option<Hold> {
        let sizes = [first, second].map(|c| self.clusters.get(&c).map_or(0, BTreeSet::len));
        let members: usize = sizes.iter().sum();
        if self.declared_different(first, second) {
            return Some(Hold::CannotLink);
        }
        if members > self.growth.members {
            return Some(Hold::Size);
        }
        let between = self.between(first, second);
        if sizes.iter().all(|size| *size >= 2) && !self.enough(&between) {
            return Some(Hold::SecondEdge);
        }
        let edges = self.live_edges(first) + self.live_edges(second) + between.len();
        if edges * 2_000 < self.growth.density_permille * members * (members - 1) {
            return Some(Hold::Density);
        }
        let (mine, theirs) = (self.representatives(first), self.representatives(second));
        let contradicted = mine.iter().any(|a| theirs.iter().any(|b| contradicts(*a, *b)));
        contradicted.then_some(Hold::Contradiction)
    }

    /// Whether these edges are enough to join two clusters of two and more.
    fn enough(&self, between: &[(Id, Id)]) -> bool {
        let edges: Vec<&Edge> =
            between.iter().filter_map(|(a, b)| self.edge(*a, *b)).map(|(e, _)| e).collect();
        let strong = edges.iter().any(|e| e.weight >= self.growth.join || e.cause != Cause::Auto);
        strong || edges.iter().any(|e| edges.iter().any(|other| e.groups != other.groups))
    }

    fn declared_different(&self, first: Id, second: Id) -> bool {
        let within = |lead: &Id, cluster: Id| self.cluster(*lead) == Some(cluster);
        self.cannot
            .iter()
            .any(|(a, b)| within(a, first) && within(b, second) || within(a, second) && within(b, first))
    }
}

#[cfg(test)]
mod tests;
