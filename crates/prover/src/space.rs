//! Which facts a situation has: every attribute of partner, lead and context that the schema names.
//!
//! INVARIANT: all of them are flags or closed lists, so that a situation can be read, and told in words.

use serde_json::Value as Json;

use cedar_policy::SchemaFragment;

use crate::error::Error;
use crate::words;

/// Of whom a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Partner,
    Lead,
    Now,
}

impl Owner {
    /// Its variable in conditions.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Partner => "principal",
            Self::Lead => "resource",
            Self::Now => "context",
        }
    }
}

/// One fact.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) owner: Owner,
    pub(crate) name: String,
    /// The type of a code, and its symbols, the plainest first; none is a flag, whose values are false and true.
    pub(crate) codes: Option<(String, Vec<String>)>,
}

/// Every fact.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub(crate) facts: Vec<Fact>,
    pub(crate) actions: Vec<String>,
}

impl Fact {
    /// How many values it can have.
    pub(crate) fn values(&self) -> usize {
        self.codes.as_ref().map_or(2, |(_, symbols)| symbols.len())
    }

    /// A condition that says: it has this value.
    pub(crate) fn is(&self, value: usize) -> String {
        let variable = self.owner.variable();
        match &self.codes {
            None => format!("{variable}.{} == {}", self.name, value == 1),
            Some((kind, _)) => {
                format!("{variable}.{} == {kind}::{:?}", self.name, self.symbol(value))
            }
        }
    }

    /// The symbol of a value of a code.
    pub(crate) fn symbol(&self, value: usize) -> &str {
        let symbols = self.codes.as_ref().map(|(_, symbols)| symbols);
        symbols.and_then(|symbols| symbols.get(value)).map_or("", String::as_str)
    }
}

impl Space {
    pub(crate) fn parse(schema: &str) -> Result<Self, Error> {
        let (fragment, _) =
            SchemaFragment::from_cedarschema_str(schema).map_err(|error| Error::Schema(error.to_string()))?;
        let json = fragment.to_json_value().map_err(|error| Error::Schema(error.to_string()))?;
        Self::of(json.get("").unwrap_or(&Json::Null))
            .ok_or_else(|| Error::Schema(format!("{EXPECTED}, without a namespace")))
            .and_then(|space| space)
    }

    fn of(schema: &Json) -> Option<Result<Self, Error>> {
        let actions = schema.get("actions")?.as_object()?;
        let applies: Vec<&Json> = actions.values().filter_map(|action| action.get("appliesTo")).collect();
        let first = *applies.first()?;
        if applies.len() != actions.len() || applies.iter().any(|one| *one != first) {
            return Some(Err(Error::Schema(EXPECTED.to_owned())));
        }
        let only = |field: &str| match first.get(field)?.as_array()?.as_slice() {
            [Json::String(name)] => Some(name.clone()),
            _ => None,
        };
        let (partner, lead) = (only("principalTypes")?, only("resourceTypes")?);
        let entity = |name: &str| schema.get("entityTypes")?.get(name)?.get("shape");
        let mut facts = Vec::new();
        let records = [
            (Owner::Partner, entity(&partner)?),
            (Owner::Lead, entity(&lead)?),
            (Owner::Now, first.get("context")?),
        ];
        for (owner, record) in records {
            let attributes = resolved(schema, record)?.get("attributes")?.as_object()?;
            for (name, attribute) in attributes {
                let optional = attribute.get("required").and_then(Json::as_bool) == Some(false);
                match codes(schema, attribute).filter(|_| !optional) {
                    Some(codes) => facts.push(Fact { owner, name: name.clone(), codes }),
                    None => {
                        let fault =
                            format!("`{name}`: expected a flag or a closed list that is always there");
                        return Some(Err(Error::Schema(fault)));
                    }
                }
            }
        }
        facts.sort_by_key(|fact| (fact.owner, words::place(fact.owner, &fact.name), fact.name.clone()));
        Some(Ok(Self { facts, actions: actions.keys().cloned().collect() }))
    }
}

const EXPECTED: &str =
    "expected that all actions apply to one type of partner and one of lead, in one context";

/// What a common type stands for.
fn resolved<'a>(schema: &'a Json, record: &'a Json) -> Option<&'a Json> {
    match record.get("attributes") {
        Some(_) => Some(record),
        None => schema.get("commonTypes")?.get(record.get("name").or_else(|| record.get("type"))?.as_str()?),
    }
}

/// `Some(None)` is a flag, `None` nothing that can be told.
fn codes(schema: &Json, attribute: &Json) -> Option<Option<(String, Vec<String>)>> {
    let kind = attribute.get("name").or_else(|| attribute.get("type"))?.as_str()?;
    if matches!(kind, "Bool" | "Boolean" | "__cedar::Bool") {
        return Some(None);
    }
    let symbols = schema.get("entityTypes")?.get(kind)?.get("enum")?.as_array()?;
    let mut symbols: Vec<String> = symbols.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    symbols.sort_by_key(|symbol| !words::is_plain(symbol));
    Some(Some((kind.to_owned(), symbols)))
}
