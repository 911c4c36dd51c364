//! What in a report contradicts itself or refers to nothing: warnings, with the path in the lead.

use std::collections::HashSet;

use vrl::value::{ObjectMap, Value};

use super::{age, items_of, text_of};
use crate::warning::WarningCode;

/// Adds the warnings of a finished entry to those of its reading.
pub(super) fn add(entry: &mut ObjectMap, mut warnings: Vec<String>) {
    let persons: Vec<&ObjectMap> = items_of(entry, "persons").iter().filter_map(object).collect();
    let offenses: HashSet<&str> = items_of(entry, "offenses")
        .iter()
        .filter_map(object)
        .map(|offense| text_of(offense, "code"))
        .collect();
    let offenders: HashSet<&str> = persons
        .iter()
        .filter(|person| text_of(person, "part") == "offender")
        .map(|offender| sequence(text_of(offender, "number")))
        .chain(items_of(entry, "unknown_offenders").iter().filter_map(Value::to_str).map(sequence))
        .collect();
    let mut warn = |code: WarningCode, path: &str| warnings.push(format!("{}:{path}", code.code()));
    for (i, person) in persons.iter().enumerate() {
        let years = person.get("age").and_then(object).and_then(age::years);
        // Only who was under 18 is referred to a juvenile court, and no officer is.
        let disposed_of_as_juvenile = person.contains_key("juvenile_disposition");
        let is_officer = text_of(person, "victim_type") == "L";
        if disposed_of_as_juvenile && years.is_some_and(|(low, _)| low >= 18)
            || is_officer && years.is_some_and(|(_, high)| high < 18)
        {
            warn(WarningCode::StatementsContradict, &format!("persons[{i}].age"));
        }
        let codes = items_of(person, "offense_codes").iter().filter_map(Value::to_str);
        if !offenses.is_empty() && codes.into_iter().any(|code| !offenses.contains(code)) {
            warn(WarningCode::ReferenceUnresolved, &format!("persons[{i}].remarks"));
        }
        let mut related = items_of(person, "relationships").iter().filter_map(object);
        if related.any(|related| !offenders.contains(sequence(text_of(related, "offender")))) {
            warn(WarningCode::ReferenceUnresolved, &format!("persons[{i}].relationship"));
        }
    }
    // An incident is cleared exceptionally because nobody can be arrested.
    let cleared = entry.get("clearance").and_then(object).map(|clearance| text_of(clearance, "code"));
    let exceptionally = matches!(cleared, Some("A" | "B" | "C" | "D" | "E"));
    if exceptionally && persons.iter().any(|person| text_of(person, "part") == "arrestee") {
        warn(WarningCode::StatementsContradict, "other");
    }
    if !warnings.is_empty() {
        warnings.sort();
        warnings.dedup();
        entry.insert("warnings".into(), Value::Array(warnings.into_iter().map(Value::from).collect()));
    }
}

fn object(value: &Value) -> Option<&ObjectMap> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// Sequence numbers are numbers: 01 of a flat file is 1 of XML.
fn sequence(number: &str) -> &str {
    number.trim_start_matches('0')
}
