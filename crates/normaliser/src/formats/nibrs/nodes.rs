//! Elements of an XML report, read within limits. What was read is remembered, so that the rest is known.

use std::collections::HashSet;

use pipeline::Reason;
use roxmltree::{Document, Node, NodeId};
use vrl::value::{ObjectMap, Value};

use super::{put, put_list};
use crate::reason::ReasonCode;
use crate::source::Limits;

/// Elements that are looked at, for each value that a message may hold: references make that many of few.
const LOOKS_PER_VALUE: usize = 64;

/// Reads the elements of one message.
pub(super) struct Nodes<'l> {
    limits: &'l Limits,
    /// Elements that may still be looked at.
    looks: usize,
    /// Values that may still be written.
    values: usize,
    /// Bytes of texts that may still be written: a reference may repeat a long one.
    bytes: usize,
    /// Elements whose text was read.
    taken: HashSet<NodeId>,
    /// Elements whose attributes were read.
    attributes_taken: HashSet<NodeId>,
}

impl<'l> Nodes<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            looks: limits.values.saturating_mul(LOOKS_PER_VALUE),
            values: limits.values,
            bytes: limits.bytes,
            taken: HashSet::new(),
            attributes_taken: HashSet::new(),
        }
    }

    fn look(&mut self) -> Result<(), Reason> {
        self.looks = self.looks.checked_sub(1).ok_or_else(too_many)?;
        Ok(())
    }

    /// Counts a text that is about to be written.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Reason> {
        self.values = self.values.checked_sub(1).ok_or_else(too_many)?;
        self.bytes = self.bytes.checked_sub(text.len()).ok_or_else(too_many)?;
        Ok(())
    }

    /// Counts a value that is about to be repeated.
    pub(super) fn write_all(&mut self, value: &Value) -> Result<(), Reason> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.write_all(item)),
            Value::Object(fields) => fields.values().try_for_each(|field| self.write_all(field)),
            value => self.write(value.to_str().unwrap_or_default()),
        }
    }

    /// The elements of a local name in an element.
    pub(super) fn children<'a, 'i>(
        &mut self,
        node: Node<'a, 'i>,
        name: &str,
    ) -> Result<Vec<Node<'a, 'i>>, Reason> {
        let mut found = Vec::new();
        for child in node.children() {
            self.look()?;
            if child.is_element() && child.tag_name().name() == name {
                if found.len() >= self.limits.entries {
                    let expected = "an element repeats another more often than limits.entries";
                    return Err(crate::formats::xml::at(child, ReasonCode::TooManyEntries, expected));
                }
                found.push(child);
            }
        }
        Ok(found)
    }

    /// The elements at a path of local names, such as `A/B`.
    pub(super) fn at<'a, 'i>(&mut self, node: Node<'a, 'i>, path: &str) -> Result<Vec<Node<'a, 'i>>, Reason> {
        let mut found = vec![node];
        for step in path.split('/') {
            let mut next = Vec::new();
            for node in found {
                next.append(&mut self.children(node, step)?);
            }
            found = next;
        }
        Ok(found)
    }

    /// The texts at a path, without blanks around them.
    pub(super) fn texts(&mut self, node: Node<'_, '_>, path: &str) -> Result<Vec<String>, Reason> {
        let mut texts = Vec::new();
        for leaf in self.at(node, path)? {
            let text = text_of(leaf);
            self.taken.insert(leaf.id());
            if !text.is_empty() {
                self.write(&text)?;
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// The first text at a path; empty if there is none. Further ones stay for [`Self::rest`].
    pub(super) fn text(&mut self, node: Node<'_, '_>, path: &str) -> Result<String, Reason> {
        for leaf in self.at(node, path)? {
            let text = text_of(leaf);
            if !text.is_empty() {
                self.taken.insert(leaf.id());
                self.write(&text)?;
                return Ok(text);
            }
        }
        Ok(String::new())
    }

    /// Sets fields to the first text at each path.
    pub(super) fn put(
        &mut self,
        fields: &mut ObjectMap,
        node: Node<'_, '_>,
        paths: &[(&str, &str)],
    ) -> Result<(), Reason> {
        for (name, path) in paths {
            if !fields.contains_key(*name) {
                put(fields, name, &self.text(node, path)?);
            }
        }
        Ok(())
    }

    /// Sets fields to the lists of texts at each path.
    pub(super) fn put_lists(
        &mut self,
        fields: &mut ObjectMap,
        node: Node<'_, '_>,
        paths: &[(&str, &str)],
    ) -> Result<(), Reason> {
        for (name, path) in paths {
            let texts = self.texts(node, path)?;
            put_list(fields, name, texts.into_iter().map(Value::from).collect());
        }
        Ok(())
    }

    /// Every text under an element that nobody took, with its path from there.
    pub(super) fn rest(&mut self, node: Node<'_, '_>) -> Result<Vec<Value>, Reason> {
        let mut rest = Vec::new();
        for below in node.descendants() {
            self.look()?;
            if !below.is_element() {
                continue;
            }
            let text = text_of(below);
            if !text.is_empty() && self.taken.insert(below.id()) {
                self.named(&mut rest, node, below, "", &text)?;
            }
            if !below.attributes().any(|a| says_something(&a)) || !self.attributes_taken.insert(below.id()) {
                continue;
            }
            for attribute in below.attributes().filter(says_something) {
                self.named(&mut rest, node, below, attribute.name(), attribute.value().trim())?;
            }
        }
        Ok(rest)
    }

    fn named(
        &mut self,
        rest: &mut Vec<Value>,
        top: Node<'_, '_>,
        node: Node<'_, '_>,
        attribute: &str,
        text: &str,
    ) -> Result<(), Reason> {
        // As deep as the message is, which is bounded.
        let steps = node.ancestors().take_while(|above| *above != top).map(|above| above.tag_name().name());
        let mut names: Vec<&str> = steps.collect();
        names.reverse();
        if names.is_empty() {
            names.push(top.tag_name().name());
        }
        let name = names.join(".");
        let name = if attribute.is_empty() { name } else { [&name, "@", attribute].concat() };
        self.write(&name)?;
        self.write(text)?;
        let mut item = ObjectMap::new();
        put(&mut item, "name", &name);
        put(&mut item, "text", text);
        if item.contains_key("text") {
            rest.push(Value::Object(item));
        }
        Ok(())
    }

    /// Whether a message is within limits: its depth, its elements and attributes, and each text.
    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Reason> {
        let at = |node: Node<'_, '_>, code: ReasonCode, expected: &str| {
            Err(crate::formats::xml::at(node, code, expected))
        };
        let (mut node, mut depth, mut values) = (document.root_element(), 1, 0);
        loop {
            if depth >= self.limits.depth {
                return at(node, ReasonCode::TooDeep, "elements are nested deeper than limits.depth");
            }
            values += 1 + node.attributes().len();
            if values > self.limits.values {
                return at(node, ReasonCode::TooManyValues, "there are more values than limits.values");
            }
            let attributes = node.attributes().map(|attribute| attribute.value().len());
            let texts = node.children().filter(Node::is_text).filter_map(|text| text.text()).map(str::len);
            if attributes.chain([texts.sum()]).any(|length| length > self.limits.text_bytes) {
                return at(node, ReasonCode::TextTooLong, "a text is longer than limits.text_bytes");
            }
            if let Some(child) = node.first_element_child() {
                (node, depth) = (child, depth + 1);
                continue;
            }
            // Up until there is something beside.
            loop {
                if let Some(beside) = node.next_sibling_element() {
                    node = beside;
                    break;
                }
                let Some(parent) = node.parent_element() else { return Ok(()) };
                (node, depth) = (parent, depth - 1);
            }
        }
    }
}

fn too_many() -> Reason {
    ReasonCode::TooManyValues.with("there are more values than limits.values, references counted")
}

/// The text of an element without those in it.
fn text_of(node: Node<'_, '_>) -> String {
    let texts = node.children().filter(Node::is_text).filter_map(|text| text.text());
    texts.collect::<String>().trim().to_owned()
}

/// Identifiers and references say nothing of their own, and neither does what is for validators.
fn says_something(attribute: &roxmltree::Attribute<'_, '_>) -> bool {
    let machinery = ["id", "ref", "uri", "metadata", "relationshipMetadata", "linkMetadata"];
    attribute.namespace() != Some(crate::formats::xml::SCHEMA_INSTANCE)
        && !machinery.contains(&attribute.name())
}

/// The identifier of an element.
pub(super) fn id<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    attribute(node, "id")
}

/// What an element refers to: `ref`, or `uri` with a number sign.
pub(super) fn reference<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    attribute(node, "ref").or_else(|| attribute(node, "uri").map(|uri| uri.trim_start_matches('#')))
}

/// An attribute in any namespace, for that of NIEM structures has a version.
fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let value = node.attributes().find(|a| a.name() == name).map(|a| a.value().trim());
    value.filter(|value| !value.is_empty())
}
