//! The objects of a bundle, found by identifier: the latest version of each, and who speaks of whom.

use std::collections::HashMap;

use pipeline::Reason;
use vrl::value::{KeyString, ObjectMap, Value};

use crate::digest;
use crate::reason::ReasonCode;

/// Types that are leads.
const LEADS: [&str; 3] = ["report", "grouping", "incident"];
/// Types that say something about other objects, which do not name them.
const ABOUT: [&str; 6] = ["relationship", "sighting", "note", "opinion", "observed-data", "language-content"];

/// A part of a message that is an entry.
pub(super) enum Part {
    /// A report, a grouping or an incident.
    Lead(usize),
    /// An item that is no object of STIX, as it stands.
    NoObject(Value),
}

/// An object of a bundle.
pub(super) struct Object {
    pub(super) fields: ObjectMap,
    pub(super) kind: String,
    /// The identifier by which others name it.
    pub(super) id: String,
    /// What it names: indices, and identifiers that nothing has. Not its author nor its marks.
    pub(super) refs: Vec<Result<usize, String>>,
    /// Objects about this one.
    pub(super) touched_by: Vec<usize>,
    /// Leads that list it.
    pub(super) listed_by: Vec<usize>,
    /// How many values it has: what a copy costs.
    pub(super) values: usize,
    /// Whether the bundle has another object of the same identifier and time that says something else.
    pub(super) contradicted: bool,
    /// An observable inside an observed-data of version 2.0: that object.
    inside: Option<usize>,
    /// When it was last changed; of an observable inside another object when that was.
    modified: Option<String>,
    /// It as JSON, once it had to be compared: one object must not be written for each of its versions.
    json: Option<Vec<u8>>,
    /// A later version is in the bundle.
    superseded: bool,
}

impl Object {
    pub(super) fn is_lead(&self) -> bool {
        LEADS.contains(&self.kind.as_str())
    }

    pub(super) fn is_about(&self) -> bool {
        ABOUT.contains(&self.kind.as_str())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.to_str()
    }

    fn written(&mut self) -> &[u8] {
        let fields = &self.fields;
        self.json.get_or_insert_with(|| digest::to_json(&Value::Object(fields.clone())))
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.fields.get("revoked") == Some(&Value::Boolean(true))
    }
}

pub(super) struct Bundle {
    id: Option<String>,
    objects: Vec<Object>,
    by_id: HashMap<String, usize>,
    parts: Vec<Part>,
}

impl Bundle {
    /// The objects of a message: a bundle, the envelope of a TAXII server, or one object alone.
    pub(super) fn read(tree: Value) -> Result<Self, Reason> {
        let other = || ReasonCode::OtherDocument.with("expected a STIX bundle or object, with its `type`");
        let Value::Object(mut fields) = tree else { return Err(other()) };
        let kind = fields.get("type").and_then(Value::to_str).map(str::to_owned);
        let has_id = fields.get("id").and_then(Value::to_str).is_some();
        let id = fields.get("id").and_then(Value::to_str).map(str::to_owned);
        let is_bundle =
            kind.as_deref() == Some("bundle") || (kind.is_none() && fields.contains_key("objects"));
        let items = match (is_bundle, fields.remove("objects")) {
            (true, Some(Value::Array(items))) => items,
            (true, None) => Vec::new(),
            (true, Some(_)) => {
                return Err(ReasonCode::OtherDocument.with("expected a list as the `objects` of the bundle"));
            }
            (false, objects) if kind.is_some() && has_id => {
                fields.extend(objects.map(|objects| (KeyString::from("objects"), objects)));
                vec![Value::Object(fields)]
            }
            (false, _) => return Err(other()),
        };
        let mut bundle = Self {
            id: id.filter(|_| is_bundle),
            objects: Vec::new(),
            by_id: HashMap::new(),
            parts: Vec::new(),
        };
        for (at, item) in items.into_iter().enumerate() {
            bundle.add(item, at);
        }
        bundle.link();
        Ok(bundle)
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The entries, in the order of the message.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn object(&self, index: usize) -> Option<&Object> {
        self.objects.get(index)
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(&key(id)).copied()
    }

    /// These objects as they stood in the message.
    pub(super) fn originals(&self, indices: &[usize]) -> Vec<Value> {
        let mut whole: Vec<usize> = indices
            .iter()
            .filter_map(|index| self.object(*index).map(|object| object.inside.unwrap_or(*index)))
            .collect();
        whole.sort_unstable();
        whole.dedup();
        whole.iter().filter_map(|index| Some(Value::Object(self.object(*index)?.fields.clone()))).collect()
    }

    fn add(&mut self, item: Value, at: usize) {
        let Value::Object(fields) = item else {
            self.parts.push(Part::NoObject(item));
            return;
        };
        let Some(kind) = fields.get("type").and_then(Value::to_str).map(str::to_owned) else {
            self.parts.push(Part::NoObject(Value::Object(fields)));
            return;
        };
        let id =
            fields.get("id").and_then(Value::to_str).map_or_else(|| format!("{kind}--#{at}"), str::to_owned);
        let whole = self.insert(fields, kind, id.clone(), None);
        let inside =
            self.objects.get(whole).and_then(|object| inner_objects(object, &id)).unwrap_or_default();
        for (kind, id, fields) in inside {
            self.insert(fields, kind, id, Some(whole));
        }
    }

    fn insert(&mut self, fields: ObjectMap, kind: String, id: String, inside: Option<usize>) -> usize {
        let index = self.objects.len();
        let outer = inside.and_then(|outer| self.object(outer)?.modified.clone());
        let modified = fields.get("modified").and_then(Value::to_str).map(|time| comparable(time).to_owned());
        let mut object = Object {
            values: count(&fields),
            modified: outer.or(modified),
            json: None,
            fields,
            kind,
            id,
            refs: Vec::new(),
            touched_by: Vec::new(),
            listed_by: Vec::new(),
            contradicted: false,
            inside,
            superseded: false,
        };
        match self.by_id.get(&key(&object.id)).and_then(|former| self.objects.get_mut(*former)) {
            Some(former) => {
                let same_time = former.modified == object.modified;
                let differs = same_time && former.fields != object.fields;
                // At one time the order of the message must not decide: whatever is the greater as a text.
                let later = if differs {
                    object.written() > former.written()
                } else {
                    object.modified > former.modified
                };
                let contradicted = differs || (same_time && former.contradicted);
                if later {
                    former.superseded = true;
                    object.contradicted = contradicted;
                    self.by_id.insert(key(&object.id), index);
                } else {
                    former.contradicted |= differs;
                    object.superseded = true;
                }
            }
            None => {
                self.by_id.insert(key(&object.id), index);
            }
        }
        if LEADS.contains(&object.kind.as_str()) && inside.is_none() {
            self.parts.push(Part::Lead(index));
        }
        self.objects.push(object);
        index
    }

    fn link(&mut self) {
        let objects = &self.objects;
        self.parts.retain(|part| match part {
            Part::Lead(lead) => objects.get(*lead).is_some_and(|object| !object.superseded),
            Part::NoObject(_) => true,
        });
        for index in 0..self.objects.len() {
            let Some(object) = self.objects.get(index).filter(|object| !object.superseded) else { continue };
            let (lead, about) = (object.is_lead(), object.is_about());
            let mut named = Vec::new();
            let inner = format!("{}#", object.id);
            let has_inner = object.kind == "observed-data";
            references(&object.fields, &mut |id| named.push(id.to_owned()));
            if has_inner && let Some(Value::Object(inside)) = object.fields.get("objects") {
                named.extend(inside.keys().map(|number| format!("{inner}{number}")));
            }
            named.sort_unstable();
            named.dedup();
            let refs: Vec<Result<usize, String>> =
                named.into_iter().map(|id| self.find(&id).filter(|to| *to != index).ok_or(id)).collect();
            for to in refs.iter().flatten() {
                let Some(target) = self.objects.get_mut(*to) else { continue };
                if lead {
                    target.listed_by.push(index);
                }
                if about {
                    target.touched_by.push(index);
                }
            }
            if let Some(object) = self.objects.get_mut(index) {
                object.refs = refs;
            }
        }
    }
}

/// Identifiers are compared without case, for some tools write the letters of a UUID large.
fn key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

/// A timestamp so that later ones are greater, whatever number of decimals they have.
pub(super) fn comparable(timestamp: &str) -> &str {
    let bare = timestamp.trim().trim_end_matches(['Z', 'z']);
    if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { bare }
}

/// The observables of version 2.0 inside an observed-data, named by it and their key; they name each other by keys.
fn inner_objects(object: &Object, id: &str) -> Option<Vec<(String, String, ObjectMap)>> {
    if object.kind != "observed-data" {
        return None;
    }
    let Value::Object(inside) = object.fields.get("objects")? else { return None };
    let named = |(number, item): (&KeyString, &Value)| {
        let mut fields = item.as_object()?.clone();
        let kind = fields.get("type")?.to_str()?.to_owned();
        rename(&mut fields, &|key: &str| inside.contains_key(key).then(|| format!("{id}#{key}")));
        Some((kind, format!("{id}#{number}"), fields))
    };
    Some(inside.iter().filter_map(named).collect())
}

fn rename(fields: &mut ObjectMap, to: &impl Fn(&str) -> Option<String>) {
    for (name, value) in fields.iter_mut() {
        let is_ref = is_reference(name);
        let text = |value: &Value| value.to_str().and_then(to).map(Value::from);
        match value {
            Value::Array(items) => {
                for item in items {
                    match item {
                        Value::Object(inner) => rename(inner, to),
                        item if is_ref => {
                            if let Some(renamed) = text(item) {
                                *item = renamed;
                            }
                        }
                        _ => {}
                    }
                }
            }
            Value::Object(inner) => rename(inner, to),
            value if is_ref => {
                if let Some(renamed) = text(value) {
                    *value = renamed;
                }
            }
            _ => {}
        }
    }
}

/// Whether a property names an object that belongs to its own: not who wrote it, nor how it is marked.
pub(super) fn is_reference(name: &str) -> bool {
    (name.ends_with("_ref") || name.ends_with("_refs"))
        && !matches!(name, "created_by_ref" | "object_marking_refs" | "marking_ref")
}

fn references(fields: &ObjectMap, each: &mut impl FnMut(&str)) {
    for (name, value) in fields {
        // The observables of version 2.0 are objects of their own.
        if name.as_str() != "objects" {
            references_in(value, is_reference(name), each);
        }
    }
}

fn references_in(value: &Value, named: bool, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => references(fields, each),
        Value::Array(items) => items.iter().for_each(|item| references_in(item, named, each)),
        value => {
            if let Some(id) = value.to_str().filter(|id| named && !id.trim().is_empty()) {
                each(id);
            }
        }
    }
}

/// What a copy of an object takes, an object inside it more than a text. The reader of JSON bounded how deep it is.
fn count(fields: &ObjectMap) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Object(fields) => count(fields),
            Value::Array(items) => 1 + items.iter().map(of).sum::<usize>(),
            _ => 1,
        }
    }
    3 + fields.values().map(of).sum::<usize>()
}
