//! What a copy shows, and what it never does (PL-9, PL-14).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use std::sync::OnceLock;

use lead::class::FIELD_CLASSES;
use lead::code::MessageKind;
use lead::code::MessageStatus;
use lead::{Alias, ClassSet, DeliveryReference, FactDigest, FieldClass, Lead, LeadId, MatterId, wire};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use release::{CancelReason, Policies, Release, decode_partner_lead};
use serde_json::{Value as Json, json};

/// The record that a partner reads, as JSON text, from its bytes.
fn received(release: &Release, lead: &Lead, id: &str) -> String {
    let partner = site::partner(release, id);
    let ruled = release.rule(&release.profile(lead), partner, site::NOW);
    let permit = ruled.ruling.permit().unwrap_or_else(|| panic!("{id}: {:?}", ruled.ruling));
    let copy = release.copy(lead, partner, permit);
    let released = release.release(copy, 1, MessageKind::Report, Vec::new(), MatterId::default(), site::NOW);
    let bytes = wire::encode(&released).unwrap();
    serde_json::to_string(&decode_partner_lead(&bytes).unwrap()).unwrap()
}

fn shows(text: &str, shown: &[&str], hidden: &[&str]) {
    for value in shown {
        assert!(text.contains(value), "does not show `{value}`: {text}");
    }
    for value in hidden {
        assert!(!text.contains(value), "shows `{value}`: {text}");
    }
}

#[test]
fn a_minors_handle_never_reaches_a_partner_without_the_minor_class() {
    let release = site::site();
    let lead = site::lead(json!({}));
    shows(
        &received(&release, &lead, "mx-fiscalia"),
        &[
            "Alan Exemplar",
            "XX1234567",
            "+525555500123",
            "alan_boss",
            "Muestra",
            "CASE-4471-B",
            "490154203237518",
        ],
        &[
            "carla_star15",
            "nobody_knows_99",
            "Carla",
            "Dora",
            "5550199",
            "Harbour",
            "MX00-1234",
            "motel",
            "HARBOUR-000077",
        ],
    );
    shows(
        &received(&release, &lead, "ngo-shelter-texas"),
        &["Muestra", "+12025550123"],
        &[
            "carla",
            "Carla",
            "nobody_knows_99",
            "Exemplar",
            "alan_boss",
            "XX1234567",
            "490154203237518",
            "Dora",
            "MX00-1234",
            "motel",
        ],
    );
}

#[test]
fn sworn_officers_at_home_see_all_but_the_agencys_own_number() {
    let release = site::site();
    let lead = site::lead(json!({}));
    shows(
        &received(&release, &lead, "us-field-office-houston"),
        &[
            "carla_star15",
            "nobody_knows_99",
            "Dora Testigo",
            "motel",
            "202-555-0199",
            "Harbour tip line",
            "CASE-4471-B",
        ],
        &["HARBOUR-000077", &lead.lead_id.to_string()],
    );
}

#[test]
fn in_a_case_about_children_mexico_sees_the_minor_and_not_the_reporter() {
    let release = site::site();
    let lead = site::lead(json!({ "categories": ["CHILD_SEX_TRAFFICKING"] }));
    shows(
        &received(&release, &lead, "mx-fiscalia"),
        &["carla_star15", "Carla"],
        // A handle tied to nobody may be the reporter's.
        &["Dora", "5550199", "nobody_knows_99", "motel"],
    );
}

#[test]
fn a_person_of_unknown_age_counts_as_a_minor() {
    let release = site::site();
    let over = json!({ "persons": [{ "person_ref": "p1", "role": "SUBJECT", "names": [{ "full": "Alan Exemplar" }] }], "accounts": [], "devices": [], "financial": [], "narrative": null, "texts": [] });
    let lead = site::lead(over);
    shows(&received(&release, &lead, "mx-fiscalia"), &["SEX_TRAFFICKING"], &["Alan", "SUBJECT"]);
}

#[test]
fn a_text_that_repeats_what_was_cleared_is_withheld_with_an_alarm() {
    let release = site::site();
    let mut content = json!({
        "summary_public": "Concern for a young person who uses the name Carla-Star15.",
        "category_text": ["reported by Dora Testigo", "sex trafficking"],
    });
    let lead = site::lead(content.take());
    let partner = site::partner(&release, "mx-fiscalia");
    let ruled = release.rule(&release.profile(&lead), partner, site::NOW);
    let copy = release.copy(&lead, partner, ruled.ruling.permit().unwrap());
    assert_eq!(copy.withheld(), ["category_text", "summary_public"]);
    assert_eq!(release.alarms().texts_withheld, 2);
    let text = received(&release, &lead, "mx-fiscalia");
    shows(&text, &["sex trafficking"], &["Star15", "Testigo"]);
    let houston = received(&release, &lead, "us-field-office-houston");
    shows(&houston, &["Carla-Star15", "Testigo"], &[]);
}

#[test]
fn caveats_travel_with_the_copy() {
    let release = site::site();
    let lead = site::lead(json!({
        "collection_basis": "TIP",
        "handling": { "tlp": "AMBER", "pap": "RED", "h_codes": ["H1"] },
        "legal": { "purposes": ["RESCUE", "a purpose of its own"] },
        "source": { "prohibited_source_risk": "KNOWN" },
    }));
    let caveats = |id: &str| -> Vec<String> {
        let record: Json = serde_json::from_str(&received(&release, &lead, id)).unwrap();
        serde_json::from_value(record["caveats"].clone()).unwrap()
    };
    assert_eq!(
        caveats("mx-fiscalia"),
        ["TLP:AMBER", "PAP:RED", "UNVERIFIED_TIP", "NOT_FOR_COURT", "ONLY_FOR_RESCUE", "NO_ONWARD_RELEASE"]
    );
    let houston = caveats("us-field-office-houston");
    assert!(houston.contains(&"SOURCE_MAY_BE_ABUSER".to_owned()), "{houston:?}");
}

#[test]
fn a_cancel_says_who_it_is_and_why_and_no_more() {
    let release = site::site();
    let partner = site::partner(&release, "mx-fiscalia");
    let lead = LeadId([5; 16]);
    let (matter, domain) = (MatterId::default(), MessageStatus::Actual);
    let delivery = DeliveryReference { lead, matter, domain, revision: 3 };
    let released = release.cancel(partner, delivery, CancelReason::Withdrawn, site::NOW);
    let record = decode_partner_lead(&wire::encode(&released).unwrap()).unwrap();
    assert_eq!(record.alias, release.alias(partner, lead));
    assert_eq!((record.revision, record.message_kind), (3, MessageKind::Cancel));
    assert_eq!(record.cancel_reason.as_deref(), Some("WITHDRAWN"));
    assert!(record.content.is_none() && record.caveats.is_empty() && record.related.is_empty());
}

#[test]
fn each_partner_has_names_of_its_own() {
    let release = site::site();
    let lead = site::lead(json!({}));
    let related = Alias([9; 16]);
    let names: Vec<Alias> = ["mx-fiscalia", "us-field-office-houston"]
        .map(|id| {
            let partner = site::partner(&release, id);
            let ruled = release.rule(&release.profile(&lead), partner, site::NOW);
            let copy = release.copy(&lead, partner, ruled.ruling.permit().unwrap());
            let released =
                release.release(copy, 2, MessageKind::Update, vec![related], MatterId::default(), site::NOW);
            assert_eq!(released.record().related, [related]);
            assert_eq!(released.record().revision, 2);
            released.record().alias
        })
        .into();
    assert_ne!(names[0], names[1]);
}

#[test]
fn a_permit_is_for_one_partner_and_one_lead() {
    let release = site::site();
    let lead = site::lead(json!({}));
    let houston = site::partner(&release, "us-field-office-houston");
    let ruled = release.rule(&release.profile(&lead), houston, site::NOW);
    let permit = ruled.ruling.permit().unwrap();
    let empty = |lead: &Lead, id: &str| {
        let copy = release.copy(lead, site::partner(&release, id), permit);
        let released =
            release.release(copy, 1, MessageKind::Report, Vec::new(), MatterId::default(), site::NOW);
        released.record().content == Some(lead::Content::default())
    };
    assert!(!empty(&lead, "us-field-office-houston"));
    assert!(empty(&lead, "ngo-shelter-texas"));
    assert!(empty(&site::lead(json!({ "protections": { "sealed": "YES" } })), "us-field-office-houston"));
}

#[test]
fn an_unchanged_copy_has_the_same_digest() {
    let release = site::site();
    let digest = |lead: &Lead, id: &str| {
        let partner = site::partner(&release, id);
        let ruled = release.rule(&release.profile(lead), partner, site::NOW);
        release.copy(lead, partner, ruled.ruling.permit().unwrap()).digest()
    };
    let lead = site::lead(json!({}));
    let reporter = |name: &str| {
        let mut changed = lead.clone();
        changed.content.persons[3].names[0].full = Some(name.into());
        changed.order = "2-3-0".into();
        changed
    };
    let other = reporter("Dora Otra");
    assert_eq!(digest(&lead, "mx-fiscalia"), digest(&other, "mx-fiscalia"), "Mexico sees no reporter");
    assert_ne!(digest(&lead, "us-field-office-houston"), digest(&other, "us-field-office-houston"));
    let mut tip = lead.clone();
    tip.content.collection_basis = lead::code::CollectionBasis::Tip;
    assert_ne!(digest(&lead, "ngo-shelter-texas"), digest(&tip, "ngo-shelter-texas"), "a new caveat is news");
}

/// A site whose one policy grants Houston exactly these classes.
fn granting(classes: &[FieldClass]) -> Release {
    let mut text =
        "@id(\"all\") @reason(\"all\") permit (principal, action == Action::\"receive\", resource);\n"
            .to_owned();
    for class in classes {
        let name = class.name();
        text.push_str(&format!(
            "@id(\"{}\") @reason(\"x\") permit (principal, action == Action::\"view_{name}\", resource);\n",
            name.replace('_', "-")
        ));
    }
    site::site_with(Policies::parse(&site::schema(), &[("drawn.cedar", text)]).unwrap())
}

fn any_classes() -> impl Strategy<Value = Vec<FieldClass>> {
    let all: Vec<FieldClass> = FIELD_CLASSES
        .iter()
        .map(|(class, _)| *class)
        .filter(|class| !matches!(class, FieldClass::General | FieldClass::Internal))
        .collect();
    let most = proptest::collection::vec(proptest::bool::weighted(0.8), all.len());
    most.prop_map(move |set| all.iter().zip(set).filter(|(_, set)| *set).map(|(class, _)| *class).collect())
}

/// Values that identify somebody, each unique, in places of every kind.
const VALUES: [&str; 12] = [
    "Quillon",
    "Brevast",
    "zolmira_88",
    "+15005550101",
    "wexford@drumlin.example",
    "DOC77812",
    "IMEI355402",
    "ACC9911-2",
    "12 Tarnwick Row",
    "plumfield.jpg",
    "KX19 VPT",
    "Orlinde",
];

/// A lead that says the same values over and over: in fields and in every kind of text.
fn leaky() -> impl Strategy<Value = Json> {
    let value = || proptest::sample::select(VALUES.to_vec());
    let text =
        || (value(), value()).prop_map(|(a, b)| format!("It says {a}, then ({}) again.", b.to_uppercase()));
    let role =
        || proptest::sample::select(vec!["SUBJECT", "VICTIM", "REPORTER", "WITNESS", "OTHER", "UNKNOWN"]);
    let minor = || proptest::sample::select(vec!["YES", "NO", "UNKNOWN"]);
    let holder = || proptest::sample::select(vec![Some("p0"), Some("p1"), Some("p9"), None]);
    let persons = (role(), role(), minor(), minor(), text(), text());
    let texts = (text(), text(), text(), text(), text(), text());
    (persons, texts, holder(), holder(), holder(), holder()).prop_map(|(p, t, a, d, v, f)| {
        json!({
            "summary_public": t.0, "category_text": [t.1], "annotations": [t.2], "offence_codes": [t.3],
            "narrative": t.4, "texts": [{ "name": "note", "text": t.5 }],
            "persons": [
                { "person_ref": "p0", "role": p.0, "minor": p.2, "names": [{ "given": VALUES[0], "surname": VALUES[1] }],
                  "documents": [{ "kind": "id", "number": VALUES[5] }], "status": p.4, "remarks": [{ "name": "r", "text": p.5 }] },
                { "person_ref": "p1", "role": p.1, "minor": p.3, "names": [{ "full": VALUES[11] }],
                  "phones": [{ "e164": VALUES[3], "text": VALUES[3] }], "emails": [{ "address": VALUES[4], "text": VALUES[4] }] },
            ],
            "accounts": [{ "person_ref": a, "service": "chat.example", "handle": VALUES[2] }],
            "devices": [{ "person_ref": d, "id_value": VALUES[6] }],
            "vehicles": [{ "person_ref": v, "plate": VALUES[10] }],
            "financial": [{ "person_ref": f, "kind": "bank", "account": VALUES[7] }],
            "places": [{ "street": VALUES[8], "city": "Springfield" }],
            "files": [{ "name": VALUES[9] }],
        })
    })
}

/// The places where a value stands as itself and not in a text.
fn fields_of(content: &lead::Content) -> Json {
    let json = serde_json::to_value(content).unwrap();
    let names = ["persons", "accounts", "devices", "vehicles", "financial", "places", "files"];
    let mut fields: serde_json::Map<_, _> =
        names.map(|name| (name.to_owned(), json[name].clone())).into_iter().collect();
    for person in fields["persons"].as_array_mut().unwrap() {
        let person = person.as_object_mut().unwrap();
        person.remove("status");
        person.remove("remarks");
    }
    fields.into()
}

/// A site and the classes that it grants.
type Granted = (Vec<FieldClass>, Release);

/// Sets of classes, each beside itself less one. Parsing policies costs more than a copy, so that the
/// cases share some.
fn pool() -> &'static [[Granted; 2]] {
    static POOL: OnceLock<Vec<[Granted; 2]>> = OnceLock::new();
    POOL.get_or_init(|| {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
        let draw = |n: usize| {
            let classes = any_classes().new_tree(&mut runner).unwrap().current();
            let mut fewer = classes.clone();
            if !fewer.is_empty() {
                fewer.remove(n % fewer.len());
            }
            [classes, fewer].map(|classes| (classes.clone(), granting(&classes)))
        };
        (0..40).map(draw).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// A copy holds no substring of a value that it lacks, in whatever text, and no value that needs a
    /// class which is not granted.
    #[test]
    fn a_copy_holds_nothing_of_what_it_lacks(drawn in any::<prop::sample::Index>(), content in leaky()) {
        let [(_, release), _] = drawn.get(pool());
        let lead = Lead { content: serde_json::from_value(content).unwrap(), ..site::lead(json!({})) };
        let partner = site::partner(release, "us-field-office-houston");
        let ruled = release.rule(&release.profile(&lead), partner, site::NOW);
        let permit = ruled.ruling.permit().unwrap();
        let copy = release.copy(&lead, partner, permit);
        let facts = copy.facts().to_vec();
        let released = release.release(copy, 1, MessageKind::Report, Vec::new(), MatterId::default(), site::NOW);
        let content = released.record().content.clone().unwrap();
        let kept = fields_of(&content).to_string();
        let whole = serde_json::to_string(&content).unwrap().to_lowercase();
        for value in VALUES {
            prop_assert!(
                kept.contains(value) || !whole.contains(&value.to_lowercase()),
                "`{}` with {:?}: {}", value, permit.classes, whole
            );
        }
        // Redaction did what the classes say: whatever is left may be seen, and nothing needs clearing.
        let mut again = content.clone();
        prop_assert_eq!(again.retain(permit.classes), 0);
        // PL-14, and on the side of caution where the scan withheld a fact.
        let visible: Vec<FactDigest> = lead.content.facts(&site::keys().facts).visible(permit.classes).collect();
        prop_assert!(facts.iter().all(|fact| visible.contains(fact)));
    }

    /// Fewer classes never show more.
    #[test]
    fn fewer_classes_never_show_more(drawn in any::<prop::sample::Index>(), content in leaky()) {
        let lead = Lead { content: serde_json::from_value(content).unwrap(), ..site::lead(json!({})) };
        let seen = |(_, release): &Granted| {
            let partner = site::partner(release, "us-field-office-houston");
            let ruled = release.rule(&release.profile(&lead), partner, site::NOW);
            let copy = release.copy(&lead, partner, ruled.ruling.permit().unwrap());
            (ruled.ruling.permit().unwrap().classes, copy.facts().to_vec())
        };
        let [more, less] = drawn.get(pool());
        let ((many, most), (few, least)): ((ClassSet, _), (ClassSet, _)) = (seen(more), seen(less));
        prop_assert!(few.within(many));
        prop_assert!(least.iter().all(|fact| most.contains(fact)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Partners share what was redacted for the same classes: nobody sees a difference.
    #[test]
    fn a_copy_is_the_same_whoever_had_one_before(mut content in leaky()) {
        let release = site::site();
        let everybody: Vec<&str> = release.partners().iter().map(|partner| partner.id.as_str()).collect();
        content["countries_involved"] = json!(["US", "MX", "GB"]);
        content["categories"] = json!(["SEX_TRAFFICKING"]);
        content["handling"] = json!({ "tlp": "GREEN", "recipients": everybody });
        let mut classes = std::collections::BTreeSet::new();
        let lead = Lead { content: serde_json::from_value(content).unwrap(), ..site::lead(json!({})) };
        let profile = release.profile(&lead);
        let mut shared = release.copies(&lead);
        for partner in release.partners().iter() {
            let ruled = release.rule(&profile, partner, site::NOW);
            let Some(permit) = ruled.ruling.permit() else { continue };
            classes.insert(permit.classes);
            let (one, alone) = (shared.of(partner, permit), release.copy(&lead, partner, permit));
            prop_assert_eq!(one.digest(), alone.digest());
            prop_assert_eq!(one.facts(), alone.facts());
            prop_assert_eq!((one.cleared(), one.withheld()), (alone.cleared(), alone.withheld()));
            let text = |copy| {
                let released = release.release(copy, 1, MessageKind::Report, Vec::new(), MatterId::default(), site::NOW);
                serde_json::to_string(released.record()).unwrap()
            };
            prop_assert_eq!(text(one), text(alone));
        }
        prop_assert!(classes.len() > 2, "partners who may see different things: {}", classes.len());
    }
}
