#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use lead::Content;
use serde_json::{Value as Json, json};

const NOW: Micros = Micros(1_781_481_600_000_000);
const DAY: i64 = 86_400_000_000;

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn lead(content: Json) -> Lead {
    let content: Content = serde_json::from_value(content).unwrap();
    Lead { content, routing_country: Some(country("US")), ..Lead::default() }
}

fn set(facts: &[(&'static str, bool)]) -> Vec<&'static str> {
    facts.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
}

fn partner(more: &str) -> Partner {
    let text = format!(
        r#"
        name = "p"
        kind = "prosecutor"
        country = "MX"
        sworn = true
        max_tlp = "AMBER"
        purposes = ["RESCUE"]
        {more}
        "#
    );
    Partner::parse("mx", &text).unwrap()
}

fn agreement(id: &str, starts: &str, ends: &str, categories: &str) -> String {
    format!(
        "\n[[agreements]]\nid = \"{id}\"\nlegal_basis = \"x\"\ncategories = {categories}\nstarts = {starts}\nends = {ends}\n"
    )
}

#[test]
fn facts_of_a_lead() {
    // A lead that says nothing is a tip of unknown age and category.
    let nothing = &["tip_only", "minor_involved"][..];
    let adult = json!([{ "role": "SUBJECT", "minor": "NO" }]);
    let checked = |more: Json| {
        let mut content = json!({ "collection_basis": "CHECKED_TIP", "persons": adult });
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        content
    };
    let cases: Vec<(Json, &[&str])> = vec![
        (json!({}), nothing),
        (json!({ "collection_basis": "TIP", "persons": adult }), &["tip_only"]),
        (checked(json!({})), &[]),
        (checked(json!({ "persons": [{ "role": "SUBJECT" }] })), &["minor_involved"]),
        (checked(json!({ "categories": ["CSAM"] })), &["minor_involved", "child_exploitation"]),
        (
            checked(json!({ "categories": ["SEX_TRAFFICKING", "MONEY_LAUNDERING"] })),
            &["trafficking", "money_laundering"],
        ),
        (
            checked(json!({ "protections": { "v1367": "YES", "sealed": "NO", "sar_derived": "UNKNOWN" } })),
            &["v1367"],
        ),
        (
            checked(json!({ "protections": { "juvenile": "YES", "sar_derived": "YES", "sealed": "YES" } })),
            &["sar", "sealed", "juvenile_record"],
        ),
        (
            checked(json!({ "handling": { "caveats": ["no-foreign", " No NGO "] } })),
            &["no_foreign", "no_ngo"],
        ),
        (
            checked(json!({ "handling": { "caveats": ["NOFORN", "orcon"] } })),
            &["no_foreign", "originator_control"],
        ),
        (checked(json!({ "handling": { "h_codes": ["h2", "H1"] } })), &["originator_control"]),
        (checked(json!({ "handling": { "h_codes": ["H3"] } })), &["handling_text"]),
        (checked(json!({ "handling": { "h3_text": "ask first" } })), &["handling_text"]),
        (checked(json!({ "originator": { "country": "FR" } })), &["eu_data"]),
        (checked(json!({ "originator": { "country": "FR" }, "legal": { "eu_data": "NO" } })), &[]),
        (
            checked(json!({ "legal": { "eu_data": "YES", "warrant_required": "YES" } })),
            &["eu_data", "warrant_required"],
        ),
        (checked(json!({ "files": [{ "access_blocked": "YES" }] })), &["warrant_required"]),
        (checked(json!({ "urgency": { "imminent_danger": "YES" } })), &["imminent_danger"]),
        (checked(json!({ "urgency": { "level": "IMMEDIATE" } })), &[]),
        (
            checked(json!({ "source": { "kind": "HOTLINE", "prohibited_source_risk": "POSSIBLE" } })),
            &["service_provider_source", "source_may_be_abuser"],
        ),
        (checked(json!({ "persons": [{ "role": "POSSIBLE_VICTIM", "minor": "NO" }] })), &["victim_present"]),
        (
            checked(
                json!({ "persons": [{ "role": "VICTIM", "minor": "NO", "names": [{ "full": "Unknown", "placeholder": true }] }] }),
            ),
            &["victim_present"],
        ),
        (
            checked(
                json!({ "persons": [{ "role": "VICTIM", "minor": "NO", "names": [{ "given": "Bea" }] }] }),
            ),
            &["victim_present", "victim_identified"],
        ),
        (
            checked(
                json!({ "persons": [{ "person_ref": "v", "role": "VICTIM", "minor": "NO" }], "accounts": [{ "person_ref": "v", "handle": "x" }] }),
            ),
            &["victim_present", "victim_identified"],
        ),
    ];
    for (content, expected) in cases {
        let facts = lead_facts(&lead(content.clone()));
        assert_eq!(set(&facts.flags()), expected, "{content}");
    }
    let exercise = Lead { message_status: MessageStatus::Test, ..lead(checked(json!({}))) };
    assert_eq!(set(&lead_facts(&exercise).flags()), ["exercise"]);
    let system = Lead { message_status: MessageStatus::System, ..lead(checked(json!({}))) };
    assert_eq!(set(&lead_facts(&system).flags()), ["between_systems"]);
    let nowhere = Lead { routing_country: None, ..lead(checked(json!({}))) };
    assert_eq!(set(&lead_facts(&nowhere).flags()), ["unknown_country"]);
}

#[test]
fn an_unstated_tlp_is_amber_strict() {
    let facts = |tlp: &str| LeadProfile::of(&lead(json!({ "handling": { "tlp": tlp } })), country("US"));
    let partner = partner("state = \"ACTIVE\"");
    assert_eq!(facts("NOT_STATED").facts.tlp, Tlp::AmberStrict);
    for (tlp, above) in [
        ("CLEAR", false),
        ("GREEN", false),
        ("AMBER", false),
        ("AMBER_STRICT", true),
        ("RED", true),
        ("NOT_STATED", true),
    ] {
        assert_eq!(facts(tlp).partner_facts(&partner, NOW).tlp_above_ceiling, above, "{tlp}");
    }
}

#[test]
fn a_country_is_touched_by_what_the_lead_states() {
    let partner = partner("state = \"ACTIVE\"");
    let touched = |content: Json| {
        LeadProfile::of(&lead(content), country("US")).partner_facts(&partner, NOW).country_touched
    };
    let mexico = json!({ "code": "MX", "text": "México" });
    for content in [
        json!({ "countries_involved": ["GB", "MX"] }),
        json!({ "places": [{ "country": mexico }] }),
        json!({ "events": [{ "country": mexico }] }),
        json!({ "organizations": [{ "country": mexico }] }),
        json!({ "persons": [{ "phones": [{ "country": "MX" }] }] }),
        json!({ "organizations": [{ "phones": [{ "country": "MX" }] }] }),
    ] {
        assert!(touched(content.clone()), "{content}");
    }
    assert!(!touched(json!({ "places": [{ "country": { "text": "Mexico?" } }] })));
    assert!(!touched(json!({ "persons": [{ "nationalities": [mexico] }] })), "a nationality is no place");
    let routed = Lead { routing_country: Some(country("MX")), ..lead(json!({})) };
    assert!(LeadProfile::of(&routed, country("US")).partner_facts(&partner, NOW).country_touched);
}

#[test]
fn a_lead_is_its_own_agencys_whoever_it_says_it_is_from() {
    let partner = partner("state = \"ACTIVE\"\nagencies = [\"harbour\", \"port\"]");
    let own = |agency: &str, originator: &str| {
        let lead =
            Lead { agency: agency.into(), ..lead(json!({ "originator": { "agency_id": originator } })) };
        LeadProfile::of(&lead, country("US")).partner_facts(&partner, NOW).own
    };
    assert!(own("harbour", "harbour") && own("port", "elsewhere"));
    // Who originated a lead is a claim of the agency; the topic that it came by is not.
    assert!(!own("elsewhere", "harbour") && !own("", ""));
}

#[test]
fn a_purpose_that_nobody_has_is_covered_by_nobody() {
    let partner = partner("state = \"ACTIVE\"");
    let covered = |purposes: Json| {
        let lead = lead(json!({ "legal": { "purposes": purposes } }));
        LeadProfile::of(&lead, country("US")).partner_facts(&partner, NOW).purpose_covered
    };
    for purposes in [json!([]), json!([" "]), json!(["rescue"]), json!(["curiosity", "Rescue"])] {
        assert!(covered(purposes.clone()), "{purposes}");
    }
    for purposes in [json!(["PROSECUTION"]), json!(["criminal_investigation"]), json!(["rescued"])] {
        assert!(!covered(purposes.clone()), "{purposes}");
    }
}

#[test]
fn every_category_must_be_covered_by_an_agreement_in_force_and_be_taken() {
    let old = agreement("old", "2020-01-01", "2021-01-01", "\"any\"");
    let sex = agreement("sex", "2025-01-01", "2027-01-01", "[\"SEX_TRAFFICKING\"]");
    let labour = agreement("labour", "2025-01-01", "2027-01-01", "[\"LABOUR_TRAFFICKING\"]");
    let covered = |partner: &Partner, categories: Json| {
        let profile = LeadProfile::of(&lead(json!({ "categories": categories })), country("US"));
        profile.partner_facts(partner, NOW).category_covered
    };
    let one = partner(&format!("state = \"ACTIVE\"{old}{sex}"));
    assert!(covered(&one, json!(["SEX_TRAFFICKING"])));
    assert!(covered(&one, json!(["UNKNOWN", "SEX_TRAFFICKING"])));
    assert!(!covered(&one, json!(["SEX_TRAFFICKING", "LABOUR_TRAFFICKING"])));
    assert!(!covered(&one, json!([])), "no category is a category of its own");
    let both = partner(&format!("state = \"ACTIVE\"{sex}{labour}"));
    assert!(covered(&both, json!(["SEX_TRAFFICKING", "LABOUR_TRAFFICKING"])));
    let takes = partner(&format!("state = \"ACTIVE\"\ncategories = [\"LABOUR_TRAFFICKING\"]{sex}{labour}"));
    assert!(!covered(&takes, json!(["SEX_TRAFFICKING"])), "the partner does not take it");
    let ended = partner(&format!("state = \"ACTIVE\"{old}"));
    assert!(!covered(&ended, json!(["SEX_TRAFFICKING"])));
}

#[test]
fn consent_covers_what_it_says_until_it_expires() {
    let partner = partner("state = \"ACTIVE\"");
    let consented = |consent: Json| {
        let lead = lead(json!({ "protections": { "consent": consent } }));
        LeadProfile::of(&lead, country("US")).partner_facts(&partner, NOW).consented
    };
    let until = |local: &str| json!({ "given": "YES", "scope": ["any"], "expires": { "local": local } });
    assert!(consented(json!({ "given": "YES", "scope": ["prosecutor"] })));
    assert!(consented(json!({ "given": "YES", "scope": ["Rescue"] })));
    assert!(consented(json!({ "given": "YES", "scope": ["MX"] })));
    assert!(!consented(json!({ "given": "YES", "scope": ["NGO_SHELTER"] })));
    assert!(!consented(json!({ "given": "YES", "scope": [] })), "of nothing");
    assert!(!consented(json!({ "given": "UNKNOWN", "scope": ["any"] })));
    assert!(
        consented(until("2026-07")) && consented(until("2027")) && consented(until("2026-06-20T10:00:00"))
    );
    assert!(!consented(until("2026-06-15")), "in some zone that day began already");
    assert!(!consented(until("2026")) && !consented(until("soon")) && !consented(until("")));
}

#[test]
fn what_passes_is_told_from_what_does_not() {
    let later = agreement("later", "2027-01-01", "2028-01-01", "\"any\"");
    let now = agreement("now", "2025-01-01", "2028-01-01", "\"any\"");
    let profile = LeadProfile::of(&lead(json!({})), country("US"));
    let exercise = Lead { message_status: MessageStatus::Exercise, ..lead(json!({})) };
    let exercise = LeadProfile::of(&exercise, country("US"));
    let passes = |profile: &LeadProfile, text: &str| profile.as_if(&partner(text), NOW).map(|p| p.reason);
    let state = |state: &str, agreements: &str| format!("state = \"{state}\"{agreements}");
    use PassingReason::*;
    assert_eq!(passes(&profile, &state("ACTIVE", &now)), None);
    assert_eq!(passes(&profile, &state("ENDED", &now)), None);
    assert_eq!(passes(&profile, &state("SUSPENDED", &now)), Some(Suspended));
    assert_eq!(passes(&profile, &state("SANDBOX", &now)), Some(NotYetActive));
    assert_eq!(passes(&exercise, &state("SANDBOX", &now)), None);
    assert_eq!(passes(&exercise, &state("PROPOSED", &now)), Some(NotYetActive));
    assert_eq!(passes(&profile, &state("ACTIVE", &later)), Some(AgreementNotYetInForce));
    let later = profile.as_if(&partner(&state("ACTIVE", &later)), NOW).unwrap();
    assert!(later.facts.agreement_in_force && later.facts.category_covered);
    assert_eq!(later.until, Some(Micros(1_798_761_600_000_000)));
}

#[test]
fn time_changes_facts_at_boundaries_only() {
    let partner =
        partner(&format!("state = \"ACTIVE\"{}", agreement("a", "2026-01-01", "2027-01-01", "\"any\"")));
    let consent = json!({ "given": "YES", "scope": ["any"], "expires": { "instant": NOW.0 + DAY } });
    let profile = LeadProfile::of(&lead(json!({ "protections": { "consent": consent } })), country("US"));
    assert_eq!(profile.changes_at(&partner, NOW), Some(Micros(NOW.0 + DAY)));
    let after = Micros(NOW.0 + DAY);
    assert_eq!(profile.changes_at(&partner, after), Some(partner.agreements[0].ends));
    assert_eq!(profile.changes_at(&partner, partner.agreements[0].ends), None);
    assert!(profile.partner_facts(&partner, NOW) == profile.partner_facts(&partner, Micros(after.0 - 1)));
    assert!(profile.partner_facts(&partner, NOW) != profile.partner_facts(&partner, after));
}
