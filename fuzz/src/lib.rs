//! What every target does: a message goes through the decoder, the mapping and the canonical forms of a template.
//!
//! INVARIANT: no input panics, hangs or takes more memory than the limits that `scripts/fuzz` sets; every refusal has a
//! reason of the table; every lead encodes.
#![allow(clippy::expect_used, clippy::panic, reason = "a target ends where something is wrong")]

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use lead::decision::Decision;
use lead::held::HeldRelease;
use lead::ledger::Checkpoint;
use lead::matter::{LegalHold, MatchDecision, Purge, ReviewCase};
use lead::wire::{Decode, Encode};
use lead::{Lead, LeadSubmission, MatterEvent, SiteKeys, wire};
use normaliser::{Normaliser, Outcome, REASONS, Source, SourceFiles};
use pipeline::{Header, Headers, Offset, Order, Reason, Record, Source as Partition, Timestamp};

/// What the template of JSON shows first.
const MESSAGE: &[u8] = include_bytes!("../../config/sources/_template/json/01.raw");
const NOW: Timestamp = Timestamp(1_770_681_600_000);

/// Normalises a message as a source made of this template would.
pub fn normalise(template: &str, value: &[u8]) {
    for outcome in outcomes(template, value, Headers::default()) {
        match outcome {
            Outcome::Lead(lead) => drop(wire::encode(&*lead).expect("a lead encodes")),
            Outcome::Rejected(reason) => is_typed(&reason),
            Outcome::NotALead(_) => {}
        }
    }
}

/// A message with headers: pairs of a letter for the name and a value, apart from each other by a zero. What an agency
/// writes there never gives a lead another place in the order.
pub fn headers(value: &[u8]) {
    let names = [Order::HEADER, Header::REDRIVE, Header::ENTRY, Header::OFFSET, "traceparent", "note"];
    let mut headers = Headers::default();
    for pair in value.split(|byte| *byte == 0) {
        let Some((name, value)) = pair.split_first() else { continue };
        let name = names.get(usize::from(*name) % names.len()).expect("a name");
        headers.push(*name, value);
        if let Ok(text) = std::str::from_utf8(value)
            && let Ok(order) = text.parse::<Order>()
        {
            assert_eq!(order.to_string().parse(), Ok(order), "an order is written as it is read");
        }
    }
    for outcome in outcomes("json", MESSAGE, headers) {
        let Outcome::Lead(lead) = outcome else { panic!("the sample is a lead") };
        assert_eq!(lead.order, format!("{}-0-0", NOW.0), "an order that this site did not write");
    }
}

/// The body of a record of each subject, and then all of it, with a header of its own. What decodes is encoded to what
/// decodes to the same.
pub fn decode(value: &[u8]) {
    again::<LeadSubmission>(value);
    again::<Lead>(value);
    again::<MatterEvent>(value);
    again::<Decision>(value);
    again::<ReviewCase>(value);
    again::<MatchDecision>(value);
    again::<LegalHold>(value);
    again::<Purge>(value);
    again::<HeldRelease>(value);
    again::<Checkpoint>(value);
    drop(release::decode_partner_lead(value));
}

fn again<T: Encode + Decode>(value: &[u8]) {
    let id = T::id().expect("a subject has an id").to_be_bytes();
    let framed = [&[0], id.as_slice(), value].concat();
    for bytes in [value, &framed] {
        if let Ok(record) = wire::decode::<T>(bytes) {
            let written = wire::encode(&record).expect("what was read is written");
            let again = wire::decode::<T>(&written).expect("what was written is read");
            assert!(wire::encode(&again) == Ok(written), "a record is another when it is read again");
        }
    }
}

/// What becomes of a message. A refusal of all of it has a reason of the table.
fn outcomes(template: &str, value: &[u8], headers: Headers) -> Vec<Outcome> {
    thread_local!(static NORMALISER: RefCell<Option<Normaliser>> = const { RefCell::new(None) });
    NORMALISER.with_borrow_mut(|normaliser| {
        let normaliser = normaliser
            .get_or_insert_with(|| Normaliser::new(Arc::new(source(template)), SiteKeys::new([7; 32])));
        let record = Record {
            source: Partition::new(normaliser.source().inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: NOW,
            key: None,
            value: Some(value.to_vec()),
            headers,
        };
        normaliser.normalise(&record, NOW).unwrap_or_else(|reason| {
            is_typed(&reason);
            Vec::new()
        })
    })
}

fn is_typed(reason: &Reason) {
    let known = REASONS.iter().any(|(code, stage, _)| *code == reason.code && *stage == reason.stage);
    assert!(known, "{reason:?} is not in the table");
}

fn source(template: &str) -> Source {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/sources");
    let folder = sources.join("_template").join(template);
    let files = SourceFiles {
        name: "template".into(),
        source_toml: std::fs::read_to_string(folder.join("source.toml")).expect("a template"),
        mapping_vrl: std::fs::read_to_string(folder.join("mapping.vrl")).ok(),
        placeholders_toml: std::fs::read_to_string(sources.join("placeholders.toml")).ok(),
    };
    Source::compile(files).expect("a template that compiles")
}
