//! A ledger of some clusters only: read from where it is kept, and read back for what changed of it.
//!
//! Whatever touches a lead touches its whole cluster and no other, so a ledger of just the clusters that a change
//! concerns gives the same answer as one of all.

use crate::linker::Id;

use super::{Edge, Growth, Ledger, Member, pair};

impl Ledger {
    /// An empty ledger, in which no new cluster is named by one of these ids: clusters that are kept and not read.
    pub fn beside(growth: Growth, taken: impl IntoIterator<Item = Id>) -> Self {
        Self { taken: taken.into_iter().collect(), ..Self::new(growth) }
    }

    /// A lead as it was kept.
    pub fn put_back(&mut self, lead: Id, accepted: u64, cluster: Id) {
        self.leads.insert(lead, Member { accepted, cluster });
        self.clusters.entry(cluster).or_default().insert((accepted, lead));
    }

    /// An edge as it was kept, between leads that were put back.
    pub fn put_back_edge(&mut self, (a, b): (Id, Id), edge: Edge, live: bool) {
        self.hold(a, b, edge, live);
    }

    /// Two leads that an officer declared different.
    pub fn put_back_difference(&mut self, a: Id, b: Id) {
        self.cannot.insert(pair(a, b));
    }

    /// Every lead with its place in the order of acceptance and its cluster.
    pub fn leads(&self) -> impl Iterator<Item = (Id, u64, Id)> {
        self.leads.iter().map(|(lead, member)| (*lead, member.accepted, member.cluster))
    }

    /// Every edge once, and whether it holds its cluster together.
    pub fn edges(&self) -> impl Iterator<Item = ((Id, Id), &Edge, bool)> {
        let all = self.edges.iter().flat_map(|(a, others)| others.iter().map(|(b, held)| ((*a, *b), held)));
        all.filter(|((a, b), _)| a < b).map(|(pair, held)| (pair, &held.edge, held.live))
    }
}
