#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use lead::Content;
use serde_json::{Value, json};

fn profiler(master: u8) -> Profiler {
    let config = Config::parse(include_str!("../../../../config/matching.toml")).unwrap();
    Profiler::new(&SiteKeys::new([master; 32]), config.into())
}

fn lead(content: Value) -> Lead {
    Lead { content: serde_json::from_value::<Content>(content).unwrap(), ..Lead::default() }
}

fn profile(content: Value) -> Profile {
    profiler(7).profile(&lead(content))
}

fn kinds(content: Value) -> Vec<IdentifierKind> {
    profile(content).identifiers.iter().map(|i| i.kind).collect()
}

#[test]
fn every_kind_of_value_is_an_identifier_of_its_kind() {
    let person = |field: &str, value: Value| json!({ "persons": [{ "person_ref": "p1", field: [value] }] });
    for (content, expected) in [
        (json!({ "external_ids": [{ "scheme": "harbour", "id": "H-1" }] }), IdentifierKind::ExternalId),
        (person("phones", json!({ "e164": "+12025550101", "text": "x" })), IdentifierKind::Phone),
        (person("emails", json!({ "address": "a@example.org", "text": "x" })), IdentifierKind::Email),
        (json!({ "organizations": [{ "phones": [{ "e164": "+12025550101" }] }] }), IdentifierKind::Phone),
        (json!({ "organizations": [{ "emails": [{ "address": "a@example.org" }] }] }), IdentifierKind::Email),
        (json!({ "accounts": [{ "service": "chat.example", "handle": "h" }] }), IdentifierKind::Account),
        (json!({ "accounts": [{ "service": "chat.example", "provider_id": "9" }] }), IdentifierKind::Account),
        (
            json!({ "files": [{ "hashes": [{ "algorithm": "MD5", "value": "ab", "fits": true }] }] }),
            IdentifierKind::FileHash,
        ),
        (json!({ "devices": [{ "id_type": "IMEI", "id_value": "35-1" }] }), IdentifierKind::Device),
        (json!({ "financial": [{ "account": "DE89 3704" }] }), IdentifierKind::FinancialAccount),
        (json!({ "vehicles": [{ "plate": "B 0S 11" }] }), IdentifierKind::Vehicle),
    ] {
        assert_eq!(kinds(content.clone()), [expected], "{content}");
    }
}

/// A whole number is one; what digits there are of it may be one of several.
#[test]
fn a_phone_without_its_country_is_known_in_part() {
    for (phone, partial) in [
        (json!({ "text": "555 0101" }), true),
        (json!({ "text": "(202) 555-0101" }), true),
        (json!({ "text": "202 555 0101", "e164": "+12025550101" }), false),
    ] {
        let made = profile(json!({ "persons": [{ "phones": [phone] }] }));
        assert_eq!(made.identifiers.iter().map(|i| i.partial).collect::<Vec<_>>(), [partial]);
    }
}

#[test]
fn what_is_blank_placeholder_or_unfit_is_no_evidence() {
    for content in [
        json!({ "persons": [{ "names": [{ "full": "Unknown User", "placeholder": true }] }] }),
        json!({ "persons": [{ "birth_date": { "local": "1990-01-01" }, "birth_date_placeholder": true }] }),
        json!({ "persons": [{ "phones": [{ "text": "ends in 0101" }, { "text": "000 0000" }] }] }),
        json!({ "persons": [{ "emails": [{ "text": "not an address" }] }] }),
        json!({ "persons": [{ "documents": [{ "kind": "passport", "number": "1234567", "placeholder": true }] }] }),
        json!({ "external_ids": [{ "scheme": "harbour", "id": "  " }, { "scheme": "", "id": "1" }] }),
        json!({ "accounts": [{ "handle": "h" }, { "service": " ", "handle": "h" }, { "service": "chat.example" }] }),
        json!({ "accounts": [{ "service": "chat.example", "handle": "unknown", "placeholder": true }] }),
        json!({ "files": [{ "hashes": [{ "algorithm": "MD5", "value": "short", "fits": false }] }] }),
        json!({ "persons": [{ "emails": [{ "address": "none@none.com", "placeholder": true }] }] }),
        json!({ "devices": [{ "id_type": "IMEI", "id_value": "123456789012345", "placeholder": true }] }),
        json!({ "devices": [{ "id_type": "IDFA", "id_value": "00000000-0000-0000" }, { "id_value": "35-1" }] }),
        json!({ "network_events": [{ "ip": { "address": "192.0.2.1", "routable": true } }] }),
    ] {
        let made = profile(content.clone());
        assert!(made.identifiers.is_empty(), "{content}");
        let says = |p: &linkage::Person| {
            !p.given.is_empty() || p.birth != Birth::default() || !p.documents.is_empty()
        };
        assert!(!made.persons.iter().any(says), "{content}");
    }
}

#[test]
fn whoever_reports_or_works_on_the_lead_is_not_who_it_is_about() {
    let of = |role: &str| {
        let person = json!({ "role": role, "names": [{ "full": "Alan Exemplar" }], "phones": [{ "e164": "+12025550101" }] });
        profile(json!({ "persons": [person] }))
    };
    let (subject, reporter, officer) = (of("SUBJECT"), of("REPORTER"), of("CONTACT"));
    assert!(subject.persons[0].counts && !reporter.persons[0].counts && !officer.persons[0].counts);
    assert_eq!(subject.identifiers.len(), 1);
    assert_eq!(reporter.identifiers.len(), 1, "who calls twice is one caller");
    assert!(officer.identifiers.is_empty(), "a desk's number is in every lead of the desk");
}

#[test]
fn the_leads_own_number_is_one_that_another_lead_can_name() {
    let own = Lead { agency: "harbour".into(), report_number: Some("H-1".into()), ..Lead::default() };
    let naming = json!({ "external_ids": [{ "scheme": "Harbour", "id": " h-1 ", "relation": "prior" }] });
    assert_eq!(profiler(7).profile(&own).identifiers, profile(naming).identifiers);
}

#[test]
fn what_is_different_has_different_digests_and_sites_are_apart() {
    let id = |field: &str, value: &str| {
        profile(json!({ "accounts": [{ "service": "chat.example", field: value }] })).identifiers[0].digest
    };
    assert_ne!(id("handle", "77"), id("provider_id", "77"), "a handle is not a number");
    assert_eq!(id("handle", "Bea15"), id("handle", " bea15"));
    let content = json!({ "persons": [{ "phones": [{ "e164": "+12025550101" }] }] });
    let digest = |master| profiler(master).profile(&lead(content.clone())).identifiers[0].digest;
    assert_ne!(digest(7), digest(8));
}

#[test]
fn a_place_of_a_person_is_the_persons() {
    let place = json!({ "person_ref": "p1", "street": "12 High Street", "city": "Newport" });
    let made = profile(
        json!({ "persons": [{ "person_ref": "p1", "role": "VICTIM" }], "places": [place, { "city": "Newport" }] }),
    );
    assert_eq!((made.persons[0].places.len(), made.places.len()), (1, 1));
}

#[test]
fn an_alias_is_taken_where_there_is_no_other_name() {
    let names = |names: Value| profile(json!({ "persons": [{ "names": names }] })).persons[0].clone();
    let both = names(json!([{ "full": "El Gato", "kind": "alias" }, { "full": "Alan Exemplar" }]));
    assert_eq!(both, names(json!([{ "full": "Alan Exemplar" }])));
    assert!(!names(json!([{ "full": "El Gato", "kind": "alias" }])).family.is_empty());
}

/// Sabotage: let the steward have no phone; or only whole ones.
#[test]
fn what_the_steward_lists_says_nothing() {
    let config = include_str!("../../../../config/matching.toml")
        .replace("emails = []", "emails = [\"desk@shelter.example\"]");
    let profiler = Profiler::new(&SiteKeys::new([7; 32]), Config::parse(&config).unwrap().into());
    let identifiers = |phone: Value, email: &str| {
        let person =
            json!({ "person_ref": "p1", "phones": [phone], "emails": [{ "address": email, "text": "x" }] });
        profiler.profile(&lead(json!({ "persons": [person] }))).identifiers.len()
    };
    let hotline = json!({ "e164": "+18883737888", "text": "x" });
    let other = json!({ "e164": "+12025550101", "text": "x" });
    assert_eq!(identifiers(hotline.clone(), "Desk@Shelter.Example"), 0);
    assert_eq!(identifiers(json!({ "text": "373-7888" }), "desk@shelter.example"), 0, "also in part");
    assert_eq!(identifiers(other, "desk@shelter.example"), 1);
    assert_eq!(identifiers(hotline, "a@example.org"), 1);
}
