//! Ages as NIBRS writes them: years, a range of years, or a code.

use vrl::value::{ObjectMap, Value};

use super::put;

/// An age as `text`, with `min` and `max` where it is more or less than a number of years, and the `code` with what
/// the standard says of it. An unknown age has no text, for its code reads as a number.
pub(super) fn of(text: &str) -> ObjectMap {
    let text = text.trim();
    let mut age = ObjectMap::new();
    let (meaning, bounds) = match text {
        "NN" | "NEONATAL" => ("under 24 hours", Some((0, Some(0)))),
        "NB" | "NEWBORN" => ("1 to 6 days", Some((0, Some(0)))),
        "BB" | "BABY" => ("7 to 364 days", Some((0, Some(0)))),
        "00" | "0000" | "UNKNOWN" => {
            put(&mut age, "code", &format!("{text} (unknown)"));
            return age;
        }
        "99" => ("over 98", Some((99, None))),
        _ => ("", range(text)),
    };
    put(&mut age, "text", text);
    if !meaning.is_empty() {
        put(&mut age, "code", &format!("{text} ({meaning})"));
    }
    set_bounds(&mut age, bounds);
    age
}

/// An age between two.
pub(super) fn between(low: &str, high: &str) -> ObjectMap {
    let mut age = ObjectMap::new();
    put(&mut age, "text", &format!("{}-{}", low.trim(), high.trim()));
    set_bounds(&mut age, bounds(low.trim(), high.trim()));
    age
}

fn set_bounds(age: &mut ObjectMap, bounds: Option<(i64, Option<i64>)>) {
    if let Some((low, high)) = bounds {
        age.insert("min".into(), Value::Integer(low));
        if let Some(high) = high {
            age.insert("max".into(), Value::Integer(high));
        }
    }
}

/// Two ages of two digits each, written together.
fn range(text: &str) -> Option<(i64, Option<i64>)> {
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let (low, high) = digits.then(|| text.split_at_checked(2))??;
    bounds(low, high)
}

/// An upper bound of 99 is none: it means over 98. Bounds that cross say nothing.
fn bounds(low: &str, high: &str) -> Option<(i64, Option<i64>)> {
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (0 <= low && low <= high).then_some((low, Some(high).filter(|high| *high < 99)))
}

/// The years that an age can be.
pub(super) fn years(age: &ObjectMap) -> Option<(i64, i64)> {
    let bound = |name: &str| match age.get(name) {
        Some(Value::Integer(years)) => Some(*years),
        _ => None,
    };
    match (bound("min"), bound("max")) {
        (Some(low), high) => Some((low, high.unwrap_or(i64::MAX))),
        _ => age.get("text").and_then(Value::to_str)?.parse().ok().map(|years| (years, years)),
    }
}
