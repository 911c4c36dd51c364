//! The facts that a reader finds in real-shaped documents of the CyberTipline, when such files are at hand.
//!
//! They are not part of this repository: a folder `shared/samples/cybertip-xml` beside it is read if it
//! exists. Parts of documents are put where they belong first.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use normaliser::{Outcome, Source};
use serde_json::{Value, json};

use crate::support::{configured, outcome, stripped};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/cybertip-xml")
}

/// A lead of the document, with what is around a part of one.
fn lead(file: &str, around: &[&str]) -> Value {
    let mut text = std::fs::read_to_string(folder().join(file)).unwrap();
    for name in around.iter().rev() {
        text = format!("<{name}>{text}</{name}>");
    }
    // A mapping of this size takes a while to compile.
    static SOURCE: OnceLock<Arc<Source>> = OnceLock::new();
    match outcome(SOURCE.get_or_init(|| configured("platform-reports")), text.as_bytes()) {
        Outcome::Lead(lead) => stripped(serde_json::to_value(lead).unwrap()),
        other => panic!("{file}: {other:?}"),
    }
}

/// Every place in the lead's content that must hold something; null where nothing may be.
fn check(file: &str, around: &[&str], facts: &[(&str, Value)]) -> usize {
    let lead = lead(file, around);
    for (place, expected) in facts {
        let found = lead.pointer(&format!("/content{place}")).cloned().unwrap_or(Value::Null);
        assert_eq!(found, *expected, "{file} at {place} of\n{lead:#}");
    }
    facts.len()
}

#[test]
fn documents_hold_what_a_reader_finds_in_them() {
    if !folder().exists() {
        return;
    }
    let mut passed = 0;
    passed += check(
        "report-all-fields.xml",
        &[],
        &[
            ("/categories", json!(["CSAM"])),
            ("/category_text/0", json!("Child Pornography (possession, manufacture, and distribution)")),
            ("/annotations", json!(["csamSolicitation", "sextortion"])),
            (
                "/urgency",
                json!({ "level": "HIGH", "reason": "Immediate risk to child", "imminent_danger": "YES" }),
            ),
            ("/source/incident_at/text", json!("2024-01-15T14:30:00.000Z")),
            ("/source/incident_at_description", json!("Multiple incidents over past week")),
            ("/online_places/0/url", json!("https://example.com/harmful-content")),
            ("/online_places/1/provider_id", json!("suspicious@example.com")),
            ("/online_places/2/room", json!("newsgroup1")),
            (
                "/online_places/3",
                json!({ "kind": "chat", "service": "SecureChat", "room": "private-room-123" }),
            ),
            ("/online_places/4", Value::Null),
            (
                "/external_ids",
                json!([{ "scheme": "FBI Cyber Division", "id": "FBI-2024-001", "relation": "case" }]),
            ),
            ("/persons/0/role", json!("SUBJECT")),
            ("/persons/0/names/0/placeholder", json!(true)),
            ("/persons/1/role", json!("RECIPIENT")),
            ("/persons/1/names", Value::Null),
            ("/persons/2/role", json!("VICTIM")),
            ("/persons/2/age", json!(15)),
            ("/persons/2/minor", json!("YES")),
            ("/persons/2/birth_date", Value::Null),
            ("/persons/2/affiliations/0/text", json!("Springfield High School")),
            ("/persons/3/role", json!("REPORTER")),
            ("/persons/3/phones/0/text", json!("555-0123")),
            ("/persons/3/phones/0/e164", Value::Null),
            ("/persons/3/emails/0/verified", json!(true)),
            ("/persons/4/role", json!("CONTACT")),
            ("/persons/5", Value::Null),
            ("/accounts/0/handle", json!("suspicious_user_123")),
            ("/accounts/1/provider_id", json!("USER123")),
            ("/network_events/0/ip/routable", json!(false)),
            ("/devices/0/id_value", json!("123456789012345")),
            ("/countries_involved", json!(["US"])),
        ],
    );
    passed += check(
        "report-trafficking-two-victims.xml",
        &[],
        &[
            ("/categories", json!(["CHILD_SEX_TRAFFICKING"])),
            ("/urgency/reason", json!("Multiple victims identified")),
            ("/persons/0/role", json!("RECIPIENT")),
            ("/persons/1/role", json!("RECIPIENT")),
            ("/persons/2/names/0/placeholder", json!(true)),
            ("/persons/3/names/0/placeholder", json!(true)),
            ("/persons/3/affiliations/0/text", json!("Middle School B")),
            ("/persons/5", Value::Null),
            ("/accounts/0/handle", json!("user1")),
            ("/accounts/0/person_ref", json!("recipient1")),
            ("/accounts/1/provider_id", json!("USER789")),
            ("/accounts/1/person_ref", json!("recipient2")),
            ("/countries_involved", Value::Null),
            ("/external_ids", Value::Null),
        ],
    );
    passed += file_details();
    passed += parts();
    assert!(passed >= 100, "{passed} facts are held");
}

fn file_details() -> usize {
    let whole = lead("file-details-all-fields.xml", &[]);
    assert_eq!(
        (&whole["report_number"], &whole["message_kind"], &whole["amendment_key"]),
        (&json!("123456"), &json!("UPDATE"), &json!("FILE789"))
    );
    check(
        "file-details-all-fields.xml",
        &[],
        &[
            ("/files/0/name", json!("original_evidence.jpg")),
            ("/files/0/viewed_by_source", json!("YES")),
            ("/files/0/publicly_available", json!("NO")),
            ("/files/0/industry_class", json!("A1")),
            ("/files/0/annotations", json!(["liveStreaming", "viral"])),
            ("/files/0/hashes/0/fits", json!(false)),
            ("/files/0/hashes/1/value", json!("e86fdc2283aff4179685f2a918a769eb")),
            ("/files/0/details/0", json!({ "name": "EXIF: Make", "text": "Canon" })),
            ("/files/0/details/4/text", json!("User attempted to delete file after upload")),
            ("/network_events/0/port", json!(443)),
            ("/network_events/0/possible_proxy", json!("NO")),
            ("/devices/0/event", json!("Upload")),
            ("/quality/warnings", json!(["hash_does_not_fit:files[0].hashes[0]"])),
        ],
    ) + check(
        "file-details-required-only.xml",
        &[],
        &[
            ("/files/0/viewed_by_source", Value::Null),
            ("/files/0/access_blocked", json!("YES")),
            ("/quality/warnings", json!(["viewed_not_stated:files[0].viewed_by_source"])),
        ],
    )
}

fn parts() -> usize {
    let in_report = &["report"][..];
    check(
        "parts/incident-summary-trafficking-mixed.xml",
        in_report,
        &[
            ("/categories", json!(["CHILD_SEX_TRAFFICKING"])),
            ("/annotations", json!(["csamSolicitation", "sextortion"])),
            ("/urgency/level", Value::Null),
        ],
    ) + check(
        "parts/person-reported-all-fields.xml",
        in_report,
        &[
            ("/persons/0/birth_date/text", json!("1989-03-15")),
            ("/persons/0/age", json!(35)),
            ("/accounts/0/provider_id", json!("USER123456")),
            ("/accounts/0/service_text", json!("Social Media Platform X")),
            ("/accounts/0/display_names", json!(["James W.", "JW"])),
            ("/accounts/0/group", json!("Group XYZ")),
            ("/accounts/0/third_party_reported", json!("NO")),
            ("/network_events/1/possible_proxy", json!("YES")),
            ("/network_events/1/ip/routable", json!(false)),
            ("/external_ids/1/id", json!("789012")),
            ("/vehicles/0/description", json!("Red Toyota Camry, License Plate ABC-123")),
            ("/places/0/admin1", json!("CT")),
            ("/places/1/admin1", json!("Illinois")),
            ("/places/1/verified", json!("YES")),
        ],
    ) + check(
        "parts/person-reported-minimal-online.xml",
        in_report,
        &[
            ("/persons/0/role", json!("SUBJECT")),
            ("/persons/0/names", Value::Null),
            ("/accounts/0/handle", json!("anonymous_user")),
            ("/accounts/0/third_party_reported", json!("YES")),
            ("/network_events/0/at", Value::Null),
        ],
    ) + check(
        "parts/victim-all-fields.xml",
        in_report,
        &[
            ("/persons/0/role", json!("VICTIM")),
            ("/persons/0/minor", json!("YES")),
            ("/persons/0/phones/0/text", json!("555-3333")),
            ("/accounts/0/handle", json!("jane_2009")),
            ("/places/0/postal_code", json!("234")),
            ("/external_ids/0/id", json!("654321")),
            ("/devices/0/id_value", json!("987654321012345")),
        ],
    ) + check(
        "parts/intended-recipient-account-status.xml",
        in_report,
        &[
            ("/persons/0/role", json!("RECIPIENT")),
            ("/persons/0/minor", json!("NO")),
            ("/accounts/0/status/0", json!({ "name": "temporarily_disabled", "text": "true" })),
            ("/accounts/0/status/2/text", json!("2024-01-15T00:00:00.000Z")),
        ],
    ) + check(
        "parts/law-enforcement-all-fields.xml",
        in_report,
        &[("/countries_involved", json!(["CA"])), ("/external_ids/0/id", json!("FBI-2024-001"))],
    ) + check(
        "parts/reporter-multiple-contacts.xml",
        in_report,
        &[
            ("/persons/0/phones/0/verified", json!(true)),
            ("/persons/0/phones/1/text", json!("555-2222")),
            ("/persons/0/emails/1/address", json!("e.davis@company.com")),
            ("/texts/1/text", json!("https://company.com/legal-info")),
        ],
    ) + check(
        "parts/address-spain.xml",
        &["report", "personOrUserReported", "personOrUserReportedPerson"],
        &[
            ("/places/0/street", json!("Calle de la Paz, 1")),
            ("/places/0/role", json!("business")),
            ("/places/0/admin1", json!("SomeRegion")),
            ("/places/0/country/code", json!("ES")),
        ],
    ) + check(
        "parts/phone-verified.xml",
        &["report", "reporter", "reportingPerson"],
        &[
            ("/persons/0/phones/0/text", json!("+99 123-456-7890")),
            ("/persons/0/phones/0/e164", Value::Null),
            ("/persons/0/phones/0/extension", json!("123")),
            ("/persons/0/phones/0/kind", json!("mobile")),
            ("/persons/0/phones/0/verified_at/text", json!("2024-01-01T00:00:00.000Z")),
        ],
    ) + check(
        "parts/incident-non-internet.xml",
        &["report", "internetDetails"],
        &[
            ("/places/0/name", json!("My House")),
            ("/places/1/city", json!("Othertown")),
            ("/places/0/country", Value::Null),
            ("/texts/0/text", json!("This is a test")),
        ],
    ) + check(
        "parts/incident-peer2peer.xml",
        &["report", "internetDetails"],
        &[
            ("/online_places/0/service", json!("My Client")),
            ("/online_places/0/details/0/text", json!("My File")),
            ("/network_events/1/possible_proxy", json!("YES")),
        ],
    )
}
