//! Policies that cannot be trusted are refused when they are loaded, and those that cannot be
//! evaluated deny (PL-10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use std::sync::Arc;

use lead::decision::{LeadFacts, PartnerFacts};
use release::{Partners, Policies, PolicyError, Release, Ruling};
use serde_json::json;

/// Loads the policies of config/ and one more.
fn with(policy: &str) -> Result<Policies, PolicyError> {
    let mut files = site::policy_files();
    files.push(("more.cedar".to_owned(), policy.to_owned()));
    Policies::parse(&site::schema(), &files)
}

fn refused(policy: &str, says: &str) {
    let error = with(policy).err().unwrap_or_else(|| panic!("loaded: {policy}")).to_string();
    assert!(error.contains(says), "expected `{says}` in: {error}");
}

#[test]
fn a_policy_that_is_not_what_it_should_be_is_refused() {
    let annotated = r#"@id("more") @reason("because")"#;
    let cases = [
        (r#"forbid (principal, action, resource) when {"#.to_owned(), "more.cedar"),
        (r#"@reason("because") forbid (principal, action, resource);"#.to_owned(), "@id"),
        (r#"@id("More rules") @reason("x") forbid (principal, action, resource);"#.to_owned(), "@id"),
        (r#"@id("more") forbid (principal, action, resource);"#.to_owned(), "@reason"),
        (r#"@id("more") @reason(" ") forbid (principal, action, resource);"#.to_owned(), "@reason"),
        (
            r#"@id("no-ngo") @reason("x") forbid (principal, action, resource);"#.to_owned(),
            "identifier of another",
        ),
        (format!("{annotated} @reson(\"x\") forbid (principal, action, resource);"), "annotation other than"),
        (format!("{annotated} permit (principal == ?principal, action, resource);"), "template"),
        // A misspelt kind, state, colour, attribute, action: strict validation.
        (
            format!(
                "{annotated} forbid (principal, action, resource) when {{ principal.kind == Kind::\"ngo_sheltr\" }};"
            ),
            "ngo_sheltr",
        ),
        (
            format!(
                "{annotated} forbid (principal, action, resource) when {{ context.state == State::\"SUSPENDET\" }};"
            ),
            "SUSPENDET",
        ),
        (
            format!(
                "{annotated} forbid (principal, action, resource) when {{ [Tlp::\"RED\", Tlp::\"REED\"].contains(resource.tlp) }};"
            ),
            "REED",
        ),
        (format!("{annotated} forbid (principal, action, resource) when {{ resource.v1376 }};"), "v1376"),
        (
            format!("{annotated} forbid (principal, action == Action::\"view_minors\", resource);"),
            "view_minors",
        ),
        // A warning: it can never apply.
        (
            format!("{annotated} forbid (principal, action, resource) when {{ principal is Lead }};"),
            "impossible",
        ),
        (
            format!(
                "{annotated} forbid (principal, action, resource) when {{ resource.v1367 && !resource.v1367 == \"a\" }};"
            ),
            "validation",
        ),
    ];
    for (policy, says) in &cases {
        refused(policy, says);
    }
    assert!(
        with(&format!("{annotated} forbid (principal, action, resource) when {{ resource.v1367 }};")).is_ok()
    );
}

#[test]
fn a_warning_is_fatal() {
    refused(
        r#"@id("more") @reason("x") forbid (principal == Lead::"lead", action, resource);"#,
        "strict validation",
    );
}

#[test]
fn a_partner_that_does_not_exist_is_refused() {
    let policies =
        with(r#"@id("more") @reason("x") forbid (principal == Partner::"mx-fiscalía", action, resource);"#)
            .unwrap();
    let release = Release::new(Arc::new(site::partners()), Arc::new(policies), site::keys(), site::home());
    let Err(PolicyError::UnknownPartner { policy, partner }) = release else { panic!("loaded") };
    assert_eq!((policy.as_str(), partner.as_str()), ("more", "mx-fiscalía"));
}

#[test]
fn a_schema_of_another_shape_is_refused() {
    for (from, to) in [
        ("  v1367: Bool,", ""),
        ("  v1367: Bool,", "  v1367: String,"),
        ("  sworn: Bool,", ""),
        ("  named: Bool,", "  named: Bool, more: Bool,"),
        ("view_witness,", ""),
        ("\"foreign_police\",", ""),
    ] {
        let schema = site::schema();
        assert!(schema.contains(from), "{from}");
        let schema = schema.replace(from, to);
        let files: [(String, String); 0] = [];
        let parsed = Policies::parse(&schema, &files);
        // A kind that is missing shows when a partner of that kind is there.
        let fits = parsed.is_ok_and(|policies| {
            let gb = site::changed("mx-fiscalia", &[("\"prosecutor\"", "\"foreign_police\"")]);
            let partners = Partners::new(vec![gb]).unwrap();
            Release::new(Arc::new(partners), Arc::new(policies), site::keys(), site::home()).is_ok()
        });
        assert!(!fits, "`{from}` became `{to}`");
    }
}

#[test]
fn the_hash_tells_versions_and_not_the_order_of_files() {
    let mut files = site::policy_files();
    let hash =
        |files: &[(String, String)]| Policies::parse(&site::schema(), files).unwrap().hash().to_owned();
    let before = hash(&files);
    files.reverse();
    assert_eq!(hash(&files), before);
    files[0].1.push_str("\n// a comment\n");
    assert_ne!(hash(&files), before);
}

/// The arithmetic overflows whenever it is evaluated: valid, and an error on each request.
const ERRS: &str = "when { 9223372036854775807 + 1 == 0 }";

fn houston() -> (LeadFacts, PartnerFacts) {
    let partner = serde_json::from_value(json!({
        "agreement_in_force": true, "category_covered": true, "purpose_covered": true,
        "country_touched": true, "state": "ACTIVE",
    }));
    (LeadFacts { trafficking: true, ..LeadFacts::default() }, partner.unwrap())
}

/// Cedar skips a policy that errors: an erroring forbid would let everything through.
#[test]
fn a_policy_that_errors_denies_and_raises_an_alarm() {
    let (lead, facts) = houston();
    for scope in [
        "forbid (principal, action == Action::\"receive\", resource)",
        "forbid (principal, action, resource)",
        "forbid (principal, action == Action::\"view_financial\", resource)",
        "forbid (principal, action == Action::\"release_without_approval\", resource)",
        "permit (principal, action == Action::\"receive\", resource)",
        "permit (principal, action == Action::\"view_minor\", resource)",
    ] {
        let release = site::site_with(site::policies_and(&format!(
            "@id(\"broken\") @reason(\"broken\") {scope} {ERRS};"
        )));
        let partner = site::partner(&release, "us-field-office-houston");
        for ruling in
            [release.rule_facts(&lead, partner, &facts), release.rule_facts_afresh(&lead, partner, &facts)]
        {
            let Ruling::Deny(denial) = &ruling else { panic!("let through: {scope}") };
            assert!(denial.alarm && ruling.alarm());
            let policies: Vec<_> = denial.reasons.iter().filter_map(|r| r.policy.as_deref()).collect();
            assert_eq!(policies, ["broken"]);
        }
        assert_eq!(release.alarms().policy_errors, 1);
    }
    let sound = site::site();
    let partner = site::partner(&sound, "us-field-office-houston");
    assert!(sound.rule_facts(&lead, partner, &facts).permit().is_some());
    assert_eq!(sound.alarms().policy_errors, 0);
}

/// An error is no passing reason: a suspended partner does not turn it into one.
#[test]
fn an_error_is_never_taken_for_something_that_passes() {
    let broken = site::policies_and(&format!(
        "@id(\"broken\") @reason(\"broken\") forbid (principal, action, resource) {ERRS};"
    ));
    let suspended = site::changed("mx-fiscalia", &[("\"ACTIVE\"", "\"SUSPENDED\"")]);
    let partners = Arc::new(Partners::new(vec![suspended]).unwrap());
    let release = Release::new(partners, Arc::new(broken), site::keys(), site::home()).unwrap();
    let ruled = release.rule(
        &release.profile(&site::lead(json!({}))),
        site::partner(&release, "mx-fiscalia"),
        site::NOW,
    );
    assert!(matches!(&ruled.ruling, Ruling::Deny(denial) if denial.alarm));
}

#[test]
fn a_partner_of_another_set_is_refused() {
    let release = site::site();
    let (lead, facts) = houston();
    let strangers = [
        site::changed("us-field-office-houston", &[]),
        site::changed("mx-fiscalia", &[("\"prosecutor\"", "\"ncb\"")]),
    ];
    for stranger in strangers {
        let others = Partners::new(vec![stranger]).unwrap();
        let stranger = others.iter().next().unwrap();
        let ruling = release.rule_facts(&lead, stranger, &facts);
        assert!(ruling.alarm(), "{}: its place belongs to somebody else here", stranger.id);
    }
}
