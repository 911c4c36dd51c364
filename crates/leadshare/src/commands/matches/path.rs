//! How one lead of a matter leads to another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lead::LeadId;
use lead::matter::{AssessedLead, Judgement, MatchDecision, Verdict};

/// Which leads hold their matter together, as far as the topics say it.
#[derive(Default)]
pub(super) struct Edges {
    found: BTreeMap<LeadId, BTreeSet<LeadId>>,
    /// What officers said last of two leads, the smaller id first.
    words: BTreeMap<(LeadId, LeadId), (i64, Judgement)>,
}

impl Edges {
    pub(super) fn lead(&mut self, event: &AssessedLead) {
        let id = event.lead.lead_id;
        if event.verdict == Verdict::Cancel {
            for other in self.found.remove(&id).unwrap_or_default() {
                self.found.entry(other).or_default().remove(&id);
            }
        }
        for link in &event.links {
            // A link that was held holds the matter together once another has joined it.
            if matches!(link.relation.as_str(), "related" | "repeats") || link.held.is_some() {
                self.join(id, link.lead_id);
            }
        }
    }

    fn join(&mut self, a: LeadId, b: LeadId) {
        self.found.entry(a).or_default().insert(b);
        self.found.entry(b).or_default().insert(a);
    }

    pub(super) fn officer(&mut self, word: &MatchDecision) {
        let pair = (word.first.min(word.second), word.first.max(word.second));
        let known = self.words.entry(pair).or_insert((i64::MIN, word.judgement));
        if word.at.0 > known.0 {
            *known = (word.at.0, word.judgement);
        }
    }

    /// The shortest way from one to the other; empty if none is known.
    pub(super) fn path(mut self, [from, to]: [LeadId; 2]) -> Vec<LeadId> {
        for ((a, b), (_, judgement)) in std::mem::take(&mut self.words) {
            if judgement == Judgement::Same {
                self.join(a, b);
            } else {
                self.found.entry(a).or_default().remove(&b);
                self.found.entry(b).or_default().remove(&a);
            }
        }
        let mut came: BTreeMap<LeadId, LeadId> = BTreeMap::from([(from, from)]);
        let mut open = VecDeque::from([from]);
        while let Some(at) = open.pop_front() {
            for next in self.found.get(&at).into_iter().flatten() {
                if !came.contains_key(next) {
                    came.insert(*next, at);
                    open.push_back(*next);
                }
            }
        }
        let mut path = vec![to];
        let mut at = to;
        while let Some(before) = came.get(&at).copied().filter(|before| *before != at) {
            path.push(before);
            at = before;
        }
        path.reverse();
        if path.first() == Some(&from) { path } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use lead::value::Micros;

    use super::*;

    fn id(n: u8) -> LeadId {
        LeadId([n; 16])
    }

    #[test]
    fn the_path_goes_where_officers_let_it() {
        let edges = || {
            let mut edges = Edges::default();
            for (a, b) in [(1, 2), (2, 3), (1, 4), (4, 5), (5, 3)] {
                edges.join(id(a), id(b));
            }
            edges
        };
        assert_eq!(edges().path([id(1), id(3)]), [1, 2, 3].map(id));
        let mut parted = edges();
        let word = |judgement, at| MatchDecision {
            judgement,
            first: id(3),
            second: id(2),
            at: Micros(at),
            ..MatchDecision::default()
        };
        parted.officer(&word(Judgement::Different, 2));
        parted.officer(&word(Judgement::Same, 1));
        assert_eq!(parted.path([id(1), id(3)]), [1, 4, 5, 3].map(id));
        assert!(edges().path([id(1), id(9)]).is_empty());
    }
}
