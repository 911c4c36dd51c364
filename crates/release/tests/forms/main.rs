//! Coarser forms and tokens: what a copy gives of values that it does not show (PL-9).
//!
//! Each property names a sabotage of the product that makes it fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod properties;
#[path = "../site/mod.rs"]
mod site;

use lead::code::{MessageKind, Role};
use lead::partner::{Outline, OutlineKind, PartnerLead};
use lead::{Lead, wire};
use release::{Policies, Release, Ruled, decode_partner_lead};
use serde_json::{Value as Json, json};

fn ruled(release: &Release, lead: &Lead, id: &str) -> Ruled {
    release.rule(&release.profile(lead), site::partner(release, id), site::NOW)
}

/// The bytes that a partner reads.
fn bytes(release: &Release, lead: &Lead, id: &str) -> Vec<u8> {
    let ruled = ruled(release, lead, id);
    let permit = ruled.ruling.permit().unwrap_or_else(|| panic!("{id}: {:?}", ruled.ruling));
    let copy = release.copy(lead, site::partner(release, id), permit);
    wire::encode(&release.release(
        copy,
        1,
        MessageKind::Report,
        Vec::new(),
        lead::MatterId::default(),
        site::NOW,
    ))
    .unwrap()
}

fn received(release: &Release, lead: &Lead, id: &str) -> PartnerLead {
    decode_partner_lead(&bytes(release, lead, id)).unwrap()
}

fn text(record: &PartnerLead) -> String {
    serde_json::to_string(record).unwrap()
}

fn outline(field: &str, kind: OutlineKind, value: &str, role: Role) -> Outline {
    Outline { field: field.into(), kind, value: value.into(), role, person_ref: None }
}

/// The minor's age, where she lives and when she was on-line; times are 2026-05-31 in UTC.
fn minor() -> Json {
    json!({
        "source": { "incident_at": { "local": "2026-05-30", "text": "30 May" } },
        "persons": [
            { "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "names": [{ "full": "Alan Exemplar" }],
              "phones": [{ "text": "+52 55 5550 0123", "e164": "+525555500123" }] },
            { "person_ref": "p2", "role": "VICTIM", "minor": "NO", "names": [{ "given": "Beatriz" }] },
            { "person_ref": "p3", "role": "VICTIM", "minor": "YES", "names": [{ "given": "Carla" }],
              "birth_date": { "local": "2010-06-02", "text": "02/06/2010" } },
        ],
        "network_events": [{ "person_ref": "p3", "ip": { "address": "203.0.113.9", "text": "203.0.113.9" },
            "at": { "instant": 1_780_185_600_000_000_i64, "text": "2026-05-30T19:00:00-05:00" } }],
        "places": [{ "person_ref": "p3", "street": "12 Sample Road", "city": "Springfield", "admin1": "Texas",
            "point": { "lat": 29.7, "lon": -95.3 }, "country": { "code": "US", "text": "USA" } }],
        "narrative": null, "texts": [],
    })
}

#[test]
fn a_shelter_reads_the_age_band_of_a_minor_and_no_more_of_her() {
    let release = site::site();
    let record = received(&release, &site::lead(minor()), "ngo-shelter-texas");
    assert_eq!(record.outlines, [outline("persons.age", OutlineKind::AgeBand, "12-15", Role::Victim)]);
    assert_eq!(record.tokens, []);
    let text = text(&record);
    for hidden in ["Carla", "2010", "Springfield", "203.0.113.9", "p3", "Alan"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}

#[test]
fn mexico_reads_age_band_region_and_day_of_a_minor_and_all_of_it_in_a_case_about_children() {
    let release = site::site();
    let record = received(&release, &site::lead(minor()), "mx-fiscalia");
    assert_eq!(
        record.outlines,
        [
            outline("network_events.at", OutlineKind::Day, "2026-05-31", Role::Victim),
            outline("persons.age", OutlineKind::AgeBand, "12-15", Role::Victim),
            outline("places", OutlineKind::AdminArea, "Texas, US", Role::Victim),
        ]
    );
    let mut children = minor();
    children["categories"] = json!(["CHILD_SEX_TRAFFICKING"]);
    let record = received(&release, &site::lead(children), "mx-fiscalia");
    assert_eq!(record.outlines, []);
    assert!(text(&record).contains("Carla"));
}

/// She turns sixteen three days after the incident: the band does not follow her birthday.
#[test]
fn an_age_is_that_at_the_incident_whenever_it_is_decided() {
    let release = site::site();
    let lead = site::lead(minor());
    let partner = site::partner(&release, "ngo-shelter-texas");
    let digests = [site::NOW.0 - 10 * 86_400_000_000, site::NOW.0 + 400 * 86_400_000_000].map(|now| {
        let ruled = release.rule(&release.profile(&lead), partner, lead::value::Micros(now));
        release.copy(&lead, partner, ruled.ruling.permit().unwrap()).digest()
    });
    assert_eq!(digests[0], digests[1]);
}

fn children(over: Json) -> Lead {
    let mut base = json!({ "categories": ["CHILD_SEX_TRAFFICKING"] });
    site::merge(&mut base, &over);
    site::lead(base)
}

#[test]
fn a_hotline_reads_a_token_of_a_subjects_account_and_of_nothing_else() {
    let release = site::site();
    let one = received(&release, &children(json!({})), "us-child-hotline");
    assert_eq!(one.tokens.len(), 1, "{:?}", text(&one));
    let token = &one.tokens[0];
    assert_eq!((token.field.as_str(), token.person_ref.as_deref()), ("accounts.handle", None));
    let digits = token.token.strip_prefix("token:").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{digits}");
    assert!(text(&one).contains("carla_star15") && !text(&one).contains("alan_boss"));
    // Another lead, the handle written otherwise: the same token.
    let accounts = json!([{ "person_ref": "p1", "service": "Chat.Example", "handle": " Alan_Boss" }]);
    let other = received(&release, &children(json!({ "accounts": accounts })), "us-child-hotline");
    assert_eq!(other.tokens[0].token, token.token);
    let elsewhere = json!([{ "person_ref": "p1", "service": "other.example", "handle": "alan_boss" }]);
    let elsewhere = received(&release, &children(json!({ "accounts": elsewhere })), "us-child-hotline");
    assert_ne!(elsewhere.tokens[0].token, token.token);
}

/// With the handle beside it, a token would tell whose all the others are.
#[test]
fn what_a_copy_shows_has_no_token_in_it() {
    let release = site::site();
    let accounts = json!([
        { "person_ref": "p1", "service": "chat.example", "handle": "two_of_us" },
        { "person_ref": "p3", "service": "chat.example", "handle": "two_of_us" },
    ]);
    let record = received(&release, &children(json!({ "accounts": accounts })), "us-child-hotline");
    assert_eq!(record.tokens, []);
    assert!(text(&record).contains("two_of_us"));
}

#[test]
fn a_text_that_repeats_what_has_a_form_is_withheld() {
    let release = site::site();
    let lead = children(json!({ "summary_public": "He is alan_boss there." }));
    let record = received(&release, &lead, "us-child-hotline");
    assert_eq!(record.tokens.len(), 1);
    assert!(!text(&record).contains("alan_boss"), "{}", text(&record));
    let mut told = minor();
    told["summary_public"] = json!("born 2010-06-02");
    assert!(!text(&received(&release, &site::lead(told), "ngo-shelter-texas")).contains("2010-06-02"));
}

#[test]
fn a_region_that_says_more_is_left_out() {
    let release = site::site();
    for (region, value) in [
        ("12 Sample Road", Some("US")),
        ("Springfield", None),
        ("Nuevo León", Some("Nuevo León, US")),
        ("the yellow house behind the church of the town", Some("US")),
    ] {
        let mut told = minor();
        told["places"][0]["admin1"] = json!(region);
        let record = received(&release, &site::lead(told), "mx-fiscalia");
        let area = record.outlines.iter().find(|o| o.kind == OutlineKind::AdminArea);
        assert_eq!(area.map(|o| o.value.as_str()), value, "{region}");
    }
}

#[test]
fn what_is_no_more_exact_than_its_form_has_none() {
    let release = site::site();
    let mut told = minor();
    told["network_events"][0]["at"] = json!({ "local": "2026-05-30", "text": "30 May" });
    told["places"] = json!([{ "person_ref": "p3", "admin1": "Texas" }]);
    let record = received(&release, &site::lead(told), "mx-fiscalia");
    assert_eq!(record.outlines, [outline("persons.age", OutlineKind::AgeBand, "12-15", Role::Victim)]);
}

#[test]
fn an_age_that_may_lie_in_two_bands_has_none() {
    let release = site::site();
    let band = |person: Json| {
        let mut told = minor();
        told["persons"][2]["birth_date"] = Json::Null;
        site::merge(&mut told["persons"][2], &person);
        let record = received(&release, &site::lead(told), "ngo-shelter-texas");
        record.outlines.first().map(|outline| outline.value.clone())
    };
    assert_eq!(band(json!({ "age": 17 })).as_deref(), Some("16-17"));
    assert_eq!(band(json!({ "age_min": 12, "age_max": 15 })).as_deref(), Some("12-15"));
    assert_eq!(band(json!({ "age_min": 14, "age_max": 17 })), None);
    assert_eq!(band(json!({ "age_max": 17 })), None);
    assert_eq!(band(json!({ "age": 14, "birth_date": { "local": "2009", "text": "2009" } })), None);
    let year = json!({ "local": "2012", "text": "2012" });
    assert_eq!(band(json!({ "birth_date": year })).as_deref(), Some("12-15"));
    assert_eq!(band(json!({ "birth_date": { "local": "2031-01-01", "text": "2031-01-01" } })), None);
}

/// Rule 14: a form is no fact. A copy that gives one is never covered, and covers what it shows.
#[test]
fn a_copy_with_a_form_is_known_and_its_facts_are_what_it_shows() {
    let release = site::site();
    for (lead, id, gives) in [
        (site::lead(minor()), "ngo-shelter-texas", true),
        (site::lead(minor()), "us-field-office-houston", false),
        (children(json!({})), "us-child-hotline", true),
        (children(json!({ "accounts": [] })), "us-child-hotline", false),
    ] {
        let partner = site::partner(&release, id);
        let ruled = ruled(&release, &lead, id);
        let permit = ruled.ruling.permit().unwrap();
        assert_eq!(release.copies(&lead).gives_forms(partner, permit), gives, "{id}");
        let copy = release.copy(&lead, partner, permit);
        let visible: Vec<_> = release.facts(&lead).visible(permit.classes).collect();
        assert_eq!(copy.facts(), visible, "{id}");
        assert_eq!(!copy.outlines().is_empty() || !copy.tokens().is_empty(), gives);
    }
}

/// Copies of one lead are made one after the other, and share what is alike. Sabotage: share forms among all who view the same.
#[test]
fn who_views_the_same_does_not_share_the_forms_of_another() {
    let permits: String = ["receive", "outline_identity", "outline_minor", "outline_victim"]
        .iter()
        .map(|action| {
            let scope = if ["receive", "outline_identity"].contains(action) {
                "principal"
            } else {
                "principal == Partner::\"mx-fiscalia\""
            };
            let id = action.replace('_', "-");
            format!(
                "@id(\"{id}\") @reason(\"x\") permit ({scope}, action == Action::\"{action}\", resource);\n"
            )
        })
        .collect();
    let policies = Policies::parse(&site::schema(), &[("drawn.cedar", permits)]).unwrap();
    let table = site::read("policies/redaction.toml");
    let release = site::site_with(policies.with_redaction(&table).unwrap());
    let lead = site::lead(minor());
    let houston = "us-field-office-houston";
    for order in [["mx-fiscalia", houston], [houston, "mx-fiscalia"]] {
        let mut copies = release.copies(&lead);
        for id in order {
            let ruled = ruled(&release, &lead, id);
            let copy = copies.of(site::partner(&release, id), ruled.ruling.permit().unwrap());
            assert_eq!(!copy.outlines().is_empty(), id == "mx-fiscalia", "{id} of {order:?}");
        }
    }
}

#[test]
fn a_new_form_is_news() {
    let release = site::site();
    let digest = |born: &str| {
        let mut told = minor();
        told["persons"][2]["birth_date"] = json!({ "local": born, "text": born });
        let lead = site::lead(told);
        let ruled = ruled(&release, &lead, "ngo-shelter-texas");
        let partner = site::partner(&release, "ngo-shelter-texas");
        release.copy(&lead, partner, ruled.ruling.permit().unwrap()).digest()
    };
    assert_eq!(digest("2010-06-02"), digest("2011-01-31"));
    assert_ne!(digest("2010-06-02"), digest("2009-06-02"));
}

#[test]
fn without_a_table_everything_is_dropped() {
    let policies = Policies::parse(&site::schema(), &site::policy_files()).unwrap();
    assert_ne!(policies.hash(), site::policies().hash(), "the table is part of the policies");
    let release = site::site_with(policies);
    for (lead, id) in [(site::lead(minor()), "mx-fiscalia"), (children(json!({})), "us-child-hotline")] {
        let record = received(&release, &lead, id);
        assert_eq!((record.outlines.len(), record.tokens.len()), (0, 0));
    }
}
