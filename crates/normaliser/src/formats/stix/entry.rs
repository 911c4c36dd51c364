//! The tree of an entry: objects complete where they belong.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pipeline::Reason;
use vrl::value::{KeyString, ObjectMap, Value};

use super::bundle::{Bundle, Object, comparable, is_reference};
use super::{mark, reach};
use crate::reason::ReasonCode;
use crate::warning::WarningCode;

/// Relationships by which a person holds the target.
const HOLDS: [&str; 7] = ["uses", "owns", "has", "controls", "operates", "resides-at", "located-at"];
/// Relationships by which a person holds the source.
const HELD_BY: [&str; 5] = ["belongs-to", "owned-by", "used-by", "attributed-to", "registered-to"];
/// What an identity's extension for individuals says that no organisation has.
const OF_INDIVIDUALS: [&str; 3] = ["first_name", "last_name", "middle_name"];
/// What a person is reached by: it stands with the person.
const CONTACTS: [&str; 2] = ["email-addr", "phone-number"];

/// How much may be copied and walked for all entries of a message.
pub(super) struct Budget {
    values: usize,
    steps: usize,
}

impl Budget {
    pub(super) fn new(values: usize) -> Self {
        Self { values, steps: values.saturating_mul(4) }
    }

    pub(super) fn copy(&mut self, values: usize) -> Result<(), Reason> {
        self.values = Self::less(self.values, values)?;
        Ok(())
    }

    pub(super) fn step(&mut self, steps: usize) -> Result<(), Reason> {
        self.steps = Self::less(self.steps, steps)?;
        Ok(())
    }

    fn less(left: usize, taken: usize) -> Result<usize, Reason> {
        left.checked_sub(taken).ok_or_else(|| {
            ReasonCode::TooManyValues.with(
                "with what they refer to, the reports of the bundle hold more values than limits.values",
            )
        })
    }
}

/// Doubts about an entry: a set in order.
#[derive(Default)]
pub(super) struct Warnings(BTreeSet<String>);

impl Warnings {
    pub(super) fn add(&mut self, code: WarningCode, path: &str) {
        self.0.insert(format!("{}:{path}", code.code()));
    }
}

/// The entry of a report, grouping or incident.
pub(super) fn build(bundle: &Bundle, root: usize, budget: &mut Budget) -> Result<Value, Reason> {
    let reached = reach::reached(bundle, root, budget)?;
    let mut warnings = Warnings::default();
    let present: Vec<usize> = reached
        .members
        .iter()
        .copied()
        .filter(|index| bundle.object(*index).is_some_and(|object| !object.is_revoked()))
        .collect();
    let withdrawn = reached.members.len() - present.len();
    if withdrawn > 0 {
        warnings.add(WarningCode::NotAsserted, "other");
    }
    for id in &reached.missing {
        warnings.add(WarningCode::ReferenceUnresolved, place(id.split("--").next().unwrap_or_default()));
    }
    let marking = mark::of_entry(bundle, root, &reached.members, &mut warnings);
    let members = present.iter().copied().chain([root]).collect();
    let mut entry =
        Entry { bundle, root, members, budget, warnings, persons: HashMap::new(), facts: HashMap::new() };
    entry.name_persons(&present);
    entry.gather(&present)?;
    let report = entry.report(root)?;
    let mut objects: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for index in &present {
        if let Some(object) = bundle.object(*index) {
            let value = entry.object(*index, object)?;
            objects.entry(object.kind.as_str()).or_default().push(value);
        }
    }
    let objects: ObjectMap =
        objects.into_iter().map(|(kind, list)| (kind.into(), Value::Array(list))).collect();
    let later = bundle.object(root).is_some_and(|object| {
        let time = |name| object.text(name).map(comparable);
        time("created").is_some() && time("modified") > time("created")
    });
    let texts = |list: Vec<String>| Value::Array(list.into_iter().map(Value::from).collect());
    let mut fields = ObjectMap::from([
        ("later_version".into(), Value::Boolean(later)),
        ("marking".into(), marking),
        ("objects".into(), Value::Object(objects)),
        ("related".into(), texts(reached.related)),
        ("report".into(), report),
        ("unresolved".into(), texts(reached.missing)),
        ("warnings".into(), texts(entry.warnings.0.into_iter().collect())),
        ("withdrawn".into(), Value::from(i64::try_from(withdrawn).unwrap_or(i64::MAX))),
    ]);
    fields.retain(|_, value| !matches!(value, Value::Array(items) if items.is_empty()));
    Ok(Value::Object(fields))
}

/// What other objects say of one.
#[derive(Default)]
struct Facts {
    relations: Vec<Value>,
    observed: Vec<Value>,
    /// Persons who hold it.
    holders: BTreeSet<usize>,
    /// What reaches this person.
    holds: BTreeSet<usize>,
}

struct Entry<'b, 'l> {
    bundle: &'b Bundle,
    root: usize,
    /// What belongs to it and was not revoked, and itself. Of others no more is told than who named them.
    members: BTreeSet<usize>,
    budget: &'l mut Budget,
    warnings: Warnings,
    /// The reference of each person.
    persons: HashMap<usize, String>,
    facts: HashMap<usize, Facts>,
}

impl Entry<'_, '_> {
    fn name_persons(&mut self, present: &[usize]) {
        let persons = present.iter().filter(|index| self.bundle.object(**index).is_some_and(is_person));
        self.persons = persons.enumerate().map(|(n, index)| (*index, format!("p{}", n + 1))).collect();
    }

    /// What is said of the objects: relationships, observations, and whose they are.
    fn gather(&mut self, present: &[usize]) -> Result<(), Reason> {
        for index in present {
            let Some(object) = self.bundle.object(*index) else { continue };
            if object.contradicted {
                self.warnings.add(WarningCode::StatementsContradict, place(&object.kind));
            }
            match object.kind.as_str() {
                "relationship" => self.relationship(object)?,
                "observed-data" => {
                    let names = ["first_observed", "last_observed", "number_observed"];
                    let times = names
                        .iter()
                        .filter_map(|name| Some(((*name).into(), object.fields.get(*name)?.clone())));
                    let times = Value::Object(times.collect());
                    for held in object.refs.iter().flatten() {
                        self.budget.copy(4)?;
                        self.facts.entry(*held).or_default().observed.push(times.clone());
                    }
                }
                "identity" => {
                    let person = self.persons.contains_key(index);
                    for held in object.refs.iter().flatten().filter(|_| person) {
                        self.budget.step(1)?;
                        self.hold(*index, *held);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.bundle.find(id).filter(|index| self.members.contains(index))
    }

    fn hold(&mut self, person: usize, held: usize) {
        if !self.members.contains(&held) {
            return;
        }
        self.facts.entry(held).or_default().holders.insert(person);
        let is_contact = self.bundle.object(held).is_some_and(|held| CONTACTS.contains(&held.kind.as_str()));
        if is_contact {
            self.facts.entry(person).or_default().holds.insert(held);
        }
    }

    fn relationship(&mut self, object: &Object) -> Result<(), Reason> {
        let end = |name: &str| {
            let id = object.text(name)?;
            Some((id.to_owned(), self.find(id).filter(|index| *index != self.root)))
        };
        let (Some((from_id, from)), Some((to_id, to))) = (end("source_ref"), end("target_ref")) else {
            return Ok(());
        };
        let kind = object.text("relationship_type").unwrap_or_default();
        if let (Some(person), Some(held)) = (from, to) {
            if self.persons.contains_key(&person) && HOLDS.contains(&kind) {
                self.hold(person, held);
            } else if self.persons.contains_key(&held) && HELD_BY.contains(&kind) {
                self.hold(held, person);
            }
        }
        for (at, place, other, id) in [(from, "target", to, &to_id), (to, "source", from, &from_id)] {
            let Some(at) = at else { continue };
            let names = ["relationship_type", "description", "start_time", "stop_time", "confidence"];
            let said =
                names.iter().filter_map(|name| Some(((*name).into(), object.fields.get(*name)?.clone())));
            let mut said: ObjectMap = said.collect();
            said.insert(place.into(), self.brief(id, other));
            self.budget.copy(8)?;
            self.facts.entry(at).or_default().relations.push(Value::Object(said));
        }
        Ok(())
    }

    fn report(&mut self, root: usize) -> Result<Value, Reason> {
        let Some(object) = self.bundle.object(root) else { return Ok(Value::Null) };
        if object.contradicted {
            self.warnings.add(WarningCode::StatementsContradict, "report_number");
        }
        self.budget.copy(object.values)?;
        let mut fields = without_payload(&object.fields);
        for name in ["object_refs", "object_marking_refs", "granular_markings"] {
            fields.remove(name);
        }
        let author = object.text("created_by_ref").map(|id| (id.to_owned(), self.bundle.find(id)));
        match author {
            Some((_, Some(author))) => {
                if let Some(author) = self.bundle.object(author) {
                    self.budget.copy(author.values)?;
                    fields.insert("created_by_ref".into(), Value::Object(without_payload(&author.fields)));
                }
            }
            Some((id, None)) => {
                self.warnings.add(WarningCode::ReferenceUnresolved, "source.organisation");
                fields.insert("created_by_ref".into(), self.brief(&id, None));
            }
            None => {}
        }
        Ok(Value::Object(fields))
    }

    /// An object with the objects that it names inside it, one level deep: so cycles end.
    fn object(&mut self, index: usize, object: &Object) -> Result<Value, Reason> {
        self.budget.copy(object.values)?;
        let mut fields = without_payload(&object.fields);
        for name in ["object_marking_refs", "granular_markings", "created_by_ref"] {
            fields.remove(name);
        }
        if object.kind == "observed-data" {
            // Each observable has its times under `observed`.
            fields.remove("objects");
            fields.remove("object_refs");
        }
        self.resolve(&mut fields, object.is_about())?;
        if let Some(person) = self.persons.get(&index) {
            fields.insert("person_ref".into(), Value::from(person.as_str()));
        }
        let Some(facts) = self.facts.remove(&index) else { return Ok(Value::Object(fields)) };
        if let (Some(holder), None, 1) =
            (facts.holders.first(), self.persons.get(&index), facts.holders.len())
            && let Some(holder) = self.persons.get(holder)
        {
            fields.insert("person_ref".into(), Value::from(holder.as_str()));
        }
        for (name, list) in [("relations", facts.relations), ("observed", facts.observed)] {
            if !list.is_empty() {
                fields.insert(name.into(), Value::Array(list));
            }
        }
        let mut holds: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for held in facts.holds.iter().filter_map(|held| self.bundle.object(*held)) {
            self.budget.copy(held.values)?;
            holds.entry(held.kind.as_str()).or_default().push(Value::Object(held.fields.clone()));
        }
        if !holds.is_empty() {
            let holds = holds.into_iter().map(|(kind, list)| (KeyString::from(kind), Value::Array(list)));
            fields.insert("holds".into(), Value::Object(holds.collect()));
        }
        Ok(Value::Object(fields))
    }

    fn resolve(&mut self, fields: &mut ObjectMap, briefly: bool) -> Result<(), Reason> {
        for (name, value) in fields.iter_mut() {
            self.resolve_in(value, is_reference(name), briefly)?;
        }
        Ok(())
    }

    fn resolve_in(&mut self, value: &mut Value, named: bool, briefly: bool) -> Result<(), Reason> {
        match value {
            Value::Object(inner) => self.resolve(inner, briefly),
            Value::Array(items) => {
                items.iter_mut().try_for_each(|item| self.resolve_in(item, named, briefly))
            }
            value if named => {
                let Some(id) = value.to_str().map(str::to_owned) else { return Ok(()) };
                let found = self.find(&id).and_then(|index| Some((index, self.bundle.object(index)?)));
                *value = match found {
                    Some((_, target)) if !briefly && !target.is_lead() => {
                        self.budget.copy(target.values)?;
                        let mut fields = without_payload(&target.fields);
                        fields.remove("id");
                        fields.remove("spec_version");
                        Value::Object(fields)
                    }
                    found => {
                        self.budget.copy(4)?;
                        self.brief(&id, found.map(|(index, _)| index))
                    }
                };
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// An object by its type, identifier and name; of one that is not here what its identifier says.
    fn brief(&self, id: &str, index: Option<usize>) -> Value {
        let Some(object) = index.and_then(|index| self.bundle.object(index)) else {
            let kind = id.split("--").next().unwrap_or_default();
            return Value::Object([("type".into(), kind.into()), ("id".into(), id.into())].into());
        };
        let mut brief = brief_of(object, index == Some(self.root));
        let person = index.and_then(|index| self.persons.get(&index));
        if let (Value::Object(fields), Some(person)) = (&mut brief, person) {
            fields.insert("person_ref".into(), Value::from(person.as_str()));
        }
        brief
    }
}

/// Another report is named by its identifier alone: it is an entry of its own.
fn brief_of(object: &Object, is_root: bool) -> Value {
    const NAMES: [&str; 9] = [
        "name",
        "value",
        "display_name",
        "account_login",
        "user_id",
        "subject",
        "path",
        "abstract",
        "relationship_type",
    ];
    let name = NAMES.iter().find_map(|name| object.text(name)).filter(|_| is_root || !object.is_lead());
    let mut fields = ObjectMap::from([
        ("type".into(), Value::from(object.kind.as_str())),
        ("id".into(), Value::from(object.id.as_str())),
    ]);
    fields.extend(name.map(|name| ("name".into(), Value::from(name))));
    Value::Object(fields)
}

fn is_person(object: &Object) -> bool {
    match (object.kind.as_str(), object.text("identity_class"), object.text("resource_level")) {
        ("identity", Some("individual"), _) | ("threat-actor", _, Some("individual")) => true,
        ("identity", None | Some("" | "unknown"), _) => {
            let extensions = object.fields.get("extensions").and_then(Value::as_object);
            let inside = extensions.into_iter().flat_map(|all| all.values()).filter_map(Value::as_object);
            inside
                .chain([&object.fields])
                .any(|fields| OF_INDIVIDUALS.iter().any(|name| fields.contains_key(*name)))
        }
        _ => false,
    }
}

/// A copy without what is no statement but a file.
fn without_payload(fields: &ObjectMap) -> ObjectMap {
    let mut fields = fields.clone();
    if fields.remove("payload_bin").is_some() {
        fields.insert("payload_left_out".into(), Value::Boolean(true));
    }
    fields
}

/// The part of a lead where objects of a type stand.
fn place(kind: &str) -> &'static str {
    match kind {
        "identity" | "threat-actor" => "persons",
        "user-account" => "accounts",
        "ipv4-addr" | "ipv6-addr" | "network-traffic" | "autonomous-system" => "network_events",
        "file" | "artifact" | "directory" => "files",
        "location" => "places",
        "url" | "domain-name" | "email-addr" | "email-message" => "online_places",
        "mac-addr" => "devices",
        _ => "other",
    }
}
