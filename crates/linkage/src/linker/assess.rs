//! Finds the candidates of a profile and judges each.

use crate::compare::compare;
use crate::evidence::Sheet;
use crate::key::{Blocking, KeyKind};
use crate::posting::{Cluster, Slot};
use crate::prepared::{Prepared, Store};
use crate::profile::Profile;
use crate::score::{Decision, Priors, Score, judge};
use crate::value::Values;
use crate::view::View;

use super::{Id, Linker};

/// A candidate with its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// The candidate.
    pub id: Id,
    /// Its cluster.
    pub cluster: Cluster,
    /// When it was accepted.
    pub accepted: u64,
    /// How the pair was judged.
    pub score: Score,
    /// What is to become of the pair.
    pub decision: Decision,
}

/// A key of the profile that is too common to find candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HotKey {
    /// What it is made of.
    pub kind: KeyKind,
    /// Its digest.
    pub digest: u64,
    /// Live leads that hold it.
    pub holders: u32,
}

/// What is found for a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Every candidate, best first; of equals the one accepted first.
    pub candidates: Vec<Scored>,
    /// What is to become of the lead: the decision on the best candidate, but review where another cluster is
    /// nearly as good.
    pub best: Decision,
    /// Keys that found no candidates because too many hold them, sorted.
    pub hot: Vec<HotKey>,
    /// Holders that were not compared because a bound was reached.
    pub dropped: u32,
}

impl Linker {
    /// Judges a profile against the live leads, all but `exclude`. Nothing is changed.
    pub fn assess(&self, profile: &Profile, exclude: Option<Id>) -> Assessment {
        let view = View::of(profile);
        let mut described = self.last_described();
        described.read_viewed(profile.encode(), &view, &self.keys, &self.digester);
        let exclude = exclude.and_then(|id| self.slots.get(&id).copied());
        self.commonness.touch(&described.counted);
        let (slots, hot, dropped) = self.candidates(&described.blocking, exclude);
        let prepared = Prepared::new(&view, &described.values, self.store(), &self.table);
        drop(described);
        let rules = self.table.rules(self.rulebook);
        let priors = self.priors();
        let mut sheet = Sheet { evidence: Vec::with_capacity(32), ..Sheet::default() };
        let mut candidates: Vec<Scored> = Vec::with_capacity(slots.len());
        // All are fetched before any is read: the processor then waits for memory once, not for each.
        let entries: Vec<_> = slots.iter().filter_map(|slot| self.entry(*slot)).collect();
        std::hint::black_box(entries.iter().fold(0, |sum, entry| sum ^ entry.profile.touch()));
        let mut other = View::roomy();
        for entry in entries {
            // What was inserted was read then.
            if other.read(entry.profile.bytes()).is_none() {
                continue;
            }
            compare(&prepared, &other, &self.table, rules, &mut sheet);
            let (score, decision) = judge(&sheet, priors, &self.table, rules);
            let (id, cluster, accepted) = (entry.id, entry.cluster, entry.accepted);
            candidates.push(Scored { id, cluster, accepted, score, decision });
        }
        candidates.sort_by(|a, b| {
            let strength = |s: &Scored| (s.decision, s.score.total);
            strength(b).cmp(&strength(a)).then(a.accepted.cmp(&b.accepted))
        });
        let best = best(&candidates, rules.margin);
        Assessment { candidates, best, hot, dropped }
    }

    /// What is known of the values of live leads.
    pub(super) fn store(&self) -> Store<'_> {
        Store { commonness: &self.commonness, postings: &self.postings }
    }

    /// Log odds before anything is compared, in the store as it is now.
    pub(super) fn priors(&self) -> Priors {
        Priors {
            stranger: self.table.prior_of(u64::try_from(self.live()).unwrap_or(u64::MAX)),
            household: self.table.household.prior(self.neighbours.same, self.neighbours.different),
        }
    }

    /// Whether two live leads can hardly be of one matter: what a cluster asks before it grows.
    pub fn contradict(&self, a: Id, b: Id) -> bool {
        self.profile(a).is_some_and(|a| self.contradicts(&a, b))
    }

    /// The same of a profile that is not in the index yet.
    pub fn contradicts(&self, profile: &Profile, other: Id) -> bool {
        let Some(entry) = self.slots.get(&other).and_then(|slot| self.entry(*slot)) else { return false };
        let (view, mut other, mut values) = (View::of(profile), View::default(), Values::default());
        if other.read(entry.profile.bytes()).is_none() {
            return false;
        }
        values.read(&self.digester, &view);
        let prepared = Prepared::new(&view, &values, self.store(), &self.table);
        let mut sheet = Sheet::default();
        compare(&prepared, &other, &self.table, self.table.rules(self.rulebook), &mut sheet);
        sheet.hard
    }

    /// Slots to compare with, the keys that are hot, and how many were left out. First come those that share a value
    /// that few hold: who shares but a name shares many keys, for each part of it makes some, and names are common.
    fn candidates(&self, blocking: &Blocking, exclude: Option<Slot>) -> (Vec<Slot>, Vec<HotKey>, u32) {
        let bounds = self.table.bounds;
        let [postings, most, common] = [bounds.postings, bounds.candidates, self.table.hot.common]
            .map(|b| usize::try_from(b).unwrap_or(usize::MAX));
        let (mut hot, mut dropped) = (Vec::new(), 0usize);
        // Nobody else holds most keys.
        let lists: Vec<_> = self.postings.holders_of_all(blocking.lookups()).collect();
        let read = lists.iter().map(|(.., holders)| holders.len().min(postings));
        // A slot, and the bits of one key that is shared with it.
        let mut shared: Vec<u64> = Vec::with_capacity(read.sum());
        for (kind, lookup, holders) in lists {
            if self.is_hot(|| self.keys.key_of(kind, lookup).digest, holders.len()) {
                let (digest, holders) =
                    (self.keys.key_of(kind, lookup).digest, u32::try_from(holders.len()).unwrap_or(u32::MAX));
                hot.push(HotKey { kind, digest, holders });
            } else if let Some(doublings) = holders.len().checked_ilog2() {
                dropped += holders.len().saturating_sub(postings);
                let is_rare = kind.is_value() && holders.len() < common;
                let first = if is_rare { RARE } else { 0 };
                let bits = u64::from(kind.bits().saturating_sub(doublings).max(1) + first);
                let newest = holders.get(holders.len().saturating_sub(postings)..).unwrap_or(holders);
                shared.extend(newest.iter().map(|slot| u64::from(*slot) << 32 | bits));
            }
        }
        hot.sort_unstable_by_key(|key| (key.digest, key.kind));
        shared.sort_unstable();
        let mut chosen: Vec<(u32, Slot)> = Vec::with_capacity(shared.len());
        // Who shares one common key is mostly a stranger: of those only some, the newest first.
        let mut lone = usize::try_from(bounds.lone).unwrap_or(usize::MAX);
        for group in shared.chunk_by(|a, b| a >> 32 == b >> 32).rev() {
            let [slot, bits] = split(group);
            match group.len() {
                _ if Some(slot) == exclude => {}
                1 if bits < ALONE && lone == 0 => dropped += 1,
                1 => {
                    lone = lone.saturating_sub(usize::from(bits < ALONE));
                    chosen.push((bits, slot));
                }
                _ => chosen.push((bits, slot)),
            }
        }
        if chosen.len() > most {
            // Of equals the newest, which is the highest slot.
            chosen.sort_unstable_by(|a, b| b.cmp(a));
            dropped += chosen.len() - most;
            chosen.truncate(most);
        }
        let slots = chosen.into_iter().map(|(_, slot)| slot).collect();
        (slots, hot, u32::try_from(dropped).unwrap_or(u32::MAX))
    }
}

/// The slot of a group, and the bits of all keys that are shared with it.
fn split(group: &[u64]) -> [u32; 2] {
    let slot = group.first().map_or(0, |one| one >> 32);
    let bits = group.iter().map(|one| one & 0xffff_ffff).sum::<u64>();
    [slot, bits].map(|half| u32::try_from(half).unwrap_or(u32::MAX))
}

/// More bits than all keys of a lead have that are no such value.
const RARE: u32 = 1 << 16;

/// Bits from which one key alone makes a candidate that is always compared.
const ALONE: u32 = 16;

/// The decision on the best candidate; a link only if no other cluster is within the margin.
fn best(candidates: &[Scored], margin: i32) -> Decision {
    let Some(first) = candidates.first() else { return Decision::None };
    // What is no question is no rival: a motel's desk and address may add up to much.
    let rivals = candidates.iter().filter(|c| c.cluster != first.cluster && c.decision >= Decision::Review);
    let nearest = rivals.map(|c| c.score.total).max();
    match (first.decision, nearest) {
        (Decision::Link, Some(total)) if total > first.score.total - margin => Decision::Review,
        (decision, _) => decision,
    }
}

#[cfg(test)]
mod tests;
