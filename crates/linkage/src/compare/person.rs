//! Compares two persons.

use crate::birth::BirthLevel;
use crate::evidence::{Comparison, Level, Sheet};
use crate::identifier::fold_ocr;
use crate::prepared::PersonWorth;
use crate::profile::Sex;
use crate::similarity::edits_of_bytes;
use crate::table::{Table, Worth};
use crate::view::{Document, Held, Name};

use super::{names, places};

/// Ages so many years apart are near.
const AGE_NEAR: u8 = 1;
/// Ages so many years apart say nothing.
const AGE_MIDDLE: u8 = 4;
/// Characters of a number in which two edits are still no coincidence.
const NUMBER_LONG: usize = 7;

pub(super) fn compare(
    (person, worth): (Held<'_, '_>, PersonWorth<'_>),
    theirs: Held<'_, '_>,
    table: &Table,
    sheet: &mut Sheet,
) {
    self::names(person, worth, theirs, table, sheet);
    birth(person, worth, theirs, table, sheet);
    let w = &table.weights;
    match (person.person.sex, theirs.person.sex) {
        (Sex::Female, Sex::Male) | (Sex::Male, Sex::Female) => {
            sheet.level(Comparison::Sex, Level::Contradiction, w.sex.differs);
        }
        (Sex::Female, Sex::Female) | (Sex::Male, Sex::Male) => {
            sheet.level(Comparison::Sex, Level::Equal, w.sex.equal);
        }
        _ => {}
    }
    documents(person, worth, theirs, table, sheet);
    employers(person, worth, theirs, table, sheet);
    places::compare((person.places(), worth.places), theirs.places(), table, sheet);
}

fn names(
    person: Held<'_, '_>,
    worth: PersonWorth<'_>,
    theirs: Held<'_, '_>,
    table: &Table,
    sheet: &mut Sheet,
) {
    let w = &table.weights;
    let part = w.names.part;
    let given = names::best(person.given(), worth.given, theirs.given(), &w.given, part);
    let family = names::best(person.family(), worth.family, theirs.family(), &w.family, part);
    let straight = given.map_or(0, |g| g.2) + family.map_or(0, |f| f.2);
    // Only where the straight comparison fails can the other way round be better.
    if given.is_none_or(|g| g.2 <= 0) || family.is_none_or(|f| f.2 <= 0) {
        let across_given = names::best(person.given(), worth.given, theirs.family(), &w.given, part);
        let across_family = names::best(person.family(), worth.family, theirs.given(), &w.family, part);
        if let (Some(g), Some(f)) = (across_given, across_family)
            && (g.2 > 0 || f.2 > 0)
            && g.2 + f.2 + w.names.swapped > straight
        {
            sheet.note(Comparison::Given, Level::Swapped, g.1, g.2 + w.names.swapped);
            sheet.note(Comparison::Family, Level::Swapped, f.1, f.2);
            return;
        }
    }
    for (comparison, found) in [(Comparison::Given, given), (Comparison::Family, family)] {
        if let Some((level, bucket, weight)) = found {
            sheet.note(comparison, level, bucket, weight);
        }
    }
    if let (Some(a), Some(at), Some(b)) =
        (person.middle().first(), worth.middle.first(), theirs.middle().first())
    {
        middle(*a, *at, *b, table, sheet);
    }
}

/// An initial is the middle name as far as it goes.
fn middle(a: Name<'_>, worth: Worth, b: Name<'_>, table: &Table, sheet: &mut Sheet) {
    let w = &table.weights.middle;
    let initials = [a, b].map(|n| n.latin().first().copied());
    if a == b {
        sheet.equal(Comparison::Middle, worth);
    } else if initials.first() == initials.last() && (a.is_initial() || b.is_initial()) {
        let worth = table.weights.given.initial.min(worth.weight);
        sheet.level(Comparison::Middle, Level::Initial, worth);
    } else {
        sheet.level(Comparison::Middle, Level::Different, w.other);
    }
}

fn birth(
    person: Held<'_, '_>,
    worth: PersonWorth<'_>,
    theirs: Held<'_, '_>,
    table: &Table,
    sheet: &mut Sheet,
) {
    let w = &table.weights.birth;
    let (level, weight) = match person.person.birth.compare(theirs.person.birth) {
        BirthLevel::Equal => return sheet.equal(Comparison::Birth, worth.birth),
        BirthLevel::Missing => return age(person.person.age, theirs.person.age, table, sheet),
        BirthLevel::OneEdit => (Level::OneEdit, w.one_edit),
        BirthLevel::YearMonth => (Level::YearMonth, w.year_month),
        BirthLevel::TwoParts => (Level::TwoParts, w.two_parts),
        BirthLevel::Year => (Level::Year, w.year),
        BirthLevel::Apart => (Level::Different, w.apart),
        BirthLevel::Far => (Level::Contradiction, w.far),
    };
    sheet.level(Comparison::Birth, level, weight);
}

fn age(mine: u8, theirs: u8, table: &Table, sheet: &mut Sheet) {
    if mine == 0 || theirs == 0 {
        return;
    }
    let w = &table.weights.age;
    let (level, weight) = match mine.abs_diff(theirs) {
        ..=AGE_NEAR => (Level::Near, w.near),
        apart if apart <= AGE_MIDDLE => (Level::Different, w.middle),
        _ => (Level::Different, w.far),
    };
    sheet.level(Comparison::Age, level, weight);
}

/// The pair of documents of one kind and country that fits best.
fn documents(
    person: Held<'_, '_>,
    worth: PersonWorth<'_>,
    theirs: Held<'_, '_>,
    table: &Table,
    sheet: &mut Sheet,
) {
    let mut found: Option<(Level, Option<u8>, i32)> = None;
    for (mine, worth) in person.documents().iter().zip(worth.documents) {
        for their in theirs.documents().iter().filter(|d| comparable(d, mine)) {
            let (level, bucket, weight) = document(mine, *worth, their, table);
            if found.is_none_or(|(_, _, best)| weight > best) {
                found = Some((level, bucket, weight));
            }
        }
    }
    if let Some((level, bucket, weight)) = found {
        sheet.note(Comparison::Document, level, bucket, weight);
    }
}

fn comparable(a: &Document<'_>, b: &Document<'_>) -> bool {
    let same = |x: &[u8], y: &[u8]| x == y || x.is_empty() || y.is_empty();
    same(a.kind, b.kind) && same(a.country, b.country)
}

fn document(
    mine: &Document<'_>,
    worth: Worth,
    their: &Document<'_>,
    table: &Table,
) -> (Level, Option<u8>, i32) {
    let w = &table.weights.document;
    if mine.number == their.number {
        return (Level::Equal, Some(worth.bucket), worth.weight);
    }
    let long = mine.number.len().min(their.number.len()) >= NUMBER_LONG;
    match edits_of_bytes(mine.number, their.number, 2) {
        0 | 1 => (Level::OneEdit, None, w.one_edit),
        2 if long => (Level::TwoEdits, None, w.two_edits),
        _ if read_alike(mine.number, their.number) => (Level::OneEdit, None, w.one_edit),
        // Of one kind and country for certain, or else it may be another paper.
        _ if mine.kind == their.kind && mine.country == their.country => {
            (Level::Contradiction, None, w.unequal)
        }
        _ => (Level::Different, None, 0),
    }
}

/// Whether a machine may read the one as the other.
fn read_alike(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| fold_ocr(*x) == fold_ocr(*y))
}

fn employers(
    person: Held<'_, '_>,
    worth: PersonWorth<'_>,
    theirs: Held<'_, '_>,
    table: &Table,
    sheet: &mut Sheet,
) {
    if person.employer().is_empty() || theirs.employer().is_empty() {
        return;
    }
    let shared = person.employer().iter().zip(worth.employer).find(|(n, _)| theirs.employer().contains(n));
    match shared {
        Some((_, worth)) => sheet.equal(Comparison::Employer, *worth),
        None => sheet.level(Comparison::Employer, Level::Different, table.weights.employer.other),
    }
}
