//! Learns the weights of a table from history, without being told who is who.
//!
//! 1. The profiles are replayed through the index, one at a time, and what every candidate pair shows is kept as
//!    one level for each comparison. Pairs drawn at random say how often strangers show a level (u).
//! 2. Expectation maximisation tells the same from strangers among the candidates, and says how often the same
//!    show a level (m). At each step m is pulled to what the table has. Whom the rules would neither link nor show to a
//!    person is a stranger from the beginning: leads that share a motel's desk and address add up to as much as leads of
//!    one matter, and there are more of them.
//! 3. The weight of a level is log2(m / u), smoothed so that stronger agreements never say less. Of an equal value
//!    only m is learned: its u is the frequency of the value itself.
//!
//! A level that was seen too seldom keeps the table's value. What cannot be believed is refused as a whole.
//!
//! INVARIANT: the same profiles and the same table give the same text, byte by byte. Floats are added in the order
//! of the vectors, and nothing asks a library for a power or a logarithm.
//!
//! What is absent: caps, the prior, the household, what is hot and the thresholds. They are decisions of people, or
//! have other sources.

use crate::digest::Digester;
use crate::linker::Linker;
use crate::profile::Profile;
use crate::table::{Rulebook, Table};

mod document;
mod error;
mod learn;
mod model;
mod number;
mod sample;
mod scale;
mod smooth;
mod stratum;
mod vector;

pub use error::TrainError;

use document::Document;
use model::Stated;
use sample::Sample;
use scale::SCALES;

/// How it is learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// How far m is pulled to the table at each step, in thousandths. Without a pull, what is found need not be
    /// the same persons; 300 is measured on RLdata10000, where names and birth dates are all there is.
    pub pull_permille: u32,
    /// Random pairs that are drawn; never more than there are pairs. Of half a million, what one stranger in
    /// 10,000 shows is seen 50 times.
    pub random_pairs: u64,
    /// Steps of expectation maximisation at most.
    pub iterations: usize,
    /// Where the draws begin.
    pub seed: u64,
    /// A level is learned if so many candidate pairs and so many strangers show it, and so many of the same were
    /// compared. The logarithm of a count of 30 is known to a quarter of a bit.
    pub seen_least: u64,
    /// Pairs that are probably the same: with fewer there is nothing to learn from.
    pub matches_least: u64,
    /// Paths, or tables with all that is in them, that keep their values: `weights.identifiers.file_hash`. For
    /// what history cannot tell. A path that was refused is mostly refused because strangers were found as the
    /// same: to keep it then hides the reason, and the other numbers are as wrong.
    pub keep: Vec<String>,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            pull_permille: 300,
            random_pairs: 500_000,
            iterations: 200,
            seed: 1,
            seen_least: 30,
            matches_least: 100,
            keep: Vec::new(),
        }
    }
}

/// In what a number of the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A weight.
    Millibits,
    /// How often the same show an equal value.
    Permille,
}

/// What became of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was learned.
    Learned,
    /// It was learned, and moved so that stronger agreements do not say less.
    Smoothed,
    /// The table's value stands: too few pairs show the level.
    TooSeldom,
    /// The table's value stands because that was asked for.
    Asked,
}

/// One number of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Where it stands: `weights.given.close`.
    pub path: String,
    /// In what it is.
    pub unit: Unit,
    /// What the table had.
    pub old: i64,
    /// What it has now.
    pub new: i64,
    /// How often the same show the level, after the pull.
    pub m: f64,
    /// How often strangers do.
    pub u: f64,
    /// Candidate pairs that show it.
    pub seen: u64,
    /// Random pairs that show it.
    pub seen_among_strangers: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// A trained table.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The text: the same, with other numbers, and lines at its top that say so.
    pub text: String,
    /// Every number that can be learned, in the order of the table.
    pub report: Vec<Learned>,
    /// Profiles.
    pub records: u64,
    /// Candidate pairs.
    pub pairs: u64,
    /// Random pairs of strangers.
    pub random_pairs: u64,
    /// How many of the candidate pairs are probably the same.
    pub matches: f64,
    /// Steps of expectation maximisation.
    pub iterations: usize,
    /// Whether the last step changed nothing any more.
    pub settled: bool,
}

/// Random pairs with which the rarer levels are seen at all.
const RANDOM_PAIRS_LEAST: u64 = 10_000;

/// Learns a table from profiles in the order of their acceptance, beginning from the table in `table_text`.
///
/// Refuses with what was learned and what was expected: too few pairs; an equal value that the same show less often
/// than in 500 of 1,000, or more often than in 995; a weight that only a move of more than 3 bits would bring into
/// the order of levels.
pub fn train(
    table_text: &str,
    profiles: &[Profile],
    digester: Digester,
    rulebook: Rulebook,
    training: &Training,
) -> Result<Trained, TrainError> {
    let table = Table::parse(table_text)?;
    let hash = table.hash().to_owned();
    let mut document = Document::parse(table_text)?;
    let records = u64::try_from(profiles.len()).unwrap_or(u64::MAX);
    let possible = records.saturating_mul(records.saturating_sub(1)) / 2;
    enough("pairs of records", possible, RANDOM_PAIRS_LEAST)?;
    enough("random pairs", training.random_pairs, RANDOM_PAIRS_LEAST)?;

    let mut linker = Linker::new(table, rulebook, digester);
    let sample = Sample::draw(&mut linker, profiles, training.random_pairs.min(possible), training.seed)?;
    let u = model::strangers(&sample);
    let expected = model::expected(&sample, &u, &stated(&mut document)?);
    let pull = f64::from(training.pull_permille.min(1_000)) / 1_000.0;
    let fit = model::fit(&sample, &expected, pull, training.iterations);
    let matches = fit.share * sample.pairs as f64;
    enough("candidate pairs that are probably the same", matches as u64, training.matches_least)?;

    let report = learn::learn(&mut document, &sample, &fit, &u, training)?;
    if let Some(kept) = training.keep.iter().find(|kept| !report.iter().any(|l| learn::covers(kept, &l.path)))
    {
        return Err(TrainError::Unlearned(kept.clone()));
    }
    for learned in report.iter().filter(|learned| learned.new != learned.old) {
        document.replace(&learned.path, learned.new)?;
    }
    let (pairs, random_pairs) = (sample.pairs, sample.random_pairs);
    let text = document.text(&[
        format!("from {records} records, {pairs} candidate pairs and {random_pairs} random pairs. What the file says of"),
        "where a number comes from is true of the table that it began from, which has the hash".to_owned(),
        hash,
    ]);
    // What is handed out is read once as it will be read.
    Table::parse(&text)?;
    let (iterations, settled) = (fit.iterations, fit.settled);
    Ok(Trained { text, report, records, pairs, random_pairs, matches, iterations, settled })
}

fn enough(what: &'static str, given: u64, needed: u64) -> Result<(), TrainError> {
    if given < needed { Err(TrainError::TooFew { what, given, needed }) } else { Ok(()) }
}

/// What the table states of its exact levels.
fn stated(document: &mut Document) -> Result<Vec<Stated>, TrainError> {
    let exact = SCALES.iter().filter(|scale| !scale.exact.is_empty());
    exact
        .filter_map(|scale| Some((scale, vector::place(scale.comparison)?)))
        .map(|(scale, comparison)| {
            let permille = document.number(&format!("{}.{}", scale.table, scale.exact_key))?;
            Ok(Stated { comparison, levels: scale.exact, m: permille as f64 / 1_000.0 })
        })
        .collect()
}

#[cfg(test)]
mod tests;
