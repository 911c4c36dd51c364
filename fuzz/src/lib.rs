//! What every target does: a message goes through the decoder, the mapping and the canonical forms of a template.
//!
//! INVARIANT: no input panics, hangs or takes more memory than the limits that `scripts/fuzz` sets; every refusal has a
//! reason of the table; every lead encodes.
#![allow(clippy::expect_used, clippy::panic, reason = "a target ends where something is wrong")]

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use lead::{SiteKeys, wire};
use normaliser::{Normaliser, Outcome, REASONS, Source, SourceFiles};
use pipeline::{Headers, Offset, Reason, Record, Source as Partition, Timestamp};

/// Normalises a message as a source made of this template would.
pub fn normalise(template: &str, value: &[u8]) {
    thread_local!(static NORMALISER: RefCell<Option<Normaliser>> = const { RefCell::new(None) });
    NORMALISER.with_borrow_mut(|normaliser| {
        let normaliser = normaliser
            .get_or_insert_with(|| Normaliser::new(Arc::new(source(template)), SiteKeys::new([7; 32])));
        let now = Timestamp(1_770_681_600_000);
        let record = Record {
            source: Partition::new(normaliser.source().inbound_topic().clone(), 0),
            offset: Offset(0),
            timestamp: now,
            key: None,
            value: Some(value.to_vec()),
            headers: Headers::default(),
        };
        match normaliser.normalise(&record, now) {
            Err(reason) => is_typed(&reason),
            Ok(outcomes) => {
                for outcome in outcomes {
                    match outcome {
                        Outcome::Lead(lead) => drop(wire::encode(&*lead).expect("a lead encodes")),
                        Outcome::Rejected(reason) => is_typed(&reason),
                        Outcome::NotALead(_) => {}
                    }
                }
            }
        }
    });
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
