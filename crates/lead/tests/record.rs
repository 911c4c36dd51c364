//! A lead survives Avro and JSON, shows nothing through `Debug`, and facts agree with redaction.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use lead::class::{ClassSet, FIELD_CLASSES, FieldClass};
use lead::matter::{AssessedLead, MatterEvent};
use lead::record::{Lead, LeadSubmission};
use lead::{Content, SiteKeys, wire};
use proptest::prelude::*;
use serde_json::json;

fn content() -> Content {
    serde_json::from_value(json!({
        "source": { "kind": "TIP_LINE", "organisation": "Harbour tip line", "incident_at": { "instant": 1_700_000_000_000_000_i64, "text": "2023-11-14T22:13:20Z" } },
        "categories": ["CHILD_SEX_TRAFFICKING"],
        "external_ids": [{ "scheme": "harbour", "id": "H-77", "relation": "prior" }],
        "narrative": "Caller saw the girl at the motel.",
        "persons": [
            { "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "names": [{ "full": "Alan Exemplar" }], "phones": [{ "text": "202-555-0123", "e164": "+12025550123" }] },
            { "person_ref": "p2", "role": "VICTIM", "age": 15, "minor": "YES", "names": [{ "given": "Bea" }] },
            { "person_ref": "p3", "role": "REPORTER", "minor": "NO", "phones": [{ "text": "202-555-0199", "e164": "+12025550199" }] },
        ],
        "accounts": [
            { "person_ref": "p2", "service": "chat.example", "handle": "bea15" },
            { "service": "chat.example", "handle": "nobody_knows" },
        ],
        "files": [{ "hashes": [{ "algorithm": "MD5", "value": "aabbccddaabbccddaabbccddaabbccdd", "fits": true }] }],
        "places": [{ "role": "incident", "city": "Springfield", "country": { "code": "US", "text": "USA" }, "point": { "lat": 1.5, "lon": -2.5 } }],
        "countries_involved": ["US"],
    }))
    .unwrap()
}

fn lead() -> Lead {
    Lead { agency: "harbour".into(), order: "1-2-0".into(), content: content(), ..Lead::default() }
}

#[test]
fn survives_the_wire() {
    let lead = lead();
    assert!(wire::decode::<Lead>(&wire::encode(&lead).unwrap()).unwrap() == lead);
    let submission = LeadSubmission { content: content(), ..LeadSubmission::default() };
    assert!(wire::decode::<LeadSubmission>(&wire::encode(&submission).unwrap()).unwrap() == submission);
    let event =
        MatterEvent::AssessedLead(Box::new(AssessedLead { lead, version: 3, ..AssessedLead::default() }));
    assert!(wire::decode::<MatterEvent>(&wire::encode(&event).unwrap()).unwrap() == event);
}

#[test]
fn debug_shows_no_data() {
    let shown = format!(
        "{:?} {:?} {:?}",
        lead(),
        content().persons[0].names[0].full,
        content().persons[0].phones[0].e164
    );
    for secret in ["Alan", "2025550123", "motel", "bea15"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_minors_handle_needs_the_minor_class_and_so_does_one_tied_to_nobody() {
    let all = ClassSet::grantable();
    let without_minor: ClassSet = all.iter().filter(|c| *c != FieldClass::Minor).collect();
    let mut copy = content();
    assert!(copy.retain(without_minor) > 0);
    assert!(copy.accounts.is_empty(), "the minor's handle and the one that may be hers are gone");
    assert!(copy.narrative.is_none(), "free text may speak of her");
    assert_eq!(copy.persons.len(), 2);
    assert!(copy.persons[0].phones[0].e164.is_some(), "the adult subject stays");
}

#[test]
fn nothing_leaves_without_a_class() {
    let mut copy = content();
    copy.retain(ClassSet::EMPTY);
    assert!(copy == Content::default());
}

#[test]
fn source_text_goes_with_its_value() {
    let mut copy = content();
    copy.retain(ClassSet::grantable().iter().filter(|c| *c != FieldClass::Contact).collect());
    let json = serde_json::to_string(&copy).unwrap();
    assert!(!json.contains("555"), "{json}");
}

/// Whoever receives a lead at all sees its general part: roles and references among it.
fn any_classes() -> impl Strategy<Value = ClassSet> {
    proptest::collection::vec(proptest::sample::select(FIELD_CLASSES.to_vec()), 0..20).prop_map(|classes| {
        classes
            .into_iter()
            .map(|(c, _)| c)
            .chain([FieldClass::General])
            .filter(|c| *c != FieldClass::Internal)
            .collect()
    })
}

proptest! {
    /// PL-14: the facts of a copy are the visible facts of the lead.
    #[test]
    fn facts_of_a_copy_are_the_visible_facts(permitted in any_classes()) {
        let keys = SiteKeys::new([7; 32]);
        let whole = content().facts(&keys.facts);
        let mut copy = content();
        copy.retain(permitted);
        let of_copy: Vec<_> = copy.facts(&keys.facts).visible(permitted).collect();
        let visible: Vec<_> = whole.visible(permitted).collect();
        prop_assert_eq!(of_copy, visible);
    }

    /// Adding a class never removes a value, and removing one never adds a fact.
    #[test]
    fn fewer_classes_never_show_more(permitted in any_classes(), more in any_classes()) {
        let keys = SiteKeys::new([7; 32]);
        let whole = content().facts(&keys.facts);
        let few: std::collections::BTreeSet<_> = whole.visible(permitted).collect();
        let many: std::collections::BTreeSet<_> = whole.visible(permitted.union(more)).collect();
        prop_assert!(few.is_subset(&many));
    }
}
