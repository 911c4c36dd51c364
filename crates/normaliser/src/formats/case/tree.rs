//! The tree of an entry.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::Reason;
use vrl::value::{KeyString, ObjectMap, Value};

use crate::formats::case::parts::Part;
use crate::formats::case::thing::{self, Class, Things};
use crate::formats::graph::{Graph, Id, Stead, Trees, too_many_values};
use crate::warning::WarningCode;

/// Fields that never leave the reader: what they hold is a secret or the content of a file.
const SECRETS: &[&str] =
    &["password", "keypadUnlockCode", "PIN", "PUK", "privateKey", "passphrase", "dataPayload"];

pub(super) fn of(
    graph: &Graph<'_>,
    things: &Things<'_, '_>,
    part: &Part,
    left: &mut usize,
) -> Result<ObjectMap, Reason> {
    let classes: BTreeMap<Id, Class> = part.iter().map(|id| (*id, things.class(*id))).collect();
    let refs = references(&classes);
    let owners = Owners::of(graph, things, &classes);
    let names = names(graph, &classes);
    let mut trees = Trees::new(graph);
    let mut tree = ObjectMap::new();
    let mut warnings = BTreeSet::new();
    let mut lists: BTreeMap<Class, Vec<Value>> = BTreeMap::new();
    for (id, class) in classes.iter().map(|(id, class)| (*id, *class)) {
        if class == Class::Bundle || (class == Class::Relationship && owners.spoken.contains(&id)) {
            continue;
        }
        let mut fields = described(graph, things, &mut trees, id, &refs)?;
        if let Some(name) = refs.get(&id) {
            fields.insert("ref".into(), Value::from(name.as_str()));
        }
        if let Some(owner) = owners.only(id) {
            fields.insert("owner".into(), Value::from(refs.get(&owner).cloned().unwrap_or_default()));
            if let Some(role) = owners.roles.get(&id) {
                fields.insert("relation".into(), Value::from(role.as_str()));
            }
        }
        let list = lists.entry(class).or_default();
        if class == Class::Account && doubtful_issuer(graph, id, &names) {
            warnings.insert(format!(
                "{}:accounts[{}].service",
                WarningCode::StatementsContradict.code(),
                list.len()
            ));
        }
        list.push(Value::Object(fields));
    }
    for (class, list) in lists {
        if class == Class::Investigation {
            tree.extend(list.into_iter().next().map(|one| (KeyString::from(class.list()), one)));
        } else {
            tree.insert(class.list().into(), Value::Array(list));
        }
    }
    if let Some(bundle) = classes.iter().find(|(_, class)| **class == Class::Bundle) {
        let held = |name: &str| !matches!(name, "object" | "included");
        let mut fields = trees.fields(&[*bundle.0], &|id| Stead::Called(things.label(id)), &held)?;
        fields.extend(graph.identifier(*bundle.0).map(|id| (KeyString::from("id"), Value::from(id))));
        tree.insert("bundle".into(), Value::Object(fields));
    }
    if part.iter().any(|id| refers_to_nothing(graph, *id)) {
        warnings.insert(format!("{}:other", WarningCode::ReferenceUnresolved.code()));
    }
    if !warnings.is_empty() {
        tree.insert("warnings".into(), warnings.into_iter().map(Value::from).collect());
    }
    *left = left.checked_sub(trees.made()).ok_or_else(too_many_values)?;
    Ok(tree)
}

/// p1, p2, ... for persons.
fn references(classes: &BTreeMap<Id, Class>) -> BTreeMap<Id, String> {
    let persons = classes.iter().filter(|(_, class)| **class == Class::Person);
    persons.zip(1..).map(|((id, _), number): (_, usize)| (*id, format!("p{number}"))).collect()
}

/// A thing with its facets by their names; what it refers to stands by its name.
fn described(
    graph: &Graph<'_>,
    things: &Things<'_, '_>,
    trees: &mut Trees<'_, '_>,
    id: Id,
    refs: &BTreeMap<Id, String>,
) -> Result<ObjectMap, Reason> {
    let stead = |held: Id| match refs.get(&held) {
        Some(name) => Stead::Called(name.clone()),
        None if things.stands_alone(held) || !graph.is_described(held) => Stead::Called(things.label(held)),
        None => Stead::Itself,
    };
    let own =
        |name: &str| !thing::FACET_FIELDS.contains(&name) && name != "comment" && !SECRETS.contains(&name);
    let mut fields = trees.fields(&[id], &stead, &own)?;
    let mut withheld = graph.items(id).any(|(name, _)| SECRETS.contains(&name));
    for facet in thing::facets(graph, id) {
        let name = graph.types(facet).find(|name| name.ends_with("Facet") && *name != "Facet");
        let name = name.or_else(|| graph.types(facet).next()).map_or("Facet", thing::plain).to_owned();
        withheld |= graph.items(facet).any(|(name, _)| SECRETS.contains(&name));
        let inner = trees.fields(&[facet], &stead, &own)?;
        match fields.get_mut(name.as_str()) {
            Some(Value::Object(known)) => known.extend(inner),
            _ if inner.is_empty() => {}
            _ => {
                fields.insert(name.into(), Value::Object(inner));
            }
        }
    }
    if withheld {
        fields.insert("withheld".into(), Value::Boolean(true));
    }
    fields.extend(graph.identifier(id).map(|id| (KeyString::from("id"), Value::from(id))));
    let types: Vec<Value> = graph.types(id).map(Value::from).collect();
    fields.insert("types".into(), Value::Array(types));
    Ok(fields)
}

/// How many organisations have each name.
fn names(graph: &Graph<'_>, classes: &BTreeMap<Id, Class>) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for (id, _) in classes.iter().filter(|(_, class)| **class == Class::Organization) {
        if let Some(name) = graph.text(*id, "name") {
            *names.entry(name.to_owned()).or_default() += 1;
        }
    }
    names
}

/// An issuer whose name another issuer has, and whose identifier says another name.
fn doubtful_issuer(graph: &Graph<'_>, account: Id, names: &BTreeMap<String, usize>) -> bool {
    let mut issuers = thing::facets(graph, account).flat_map(|facet| graph.things(facet, "accountIssuer"));
    issuers.any(|issuer| {
        let Some(name) = graph.text(issuer, "name") else { return false };
        let identifier = graph.identifier(issuer).unwrap_or_default().to_lowercase();
        names.get(name).is_some_and(|count| *count > 1) && !identifier.contains(&name.to_lowercase())
    })
}

/// Whether a thing or its facets refer to what is nowhere described.
fn refers_to_nothing(graph: &Graph<'_>, id: Id) -> bool {
    std::iter::once(id).chain(thing::facets(graph, id)).any(|part| {
        graph.held(part).any(|(_, held)| {
            // Terms of vocabularies are described elsewhere.
            let elsewhere = ["ontology", "vocabulary", "w3.org", "purl.org"];
            let inside =
                graph.identifier(held).is_some_and(|id| !elsewhere.iter().any(|part| id.contains(part)));
            inside && !graph.is_described(held)
        })
    })
}

/// A part of a contact names one number or address.
const PARTS_MAX: usize = 16;

/// Whose accounts, devices and places are.
#[derive(Default)]
struct Owners {
    by_thing: BTreeMap<Id, BTreeSet<Id>>,
    roles: BTreeMap<Id, String>,
    /// Relationships that say no more than whose a thing is.
    spoken: BTreeSet<Id>,
}

impl Owners {
    fn of(graph: &Graph<'_>, things: &Things<'_, '_>, classes: &BTreeMap<Id, Class>) -> Self {
        let mut owners = Self::default();
        let is_person = |id: &Id| classes.get(id) == Some(&Class::Person);
        let owned = |id: &Id| {
            matches!(
                classes.get(id),
                Some(
                    Class::Account
                        | Class::Device
                        | Class::Location
                        | Class::Address
                        | Class::Url
                        | Class::File
                )
            )
        };
        for (id, class) in classes {
            if *class == Class::Relationship {
                let sources: Vec<Id> = graph.things(*id, "source").collect();
                let targets: Vec<Id> = graph.things(*id, "target").collect();
                let kind = graph.text(*id, "kindOfRelationship").unwrap_or_default();
                let (persons, things) = match sources.iter().all(is_person) {
                    true => (sources, targets),
                    false => (targets, sources),
                };
                if let [person] = persons.as_slice()
                    && is_person(person)
                    && !things.is_empty()
                    && things.iter().all(owned)
                {
                    owners.spoken.insert(*id);
                    for thing in things {
                        owners.by_thing.entry(thing).or_default().insert(*person);
                        owners.roles.entry(thing).or_insert_with(|| kind.to_owned());
                    }
                }
            }
            for facet in thing::facets(graph, *id) {
                for (field, held) in graph.held(facet) {
                    // A contact names what it is reached by, itself or in its parts; an account may name its owner.
                    if is_person(id) {
                        let within = graph.held(held).map(|(_, inner)| inner).take(PARTS_MAX);
                        let within = within.filter(|_| !things.stands_alone(held));
                        for reached in std::iter::once(held).chain(within).filter(owned) {
                            owners.by_thing.entry(reached).or_default().insert(*id);
                        }
                    }
                    if matches!(field, "owner" | "accountOwner") && is_person(&held) {
                        owners.by_thing.entry(*id).or_default().insert(held);
                    }
                }
            }
        }
        owners
    }

    fn only(&self, id: Id) -> Option<Id> {
        let owners = self.by_thing.get(&id)?;
        owners.first().copied().filter(|_| owners.len() == 1)
    }
}
