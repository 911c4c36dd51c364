//! Elements of NIEM as things, the same from XML and from JSON.

use pipeline::Reason;
use roxmltree::Node;

use crate::formats::graph::{Graph, Id, Item};
use crate::formats::xml;
use crate::reason::ReasonCode;

/// Attributes that tell a validator something.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Reads an element and all within.
pub(in crate::formats) fn read(root: Node<'_, '_>, graph: &mut Graph<'_>) -> Result<Id, Reason> {
    let root = element(root, graph, 1)?;
    settle(graph);
    Ok(root)
}

fn element(node: Node<'_, '_>, graph: &mut Graph<'_>, depth: usize) -> Result<Id, Reason> {
    if depth >= graph.limits().depth {
        return Err(xml::at(node, ReasonCode::TooDeep, "elements are nested deeper than limits.depth"));
    }
    let refers = structure(node, &["ref"]);
    let identifier = refers.or_else(|| structure(node, &["id", "uri"])).map(local_identifier);
    let id = match identifier.filter(|text| !text.is_empty()) {
        Some(identifier) => graph.identified(identifier)?,
        None => graph.anonymous()?,
    };
    let mut says = identifier.is_none();
    for attribute in node.attributes() {
        let namespace = attribute.namespace().unwrap_or_default();
        let name = attribute.name();
        if is_structures(namespace) || namespace == SCHEMA_INSTANCE {
            continue;
        }
        check_text(node, graph, attribute.value())?;
        match name {
            "ref" if refers.is_some() => {}
            _ if refers_to_metadata(name) => {}
            name => {
                says = true;
                graph.add(id, name, Item::Text(attribute.value().trim().to_owned()))?;
            }
        }
    }
    for attribute in node.attributes() {
        if refers_to_metadata(attribute.name()) {
            says = true;
            for identifier in attribute.value().split_ascii_whitespace() {
                let metadata = graph.identified(local_identifier(identifier))?;
                graph.add(id, METADATA, Item::Thing(metadata))?;
            }
        }
    }
    for child in node.children().filter(Node::is_element) {
        says = true;
        add_child(graph, id, child, depth)?;
    }
    if let Some(text) = own_text(node) {
        check_text(node, graph, &text)?;
        says = true;
        graph.set_text(id, text.trim().to_owned());
    }
    if says {
        graph.describe(id);
    }
    Ok(id)
}

/// Adds what an element inside another says.
pub(in crate::formats) fn add_child(
    graph: &mut Graph<'_>,
    id: Id,
    child: Node<'_, '_>,
    depth: usize,
) -> Result<(), Reason> {
    let name = child.tag_name().name();
    match plain_text(child) {
        Some(text) => {
            check_text(child, graph, &text)?;
            if !text.trim().is_empty() {
                graph.add(id, name, Item::Text(text.trim().to_owned()))?;
            }
        }
        None => {
            let held = element(child, graph, depth + 1)?;
            graph.add(id, &without_reference(child), Item::Thing(held))?;
        }
    }
    Ok(())
}

/// The text of an element without attributes and elements.
fn plain_text(node: Node<'_, '_>) -> Option<String> {
    let plain = node.attributes().all(|a| a.namespace() == Some(SCHEMA_INSTANCE))
        && !node.children().any(|child| child.is_element());
    plain.then(|| joined(node))
}

fn own_text(node: Node<'_, '_>) -> Option<String> {
    let text = joined(node);
    (!text.trim().is_empty()).then_some(text)
}

fn joined(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn check_text(node: Node<'_, '_>, graph: &Graph<'_>, text: &str) -> Result<(), Reason> {
    if text.len() > graph.limits().text_bytes {
        return Err(xml::at(node, ReasonCode::TextTooLong, "a text is longer than limits.text_bytes"));
    }
    Ok(())
}

/// `PersonReference` was a reference to a Person until NIEM 3.
fn without_reference(node: Node<'_, '_>) -> String {
    let name = node.tag_name().name();
    let shorter = name.strip_suffix("Reference").filter(|short| !short.is_empty());
    shorter.filter(|_| structure(node, &["ref"]).is_some()).unwrap_or(name).to_owned()
}

fn is_structures(namespace: &str) -> bool {
    namespace.contains("/structures/") || namespace.ends_with("/structures")
}

/// An attribute of the structures of NIEM; LEXS has a `ref` of its own.
fn structure<'n>(node: Node<'n, '_>, names: &[&str]) -> Option<&'n str> {
    let of_structures = |namespace: &str| is_structures(namespace) || namespace.contains("/lexs");
    names.iter().find_map(|name| {
        let attribute =
            node.attributes().find(|a| a.name() == *name && a.namespace().is_some_and(of_structures))?;
        Some(attribute.value())
    })
}

/// Identifiers of a document are the same with and without the mark of JSON.
fn local_identifier(text: &str) -> &str {
    text.trim().trim_start_matches('#')
}

/// Stands for the name of the element that an attribute refers to, which may come later.
const METADATA: &str = "@metadata";

fn refers_to_metadata(attribute: &str) -> bool {
    matches!(attribute, "metadata" | "relationshipMetadata" | "linkMetadata")
        || attribute.ends_with("MetadataRef")
        || attribute == "metadataRef"
}

/// An augmentation is no thing of its own: what it says is said of the thing that it augments. The same holds for
/// wrappers of a date's form.
pub(in crate::formats) fn settle(graph: &mut Graph<'_>) {
    graph.name_after_target(METADATA, "Metadata");
    graph.lift(&|name| name.ends_with("Augmentation"), DATE_FORMS);
}

/// The forms in which NIEM writes a date.
const DATE_FORMS: &[&str] =
    &["Date", "DateTime", "ZuluDateTime", "Year", "YearDate", "YearMonth", "YearMonthDate"];
