//! Coarser forms and tokens: what a copy gives of values that it does not show (PL-9).
//!
//! Each property names a sabotage of the product that makes it fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use lead::class::FIELD_CLASSES;
use lead::code::{MessageKind, Role};
use lead::partner::{Outline, OutlineKind, PartnerLead};
use lead::{Lead, wire};
use proptest::prelude::*;
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
    wire::encode(&release.release(copy, 1, MessageKind::Report, Vec::new(), lead::MatterId::default(), site::NOW)).unwrap()
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

/// Actions of one verb and the classes that it is granted for.
type Grants = Vec<String>;

/// A site whose policies grant everybody exactly these actions.
fn granting(actions: &Grants) -> Release {
    let permit = |action: &str| {
        let id = action.replace('_', "-");
        format!(
            "@id(\"{id}\") @reason(\"x\") permit (principal, action == Action::\"{action}\", resource);\n"
        )
    };
    let all: String = ["receive".to_owned()].iter().chain(actions).map(|action| permit(action)).collect();
    let policies = Policies::parse(&site::schema(), &[("drawn.cedar", all)]).unwrap();
    site::site_with(policies.with_redaction(&site::read("policies/redaction.toml")).unwrap())
}

fn grants() -> impl Strategy<Value = Grants> {
    let schema = site::schema();
    let all: Vec<String> = ["view", "outline", "link"]
        .iter()
        .flat_map(|verb| FIELD_CLASSES.iter().map(move |(_, class)| format!("{verb}_{class}")))
        .filter(|action| schema.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == action))
        .collect();
    assert_eq!(all.len(), 39);
    let most = all.iter().map(|action| if action.starts_with("view") { 0.6 } else { 0.85 });
    let most: Vec<_> = most.map(proptest::bool::weighted).collect();
    most.prop_map(move |set| all.iter().zip(set).filter(|(_, set)| *set).map(|(a, _)| a.clone()).collect())
}

/// Identifiers and the parts that their tokens are made of: class, kind, scope, canonical form.
const IDENTIFIERS: [(&str, &str, [&str; 3]); 7] = [
    ("+15005550101", "contact", ["phone", "", "+15005550101"]),
    ("wexford@drumlin.example", "contact", ["email", "", "wexford@drumlin.example"]),
    ("zolmira_88", "account", ["account", "chat.example", "zolmira_88"]),
    ("DOC77812", "identity", ["document", "", "DOC77812"]),
    ("ACC9911-2", "financial", ["bank_account", "", "ACC99112"]),
    ("IMEI355402", "device_network", ["device", "imei", "imei355402"]),
    ("KX19 VPT", "identity", ["plate", "", "KX19VPT"]),
];
const OTHERS: [&str; 6] =
    ["Quillon", "Brevast", "12 Tarnwick Row", "Springfield", "2010-06-02", "198.51.100.7"];

/// A lead that repeats its values in texts, with ages, places and times.
fn leads() -> impl Strategy<Value = Json> {
    let values: Vec<&str> = IDENTIFIERS.iter().map(|(value, ..)| *value).chain(OTHERS).collect();
    let text = || proptest::sample::select(values.clone()).prop_map(|v| format!("It says {v}, or so."));
    let role = || proptest::sample::select(vec!["SUBJECT", "VICTIM", "REPORTER", "WITNESS", "OTHER"]);
    let known = || proptest::sample::select(vec!["YES", "NO", "UNKNOWN"]);
    let holder = || proptest::sample::select(vec![Some("p0"), Some("p1"), Some("p9"), None]);
    let persons = (role(), role(), known(), known());
    let holders = proptest::collection::vec(holder(), 6);
    (persons, holders, text(), text(), text()).prop_map(|(p, h, one, two, three)| {
        json!({
            "source": { "incident_at": { "local": "2026-05-30", "text": "30 May" } },
            "summary_public": one, "narrative": two, "annotations": [three], "texts": [], "external_ids": [],
            "persons": [
                { "person_ref": "p0", "role": p.0, "minor": p.2, "names": [{ "given": "Quillon", "surname": "Brevast" }],
                  "birth_date": { "local": "2010-06-02", "text": "2010-06-02" },
                  "documents": [{ "kind": "id", "number": "DOC77812" }] },
                { "person_ref": "p1", "role": p.1, "minor": p.3, "age": 15,
                  "phones": [{ "e164": "+15005550101", "text": "+15005550101" }],
                  "emails": [{ "address": "wexford@drumlin.example", "text": "wexford@drumlin.example" }] },
            ],
            "accounts": [{ "person_ref": h[0], "service": "chat.example", "handle": "zolmira_88" }],
            "devices": [{ "person_ref": h[1], "id_type": "IMEI", "id_value": "IMEI355402" }],
            "vehicles": [{ "person_ref": h[2], "plate": "KX19 VPT" }],
            "financial": [{ "person_ref": h[3], "kind": "bank", "account": "ACC9911-2",
                "at": { "local": "2026-04-11T10:20:30", "text": "2026-04-11T10:20:30" } }],
            "network_events": [{ "person_ref": h[4], "ip": { "address": "198.51.100.7", "text": "198.51.100.7" },
                "at": { "local": "2026-04-12T11:21:31", "text": "2026-04-12T11:21:31" } }],
            "places": [{ "person_ref": h[5], "street": "12 Tarnwick Row", "city": "Springfield", "admin1": "Ohio",
                "country": { "code": "US", "text": "US" }, "point": { "lat": 40.125, "lon": -83.375 } }],
        })
    })
}

fn drawn(content: &Json) -> Lead {
    Lead { content: serde_json::from_value(content.clone()).unwrap(), ..site::lead(json!({})) }
}

const HOUSTON: &str = "us-field-office-houston";
const MEXICO: &str = "mx-fiscalia";

/// The places where a value stands as itself.
fn fields(record: &PartnerLead) -> String {
    let mut json = serde_json::to_value(record.content.as_ref().unwrap()).unwrap();
    let fields = json.as_object_mut().unwrap();
    fields.retain(|name, _| !matches!(name.as_str(), "summary_public" | "narrative" | "annotations"));
    json.to_string()
}

fn token_of(partner: &str, class: &str, parts: [&str; 3]) -> String {
    format!("token:{}", site::keys().token(partner, class, &parts))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever is granted, nothing of a value that a copy lacks occurs anywhere in the record.
    /// Sabotage: `tokens` writes the identifier in place of the token; `days` writes the local time.
    #[test]
    fn nothing_of_a_denied_value_is_in_the_record(actions in grants(), content in leads()) {
        let record = received(&granting(&actions), &drawn(&content), HOUSTON);
        let (kept, whole) = (fields(&record), text(&record).to_lowercase());
        let more = ["2026-04-11T10:20:30", "2026-04-12T11:21:31", "40.125", "-83.375"];
        for value in IDENTIFIERS.iter().map(|(value, ..)| *value).chain(OTHERS).chain(more) {
            prop_assert!(
                kept.contains(value) || !whole.contains(&value.to_lowercase()),
                "`{}` with {:?}: {}", value, actions, whole
            );
        }
    }

    /// A form is given only where its action is granted for the class of the field, every class of
    /// whom it is about is granted, and the value itself is not shown.
    /// Sabotage: `gives` asks no more whether `form` contains the base class, or whether `needs` is
    /// within what is granted.
    #[test]
    fn a_form_needs_a_grant_of_its_own(actions in grants(), content in leads()) {
        let lead = drawn(&content);
        let record = received(&granting(&actions), &lead, HOUSTON);
        let has = |verb: &str, class: &str| actions.iter().any(|a| *a == format!("{verb}_{class}"));
        let kept = fields(&record);
        let persons = lead::person::Persons::of(&lead.content.persons);
        let about = |who: Option<&str>, verb: &str| {
            persons.place_of(who).about.iter().all(|c| has("view", c.name()) || has(verb, c.name()))
        };
        let holder = |name: &str| content[name][0]["person_ref"].as_str();
        let holders = [Some("p1"), Some("p1"), holder("accounts"), Some("p0"), holder("financial"),
            holder("devices"), holder("vehicles")];
        for ((value, class, parts), who) in IDENTIFIERS.iter().zip(holders) {
            let token = token_of(HOUSTON, class, *parts);
            let given = record.tokens.iter().any(|t| t.token == token);
            let granted = has("link", class) && about(who, "link");
            prop_assert_eq!(given, granted && !kept.contains(value), "{} {:?}", value, &actions);
        }
        prop_assert!(record.tokens.len() <= IDENTIFIERS.len());
        for outline in &record.outlines {
            let (class, who) = match outline.field.as_str() {
                "network_events.at" => ("device_network", holder("network_events")),
                "financial.at" => ("financial", holder("financial")),
                "places" => ("location", holder("places")),
                _ => {
                    let role = outline.role.symbol();
                    let named = content["persons"].as_array().unwrap().iter()
                        .filter(|p| p["role"].as_str() == Some(role))
                        .any(|p| about(p["person_ref"].as_str(), "outline"));
                    prop_assert!(named && has("outline", "identity"));
                    continue;
                }
            };
            prop_assert!(has("outline", class) && about(who, "outline"), "{:?} {:?}", outline.field, &actions);
        }
    }

    /// Tokens of two partners never coincide, and a later version of a lead, or another lead, has the
    /// same token for the same identifier.
    /// Sabotage: `SiteKeys::token` leaves out the partner; `tokens` puts the lead's narrative in.
    #[test]
    fn tokens_are_one_partners_and_stay(actions in grants(), content in leads(), later in leads()) {
        let release = granting(&actions);
        let tokens = |content: &Json, id: &str| {
            let mut all: Vec<String> =
                received(&release, &drawn(content), id).tokens.into_iter().map(|t| t.token).collect();
            all.sort();
            all
        };
        let (houston, mexico) = (tokens(&content, HOUSTON), tokens(&content, MEXICO));
        prop_assert_eq!(houston.len(), mexico.len());
        prop_assert!(!houston.iter().any(|token| mexico.contains(token)));
        // Both versions hold the same seven identifiers: whatever token either gives is one of seven.
        let known: Vec<String> = IDENTIFIERS.iter().map(|(_, class, parts)| token_of(HOUSTON, class, *parts)).collect();
        prop_assert!(houston.iter().chain(&tokens(&later, HOUSTON)).all(|token| known.contains(token)));
    }

    /// Taking away an action, which is what a `forbid` does, adds no value: each form that is new
    /// stands for a value that was shown as itself.
    /// Sabotage: `gives` takes a class that may not be viewed for one that may be linked.
    #[test]
    fn a_forbid_never_adds_a_value(actions in grants(), take in any::<prop::sample::Index>(), content in leads()) {
        prop_assume!(!actions.is_empty());
        let lead = drawn(&content);
        let taken = actions[take.index(actions.len())].clone();
        let fewer: Grants = actions.iter().filter(|a| **a != taken).cloned().collect();
        let (before, after) = (received(&granting(&actions), &lead, HOUSTON), received(&granting(&fewer), &lead, HOUSTON));
        let had = fields(&before);
        for (value, class, parts) in IDENTIFIERS {
            let token = token_of(HOUSTON, class, parts);
            let gives = |record: &PartnerLead| record.tokens.iter().any(|t| t.token == token);
            prop_assert!(!gives(&after) || gives(&before) || had.contains(value), "{} less {}", value, taken);
        }
        for outline in &after.outlines {
            let shown = match (outline.kind, outline.field.as_str()) {
                (OutlineKind::AgeBand, _) => had.contains("2010-06-02") || had.contains("\"age\":15"),
                (OutlineKind::AdminArea, _) => had.contains("Ohio"),
                (_, "financial.at") => had.contains("2026-04-11T10:20:30"),
                _ => had.contains("2026-04-12T11:21:31"),
            };
            let same = |o: &Outline| (&o.field, &o.value, o.role) == (&outline.field, &outline.value, outline.role);
            prop_assert!(shown || before.outlines.iter().any(same), "{:?} less {}", outline.field, taken);
        }
        for value in OTHERS {
            prop_assert!(had.contains(value) || !fields(&after).contains(value));
        }
    }

    /// A coarser form tells no more than it says: leads that differ within the form give the same
    /// bytes to whom the value is denied.
    /// Sabotage: `ages` writes the age itself; `area` adds the city.
    #[test]
    fn what_lies_within_one_form_cannot_be_told_apart(
        actions in grants(),
        content in leads(),
        (month, day, age) in (1..=12_u8, 1..=28_u8, 12..=15),
        (hour, lat) in (0..24_u8, 20.0..50.0),
    ) {
        let denied = ["view_identity", "view_location", "view_financial", "view_device_network"];
        let actions: Grants = actions.into_iter().filter(|a| !denied.contains(&a.as_str())).collect();
        let mut other = content.clone();
        let born = format!("2011-{month:02}-{day:02}");
        other["persons"][0]["birth_date"] = json!({ "local": born, "text": born });
        other["persons"][1]["age"] = json!(age);
        for (name, date) in [("financial", "2026-04-11"), ("network_events", "2026-04-12")] {
            let at = format!("{date}T{hour:02}:00:01");
            other[name][0]["at"] = json!({ "local": at, "text": at });
        }
        other["places"][0]["point"]["lat"] = json!(lat);
        other["places"][0]["street"] = json!("9 Elsewhere");
        // Texts would tell the leads apart for the scan.
        let mut one = content;
        for lead in [&mut one, &mut other] {
            lead["summary_public"] = json!("nothing");
            lead["annotations"] = json!([]);
            lead["narrative"] = Json::Null;
        }
        let release = granting(&actions);
        prop_assert_eq!(bytes(&release, &drawn(&one), HOUSTON), bytes(&release, &drawn(&other), HOUSTON));
    }

    /// A replay gives the same bytes, and the order of a lead's records shows in no form.
    /// Sabotage: `tokens` is not sorted.
    #[test]
    fn a_replay_gives_the_same_bytes(actions in grants(), content in leads()) {
        let mut content = content;
        let more = content["accounts"][0].clone();
        let mut more = [more.clone(), more];
        more[0]["handle"] = json!("ostrava_1");
        more[1]["handle"] = json!("ostrava_2");
        content["accounts"].as_array_mut().unwrap().extend(more);
        let mut turned = content.clone();
        turned["accounts"].as_array_mut().unwrap().reverse();
        turned["persons"].as_array_mut().unwrap().reverse();
        let first = granting(&actions);
        prop_assert_eq!(bytes(&first, &drawn(&content), HOUSTON), bytes(&granting(&actions), &drawn(&content), HOUSTON));
        let (one, two) = (received(&first, &drawn(&content), HOUSTON), received(&first, &drawn(&turned), HOUSTON));
        prop_assert_eq!(one.tokens, two.tokens);
        prop_assert_eq!(one.outlines, two.outlines);
    }
}
