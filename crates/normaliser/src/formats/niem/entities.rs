//! The tree of a document: what leads are made of, gathered from wherever it stands, and the rest.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::Reason;
use vrl::value::{KeyString, ObjectMap, Value};

use crate::formats::graph::{Graph, Id, Stead, Trees, too_many_items};
use crate::formats::niem::kind::{self, Kind};
use crate::formats::niem::owner::{self, Found};
use crate::warning::WarningCode;

/// Gathers what the things at these roots hold. `document` is the name of the root element.
pub(in crate::formats) fn gather(
    graph: &Graph<'_>,
    roots: &[Id],
    document: Option<&str>,
) -> Result<ObjectMap, Reason> {
    let found = owner::follow(graph, roots)?;
    let called = names_of(&found);
    let mut trees = Trees::new(graph);
    let mut tree = ObjectMap::new();
    let stead = |thing: Id| stead_of(&found, &called, thing);
    let mut reached = Reached::default();
    reached.mails(&found, &called);
    for kind in Kind::ALL.into_iter().rev() {
        let things: Vec<Id> =
            found.order.iter().copied().filter(|thing| found.kinds.get(thing) == Some(&kind)).collect();
        if things.len() > graph.limits().entries {
            return Err(too_many_items());
        }
        let mut list = Vec::new();
        for thing in things {
            let mut fields = entity(&mut trees, &found, &called, thing, &stead)?;
            match (kind, found.owner(thing)) {
                (Kind::Phone, owner) => {
                    fields.remove("owner");
                    reached.phones.entry(owner).or_default().push(Value::Object(fields));
                }
                (Kind::Email, _) => {}
                (Kind::Person | Kind::Organization, _) => {
                    fields.extend(reached.of(Some(thing)));
                    list.push(Value::Object(fields));
                }
                _ => list.push(Value::Object(fields)),
            }
        }
        if !list.is_empty() {
            tree.insert(kind.list().into(), Value::Array(list));
        }
    }
    // What belongs to nobody, or to several.
    tree.extend(reached.of(None));
    let tells = |name: &str| !kind::is_email_field(name);
    let roots: Vec<Id> = roots.iter().copied().filter(|root| !found.kinds.contains_key(root)).collect();
    let rest = trees.fields(&roots, &stead, &tells)?;
    if !rest.is_empty() {
        tree.insert("rest".into(), Value::Object(rest));
    }
    if let Some(document) = document {
        tree.insert("document".into(), Value::from(document));
    }
    let warnings = warnings(graph, &found, &called);
    if !warnings.is_empty() {
        tree.insert("warnings".into(), Value::Array(warnings));
    }
    Ok(tree)
}

/// p1, p2, ... in the order of the document.
fn names_of(found: &Found) -> BTreeMap<Id, String> {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (thing, kind) in found.order.iter().filter_map(|thing| Some((*thing, *found.kinds.get(thing)?))) {
        let count = counts.entry(kind).or_default();
        *count += 1;
        names.insert(thing, format!("{}{count}", kind.letter()));
    }
    names
}

/// Places and numbers are told with their owner, others by their name.
fn stead_of(found: &Found, called: &BTreeMap<Id, String>, thing: Id) -> Stead {
    let whole = found.whole(thing);
    if found.spoken.contains(&thing) {
        return Stead::Nothing;
    }
    match found.kinds.get(&whole) {
        Some(Kind::Location | Kind::Phone | Kind::Email) => Stead::Nothing,
        Some(_) => Stead::Called(called.get(&whole).cloned().unwrap_or_default()),
        None => Stead::Itself,
    }
}

fn entity(
    trees: &mut Trees<'_, '_>,
    found: &Found,
    called: &BTreeMap<Id, String>,
    thing: Id,
    stead: &dyn Fn(Id) -> Stead,
) -> Result<ObjectMap, Reason> {
    let alone = [thing];
    let mut parts = found.parts.get(&thing).cloned().unwrap_or_default();
    // What is said of the thing itself comes first.
    parts.retain(|part| *part != thing);
    let parts = [&alone[..], &parts].concat();
    // A place or number stands whole: nothing within it is told elsewhere.
    let whole = matches!(found.kinds.get(&thing), Some(Kind::Location | Kind::Phone));
    let inside = |_: Id| Stead::Itself;
    let stead = if whole { &inside as &dyn Fn(Id) -> Stead } else { stead };
    let tells = |name: &str| !kind::is_email_field(name) && !kind::is_role_field(name);
    let mut fields = trees.fields(&parts, stead, &tells)?;
    if let Some(name) = called.get(&thing) {
        fields.insert("ref".into(), Value::from(name.as_str()));
    }
    if let Some(roles) = found.roles.get(&thing) {
        let roles = roles.iter().map(|role| Value::from(role.as_str())).collect();
        fields.insert("roles".into(), Value::Array(roles));
    }
    if let Some(owner) = found.owner(thing).and_then(|owner| called.get(&owner)) {
        fields.insert("owner".into(), Value::from(owner.as_str()));
    }
    Ok(fields)
}

/// How persons and organisations are reached: numbers and addresses of mail by their owner.
#[derive(Default)]
struct Reached {
    phones: BTreeMap<Option<Id>, Vec<Value>>,
    emails: BTreeMap<Option<Id>, Vec<Value>>,
}

impl Reached {
    fn mails(&mut self, found: &Found, called: &BTreeMap<Id, String>) {
        // Lists name an address without its owner, associations with.
        let owned: BTreeSet<&str> = found
            .emails
            .iter()
            .filter(|(owner, ..)| owner.is_some())
            .map(|(_, text, _)| text.as_str())
            .collect();
        for (owner, text, element) in &found.emails {
            if owner.is_none() && owned.contains(text.as_str()) {
                continue;
            }
            let mail = [("address", text), ("element", element)];
            let mail = mail.map(|(name, text)| (name.into(), Value::from(text.as_str())));
            let owner = owner.filter(|owner| called.contains_key(owner));
            self.emails.entry(owner).or_default().push(Value::Object(mail.into()));
        }
    }

    fn of(&mut self, owner: Option<Id>) -> impl Iterator<Item = (KeyString, Value)> {
        let phones = self.phones.remove(&owner).map(|list| (Kind::Phone.list().into(), Value::Array(list)));
        let emails = self.emails.remove(&owner).map(|list| (Kind::Email.list().into(), Value::Array(list)));
        phones.into_iter().chain(emails)
    }
}

fn warnings(graph: &Graph<'_>, found: &Found, called: &BTreeMap<Id, String>) -> Vec<Value> {
    let mut warnings = Vec::new();
    let mut warn =
        |code: WarningCode, path: &str| warnings.push(Value::from(format!("{}:{path}", code.code())));
    match found.only_one.and_then(|only| called.get(&only)) {
        Some(_) => warn(WarningCode::ReferenceUnresolved, "persons[0]"),
        None if found.nobody => warn(WarningCode::ReferenceUnresolved, "persons"),
        None => {}
    }
    if found.nothing {
        warn(WarningCode::ReferenceUnresolved, "other");
    }
    let again = |thing: &Id| {
        // A URI may be described in many places; an identifier of the document names one element.
        let local = graph.identifier(*thing).is_some_and(|identifier| !identifier.contains(':'));
        local && graph.is_described_again(*thing)
    };
    if graph.ids().any(|thing| again(&thing)) {
        warn(WarningCode::ReferenceAmbiguous, "other");
    }
    warnings
}
