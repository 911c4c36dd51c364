//! What a sample must become: a JSON document in a file beside it, which people read and machines hold
//! against what it becomes now.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

/// Holds what a sample becomes against the file that says what it must become. With `write`, a file that
/// is missing or says otherwise is written anew. The fault names a place and no value.
pub(crate) fn hold(path: &Path, sample: &str, actual: &Json, write: bool) -> Result<(), String> {
    let shown = path.display();
    let expected = match fs::read_to_string(path) {
        Ok(text) => {
            let expected = serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
            let Some(place) = difference(&expected, actual, "") else { return Ok(()) };
            format!("differs from what {sample} becomes, at {place}")
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "is missing".to_owned(),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    if write {
        return fs::write(path, format!("{:#}\n", sorted(actual)))
            .map_err(|error| format!("{shown}: {error}"));
    }
    Err(format!("{shown} {expected}; `leadshare check --write-samples` writes it: look at what it says"))
}

/// Without what says nothing: null, empty, false and unknown; `fits` and `routable` always speak.
pub(crate) fn stripped(json: Json) -> Json {
    let says_nothing = |name: &str, value: &Json| match value {
        Json::Null => true,
        Json::Bool(flag) => !flag && !matches!(name, "fits" | "routable"),
        Json::String(text) => matches!(text.as_str(), "" | "UNKNOWN" | "NOT_STATED"),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        Json::Number(_) => false,
    };
    match json {
        Json::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, stripped(value)))
            .filter(|(name, value)| !says_nothing(name, value))
            .collect(),
        Json::Array(items) => items.into_iter().map(stripped).collect(),
        other => other,
    }
}

/// Fields in the order of their names, whatever the order in this build is.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(fields) => {
            let by_name: BTreeMap<&String, Json> = fields.iter().map(|(n, v)| (n, sorted(v))).collect();
            by_name.into_iter().map(|(name, value)| (name.clone(), value)).collect()
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The first place where two documents differ; no value is shown.
fn difference(expected: &Json, actual: &Json, path: &str) -> Option<String> {
    let place = || if path.is_empty() { "its root".to_owned() } else { format!("`{path}`") };
    match (expected, actual) {
        (Json::Object(a), Json::Object(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => difference(a, b, &inner),
                    (Some(_), None) => Some(format!("`{inner}`, which is expected and not there")),
                    _ => Some(format!("`{inner}`, which is there and not expected")),
                }
            })
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]")))
        }
        (a, b) => (a != b).then(place),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_has_a_place_and_no_value() {
        let check = |a: Json, b: Json, expected: Option<&str>| {
            assert_eq!(difference(&a, &b, "").as_deref(), expected, "{a} {b}");
        };
        check(json!({ "a": [1, { "b": 2 }] }), json!({ "a": [1, { "b": 2 }] }), None);
        check(json!({ "a": [1, { "b": 2 }] }), json!({ "a": [1, { "b": 3 }] }), Some("`a[1].b`"));
        check(json!({ "a": [1] }), json!({ "a": [1, 2] }), Some("`a`"));
        check(json!({ "a": 1 }), json!({}), Some("`a`, which is expected and not there"));
        check(json!({}), json!({ "a": 1 }), Some("`a`, which is there and not expected"));
        check(json!([]), json!({}), Some("its root"));
    }
}
