//! The pairs that training learns from: the candidates of the index, and strangers drawn at random.

use std::collections::BTreeMap;

use crate::linker::{Id, Linker, LinkerError, Observed};
use crate::logarithm::Millibits;
use crate::profile::Profile;
use crate::score::Decision;

use super::number::pow2;
use super::stratum::Stratum;
use super::vector::{Grid, Vector, place};

/// Pairs of one vector and one stratum.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// How many.
    pub(super) pairs: f64,
    /// How many of them the rules let be the same. A motel has a desk, an address and a form: who shares no more than
    /// those is a stranger, however much they add up to.
    pub(super) eligible: f64,
    /// How many of those the table takes for the same.
    pub(super) believed: f64,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Sample {
    /// Candidate pairs by how they came together and what they show.
    pub(super) candidates: BTreeMap<(Stratum, Vector), Tally>,
    /// Candidate pairs.
    pub(super) pairs: u64,
    /// Candidate pairs that show a level.
    pub(super) seen: Grid<u64>,
    /// Pairs of strangers.
    pub(super) random_pairs: u64,
    /// Pairs of strangers that show a level.
    pub(super) strangers: Grid<u64>,
    /// What the table says of a level, summed over remarks on it, and how many those are.
    remarks: Grid<(i64, i64)>,
}

impl Sample {
    /// Replays the profiles through an index, one at a time, and draws strangers at the end.
    pub(super) fn draw(
        linker: &mut Linker,
        profiles: &[Profile],
        random_pairs: u64,
        seed: u64,
    ) -> Result<Self, LinkerError> {
        let mut sample = Self {
            candidates: BTreeMap::new(),
            pairs: 0,
            seen: Grid::new(),
            random_pairs: 0,
            strangers: Grid::new(),
            remarks: Grid::new(),
        };
        for (n, profile) in (0u64..).zip(profiles) {
            sample.arrive(linker, n, profile)?;
        }
        sample.strangers(linker, profiles, random_pairs, seed);
        Ok(sample)
    }

    /// What the table says of a level on average, in millibits; nothing of what it makes no remark on.
    pub(super) fn remark(&self, at: (usize, usize)) -> Millibits {
        let (sum, count) = self.remarks.at(at);
        i32::try_from(sum / count.max(1)).unwrap_or(0)
    }

    fn arrive(&mut self, linker: &mut Linker, n: u64, profile: &Profile) -> Result<(), LinkerError> {
        let id = id(n);
        let assessment = linker.assess(profile, None);
        let others: Vec<Profile> =
            assessment.candidates.iter().filter_map(|scored| linker.profile(scored.id)).collect();
        let observed = linker.observe(profile, others.iter());
        let keys = linker.keys(profile);
        for (other, observed) in others.iter().zip(&observed) {
            let vector = Vector::new(profile, other, &observed.evidence);
            let stratum = Stratum::new(&keys, &linker.keys(other), &vector);
            self.candidate((stratum, vector), observed);
        }
        // Clusters decide what is hot, so the replay forms them as a store would.
        let joined = assessment.candidates.first().filter(|_| assessment.best == Decision::Link);
        linker.insert(id, n + 1, joined.map_or(id, |best| best.cluster), profile.clone())
    }

    fn candidate(&mut self, at: (Stratum, Vector), observed: &Observed) {
        let odds = pow2(observed.total);
        let tally = self.candidates.entry(at).or_default();
        tally.pairs += 1.0;
        if observed.may_be_same {
            tally.eligible += 1.0;
            tally.believed += odds / (1.0 + odds);
        }
        self.pairs += 1;
        at.1.shown().for_each(|at| self.seen.change(at, |seen| *seen += 1));
        for remark in &observed.evidence {
            if let Some(comparison) = place(remark.comparison) {
                let at = (comparison, remark.level as usize);
                self.remarks.change(at, |(sum, count)| {
                    (*sum, *count) = (*sum + i64::from(remark.weight), *count + 1);
                });
            }
        }
    }

    fn strangers(&mut self, linker: &Linker, profiles: &[Profile], pairs: u64, seed: u64) {
        let mut draws = Draws(seed);
        for _ in 0..pairs {
            let (Some(a), Some(b)) = (draws.one_of(profiles), draws.one_of(profiles)) else { return };
            if std::ptr::eq(a, b) {
                continue;
            }
            for observed in linker.observe(a, std::iter::once(b)) {
                // In a small store a random pair is the same person often enough to spoil what is rare.
                if observed.total < 0 {
                    let vector = Vector::new(a, b, &observed.evidence);
                    vector.shown().for_each(|at| self.strangers.change(at, |seen| *seen += 1));
                    self.random_pairs += 1;
                }
            }
        }
    }
}

fn id(n: u64) -> Id {
    let mut id = [0; 16];
    for (byte, of) in id.iter_mut().zip(n.to_le_bytes()) {
        *byte = of;
    }
    id
}

/// SplitMix64: enough for drawing pairs, and the same on every machine.
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn one_of<'p>(&mut self, profiles: &'p [Profile]) -> Option<&'p Profile> {
        let length = u128::try_from(profiles.len()).unwrap_or(0);
        let at = (u128::from(self.next()) * length) >> 64;
        profiles.get(usize::try_from(at).ok()?)
    }
}
