//! Compares places: the pair that fits best counts.

use crate::evidence::{Comparison, Evidence, Level, Sheet};
use crate::group::Group;
use crate::logarithm::Millibits;
use crate::prepared::PlaceWorth;
use crate::similarity::{edits_of_bytes, jaro_winkler, out_of_reach};
use crate::table::{PartWeights, Table, Worth};
use crate::value::{self, Field};
use crate::view::Place;

/// Town and postcode mostly say the same: the lesser of two agreements counts for so much less.
const SAME_AREA: Millibits = 4;

pub(super) fn compare(
    mine: (&[Place<'_>], &[PlaceWorth]),
    theirs: &[Place<'_>],
    table: &Table,
    sheet: &mut Sheet,
) {
    let already = sheet.sums.of(Group::Place);
    // A person's own place and a place of the whole are one group: the better of the two stands.
    let mut best = (already != 0).then_some(already);
    let from = sheet.evidence.len();
    for (a, worth) in mine.0.iter().zip(mine.1) {
        for b in theirs {
            let tried = sheet.evidence.len();
            match pair(a, worth, b, table, &mut sheet.evidence) {
                Some(sum) if best.is_none_or(|most| sum > most) => {
                    best = Some(sum);
                    sheet.evidence.drain(from..tried);
                }
                _ => sheet.evidence.truncate(tried),
            }
        }
    }
    sheet.sums.add(Group::Place, best.unwrap_or(0) - already);
}

/// What two places say; `None` if they have nothing to compare.
fn pair(
    a: &Place<'_>,
    worth: &PlaceWorth,
    b: &Place<'_>,
    table: &Table,
    out: &mut Vec<Evidence>,
) -> Option<Millibits> {
    let w = &table.weights.place;
    let mut note = |comparison, level, bucket, weight| {
        out.push(Evidence { comparison, level, bucket, weight });
        weight
    };
    let cell = match (a.cell != 0 && b.cell != 0, a.wide != 0 && a.wide == b.wide) {
        (true, _) if a.cell == b.cell => {
            Some(note(Comparison::Cell, Level::Equal, Some(worth.cell.bucket), worth.cell.weight))
        }
        (_, true) => Some(note(Comparison::Cell, Level::Weak, None, w.wide)),
        (true, false) => Some(note(Comparison::Cell, Level::Different, None, 0)),
        (false, false) => None,
    };
    let weights = [&w.number, &w.street, &w.unit, &w.locality, &w.postcode, &w.region];
    let comparisons = [
        Comparison::Number,
        Comparison::Street,
        Comparison::Unit,
        Comparison::Locality,
        Comparison::Postcode,
        Comparison::Region,
    ];
    let mut said = [None; 6];
    let texts = value::parts(a).into_iter().zip(value::parts(b));
    let rows = texts.zip(worth.parts).zip(weights.into_iter().zip(comparisons)).zip(&mut said);
    for ((((field, x), (_, y)), worth), (part, comparison), slot) in
        rows.map(|(((texts, worth), of), slot)| ((texts, worth), of, slot))
    {
        if let Some((level, bucket, weight)) = text((field, x, y), worth, part, w.nearly_at) {
            *slot = Some(note(comparison, level, bucket, weight));
        }
    }
    let [number, street, unit, locality, postcode, region] = said;
    let address = [number, street, unit, locality, postcode, region].iter().any(Option::is_some).then(|| {
        let fine = [number, street, unit].into_iter().flatten().sum::<Millibits>();
        fine + area(locality, postcode, region)
    });
    let sum = match (cell, address) {
        (Some(cell), Some(address)) => cell.max(address),
        (one, other) => one.or(other)?,
    };
    Some(sum.max(w.lowest))
}

fn area(locality: Option<Millibits>, postcode: Option<Millibits>, region: Option<Millibits>) -> Millibits {
    let (l, p, r) = (locality.unwrap_or(0), postcode.unwrap_or(0), region.unwrap_or(0));
    let both = if l > 0 && p > 0 { l.max(p) + l.min(p) / SAME_AREA } else { l + p };
    // A region says nothing beside a town that agrees.
    if both > 0 && r > 0 { both } else { both + r }
}

fn text(
    (field, x, y): (Field, &[u8], &[u8]),
    worth: Worth,
    w: &PartWeights,
    nearly_at: u32,
) -> Option<(Level, Option<u8>, Millibits)> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    if x == y {
        return Some((Level::Equal, Some(worth.bucket), worth.weight));
    }
    let nearly = match field {
        Field::Number | Field::Postcode => x.len().min(y.len()) > 1 && edits_of_bytes(x, y, 1) <= 1,
        _ if w.nearly <= 0 || out_of_reach(x, y, nearly_at) => false,
        _ => jaro_winkler(x, y) >= nearly_at,
    };
    if nearly && w.nearly > 0 {
        Some((Level::Near, None, w.nearly.min((worth.weight - 1_000).max(0))))
    } else {
        Some((Level::Different, None, w.other))
    }
}
