//! Compares a prepared profile with a candidate, comparison by comparison.

use crate::evidence::{Comparison, Level, Sheet};
use crate::logarithm::Millibits;
use crate::narrative::{Overlap, View as Narrative};
use crate::prepared::Prepared;
use crate::table::{Rules, Table};
use crate::view::View;

mod names;
mod person;
mod places;

/// Pairs of persons that are looked at: a lead with more persons is compared by its first.
const PERSONS: usize = 8;

/// Writes what two profiles have in common.
pub(crate) fn compare(a: &Prepared<'_>, b: &View<'_>, table: &Table, rules: &Rules, sheet: &mut Sheet) {
    sheet.clear();
    identifiers(a, b, sheet);
    if let (Some(mine), Some(sieve), Some(theirs)) = (a.view.narrative, &a.sieve, b.narrative)
        && !theirs.is_below(mine, sieve, SAYS_NOTHING)
    {
        narratives(mine, theirs, table, sheet);
    }
    places::compare((a.view.whole_places(), a.whole_places()), b.whole_places(), table, sheet);
    persons(a, b, table, rules, sheet);
}

fn identifiers(a: &Prepared<'_>, b: &View<'_>, sheet: &mut Sheet) {
    for (mine, worth) in a.view.identifiers.iter().zip(&a.identifiers) {
        let comparison = Comparison::Identifier(mine.kind);
        // Both lists are sorted by kind and digest.
        let found = b.identifiers.binary_search_by(|i| (i.kind, i.digest).cmp(&(mine.kind, mine.digest)));
        if found.is_ok() && !mine.partial {
            sheet.equal(comparison, worth.whole);
        } else if mine.weak != 0 {
            let from = b.identifiers.partition_point(|i| i.kind < mine.kind);
            let same_kind = b.identifiers.iter().skip(from).take_while(|i| i.kind == mine.kind);
            if same_kind.into_iter().any(|i| mine.agrees_weakly(i)) {
                sheet.level(comparison, Level::Weak, worth.weak);
            }
        }
    }
}

/// Thousandths of the shorter narrative that the longer holds when it is contained.
const CONTAINED: u32 = 900;
/// Thousandths of all shingles that two narratives share when they have some in common.
const SOME: u32 = 300;
/// An overlap that is less in both is no evidence.
const SAYS_NOTHING: Overlap = Overlap { jaccard: SOME, containment: CONTAINED };

fn narratives(mine: Narrative<'_>, theirs: Narrative<'_>, table: &Table, sheet: &mut Sheet) {
    let w = &table.weights.narrative;
    let overlap = mine.overlap(theirs);
    let by_jaccard = match overlap.jaccard {
        800.. => Some((Level::Equal, w.same)),
        500..800 => Some((Level::Close, w.much)),
        SOME..500 => Some((Level::Near, w.some)),
        _ => None,
    };
    let contained = (overlap.containment >= CONTAINED).then_some((Level::Contained, w.contained));
    let best = by_jaccard.into_iter().chain(contained).max_by_key(|(_, weight)| *weight);
    if let Some((level, weight)) = best {
        sheet.level(Comparison::Narrative, level, weight);
    }
}

/// The pair of persons that fits best is the evidence; further pairs that fit add a little.
fn persons(a: &Prepared<'_>, b: &View<'_>, table: &Table, rules: &Rules, sheet: &mut Sheet) {
    if let ([_], [_]) = (a.view.persons.as_slice(), b.persons.as_slice()) {
        for (mine, their) in a.persons().zip(b.persons()) {
            person::compare(mine, their, table, sheet);
        }
        return;
    }
    let theirs = b.persons().take(PERSONS);
    let mut pairs = Vec::with_capacity(a.view.persons.len().min(PERSONS) * b.persons.len().min(PERSONS));
    for (i, mine) in a.persons().take(PERSONS).enumerate() {
        for (j, their) in theirs.clone().enumerate() {
            let mut pair = Sheet::default();
            person::compare(mine, their, table, &mut pair);
            let total: Millibits = pair.sums.iter().map(|(group, sum)| sum.min(table.caps.of(group))).sum();
            pairs.push((total, i, j, pair));
        }
    }
    pairs.sort_by(|(x, xi, xj, _), (y, yi, yj, _)| y.cmp(x).then((xi, xj).cmp(&(yi, yj))));
    let Some((total, i, j, best)) = pairs.first() else { return };
    // Two leads that name several persons each need not name the same: then the best pair is no contradiction.
    if *total < rules.company_lowest {
        sheet.level(Comparison::Company, Level::Different, rules.company_lowest);
        return;
    }
    sheet.absorb(best);
    let (mut used_a, mut used_b, mut company) = (1u32 << i, 1u32 << j, 0);
    for (total, i, j, _) in pairs.iter().skip(1).filter(|(total, ..)| *total > 0) {
        if used_a & (1 << i) == 0 && used_b & (1 << j) == 0 {
            used_a |= 1 << i;
            used_b |= 1 << j;
            company += total;
        }
    }
    if company > 0 {
        sheet.level(Comparison::Company, Level::Equal, company.min(table.caps.company));
    }
}
