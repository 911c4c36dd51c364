//! CASE/UCO: graphs of cyber investigations in JSON-LD.
//!
//! Facets stand with the thing that they describe, under their names without `Facet`; what a thing refers to stands by
//! its name or number. The tree has `investigation`, and as lists `persons` (contacts among them), `organizations`,
//! `accounts`, `messages`, `files`, `devices`, `addresses` (of networks), `urls`, `locations`, `actions`, `records`,
//! `notes`, `relationships` and `things`, which is the rest. Who has an account, device or place follows from
//! relationships, and is its `owner`. A message that holds several investigations is an entry for each.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::formats::graph::{Graph, Id};
use crate::formats::{Decoded, Format, json, jsonld};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod parts;
mod thing;
mod tree;

pub(crate) struct Case;

impl Format for Case {
    fn name(&self) -> &'static str {
        "case"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let (graph, top) = read(value, limits)?;
        let mut left = limits.values;
        let mut entries = Vec::new();
        let things = thing::Things::of(&graph, &top);
        for part in parts::of(&graph, &things)? {
            match tree::of(&graph, &things, &part, &mut left) {
                // What is left is left for all: without it, none is read.
                Err(reason) if reason.code == ReasonCode::TooManyValues.code() => return Err(reason),
                entry => entries.push(entry.map(Value::Object)),
            }
        }
        Ok(Decoded::Entries(entries))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        parts::alone(value, limits, entries).unwrap_or_else(|| vec![None; entries.len()])
    }
}

/// The things of a message, and those at its top.
fn read<'l>(value: &[u8], limits: &'l Limits) -> Result<(Graph<'l>, Vec<Id>), Reason> {
    let document = json::tree(value, limits)?;
    if !matches!(&document, Value::Object(_) | Value::Array(_)) {
        return Err(ReasonCode::NotAnObject.with("expected an object as the message"));
    }
    if !says_uco(&document) {
        return Err(
            ReasonCode::OtherDocument.with("expected a document of JSON-LD with terms of CASE or UCO")
        );
    }
    let mut graph = Graph::new(limits);
    let top = jsonld::read(document, &mut graph)?;
    if !graph.ids().any(|thing| graph.is_described(thing) && graph.types(thing).next().is_some()) {
        return Err(ReasonCode::EmptySubmission.with("expected things with types in the graph"));
    }
    Ok((graph, top))
}

/// Whether a context or, without one, a name or type at the top is of CASE or UCO.
fn says_uco(document: &Value) -> bool {
    let is_uco = |text: &str| {
        ["uco-", "case-", "unifiedcyberontology.org", "caseontology.org", "/uco/", "/case/"]
            .iter()
            .any(|part| text.contains(part))
    };
    let says = |fields: &ObjectMap| {
        fields.iter().any(|(name, value)| {
            is_uco(name)
                || match value {
                    Value::Object(context) => {
                        context.iter().any(|(name, iri)| is_uco(name) || iri.to_str().is_some_and(is_uco))
                    }
                    Value::Array(items) => items.iter().any(|item| match item {
                        Value::Object(fields) => fields
                            .iter()
                            .any(|(name, value)| is_uco(name) || value.to_str().is_some_and(is_uco)),
                        item => item.to_str().is_some_and(is_uco),
                    }),
                    value => value.to_str().is_some_and(is_uco),
                }
        })
    };
    match document {
        Value::Object(fields) => says(fields),
        Value::Array(items) => items.iter().any(|item| matches!(item, Value::Object(fields) if says(fields))),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
