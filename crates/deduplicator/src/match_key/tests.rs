#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use lead::Content;
use serde_json::{Value, json};

const KEY: [u8; 32] = [7; 32];

fn lead(content: Value) -> Lead {
    Lead { content: serde_json::from_value::<Content>(content).unwrap(), ..Lead::default() }
}

fn keys(content: Value) -> Vec<MatchKey> {
    match_keys(&lead(content), &KEY)
}

fn kinds(content: Value) -> Vec<KeyKind> {
    keys(content).into_iter().map(|k| k.kind).collect()
}

#[test]
fn every_kind_of_value_is_a_key_of_its_kind() {
    let person = |field: &str, value: Value| json!({ "persons": [{ "person_ref": "p1", field: [value] }] });
    for (content, expected) in [
        (json!({ "external_ids": [{ "scheme": "harbour", "id": "H-1" }] }), KeyKind::ExternalId),
        (person("phones", json!({ "e164": "+12025550101", "text": "x" })), KeyKind::Phone),
        (person("emails", json!({ "address": "a@example.org", "text": "x" })), KeyKind::Email),
        (
            person("documents", json!({ "kind": "passport", "number": "X1", "country": { "code": "US" } })),
            KeyKind::Document,
        ),
        (json!({ "organizations": [{ "phones": [{ "e164": "+12025550101" }] }] }), KeyKind::Phone),
        (json!({ "organizations": [{ "emails": [{ "address": "a@example.org" }] }] }), KeyKind::Email),
        (json!({ "accounts": [{ "service": "chat.example", "handle": "h" }] }), KeyKind::Account),
        (json!({ "accounts": [{ "service": "chat.example", "provider_id": "9" }] }), KeyKind::Account),
        (
            json!({ "files": [{ "hashes": [{ "algorithm": "MD5", "value": "ab", "fits": true }] }] }),
            KeyKind::FileHash,
        ),
        (json!({ "devices": [{ "id_type": "IMEI", "id_value": "35-1" }] }), KeyKind::Device),
    ] {
        assert_eq!(kinds(content.clone()), [expected], "{content}");
    }
}

#[test]
fn what_is_blank_placeholder_or_unfit_is_no_key() {
    for content in [
        json!({ "persons": [{ "names": [{ "full": "Alan Exemplar" }], "birth_date": { "local": "1990-01-01" } }] }),
        json!({ "persons": [{ "phones": [{ "text": "555 0101" }] }] }),
        json!({ "persons": [{ "emails": [{ "text": "not an address" }] }] }),
        json!({ "persons": [{ "documents": [{ "kind": "passport", "number": "0000", "placeholder": true }] }] }),
        json!({ "persons": [{ "documents": [{ "kind": "", "number": "1" }] }] }),
        json!({ "persons": [{ "role": "CONTACT", "phones": [{ "e164": "+12025550101" }], "emails": [{ "address": "desk@example.org" }] }] }),
        json!({ "external_ids": [{ "scheme": "harbour", "id": "  " }, { "scheme": "", "id": "1" }] }),
        json!({ "accounts": [{ "handle": "h" }, { "service": " ", "handle": "h" }, { "service": "chat.example" }] }),
        json!({ "accounts": [{ "service": "chat.example", "handle": "unknown", "placeholder": true }] }),
        json!({ "files": [{ "hashes": [{ "algorithm": "MD5", "value": "short", "fits": false }] }] }),
        json!({ "persons": [{ "emails": [{ "address": "none@none.com", "placeholder": true }] }] }),
        json!({ "devices": [{ "id_type": "IMEI", "id_value": "123456789012345", "placeholder": true }] }),
        json!({ "devices": [{ "id_type": "IDFA", "id_value": "00000000-0000-0000" }, { "id_value": "35-1" }] }),
        json!({ "network_events": [{ "ip": { "address": "192.0.2.1", "routable": true } }] }),
    ] {
        assert!(kinds(content.clone()).is_empty(), "{content}");
    }
}

#[test]
fn the_leads_own_number_is_a_key_that_another_lead_can_name() {
    let own = Lead { agency: "harbour".into(), report_number: Some("H-1".into()), ..Lead::default() };
    let naming =
        lead(json!({ "external_ids": [{ "scheme": "Harbour", "id": " h-1 ", "relation": "prior" }] }));
    assert_eq!(match_keys(&own, &KEY), match_keys(&naming, &KEY));
}

#[test]
fn spelling_does_not_part_what_is_the_same() {
    let account =
        |service: &str, handle: &str| keys(json!({ "accounts": [{ "service": service, "handle": handle }] }));
    assert_eq!(account("chat.example", "bea15"), account(" Chat.Example", "BEA15 "));
    assert_eq!(account("chat.example", "übung"), account("chat.example", "ÜBUNG"));
    assert_ne!(account("chat.example", "bea15"), account("chat.example", "bea16"));
    assert_ne!(account("a.example", "bea15"), account("b.example", "bea15"));
}

#[test]
fn what_is_different_has_different_digests() {
    let id =
        |field: &str, value: &str| keys(json!({ "accounts": [{ "service": "chat.example", field: value }] }));
    assert_ne!(id("handle", "77"), id("provider_id", "77"), "a handle is not a number");
    assert_ne!(id("provider_id", "UCa"), id("provider_id", "ucA"), "numbers keep their case");
    let external = |scheme: &str, id: &str| keys(json!({ "external_ids": [{ "scheme": scheme, "id": id }] }));
    assert_ne!(external("ab", "c"), external("a", "bc"), "parts do not run together");
    let document = |country: Value| {
        keys(
            json!({ "persons": [{ "documents": [{ "kind": "passport", "number": "1", "country": country }] }] }),
        )
    };
    let all = [
        document(json!({ "code": "US", "text": "USA" })),
        document(json!({ "code": "MX", "text": "Mexico" })),
        document(Value::Null),
    ];
    assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 3);
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "issuers are apart");
}

#[test]
fn domains_and_sites_are_apart() {
    let content = json!({ "persons": [{ "phones": [{ "e164": "+12025550101" }] }] });
    let mut seen = std::collections::BTreeSet::new();
    for status in MessageStatus::ALL {
        let lead = Lead { message_status: *status, ..lead(content.clone()) };
        assert!(seen.insert(match_keys(&lead, &KEY)[0].digest), "{status:?}");
    }
    assert!(seen.insert(match_keys(&lead(content), &[8; 32])[0].digest), "another site's key");
}

#[test]
fn a_value_that_stands_twice_is_one_key_and_keys_are_sorted() {
    let phones = json!([{ "e164": "+12025550102" }, { "e164": "+12025550101" }, { "e164": "+12025550101" }]);
    let keys = keys(json!({ "persons": [{ "phones": phones }], "organizations": [{ "phones": phones }] }));
    assert_eq!(keys.len(), 2);
    assert!(keys.is_sorted());
}

#[test]
fn every_kind_has_a_code_of_its_own() {
    let codes: std::collections::BTreeSet<_> = KeyKind::ALL.iter().map(|k| kind_code(*k)).collect();
    assert_eq!(codes.len(), KeyKind::ALL.len());
}
