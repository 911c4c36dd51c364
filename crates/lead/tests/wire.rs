//! Reading and writing by position, held against the codec that is driven by the schema: on records of
//! every shape each reads what the other writes, and of damaged bytes ours takes none for a record that
//! the other does not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::LazyLock;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use lead::matter::{AssessedLead, Evidence, GroupWeight, HotKey, KeyKind, LeadLink};
use lead::wire::{Subject, WireError};
use lead::{Content, Lead, MatterEvent, Verdict, wire};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// The codec driven by the schema.
struct Oracle(Schema, u32);

static LEAD: LazyLock<Oracle> = LazyLock::new(Oracle::of::<Lead>);
static EVENT: LazyLock<Oracle> = LazyLock::new(Oracle::of::<MatterEvent>);

impl Oracle {
    fn of<T: Subject>() -> Self {
        apache_avro::util::max_allocation_bytes(16 << 20);
        Self(Schema::parse_str(T::SCHEMA).unwrap(), T::id().unwrap())
    }

    fn encode<T: Serialize>(&self, record: &T) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend(self.1.to_be_bytes());
        GenericDatumWriter::builder(&self.0).build().unwrap().write_ser(&mut bytes, record).unwrap();
        bytes
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Option<T> {
        let mut body = &bytes[5..];
        let record = GenericDatumReader::builder(&self.0).build().unwrap().read_deser(&mut body).ok()?;
        body.is_empty().then_some(record)
    }
}

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
            level: "close".into(),
            weight_millibits: -7,
            one_in_bits: Some(20),
            ..Evidence::default()
        }],
        links: vec![
            LeadLink::default(),
            LeadLink {
                held: Some("size".into()),
                groups: vec![GroupWeight::default()],
                ..LeadLink::default()
            },
        ],
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
    let ours = wire::decode::<Lead>(bytes);
    if let Ok(ours) = &ours {
        assert!(LEAD.decode::<Lead>(bytes).as_ref() == Some(ours));
    }
    ours
}

proptest! {
    #[test]
    fn each_reads_what_the_other_writes(lead in some_lead()) {
        prop_assert!(both(&wire::encode(&lead).unwrap()).unwrap() == lead);
        prop_assert!(both(&LEAD.encode(&lead)).unwrap() == lead);
        let event = event(lead);
        prop_assert!(EVENT.decode::<MatterEvent>(&wire::encode(&event).unwrap()).unwrap() == event);
        prop_assert!(wire::decode::<MatterEvent>(&EVENT.encode(&event)).unwrap() == event);
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_as_the_other_reads_them(lead in some_lead(), hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = wire::encode(&lead).unwrap();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = both(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_without_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = wire::decode::<Lead>(&bytes);
        for (slot, byte) in bytes.iter_mut().zip([0, 0, 0, 0, 2]) {
            *slot = byte;
        }
        let _ = wire::decode::<Lead>(&bytes);
    }
}

#[test]
fn every_length_short_of_the_whole_is_refused() {
    let bytes = wire::encode(&lead(&["a".into(), "b".into()], &[1, -1])).unwrap();
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
    assert_eq!(wire::decode::<Lead>(&bytes), Err(WireError::Body("lead")));
}
