//! Paths into an entry, as source.toml writes them: `a.b.c`, and `items[].seen` for every item.

use std::collections::BTreeMap;

use vrl::value::Value;

/// The way to a value: names of fields, one after the other. Empty means the whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryPath(Vec<String>);

impl EntryPath {
    /// From `a.b.c`; `.` alone is the whole. `None` when a name is empty or a list is meant.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "." {
            return Some(Self::default());
        }
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        names.iter().all(|n| !n.is_empty() && !n.ends_with("[]")).then_some(Self(names))
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The value at this path.
    pub fn get<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, name| match value {
            Value::Object(fields) => fields.get(name.as_str()),
            _ => None,
        })
    }

    /// Takes the value at this path out.
    pub fn take(&self, root: &mut Value) -> Option<Value> {
        let at = self.0.iter().try_fold(root, |value, name| match value {
            Value::Object(fields) => fields.get_mut(name.as_str()),
            _ => None,
        })?;
        Some(std::mem::replace(at, Value::Null))
    }

    /// Puts a value where this path leads, inside nothing else.
    pub fn wrap(&self, value: Value) -> Value {
        self.0.iter().rev().fold(value, |inner, name| Value::Object([(name.as_str().into(), inner)].into()))
    }
}

/// A set of paths, as a tree: what a walk over an entry leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PathSet {
    fields: BTreeMap<String, PathSet>,
    items: Option<Box<PathSet>>,
    ends_here: bool,
}

impl PathSet {
    /// Adds `a.b[].c`; false when a name is empty.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        let mut node = self;
        for part in text.split('.') {
            let name = part.trim_end_matches("[]");
            if name.is_empty() {
                return false;
            }
            node = node.fields.entry(name.to_owned()).or_default();
            for _ in 0..(part.len() - name.len()) / 2 {
                node = node.items.get_or_insert_default();
            }
        }
        node.ends_here = true;
        true
    }

    /// Whether a path of the set ends here: the value is left out.
    pub(crate) fn ends_here(&self) -> bool {
        self.ends_here
    }

    /// The rest of the set below a field.
    pub(crate) fn field(&self, name: &str) -> Option<&PathSet> {
        self.fields.get(name)
    }

    /// The rest of the set below each item of a list.
    pub(crate) fn item(&self) -> Option<&PathSet> {
        self.items.as_deref()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from(json)
    }

    #[test]
    fn finds_takes_and_wraps() {
        let mut root = value(serde_json::json!({"a": {"b": [1, 2]}}));
        let path = EntryPath::parse("a.b").unwrap();
        assert_eq!(path.get(&root), Some(&value(serde_json::json!([1, 2]))));
        assert_eq!(path.take(&mut root), Some(value(serde_json::json!([1, 2]))));
        assert_eq!(path.wrap(Value::Integer(1)), value(serde_json::json!({"a": {"b": 1}})));
        assert_eq!(EntryPath::parse(".").unwrap().wrap(Value::Integer(1)), Value::Integer(1));
        assert_eq!(EntryPath::parse("a.c").unwrap().get(&root), None);
        assert_eq!(EntryPath::parse("a..c"), None);
        assert_eq!(EntryPath::parse("a[].c"), None);
    }

    #[test]
    fn a_set_knows_fields_and_items() {
        let mut set = PathSet::default();
        assert!(set.insert("files[].seen"));
        assert!(set.insert("exported"));
        assert!(!set.insert(""));
        assert!(set.field("exported").unwrap().ends_here());
        assert!(set.field("files").unwrap().item().unwrap().field("seen").unwrap().ends_here());
        assert!(set.field("other").is_none());
    }
}
