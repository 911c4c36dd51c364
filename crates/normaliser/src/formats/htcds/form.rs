//! A submitted form in the XML of ODK and Kobo: fields at the root, in groups, or in groups that repeat.
//!
//! A group that repeats holds one record of its table each time; one that is there once holds a part of what its
//! parent is about, unless it says of a person both who that is and what part the person plays, or says again what is
//! said already.

use pipeline::Reason;
use roxmltree::{Document, Node};
use vrl::value::{ObjectMap, Value};

use super::fields::{self, Table};
use super::submission::{Divided, Scope, Submission};
use crate::formats::xml::{self, Reader, Xml};
use crate::reason::ReasonCode;
use crate::source::Limits;

/// The submissions of a document.
pub(super) fn read(value: &[u8], limits: &Limits) -> Result<Vec<Result<Value, Reason>>, Reason> {
    let document = xml::parse(value, limits)?;
    let trees = trees(&document, limits)?;
    let only = trees.len() == 1;
    let mut entries = Vec::with_capacity(trees.len());
    for (_, tree) in trees {
        let entry = entry(&tree);
        if only && let Err(reason) = entry {
            return Err(reason);
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// A document of each of these submissions.
pub(super) fn alone(
    value: &[u8],
    limits: &Limits,
    entries: &[usize],
) -> Result<Vec<Option<Vec<u8>>>, Reason> {
    let document = xml::parse(value, limits)?;
    let trees = trees(&document, limits)?;
    let write = |(name, tree): &(String, Value)| {
        xml::document(&Value::Object([(name.as_str().into(), tree.clone())].into()))
    };
    Ok(entries.iter().map(|index| trees.get(*index).map(write)).collect())
}

/// The submissions as trees, with the names of their roots.
fn trees(document: &Document<'_>, limits: &Limits) -> Result<Vec<(String, Value)>, Reason> {
    let root = document.root_element();
    if matches!(root.tag_name().name(), "html" | "xform") {
        let expected = "expected a submitted form, got the definition of one";
        return Err(xml::at(root, ReasonCode::FormDefinition, expected));
    }
    let standard = Xml::STANDARD;
    let mut reader = Reader::new(&standard, limits);
    let mut trees = Vec::new();
    let mut of_the_standard = false;
    for node in instances(root) {
        if trees.len() >= limits.entries {
            let expected = "there are more submissions than limits.entries";
            return Err(xml::at(node, ReasonCode::TooManyEntries, expected));
        }
        let tree = reader.element(node, 1)?;
        of_the_standard |= node.descendants().any(|node| fields::field(node.tag_name().name()).is_some());
        trees.push((node.tag_name().name().to_owned(), tree));
    }
    if !of_the_standard {
        let expected = "expected a submitted form with fields of HTCDS, such as prs_FirstName";
        return Err(xml::at(root, ReasonCode::OtherDocument, expected));
    }
    Ok(trees)
}

/// The root is a submission, unless it is an envelope in which submissions stand, known by the form that each names.
fn instances<'a, 'v>(root: Node<'a, 'v>) -> Vec<Node<'a, 'v>> {
    let names_form = |node: &Node<'_, '_>| node.is_element() && node.has_attribute("id");
    if !names_form(&root) && !root.has_attribute("version") {
        let within = root.children().flat_map(|child| std::iter::once(child).chain(child.children()));
        let found: Vec<_> = within.filter(names_form).collect();
        if !found.is_empty() {
            return found;
        }
    }
    vec![root]
}

fn entry(tree: &Value) -> Result<Value, Reason> {
    let mut submission = Submission::default();
    if let Value::Object(fields) = tree {
        group(&mut submission, fields, &mut Scope::default());
    }
    submission.entry()
}

/// What stands under a name: texts, and groups.
fn group(submission: &mut Submission, fields: &ObjectMap, scope: &mut Scope) {
    for (name, text) in fields.iter().flat_map(|(name, value)| leaves(name, value)) {
        submission.take(scope, name, text, Divided::ByBlanks);
    }
    for value in fields.values() {
        match value {
            Value::Array(items) => {
                for item in items.iter().filter_map(as_group) {
                    let mut own = scope.anew(&tables(item));
                    group(submission, item, &mut own);
                }
            }
            one => {
                if let Some(fields) = as_group(one) {
                    part(submission, fields, scope);
                }
            }
        }
    }
}

/// A group that is there once.
fn part(submission: &mut Submission, fields: &ObjectMap, scope: &mut Scope) {
    let tables = tables(fields);
    let whole_person = tables.contains(&Table::Person)
        && (tables.contains(&Table::Victim) || tables.contains(&Table::Perpetrator));
    let said_already: Vec<Table> = fields
        .iter()
        .flat_map(|(name, value)| leaves(name, value))
        .filter(|(_, text)| !text.trim().is_empty())
        .filter_map(|(name, _)| fields::field(name))
        .filter(|field| submission.has(*scope, field))
        .map(|field| field.table)
        .collect();
    if whole_person || !said_already.is_empty() {
        let person = whole_person.then_some(Table::Person);
        let anew: Vec<Table> = person.into_iter().chain(said_already).collect();
        group(submission, fields, &mut scope.anew(&anew));
    } else {
        group(submission, fields, scope);
    }
}

/// The texts of an element: one that has only text and attributes, or several of them.
fn leaves<'v>(name: &'v str, value: &'v Value) -> Vec<(&'v str, &'v str)> {
    let text = |value: &'v Value| match value {
        Value::Object(fields) if as_group(value).is_none() => fields.get("#text").and_then(Value::to_str),
        value => value.to_str(),
    };
    match value {
        _ if name.starts_with(['@', '#']) => Vec::new(),
        Value::Array(items) => items.iter().filter_map(|item| Some((name, text(item)?))).collect(),
        one => text(one).map(|text| (name, text)).into_iter().collect(),
    }
}

fn as_group(value: &Value) -> Option<&ObjectMap> {
    let Value::Object(fields) = value else { return None };
    fields.keys().any(|name| !name.starts_with(['@', '#'])).then_some(fields)
}

/// The tables of the fields that are filled in here, groups that do not repeat included. The depth is that of the
/// message, which the reader bounds.
fn tables(fields: &ObjectMap) -> Vec<Table> {
    let mut found = Vec::new();
    for (name, value) in fields {
        let filled = leaves(name, value).iter().any(|(_, text)| !text.trim().is_empty());
        let own = fields::field(name).filter(|_| filled).map(|field| field.table);
        let of_group = as_group(value).map(tables).unwrap_or_default();
        for table in own.into_iter().chain(of_group) {
            if !found.contains(&table) {
                found.push(table);
            }
        }
    }
    found
}
