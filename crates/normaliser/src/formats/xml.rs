//! XML 1.0 with namespaces, in UTF-8, as a tree that a mapping reads.
//!
//! The message is an object with one field, the root element. An element of text alone is that text, as it
//! stands; nothing is taken for a number, so zeros in front stay. An element with attributes or elements
//! is an object: attributes as `@name`, elements by name, text between them as `#text`. Names are local
//! names; attributes of XMLSchema-instance, comments and processing instructions say nothing of a lead.
//!
//! What may occur more than once is a list, always, and source.toml names it: `[xml] lists = ["person"]`. Another
//! element that occurs twice beside itself is refused, for a mapping would read one of them; with `repeats = true` it
//! becomes a list, and the mapping reads it with `list` and `first`. What sometimes has attributes is an object,
//! always, and is named in `objects`.

use pipeline::Reason;
use roxmltree::{Document, Node, ParsingOptions};
use serde::Deserialize;
use vrl::value::{KeyString, ObjectMap, Value};

use crate::formats::{Decoded, Format, text};
use crate::path::EntryPath;
use crate::reason::ReasonCode;
use crate::source::Limits;

mod tags;
mod write;

pub(super) use write::document;

/// The table `[xml]` of source.toml.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct XmlToml {
    /// Elements that are lists, wherever they stand.
    lists: Vec<String>,
    /// Elements that are objects even without attributes.
    objects: Vec<String>,
    /// Whether any other element may occur twice beside itself: it is a list then, and only then.
    repeats: bool,
}

pub(crate) struct Xml {
    lists: Vec<String>,
    objects: Vec<String>,
    repeats: bool,
}

/// Attributes of this namespace tell a validator where the schema is.
pub(super) const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Xml {
    pub(crate) fn new(toml: XmlToml) -> Self {
        let XmlToml { lists, objects, repeats } = toml;
        Self { lists, objects, repeats }
    }

    /// Of a standard: whatever occurs twice is a list. Mappings read it with `list` and `first`.
    pub(super) const STANDARD: Self = Self { lists: Vec::new(), objects: Vec::new(), repeats: true };
}

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let document = parse(value, limits)?;
        let root = document.root_element();
        let mut reader = Reader::new(self, limits);
        let tree = reader.element(root, 1)?;
        Ok(Decoded::Tree(Value::Object([(KeyString::from(root.tag_name().name()), tree)].into())))
    }

    fn encode_entry(&self, entry: Value, entries: &EntryPath) -> Vec<u8> {
        write::document(&entries.wrap(Value::Array(vec![entry])))
    }
}

/// The document of a message, bounded in nodes; depth is bounded by whoever walks it.
pub(super) fn parse<'v>(value: &'v [u8], limits: &Limits) -> Result<Document<'v>, Reason> {
    let text = text(value)?;
    check_declaration(text)?;
    tags::check(text)?;
    let options = ParsingOptions {
        // Texts between elements are nodes too.
        nodes_limit: u32::try_from(limits.values.saturating_mul(3)).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| reason(text, &error))
}

/// What the parser would pass over, or say less well.
fn check_declaration(text: &str) -> Result<(), Reason> {
    let trimmed = text.trim_start();
    if trimmed.len() < text.len() && trimmed.starts_with("<?xml") {
        return Err(ReasonCode::NotXml.with("expected the XML declaration at the first byte, or none"));
    }
    let declaration =
        text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(inside, _)| inside);
    let encoding = declaration.and_then(|inside| inside.split_once("encoding")).map(|(_, after)| after);
    let named = encoding.map(|after| after.trim_start_matches([' ', '=', '"', '\'']).to_ascii_lowercase());
    match named {
        Some(name) if !["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| name.starts_with(known)) => {
            Err(ReasonCode::NotUtf8.with("expected a declaration of UTF-8"))
        }
        _ => Ok(()),
    }
}

/// The parser's texts hold names from the input: only its place is told.
fn reason(text: &str, error: &roxmltree::Error) -> Reason {
    use roxmltree::Error;
    let pos = error.pos();
    // The parser tells the place of what it wanted; beyond the text it wanted more of it.
    let row = usize::try_from(pos.row).unwrap_or(0);
    let last = text.lines().last().map_or(0, |line| line.chars().count());
    let ended = row >= text.lines().count().max(1) && usize::try_from(pos.col).unwrap_or(0) > last;
    let (code, expected) = match error {
        Error::DtdDetected => (ReasonCode::DocumentType, "expected no document type declaration"),
        Error::NodesLimitReached => (ReasonCode::TooManyValues, "there are more values than limits.values"),
        Error::DuplicatedAttribute(..) | Error::DuplicatedNamespace(..) => {
            (ReasonCode::DuplicateKey, "an element names the same attribute twice")
        }
        Error::UnexpectedEndOfStream | Error::UnclosedRootNode | Error::NoRootNode => TRUNCATED,
        _ if ended => TRUNCATED,
        _ => (ReasonCode::NotXml, "expected XML 1.0 with namespaces"),
    };
    code.with(format!("{expected}, at line {} column {}", pos.row, pos.col))
}

const TRUNCATED: (ReasonCode, &str) = (ReasonCode::Truncated, "the message ends in the middle of an element");

/// Makes trees of elements, within the limits of one message.
pub(super) struct Reader<'a> {
    format: &'a Xml,
    limits: &'a Limits,
    values: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(format: &'a Xml, limits: &'a Limits) -> Self {
        Self { format, limits, values: 0 }
    }
}

impl Reader<'_> {
    /// The tree of an element that stands at a depth. Recursion is bounded by the limit of depth, which is at most 100.
    pub(super) fn element(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Value, Reason> {
        if depth >= self.limits.depth {
            return Err(at(node, ReasonCode::TooDeep, "elements are nested deeper than limits.depth"));
        }
        self.count(node)?;
        let name = node.tag_name().name();
        let mut fields = ObjectMap::new();
        for attribute in node.attributes().filter(|a| a.namespace() != Some(SCHEMA_INSTANCE)) {
            self.count(node)?;
            let value = self.checked(node, attribute.value())?;
            if fields.insert(format!("@{}", attribute.name()).into(), value).is_some() {
                return Err(at(node, ReasonCode::DuplicateKey, "an element names the same attribute twice"));
            }
        }
        let mut text = String::new();
        for child in node.children() {
            if child.is_element() {
                self.child(&mut fields, child, depth)?;
            } else if let Some(part) = child.text().filter(|_| child.is_text()) {
                text.push_str(part);
                if text.len() > self.limits.text_bytes {
                    return Err(at(node, ReasonCode::TextTooLong, "a text is longer than limits.text_bytes"));
                }
            }
        }
        if fields.is_empty() && !self.format.objects.iter().any(|object| object == name) {
            return Ok(Value::from(text));
        }
        if !text.trim().is_empty() {
            fields.insert("#text".into(), Value::from(text));
        }
        Ok(Value::Object(fields))
    }

    fn child(&mut self, fields: &mut ObjectMap, child: Node<'_, '_>, depth: usize) -> Result<(), Reason> {
        let name = child.tag_name().name();
        let is_list = self.format.lists.iter().any(|list| list == name);
        let value = self.element(child, depth + 1)?;
        match (is_list, fields.get_mut(name)) {
            (true, Some(Value::Array(items))) => {
                if items.len() >= self.limits.entries {
                    return Err(at(child, ReasonCode::TooManyEntries, TOO_MANY));
                }
                items.push(value);
            }
            (true, _) => {
                fields.insert(name.into(), Value::Array(vec![value]));
            }
            (false, None) => {
                fields.insert(name.into(), value);
            }
            (false, Some(Value::Array(items))) if self.format.repeats => {
                if items.len() >= self.limits.entries {
                    return Err(at(child, ReasonCode::TooManyEntries, TOO_MANY));
                }
                items.push(value);
            }
            (false, Some(one)) if self.format.repeats => {
                let former = std::mem::replace(one, Value::Null);
                *one = Value::Array(vec![former, value]);
            }
            (false, Some(_)) => {
                let expected = "an element occurs twice and is not in xml.lists";
                return Err(at(child, ReasonCode::RepeatedElement, expected));
            }
        }
        Ok(())
    }

    fn count(&mut self, node: Node<'_, '_>) -> Result<(), Reason> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(at(node, ReasonCode::TooManyValues, "there are more values than limits.values"));
        }
        Ok(())
    }

    fn checked(&self, node: Node<'_, '_>, text: &str) -> Result<Value, Reason> {
        if text.len() > self.limits.text_bytes {
            return Err(at(node, ReasonCode::TextTooLong, "a text is longer than limits.text_bytes"));
        }
        Ok(Value::from(text))
    }
}

const TOO_MANY: &str = "a list holds more items than limits.entries";

/// A reason with the place of an element.
pub(super) fn at(node: Node<'_, '_>, code: ReasonCode, expected: &str) -> Reason {
    let place = node.document().text_pos_at(node.range().start);
    code.with(format!("{expected}, at line {} column {}", place.row, place.col))
}

#[cfg(test)]
mod tests;
