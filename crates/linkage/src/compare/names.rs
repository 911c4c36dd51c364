//! Compares names: lists of spellings, of which the best pair counts.

use crate::evidence::Level;
use crate::logarithm::Millibits;
use crate::similarity::{jaro_winkler, out_of_reach};
use crate::table::{NameWeights, Worth};
use crate::view::Name;

/// A level with its weight, and the bucket if it is about an equal value.
pub(super) type Agreement = (Level, Option<u8>, Millibits);

/// Less than an equal value of the same frequency: nearly equal never says more than equal.
const BELOW_EQUAL: Millibits = 1_000;

/// The best agreement of two lists of spellings; `None` if one of them is empty or nothing can be said.
pub(super) fn best(
    mine: &[Name<'_>],
    worths: &[Worth],
    theirs: &[Name<'_>],
    weights: &NameWeights,
    part: Millibits,
) -> Option<Agreement> {
    let mut found: Option<Agreement> = None;
    for (i, (a, worth)) in mine.iter().zip(worths).enumerate() {
        for (j, b) in theirs.iter().enumerate() {
            let Some((mut level, bucket, mut weight)) = one(*a, *worth, *b, weights) else { continue };
            if i + j > 0 && weight > 0 {
                // One word of several: another person may share it.
                weight = (weight + part).max(0);
                level = if level == Level::Equal { Level::Part } else { level };
            }
            if found.is_none_or(|(_, _, best)| weight > best) {
                found = Some((level, bucket, weight));
            }
        }
    }
    found
}

fn one(a: Name<'_>, worth: Worth, b: Name<'_>, w: &NameWeights) -> Option<Agreement> {
    if a == b {
        return if a.is_initial() {
            Some((Level::Initial, None, w.initial))
        } else {
            Some((Level::Equal, Some(worth.bucket), worth.weight))
        };
    }
    let nearly =
        |level, weight: Millibits| Some((level, None, weight.min((worth.weight - BELOW_EQUAL).max(0))));
    let other = Some((Level::Different, None, w.other));
    if a.is_initial() || b.is_initial() {
        let fits = a.latin().first() == b.latin().first();
        return if fits { nearly(Level::Initial, w.initial) } else { other };
    }
    let (x, y) = (a.latin(), b.latin());
    let similarity = if out_of_reach(x, y, w.near_at) { 0 } else { jaro_winkler(x, y) };
    if a.is_latin() != b.is_latin() {
        // A transliteration that fits is nearly equal at best; one that does not fit says nothing.
        return if similarity >= w.near_at { nearly(Level::Near, w.near) } else { None };
    }
    match similarity {
        s if s >= w.close_at => nearly(Level::Close, w.close),
        s if s >= w.near_at => nearly(Level::Near, w.near),
        _ => other,
    }
}
