//! Things that refer to each other, as documents of JSON-LD and NIEM hold them, and the trees that they make.
//!
//! A thing is known by its identifier wherever it is described: what several places say of one identifier is said of
//! one thing. Trees that are made of things are bounded: a thing that holds itself stands for its identifier, and
//! what references copy counts like any value.

use std::collections::HashMap;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::reason::ReasonCode;
use crate::source::Limits;

/// A thing, by its place in the graph.
pub(super) type Id = usize;
/// A name of a field, of an element or of a type, by its place among the names.
type Name = u32;

/// What a field holds.
#[derive(Debug)]
pub(super) enum Item {
    Text(String),
    Thing(Id),
}

/// What is said of one thing.
#[derive(Debug, Default)]
struct Thing {
    identifier: Option<Box<str>>,
    /// Fields that hold it; in a document of elements, the elements that it is.
    names: Vec<Name>,
    types: Vec<Name>,
    text: Option<String>,
    items: Vec<(Name, Item)>,
    /// In how many places something is said of it.
    described: u32,
}

/// More names of one thing say nothing new.
const NAMES_MAX: usize = 64;

/// The things of one message.
pub(super) struct Graph<'l> {
    limits: &'l Limits,
    things: Vec<Thing>,
    by_identifier: HashMap<Box<str>, Id>,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, Name>,
    values: usize,
}

impl<'l> Graph<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            things: Vec::new(),
            by_identifier: HashMap::new(),
            names: Vec::new(),
            by_name: HashMap::new(),
            values: 0,
        }
    }

    pub(super) fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// A thing without identifier.
    pub(super) fn anonymous(&mut self) -> Result<Id, Reason> {
        self.count()?;
        self.things.push(Thing::default());
        Ok(self.things.len() - 1)
    }

    /// The thing that has this identifier, described or not.
    pub(super) fn identified(&mut self, identifier: &str) -> Result<Id, Reason> {
        if let Some(id) = self.by_identifier.get(identifier) {
            return Ok(*id);
        }
        let id = self.anonymous()?;
        self.by_identifier.insert(identifier.into(), id);
        if let Some(thing) = self.things.get_mut(id) {
            thing.identifier = Some(identifier.into());
        }
        Ok(id)
    }

    /// Says something more of a thing.
    pub(super) fn add(&mut self, thing: Id, name: &str, item: Item) -> Result<(), Reason> {
        self.count()?;
        let name = self.intern(name);
        if let Item::Thing(held) = item {
            self.call(held, name);
        }
        if let Some(thing) = self.things.get_mut(thing) {
            thing.items.push((name, item));
        }
        Ok(())
    }

    pub(super) fn add_type(&mut self, thing: Id, name: &str) {
        let name = self.intern(name);
        if let Some(thing) = self.things.get_mut(thing)
            && thing.types.len() < NAMES_MAX
            && !thing.types.contains(&name)
        {
            thing.types.push(name);
        }
    }

    /// The text of a thing that has fields too.
    pub(super) fn set_text(&mut self, thing: Id, text: String) {
        if let Some(thing) = self.things.get_mut(thing) {
            thing.text = Some(text);
        }
    }

    /// Counts a place that describes a thing.
    pub(super) fn describe(&mut self, thing: Id) {
        if let Some(thing) = self.things.get_mut(thing) {
            thing.described = thing.described.saturating_add(1);
        }
    }

    /// Puts what things without identifier say in the place of them, where they only wrap it: in fields that `wraps`
    /// names all, and elsewhere one text in a field of `forms`. Wrapped things come after what holds them.
    pub(super) fn lift(&mut self, wraps: &dyn Fn(&str) -> bool, forms: &[&str]) {
        for holder in (0..self.things.len()).rev() {
            let items = self.things.get_mut(holder).map(|thing| std::mem::take(&mut thing.items));
            let mut lifted = Vec::new();
            for (name, item) in items.unwrap_or_default() {
                let Item::Thing(held) = item else {
                    lifted.push((name, item));
                    continue;
                };
                let bare = self
                    .things
                    .get(held)
                    .is_some_and(|thing| thing.identifier.is_none() && thing.text.is_none() && held > holder);
                if bare && wraps(self.word(name)) {
                    let inner = self.things.get_mut(held).map(|thing| std::mem::take(&mut thing.items));
                    lifted.extend(inner.unwrap_or_default());
                } else if let Some(text) = self.only_text(held, forms).filter(|_| bare) {
                    lifted.push((name, Item::Text(text)));
                } else {
                    lifted.push((name, Item::Thing(held)));
                }
            }
            if let Some(thing) = self.things.get_mut(holder) {
                thing.items = lifted;
            }
        }
    }

    /// Gives fields that were read under `mark` the name of the element that they refer to, or else another.
    pub(super) fn name_after_target(&mut self, mark: &str, or_else: &str) {
        let (mark, or_else) = (self.intern(mark), self.intern(or_else));
        for holder in 0..self.things.len() {
            let items = self.things.get_mut(holder).map(|thing| std::mem::take(&mut thing.items));
            let mut items = items.unwrap_or_default();
            for (name, item) in items.iter_mut().filter(|(name, _)| *name == mark) {
                let target = match item {
                    Item::Thing(held) => self.things.get(*held),
                    Item::Text(_) => None,
                };
                let names = target.into_iter().flat_map(|thing| &thing.names).filter(|known| **known != mark);
                *name = names.copied().min_by_key(|known| self.word(*known)).unwrap_or(or_else);
            }
            if let Some(thing) = self.things.get_mut(holder) {
                thing.items = items;
            }
        }
        self.things.iter_mut().for_each(|thing| thing.names.retain(|name| *name != mark));
    }

    /// The text of a thing that holds nothing else, in a field of such a name.
    fn only_text(&self, thing: Id, names: &[&str]) -> Option<String> {
        match self.things.get(thing)?.items.as_slice() {
            [(name, Item::Text(text))] if names.contains(&self.word(*name)) => Some(text.clone()),
            _ => None,
        }
    }

    fn call(&mut self, thing: Id, name: Name) {
        if let Some(thing) = self.things.get_mut(thing)
            && thing.names.len() < NAMES_MAX
            && !thing.names.contains(&name)
        {
            thing.names.push(name);
        }
    }

    fn intern(&mut self, name: &str) -> Name {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let next = Name::try_from(self.names.len()).unwrap_or(Name::MAX);
        self.names.push(name.into());
        self.by_name.insert(name.into(), next);
        next
    }

    fn count(&mut self) -> Result<(), Reason> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(too_many_values());
        }
        Ok(())
    }

    fn word(&self, name: Name) -> &str {
        usize::try_from(name).ok().and_then(|at| self.names.get(at)).map_or("", |name| name)
    }

    /// Every thing.
    pub(super) fn ids(&self) -> std::ops::Range<Id> {
        0..self.things.len()
    }

    pub(super) fn identifier(&self, thing: Id) -> Option<&str> {
        self.things.get(thing)?.identifier.as_deref()
    }

    /// Whether anything is said of it.
    pub(super) fn is_described(&self, thing: Id) -> bool {
        self.things.get(thing).is_some_and(|thing| thing.described > 0)
    }

    /// Whether several places describe it.
    pub(super) fn is_described_again(&self, thing: Id) -> bool {
        self.things.get(thing).is_some_and(|thing| thing.described > 1)
    }

    /// The fields that hold it.
    pub(super) fn names(&self, thing: Id) -> impl Iterator<Item = &str> {
        self.things.get(thing).into_iter().flat_map(|thing| &thing.names).map(|name| self.word(*name))
    }

    pub(super) fn types(&self, thing: Id) -> impl Iterator<Item = &str> {
        self.things.get(thing).into_iter().flat_map(|thing| &thing.types).map(|name| self.word(*name))
    }

    /// What is said of it, in order.
    pub(super) fn items(&self, thing: Id) -> impl Iterator<Item = (&str, &Item)> {
        let items = self.things.get(thing).map(|thing| thing.items.as_slice()).unwrap_or_default();
        items.iter().map(|(name, item)| (self.word(*name), item))
    }

    /// The things in a field.
    pub(super) fn things<'a>(&'a self, thing: Id, name: &'a str) -> impl Iterator<Item = Id> + 'a {
        self.items(thing).filter_map(move |(field, item)| match item {
            Item::Thing(held) if field == name => Some(*held),
            _ => None,
        })
    }

    /// Every thing that it holds.
    pub(super) fn held(&self, thing: Id) -> impl Iterator<Item = (&str, Id)> {
        self.items(thing).filter_map(|(name, item)| match item {
            Item::Thing(held) => Some((name, *held)),
            Item::Text(_) => None,
        })
    }

    /// The first text in a field, or that of the thing in it.
    pub(super) fn text(&self, thing: Id, name: &str) -> Option<&str> {
        self.items(thing).filter(|(field, _)| *field == name).find_map(|(_, item)| match item {
            Item::Text(text) => Some(text.as_str()),
            Item::Thing(held) => self.things.get(*held)?.text.as_deref(),
        })
    }
}

/// What stands in a tree where a thing would stand.
pub(super) enum Stead {
    /// The thing itself.
    Itself,
    /// Nothing: it is told elsewhere.
    Nothing,
    /// A name of it.
    Called(String),
}

/// Makes trees of things. Whatever it makes counts, so that nothing grows by being referred to again and again.
pub(super) struct Trees<'g, 'l> {
    graph: &'g Graph<'l>,
    values: usize,
    open: Vec<bool>,
}

impl<'g, 'l> Trees<'g, 'l> {
    pub(super) fn new(graph: &'g Graph<'l>) -> Self {
        Self { graph, values: 0, open: vec![false; graph.things.len()] }
    }

    /// What is said of these things, as of one. `stead` chooses what stands for a thing, `tells` which fields there are.
    pub(super) fn fields(
        &mut self,
        things: &[Id],
        stead: &dyn Fn(Id) -> Stead,
        tells: &dyn Fn(&str) -> bool,
    ) -> Result<ObjectMap, Reason> {
        let mut fields = ObjectMap::new();
        for thing in things {
            self.set_open(*thing, true);
            let more = self.add_fields(&mut fields, *thing, 1, stead, tells);
            self.set_open(*thing, false);
            more?;
        }
        Ok(fields)
    }

    /// How many values were made.
    pub(super) fn made(&self) -> usize {
        self.values
    }

    fn set_open(&mut self, thing: Id, open: bool) {
        if let Some(slot) = self.open.get_mut(thing) {
            *slot = open;
        }
    }

    fn add_fields(
        &mut self,
        fields: &mut ObjectMap,
        thing: Id,
        depth: usize,
        stead: &dyn Fn(Id) -> Stead,
        tells: &dyn Fn(&str) -> bool,
    ) -> Result<(), Reason> {
        let graph = self.graph;
        if depth >= graph.limits.depth {
            return Err(ReasonCode::TooDeep.with("things hold each other deeper than limits.depth"));
        }
        if let Some(text) = graph.things.get(thing).and_then(|thing| thing.text.as_ref()) {
            self.put(fields, "#text", Value::from(text.as_str()))?;
        }
        for (name, item) in graph.items(thing).filter(|(name, _)| tells(name)) {
            let value = match item {
                Item::Text(text) => Value::from(text.as_str()),
                Item::Thing(held) => match self.value(*held, depth + 1, stead, tells)? {
                    Some(value) => value,
                    None => continue,
                },
            };
            self.put(fields, name, value)?;
        }
        Ok(())
    }

    /// What stands for a thing in a tree; `None` where nothing does.
    fn value(
        &mut self,
        thing: Id,
        depth: usize,
        stead: &dyn Fn(Id) -> Stead,
        tells: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Value>, Reason> {
        match stead(thing) {
            Stead::Itself => {}
            Stead::Nothing => return Ok(None),
            Stead::Called(name) => return Ok(Some(Value::from(name))),
        }
        let graph = self.graph;
        let again = self.open.get(thing).copied().unwrap_or(true);
        if again || !graph.is_described(thing) {
            return Ok(graph.identifier(thing).map(Value::from));
        }
        self.set_open(thing, true);
        let mut fields = ObjectMap::new();
        let made = self.add_fields(&mut fields, thing, depth, stead, tells);
        self.set_open(thing, false);
        made?;
        Ok(match (fields.len(), fields.remove("#text")) {
            (0, _) => None,
            (1, Some(text)) => Some(text),
            (_, text) => {
                fields.extend(text.map(|text| ("#text".into(), text)));
                Some(Value::Object(fields))
            }
        })
    }

    /// A field that is there already becomes a list.
    fn put(&mut self, fields: &mut ObjectMap, name: &str, value: Value) -> Result<(), Reason> {
        self.values += 1;
        if self.values > self.graph.limits.values {
            return Err(too_many_values());
        }
        match fields.get_mut(name) {
            None => {
                fields.insert(name.into(), value);
            }
            Some(Value::Array(items)) => {
                if items.len() >= self.graph.limits.entries {
                    return Err(too_many_items());
                }
                items.push(value);
            }
            Some(one) => {
                let former = std::mem::replace(one, Value::Null);
                *one = Value::Array(vec![former, value]);
            }
        }
        Ok(())
    }
}

pub(super) fn too_many_values() -> Reason {
    ReasonCode::TooManyValues
        .with("there are more values than limits.values, those that references repeat counted")
}

pub(super) fn too_many_items() -> Reason {
    ReasonCode::TooManyEntries.with("a list holds more items than limits.entries")
}

#[cfg(test)]
mod tests;
