//! Every claim of config/policies/claims.toml is proved, and each hard stop is missed by a claim. Needs cvc5, which
//! `make setup` installs: without it these tests fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prover::{Claims, Error, Finding, Rules, Solver, Verdict, WIDTH, guards, prove, text};

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/policies")
}

fn read(file: &str) -> String {
    fs::read_to_string(dir().join(file)).unwrap()
}

fn rules() -> Rules {
    Rules::read(&dir()).unwrap()
}

/// The policies of the site and some more.
fn rules_and(more: &str) -> Rules {
    let files = ["domestic.cedar", "hard-stops.cedar", "international.cedar"].map(read);
    Rules::parse(&read("leads.cedarschema"), &[files.as_slice(), &[more.to_owned()]].concat()).unwrap()
}

/// The site's assumptions with other claims.
fn claims(claims: &str, rules: &Rules) -> Result<Claims, Error> {
    let file = read("claims.toml");
    let (assumptions, _) = file.split_once("# ---- Policies as such ----").unwrap();
    Claims::parse(&format!("{assumptions}\n{claims}"), rules)
}

fn solver() -> Solver {
    Solver::start(Duration::from_secs(60)).expect("cvc5 is installed: `make setup` does it")
}

fn one(rules: &Rules, claim: &str) -> Finding {
    let claims = claims(claim, rules).unwrap();
    prove(rules, &claims, &mut solver(), |_| {}).remove(0)
}

/// What is told of a claim, which fits the width.
fn told(finding: &Finding) -> String {
    let text = text(finding, false);
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    text
}

#[test]
fn every_claim_is_proved() {
    let rules = rules();
    let claims = Claims::parse(&read("claims.toml"), &rules).unwrap();
    let findings = prove(&rules, &claims, &mut solver(), |_| {});
    let open: Vec<_> = findings.iter().filter(|f| !matches!(f.verdict, Verdict::Proved)).map(told).collect();
    assert!(open.is_empty(), "\n{}", open.join("\n"));
    assert!(findings.len() > 30, "the claims are there");
}

#[test]
fn every_hard_stop_is_missed_by_a_claim() {
    let rules = rules();
    let claims = Claims::parse(&read("claims.toml"), &rules).unwrap();
    let guards = guards(&rules, &claims, &mut solver());
    let text: String = guards.iter().map(prover::guard_text).collect();
    assert!(guards.iter().all(|guard| !guard.claims.is_empty() && guard.undecided.is_empty()), "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
    insta::assert_snapshot!(text);
}

#[test]
fn a_false_claim_is_told_as_a_lead_and_a_partner() {
    let false_claims = [
        ("police-abroad-no-victims", "Police abroad never see a victim.", "view_victim", "principal.foreign"),
        (
            "nothing-without-touch",
            "Nobody receives a lead that does not touch the country.",
            "receive",
            "!context.country_touched",
        ),
        (
            "red-for-nobody",
            "A lead that is TLP:RED goes to nobody.",
            "receive",
            "resource.tlp == Tlp::\"RED\"",
        ),
        (
            "no-suspended-exercise",
            "An exercise goes to nobody who is not in service.",
            "receive",
            "resource.exercise && context.state != State::\"ACTIVE\"",
        ),
    ];
    let rules = rules();
    let told: Vec<_> = false_claims
        .iter()
        .map(|(id, text, never, when)| {
            let claim = format!(
                "[[claim]]\nid = \"{id}\"\ntext = \"{text}\"\nnever = \"{never}\"\nwhen = '{when}'\n"
            );
            told(&one(&rules, &claim))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_lost_hard_stop_is_told_by_what_it_would_have_stopped() {
    let rules = rules().without("no-ngo");
    let claims = Claims::parse(&read("claims.toml"), &rules).unwrap();
    let claims = claims.only(&["no-ngo-means-it".to_owned()]).unwrap();
    insta::assert_snapshot!(told(prove(&rules, &claims, &mut solver(), |_| {}).first().unwrap()));
}

#[test]
fn a_policy_that_can_fail_is_found() {
    let rules = rules_and(
        r#"
        @id("adds-up") @reason("adds up")
        forbid (principal, action == Action::"view_minor", resource)
        when { (if resource.sar && !principal.sworn then 9223372036854775807 else 0) + 1 == 7 };
        "#,
    );
    let claim = "[[claim]]\nid = \"errors\"\ntext = \"No policy can fail.\"\nnever = \"error\"\n";
    insta::assert_snapshot!(told(&one(&rules, claim)));
}

#[test]
fn a_claim_of_nothing_is_no_proof() {
    let claim = r#"
        [[claim]]
        id = "shelters-police"
        text = "A shelter that enforces the law receives nothing."
        never = "receive"
        when = 'principal.kind == Kind::"ngo_shelter" && principal.law_enforcement'
    "#;
    let finding = one(&rules(), claim);
    assert!(matches!(finding.verdict, Verdict::Empty), "{}", told(&finding));
}

#[test]
fn a_policy_that_names_a_partner_is_told_with_the_name() {
    let rules = rules_and(
        r#"
        @id("friends") @reason("friends see all")
        permit (principal == Partner::"mx-fgr", action == Action::"view_financial", resource);
        "#,
    );
    let claim = r#"
        [[claim]]
        id = "money-stays-home"
        text = "Nobody foreign sees anything financial."
        never = "view_financial"
        when = 'principal.foreign'
    "#;
    let told = told(&one(&rules, claim));
    assert!(told.contains("is `mx-fgr`") && told.contains("friends: friends see all"), "{told}");
}

#[test]
fn faults_of_claims_are_said_all_at_once() {
    let rules = rules();
    let faulty = r#"
        [[claim]]
        id = "Not an id"
        text = ""
        never = "recieve"
        [[claim]]
        id = "a"
        text = "x"
        never = "receive"
        when = 'principal.sworm'
        [[claim]]
        id = "a"
        text = "x"
        never = "receive"
        when = 'true } unless { false'
        [[claim]]
        id = "b"
        text = "x"
        never = "receive"
        when = 'principal.kind == Kind::"hotlin"'
        [[claim]]
        id = "c"
        text = "x"
        never = "error"
        when = 'principal.sworn'
    "#;
    insta::assert_snapshot!(claims(faulty, &rules).unwrap_err());
    let unknown = Claims::parse(&read("claims.toml"), &rules).unwrap().only(&["x".to_owned()]).unwrap_err();
    assert_eq!(unknown.to_string(), "no claim `x` in claims.toml");
}
