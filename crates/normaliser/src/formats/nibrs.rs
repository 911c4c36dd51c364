//! NIBRS, the FBI's National Incident-Based Reporting System: incidents (group A) and arrests (group B), as XML
//! (IEPD 4.0 and later) or as a flat file of segments (Technical Specification).
//!
//! Both become entries of one shape, so that one mapping serves both: an entry is a report of the standard with what
//! it says of the incident, `offenses`, `persons` (victims, offenders and arrestees, with `part`), `other_victims`
//! (society and organisations), `properties`, `arrests` of nobody, and `details`, which is everything else. Codes stay
//! the codes of the standard. What refers to something else stands where it belongs: an offence with its location, a
//! victim with offences and relationships, an arrestee with the arrests.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::formats::{Decoded, Format, text};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod age;
mod columns;
mod doubts;
mod flat;
mod nodes;
mod report;
mod submission;

pub(crate) struct Nibrs;

impl Format for Nibrs {
    fn name(&self) -> &'static str {
        "nibrs"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let text = text(value)?;
        let entries = match form(text)? {
            Form::Xml => submission::entries(value, limits)?,
            Form::Flat => flat::entries(text, limits)?,
        };
        Ok(Decoded::Entries(entries))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let alone = text(value).and_then(|text| match form(text)? {
            Form::Xml => submission::alone(value, limits, entries),
            Form::Flat => flat::alone(text, limits, entries),
        });
        alone.unwrap_or_else(|_| vec![None; entries.len()])
    }
}

/// The two forms of the standard.
enum Form {
    Xml,
    Flat,
}

fn form(text: &str) -> Result<Form, Reason> {
    match text.trim_start().bytes().next() {
        Some(b'<') => Ok(Form::Xml),
        Some(b'0'..=b'9') => Ok(Form::Flat),
        Some(_) => Err(ReasonCode::OtherDocument
            .with("expected NIBRS: XML, or lines that begin with the length of their segment")),
        None => Err(ReasonCode::EmptySubmission.with("expected reports, got white space alone")),
    }
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// An incident.
    A,
    /// An arrest without an incident.
    B,
    /// Nothing happened in that month.
    Zero,
}

impl Group {
    fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::Zero => "ZERO",
        }
    }
}

/// Actions of both forms: incident, add, modify, replace, delete, and the window record of what happened before an
/// agency joined. Another might be another word for deletion: nobody may guess.
fn is_action(action: &str) -> bool {
    matches!(action, "I" | "A" | "M" | "R" | "D" | "W")
}

/// Sets a field to a text, unless it is blank.
fn put(fields: &mut ObjectMap, name: &str, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        fields.insert(name.into(), Value::from(text));
    }
}

/// Sets a field to a list, unless it is empty.
fn put_list(fields: &mut ObjectMap, name: &str, items: Vec<Value>) {
    if !items.is_empty() {
        fields.insert(name.into(), Value::Array(items));
    }
}

/// Sets a field to an object, unless it is empty.
fn put_object(fields: &mut ObjectMap, name: &str, object: ObjectMap) {
    if !object.is_empty() {
        fields.insert(name.into(), Value::Object(object));
    }
}

/// The text of a field.
fn text_of<'v>(fields: &'v ObjectMap, name: &str) -> &'v str {
    fields.get(name).and_then(Value::to_str).unwrap_or_default()
}

/// The items of a field that is a list.
fn items_of<'v>(fields: &'v ObjectMap, name: &str) -> &'v [Value] {
    match fields.get(name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Whether a victim of this type is a person: an individual, an officer, or of whom a person's data are given.
fn is_person(victim: &ObjectMap) -> bool {
    matches!(text_of(victim, "victim_type"), "I" | "L" | "")
        || ["age", "sex", "race", "ethnicity"].iter().any(|name| victim.contains_key(*name))
}

/// Numbers the items of a list, for nothing else tells them apart.
fn numbered(items: Vec<ObjectMap>) -> Vec<Value> {
    let number = |(i, mut item): (usize, ObjectMap)| {
        item.insert("number".into(), Value::from((i + 1).to_string()));
        Value::Object(item)
    };
    items.into_iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests;
