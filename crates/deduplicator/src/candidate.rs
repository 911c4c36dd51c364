//! Candidates: the live leads that share a match key which is not hot.

use lead::LeadId;

use crate::match_key::MatchKey;
use crate::score::{Millibits, Scorer};

/// One key that a candidate shares with the lead that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The key.
    pub key: MatchKey,
    /// How many live leads hold it, the one that arrived not counted.
    pub seen: u32,
}

/// A live lead that shares a key with the one that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The lead.
    pub lead_id: LeadId,
    /// When it was accepted, as a place in the committed order: of equals, the first wins.
    pub accepted: u64,
    /// The keys that agree, in key order, at least one.
    pub agreements: &'a [Agreement],
}

/// Collects candidates and ranks them. Kept between leads, so that the usual lead allocates nothing.
#[derive(Debug, Default)]
pub struct Candidates {
    hits: Vec<(LeadId, u64, Agreement)>,
    agreements: Vec<Agreement>,
    ranked: Vec<Ranked>,
}

#[derive(Debug)]
struct Ranked {
    total: Millibits,
    lead_id: LeadId,
    accepted: u64,
    from: usize,
    to: usize,
}

impl Candidates {
    /// Forgets the last lead's.
    pub fn clear(&mut self) {
        self.hits.clear();
        self.agreements.clear();
        self.ranked.clear();
    }

    /// Notes that a live lead holds a key too.
    pub fn note(&mut self, lead_id: LeadId, accepted: u64, agreement: Agreement) {
        self.hits.push((lead_id, accepted, agreement));
    }

    /// Scores and ranks: highest total first, of equals the one accepted first; at most `cap`.
    ///
    /// The exact-key total needs nothing but the agreements, so every candidate is scored before the
    /// cap cuts: a cap can shorten the list of links but never change which candidate is the best.
    pub fn rank(&mut self, scorer: &dyn Scorer, cap: usize) {
        self.hits.sort_unstable_by_key(|(lead_id, _, agreement)| (*lead_id, agreement.key));
        self.agreements.extend(self.hits.iter().map(|(_, _, agreement)| *agreement));
        let mut from = 0;
        for group in self.hits.chunk_by(|a, b| a.0 == b.0) {
            let to = from + group.len();
            if let (Some((lead_id, accepted, _)), Some(agreements)) =
                (group.first(), self.agreements.get(from..to))
            {
                let candidate = Candidate { lead_id: *lead_id, accepted: *accepted, agreements };
                let total = scorer.total(&candidate);
                self.ranked.push(Ranked { total, lead_id: *lead_id, accepted: *accepted, from, to });
            }
            from = to;
        }
        self.ranked.sort_unstable_by(|a, b| b.total.cmp(&a.total).then(a.accepted.cmp(&b.accepted)));
        self.ranked.truncate(cap);
    }

    /// The candidates, best first, with their totals.
    pub fn iter(&self) -> impl Iterator<Item = (Candidate<'_>, Millibits)> {
        self.ranked.iter().map(|r| {
            let agreements = self.agreements.get(r.from..r.to).unwrap_or_default();
            (Candidate { lead_id: r.lead_id, accepted: r.accepted, agreements }, r.total)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Weights;
    use crate::match_key::KeyDigest;
    use crate::score::ExactKeyScorer;
    use lead::matter::KeyKind;

    fn agreement(kind: KeyKind, n: u8) -> Agreement {
        Agreement { key: MatchKey { kind, digest: KeyDigest([n; 16]) }, seen: 1 }
    }

    fn ranked(hits: &[(u8, u64, Agreement)], cap: usize) -> Vec<(u8, i32, usize)> {
        let mut candidates = Candidates::default();
        for (lead, accepted, agreement) in hits {
            candidates.note(LeadId([*lead; 16]), *accepted, *agreement);
        }
        candidates.rank(&ExactKeyScorer::new(Weights::default()), cap);
        candidates.iter().map(|(c, total)| (c.lead_id.0[0], total.0, c.agreements.len())).collect()
    }

    #[test]
    fn the_sum_of_shared_weights_ranks() {
        let phone = agreement(KeyKind::Phone, 1);
        let file = agreement(KeyKind::FileHash, 2);
        let device = agreement(KeyKind::Device, 3);
        assert_eq!(
            ranked(&[(7, 1, phone), (8, 2, file), (8, 2, device)], 9),
            [(8, 28_000, 2), (7, 16_000, 1)]
        );
    }

    #[test]
    fn of_equals_the_one_accepted_first_wins_whatever_its_id() {
        let phone = agreement(KeyKind::Phone, 1);
        let email = agreement(KeyKind::Email, 2);
        assert_eq!(ranked(&[(1, 9, phone), (2, 5, email)], 9), [(2, 16_000, 1), (1, 16_000, 1)]);
        assert_eq!(ranked(&[(1, 5, phone), (2, 9, email)], 9), [(1, 16_000, 1), (2, 16_000, 1)]);
    }

    #[test]
    fn the_cap_keeps_the_best() {
        let hits: Vec<_> = (0..20)
            .flat_map(|n| {
                let keys = if n == 13 { 2 } else { 1 };
                (0..keys).map(move |k| (n, u64::from(n), agreement(KeyKind::Phone, k)))
            })
            .collect();
        assert_eq!(ranked(&hits, 2), [(13, 32_000, 2), (0, 16_000, 1)]);
    }
}
