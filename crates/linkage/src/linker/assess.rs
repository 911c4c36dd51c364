//! Finds the candidates of a profile and judges each.

use crate::compare::compare;
use crate::evidence::Sheet;
use crate::key::{Key, KeyKind};
use crate::posting::{Cluster, Slot};
use crate::prepared::Prepared;
use crate::profile::Profile;
use crate::score::{Decision, Priors, Score, judge};

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
        let mut keys = Vec::new();
        self.keys.of(profile, &mut keys);
        let exclude = exclude.and_then(|id| self.slots.get(&id).copied());
        let mut hot = Vec::new();
        let (slots, dropped) = self.candidates(&keys, exclude, &mut hot);
        let prepared = Prepared::new(profile, &self.digester, &self.commonness, &self.table);
        let rules = self.table.rules(self.rulebook);
        let priors = self.priors();
        let mut sheet = Sheet::default();
        let mut candidates: Vec<Scored> = Vec::with_capacity(slots.len());
        // Likewise for the candidates.
        let entries: Vec<_> = slots.iter().filter_map(|slot| self.entry(*slot)).collect();
        let persons =
            entries.iter().map(|e| e.profile.persons.first().map_or(0, |p| usize::from(p.birth.year)));
        std::hint::black_box(persons.sum::<usize>());
        for entry in entries {
            compare(&prepared, &entry.profile, &self.table, rules, &mut sheet);
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

    /// Log odds before anything is compared, in the store as it is now.
    pub(super) fn priors(&self) -> Priors {
        Priors {
            stranger: self.table.prior_of(u64::try_from(self.live()).unwrap_or(u64::MAX)),
            household: self.table.household.prior(self.neighbours.same, self.neighbours.different),
        }
    }

    /// Whether two live leads can hardly be of one matter: what a cluster asks before it grows.
    pub fn contradict(&self, a: Id, b: Id) -> bool {
        self.profile(a).is_some_and(|a| self.contradicts(a, b))
    }

    /// The same of a profile that is not in the index yet.
    pub fn contradicts(&self, profile: &Profile, other: Id) -> bool {
        let Some(other) = self.profile(other) else { return false };
        let prepared = Prepared::new(profile, &self.digester, &self.commonness, &self.table);
        let mut sheet = Sheet::default();
        compare(&prepared, other, &self.table, self.table.rules(self.rulebook), &mut sheet);
        sheet.hard
    }

    /// Slots to compare with, those that share most first, and how many were left out.
    fn candidates(&self, keys: &[Key], exclude: Option<Slot>, hot: &mut Vec<HotKey>) -> (Vec<Slot>, u32) {
        let bounds = self.table.bounds;
        let [postings, most] =
            [bounds.postings, bounds.candidates].map(|b| usize::try_from(b).unwrap_or(usize::MAX));
        let mut dropped = 0usize;
        let mut shared: Vec<(Slot, u32)> = Vec::with_capacity(8 * keys.len());
        // All lists are found before any is read: the processor then waits for memory once, not for each key.
        let lists: Vec<&[Slot]> = keys.iter().map(|key| self.postings.holders(key.digest)).collect();
        for (key, holders) in keys.iter().zip(lists) {
            if self.is_hot(key.digest, holders.len()) {
                let holders = u32::try_from(holders.len()).unwrap_or(u32::MAX);
                hot.push(HotKey { kind: key.kind, digest: key.digest, holders });
            } else if let Some(doublings) = holders.len().checked_ilog2() {
                dropped += holders.len().saturating_sub(postings);
                let bits = key.kind.bits().saturating_sub(doublings).max(1);
                shared.extend(holders.iter().rev().take(postings).map(|slot| (*slot, bits)));
            }
        }
        shared.sort_unstable();
        let mut chosen: Vec<(u32, Slot)> = Vec::with_capacity(shared.len());
        // Who shares one common key is mostly a stranger: of those only some, the newest first.
        let mut lone = usize::try_from(bounds.lone).unwrap_or(usize::MAX);
        for group in shared.chunk_by(|(a, _), (b, _)| a == b).rev() {
            match group {
                [(slot, _), ..] if Some(*slot) == exclude => {}
                [(_, bits)] if *bits < ALONE && lone == 0 => dropped += 1,
                [(slot, bits)] => {
                    lone = lone.saturating_sub(usize::from(*bits < ALONE));
                    chosen.push((*bits, *slot));
                }
                [(slot, _), ..] => chosen.push((group.iter().map(|(_, bits)| bits).sum(), *slot)),
                [] => {}
            }
        }
        if chosen.len() > most {
            // Of equals the newest, which is the highest slot.
            chosen.sort_unstable_by(|a, b| b.cmp(a));
            dropped += chosen.len() - most;
            chosen.truncate(most);
        }
        (chosen.into_iter().map(|(_, slot)| slot).collect(), u32::try_from(dropped).unwrap_or(u32::MAX))
    }
}

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
