//! Joins clusters, and computes one again.

use std::collections::{BTreeMap, BTreeSet};

use crate::linker::Id;

use super::{Cause, Event, Ledger};

impl Ledger {
    /// Makes one cluster of two; every edge between them holds it together from now on.
    pub(super) fn join(&mut self, first: Id, second: Id, events: &mut Vec<Event>) {
        for (a, b) in self.between(first, second) {
            for (from, to) in [(a, b), (b, a)] {
                if let Some(held) = self.edges.get_mut(&from).and_then(|others| others.get_mut(&to)) {
                    held.live = true;
                }
            }
        }
        let age = |cluster: &Id| self.clusters.get(cluster).and_then(|m| m.first().copied());
        let (into, from) = if age(&first) <= age(&second) { (first, second) } else { (second, first) };
        let moved = self.clusters.remove(&from).unwrap_or_default();
        for (_, lead) in &moved {
            if let Some(member) = self.leads.get_mut(lead) {
                member.cluster = into;
            }
        }
        self.clusters.entry(into).or_default().extend(moved);
        events.push(Event::Joined { into, from });
    }

    /// Edges between two clusters, live or not.
    pub(super) fn between(&self, first: Id, second: Id) -> Vec<(Id, Id)> {
        let size = |c: &Id| self.clusters.get(c).map_or(0, BTreeSet::len);
        let (small, large) = if size(&first) <= size(&second) { (first, second) } else { (second, first) };
        let mut found = Vec::new();
        for a in self.members(small) {
            let others = self.edges.get(&a).into_iter().flatten().map(|(b, _)| *b);
            found.extend(others.filter(|b| self.cluster(*b) == Some(large)).map(|b| (a, b)));
        }
        found
    }

    /// Live edges of a cluster.
    pub(super) fn live_edges(&self, cluster: Id) -> usize {
        let ends: usize = self
            .members(cluster)
            .map(|lead| self.edges.get(&lead).map_or(0, |others| others.values().filter(|h| h.live).count()))
            .sum();
        ends / 2
    }

    /// Members that speak for a cluster: those that an officer joined, the newest, those with the strongest edge.
    pub(super) fn representatives(&self, cluster: Id) -> Vec<Id> {
        let most = self.growth.representatives;
        let members: Vec<Id> = self.members(cluster).collect();
        if members.len() <= most {
            return members;
        }
        let edges = |lead: &Id| self.edges.get(lead).into_iter().flatten().map(|(_, held)| &held.edge);
        let mut chosen: Vec<Id> =
            members.iter().copied().filter(|l| edges(l).any(|e| e.cause != Cause::Auto)).collect();
        let newest = members.iter().rev().take(most / 2).copied();
        let mut strongest = members.clone();
        strongest.sort_by_key(|l| std::cmp::Reverse(edges(l).map(|e| e.weight).max()));
        for lead in newest.chain(strongest) {
            if chosen.len() < most && !chosen.contains(&lead) {
                chosen.push(lead);
            }
        }
        chosen.truncate(most);
        chosen
    }

    /// Computes a cluster again from its live edges. The part with the oldest lead keeps the id.
    pub(super) fn recompute(&mut self, cluster: Id, events: &mut Vec<Event>) {
        let mut rest = self.clusters.remove(&cluster).unwrap_or_default();
        self.part(&rest);
        let mut keeps = Some(cluster);
        while let Some(oldest) = rest.first().copied() {
            let part = self.reachable(oldest, &rest);
            rest.retain(|member| !part.contains(member));
            let into = keeps.take().unwrap_or_else(|| self.free_id(oldest.1, oldest.0));
            for (_, lead) in &part {
                if let Some(member) = self.leads.get_mut(lead) {
                    member.cluster = into;
                }
            }
            if into != cluster {
                let leads = part.iter().map(|(_, lead)| *lead).collect();
                events.push(Event::Split { from: cluster, into, leads });
            }
            self.clusters.insert(into, part);
        }
    }

    /// Where members were declared different, live edges that would still bring them together hold no longer: an
    /// edge is kept, the officers' and then the strongest first, unless it joins two parts that must stay apart.
    fn part(&mut self, members: &BTreeSet<(u64, Id)>) {
        let inside: BTreeSet<Id> = members.iter().map(|(_, lead)| *lead).collect();
        let apart: Vec<(Id, Id)> =
            self.cannot.iter().filter(|(a, b)| inside.contains(a) && inside.contains(b)).copied().collect();
        if apart.is_empty() {
            return;
        }
        let mut edges: Vec<_> = self
            .edges()
            .filter(|((a, b), _, live)| *live && inside.contains(a) && inside.contains(b))
            .map(|(pair, edge, _)| (edge.cause == Cause::Auto, std::cmp::Reverse(edge.weight), pair))
            .collect();
        edges.sort_unstable();
        let mut part: BTreeMap<Id, Id> = inside.iter().map(|lead| (*lead, *lead)).collect();
        for (_, _, (a, b)) in edges {
            let (Some(first), Some(second)) = (part.get(&a).copied(), part.get(&b).copied()) else {
                continue;
            };
            let of = |lead: &Id| part.get(lead).copied();
            let meets = |(x, y): &(Id, Id)| {
                let (x, y) = (of(x), of(y));
                x == Some(first) && y == Some(second) || x == Some(second) && y == Some(first)
            };
            if first != second && apart.iter().any(meets) {
                for (from, to) in [(a, b), (b, a)] {
                    if let Some(held) = self.edges.get_mut(&from).and_then(|others| others.get_mut(&to)) {
                        held.live = false;
                    }
                }
            } else {
                part.values_mut().filter(|p| **p == second).for_each(|p| *p = first);
            }
        }
    }

    /// Members that live edges connect with one of them.
    fn reachable(&self, from: (u64, Id), among: &BTreeSet<(u64, Id)>) -> BTreeSet<(u64, Id)> {
        let mut found = BTreeSet::from([from]);
        let mut open = vec![from.1];
        while let Some(lead) = open.pop() {
            for (other, _) in self.edges.get(&lead).into_iter().flatten().filter(|(_, held)| held.live) {
                let Some(member) = self.leads.get(other).map(|m| (m.accepted, *other)) else { continue };
                if among.contains(&member) && found.insert(member) {
                    open.push(*other);
                }
            }
        }
        found
    }

    /// A cluster's id after its first lead, or of that lead's own making if a cluster that it began still has it.
    pub(super) fn free_id(&self, lead: Id, accepted: u64) -> Id {
        let mut id = lead;
        while self.clusters.contains_key(&id) || self.taken.contains(&id) {
            let hash = blake3::hash(&[id.as_slice(), &accepted.to_le_bytes()].concat());
            for (slot, byte) in id.iter_mut().zip(hash.as_bytes()) {
                *slot = *byte;
            }
        }
        id
    }
}
