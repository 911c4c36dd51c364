//! The content hash: SHA-256 of a decoded entry as JSON with sorted keys, without white space and
//! without what the source calls volatile.

use lead::ContentHash;
use lead::ident::content_hash;
use vrl::value::Value;

use crate::path::PathSet;

/// The hash of an entry that a mapping reads.
pub(crate) fn of_entry(entry: &Value, volatile: &PathSet) -> ContentHash {
    hash(entry, volatile, false)
}

/// The hash of a submission. Fields that hold their default are left out: a schema that gains a
/// field makes no new version of what was sent before.
pub(crate) fn of_submission(submission: &Value, volatile: &PathSet) -> ContentHash {
    hash(submission, volatile, true)
}

fn hash(value: &Value, volatile: &PathSet, less_defaults: bool) -> ContentHash {
    let mut canonical = Vec::with_capacity(1024);
    write(value, Some(volatile), less_defaults, &mut canonical);
    content_hash(&canonical)
}

/// JSON of an entry, for the dead letter of an entry in a message of many.
pub(crate) fn to_json(value: &Value) -> Vec<u8> {
    let mut json = Vec::with_capacity(1024);
    write(value, None, false, &mut json);
    json
}

fn write(value: &Value, volatile: Option<&PathSet>, less_defaults: bool, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            out.push(b'{');
            let mut first = true;
            for (name, value) in fields {
                let below = volatile.and_then(|set| set.field(name));
                if below.is_some_and(PathSet::ends_here) || (less_defaults && is_default(value)) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(b',');
                }
                write_text(name, out);
                out.push(b':');
                write(value, below, less_defaults, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, volatile.and_then(PathSet::item), less_defaults, out);
            }
            out.push(b']');
        }
        Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(format!("{:?}", number.into_inner()).as_bytes()),
        Value::Boolean(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Value::String(text) => write_text(text, out),
        // No decoder makes these; they have a text all the same, so that nothing hashes alike.
        Value::Bytes(_) | Value::Regex(_) | Value::Timestamp(_) => write_text(&value.to_string(), out),
        Value::Null => out.extend_from_slice(b"null"),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// Defaults of the record types: absent, empty, zero, and the first symbol of its codes.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Boolean(false) | Value::Integer(0) => true,
        Value::Float(number) => number.into_inner() == 0.0,
        Value::String(text) => matches!(&**text, "" | "UNKNOWN" | "NOT_STATED"),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_default),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn volatile(paths: &[&str]) -> PathSet {
        let mut set = PathSet::default();
        assert!(paths.iter().all(|p| set.insert(p)));
        set
    }

    #[test]
    fn does_not_depend_on_the_order_of_keys_nor_on_volatile_paths() {
        let set = volatile(&["exported", "files[].seen"]);
        let a = Value::from(json!({"b": 1, "a": "x", "exported": 1, "files": [{"seen": 1, "n": 2}]}));
        let b = Value::from(json!({"a": "x", "files": [{"n": 2, "seen": 9}], "b": 1, "exported": 7}));
        assert_eq!(of_entry(&a, &set), of_entry(&b, &set));
        assert_ne!(of_entry(&a, &PathSet::default()), of_entry(&b, &PathSet::default()));
    }

    #[test]
    fn tells_types_and_places_apart() {
        let texts = [
            json!({"a": 1}),
            json!({"a": 1.0}),
            json!({"a": "1"}),
            json!({"a": [1]}),
            json!({"a": null}),
            json!({}),
            json!({"a": ["1,2"]}),
            json!({"a": ["1", "2"]}),
        ];
        let mut hashes: Vec<_> =
            texts.iter().map(|t| of_entry(&Value::from(t.clone()), &PathSet::default())).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), texts.len());
    }

    #[test]
    fn a_new_field_at_its_default_makes_no_new_version_of_a_submission() {
        let before = Value::from(json!({"content": {"narrative": "x"}}));
        let after = Value::from(
            json!({"content": {"narrative": "x", "new": {"level": "UNKNOWN", "list": []}}, "flag": false}),
        );
        assert_eq!(of_submission(&before, &PathSet::default()), of_submission(&after, &PathSet::default()));
    }
}
