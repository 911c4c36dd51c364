//! The Rust types and the contracts under `schemas/` agree, property for property.
//!
//! After a deliberate change of a type, `UPDATE_SCHEMAS=1 cargo test -p lead --test schema` writes
//! the files anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::PathBuf;

use lead::decision::Decision;
use lead::held::HeldRelease;
use lead::ledger::Checkpoint;
use lead::matter::{LegalHold, MatchDecision, MatterEvent, Purge, ReviewCase};
use lead::partner::PartnerLead;
use lead::record::{Lead, LeadSubmission};
use lead::schema::{AvroType, Defined};
use serde_json::Value as Json;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/{name}.avsc"))
}

fn agree<T: AvroType>(name: &str) {
    let described = T::schema(&mut Defined::default());
    let path = path(name);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, format!("{:#}\n", described)).unwrap();
    }
    let file: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(file == described, "schemas/{name}.avsc differs from its Rust type");
    apache_avro::Schema::parse_str(&described.to_string()).unwrap();
}

#[test]
fn lead_submission_agrees() {
    agree::<LeadSubmission>("lead-submission");
}

#[test]
fn lead_agrees() {
    agree::<Lead>("lead");
}

#[test]
fn matter_event_agrees() {
    agree::<MatterEvent>("matter-event");
}

#[test]
fn partner_lead_agrees() {
    agree::<PartnerLead>("partner-lead");
}

#[test]
fn decision_agrees() {
    agree::<Decision>("decision");
}

#[test]
fn review_case_agrees() {
    agree::<ReviewCase>("review-case");
}

#[test]
fn match_decision_agrees() {
    agree::<MatchDecision>("match-decision");
}

#[test]
fn legal_hold_agrees() {
    agree::<LegalHold>("legal-hold");
}

#[test]
fn purge_agrees() {
    agree::<Purge>("purge");
}

#[test]
fn held_release_agrees() {
    agree::<HeldRelease>("held-release");
}

#[test]
fn checkpoint_agrees() {
    agree::<Checkpoint>("checkpoint");
}

/// Every leaf of the content has a class, and only known ones occur.
#[test]
fn every_field_of_the_content_has_a_class() {
    let content = lead::Content::schema(&mut Defined::default());
    let mut leaves = 0;
    check(&content, "Content", &mut leaves);
    assert!(leaves > 150, "{leaves}");

    fn check(record: &Json, path: &str, leaves: &mut usize) {
        for field in record["fields"].as_array().unwrap() {
            let path = format!("{path}.{}", field["name"].as_str().unwrap());
            match field.get("leadshare.class") {
                Some(class) => {
                    let class = class.as_str().unwrap();
                    assert!(lead::FieldClass::from_name(class).is_some(), "{path}: {class}");
                    *leaves += 1;
                }
                None => check(
                    nested(&field["type"]).unwrap_or_else(|| panic!("{path} has no class")),
                    &path,
                    leaves,
                ),
            }
        }
    }

    /// The record that a field without a class must hold; one defined earlier was checked there.
    fn nested(ty: &Json) -> Option<&Json> {
        static SEEN: std::sync::LazyLock<Json> =
            std::sync::LazyLock::new(|| serde_json::json!({ "fields": [] }));
        match ty {
            Json::Object(object) if object["type"] == "record" => Some(ty),
            Json::Object(object) if object["type"] == "array" => nested(&object["items"]),
            Json::Array(union) => union.iter().find_map(nested),
            Json::String(name) if name.starts_with("leadshare.v1.") => Some(&SEEN),
            _ => None,
        }
    }
}
