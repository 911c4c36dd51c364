//! What rulings never do: depend on an order or on a memory, or grant more because of a restriction.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use std::sync::{Arc, OnceLock};

use lead::ClassSet;
use lead::code::{MessageStatus, Tlp};
use lead::decision::{Decision, DecisionBuilder, LeadFacts, OutcomeCode, PartnerFacts, PartnerState};
use lead::value::{Country, Micros};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use release::{Partner, Partners, PassingReason, Policies, Release, Ruling};
use serde_json::json;

fn lead_facts() -> impl Strategy<Value = LeadFacts> {
    let flags = LeadFacts::default().flags().len();
    (proptest::collection::vec(proptest::bool::weighted(0.25), flags), proptest::sample::select(Tlp::ALL))
        .prop_map(|(set, tlp)| {
            facts(LeadFacts::default().flags().map(|(name, _)| name).as_slice(), &set, "tlp", tlp.symbol())
        })
}

/// Mostly facts under which something is granted: a property of what is denied anyhow shows nothing.
fn partner_facts() -> impl Strategy<Value = PartnerFacts> {
    let flags = PartnerFacts::default().flags();
    let likely = flags.map(|(name, _)| match name {
        "tlp_above_ceiling" | "foreign_to_originator" => 0.1,
        _ => 0.9,
    });
    let set: Vec<_> = likely.into_iter().map(proptest::bool::weighted).collect();
    let state =
        prop_oneof![9 => Just(PartnerState::Active), 1 => proptest::sample::select(PartnerState::ALL)];
    (set, state)
        .prop_map(move |(set, state)| facts(&flags.map(|(name, _)| name), &set, "state", state.symbol()))
}

fn facts<F: serde::de::DeserializeOwned>(names: &[&str], set: &[bool], code: &str, symbol: &str) -> F {
    let mut json: serde_json::Map<_, _> =
        names.iter().zip(set).map(|(name, set)| ((*name).to_owned(), json!(set))).collect();
    json.insert(code.to_owned(), json!(symbol));
    serde_json::from_value(json.into()).unwrap()
}

/// Conditions over what policies can see.
fn condition() -> impl Strategy<Value = String> {
    let flag = |of: &'static str, names: Vec<&'static str>| {
        (proptest::sample::select(names), any::<bool>())
            .prop_map(move |(name, not)| format!("{}{of}.{name}", if not { "!" } else { "" }))
    };
    let lead = LeadFacts::default().flags().map(|(name, _)| name).to_vec();
    let partner = PartnerFacts::default().flags().map(|(name, _)| name).to_vec();
    let atom = prop_oneof![
        flag("resource", lead),
        flag("context", partner),
        flag(
            "principal",
            vec!["foreign", "sworn", "law_enforcement", "civil_society", "triage", "listed_1367"]
        ),
        Just("resource.tlp == Tlp::\"AMBER\"".to_owned()),
        Just("context.state == State::\"ACTIVE\"".to_owned()),
        Just("principal.kind == Kind::\"prosecutor\"".to_owned()),
        Just("[resource.v1367, context.named].contains(true)".to_owned()),
        Just("(if resource.sar then context.named else principal.sworn)".to_owned()),
    ];
    (atom.clone(), atom, proptest::sample::select(vec!["&&", "||"]))
        .prop_map(|(a, b, op)| format!("{a} {op} {b}"))
}

fn action() -> impl Strategy<Value = String> {
    let views = lead::class::FIELD_CLASSES.iter().map(|(_, name)| *name);
    let views: Vec<String> = views
        .filter(|name| !matches!(*name, "general" | "internal"))
        .map(|name| format!("action == Action::\"view_{name}\""))
        .collect();
    prop_oneof![
        Just("action".to_owned()),
        Just("action == Action::\"receive\"".to_owned()),
        Just("action == Action::\"release_without_approval\"".to_owned()),
        Just("action in [Action::\"receive\", Action::\"view_minor\", Action::\"view_subject\"]".to_owned()),
        proptest::sample::select(views),
    ]
}

fn policy(effect: &str, id: usize, action: &str, condition: &str) -> String {
    format!(
        "@id(\"more-{id}\") @reason(\"drawn\") {effect} (principal, {action}, resource) when {{ {condition} }};\n"
    )
}

/// (classes, without approval) or nothing.
fn granted(ruling: &Ruling) -> Option<(ClassSet, bool)> {
    ruling.permit().map(|permit| (permit.classes, !permit.needs_approval))
}

/// Sites whose policies are the shipped ones and what `draw` adds. Parsing policies costs more than
/// asking them, so that the cases share some.
fn pool<S: Strategy<Value = String>>(size: usize, draw: S) -> Vec<(String, Release)> {
    let mut runner =
        TestRunner::new_with_rng(ProptestConfig::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let more = std::iter::repeat_with(|| draw.new_tree(&mut runner).unwrap().current()).take(size);
    more.map(|more| (more.clone(), site::site_with(site::policies_and(&more)))).collect()
}

fn drawn_policies(effects: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    let one = (proptest::sample::select(effects), action(), condition());
    proptest::collection::vec(one, 1..most)
        .prop_map(|all| all.iter().enumerate().map(|(n, (effect, a, c))| policy(effect, n, a, c)).collect())
}

fn partner_at<'r>(release: &'r Release, place: &prop::sample::Index) -> &'r Partner {
    release.partners().iter().nth(place.index(release.partners().len())).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Adding any restriction never adds a recipient, nor a class, nor a form of what was not shown, nor
    /// takes an approval away.
    /// Sabotage: `evaluate_remembering` takes `forbids` for `permits`.
    #[test]
    fn a_restriction_never_adds(
        site in any::<prop::sample::Index>(),
        partner in any::<prop::sample::Index>(),
        lead in lead_facts(),
        facts in partner_facts(),
    ) {
        static BEFORE: OnceLock<Release> = OnceLock::new();
        static AFTER: OnceLock<Vec<(String, Release)>> = OnceLock::new();
        let before = BEFORE.get_or_init(site::site);
        let (more, after) = site.get(AFTER.get_or_init(|| pool(48, drawn_policies(&["forbid"], 4))));
        let partner = partner_at(before, &partner);
        let had = before.rule_facts(&lead, partner, &facts);
        let has = after.rule_facts(&lead, site::partner(after, &partner.id), &facts);
        if let Some((classes, free)) = granted(&has) {
            let (could, was_free) = granted(&had).expect("a restriction added a recipient");
            prop_assert!(classes.within(could), "{more}");
            prop_assert!(was_free || !free, "{more}");
            let forms = |ruling: &Ruling| -> Vec<_> {
                let permit = ruling.permit().unwrap();
                let of = |forms: &[release::Form], verb| forms.iter().map(|f| (verb, f.class)).collect::<Vec<_>>();
                [of(&permit.outlines, "outline"), of(&permit.links, "link")].concat()
            };
            let before = forms(&had);
            prop_assert!(forms(&has).iter().all(|form| before.contains(form)), "{more}");
        }
    }

    /// What is remembered is what the whole set would say, whatever the policies.
    /// Sabotage: `Reads::walk` passes over `if`.
    #[test]
    fn memory_changes_nothing(
        site in any::<prop::sample::Index>(),
        partner in any::<prop::sample::Index>(),
        lead in lead_facts(),
        facts in partner_facts(),
    ) {
        static SITES: OnceLock<Vec<(String, Release)>> = OnceLock::new();
        let (more, release) = site.get(SITES.get_or_init(|| pool(24, drawn_policies(&["permit", "forbid"], 6))));
        let partner = partner_at(release, &partner);
        let afresh = release.rule_facts_afresh(&lead, partner, &facts);
        for round in 0..2 {
            prop_assert_eq!(&release.rule_facts(&lead, partner, &facts), &afresh, "round {} {}", round, more);
        }
    }

    /// Two sites that are asked the same in another order say the same, whoever was asked before.
    /// Sabotage: `Principal::is` and the memo's key leave out the partner's place.
    #[test]
    fn the_order_of_leads_and_partners_changes_nothing(
        asked in proptest::collection::vec((lead_facts(), partner_facts(), any::<prop::sample::Index>()), 1..6),
        turn in any::<prop::sample::Index>(),
    ) {
        static SITES: OnceLock<[Release; 2]> = OnceLock::new();
        let [one, other] = SITES.get_or_init(|| {
            let mut turned: Vec<Partner> = site::partners().iter().cloned().collect();
            turned.reverse();
            [site::site(), site::site_of(turned)]
        });
        let rule = |release: &Release, (lead, facts, partner): &(LeadFacts, PartnerFacts, prop::sample::Index)| {
            let id = &partner_at(one, partner).id;
            release.rule_facts(lead, site::partner(release, id), facts)
        };
        let first: Vec<Ruling> = asked.iter().map(|ask| rule(one, ask)).collect();
        let mut order: Vec<usize> = (0..asked.len()).rev().collect();
        order.rotate_left(turn.index(asked.len()));
        for place in order {
            prop_assert_eq!(&rule(other, &asked[place]), &first[place]);
        }
    }

    /// General always leaves with a permit, internal never, and free text only with identity.
    #[test]
    fn a_permit_has_its_bounds(
        partner in any::<prop::sample::Index>(),
        lead in lead_facts(),
        facts in partner_facts(),
    ) {
        use lead::FieldClass::{General, Identity, Internal, Narrative};
        static SITE: OnceLock<Release> = OnceLock::new();
        let release = SITE.get_or_init(site::site);
        if let Some((classes, _)) = granted(&release.rule_facts(&lead, partner_at(release, &partner), &facts)) {
            prop_assert!(classes.contains(General) && !classes.contains(Internal));
            prop_assert!(!classes.contains(Narrative) || classes.contains(Identity));
        }
    }
}

fn decide(release: &Release, order: &[usize]) -> Decision {
    let lead = site::lead(json!({}));
    let profile = release.profile(&lead);
    let partners: Vec<_> = release.partners().iter().collect();
    let mut builder =
        DecisionBuilder::new(Decision::default(), partners.iter().map(|partner| partner.id.as_str()));
    for place in order {
        let partner = partners[*place];
        let outcome = release.rule(&profile, partner, site::NOW).outcome(partner);
        match outcome.outcome {
            OutcomeCode::Withheld => builder.grouped(outcome),
            _ => builder.outcome(outcome),
        }
        .unwrap();
    }
    builder.finish().unwrap()
}

#[test]
fn the_order_of_partners_changes_nothing() {
    let mut order: Vec<usize> = (0..site::site().partners().len()).collect();
    let in_order = order.clone();
    let forwards = decide(&site::site(), &order);
    order.reverse();
    assert!(forwards == decide(&site::site(), &order));
    order.rotate_left(2);
    order.swap(0, 1);
    assert!(forwards == decide(&site::site(), &order));
    let mut reversed = site::partner_files();
    reversed.reverse();
    let partners = Partners::parse(&reversed).unwrap();
    let release =
        Release::new(Arc::new(partners), Arc::new(site::policies()), site::keys(), site::home()).unwrap();
    assert!(forwards == decide(&release, &in_order));
}

fn ruling(release: &Release, id: &str, over: serde_json::Value, now: Micros) -> Ruling {
    release.rule(&release.profile(&site::lead(over)), site::partner(release, id), now).ruling
}

fn reasons(ruling: &Ruling) -> Vec<String> {
    let Ruling::Deny(denial) = ruling else { panic!("not denied: {ruling:?}") };
    denial.reasons.iter().map(|r| r.policy.as_deref().unwrap_or("nothing").to_owned()).collect()
}

#[test]
fn a_lead_goes_to_those_whom_it_touches() {
    let release = site::site();
    let got = |over: serde_json::Value| -> Vec<String> {
        let all = release.partners().iter().map(|partner| partner.id.clone());
        all.filter(|id| ruling(&release, id, over.clone(), site::NOW).permit().is_some()).collect()
    };
    let home =
        ["us-federal-analysis", "us-field-office-houston", "us-field-office-laredo", "us-state-police-texas"];
    // A bare tip is no intelligence.
    let tip = json!({ "collection_basis": "TIP" });
    assert_eq!(got(tip), [&["mx-fiscalia", "ngo-shelter-texas"][..], &home[1..]].concat());
    assert_eq!(got(json!({})), [&["mx-fiscalia", "ngo-shelter-texas"][..], &home].concat());
    assert_eq!(
        got(json!({ "categories": ["CSAM"] })),
        [&["us-child-hotline", "us-federal-analysis", "us-federal-child-exploitation"][..], &home[1..]]
            .concat()
    );
    assert_eq!(got(json!({ "handling": { "caveats": ["NO_NGO", "NO_FOREIGN"] } })), home);
    assert_eq!(got(json!({ "protections": { "sar_derived": "YES" } })), ["us-fiu"]);
}

/// Sabotage: leave the permits out where something forbids.
#[test]
fn a_denial_names_what_it_overrules() {
    let release = site::site();
    let names = |reasons: &[release::Reason]| -> Vec<String> {
        reasons.iter().filter_map(|reason| reason.policy.as_deref()).map(str::to_owned).collect()
    };
    let overruled = |id: &str, over: serde_json::Value| match ruling(&release, id, over, site::NOW) {
        Ruling::Deny(denial) => names(&denial.overruled),
        other => panic!("not denied: {other:?}"),
    };
    let not_abroad = json!({ "handling": { "caveats": ["NO_FOREIGN"] } });
    assert_eq!(overruled("mx-fiscalia", not_abroad), ["abroad-police"]);
    assert_eq!(overruled("us-federal-analysis", json!({ "collection_basis": "TIP" })), ["home-police"]);
    // Nothing forbids, so nothing is overruled.
    assert_eq!(overruled("us-fiu", json!({})), Vec::<String>::new());
}

#[test]
fn an_unknown_country_is_a_route() {
    let release = site::site();
    let mut lead = site::lead(json!({ "countries_involved": [], "places": [], "persons": [] }));
    lead.routing_country = None;
    let profile = release.profile(&lead);
    let permitted =
        |id: &str| release.rule(&profile, site::partner(&release, id), site::NOW).ruling.permit().is_some();
    assert!(permitted("triage-desk"));
    assert!(!permitted("us-field-office-houston") && !permitted("mx-fiscalia"));
}

#[test]
fn what_passes_is_decided_again_and_what_does_not_is_not() {
    let suspended = site::changed("mx-fiscalia", &[("\"ACTIVE\"", "\"SUSPENDED\"")]);
    let ended = site::changed("us-field-office-houston", &[("\"ACTIVE\"", "\"ENDED\"")]);
    let later = site::changed("ngo-shelter-texas", &[("2025-01-01", "2027-01-01")]);
    let release = site::site_of(vec![suspended, ended, later]);
    let suspended = ruling(&release, "mx-fiscalia", json!({}), site::NOW);
    let Ruling::Passing(passing) = &suspended else { panic!("{suspended:?}") };
    assert_eq!((passing.reason, passing.until), (PassingReason::Suspended, None));
    // Suspended, and denied for another reason that stays: nothing to decide again.
    let withheld = ruling(&release, "mx-fiscalia", json!({ "handling": { "tlp": "RED" } }), site::NOW);
    assert_eq!(reasons(&withheld), ["partner-not-in-service", "tlp-above-ceiling", "tlp-red-named-only"]);
    assert_eq!(
        reasons(&ruling(&release, "us-field-office-houston", json!({}), site::NOW)),
        ["partner-not-in-service"]
    );
    let begins = Micros(1_798_761_600_000_000);
    let later = ruling(&release, "ngo-shelter-texas", json!({}), site::NOW);
    let Ruling::Passing(passing) = &later else { panic!("{later:?}") };
    assert_eq!((passing.reason, passing.until), (PassingReason::AgreementNotYetInForce, Some(begins)));
    assert!(ruling(&release, "ngo-shelter-texas", json!({}), begins).permit().is_some());
}

#[test]
fn an_agreement_ends_at_that_instant() {
    let release = site::site();
    let end = site::partner(&release, "mx-fiscalia").agreements[0].ends;
    let profile = release.profile(&site::lead(json!({})));
    let ruled = release.rule(&profile, site::partner(&release, "mx-fiscalia"), Micros(end.0 - 1));
    assert!(ruled.ruling.permit().is_some());
    assert_eq!(ruled.until, Some(end), "to be decided again then");
    assert_eq!(
        reasons(&ruling(&release, "mx-fiscalia", json!({}), end)),
        ["category-not-covered", "no-agreement"]
    );
}

#[test]
fn exercises_go_to_those_who_take_them_and_say_so() {
    let sandbox = site::changed("mx-fiscalia", &[("\"ACTIVE\"", "\"SANDBOX\"")]);
    let shelter = site::changed("ngo-shelter-texas", &[]);
    let release = site::site_of(vec![sandbox, shelter]);
    let mut lead = site::lead(json!({}));
    lead.message_status = MessageStatus::Exercise;
    let profile = release.profile(&lead);
    let mexico = site::partner(&release, "mx-fiscalia");
    let ruled = release.rule(&profile, mexico, site::NOW);
    let copy = release.copy(&lead, mexico, ruled.ruling.permit().expect("the sandbox takes exercises"));
    let released = release.release(
        copy,
        1,
        lead::code::MessageKind::Report,
        Vec::new(),
        lead::MatterId::default(),
        site::NOW,
    );
    assert!(released.record().exercise);
    let shelter = release.rule(&profile, site::partner(&release, "ngo-shelter-texas"), site::NOW);
    assert_eq!(reasons(&shelter.ruling), ["exercise-not-taken"]);
    let meant = ruling(&release, "mx-fiscalia", json!({}), site::NOW);
    assert!(matches!(meant, Ruling::Passing(passing) if passing.reason == PassingReason::NotYetActive));
}

#[test]
fn handling_text_holds_the_copy() {
    let release = site::site();
    let held = ruling(&release, "mx-fiscalia", json!({ "handling": { "h_codes": ["H3"] } }), site::NOW);
    let permit = held.permit().unwrap();
    assert!(permit.needs_approval);
    assert_eq!(permit.approval[0].policy.as_deref(), Some("handling-text-needs-a-person"));
}

#[test]
fn nothing_is_granted_without_policies() {
    let files: [(String, String); 0] = [];
    let release = site::site_with(Policies::parse(&site::schema(), &files).unwrap());
    for partner in release.partners().iter() {
        let ruled = release.rule(&release.profile(&site::lead(json!({}))), partner, site::NOW);
        assert_eq!(reasons(&ruled.ruling), ["nothing"]);
        assert_eq!(ruled.outcome(partner).reasons, [release::NOTHING_PERMITS]);
    }
}

#[test]
fn the_home_country_decides_who_is_foreign() {
    let mexico = Country::parse("MX").unwrap();
    let release =
        Release::new(Arc::new(site::partners()), Arc::new(site::policies()), site::keys(), mexico).unwrap();
    let fiscalia = site::partner(&release, "mx-fiscalia");
    assert_eq!(release.topic(fiscalia), "leads.domestic.mx-fiscalia.v1");
    let ruled = release.rule(&release.profile(&site::lead(json!({}))), fiscalia, site::NOW);
    assert!(
        ruled.ruling.permit().unwrap().classes.contains(lead::FieldClass::Reporter),
        "at home it sees reporters"
    );
}

/// Sabotage: count every phone and every place.
#[test]
fn where_somebody_reports_from_is_no_country_of_the_matter() {
    let release = site::site();
    let with = |role: &str| {
        json!({
            "countries_involved": ["US"], "events": [], "organizations": [],
            "persons": [{ "person_ref": "p1", "role": role,
                "phones": [{ "text": "+44 20 7946 0123", "e164": "+442079460123", "country": "GB" }] }],
            "places": [{ "person_ref": "p1", "country": { "code": "GB", "text": "UK" } }],
        })
    };
    let permits = |role| ruling(&release, "gb-crime-agency", with(role), site::NOW).permit().is_some();
    assert!(permits("SUBJECT"), "a subject in their country is theirs to know of");
    for role in ["REPORTER", "WITNESS", "CONTACT"] {
        assert!(!permits(role), "{role}");
    }
}
