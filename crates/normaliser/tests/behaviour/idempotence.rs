//! Normalising what a normalised lead says changes nothing.

use std::sync::Arc;

use lead::Lead;
use normaliser::{Normaliser, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    NOW, configured, keys, outcome, plain_source, record, samples, source_folders, unchanged,
};

#[test]
fn of_every_sample() {
    for folder in source_folders() {
        let source = configured(&folder);
        for raw in samples(&folder) {
            let leads = |outcomes: Vec<Outcome>| -> Vec<Lead> {
                let lead = |outcome| if let Outcome::Lead(lead) = outcome { Some(*lead) } else { None };
                outcomes.into_iter().filter_map(lead).collect()
            };
            let normalise = || {
                let mut normaliser = Normaliser::new(Arc::clone(&source), keys());
                leads(normaliser.normalise(&record(&source, &raw), NOW).unwrap_or_default())
            };
            let first = normalise();
            first.iter().for_each(|lead| unchanged(&lead.content));
            assert_eq!(first, normalise(), "{folder}: another pass says otherwise");
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(vec![
            "2024-01-15", "2024-01", "2024-01-15T10:00:00", "2024-01-15T10:00:00Z", "2024-02-30", "yesterday",
            "+1 202 555 0123", "202-555-0123", "+52 1 200 123 4567", "+99 1", "555-0123 x9", "Jane@Example.ORG", "a@b",
            "192.0.2.1", "8.8.8.8", "FE80::1", "1.2.3", "US", "méxico", "Atlantis", "Unknown", "Victim 2", "@Night_Owl",
            "İzmir", "17", "14-16", "200", "N/A", "g 123-456", "ABCDEF1234567890ABCDEF1234567890", "IMEI", "incident",
            "p1", "p2", "password", "1,500.00", "12.50", " ", "",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,10}",
    ]
}

fn moment() -> impl Strategy<Value = Value> {
    (
        text(),
        proptest::option::of(proptest::sample::select(vec!["Z", "America/New_York", "+05:30", "nowhere"])),
    )
        .prop_map(|(text, zone)| json!({ "text": text, "zone": zone }))
}

fn ternary() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![json!("YES"), json!("NO"), json!("UNKNOWN")])
}

fn person() -> impl Strategy<Value = Value> {
    let role = proptest::sample::select(vec!["SUBJECT", "VICTIM", "REPORTER", "UNKNOWN"]);
    let named = (text(), role, text(), text(), moment(), text());
    let contact = (text(), text(), text(), ternary(), proptest::option::of(-5_i32..200), text());
    (named, contact).prop_map(|((person_ref, role, full, given, birth, age_text), (phone, country, email, minor, age, number))| {
        json!({
            "person_ref": person_ref, "role": role, "names": [{ "full": full }, { "given": given }],
            "birth_date": birth, "age_text": age_text, "age": age, "minor": minor,
            "nationalities": [{ "text": country }],
            "documents": [{ "kind": "Passport No", "number": number, "country": { "text": country } }],
            "phones": [{ "text": phone, "country": country }, { "text": phone }], "emails": [{ "text": email }],
            "remarks": [{ "name": full, "text": given }],
        })
    })
}

fn content() -> impl Strategy<Value = Value> {
    let persons = proptest::collection::vec(person(), 0..4);
    let things = (text(), text(), text(), text(), moment(), ternary());
    (persons, things, text(), ternary()).prop_map(|(persons, (a, b, c, d, at, flag), reference, blocked)| {
        json!({
            "source": { "incident_at": at, "received_at": { "text": a }, "kind": "PLATFORM_REPORT" },
            "narrative": a, "persons": persons,
            "accounts": [{ "person_ref": reference, "service": a, "handle": b, "status": [{ "name": "password", "text": c }] }],
            "devices": [{ "person_ref": reference, "id_type": "imei", "id_value": c, "at": at }],
            "network_events": [{ "ip": { "text": d }, "ip_to": { "text": a }, "at": at }],
            "financial": [{ "kind": "x", "amount": b }],
            "files": [{ "name": c, "viewed_by_source": flag, "access_blocked": blocked, "hashes": [
                { "algorithm": "md5", "value": d }, { "algorithm": a, "value": b }] }],
            "places": [{ "role": b, "country": { "text": c }, "at": at, "person_ref": reference }],
            "events": [{ "stage": "TRANSIT", "country": { "text": d } }],
            "organizations": [{ "name": a, "phones": [{ "text": b }], "country": { "text": c } }],
            "legal": { "warrant_required": flag }, "texts": [{ "name": d, "text": a }],
            "countries_involved": ["US", "ZZ"],
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_content(content in content()) {
        static SOURCE: std::sync::OnceLock<Arc<normaliser::Source>> = std::sync::OnceLock::new();
        let source = SOURCE.get_or_init(|| plain_source("format = \"json\"\n"));
        let entry = json!({ "report_number": "1", "content": content });
        match outcome(source, entry.to_string().as_bytes()) {
            Outcome::Lead(lead) => unchanged(&lead.content),
            other => panic!("{other:?}"),
        }
    }
}
