#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::digest;
use serde_json::Value as Json;

mod flat;
mod xml;

fn entries_within(text: &str, limits: &Limits) -> Result<Vec<Result<Json, Reason>>, Reason> {
    let Decoded::Entries(entries) = Nibrs.decode(text.as_bytes(), limits)? else {
        panic!("nibrs gives entries")
    };
    let json = |tree: Value| serde_json::from_slice(&digest::to_json(&tree)).unwrap();
    Ok(entries.into_iter().map(|entry| entry.map(json)).collect())
}

fn entries(text: &str) -> Vec<Result<Json, Reason>> {
    entries_within(text, &Limits::default()).unwrap()
}

/// The entry of a message that has one.
#[track_caller]
fn entry(text: &str) -> Json {
    let mut entries = entries(text);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0).unwrap()
}

fn refused(text: &str, limits: &Limits) -> &'static str {
    entries_within(text, limits).unwrap_err().code
}

/// Each entry alone is a message with that entry, whatever else the message holds.
#[track_caller]
fn each_stands_alone(text: &str) {
    let all = entries(text);
    let indices: Vec<usize> = (0..all.len()).collect();
    let alone = Nibrs.alone(text.as_bytes(), &Limits::default(), &indices);
    for (entry, alone) in all.into_iter().zip(alone) {
        let alone = String::from_utf8(alone.unwrap()).unwrap();
        let again = entries(&alone).remove(0);
        assert_eq!(entry.map_err(|reason| reason.code), again.map_err(|reason| reason.code), "{alone}");
        assert_eq!(entries(&alone).len(), 1, "{alone}");
    }
}

#[test]
fn the_first_character_tells_the_form() {
    let limits = Limits::default();
    assert_eq!(refused("{\"a\":1}", &limits), "other_document");
    assert_eq!(refused("LASTNAME,FIRSTNAME\n", &limits), "other_document");
    assert_eq!(refused(" \r\n \n", &limits), "empty_submission");
    assert_eq!(refused("<r/>", &limits), "other_document");
    assert_eq!(refused("2016010000015IMN0500200", &limits), "other_document");
}

#[test]
fn ages_are_years_or_ranges_or_codes() {
    let shown =
        |text: &str| serde_json::from_slice::<Json>(&digest::to_json(&Value::Object(age::of(text)))).unwrap();
    let cases = [
        ("45  ", r#"{"text":"45"}"#),
        ("2560", r#"{"max":60,"min":25,"text":"2560"}"#),
        // Bounds that cross are no bounds, and 99 is none above.
        ("6025", r#"{"text":"6025"}"#),
        ("6099", r#"{"min":60,"text":"6099"}"#),
        ("NN", r#"{"code":"NN (under 24 hours)","max":0,"min":0,"text":"NN"}"#),
        ("NEWBORN", r#"{"code":"NEWBORN (1 to 6 days)","max":0,"min":0,"text":"NEWBORN"}"#),
        ("BABY", r#"{"code":"BABY (7 to 364 days)","max":0,"min":0,"text":"BABY"}"#),
        ("00", r#"{"code":"00 (unknown)"}"#),
        ("99", r#"{"code":"99 (over 98)","min":99,"text":"99"}"#),
        ("  ", "{}"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), serde_json::from_str::<Json>(expected).unwrap(), "{text}");
    }
}
