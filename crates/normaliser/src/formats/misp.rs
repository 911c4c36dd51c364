//! MISP core format: an event, as `{"Event": ..}` or bare, a list of events, or the `response` of a server.
//!
//! Each event is an entry, an object:
//!
//! - `event`: its own fields, without what follows;
//! - `attributes`: those that stand, each with its `tags` and its `parts`, by type: of `ip-dst|port` the address as `ip-dst`
//!   and the port as `port`;
//! - `objects`: each with its `name` and `values`, by `object_relation` a list; `person_ref` names a person, and the
//!   object that a person is said to hold; `references` are its references to others, with the names of these;
//! - `tags` of the event and of its galaxies, `reports` (texts of analysts), `related` events;
//! - `marking`: `tlp` and `pap`, the strictest of tags and levels of distribution, on the event and on its parts;
//! - `withdrawn`: types of what is marked as deleted, without the values; `proposals`: how many others proposed;
//! - `warnings` for `content.quality.warnings`.
//!
//! Files that an attribute carries (`data`) are left out.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::digest;
use crate::formats::{Decoded, Format, json};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod entry;
mod mark;

pub(crate) struct Misp;

/// What only an event has beside its title.
const OF_EVENTS: [&str; 9] = [
    "Attribute",
    "Object",
    "date",
    "threat_level_id",
    "analysis",
    "Orgc",
    "ShadowAttribute",
    "publish_timestamp",
    "orgc_id",
];

impl Format for Misp {
    fn name(&self) -> &'static str {
        "misp"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let items = events(json::tree(value, limits)?)?;
        let entry = |item: Item| match item {
            Item::Event(event) => Ok(entry::build(event)),
            Item::Other(_) => Err(no_event()),
        };
        Ok(Decoded::Entries(items.into_iter().map(entry).collect()))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let mut items: Vec<Option<Item>> = json::tree(value, limits)
            .and_then(events)
            .map(|items| items.into_iter().map(Some).collect())
            .unwrap_or_default();
        let mut one = |index: &usize| {
            let message = match items.get_mut(*index)?.take()? {
                Item::Event(event) => Value::Object([("Event".into(), Value::Object(event))].into()),
                Item::Other(other) => Value::Array(vec![other]),
            };
            Some(digest::to_json(&message))
        };
        entries.iter().map(&mut one).collect()
    }
}

/// An item of a message.
enum Item {
    Event(ObjectMap),
    /// Something else among events, as it stands.
    Other(Value),
}

fn no_event() -> Reason {
    ReasonCode::OtherDocument.with("expected a MISP event: an object `Event`, or one with `info`")
}

/// The events of a message; a message in which nothing is an event is another document.
fn events(tree: Value) -> Result<Vec<Item>, Reason> {
    let items = match tree {
        Value::Object(mut fields) => match fields.remove("response") {
            Some(Value::Array(items)) => items,
            Some(one @ Value::Object(_)) => vec![one],
            Some(_) => return Err(no_event()),
            None => vec![Value::Object(fields)],
        },
        Value::Array(items) => items,
        _ => return Err(no_event()),
    };
    let is_empty = items.is_empty();
    let items: Vec<Item> = items.into_iter().map(item).collect();
    if !is_empty && !items.iter().any(|item| matches!(item, Item::Event(_))) {
        return Err(no_event());
    }
    Ok(items)
}

fn item(value: Value) -> Item {
    let Value::Object(mut fields) = value else { return Item::Other(value) };
    match fields.remove("Event") {
        // What a server puts beside the event, such as the answer of a search, is none of it.
        Some(Value::Object(event)) if is_event(&event) => Item::Event(event),
        Some(other) => {
            fields.insert("Event".into(), other);
            Item::Other(Value::Object(fields))
        }
        None if is_event(&fields) && OF_EVENTS.iter().any(|name| fields.contains_key(*name)) => {
            Item::Event(fields)
        }
        None => Item::Other(Value::Object(fields)),
    }
}

fn is_event(fields: &ObjectMap) -> bool {
    fields.get("info").is_some_and(|info| info.to_str().is_some())
}

#[cfg(test)]
mod tests;
