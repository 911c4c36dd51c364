//! What a content becomes as a whole: defaults, contradictions, secrets, countries and route.

use lead::record::Lead;
use serde_json::{Value, json};

use crate::support::{lead as lead_of, plain_source};

fn lead(content: Value) -> Lead {
    let source = plain_source(
        "format = \"json\"\ncountry = \"US\"\nlanguage = \"en\"\n[originator]\noffice_code = \"EX1\"\n",
    );
    lead_of(&source, &json!({ "report_number": "1", "content": content }))
}

fn codes(list: &[lead::value::Country]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn the_source_speaks_where_the_entry_does_not() {
    let lead = lead(json!({ "narrative": "x" }));
    let content = &lead.content;
    assert_eq!(content.source.organisation.as_deref(), Some("Example"));
    assert_eq!(content.source.kind, lead::code::SourceKind::TipLine);
    assert_eq!(content.narrative_language.as_deref(), Some("en"));
    assert_eq!(content.originator.agency_id.as_deref(), Some("harbour"));
    assert_eq!(content.originator.office_code.as_deref(), Some("EX1"));
    assert_eq!(content.urgency, lead::content::Urgency::default(), "nothing is guessed");
    assert_eq!(lead.routing_country, None, "the agency's country is no statement about the lead");
    assert_eq!(lead.occurrences, 1);
    let passed_on = self::lead(json!({ "narrative": "x", "originator": { "agency_id": "theirs" } }));
    let originator = &passed_on.content.originator;
    assert_eq!((originator.agency_id.as_deref(), originator.country), (Some("theirs"), None));
}

#[test]
fn countries_follow_from_places_events_and_phones_but_not_of_those_who_report() {
    let content = json!({
        "persons": [
            { "person_ref": "s", "role": "SUBJECT", "phones": [{ "text": "+52 200 123 4567" }], "nationalities": [{ "text": "Canada" }] },
            { "person_ref": "r", "role": "REPORTER", "phones": [{ "text": "+44 20 7946 0123" }] },
        ],
        "places": [
            { "role": "incident", "country": { "text": "USA" } },
            { "person_ref": "r", "role": "home", "country": { "text": "Spain" } },
        ],
        "events": [{ "stage": "TRANSIT", "country": { "text": "Guatemala" } }],
        "network_events": [{ "ip": { "text": "8.8.8.8" } }],
        "countries_involved": ["HN", "ZZ"],
    });
    let lead = lead(content);
    assert_eq!(codes(&lead.content.countries_involved), ["GT", "HN", "MX", "US"]);
    assert_eq!(lead.routing_country.map(|c| c.to_string()).as_deref(), Some("US"));
    assert_eq!(lead.routing_basis.as_deref(), Some("incident_place"));
}

#[test]
fn the_route_is_the_most_direct_statement_or_none() {
    let place = |role: &str, country: &str| json!({ "role": role, "country": { "text": country } });
    for (content, country, basis) in [
        (
            json!({ "places": [place("home", "MX"), place("incident", "US")] }),
            Some("US"),
            Some("incident_place"),
        ),
        (json!({ "places": [place("home", "MX")], "countries_involved": ["US"] }), Some("MX"), Some("place")),
        (json!({ "places": [place("incident", "MX"), place("incident", "US")] }), None, None),
        (json!({ "countries_involved": ["CA"] }), Some("CA"), Some("countries_involved")),
        (json!({ "countries_involved": ["CA", "US"] }), None, None),
        (json!({ "places": [place("incident", "Atlantis")] }), None, None),
    ] {
        let lead = lead(content.clone());
        assert_eq!(lead.routing_country.map(|c| c.to_string()).as_deref(), country, "{content}");
        assert_eq!(lead.routing_basis.as_deref(), basis, "{content}");
    }
}

#[test]
fn of_flags_that_contradict_each_other_the_more_protective_counts() {
    let content = json!({
        "source": { "kind": "PLATFORM_REPORT" },
        "legal": { "warrant_required": "NO" },
        "files": [{ "name": "a" }, { "name": "b", "viewed_by_source": "NO" }, { "name": "c", "viewed_by_source": "YES" },
            { "name": "d", "publicly_available": "YES" }],
    });
    let lead = lead(content);
    let blocked: Vec<_> = lead.content.files.iter().map(|f| f.access_blocked.symbol()).collect();
    assert_eq!(blocked, ["YES", "YES", "UNKNOWN", "UNKNOWN"]);
    assert_eq!(lead.content.legal.warrant_required.symbol(), "YES");
    assert_eq!(
        lead.content.quality.warnings,
        ["contradicting_flags:legal.warrant_required", "viewed_not_stated:files[0].viewed_by_source"]
    );
}

#[test]
fn a_purpose_that_no_partner_can_have_is_said() {
    let warnings = |purposes: serde_json::Value| {
        lead(json!({ "narrative": "x", "legal": { "purposes": purposes } })).content.quality.warnings
    };
    assert_eq!(warnings(json!(["RESCUE", "victim-assistance"])), [""; 0]);
    assert_eq!(warnings(json!(["RESCUE", "curiosity"])), ["purpose_unknown:legal.purposes[1]"]);
}

#[test]
fn passwords_stay_out_and_are_named() {
    let content = json!({
        "persons": [{ "role": "SUBJECT", "remarks": [{ "name": "Contraseña", "text": "SECRET" }, { "name": "note", "text": "x" }] }],
        "accounts": [{ "handle": "h", "status": [{ "name": "account password", "text": "SECRET" }] }],
        "other": [{ "name": "PIN", "text": "SECRET" }],
    });
    let lead = lead(content);
    assert!(!serde_json::to_string(&lead.content).unwrap().contains("SECRET"));
    assert_eq!(lead.content.withheld_secrets, ["accounts[0].status", "other", "persons[0].remarks"]);
    assert_eq!(lead.content.quality.warnings.len(), 3);
    assert_eq!(lead.content.persons[0].remarks.len(), 1);
}

#[test]
fn completeness_says_what_is_missing() {
    let empty = lead(json!({}));
    assert_eq!(empty.content.quality.completeness_pct, 0);
    assert_eq!(empty.content.quality.missing.len(), 8);
    let full = lead(json!({
        "categories": ["CSAM"], "source": { "incident_at": { "text": "2024-01" } }, "narrative": "x",
        "urgency": { "level": "HIGH" }, "countries_involved": ["US"],
        "persons": [{ "role": "SUBJECT", "emails": [{ "text": "a@example.org" }] }, { "role": "VICTIM" }],
    }));
    assert_eq!(full.content.quality.completeness_pct, 100);
    assert!(full.content.quality.missing.is_empty());
}

#[test]
fn an_agencys_warnings_are_ours_or_dropped() {
    let quality =
        json!({ "warnings": ["no_time_zone:source.incident_at", "Jane Doe called"], "missing": ["Jane"] });
    let lead = lead(json!({ "narrative": "x", "quality": quality }));
    assert_eq!(lead.content.quality.warnings, ["no_time_zone:source.incident_at"]);
    assert!(!lead.content.quality.missing.contains(&"Jane".to_owned()));
}

#[test]
fn ages_refer_to_the_incident_or_else_to_the_report() {
    let minor = |source: Value| {
        let content = json!({ "source": source, "persons": [{ "role": "VICTIM", "birth_date": { "text": "2008-06-15" } }] });
        lead(content).content.persons[0].minor.symbol()
    };
    // The message came on 2026-02-10, when she was 17.
    assert_eq!(minor(json!({})), "YES");
    assert_eq!(minor(json!({ "received_at": { "text": "2026-07-01T00:00:00Z" } })), "NO");
    let both =
        json!({ "incident_at": { "text": "2020" }, "received_at": { "text": "2026-07-01T00:00:00Z" } });
    assert_eq!(minor(both), "YES");
}
