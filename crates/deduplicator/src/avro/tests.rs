#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
//! Held against the codec that is driven by the schema: on records of every shape each reads what the
//! other writes, and of damaged bytes ours takes none for a record that the other does not.

use lead::matter::{AssessedLead, Evidence, HotKey, KeyKind, LeadLink};
use lead::{Content, Lead, MatterEvent, Verdict, wire};
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A lead with a value of every kind of type: unions, arrays, enumerations, numbers, texts.
fn lead(texts: &[String], numbers: &[i64]) -> Lead {
    let text = |n: usize| texts.get(n % texts.len().max(1)).cloned().unwrap_or_default();
    let number = |n: usize| numbers.get(n % numbers.len().max(1)).copied().unwrap_or_default();
    let many: Vec<_> = texts.iter().map(|t| json!({ "name": t, "text": t })).collect();
    let content: Content = serde_json::from_value(json!({
        "source": { "kind": "HOTLINE", "incident_at": { "instant": number(0), "text": text(0) }, "language": text(1) },
        "categories": ["CSAM", "OTHER"], "narrative": text(2), "texts": many,
        "persons": texts.iter().map(|t| json!({ "person_ref": t, "role": "VICTIM", "age": number(1) as i32, "minor": "YES",
            "names": [{ "full": t, "placeholder": true }], "phones": [{ "text": t, "e164": "+12025550101", "verified": false }],
            "nationalities": [{ "code": "MX", "text": t }] })).collect::<Vec<_>>(),
        "files": [{ "size_bytes": number(2), "hashes": [{ "algorithm": "MD5", "value": text(3), "fits": true }] }],
        "places": [{ "point": { "lat": number(3) as f64 / 7.0, "lon": -0.5, "precision_m": null } }],
        "countries_involved": ["US", "MX"],
    }))
    .unwrap();
    Lead {
        report_number: texts.first().cloned(),
        order: text(1),
        message_kind: lead::code::MessageKind::Update,
        occurrences: number(0) as i32,
        content,
        ..Lead::default()
    }
}

fn event(lead: Lead) -> MatterEvent {
    MatterEvent::AssessedLead(Box::new(AssessedLead {
        verdict: Verdict::Related,
        version: 3,
        evidence: vec![Evidence {
            kind: KeyKind::Phone,
            digest: "ab".into(),
            seen: 2,
            ..Evidence::default()
        }],
        links: vec![LeadLink::default(), LeadLink::default()],
        hot: vec![HotKey { kind: KeyKind::Device, seen: -1 }],
        lead,
        ..AssessedLead::default()
    }))
}

fn some_lead() -> impl Strategy<Value = Lead> {
    let numbers = prop_oneof![any::<i64>(), -70_i64..70, Just(i64::MIN), Just(i64::MAX)];
    (prop::collection::vec(".{0,20}", 0..6), prop::collection::vec(numbers, 0..5))
        .prop_map(|(texts, numbers)| lead(&texts, &numbers))
}

/// What ours reads, the other must read too, and as the same. Ours may be stricter.
fn both(bytes: &[u8]) -> Result<Lead, WireError> {
    let ours = Codec::<Lead>::new().decode(bytes);
    if ours.is_ok() {
        assert!(ours == wire::decode::<Lead>(bytes));
    }
    ours
}

proptest! {
    #[test]
    fn each_reads_what_the_other_writes(lead in some_lead()) {
        prop_assert!(both(&wire::encode(&lead).unwrap()).unwrap() == lead);
        prop_assert!(both(&Codec::new().encode(&lead).unwrap()).unwrap() == lead);
        let event = event(lead);
        let bytes = Codec::new().encode(&event).unwrap();
        prop_assert!(wire::decode::<MatterEvent>(&bytes).unwrap() == event);
        prop_assert!(Codec::<MatterEvent>::new().decode(&wire::encode(&event).unwrap()).unwrap() == event);
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_as_the_other_reads_them(lead in some_lead(), hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = Codec::new().encode(&lead).unwrap();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = both(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_without_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Codec::<Lead>::new().decode(&bytes);
        for (slot, byte) in bytes.iter_mut().zip([0, 0, 0, 0, 2]) {
            *slot = byte;
        }
        let _ = Codec::<Lead>::new().decode(&bytes);
    }
}

#[test]
fn every_length_short_of_the_whole_is_refused() {
    let bytes = Codec::new().encode(&lead(&["a".into(), "b".into()], &[1, -1])).unwrap();
    for end in 0..bytes.len() {
        assert!(both(&bytes[..end]).is_err(), "{end}");
    }
    assert_eq!(both(&[bytes.as_slice(), &[0]].concat()), Err(WireError::Trailing("lead")));
    let mut other = bytes;
    other[4] = 99;
    assert_eq!(both(&other), Err(WireError::UnknownSchema(99, "lead")));
}

/// A count of items that is not there must not make room for them.
#[test]
fn a_count_that_lies_costs_nothing() {
    let mut bytes = vec![0, 0, 0, 0, 2];
    bytes.extend([0xff; 8]);
    bytes.push(0x7f);
    assert_eq!(Codec::<Lead>::new().decode(&bytes), Err(WireError::Body("lead")));
}
