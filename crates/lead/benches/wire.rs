//! What Avro and facts cost for one lead of some 40 values: `cargo bench -p lead --profile dev`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints")]

use std::hint::black_box;
use std::time::Instant;

use lead::{AssessedLead, ClassSet, Content, FieldClass, Lead, MatterEvent, SiteKeys, wire};
use serde_json::json;

fn content() -> Content {
    serde_json::from_value(json!({
        "source": { "kind": "TIP_LINE", "organisation": "Harbour tip line", "language": "en",
            "incident_at": { "instant": 1_700_000_000_000_000_i64, "text": "2023-11-14T22:13:20Z" } },
        "originator": { "agency_id": "harbour", "country": "US" },
        "categories": ["CHILD_SEX_TRAFFICKING"], "annotations": ["sextortion"],
        "external_ids": [{ "scheme": "harbour", "id": "H-77", "relation": "prior" }],
        "narrative": "The caller says that a girl of about fifteen is brought to the motel by a man in a red car every Friday night. ".repeat(6),
        "persons": [
            { "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "age": 35, "names": [{ "full": "Alan Exemplar", "given": "Alan", "surname": "Exemplar" }],
              "phones": [{ "text": "202-555-0123", "e164": "+12025550123", "country": "US" }], "emails": [{ "text": "A@Example.org", "address": "A@example.org" }] },
            { "person_ref": "p2", "role": "VICTIM", "age": 15, "minor": "YES", "names": [{ "given": "Bea" }], "nationalities": [{ "code": "MX", "text": "Mexico" }] },
            { "person_ref": "p3", "role": "REPORTER", "minor": "NO", "phones": [{ "text": "202-555-0199", "e164": "+12025550199" }] },
        ],
        "accounts": [{ "person_ref": "p2", "service": "chat.example", "handle": "bea15" }, { "service": "chat.example", "handle": "alan_x", "provider_id": "99" }],
        "network_events": [{ "ip": { "address": "203.0.113.7", "text": "203.0.113.7" }, "event": "Login", "at": { "instant": 1_700_000_000_000_000_i64, "text": "2023-11-14T22:13:20Z" } }],
        "devices": [{ "person_ref": "p1", "id_type": "IMEI", "id_value": "123456789012345" }],
        "files": [{ "name": "a.jpg", "hashes": [{ "algorithm": "MD5", "value": "aabbccddaabbccddaabbccddaabbccdd", "fits": true }] }],
        "places": [{ "role": "incident", "street": "1 Main St", "city": "Springfield", "admin1": "TX", "country": { "code": "US", "text": "USA" } }],
        "countries_involved": ["MX", "US"],
        "handling": { "tlp": "AMBER" },
    }))
    .unwrap()
}

fn time(name: &str, mut f: impl FnMut()) {
    for _ in 0..2_000 {
        f();
    }
    let start = Instant::now();
    let n = 20_000;
    for _ in 0..n {
        f();
    }
    println!("{name:<28} {:>8.2} us", start.elapsed().as_secs_f64() * 1e6 / f64::from(n));
}

fn main() {
    let lead =
        Lead { agency: "harbour".into(), order: "1-2-0".into(), content: content(), ..Lead::default() };
    let keys = SiteKeys::new([7; 32]);
    let bytes = wire::encode(&lead).unwrap();
    println!("{} bytes, {} facts", bytes.len(), lead.content.facts(&keys.facts).len());
    let event =
        MatterEvent::AssessedLead(Box::new(AssessedLead { lead: lead.clone(), ..AssessedLead::default() }));
    let event_bytes = wire::encode(&event).unwrap();
    time("encode lead", || drop(black_box(wire::encode(&lead).unwrap())));
    time("decode lead", || drop(black_box(wire::decode::<Lead>(&bytes).unwrap())));
    time("encode matter event", || drop(black_box(wire::encode(&event).unwrap())));
    time("decode matter event", || drop(black_box(wire::decode::<MatterEvent>(&event_bytes).unwrap())));
    time("facts", || drop(black_box(lead.content.facts(&keys.facts))));
    time("lead id", || {
        black_box(keys.lead_id("harbour", Some("H-77"), &lead.content_hash));
    });
    let without: ClassSet = ClassSet::grantable().iter().filter(|c| *c != FieldClass::Minor).collect();
    time("clone and retain", || {
        let mut copy = lead.content.clone();
        black_box(copy.retain(without));
    });
}
