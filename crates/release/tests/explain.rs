//! "Why did Mexico not get it?" is answered from the decision alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use lead::MatterId;
use lead::code::MessageKind;
use lead::decision::{Decision, DecisionBuilder, OutcomeCode};
use lead::wire;
use release::explain;
use serde_json::{Value as Json, json};

/// The decision on a lead, read back from its bytes.
fn decided(over: Json) -> Decision {
    let release = site::site();
    let lead = site::lead(over);
    let profile = release.profile(&lead);
    let header = Decision {
        lead_id: lead.lead_id,
        matter_id: MatterId::from(lead.lead_id),
        version: 2,
        decided_at: site::NOW,
        policies: "0123456789abcdef".into(),
        partners: "fedcba9876543210".into(),
        facts: profile.facts,
        ..Decision::default()
    };
    let mut builder = DecisionBuilder::new(header, release.partners().iter().map(|p| p.id.as_str()));
    for partner in release.partners().iter() {
        let ruled = release.rule(&profile, partner, site::NOW);
        let mut outcome = ruled.outcome(partner);
        let Some(permit) = ruled.ruling.permit() else {
            builder.grouped(outcome).unwrap();
            continue;
        };
        let copy = release.copy(&lead, partner, permit);
        outcome.cleared = copy.cleared() as i32;
        outcome.withheld = copy.withheld().to_vec();
        if outcome.outcome == OutcomeCode::Delivered {
            outcome.action = Some(MessageKind::Report);
            outcome.revision = 1;
        }
        builder.outcome(outcome).unwrap();
    }
    wire::decode(&wire::encode(&builder.finish().unwrap()).unwrap()).unwrap()
}

fn explained(over: Json, partner: &str) -> String {
    let text = explain(&decided(over), partner).unwrap().join("\n");
    for value in ["Alan", "Beatriz", "Carla", "Dora", "555", "star15", "motel", "HARBOUR", "CASE-4471"] {
        assert!(!text.contains(value), "shows `{value}`: {text}");
    }
    text
}

#[test]
fn why_mexico_did_not_get_it() {
    let over =
        json!({ "handling": { "tlp": "RED", "caveats": ["NO_FOREIGN"] }, "protections": { "v1367": "YES" } });
    insta::assert_snapshot!(explained(over, "mx-fiscalia"), @r#"
    mx-fiscalia: withheld
      lead 05050505050505050505050505050505 version 2, decided for cause LEAD at 2026-06-15T00:00:00Z
      because the originator does not release the lead abroad [no-foreign]
      because 8 USC 1367: only listed partners may have it [protected-1367]
      because the lead's TLP is above what the partner may hold [tlp-above-ceiling]
      because TLP:RED goes to named recipients only [tlp-red-named-only]
      overrules: law enforcement abroad receives trafficking and child leads that touch its country [abroad-police]
      seen of the lead: v1367, no_foreign, minor_involved, victim_present, victim_identified, trafficking, tlp RED
      seen of the partner: agreement_in_force, category_covered, purpose_covered, transfer_basis, country_touched, tlp_above_ceiling, foreign_to_originator, state ACTIVE
      policies 0123456789ab, partners fedcba987654
    "#);
}

#[test]
fn what_mexico_got_and_what_was_hidden() {
    let over = json!({ "summary_public": "a caller named Dora Testigo" });
    insta::assert_snapshot!(explained(over, "mx-fiscalia"), @r#"
    mx-fiscalia: delivered REPORT, revision 1
      lead 05050505050505050505050505050505 version 2, decided for cause LEAD at 2026-06-15T00:00:00Z
      because law enforcement abroad receives trafficking and child leads that touch its country [abroad-police]
      because law enforcement abroad sees subjects, victims and how to find them [abroad-police-sees]
      because a routine release needs no approval [routine-release]
      shows: general, handling, identity, contact, account, location, device_network, narrative, evidence, subject, victim, other_person
      hides provenance: no policy grants it
      hides financial: no policy grants it
      hides le_sensitive: no policy grants it
      hides legal_protected: what a statute protects is shown at home, to listed partners only [protected-stays-home]
      hides minor: no policy grants it
      hides reporter: who reported is known to sworn officers at home only [reporter-stays-home]
      hides witness: no policy grants it
      may give identity in a coarser form where it shows no value [abroad-sworn-outlines-minors]
      may give location in a coarser form where it shows no value [abroad-sworn-outlines-minors]
      may give device_network in a coarser form where it shows no value [abroad-sworn-outlines-minors]
      may give minor in a coarser form where it shows no value [abroad-sworn-outlines-minors]
      26 values were cleared
      withheld summary_public: it repeats a value that was cleared
      to be decided again at 2030-01-01T00:00:00Z
      seen of the lead: minor_involved, victim_present, victim_identified, trafficking, tlp AMBER_STRICT
      seen of the partner: agreement_in_force, category_covered, purpose_covered, transfer_basis, country_touched, foreign_to_originator, state ACTIVE
      policies 0123456789ab, partners fedcba987654
    "#);
}

#[test]
fn nothing_permits_is_said_in_so_many_words() {
    let over = json!({ "persons": [], "accounts": [] });
    insta::assert_snapshot!(explained(over, "ngo-shelter-texas"), @r#"
    ngo-shelter-texas: withheld
      lead 05050505050505050505050505050505 version 2, decided for cause LEAD at 2026-06-15T00:00:00Z
      because no policy permits it
      seen of the lead: minor_involved, trafficking, tlp AMBER_STRICT
      seen of the partner: agreement_in_force, category_covered, purpose_covered, country_touched, state ACTIVE
      policies 0123456789ab, partners fedcba987654
    "#);
}

#[test]
fn a_hold_says_what_a_person_has_to_read() {
    insta::assert_snapshot!(explained(json!({ "handling": { "h_codes": ["H3"] } }), "us-field-office-houston"), @r#"
    us-field-office-houston: held until a person approves
      lead 05050505050505050505050505050505 version 2, decided for cause LEAD at 2026-06-15T00:00:00Z
      because listed partners at home see which statute protects a person [home-listed-sees-protections]
      because law enforcement at home receives what touches the home country [home-police]
      because law enforcement at home sees what an investigation works with [home-police-sees]
      because sworn officers at home see minors, reporters and police-sensitive statements [home-sworn-sees]
      because the lead carries handling text that a person must read first [handling-text-needs-a-person]
      shows: general, handling, provenance, identity, contact, account, location, financial, device_network, narrative, evidence, le_sensitive, legal_protected, subject, victim, minor, reporter, witness, other_person
      to be decided again at 2035-01-01T00:00:00Z
      seen of the lead: handling_text, minor_involved, victim_present, victim_identified, trafficking, tlp AMBER_STRICT
      seen of the partner: agreement_in_force, category_covered, purpose_covered, country_touched, state ACTIVE
      policies 0123456789ab, partners fedcba987654
    "#);
}

#[test]
fn a_stranger_is_not_explained() {
    assert_eq!(explain(&decided(json!({})), "nobody"), None);
}
