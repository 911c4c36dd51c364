//! A site with the partners and policies of config/, and leads to ask about.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests; each uses a part"
)]

use std::path::PathBuf;
use std::sync::Arc;

use lead::value::{Country, Micros};
use lead::{Content, Lead, SiteKeys};
use release::{Partner, Partners, Policies, Release};
use serde_json::{Value as Json, json};

/// 2026-06-15T00:00:00Z: agreements of config/partners are in force.
pub const NOW: Micros = Micros(1_781_481_600_000_000);

pub fn home() -> Country {
    Country::parse("US").unwrap()
}

pub fn keys() -> SiteKeys {
    SiteKeys::new([7; 32])
}

pub fn config(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config").join(path)
}

pub fn read(path: &str) -> String {
    std::fs::read_to_string(config(path)).unwrap_or_else(|e| panic!("config/{path}: {e}"))
}

/// (folder, partner.toml) of every partner.
pub fn partner_files() -> Vec<(String, String)> {
    let folders = std::fs::read_dir(config("partners")).unwrap().map(|entry| entry.unwrap());
    let name = |entry: &std::fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut files: Vec<_> =
        folders.map(|e| (name(&e), read(&format!("partners/{}/partner.toml", name(&e))))).collect();
    files.sort();
    files
}

pub fn partners() -> Partners {
    Partners::parse(&partner_files()).unwrap()
}

pub fn schema() -> String {
    read("policies/leads.cedarschema")
}

/// (file, text) of every policy file.
pub fn policy_files() -> Vec<(String, String)> {
    ["hard-stops.cedar", "domestic.cedar", "international.cedar"]
        .map(|file| (file.to_owned(), read(&format!("policies/{file}"))))
        .into()
}

pub fn policies() -> Policies {
    parsed(&policy_files())
}

/// Policies with the table of redaction of config/.
fn parsed(files: &[(String, String)]) -> Policies {
    let policies = Policies::parse(&schema(), files).unwrap();
    policies.with_redaction(&read("policies/redaction.toml")).unwrap()
}

/// The policies of config/ and one more file.
pub fn policies_and(more: &str) -> Policies {
    let mut files = policy_files();
    files.push(("more.cedar".to_owned(), more.to_owned()));
    parsed(&files)
}

pub fn site() -> Release {
    site_with(policies())
}

pub fn site_with(policies: Policies) -> Release {
    Release::new(Arc::new(partners()), Arc::new(policies), keys(), home()).unwrap()
}

pub fn site_of(partners: Vec<Partner>) -> Release {
    Release::new(Arc::new(Partners::new(partners).unwrap()), Arc::new(policies()), keys(), home()).unwrap()
}

/// A partner of config/ with lines of its partner.toml replaced.
pub fn changed(id: &str, replace: &[(&str, &str)]) -> Partner {
    let mut text = read(&format!("partners/{id}/partner.toml"));
    for (from, to) in replace {
        assert!(text.contains(from), "{id} has no `{from}`");
        text = text.replace(from, to);
    }
    Partner::parse(id, &text).unwrap()
}

pub fn partner<'r>(release: &'r Release, id: &str) -> &'r Partner {
    release.partners().get(id).unwrap()
}

/// Puts fields of `over` into `base`, records field by field.
pub fn merge(base: &mut Json, over: &Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Json::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// A trafficking lead that touches Houston and Mexico: an adult subject, an adult victim, a minor
/// victim, a reporter, and a handle that nobody knows the holder of.
pub fn content(over: Json) -> Content {
    let mut json = json!({
        "source": { "kind": "TIP_LINE", "organisation": "Harbour tip line", "channel": "phone" },
        "external_ids": [
            { "scheme": "harbour", "id": "HARBOUR-000077", "relation": "self" },
            { "scheme": "court", "id": "CASE-4471-B", "relation": "case" },
        ],
        "collection_basis": "CHECKED_TIP",
        "categories": ["SEX_TRAFFICKING"],
        "narrative": "Alan Exemplar keeps Beatriz Muestra at the motel; her cousin Carla is fifteen.",
        "texts": [{ "name": "notes", "text": "call back on 202-555-0199" }],
        "persons": [
            { "person_ref": "p1", "role": "SUBJECT", "minor": "NO",
              "names": [{ "full": "Alan Exemplar" }],
              "documents": [{ "kind": "passport", "number": "XX1234567" }],
              "phones": [{ "text": "+52 55 5550 0123", "e164": "+525555500123", "country": "MX" }] },
            { "person_ref": "p2", "role": "VICTIM", "age": 24, "minor": "NO",
              "names": [{ "given": "Beatriz", "surname": "Muestra" }],
              "phones": [{ "text": "202-555-0123", "e164": "+12025550123" }] },
            { "person_ref": "p3", "role": "VICTIM", "age": 15, "minor": "YES",
              "names": [{ "given": "Carla" }] },
            { "person_ref": "p4", "role": "REPORTER", "minor": "NO",
              "names": [{ "full": "Dora Testigo" }],
              "phones": [{ "text": "202-555-0199", "e164": "+12025550199" }] },
        ],
        "accounts": [
            { "person_ref": "p3", "service": "chat.example", "handle": "carla_star15" },
            { "person_ref": "p1", "service": "chat.example", "handle": "alan_boss" },
            { "service": "chat.example", "handle": "nobody_knows_99" },
        ],
        "devices": [{ "person_ref": "p1", "id_type": "IMEI", "id_value": "490154203237518" }],
        "financial": [{ "person_ref": "p1", "kind": "bank_account", "account": "MX00-1234-5678" }],
        "places": [{ "role": "incident", "street": "12 Sample Road", "city": "Springfield", "country": { "code": "US", "text": "USA" } }],
        "countries_involved": ["MX", "US"],
    });
    merge(&mut json, &over);
    serde_json::from_value(json).unwrap()
}

pub fn lead(over: Json) -> Lead {
    Lead {
        lead_id: lead::LeadId([5; 16]),
        agency: "harbour".into(),
        report_number: Some("HARBOUR-000077".into()),
        order: "1-2-0".into(),
        routing_country: Some(home()),
        content: content(over),
        ..Lead::default()
    }
}
