//! How often the same and how often strangers show each level: two classes of candidate pairs, told apart by
//! expectation maximisation.
//!
//! Candidates share a key, so those of them that are strangers agree more than a random pair does. They have
//! chances of their own here, by how they came together, which serve to tell the classes apart and are thrown away.
//! Within a stratum, comparisons are taken to be independent.

use std::collections::BTreeMap;

use crate::evidence::Level;

use super::number::pow2;
use super::sample::{Sample, Tally};
use super::scale::SCALES;
use super::stratum::Stratum;
use super::vector::{Grid, LEVELS, Vector, place};

/// Added to every count, so that what was not seen is rare and not impossible.
const UNSEEN: f64 = 0.5;
/// Pairs of all strata that are added to each of them.
const LEANING: f64 = 20.0;
/// Chances that change by less do not change.
const STILL: f64 = 1e-7;

/// Chances of the levels of each comparison; those of one comparison add up to 1.
pub(super) type Chances = Grid<f64>;

/// What the candidates say.
#[derive(Debug)]
pub(super) struct Fit {
    /// How often the same show a level.
    pub(super) m: Chances,
    /// Expected candidate pairs that are the same and show it.
    pub(super) matches: Grid<f64>,
    /// Share of the candidate pairs that are the same.
    pub(super) share: f64,
    pub(super) iterations: usize,
    /// Whether nothing changed any more.
    pub(super) settled: bool,
}

/// Chances from counts, over the levels that were seen at all.
fn chances(counts: &Grid<f64>, possible: &Grid<bool>) -> Chances {
    let mut chances = counts.clone();
    for (row, possible) in chances.rows_mut().zip(possible.rows()) {
        for (chance, possible) in row.iter_mut().zip(possible) {
            *chance = if *possible { *chance + UNSEEN } else { 0.0 };
        }
        normalise(row);
    }
    chances
}

fn normalise(row: &mut [f64; LEVELS]) {
    let sum: f64 = row.iter().sum();
    if sum > 0.0 {
        row.iter_mut().for_each(|chance| *chance /= sum);
    }
}

/// Levels that any pair showed, and those that count as equal wherever something was compared: that nobody was
/// equal is no reason to take all for different.
fn possible(sample: &Sample) -> Grid<bool> {
    let mut possible = Grid::new();
    let seen = sample.seen.rows().zip(sample.strangers.rows()).enumerate();
    for (row, (comparison, (candidates, strangers))) in possible.rows_mut().zip(seen) {
        for (possible, (a, b)) in row.iter_mut().zip(candidates.iter().zip(strangers)) {
            *possible = a + b > 0;
        }
        if row.contains(&true) {
            let exact = SCALES.iter().filter(|scale| place(scale.comparison) == Some(comparison));
            for level in exact.flat_map(|scale| scale.exact) {
                row.iter_mut().skip(*level as usize).take(1).for_each(|possible| *possible = true);
            }
        }
    }
    possible
}

/// How often strangers show a level.
pub(super) fn strangers(sample: &Sample) -> Chances {
    let mut counts = Grid::new();
    for (row, seen) in counts.rows_mut().zip(sample.strangers.rows()) {
        for (count, seen) in row.iter_mut().zip(seen) {
            *count = *seen as f64;
        }
    }
    chances(&counts, &possible(sample))
}

/// What the table states of the levels that it counts as equal: in which comparison, which, and how often the same
/// show one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    pub(super) comparison: usize,
    pub(super) levels: &'static [Level],
    pub(super) m: f64,
}

/// How often the same show a level, as the table has it: what it says of a level times the chance of strangers,
/// and for an exact level what stands there.
pub(super) fn expected(sample: &Sample, u: &Chances, exacts: &[Stated]) -> Chances {
    let mut m = u.clone();
    for (comparison, row) in m.rows_mut().enumerate() {
        for (level, chance) in row.iter_mut().enumerate() {
            *chance *= pow2(sample.remark((comparison, level)));
        }
        normalise(row);
        for stated in exacts.iter().filter(|stated| stated.comparison == comparison) {
            state(row, stated);
        }
    }
    m
}

/// Gives the exact levels of a comparison the share that is stated, and the others the rest.
fn state(row: &mut [f64; LEVELS], stated: &Stated) {
    let is_exact = |level: usize| stated.levels.iter().any(|l| *l as usize == level);
    let equal: f64 = row.iter().enumerate().filter(|(l, _)| is_exact(*l)).map(|(_, chance)| chance).sum();
    let rest = row.iter().sum::<f64>() - equal;
    for (level, chance) in row.iter_mut().enumerate() {
        let (of, among) = if is_exact(level) { (stated.m, equal) } else { (1.0 - stated.m, rest) };
        if among > 0.0 {
            *chance *= of / among;
        }
    }
    // Where every level is exact, what is left is not 1.
    normalise(row);
}

/// Finds how often the same show each level.
///
/// `expected` is where it begins, and what it is pulled to at each step by `pull`, a share of 1. Without that pull
/// the classes that are found need not be the same and strangers: where names are blocked by, most pairs share
/// them, and "same name, other birth date" is a class of its own.
pub(super) fn fit(sample: &Sample, expected: &Chances, pull: f64, iterations: usize) -> Fit {
    let possible = possible(sample);
    let pairs = (sample.pairs as f64).max(1.0);
    // How one vector is spread over strata is taken to be alike in both classes.
    let mut vectors: BTreeMap<Vector, f64> = BTreeMap::new();
    for ((_, vector), tally) in &sample.candidates {
        *vectors.entry(*vector).or_default() += tally.pairs;
    }
    let mut classes = Classes::new();
    for (at, tally) in &sample.candidates {
        classes.count(at, tally.believed, tally);
    }
    let mut fit = Fit {
        m: expected.clone(),
        matches: classes.matches.clone(),
        share: classes.share(pairs),
        iterations: 0,
        settled: false,
    };
    while fit.iterations < iterations && !fit.settled {
        let strangers = classes.strangers(&possible);
        let prior = fit.share / (1.0 - fit.share);
        classes = Classes::new();
        for (at @ (stratum, vector), tally) in &sample.candidates {
            let Some((of_stratum, u)) = strangers.get(stratum) else { continue };
            let of_vector = vectors.get(vector).map_or(1.0, |all| tally.pairs / all);
            let ratios = vector.shown().map(|at| fit.m.at(at) / u.at(at).max(f64::MIN_POSITIVE));
            let odds = prior * of_vector / of_stratum * ratios.product::<f64>();
            let same = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
            classes.count(at, tally.eligible * same, tally);
        }
        let m = pulled(&chances(&classes.matches, &possible), expected, pull);
        fit.settled = farthest(&m, &fit.m) < STILL;
        fit.iterations += 1;
        (fit.m, fit.share) = (m, classes.share(pairs));
        fit.matches.clone_from(&classes.matches);
    }
    fit
}

/// Expected counts of the two classes.
struct Classes {
    same: f64,
    matches: Grid<f64>,
    /// Strangers by stratum: how many, and what they show.
    others: BTreeMap<Stratum, (f64, Grid<f64>)>,
}

impl Classes {
    fn new() -> Self {
        Self { same: 0.0, matches: Grid::new(), others: BTreeMap::new() }
    }

    /// Counts pairs of which so many are the same.
    fn count(&mut self, (stratum, vector): &(Stratum, Vector), same: f64, tally: &Tally) {
        let other = tally.pairs - same;
        self.same += same;
        let (others, shown) = self.others.entry(*stratum).or_insert_with(|| (0.0, Grid::new()));
        *others += other;
        for at in vector.shown() {
            self.matches.change(at, |sum| *sum += same);
            shown.change(at, |sum| *sum += other);
        }
    }

    /// Share of the pairs that are the same. One pair of each class at least: at 0 or 1 nothing moves any more.
    fn share(&self, pairs: f64) -> f64 {
        (self.same / pairs).clamp(1.0 / (pairs + 1.0), pairs / (pairs + 1.0))
    }

    /// For each stratum, how many of all strangers are in it, and how often they show a level. Small strata lean on
    /// the others.
    fn strangers(&self, possible: &Grid<bool>) -> BTreeMap<Stratum, (f64, Chances)> {
        let mut all = Grid::new();
        let mut sum = 0.0;
        for (others, shown) in self.others.values() {
            add(&mut all, shown, 1.0);
            sum += others + 1.0;
        }
        let all = chances(&all, possible);
        let each = self.others.iter().map(|(stratum, (others, shown))| {
            let mut shown = shown.clone();
            add(&mut shown, &all, LEANING);
            (*stratum, ((others + 1.0) / sum, chances(&shown, possible)))
        });
        each.collect()
    }
}

fn add(to: &mut Grid<f64>, counts: &Grid<f64>, times: f64) {
    for (row, counts) in to.rows_mut().zip(counts.rows()) {
        for (sum, count) in row.iter_mut().zip(counts) {
            *sum += count * times;
        }
    }
}

fn pulled(m: &Chances, to: &Chances, pull: f64) -> Chances {
    let mut pulled = m.clone();
    for (row, to) in pulled.rows_mut().zip(to.rows()) {
        for (chance, to) in row.iter_mut().zip(to) {
            *chance = (1.0 - pull) * *chance + pull * to;
        }
    }
    pulled
}

fn farthest(a: &Chances, b: &Chances) -> f64 {
    let chances = |c: &Chances| c.rows().flatten().copied().collect::<Vec<f64>>();
    chances(a).iter().zip(chances(b)).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}
