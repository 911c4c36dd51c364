//! NIEM, of any exchange, in XML or JSON: one tree for one document, whichever way it is written.
//!
//! Names are those of NIEM without prefix; so versions differ in names alone. An element that refers to another is that
//! other, wherever it stands, and what the same identifier or URI describes in several places is one thing. A role
//! stands for the person who has it. The tree gathers what leads are made of (`persons`, `organizations`,
//! `locations`, `vehicles`, `items`, `activities`, `offenses`, `trafficking`, `phones`, `emails`), each complete, with
//! `roles`, the elements that it is; what remains of the document is `rest`. One document is one entry.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::formats::graph::{Graph, Item};
use crate::formats::{Decoded, Format, json, jsonld, xml};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(super) mod elements;
pub(super) mod entities;
mod kind;
mod owner;

pub(crate) struct Niem;

impl Format for Niem {
    fn name(&self) -> &'static str {
        "niem"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let first = value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(value).trim_ascii_start().first();
        let entry = if first == Some(&b'<') { of_xml(value, limits)? } else { of_json(value, limits)? };
        Ok(Decoded::Entries(vec![Ok(Value::Object(entry))]))
    }
}

fn of_xml(value: &[u8], limits: &Limits) -> Result<ObjectMap, Reason> {
    let document = xml::parse(value, limits)?;
    let element = document.root_element();
    let mut graph = Graph::new(limits);
    let root = elements::read(element, &mut graph)?;
    let names: Vec<_> = element.descendants().filter_map(|node| node.tag_name().namespace()).collect();
    if !names.iter().any(|name| is_niem(name)) {
        return Err(other_document());
    }
    entities::gather(&graph, &[root], Some(element.tag_name().name()))
}

fn of_json(value: &[u8], limits: &Limits) -> Result<ObjectMap, Reason> {
    let tree = json::tree(value, limits)?;
    if !says_niem(&tree) {
        return Err(other_document());
    }
    let mut graph = Graph::new(limits);
    let top = jsonld::read(tree, &mut graph)?;
    elements::settle(&mut graph);
    // The root element of JSON is the only field of the document.
    if let [document] = top.as_slice() {
        let mut held = graph.items(*document).filter(|(name, _)| *name != "lang");
        if let (Some((name, Item::Thing(root))), None) = (held.next(), held.next()) {
            return entities::gather(&graph, &[*root], Some(name));
        }
    }
    entities::gather(&graph, &top, None)
}

/// Whether a namespace is of NIEM or its predecessors.
fn is_niem(namespace: &str) -> bool {
    ["niem.gov/", "niemopen.org/", "/niem/"].iter().any(|part| namespace.contains(part))
}

/// Whether a context of JSON names NIEM, or, where the context stands elsewhere, a field has a prefix of its core.
fn says_niem(document: &Value) -> bool {
    let says = |object: &ObjectMap| match object.get("@context") {
        Some(Value::Object(context)) => context.values().any(|iri| iri.to_str().is_some_and(is_niem)),
        Some(Value::Array(parts)) => parts.iter().any(|part| match part {
            Value::Object(context) => context.values().any(|iri| iri.to_str().is_some_and(is_niem)),
            other => other.to_str().is_some_and(is_niem),
        }),
        Some(other) if other.to_str().is_some_and(is_niem) => true,
        _ => object.iter().any(|(name, value)| {
            let inside = |value: &Value| match value {
                Value::Object(fields) => fields.keys().any(|name| name.starts_with("nc:")),
                _ => false,
            };
            name.starts_with("nc:")
                || inside(value)
                || matches!(value, Value::Array(items) if items.iter().any(inside))
        }),
    };
    match document {
        Value::Object(object) => says(object),
        Value::Array(items) => items.iter().any(|item| matches!(item, Value::Object(object) if says(object))),
        _ => false,
    }
}

fn other_document() -> Reason {
    ReasonCode::OtherDocument.with("expected a document whose elements are in a namespace of NIEM")
}

#[cfg(test)]
mod tests;
