//! The tree of an event: what stands, in the terms of the standard, and what was withdrawn or merely proposed.

use std::collections::{BTreeSet, HashMap};

use vrl::value::{KeyString, ObjectMap, Value};

use super::mark::Marks;
use crate::warning::WarningCode;

/// Objects that are a person whatever they say.
const PERSONS: [&str; 3] = ["person", "interpol-notice", "passport"];
/// What only a person has.
const OF_PERSONS: [&str; 6] =
    ["first-name", "last-name", "full-name", "middle-name", "date-of-birth", "passport-number"];
/// References by which a person holds what is referred to, and those by which the person is referred to.
const HOLDS: [&str; 7] =
    ["owns", "owner-of", "uses", "has", "controls", "operates", "associated-with-account"];
const HELD_BY: [&str; 5] = ["belongs-to", "owned-by", "used-by", "registered-to", "controlled-by"];

/// What is gathered of an event.
#[derive(Default)]
struct Gathered {
    marks: Marks,
    /// Types of what is marked as deleted.
    withdrawn: Vec<Value>,
    proposals: i64,
}

impl Gathered {
    /// Whether a part stands: one that is deleted is counted, by its type alone.
    fn stands(&mut self, part: &ObjectMap, kind: &str) -> bool {
        let deleted = match part.get("deleted") {
            Some(Value::Boolean(deleted)) => *deleted,
            Some(Value::Integer(number)) => *number != 0,
            Some(text) => text.to_str().is_some_and(|text| matches!(text, "1" | "true")),
            None => false,
        };
        if deleted {
            self.withdrawn.push(Value::from(kind));
        }
        !deleted
    }

    /// Takes off what others proposed: it is no statement of the event.
    fn without_proposals(&mut self, fields: &mut ObjectMap) {
        let proposed = take_list(fields, "ShadowAttribute").len();
        self.proposals = self.proposals.saturating_add(i64::try_from(proposed).unwrap_or(i64::MAX));
    }

    /// The names of the tags of an event or a part.
    fn tags(&mut self, fields: &mut ObjectMap, on_part: bool) -> Vec<Value> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for tag in take_list(fields, "Tag") {
            names.extend(tag.as_object().and_then(|tag| Some(tag.get("name")?.to_str()?.to_owned())));
        }
        for galaxy in take_list(fields, "Galaxy") {
            let clusters = galaxy.as_object().and_then(|galaxy| galaxy.get("GalaxyCluster")?.as_array());
            for cluster in clusters.unwrap_or_default() {
                let name = cluster.as_object().and_then(|cluster| {
                    cluster.get("tag_name").or_else(|| cluster.get("value"))?.to_str().map(str::to_owned)
                });
                names.extend(name);
            }
        }
        for name in &names {
            self.marks.tag(name, on_part);
        }
        names.into_iter().map(Value::from).collect()
    }
}

/// The entry of an event.
pub(super) fn build(mut event: ObjectMap) -> Value {
    let mut gathered = Gathered::default();
    gathered.without_proposals(&mut event);
    let tags = gathered.tags(&mut event, false);
    gathered.marks.distribution(event.get("distribution"), false);
    let attributes: Vec<Value> = take_list(&mut event, "Attribute")
        .into_iter()
        .filter_map(|attribute| attribute_of(attribute, &mut gathered).map(Value::Object))
        .collect();
    let objects = objects(take_list(&mut event, "Object"), &mut gathered);
    let reports: Vec<Value> = take_list(&mut event, "EventReport")
        .into_iter()
        .filter(|report| report.as_object().is_some_and(|report| gathered.stands(report, "event report")))
        .collect();
    let related: Vec<Value> = take_list(&mut event, "RelatedEvent")
        .into_iter()
        .filter_map(|related| {
            Some(Value::from(related.as_object()?.get("Event")?.as_object()?.get("uuid")?.to_str()?))
        })
        .collect();

    let mut warnings = BTreeSet::new();
    let mut warn = |code: WarningCode, path: &str| warnings.insert(format!("{}:{path}", code.code()));
    let counted = gathered.marks.counted();
    if counted.contradicts {
        warn(WarningCode::ContradictingFlags, "handling.tlp");
    }
    if counted.unknown {
        warn(WarningCode::ValueNotInList, "handling.tlp");
    }
    if !gathered.withdrawn.is_empty() || gathered.proposals > 0 {
        warn(WarningCode::NotAsserted, "other");
    }
    if objects.unresolved {
        warn(WarningCode::ReferenceUnresolved, "other");
    }
    let mut fields = ObjectMap::from([
        ("event".into(), Value::Object(event)),
        ("marking".into(), counted.value),
        ("proposals".into(), Value::Integer(gathered.proposals)),
    ]);
    let warnings = warnings.into_iter().map(Value::from).collect();
    for (name, list) in [
        ("tags", tags),
        ("attributes", attributes),
        ("objects", objects.list),
        ("reports", reports),
        ("related", related),
        ("withdrawn", gathered.withdrawn),
        ("warnings", warnings),
    ] {
        if !list.is_empty() {
            fields.insert(name.into(), Value::Array(list));
        }
    }
    Value::Object(fields)
}

/// A list of an event; servers of one age write a single item without a list.
fn take_list(fields: &mut ObjectMap, name: &str) -> Vec<Value> {
    match fields.remove(name) {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

fn text_of(fields: &ObjectMap, name: &str) -> String {
    fields.get(name).and_then(Value::to_str).unwrap_or_default().to_owned()
}

/// An attribute that stands.
fn attribute_of(attribute: Value, gathered: &mut Gathered) -> Option<ObjectMap> {
    let Value::Object(mut fields) = attribute else { return None };
    gathered.without_proposals(&mut fields);
    let kind = text_of(&fields, "type");
    if !gathered.stands(&fields, &kind) {
        return None;
    }
    let tags = gathered.tags(&mut fields, true);
    gathered.marks.distribution(fields.get("distribution"), true);
    if fields.remove("data").is_some() {
        fields.insert("data_left_out".into(), Value::Boolean(true));
    }
    if !tags.is_empty() {
        fields.insert("tags".into(), Value::Array(tags));
    }
    let value = fields.get("value").cloned().unwrap_or(Value::Null);
    let parts = match (kind.split_once('|'), value.to_str().and_then(|value| value.split_once('|'))) {
        (Some((first, second)), Some((one, other))) => {
            ObjectMap::from([(first.into(), Value::from(one)), (second.into(), Value::from(other))])
        }
        _ => ObjectMap::from([(kind.into(), value)]),
    };
    fields.insert("parts".into(), Value::Object(parts));
    Some(fields)
}

struct Objects {
    list: Vec<Value>,
    /// A reference leads to nothing in the event.
    unresolved: bool,
}

/// The objects that stand, with whose they are.
fn objects(items: Vec<Value>, gathered: &mut Gathered) -> Objects {
    let mut list: Vec<ObjectMap> = items.into_iter().filter_map(|item| object_of(item, gathered)).collect();
    let mut persons: HashMap<usize, String> = HashMap::new();
    for (index, object) in list.iter().enumerate() {
        if is_person(object) {
            persons.insert(index, format!("p{}", persons.len() + 1));
        }
    }
    let by_uuid: HashMap<String, usize> = list
        .iter()
        .enumerate()
        .filter_map(|(index, object)| Some((object.get("uuid")?.to_str()?.to_ascii_lowercase(), index)))
        .collect();
    let mut holders: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    let mut unresolved = false;
    let names: Vec<String> = list.iter().map(|object| text_of(object, "name")).collect();
    for (from, object) in list.iter_mut().enumerate() {
        let references = take_list(object, "ObjectReference");
        let mut kept = Vec::new();
        for reference in references {
            let Value::Object(fields) = reference else { continue };
            if !gathered.stands(&fields, "reference") {
                continue;
            }
            let kind = text_of(&fields, "relationship_type");
            let uuid = fields.get("referenced_uuid").or_else(|| fields.get("object_uuid"));
            let uuid = uuid.and_then(Value::to_str).unwrap_or_default();
            let to = by_uuid.get(&uuid.to_ascii_lowercase()).copied();
            let mut said = ObjectMap::from([("relationship_type".into(), Value::from(kind.as_str()))]);
            match to {
                Some(to) => {
                    said.extend(names.get(to).map(|name| ("to".into(), Value::from(name.as_str()))));
                    said.extend(
                        persons.get(&to).map(|person| ("person_ref".into(), Value::from(person.as_str()))),
                    );
                    if persons.contains_key(&from) && HOLDS.contains(&kind.as_str()) {
                        holders.entry(to).or_default().insert(from);
                    } else if persons.contains_key(&to) && HELD_BY.contains(&kind.as_str()) {
                        holders.entry(from).or_default().insert(to);
                    }
                }
                None => {
                    unresolved = true;
                    said.insert("to".into(), Value::from(uuid));
                }
            }
            said.extend(fields.get("comment").map(|comment| (KeyString::from("comment"), comment.clone())));
            kept.push(Value::Object(said));
        }
        if !kept.is_empty() {
            object.insert("references".into(), Value::Array(kept));
        }
    }
    for (index, object) in list.iter_mut().enumerate() {
        let held_by_one = holders.get(&index).filter(|holders| holders.len() == 1);
        let holder = held_by_one.and_then(|holders| persons.get(holders.first()?));
        if let Some(person) = persons.get(&index).or(holder) {
            object.insert("person_ref".into(), Value::from(person.as_str()));
        }
        if persons.contains_key(&index) {
            object.insert("is_person".into(), Value::Boolean(true));
        }
    }
    Objects { list: list.into_iter().map(Value::Object).collect(), unresolved }
}

/// An object that stands, with its values by relation.
fn object_of(item: Value, gathered: &mut Gathered) -> Option<ObjectMap> {
    let Value::Object(mut fields) = item else { return None };
    let name = text_of(&fields, "name");
    if !gathered.stands(&fields, &name) {
        return None;
    }
    gathered.marks.distribution(fields.get("distribution"), true);
    gathered.without_proposals(&mut fields);
    let mut values = ObjectMap::new();
    let mut comments = Vec::new();
    let mut tags = BTreeSet::new();
    for attribute in take_list(&mut fields, "Attribute") {
        let Some(mut attribute) = attribute_of(attribute, gathered) else { continue };
        for tag in take_list(&mut attribute, "tags") {
            tags.extend(tag.to_str().map(str::to_owned));
        }
        let relation = match text_of(&attribute, "object_relation") {
            relation if relation.is_empty() => text_of(&attribute, "type"),
            relation => relation,
        };
        let comment = text_of(&attribute, "comment");
        if !comment.trim().is_empty() {
            let named =
                [("name".into(), Value::from(relation.as_str())), ("text".into(), Value::from(comment))];
            comments.push(Value::Object(named.into()));
        }
        let value = attribute.remove("value").unwrap_or(Value::Null);
        match values.get_mut(relation.as_str()) {
            Some(Value::Array(list)) => list.push(value),
            _ => {
                values.insert(relation.into(), Value::Array(vec![value]));
            }
        }
    }
    for (list, items) in [("comments", comments), ("tags", tags.into_iter().map(Value::from).collect())] {
        if !items.is_empty() {
            fields.insert(list.into(), Value::Array(items));
        }
    }
    fields.insert("values".into(), Value::Object(values));
    Some(fields)
}

fn is_person(object: &ObjectMap) -> bool {
    let name = text_of(object, "name");
    let values = object.get("values").and_then(Value::as_object);
    let says = |relation: &str| values.is_some_and(|values| values.contains_key(relation));
    let class = values.and_then(|values| values.get("classification")?.as_array()?.first()?.to_str());
    match name.as_str() {
        "victim" => class == Some("individual") || OF_PERSONS.iter().any(|relation| says(relation)),
        name if PERSONS.contains(&name) => true,
        // An account has the name of its holder, who need not be one.
        name if name.ends_with("-account") || name.ends_with("-user") => false,
        _ => OF_PERSONS.iter().any(|relation| says(relation)),
    }
}
