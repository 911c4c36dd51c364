//! What was read beside what it became, for whoever writes a mapping.
//!
//! A mapping is a program: which value went where is found again by the text, which records keep as it
//! stood. Each place of the lead is used once, in the order of the message.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// A value of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// Where it stands.
    pub(super) path: String,
    /// What stands there.
    pub(super) text: String,
    /// What became of it.
    pub(super) became: Became,
}

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Became {
    /// It stands in the lead as it stood.
    Kept { path: String },
    /// It was converted; the text is kept beside it.
    Converted { path: String, value: String },
    /// It was kept as a text, and nothing was made of it.
    NotUnderstood { path: String },
    /// It is part of a longer text.
    Within { path: String },
    /// The mapping reads it, and it decides something else.
    Decides,
    /// source.toml calls it volatile: it makes no new version.
    Volatile,
    /// Nothing reads it.
    Unread,
}

/// The comparison of one entry with its lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Every value of the message, in its order.
    pub(super) pairs: Vec<Pair>,
    /// What the lead says and no value of the message does: set by the mapping or the source, or derived.
    pub(super) set: Vec<(String, String)>,
}

struct Leaf {
    path: String,
    text: String,
    used: bool,
}

/// Parts of a lead that say what we make of it, not what the message said.
const OURS: [&str; 7] = [
    "agency",
    "occurrences",
    "routing_",
    "content.originator.",
    "content.countries_involved",
    "content.quality.",
    "content.source.language",
];

/// Canonical forms that stand beside a text.
const CANONICAL: [&str; 5] = ["e164", "address", "code", "instant", "local"];

/// Compares. `lead` is without what says nothing and without what a machine makes anew.
pub(super) fn compare(
    entry: &Json,
    lead: &Json,
    unread: &[String],
    is_volatile: impl Fn(&str) -> bool,
) -> Comparison {
    let mut leaves = Vec::new();
    flatten(lead, "", &mut leaves);
    let mut places: Vec<Leaf> =
        leaves.into_iter().map(|(path, text)| Leaf { path, text, used: false }).collect();
    let mut read = Vec::new();
    flatten(entry, "", &mut read);
    let mut derived = BTreeSet::new();
    let mut pairs = Vec::new();
    for (path, text) in read {
        let wanted = text.trim();
        let fits = |leaf: &Leaf| !wanted.is_empty() && leaf.text.trim() == wanted;
        // A text that is kept beside what was made of it, then other places, then what only repeats it.
        let rank = |leaf: &Leaf| {
            let ours = OURS.iter().any(|prefix| leaf.path.starts_with(prefix));
            (leaf.used, ours, !(leaf.path.ends_with(".text") || leaf.path.ends_with("_text")))
        };
        let fitting = places.iter().enumerate().filter(|(_, leaf)| fits(leaf));
        let place = fitting.min_by_key(|(at, leaf)| (rank(leaf), *at)).map(|(at, _)| at);
        let became = match place.and_then(|at| places.get_mut(at)) {
            Some(leaf) => {
                leaf.used = true;
                let place = leaf.path.clone();
                made_of(&place, &places, &mut derived)
            }
            None if is_volatile(&without_indices(&path)) => Became::Volatile,
            None if is_unread(&path, unread) => Became::Unread,
            None => match places.iter().find(|leaf| wanted.len() > 3 && leaf.text.contains(wanted)) {
                Some(leaf) => Became::Within { path: leaf.path.clone() },
                None => Became::Decides,
            },
        };
        pairs.push(Pair { path, text, became });
    }
    let said =
        |leaf: &Leaf| leaf.used || derived.contains(&leaf.path) || leaf.path.starts_with("content.quality.");
    let set = places.into_iter().filter(|leaf| !said(leaf));
    Comparison { pairs, set: set.map(|leaf| (leaf.path, leaf.text)).collect() }
}

/// What was made of the text at a place: what stands beside it under the same name.
fn made_of(place: &str, places: &[Leaf], derived: &mut BTreeSet<String>) -> Became {
    let is_there = |path: String| places.iter().any(|leaf| leaf.path == path);
    let (holder, separator) = match (place.strip_suffix(".text"), place.strip_suffix("_text")) {
        // Texts with a name are statements, not conversions.
        (Some(holder), _) if !is_there(format!("{holder}.name")) => (holder, '.'),
        (None, Some(holder)) => (holder, '_'),
        _ => return Became::Kept { path: place.to_owned() },
    };
    let (mut values, mut understood) = (Vec::new(), false);
    for leaf in places.iter().filter(|leaf| leaf.path != place) {
        let Some(rest) = leaf.path.strip_prefix(holder) else { continue };
        let value = match rest.strip_prefix(separator) {
            Some(name) => {
                // What else stands beside a text, such as a phone's kind, was not made of it.
                understood |= separator == '_' || CANONICAL.contains(&name);
                format!("{name} {}", leaf.text)
            }
            None if rest.is_empty() => {
                understood = true;
                leaf.text.clone()
            }
            None => continue,
        };
        derived.insert(leaf.path.clone());
        values.push(value);
    }
    let path = holder.to_owned();
    match understood {
        true => Became::Converted { path, value: values.join(", ") },
        false => Became::NotUnderstood { path },
    }
}

fn is_unread(path: &str, unread: &[String]) -> bool {
    let plain = without_indices(path);
    unread.iter().map(|unread| unread.replace("[]", "")).any(|unread| {
        plain.strip_prefix(unread.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn without_indices(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// Every value that says something, with its path.
fn flatten(json: &Json, path: &str, leaves: &mut Vec<(String, String)>) {
    match json {
        Json::Null => {}
        Json::Bool(flag) => leaves.push((path.to_owned(), flag.to_string())),
        Json::Number(number) => {
            let instant = number.as_i64().filter(|_| path.ends_with(".instant"));
            let instant = instant.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok());
            leaves.push((path.to_owned(), instant.map_or_else(|| number.to_string(), |at| at.to_string())));
        }
        Json::String(text) if text.is_empty() => {}
        Json::String(text) => leaves.push((path.to_owned(), text.clone())),
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(item, &format!("{path}[{at}]"), leaves);
            }
        }
        Json::Object(fields) => {
            for (name, value) in fields {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(value, &inner, leaves);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn became(entry: Json, lead: Json, unread: &[&str]) -> Vec<Became> {
        let unread: Vec<String> = unread.iter().map(|path| (*path).to_owned()).collect();
        compare(&entry, &lead, &unread, |path| path == "v")
            .pairs
            .into_iter()
            .map(|pair| pair.became)
            .collect()
    }

    #[test]
    fn a_value_is_found_again_by_its_text() {
        let lead = json!({
            "persons": [{ "phones": [{ "text": " (713) 555 ", "e164": "+1713555", "country": "US" }] }],
            "narrative": "He said that Marco went.", "handle_text": "@Night", "handle": "night",
            "at": { "text": "some day" }, "texts": [{ "name": "note", "text": "calls late" }],
        });
        let entry = json!({
            "a": "(713) 555", "b": "Marco", "c": "@Night", "d": "some day", "e": "calls late", "f": true,
            "g": [{ "h": 4 }], "v": "now",
        });
        let converted =
            |path: &str, value: &str| Became::Converted { path: path.into(), value: value.into() };
        assert_eq!(
            became(entry, lead, &["g.h"]),
            [
                converted("persons[0].phones[0]", "e164 +1713555, country US"),
                Became::Within { path: "narrative".into() },
                converted("handle", "night"),
                Became::NotUnderstood { path: "at".into() },
                Became::Kept { path: "texts[0].text".into() },
                Became::Decides,
                Became::Unread,
                Became::Volatile,
            ]
        );
    }

    #[test]
    fn equal_values_take_places_in_order_and_what_nobody_said_is_set() {
        let lead = json!({ "p": [{ "country": "US" }, { "country": "US" }], "kind": "TIP_LINE" });
        let comparison = compare(&json!(["US", "US", "US"]), &lead, &[], |_| false);
        let paths: Vec<_> = comparison.pairs.into_iter().map(|pair| pair.became).collect();
        let kept = |path: &str| Became::Kept { path: path.into() };
        assert_eq!(paths, [kept("p[0].country"), kept("p[1].country"), kept("p[0].country")]);
        assert_eq!(comparison.set, [("kind".to_owned(), "TIP_LINE".to_owned())]);
    }
}
