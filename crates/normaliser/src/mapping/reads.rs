//! Which values of an entry a program reads, as far as its text tells.
//!
//! A value is read when a query of the program leads to it, or leads to something around it and the program names
//! every field on the rest of the way: `for_each(.people) -> |_i, p| { p.age }` reads `people.age`, and not
//! `people.shoe`. Two comments say what a text cannot: `# whole: a b` that what stands under fields of these names is
//! passed on as it is, and `# left out: c` that it is left out on purpose.

use std::collections::{BTreeMap, HashSet};

use vrl::path::{OwnedSegment, OwnedTargetPath};
use vrl::value::Value;

/// What a program does with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// It reads it.
    Read,
    /// It says that it leaves it out.
    LeftOut,
    /// It never mentions it.
    Unread,
}

/// What a program reads.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    queries: Query,
    names: HashSet<String>,
    whole: HashSet<String>,
    left_out: HashSet<String>,
}

#[derive(Debug, Default)]
struct Query {
    fields: BTreeMap<String, Query>,
    ends_here: bool,
}

impl Reads {
    /// What the program with this text and these queries reads.
    pub(super) fn of(text: &str, queries: &[OwnedTargetPath]) -> Self {
        let mut reads = Self {
            whole: comment(text, "# whole:"),
            left_out: comment(text, "# left out:"),
            ..Self::default()
        };
        for query in queries {
            let mut node = &mut reads.queries;
            for segment in &query.path.segments {
                let OwnedSegment::Field(name) = segment else { break };
                node = node.fields.entry(name.as_str().to_owned()).or_default();
            }
            node.ends_here = true;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
            reads.names.extend(line.split(|c| !part_of_name(c)).map(str::to_owned));
            // A name that is no identifier stands in quotes.
            reads.names.extend(line.split('"').map(str::to_owned));
        }
        reads
    }

    /// Every value of an entry that is no list and no object, with the names on its way and what is done with it.
    pub(crate) fn leaves<'v>(&self, entry: &'v Value, each: &mut dyn FnMut(&[&'v str], &'v Value, Reading)) {
        let all = self.queries.ends_here && self.whole.contains(".");
        let at = if all { At::Settled(Reading::Read) } else { At::On(&self.queries) };
        self.walk(entry, at, &mut Vec::new(), each);
    }

    /// Recursion is bounded by the depth that the decoder allowed.
    fn walk<'v>(
        &self,
        value: &'v Value,
        at: At<'_>,
        path: &mut Vec<&'v str>,
        each: &mut dyn FnMut(&[&'v str], &'v Value, Reading),
    ) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    path.push(name.as_str());
                    self.walk(value, self.below(at, name.as_str()), path, each);
                    path.pop();
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, at, path, each)),
            Value::Null => {}
            leaf => each(path, leaf, at.reading()),
        }
    }

    fn below<'q>(&self, at: At<'q>, name: &str) -> At<'q> {
        if self.left_out.contains(name) {
            return At::Settled(Reading::LeftOut);
        }
        let (query, around) = match at {
            At::Settled(_) => return at,
            At::On(query) => (query.fields.get(name), query.ends_here),
            At::Within(query) => (query.and_then(|query| query.fields.get(name)), true),
        };
        let named = around && self.names.contains(name);
        match query {
            query if self.whole.contains(name) && (around || query.is_some()) => At::Settled(Reading::Read),
            query if named => At::Within(query),
            Some(query) => At::On(query),
            None => At::Settled(Reading::Unread),
        }
    }
}

/// Where a walk stands.
#[derive(Clone, Copy)]
enum At<'q> {
    /// On the way of a query.
    On(&'q Query),
    /// In something that is read, by names that the program knows; perhaps on the way of a query too.
    Within(Option<&'q Query>),
    /// In something of which all is known.
    Settled(Reading),
}

impl At<'_> {
    fn reading(self) -> Reading {
        match self {
            At::On(query) if query.ends_here => Reading::Read,
            At::On(_) => Reading::Unread,
            At::Within(_) => Reading::Read,
            At::Settled(reading) => reading,
        }
    }
}

fn comment(text: &str, begin: &str) -> HashSet<String> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(begin));
    lines
        .flat_map(|names| names.split([' ', ',']))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use serde_json::json;

    use crate::mapping::Mapping;

    use super::*;

    fn readings(program: &str, entry: serde_json::Value) -> Vec<(String, Reading)> {
        let mapping = Mapping::compile(program).unwrap_or_else(|p| panic!("{p:?}"));
        let (entry, mut found) = (Value::from(entry), Vec::new());
        mapping.reads().leaves(&entry, &mut |path, _, reading| found.push((path.join("."), reading)));
        found.sort();
        found.dedup();
        found
    }

    fn of(program: &str, entry: serde_json::Value, reading: Reading) -> Vec<String> {
        readings(program, entry).into_iter().filter(|(_, is)| *is == reading).map(|(path, _)| path).collect()
    }

    #[test]
    fn what_no_query_leads_to_and_no_name_mentions_is_unread() {
        let program = r#"
            persons = map_values(list(.people)) -> |person| { { "age": person.age, "names": [{ "full": person."full name" }] } }
            . = { "content": { "narrative": .a.b, "category_text": [.list[0].x], "persons": persons } }
        "#;
        let entry = json!({
            "a": { "b": 1, "c": 2 }, "list": [{ "x": 1, "y": 2 }], "d": "x", "e": null,
            "people": [{ "age": 7, "full name": "x" }, { "age": 8, "shoe": 30, "home": { "age": 3, "street": "x" } }],
        });
        let unread = of(program, entry.clone(), Reading::Unread);
        assert_eq!(unread, ["a.c", "d", "list.y", "people.home.age", "people.home.street", "people.shoe"]);
        assert_eq!(of(program, entry, Reading::Read), ["a.b", "list.x", "people.age", "people.full name"]);
    }

    #[test]
    fn comments_say_what_is_passed_on_and_what_is_left_out() {
        let program = r#"
            # whole: marks
            # left out: internal, seq
            . = { "content": { "other": named(.p.marks) } }
        "#;
        let entry = json!({ "p": { "marks": { "a": 1, "b": { "c": 2 } }, "x": 1 }, "internal": { "y": 1 }, "seq": 2 });
        assert_eq!(of(program, entry.clone(), Reading::Read), ["p.marks.a", "p.marks.b.c"]);
        assert_eq!(of(program, entry.clone(), Reading::LeftOut), ["internal.y", "seq"]);
        assert_eq!(of(program, entry, Reading::Unread), ["p.x"]);
        let program = r#"
            # whole: .
            . = object(.)
        "#;
        let all = of(program, json!({ "a": { "b": 1 }, "c": 2 }), Reading::Read);
        assert_eq!(all, ["a.b", "c"]);
    }
}
