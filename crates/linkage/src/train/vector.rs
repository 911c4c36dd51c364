//! What a pair of profiles shows: one level for each comparison, or none where one of the two says nothing.

use crate::evidence::{Comparison, Evidence, Level};
use crate::identifier::IdentifierKind;
use crate::profile::Profile;

/// Comparisons that are told apart.
pub(super) const COMPARISONS: usize = 24;
/// Levels that there are.
pub(super) const LEVELS: usize = Level::Contradiction as usize + 1;

/// The place of a comparison; `None` for what is not learned from. Further persons follow from the others, and two
/// report numbers of two sources always differ: a profile does not say whose number it is.
pub(super) fn place(comparison: Comparison) -> Option<usize> {
    const IDENTIFIERS: usize = 15;
    Some(match comparison {
        Comparison::Given => 0,
        Comparison::Middle => 1,
        Comparison::Family => 2,
        Comparison::Birth => 3,
        Comparison::Age => 4,
        Comparison::Sex => 5,
        Comparison::Document => 6,
        Comparison::Employer => 7,
        Comparison::Number => 8,
        Comparison::Street => 9,
        Comparison::Unit => 10,
        Comparison::Locality => 11,
        Comparison::Postcode => 12,
        Comparison::Region => 13,
        Comparison::Cell => 14,
        Comparison::Identifier(IdentifierKind::ExternalId) | Comparison::Company => return None,
        Comparison::Identifier(kind) => IDENTIFIERS + usize::from(kind.code()),
        Comparison::Narrative => COMPARISONS - 1,
    })
}

/// One level for each comparison. The order of vectors is that of their bytes, so sums over them have one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vector([u8; COMPARISONS]);

impl Vector {
    /// Of several remarks on one comparison the weightiest counts.
    pub(super) fn new(a: &Profile, b: &Profile, evidence: &[Evidence]) -> Self {
        let mut levels = [0; COMPARISONS];
        let mut weights = [i32::MIN; COMPARISONS];
        for remark in evidence {
            let Some(at) = place(remark.comparison) else { continue };
            if let (Some(level), Some(weight)) = (levels.get_mut(at), weights.get_mut(at))
                && remark.weight > *weight
            {
                (*level, *weight) = (code(remark.level), remark.weight);
            }
        }
        // Where nothing agrees, a verdict needs no remark. Here it counts: both had something to compare.
        for comparison in silent(a, b) {
            if let Some(level @ 0) = place(comparison).and_then(|at| levels.get_mut(at)) {
                *level = code(Level::Different);
            }
        }
        Self(levels)
    }

    /// Comparisons that were made, with their levels, by place.
    pub(super) fn shown(&self) -> impl Iterator<Item = (usize, usize)> {
        self.0.into_iter().enumerate().filter_map(|(at, code)| Some((at, usize::from(code).checked_sub(1)?)))
    }
}

fn code(level: Level) -> u8 {
    level as u8 + 1
}

/// Comparisons that both profiles have something for, and of which a verdict is silent when nothing agrees.
fn silent(a: &Profile, b: &Profile) -> impl Iterator<Item = Comparison> {
    let has = |p: &Profile, kind| p.identifiers.iter().any(|i| i.kind == kind);
    let kinds = IdentifierKind::ALL.into_iter().filter(move |kind| has(a, *kind) && has(b, *kind));
    let narrative = (a.narrative.is_some() && b.narrative.is_some()).then_some(Comparison::Narrative);
    kinds.map(Comparison::Identifier).chain(narrative)
}

/// One number for each level of each comparison.
#[derive(Debug, Clone)]
pub(super) struct Grid<T>([[T; LEVELS]; COMPARISONS]);

impl<T: Copy + Default> Grid<T> {
    pub(super) fn new() -> Self {
        Self([[T::default(); LEVELS]; COMPARISONS])
    }

    pub(super) fn at(&self, (comparison, level): (usize, usize)) -> T {
        self.0.get(comparison).and_then(|row| row.get(level)).copied().unwrap_or_default()
    }

    pub(super) fn change(&mut self, (comparison, level): (usize, usize), change: impl FnOnce(&mut T)) {
        if let Some(number) = self.0.get_mut(comparison).and_then(|row| row.get_mut(level)) {
            change(number);
        }
    }

    /// Each comparison with its levels.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[T; LEVELS]> {
        self.0.iter()
    }

    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [T; LEVELS]> {
        self.0.iter_mut()
    }

    pub(super) fn row(&self, comparison: usize) -> [T; LEVELS] {
        self.0.get(comparison).copied().unwrap_or_default()
    }
}
