#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use lead::code::{Ternary, Tlp};
use lead::{Content, Document, Lead};
use serde_json::json;

use super::fold;

fn lead(content: serde_json::Value) -> Lead {
    Lead { content: Content::from_json(content).unwrap(), ..Lead::default() }
}

fn folded(base: serde_json::Value, additions: &[serde_json::Value]) -> Content {
    fold(Some(lead(base)), additions.iter().cloned().map(lead).collect()).unwrap().unwrap().content
}

#[test]
fn adds_elements_and_fills_what_is_absent() {
    let content = folded(
        json!({ "categories": ["SEX_TRAFFICKING"], "narrative": "first", "source": { "kind": "TIP_LINE" },
                "files": [{ "file_id": "f1" }] }),
        &[
            json!({ "narrative": "second", "tip_class_code": "T", "source": { "kind": "HOTLINE", "channel": "phone" },
                  "files": [{ "file_id": "f1" }, { "file_id": "f2" }] }),
        ],
    );
    assert_eq!(content.narrative.unwrap().expose(), "first", "an addition replaces nothing");
    assert_eq!(content.tip_class_code.as_deref(), Some("T"));
    assert_eq!(content.source.kind, lead::code::SourceKind::TipLine);
    assert_eq!(content.source.channel.as_deref(), Some("phone"));
    assert_eq!(content.files.len(), 2, "the same element is not there twice");
    assert_eq!(content.categories.len(), 1);
}

#[test]
fn without_a_base_the_additions_are_the_lead() {
    let whole =
        fold(None, vec![lead(json!({ "files": [{ "file_id": "f1" }] })), lead(json!({ "narrative": "n" }))])
            .unwrap()
            .unwrap();
    assert_eq!(whole.content.files.len(), 1);
    assert!(whole.content.narrative.is_some());
    assert!(fold(None, Vec::new()).unwrap().is_none());
}

#[test]
fn never_lowers_a_protection() {
    for (base, addition, expected) in [
        ("GREEN", "RED", Tlp::Red),
        ("RED", "GREEN", Tlp::Red),
        ("NOT_STATED", "AMBER", Tlp::NotStated),
        ("NOT_STATED", "RED", Tlp::Red),
        ("AMBER", "NOT_STATED", Tlp::Amber),
    ] {
        let content = folded(
            json!({ "handling": { "tlp": base, "recipients": ["a", "b"] }, "protections": { "v1367": "NO", "sealed": "YES" } }),
            &[
                json!({ "handling": { "tlp": addition, "recipients": ["b", "c"] }, "protections": { "v1367": "YES", "sealed": "NO" } }),
            ],
        );
        assert_eq!(content.handling.tlp, expected, "{base} {addition}");
        assert_eq!(content.handling.recipients, ["b"]);
        assert_eq!(content.protections.v1367, Ternary::Yes);
        assert_eq!(content.protections.sealed, Ternary::Yes);
    }
    let consent = |given: &str, scope: serde_json::Value| json!({ "protections": { "consent": { "given": given, "scope": scope } } });
    let content = folded(consent("YES", json!(["a"])), &[consent("NO", json!(["a", "b"]))]);
    let consent = content.protections.consent.unwrap();
    assert_eq!((consent.given, consent.scope), (Ternary::No, vec!["a".to_owned()]));
}

/// Sabotage: let two lists with nothing in common become an empty one, which says nothing.
#[test]
fn parts_that_name_nobody_in_common_name_nobody_whatever_comes_later() {
    let to = |names: &[&str]| {
        json!({ "handling": { "tlp": "RED", "recipients": names }, "legal": { "purposes": names },
                "protections": { "consent": { "given": "YES", "scope": names } } })
    };
    let content = folded(to(&["a"]), &[to(&["b"]), to(&["b", "c"]), json!({})]);
    assert_eq!(content.handling.recipients, ["-"]);
    assert_eq!(content.legal.purposes, ["-"]);
    assert_eq!(content.protections.consent.unwrap().scope, ["-"]);
    // Who spells it otherwise names the same, and a blank names nobody and forbids nothing.
    let content = folded(to(&["A "]), &[to(&["a", "b"]), to(&[" "])]);
    assert_eq!(content.handling.recipients, ["A "]);
}

/// Sabotage: keep what the report says of each.
#[test]
fn what_an_addition_protects_is_protected() {
    let base = json!({
        "handling": { "h3_text": " " }, "urgency": { "imminent_danger": "NO" },
        "protections": { "consent": { "given": "YES", "scope": ["ANY"], "expires": { "local": "2027-01-01", "text": "" } } },
    });
    let addition = json!({
        "handling": { "h3_text": "ask first" }, "urgency": { "imminent_danger": "YES" }, "legal": { "eu_data": "NO" },
        "protections": { "consent": { "given": "YES", "scope": ["ANY"], "expires": { "local": "2026-01-01", "text": "" } } },
    });
    let content = folded(base.clone(), std::slice::from_ref(&addition));
    assert!(content.handling.h3_text.is_some_and(|text| text == "ask first"));
    assert_eq!(content.urgency.imminent_danger, Ternary::Yes);
    let expires =
        |content: &Content| content.protections.consent.clone().unwrap().expires.unwrap().local.unwrap();
    assert_eq!(expires(&folded(base.clone(), std::slice::from_ref(&addition))), "2026-01-01");
    assert_eq!(expires(&folded(addition, &[base])), "2026-01-01");
    assert_eq!(content.legal.eu_data, Ternary::Unknown, "an addition's no is not the report's");
}

#[test]
fn a_second_fold_adds_nothing() {
    let addition = json!({ "files": [{ "file_id": "f2" }], "narrative": "n" });
    let once = folded(json!({ "files": [{ "file_id": "f1" }] }), std::slice::from_ref(&addition));
    let twice = folded(json!({ "files": [{ "file_id": "f1" }] }), &[addition.clone(), addition]);
    assert!(once == twice);
}

#[test]
fn a_number_that_is_none_is_refused_and_not_passed_on() {
    let mut odd = lead(json!({ "places": [{ "point": { "lat": 1.0, "lon": 2.0 } }] }));
    odd.content.places[0].point.as_mut().unwrap().lat = f64::NAN;
    assert!(fold(Some(odd), vec![Lead::default()]).is_err());
}
