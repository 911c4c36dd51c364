//! JSON-LD 1.1 as far as documents of standards use it: names by their context, values, and things by their
//! identifiers. No context is ever fetched: what a document does not define itself is a local name as it stands.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::formats::graph::{Graph, Id, Item};
use crate::reason::ReasonCode;

mod context;

pub(super) use context::{Context, Term};

/// Reads a document into a graph; returns the things at its top, in order.
pub(super) fn read(document: Value, graph: &mut Graph<'_>) -> Result<Vec<Id>, Reason> {
    let context = Context::default();
    let mut top = Vec::new();
    at_top(document, &context, graph, &mut top, 1)?;
    Ok(top)
}

/// A list of things, an object with a graph, or one thing.
fn at_top(
    document: Value,
    context: &Context<'_>,
    graph: &mut Graph<'_>,
    top: &mut Vec<Id>,
    depth: usize,
) -> Result<(), Reason> {
    check_depth(graph, depth)?;
    match document {
        Value::Array(items) => {
            for item in items {
                at_top(item, context, graph, top, depth + 1)?;
            }
        }
        Value::Object(mut fields) => {
            let context = context.within(fields.remove("@context"));
            let mut graphs = Vec::new();
            let keys: Vec<_> = fields.keys().cloned().collect();
            for key in keys {
                if matches!(context.term(&key), Term::Graph) {
                    graphs.extend(fields.remove(&key));
                }
            }
            let named_alone = fields.keys().all(|key| matches!(context.term(key), Term::Id | Term::Other));
            if graphs.is_empty() || !named_alone {
                top.push(thing(fields, &context, graph, depth)?);
            }
            for inner in graphs {
                at_top(inner, &context, graph, top, depth + 1)?;
            }
        }
        _ => return Err(ReasonCode::NotAnObject.with("expected an object as the message")),
    }
    Ok(())
}

fn check_depth(graph: &Graph<'_>, depth: usize) -> Result<(), Reason> {
    if depth >= graph.limits().depth {
        return Err(ReasonCode::TooDeep.with("values are nested deeper than limits.depth"));
    }
    Ok(())
}

/// One thing. An object that says no more than an identifier refers to it.
fn thing(
    fields: ObjectMap,
    context: &Context<'_>,
    graph: &mut Graph<'_>,
    depth: usize,
) -> Result<Id, Reason> {
    check_depth(graph, depth)?;
    // NIEM knows a thing by either of them.
    let identifier = fields.iter().find_map(|(key, value)| match (context.term(key), value) {
        (Term::Id, Value::String(text)) => Some(context.identifier(text)),
        _ => None,
    });
    let id = match identifier.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(identifier) => graph.identified(identifier)?,
        None => graph.anonymous()?,
    };
    let mut says = identifier.is_none();
    for (key, value) in fields {
        match context.term(&key) {
            Term::Id | Term::Other => {}
            Term::Type => {
                says = true;
                for name in items(value) {
                    if let Value::String(name) = name {
                        graph.add_type(id, context.local(&name));
                    }
                }
            }
            Term::Value => {
                says = true;
                if let Some(text) = text(&value) {
                    graph.set_text(id, text);
                }
            }
            Term::Graph | Term::Included => {
                says = true;
                let mut inside = Vec::new();
                at_top(value, context, graph, &mut inside, depth + 1)?;
                for held in inside {
                    graph.add(id, "included", Item::Thing(held))?;
                }
            }
            Term::Language => graph.add(id, "lang", Item::Text(text(&value).unwrap_or_default()))?,
            Term::Field(name) => {
                says = true;
                // NIEM 6 writes simple content beside other fields as `TextLiteral` and the like.
                if let Some(text) = text(&value).filter(|_| name.ends_with("Literal")) {
                    graph.set_text(id, text);
                    continue;
                }
                let name = name.to_owned();
                field(id, &name, value, context, graph, depth)?;
            }
        }
    }
    if says {
        graph.describe(id);
    }
    Ok(id)
}

fn field(
    id: Id,
    name: &str,
    value: Value,
    context: &Context<'_>,
    graph: &mut Graph<'_>,
    depth: usize,
) -> Result<(), Reason> {
    check_depth(graph, depth)?;
    for value in items(value) {
        match value {
            Value::Object(mut fields) => {
                let outer = context;
                let context = outer.within(fields.remove("@context"));
                if let Some(inner) = list_of(&mut fields, &context) {
                    field(id, name, inner, &context, graph, depth + 1)?;
                } else if let Some(text) = literal(&fields, &context) {
                    graph.add(id, name, Item::Text(text))?;
                } else if !fields.is_empty() {
                    let held = thing(fields, &context, graph, depth + 1)?;
                    graph.add(id, name, Item::Thing(held))?;
                }
            }
            Value::Array(inner) => field(id, name, Value::Array(inner), context, graph, depth + 1)?,
            other => {
                if let Some(text) = text(&other) {
                    match context.refers(name) {
                        true => {
                            let held = graph.identified(&context.identifier(&text))?;
                            graph.add(id, name, Item::Thing(held))?;
                        }
                        false => graph.add(id, name, Item::Text(text))?,
                    }
                }
            }
        }
    }
    Ok(())
}

/// The items of `@list` or `@set`.
fn list_of(fields: &mut ObjectMap, context: &Context<'_>) -> Option<Value> {
    let key = fields.keys().find(|key| matches!(context.keyword(key), Some("@list" | "@set")))?.clone();
    fields.remove(&key)
}

/// The text of a value object: one without anything but its type and language.
fn literal(fields: &ObjectMap, context: &Context<'_>) -> Option<String> {
    let alone = fields.keys().all(|key| matches!(context.term(key), Term::Value | Term::Type | Term::Other));
    let value = fields.iter().find(|(key, _)| matches!(context.term(key), Term::Value));
    alone.then_some(value).flatten().and_then(|(_, value)| text(value))
}

fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// What a scalar says; white space around it says nothing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
