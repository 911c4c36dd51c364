//! Whatever is granted: a copy gives the forms that are granted of what it lacks, and nothing else.

use super::*;
use std::sync::OnceLock;

use lead::class::FIELD_CLASSES;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use release::Policies;

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

/// Sets of actions, each beside itself less one. Parsing policies costs more than a copy, so that the
/// cases share some.
fn pool() -> &'static [[(Grants, Release); 2]] {
    static POOL: OnceLock<Vec<[(Grants, Release); 2]>> = OnceLock::new();
    POOL.get_or_init(|| {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
        let draw = |n: usize| {
            let actions = grants().new_tree(&mut runner).unwrap().current();
            let mut fewer = actions.clone();
            fewer.remove(n % fewer.len());
            [actions, fewer].map(|actions| (actions.clone(), granting(&actions)))
        };
        (0..40).map(draw).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Whatever is granted, nothing of a value that a copy lacks occurs anywhere in the record.
    /// Sabotage: `tokens` writes the identifier in place of the token; `days` writes the local time.
    #[test]
    fn nothing_of_a_denied_value_is_in_the_record(site in any::<prop::sample::Index>(), content in leads()) {
        let [(actions, release), _] = site.get(pool());
        let record = received(release, &drawn(&content), HOUSTON);
        let (kept, whole) = (fields(&record), text(&record).to_lowercase());
        let more = ["2026-04-11T10:20:30", "2026-04-12T11:21:31", "40.125", "-83.375"];
        for value in IDENTIFIERS.iter().map(|(value, ..)| *value).chain(OTHERS).chain(more) {
            prop_assert!(
                kept.contains(value) || !whole.contains(&value.to_lowercase()),
                "`{}` with {:?}: {}", value, actions, whole
            );
        }
    }

    /// Taking away an action, which is what a `forbid` does, adds no value: each form that is new
    /// stands for a value that was shown as itself.
    /// Sabotage: `gives` takes a class that may not be viewed for one that may be linked.
    #[test]
    fn a_forbid_never_adds_a_value(site in any::<prop::sample::Index>(), content in leads()) {
        let [(actions, release), (fewer, without)] = site.get(pool());
        let taken = actions.iter().find(|action| !fewer.contains(action)).unwrap();
        let lead = drawn(&content);
        let (before, after) = (received(release, &lead, HOUSTON), received(without, &lead, HOUSTON));
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
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

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
