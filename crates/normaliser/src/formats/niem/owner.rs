//! Whose things are, and who plays a role: followed from the root, through roles, contacts and associations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use pipeline::Reason;

use crate::formats::graph::{Graph, Id, Item, too_many_values};
use crate::formats::niem::kind::{self, Kind};

/// What was found by following a document.
#[derive(Default)]
pub(super) struct Found {
    /// For a thing that is another: a role, or an element that says that it is the same.
    same: BTreeMap<Id, Id>,
    /// Kinds of things, in the order in which the document comes to them.
    pub(super) kinds: BTreeMap<Id, Kind>,
    pub(super) order: Vec<Id>,
    /// The elements that a thing is, roles and associations among them.
    pub(super) roles: BTreeMap<Id, BTreeSet<String>>,
    /// The things that are one with it.
    pub(super) parts: BTreeMap<Id, Vec<Id>>,
    pub(super) owners: BTreeMap<Id, BTreeSet<Id>>,
    /// Addresses of mail, with owner and element.
    pub(super) emails: Vec<(Option<Id>, String, String)>,
    /// References to persons that nothing answers to.
    pub(super) nobody: bool,
    /// They mean the only person there is.
    pub(super) only_one: Option<Id>,
    /// Associations that say no more than what is told elsewhere.
    pub(super) spoken: BTreeSet<Id>,
    /// References that nothing answers to, other than to persons.
    pub(super) nothing: bool,
    /// What each thing is by itself.
    own: Vec<Option<Kind>>,
    noted: HashSet<Id>,
    mailed: HashSet<(Option<Id>, String, String)>,
}

impl Found {
    /// The thing that this one is.
    pub(super) fn whole(&self, thing: Id) -> Id {
        self.same.get(&thing).copied().unwrap_or(thing)
    }

    fn kind(&self, thing: Id) -> Option<Kind> {
        self.own.get(thing).copied().flatten()
    }

    /// The only owner of a thing.
    pub(super) fn owner(&self, thing: Id) -> Option<Id> {
        let owners = self.owners.get(&thing)?;
        owners.first().copied().filter(|_| owners.len() == 1)
    }
}

/// A place in the document that is still to be looked at.
struct Step {
    thing: Id,
    owner: Option<Id>,
    /// What the element around it is, where that says what a place or number is for.
    around: Option<String>,
}

pub(super) fn follow(graph: &Graph<'_>, roots: &[Id]) -> Result<Found, Reason> {
    let own = graph.ids().map(|thing| kind::of(graph, thing)).collect();
    let mut found = Found { own, ..Found::default() };
    join(graph, &mut found);
    let mut work = 0;
    let mut seen: HashSet<(Id, Option<Id>)> = HashSet::new();
    let mut steps: Vec<Step> =
        roots.iter().rev().map(|root| Step { thing: *root, owner: None, around: None }).collect();
    while let Some(Step { thing, owner, around }) = steps.pop() {
        if !seen.insert((thing, owner)) {
            continue;
        }
        // One thing may be come to from many owners: what is looked at counts, not what there is.
        work += 1 + graph.items(thing).count();
        if work > graph.limits().values.saturating_mul(4) {
            return Err(too_many_values());
        }
        let whole = found.whole(thing);
        let kind = found.kind(whole);
        note(graph, &mut found, thing, whole, kind);
        if let (Some(kind), Some(owner)) = (kind, owner)
            && owner != whole
            && matches!(kind, Kind::Location | Kind::Phone | Kind::Email | Kind::Vehicle)
        {
            found.owners.entry(whole).or_default().insert(owner);
        }
        if let (Some(Kind::Location | Kind::Phone | Kind::Email), Some(around)) = (kind, &around) {
            found.roles.entry(whole).or_default().insert(around.clone());
        }
        let owner = match kind {
            Some(Kind::Person | Kind::Organization) => Some(whole),
            Some(Kind::Location | Kind::Phone) => owner,
            Some(Kind::Vehicle) => {
                if let Some(driver) = only_person(graph, &found, thing) {
                    found.owners.entry(whole).or_default().insert(driver);
                }
                owner
            }
            _ => associated(graph, &mut found, thing).or(owner),
        };
        mails(graph, &mut found, thing, owner);
        // What is inside a place or number belongs to it.
        if matches!(kind, Some(Kind::Location | Kind::Phone)) {
            continue;
        }
        let around = around_of(graph, thing, kind);
        // By name, for the fields of JSON have no order; items of one field have.
        let mut inner: Vec<(&str, Id)> = graph.held(thing).collect();
        inner.sort_by_key(|(name, _)| *name);
        let step = |(_, held)| Step { thing: held, owner, around: around.clone() };
        steps.extend(inner.into_iter().rev().map(step));
    }
    Ok(found)
}

/// Finds what is one: roles with those who have them, and references to nobody with the only person there is.
fn join(graph: &Graph<'_>, found: &mut Found) {
    let mut target: BTreeMap<Id, Id> = BTreeMap::new();
    let mut empty: BTreeSet<Id> = BTreeSet::new();
    for thing in graph.ids() {
        for (name, held) in graph.held(thing) {
            if !graph.is_described(held) {
                let somebody = kind::means_a_person(name);
                found.nobody |= somebody;
                found.nothing |= !somebody;
                if somebody {
                    empty.insert(held);
                }
            }
            // LEXS wraps persons in elements that are called like those who stand for them elsewhere.
            let wrapper = name.starts_with("Entity")
                && graph.is_described(held)
                && !matches!(found.kind(held), Some(Kind::Person | Kind::Organization));
            if kind::is_role_field(name) && !wrapper && !kind::is_association(graph, thing) && held != thing {
                target.entry(thing).or_insert(held);
            }
        }
    }
    let is_person = |thing: &Id| found.kind(*thing) == Some(Kind::Person) && !target.contains_key(thing);
    let mut persons = graph.ids().filter(is_person);
    let (one, two) = (persons.next(), persons.next());
    if let (Some(only), None) = (one, two)
        && found.nobody
    {
        found.only_one = Some(only);
        target.extend(empty.iter().map(|nobody| (*nobody, only)));
    }
    // A role of a role: few are deeper, and a circle ends.
    for thing in target.keys() {
        let mut whole = *thing;
        for _ in 0..8 {
            match target.get(&whole) {
                Some(next) => whole = *next,
                None => break,
            }
        }
        // A role of nobody is no person, and stays what it is.
        if whole != *thing && (graph.is_described(whole) || found.only_one == Some(whole)) {
            found.same.insert(*thing, whole);
        }
    }
}

fn note(graph: &Graph<'_>, found: &mut Found, thing: Id, whole: Id, kind: Option<Kind>) {
    let Some(kind) = kind else { return };
    if found.kinds.insert(whole, kind).is_none() {
        found.order.push(whole);
    }
    if !found.noted.insert(thing) {
        return;
    }
    found.parts.entry(whole).or_default().push(thing);
    let names = graph.names(thing).filter(|name| !kind::is_role_field(name)).map(str::to_owned);
    found.roles.entry(whole).or_default().extend(names);
}

/// The person of whom an association or a contact speaks, when it is one alone; the association is a role then.
fn associated(graph: &Graph<'_>, found: &mut Found, thing: Id) -> Option<Id> {
    let about = only_person(graph, found, thing).or_else(|| only(graph, found, thing, Kind::Organization));
    if kind::is_association(graph, thing) {
        if let Some(about) = about {
            let names: Vec<String> =
                graph.names(thing).filter(|name| name.ends_with("Association")).map(str::to_owned).collect();
            found.roles.entry(about).or_default().extend(names);
        }
        if says_no_more(graph, found, thing, about) {
            found.spoken.insert(thing);
        }
        return about;
    }
    graph.names(thing).any(|name| name.contains("Contact")).then_some(about).flatten()
}

/// Whether whatever an association names is told elsewhere: places and numbers with their owner, a role with whose
/// it is.
fn says_no_more(graph: &Graph<'_>, found: &Found, thing: Id, about: Option<Id>) -> bool {
    let of_incident = graph.names(thing).any(|name| name.starts_with("Incident"));
    let mut places = false;
    let mut persons = false;
    let told = graph.items(thing).all(|(_, item)| match item {
        Item::Text(_) => false,
        Item::Thing(held) => match found.kind(found.whole(*held)) {
            Some(Kind::Location) => {
                places = true;
                true
            }
            Some(Kind::Person) => {
                persons = true;
                about.is_some()
            }
            Some(Kind::Phone | Kind::Email | Kind::Vehicle) => about.is_some(),
            Some(Kind::Activity) => of_incident || about.is_none(),
            Some(_) => Some(found.whole(*held)) == about,
            None => is_contact(graph, found, *held),
        },
    });
    told && (about.is_some() || (places && !persons))
}

/// Whether a thing holds ways to reach somebody, and nothing else.
fn is_contact(graph: &Graph<'_>, found: &Found, thing: Id) -> bool {
    graph.is_described(thing)
        && graph.items(thing).all(|(name, item)| match item {
            Item::Text(_) => kind::is_email_field(name),
            Item::Thing(held) => {
                matches!(found.kind(found.whole(*held)), Some(Kind::Phone | Kind::Location | Kind::Email))
            }
        })
}

fn only_person(graph: &Graph<'_>, found: &Found, thing: Id) -> Option<Id> {
    only(graph, found, thing, Kind::Person)
}

fn only(graph: &Graph<'_>, found: &Found, thing: Id, kind: Kind) -> Option<Id> {
    let inner = |(name, held): (&str, Id)| match name {
        "ContactEntity" | "Entity" => graph.held(held).next().map_or(held, |(_, inner)| inner),
        _ => held,
    };
    let mut those = graph
        .held(thing)
        .map(inner)
        .map(|held| found.whole(held))
        .filter(|held| found.kind(*held) == Some(kind));
    let first = those.next()?;
    those.all(|other| other == first).then_some(first)
}

fn mails(graph: &Graph<'_>, found: &mut Found, thing: Id, owner: Option<Id>) {
    for (name, item) in graph.items(thing) {
        if let (true, Item::Text(text)) = (kind::is_email_field(name), item) {
            let element = graph.names(thing).min().unwrap_or(name).to_owned();
            let mail = (owner, text.clone(), element);
            if found.mailed.insert(mail.clone()) {
                found.emails.push(mail);
            }
        }
    }
}

/// An element around a place or number says what that is for, unless it is a thing of a kind of its own.
fn around_of(graph: &Graph<'_>, thing: Id, kind: Option<Kind>) -> Option<String> {
    match kind {
        Some(Kind::Person | Kind::Organization | Kind::Vehicle) => None,
        _ => graph.names(thing).min().map(str::to_owned),
    }
}
