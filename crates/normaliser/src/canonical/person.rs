//! Persons: references that are unique, ages, and who is a minor.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use jiff::civil::Date;
use lead::Content;
use lead::code::Ternary;
use lead::person::Person;

use crate::canonical::moment;
use crate::canonical::placeholders::Placeholders;
use crate::warning::{WarningCode, Warnings};

/// An age from which nobody is a minor.
const MAJORITY: i32 = 18;
/// Nobody was ever older.
const OLDEST: i32 = 130;
/// A birth so many years before the report is more likely a slip.
const UNLIKELY: i32 = 120;

/// Gives every person a reference of its own, and frees values whose reference is not clear: they
/// may be anybody's then, which is the careful reading.
pub(super) fn assign_references(content: &mut Content, warnings: &mut Warnings) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for person in &content.persons {
        *seen.entry(person.person_ref.clone()).or_default() += 1;
    }
    let mut taken: HashSet<String> = seen.keys().filter(|r| !r.is_empty()).cloned().collect();
    let mut kept: HashSet<String> = HashSet::new();
    let mut next = 0;
    for (p, person) in content.persons.iter_mut().enumerate() {
        let repeated = !person.person_ref.is_empty() && !kept.insert(person.person_ref.clone());
        if repeated {
            warnings.add(WarningCode::PersonRefRepeated, format_args!("persons[{p}]"));
        }
        if repeated || person.person_ref.is_empty() {
            loop {
                next += 1;
                let candidate = format!("p{next}");
                if taken.insert(candidate.clone()) {
                    person.person_ref = candidate;
                    break;
                }
            }
            kept.insert(person.person_ref.clone());
        }
    }
    let known: HashSet<&str> = content.persons.iter().map(|p| p.person_ref.as_str()).collect();
    let mut check = |reference: &mut Option<String>, list: &str, i: usize| {
        let Some(name) = reference.as_deref() else { return };
        let clear = seen.get(name).is_none_or(|count| *count == 1) && known.contains(name);
        if !clear {
            if !known.contains(name) && !name.is_empty() {
                warnings.add(WarningCode::PersonRefUnknown, format_args!("{list}[{i}].person_ref"));
            }
            *reference = None;
        }
    };
    for (i, item) in content.accounts.iter_mut().enumerate() {
        check(&mut item.person_ref, "accounts", i);
    }
    for (i, item) in content.devices.iter_mut().enumerate() {
        check(&mut item.person_ref, "devices", i);
    }
    for (i, item) in content.network_events.iter_mut().enumerate() {
        check(&mut item.person_ref, "network_events", i);
    }
    for (i, item) in content.vehicles.iter_mut().enumerate() {
        check(&mut item.person_ref, "vehicles", i);
    }
    for (i, item) in content.financial.iter_mut().enumerate() {
        check(&mut item.person_ref, "financial", i);
    }
    for (i, item) in content.places.iter_mut().enumerate() {
        check(&mut item.person_ref, "places", i);
    }
}

/// Reads the age as written, and says who is a minor. Of statements that disagree the one counts
/// that protects more.
pub(super) fn derive_age(
    person: &mut Person,
    reference: Option<(Date, Date)>,
    placeholders: &Placeholders,
    warnings: &mut Warnings,
    at: impl Display,
) {
    for age in [&mut person.age, &mut person.age_min, &mut person.age_max] {
        if age.is_some_and(|age| !(0..=OLDEST).contains(&age)) {
            warnings.add(WarningCode::AgeNotPossible, format_args!("{at}.age"));
            if let (None, Some(impossible)) = (&person.age_text, *age) {
                person.age_text = Some(impossible.to_string().into());
            }
            *age = None;
        }
    }
    read_age_text(person);
    let stated = match (person.age, person.age_min, person.age_max) {
        (Some(age), ..) => Some((age, age)),
        (None, None, None) => None,
        (None, low, high) => Some((low.unwrap_or(0), high.unwrap_or(OLDEST))),
    };
    let born = birth_days(person, placeholders);
    let computed = reference.zip(born).map(|((first, last), (earliest, latest))| {
        (years_between(latest, first).max(0), years_between(earliest, last).max(0))
    });
    if let (Some(stated), Some(computed)) = (stated, computed)
        && (stated.0 > computed.1 || stated.1 < computed.0)
    {
        warnings.add(WarningCode::AgeContradictsBirthDate, format_args!("{at}.age"));
    }
    let by_age = [stated, computed].into_iter().flatten().map(minority).reduce(more_protective);
    let Some(by_age) = by_age else { return };
    if matches!((person.minor, by_age), (Ternary::Yes, Ternary::No) | (Ternary::No, Ternary::Yes)) {
        warnings.add(WarningCode::MinorContradictsAge, format_args!("{at}.minor"));
    }
    person.minor = more_protective(person.minor, by_age);
}

/// Warns of a birth date that is no more likely than a slip: on a day of which the lead speaks, after the last of
/// them, or too long before it.
pub(super) fn doubt_birth(
    person: &Person,
    spoken_of: &[(Date, Date)],
    warnings: &mut Warnings,
    at: impl Display,
) {
    let Some((first, last)) = person.birth_date.as_ref().and_then(moment::days) else { return };
    let Some(end) = spoken_of.iter().map(|(_, end)| *end).max() else { return };
    let on_the_day = first == last && spoken_of.contains(&(first, last));
    if on_the_day || first > end || years_between(last, end) > UNLIKELY {
        warnings.add(WarningCode::DateUnlikely, format_args!("{at}.birth_date"));
    }
}

/// A statement counts against not knowing; of yes and no, yes.
fn more_protective(a: Ternary, b: Ternary) -> Ternary {
    match (a, b) {
        (Ternary::Yes, _) | (_, Ternary::Yes) => Ternary::Yes,
        (Ternary::No, _) | (_, Ternary::No) => Ternary::No,
        _ => Ternary::Unknown,
    }
}

fn minority((low, high): (i32, i32)) -> Ternary {
    if high < MAJORITY {
        Ternary::Yes
    } else if low >= MAJORITY {
        Ternary::No
    } else {
        Ternary::Unknown
    }
}

/// The first and the last day on which the person can have been born.
fn birth_days(person: &mut Person, placeholders: &Placeholders) -> Option<(Date, Date)> {
    let (first, last) = moment::days(person.birth_date.as_ref()?)?;
    if first == last && placeholders.has_birth_day(first) {
        person.birth_date_placeholder = true;
    }
    if person.birth_date_placeholder {
        return Some((first, Date::new(last.year(), 12, 31).ok()?));
    }
    Some((first, last))
}

/// Whole years from one day to another.
fn years_between(from: Date, to: Date) -> i32 {
    let before_birthday = (to.month(), to.day()) < (from.month(), from.day());
    i32::from(to.year()) - i32::from(from.year()) - i32::from(before_birthday)
}

/// An age written as a number or a range.
fn read_age_text(person: &mut Person) {
    let Some(text) = &person.age_text else { return };
    if person.age.is_some() || person.age_min.is_some() || person.age_max.is_some() {
        return;
    }
    let text = text.expose().trim();
    let number = |part: &str| part.trim().parse::<i32>().ok().filter(|age| (0..=OLDEST).contains(age));
    let bounds = ["-", "\u{2013}", " to ", " a "]
        .iter()
        .find_map(|divider| text.split_once(divider))
        .and_then(|(low, high)| number(low).zip(number(high)));
    match (number(text), bounds) {
        (Some(age), _) => person.age = Some(age),
        (None, Some((low, high))) if low <= high => {
            person.age_min = Some(low);
            person.age_max = Some(high);
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "person/tests.rs"]
mod tests;
