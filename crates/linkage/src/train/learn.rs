//! From chances to the numbers of the table, and whether they can be believed.

use crate::logarithm::Millibits;

use super::document::Document;
use super::error::TrainError;
use super::model::{Chances, Fit};
use super::number::{hundreds, log2};
use super::sample::Sample;
use super::scale::{Rung, SCALES, Scale};
use super::smooth::{Bounds, Standing, smooth};
use super::vector::place;
use super::{Learned, Outcome, Training, Unit};

/// How often the same show an equal value, in thousandths: less, and what was found is something else; more, and
/// a single typing error would decide.
const EXACT: (u32, u32) = (500, 995);
/// So far a weight is moved for the sake of order, in millibits. What lies further off contradicts the order.
const MOVED_MOST: Millibits = 3_000;

type Standings = Vec<(Standing, Bounds)>;

/// What was counted, as one comparison needs it.
struct Counted<'c> {
    sample: &'c Sample,
    fit: &'c Fit,
    u: &'c Chances,
    training: &'c Training,
    scale: &'c Scale,
    comparison: usize,
}

/// Numbers of one level.
#[derive(Debug, Clone, Copy)]
struct Level {
    m: f64,
    u: f64,
    seen: u64,
    strangers: u64,
    /// How much the logarithm of m / u is worth: what its variance is by both counts, turned round.
    worth: f64,
}

impl Level {
    fn weight(&self) -> f64 {
        f64::from(log2(self.m / self.u.max(f64::MIN_POSITIVE)))
    }
}

impl Counted<'_> {
    fn level(&self, levels: &[crate::evidence::Level]) -> Level {
        let (mut m, mut u, mut seen, mut strangers, mut matches) = (0.0, 0.0, 0, 0, 0.0);
        for level in levels {
            let at = (self.comparison, *level as usize);
            m += self.fit.m.at(at);
            u += self.u.at(at);
            seen += self.sample.seen.at(at);
            strangers += self.sample.strangers.at(at);
            matches += self.fit.matches.at(at);
        }
        let worth = 1.0 / (1.0 / (matches + 1.0) + 1.0 / (strangers as f64 + 1.0));
        Level { m, u, seen, strangers, worth }
    }

    /// Whether the same were compared often enough, and were equal often enough: where nobody is, who differs says
    /// nothing about how the same differ.
    fn compared(&self) -> bool {
        let matches: f64 = self.fit.matches.row(self.comparison).iter().sum();
        let equal =
            self.scale.exact.is_empty() || self.level(self.scale.exact).seen >= self.training.seen_least;
        matches >= self.training.seen_least as f64 && equal
    }

    fn keeps(&self, path: &str) -> bool {
        self.training.keep.iter().any(|kept| covers(kept, path))
    }

    fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.scale.table)
    }

    fn row(&self, path: String, unit: Unit, old: i64, level: Level) -> Learned {
        let Level { m, u, seen, strangers, .. } = level;
        let outcome = if self.keeps(&path) { Outcome::Asked } else { Outcome::TooSeldom };
        Learned { path, unit, old, new: old, m, u, seen, seen_among_strangers: strangers, outcome }
    }

    fn exact(&self, document: &mut Document, report: &mut Vec<Learned>) -> Result<(), TrainError> {
        if self.scale.exact.is_empty() {
            return Ok(());
        }
        let path = self.path(self.scale.exact_key);
        let level = self.level(self.scale.exact);
        let mut row =
            self.row(path, Unit::Permille, document.number(&self.path(self.scale.exact_key))?, level);
        if self.compared() && row.outcome != Outcome::Asked {
            let learned = (level.m * 1_000.0 + 0.5).floor() as u32;
            let (least, most) = EXACT;
            if !(least..=most).contains(&learned) {
                return Err(TrainError::Exact { path: row.path, learned, least, most });
            }
            row.new = i64::from(learned);
            row.outcome = Outcome::Learned;
        }
        report.push(row);
        Ok(())
    }

    /// What stands on each rung, and the rows of the report as far as they are known.
    fn standings(
        &self,
        document: &mut Document,
        rungs: &[Rung],
    ) -> Result<(Standings, Vec<Learned>), TrainError> {
        let (mut standings, mut rows) = (Vec::new(), Vec::new());
        for rung in rungs {
            let path = self.path(rung.key);
            let level = self.level(&[rung.level]);
            let old = document.number(&path)?;
            let mut row = self.row(path, Unit::Millibits, old, level);
            let least = self.training.seen_least;
            let known = self.compared() && level.seen >= least && level.strangers >= least;
            let standing = if known && row.outcome != Outcome::Asked {
                row.outcome = Outcome::Learned;
                Standing::Learned { value: level.weight(), worth: level.worth }
            } else {
                Standing::Kept(i32::try_from(old).unwrap_or(0))
            };
            standings.push((standing, (rung.least, rung.most)));
            rows.push(row);
        }
        Ok((standings, rows))
    }

    /// What an equal value says on average, if that is known.
    fn top(&self) -> Option<(f64, f64)> {
        let level = self.level(self.scale.exact);
        let least = self.training.seen_least;
        let known = self.compared() && level.strangers >= least;
        (!self.scale.exact.is_empty() && known).then(|| (level.weight(), level.worth))
    }

    fn rungs(&self, document: &mut Document, report: &mut Vec<Learned>) -> Result<(), TrainError> {
        let (mut main, main_rows) = self.standings(document, self.scale.rungs)?;
        let (mut side, side_rows) = self.standings(document, self.scale.side)?;
        let (above, below) = self.scale.between;
        // What is kept at the side leaves the rungs that it stands between so much room.
        for (rung, (_, (least, most))) in self.scale.rungs.iter().zip(&mut main) {
            for kept in side.iter().filter_map(|(standing, _)| standing.kept()) {
                *least = if Some(rung.key) == above { kept.max(*least) } else { *least };
                *most = if Some(rung.key) == below { kept.min(*most) } else { *most };
            }
        }
        let main_weights = smooth(self.top(), &main);
        for (rung, weight) in self.scale.rungs.iter().zip(&main_weights) {
            for (_, (least, most)) in &mut side {
                *most = if Some(rung.key) == above { *weight } else { *most };
                *least = if Some(rung.key) == below { *weight } else { *least };
            }
        }
        let side_weights = smooth(self.top(), &side);
        let rows = main_rows.into_iter().zip(main).zip(main_weights);
        let side_rows = side_rows.into_iter().zip(side).zip(side_weights);
        for ((mut row, (standing, _)), weight) in rows.chain(side_rows) {
            if let Standing::Learned { value, .. } = standing {
                let learned = hundreds(value);
                if (learned - weight).abs() > MOVED_MOST {
                    return Err(TrainError::Order { path: row.path, learned, allowed: weight });
                }
                row.new = i64::from(weight);
                row.outcome = if learned == weight { Outcome::Learned } else { Outcome::Smoothed };
            }
            report.push(row);
        }
        Ok(())
    }
}

/// What is learned of every level of the table, in the order of the scales.
pub(super) fn learn(
    document: &mut Document,
    sample: &Sample,
    fit: &Fit,
    u: &Chances,
    training: &Training,
) -> Result<Vec<Learned>, TrainError> {
    let mut report = Vec::new();
    for scale in &SCALES {
        let Some(comparison) = place(scale.comparison) else { continue };
        let counted = Counted { sample, fit, u, training, scale, comparison };
        counted.exact(document, &mut report)?;
        counted.rungs(document, &mut report)?;
    }
    Ok(report)
}

/// Whether a path is the one that is named, or within the table that is.
pub(super) fn covers(kept: &str, path: &str) -> bool {
    path.strip_prefix(kept).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
