//! Whatever an agency sends: a typed reason, no panic, nothing of the input in the message.

use std::sync::Arc;

use lead::{LeadSubmission, wire};
use normaliser::{Normaliser, Outcome, REASONS, Source};
use proptest::prelude::*;

use crate::support::{NOW, configured, folder, keys, record, source};

/// The reasons of a message; panics and unknown codes fail the test.
fn reasons(source: &Arc<Source>, value: &[u8]) -> Vec<&'static str> {
    let mut normaliser = Normaliser::new(Arc::clone(source), keys());
    let rejected = match normaliser.normalise(&record(source, value), NOW) {
        Ok(outcomes) => outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Rejected(reason) => Some(reason),
                _ => None,
            })
            .collect(),
        Err(reason) => vec![reason],
    };
    for reason in &rejected {
        assert!(REASONS.iter().any(|(code, stage, _)| *code == reason.code && *stage == reason.stage));
        assert!(!reason.message.contains("SECRET"), "{}", reason.message);
    }
    rejected.into_iter().map(|reason| reason.code).collect()
}

fn submission() -> LeadSubmission {
    let text = std::fs::read_to_string(folder("fiscalia-mx").join("03.submission.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn truncation_at_every_byte() {
    let source = configured("casa-segura");
    let raw = std::fs::read(folder("casa-segura").join("03.raw")).unwrap();
    let whole = raw.trim_ascii_end().len();
    for end in 0..whole {
        let reasons = reasons(&source, &raw[..end]);
        assert!(
            matches!(reasons.as_slice(), ["truncated" | "empty_value" | "not_utf8"]),
            "{end}: {reasons:?}"
        );
    }
    let source = configured("fiscalia-mx");
    let bytes = wire::encode(&submission()).unwrap();
    for end in 0..bytes.len() {
        let reasons = reasons(&source, &bytes[..end]);
        assert!(
            matches!(reasons.as_slice(), ["not_avro" | "not_wire_format" | "empty_value"]),
            "{end}: {reasons:?}"
        );
    }
}

#[test]
fn what_is_no_json() {
    let source = configured("houston-tips");
    let deep = |open: &str, n: usize| format!("{{\"story\": {}", open.repeat(n));
    let long = format!("{{\"story\": \"SECRET{}\"}}", "x".repeat(1 << 20));
    let large = vec![b' '; (8 << 20) + 1];
    let utf16: Vec<u8> = "{\"story\": \"SECRET\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    let digits = format!("{{\"story\": {}}}", "9".repeat(100_000));
    let many = format!("[{}1]", "1,".repeat(500_000));
    let list = format!("{{\"people\": [{}1]}}", "1,".repeat(20_000));
    let cases: Vec<(&[u8], &str)> = vec![
        (b"\xef\xbb\xbf{\"story\": \"SECRET\"}", "byte_order_mark"),
        (&utf16, "not_json"),
        (&with_mark, "not_utf8"),
        (b"{\"story\": \"SECRET\xe9\"}", "not_utf8"),
        (b"{\"story\": \"SECRET\", \"story\": \"SECRET\"}", "duplicate_key"),
        (b"{\"SECRET\": 1, \"SECRET\": 2}", "duplicate_key"),
        (b"{\"story\": NaN}", "not_json"),
        (b"{\"story\": -Infinity}", "not_json"),
        (b"{\"story\": 1e400}", "number_not_exact"),
        (b"{\"story\": 1e17}", "number_not_exact"),
        (digits.as_bytes(), "number_not_exact"),
        (b"\"SECRET\"", "not_an_object"),
        (b"[]", "not_an_object"),
        (b"{\"story\": SECRET}", "not_json"),
        (b"<report>SECRET</report>", "not_json"),
        (long.as_bytes(), "text_too_long"),
        (&large, "too_large"),
        (many.as_bytes(), "too_many_entries"),
        (list.as_bytes(), "too_many_entries"),
    ];
    for (value, code) in cases {
        assert_eq!(
            reasons(&source, value),
            [code],
            "{}",
            String::from_utf8_lossy(&value[..value.len().min(60)])
        );
    }
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        assert_eq!(reasons(&source, deep(open, 100_000).as_bytes()), ["too_deep"]);
    }
}

#[test]
fn what_is_no_submission_in_avro() {
    let source = configured("fiscalia-mx");
    let bytes = wire::encode(&submission()).unwrap();
    let mut magic = bytes.clone();
    magic[0] = 1;
    let mut schema = bytes.clone();
    schema[3] = 77;
    let mut longer = bytes.clone();
    longer.extend_from_slice(b"SECRET");
    let json = br#"{"report_number": "SECRET"}"#.to_vec();
    // An array that claims two thousand million items.
    let huge = [&bytes[..5], &[2, 2, b'x', 0, 0, 0, 0], &[0xfe, 0xff, 0xff, 0xff, 0x0f][..]].concat();
    for (value, code) in [
        (magic, "not_wire_format"),
        (schema, "unknown_schema"),
        (longer, "not_avro"),
        (json, "not_wire_format"),
        (huge, "not_avro"),
    ] {
        assert_eq!(reasons(&source, &value), [code]);
    }
}

#[test]
fn lists_of_a_lead_are_bounded() {
    let toml = "format = \"json\"\n[limits]\npersons = 3\nitems = 5\n";
    let source = source("harbour", toml, Some(". = object(.)"));
    let list = |name: &str, item: &str, n: usize| {
        format!("{{\"content\": {{\"{name}\": [{}]}}}}", vec![item; n].join(","))
    };
    for (name, item, most) in [
        ("persons", "{\"role\": \"SUBJECT\"}", 3),
        ("accounts", "{\"handle\": \"x\"}", 5),
        ("files", "{\"name\": \"x\"}", 5),
        ("texts", "{\"name\": \"a\", \"text\": \"x\"}", 5),
    ] {
        assert!(reasons(&source, list(name, item, most).as_bytes()).is_empty(), "{name}");
        assert_eq!(reasons(&source, list(name, item, most + 1).as_bytes()), ["too_many_items"], "{name}");
    }
}

#[test]
fn a_lead_must_say_something_and_a_cancel_what_it_cancels() {
    let source = source("harbour", "format = \"json\"\n", Some(". = object(.)"));
    for (entry, codes) in [
        ("{}", vec!["empty_lead"]),
        ("{\"content\": {\"persons\": [{}], \"accounts\": [{\"person_ref\": \"p1\"}]}}", vec!["empty_lead"]),
        ("{\"content\": {\"narrative\": \"  \"}}", vec!["empty_lead"]),
        ("{\"report_number\": \"1\"}", vec![]),
        ("{\"content\": {\"urgency\": {\"level\": \"HIGH\"}}}", vec![]),
        (
            "{\"message_kind\": \"CANCEL\", \"content\": {\"narrative\": \"x\"}}",
            vec!["report_number_required"],
        ),
        ("{\"amendment_key\": \"a\", \"content\": {\"narrative\": \"x\"}}", vec!["report_number_required"]),
        ("{\"report_number\": \"1\", \"message_kind\": \"CANCEL\"}", vec![]),
        ("{\"report_number\": \"a\\u0000b\"}", vec!["report_number_unreadable"]),
    ] {
        assert_eq!(reasons(&source, entry.as_bytes()), codes, "{entry}");
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        prop_oneof!["2024-0[0-9]-[0-3][0-9]", "\\+?[0-9 ()-]{3,14}", "[a-z]@[a-z.]{1,9}"]
            .prop_map(Into::into),
    ];
    let names = prop_oneof![
        Just("folio"),
        Just("tipo"),
        Just("personas"),
        Just("telefonos"),
        Just("numero"),
        Just("hecho"),
        Just("fecha"),
        Just("lugar"),
        Just("pais"),
        Just("edad"),
        Just("nacimiento"),
        Just("clave"),
        Just("papel"),
        Just("llamadas"),
        Just("cuentas"),
        Just("relato"),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        for name in ["houston-tips", "fiscalia-mx"] {
            let source = configured_once(name);
            reasons(&source, &value);
        }
    }

    #[test]
    fn any_json_at_all(entry in any_json()) {
        let source = configured_once("casa-segura");
        reasons(&source, entry.to_string().as_bytes());
        reasons(&source, serde_json::json!({"llamadas": [entry]}).to_string().as_bytes());
    }

    #[test]
    fn a_flipped_byte_of_avro(at in 0_usize..1_000, with in any::<u8>()) {
        let source = configured_once("fiscalia-mx");
        let mut bytes = wire::encode(&submission()).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= with;
        reasons(&source, &bytes);
    }
}

/// Compiling a mapping takes longer than a case.
fn configured_once(name: &'static str) -> Arc<Source> {
    static SOURCES: std::sync::Mutex<Vec<(&str, Arc<Source>)>> = std::sync::Mutex::new(Vec::new());
    let mut sources = SOURCES.lock().unwrap();
    if let Some((_, source)) = sources.iter().find(|(known, _)| *known == name) {
        return Arc::clone(source);
    }
    let source = configured(name);
    sources.push((name, Arc::clone(&source)));
    source
}
