//! A list of many holders, and how many clusters they are of, as far as that matters.

use super::{Cluster, HotRule, Slot};

/// Three holders or more.
#[derive(Debug, Clone, Default)]
pub(super) struct Many {
    /// Oldest first.
    pub(super) slots: Vec<Slot>,
    /// Holders of different clusters, kept only while there are so many holders that it can matter.
    ///
    /// INVARIANT: either one of each cluster, or as many as the rule counts to. So a holder that comes costs no
    /// more than that, however long the list is.
    witnesses: Vec<Slot>,
}

impl Many {
    /// A list of few.
    pub(super) fn new(few: &[Slot]) -> Self {
        let mut slots = Vec::with_capacity(4);
        slots.extend_from_slice(few);
        Self { slots, witnesses: Vec::new() }
    }

    /// What another list was.
    pub(super) fn of(slots: Vec<Slot>, witnesses: Vec<Slot>) -> Self {
        Self { slots, witnesses }
    }

    pub(super) fn witnesses(&self) -> &[Slot] {
        &self.witnesses
    }

    /// Clusters, or as many as the rule counts to.
    pub(super) fn clusters(&self) -> usize {
        self.witnesses.len()
    }

    pub(super) fn add(&mut self, slot: Slot, rule: HotRule, cluster_of: impl Fn(Slot) -> Cluster) {
        let at = self.slots.partition_point(|s| *s < slot);
        self.slots.insert(at, slot);
        if self.slots.len() < rule.counted_from() {
            return;
        }
        if self.witnesses.is_empty() {
            self.call_witnesses(rule, cluster_of);
        } else {
            self.hear(slot, rule, cluster_of);
        }
    }

    pub(super) fn remove(&mut self, slot: Slot, rule: HotRule, cluster_of: impl Fn(Slot) -> Cluster) {
        if let Ok(at) = self.slots.binary_search(&slot) {
            self.slots.remove(at);
        }
        if self.slots.len() < rule.counted_from() {
            self.witnesses = Vec::new();
        } else if self.witnesses.contains(&slot) {
            self.call_witnesses(rule, cluster_of);
        }
    }

    pub(super) fn recluster(&mut self, slot: Slot, rule: HotRule, cluster_of: impl Fn(Slot) -> Cluster) {
        if self.slots.len() < rule.counted_from() {
            return;
        }
        if self.witnesses.contains(&slot) {
            self.call_witnesses(rule, cluster_of);
        } else {
            self.hear(slot, rule, cluster_of);
        }
    }

    /// Chooses witnesses anew.
    fn call_witnesses(&mut self, rule: HotRule, cluster_of: impl Fn(Slot) -> Cluster) {
        let mut clusters: Vec<Cluster> = Vec::with_capacity(rule.counted_to().min(self.slots.len()));
        self.witnesses.clear();
        for slot in &self.slots {
            if clusters.len() >= rule.counted_to() {
                return;
            }
            let cluster = cluster_of(*slot);
            if !clusters.contains(&cluster) {
                clusters.push(cluster);
                self.witnesses.push(*slot);
            }
        }
    }

    /// Takes a holder as a witness if none is of its cluster.
    fn hear(&mut self, slot: Slot, rule: HotRule, cluster_of: impl Fn(Slot) -> Cluster) {
        if self.witnesses.len() >= rule.counted_to() {
            return;
        }
        let cluster = cluster_of(slot);
        if !self.witnesses.iter().any(|witness| cluster_of(*witness) == cluster) {
            self.witnesses.push(slot);
        }
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        (self.slots.capacity() + self.witnesses.capacity()) * size_of::<Slot>() + size_of::<Self>() + 32
    }
}
