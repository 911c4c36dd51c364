//! LEXS 3.1 and 4: publications of justice systems, such as those of N-DEx.
//!
//! Each `DataItemPackage` is an entry. Its digest and payloads are read as NIEM is: the lists `persons`,
//! `organizations`, `locations` and so on, each thing complete, with the associations of the digest followed and what
//! payloads say of a thing of the digest said of that thing. Beside them stand `metadata` (the package's), `message`
//! and `submitter` (the message's).

use pipeline::Reason;
use roxmltree::{Document, Node};
use vrl::value::{ObjectMap, Value};

use crate::formats::graph::{Graph, Stead, Trees, too_many_items};
use crate::formats::niem::{elements, entities};
use crate::formats::{Decoded, Format, text, xml};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Lexs;

impl Format for Lexs {
    fn name(&self) -> &'static str {
        "lexs"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let document = xml::parse(value, limits)?;
        let packages = packages(&document, limits)?;
        let mut left = limits.clone();
        let mut entries = Vec::new();
        for package in packages {
            // References copy: what one package takes is not there for the next, and without any left none is read.
            let entry = match entry(package, &left) {
                Err(reason) if reason.code == ReasonCode::TooManyValues.code() => return Err(reason),
                entry => entry,
            };
            left.values = left.values.saturating_sub(entry.as_ref().map_or(0, size));
            entries.push(entry);
        }
        Ok(Decoded::Entries(entries))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        cut(value, limits, entries).unwrap_or_else(|| vec![None; entries.len()])
    }
}

/// The packages of a publication.
fn packages<'d>(document: &'d Document<'_>, limits: &Limits) -> Result<Vec<Node<'d, 'd>>, Reason> {
    let is_lexs =
        |node: &Node<'_, '_>| node.tag_name().namespace().is_some_and(|space| space.contains("lexs"));
    let mut packages = Vec::new();
    let mut publication = false;
    for node in document.descendants().filter(|node| is_lexs(node)) {
        match node.tag_name().name() {
            "PublishMessage" | "PublishMessageContainer" | "doPublish" => publication = true,
            "DataItemPackage" => packages.push(node),
            _ => {}
        }
        if packages.len() > limits.entries {
            return Err(too_many_items());
        }
    }
    if packages.is_empty() {
        return Err(match publication {
            true => ReasonCode::EmptySubmission.with("expected a DataItemPackage in the PublishMessage"),
            false => {
                ReasonCode::OtherDocument.with("expected a PublishMessage of LEXS with DataItemPackages")
            }
        });
    }
    Ok(packages)
}

fn entry(package: Node<'_, '_>, limits: &Limits) -> Result<Value, Reason> {
    let mut graph = Graph::new(limits);
    let root = graph.anonymous()?;
    graph.describe(root);
    for child in package.children().filter(Node::is_element) {
        if child.tag_name().name() != "PackageMetadata" {
            elements::add_child(&mut graph, root, child, 1)?;
        }
    }
    elements::settle(&mut graph);
    let mut entry = entities::gather(&graph, &[root], None)?;
    let around = package.parent().into_iter().flat_map(|message| message.children());
    let around: Vec<_> = around.chain(package.children()).filter(Node::is_element).collect();
    for (name, field) in [
        ("PackageMetadata", "metadata"),
        ("PDMessageMetadata", "message"),
        ("DataSubmitterMetadata", "submitter"),
    ] {
        if let Some(node) = around.iter().find(|node| node.tag_name().name() == name) {
            entry.insert(field.into(), Value::Object(plain(*node, limits)?));
        }
    }
    Ok(Value::Object(entry))
}

/// What an element says, with nothing gathered from it.
fn plain(node: Node<'_, '_>, limits: &Limits) -> Result<ObjectMap, Reason> {
    let mut graph = Graph::new(limits);
    let root = elements::read(node, &mut graph)?;
    Trees::new(&graph).fields(&[root], &|_| Stead::Itself, &|_| true)
}

/// How many values a tree holds.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// Messages in which only one package is left each, otherwise as they came.
fn cut(value: &[u8], limits: &Limits, entries: &[usize]) -> Option<Vec<Option<Vec<u8>>>> {
    let document = xml::parse(value, limits).ok()?;
    let text = text(value).ok()?;
    let packages: Vec<_> = packages(&document, limits).ok()?.iter().map(|package| package.range()).collect();
    let first = packages.first()?.start;
    let last = packages.last()?.end;
    // Between packages there is white space, or the end of a message and the head of the next.
    let mut between = String::new();
    let mut places = Vec::new();
    let mut at = first;
    for package in &packages {
        between.push_str(text.get(at..package.start)?);
        places.push(between.len());
        at = package.end;
    }
    let (head, tail) = (text.get(..first)?, text.get(last..)?);
    let repeated = head.len() + between.len() + tail.len();
    if repeated.saturating_mul(entries.len()) > limits.bytes.saturating_mul(2) {
        return None;
    }
    let alone = |entry: &usize| {
        let (package, place) = (packages.get(*entry)?, *places.get(*entry)?);
        let parts = [head, between.get(..place)?, text.get(package.clone())?, between.get(place..)?, tail];
        Some(parts.concat().into_bytes())
    };
    Some(entries.iter().map(alone).collect())
}

#[cfg(test)]
mod tests;
