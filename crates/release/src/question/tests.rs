//! What proofs of policies assume of every partner and lead is what this crate derives.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

use lead::Lead;
use lead::code::{Category, MessageStatus, Role, Ternary, Tlp};
use lead::value::Country;
use serde_json::json;

use crate::facts::LeadProfile;
use crate::partner::{PARTNER_KINDS, Partner};

fn config(file: &str) -> String {
    let path = format!("{}/../../config/policies/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// A permit for what holds.
fn policies(holds: &str) -> Policies {
    let text =
        format!("@id(\"it\") @reason(\"it\") permit (principal, action, resource) when {{ {holds} }};");
    Policies::parse(&config("leads.cedarschema"), &[("it.cedar", text)]).unwrap()
}

fn partners() -> Vec<Partner> {
    let partner = |(_, kind): &(_, &str)| {
        let json = json!({
            "name": "p", "kind": kind, "country": "US", "sworn": true, "max_tlp": "RED",
            "purposes": ["RESCUE"], "state": "ACTIVE",
        });
        Partner::from_json("p", &json).unwrap()
    };
    PARTNER_KINDS.iter().map(partner).collect()
}

/// Leads of every category, part and age, identified or not, and of every status and colour.
fn leads() -> Vec<Lead> {
    let mut leads = Vec::new();
    for category in Category::ALL {
        for role in Role::ALL {
            for minor in Ternary::ALL {
                for names in [json!([]), json!([{ "given": "Bea" }])] {
                    let person = json!({ "role": role.symbol(), "minor": minor.symbol(), "names": names });
                    let content = json!({ "categories": [category.symbol()], "persons": [person] });
                    leads.push(Lead { content: serde_json::from_value(content).unwrap(), ..Lead::default() });
                }
            }
        }
    }
    for status in MessageStatus::ALL {
        for tlp in Tlp::ALL {
            let content = json!({ "handling": { "tlp": tlp.symbol() } });
            let content = serde_json::from_value(content).unwrap();
            leads.push(Lead { content, message_status: *status, ..Lead::default() });
        }
    }
    leads
}

/// For how many partners and leads a condition does not hold.
fn exceptions(holds: &str) -> usize {
    let policies = policies(holds);
    let home = Country::parse("US").unwrap();
    let mut pairs = Vec::new();
    let any = LeadProfile::of(&Lead::default(), home);
    pairs.extend(partners().into_iter().map(|partner| (partner, any.clone())));
    let partner = partners().remove(0);
    pairs.extend(leads().iter().map(|lead| (partner.clone(), LeadProfile::of(lead, home))));
    let is_exception = |(partner, profile): &&(Partner, LeadProfile)| {
        let principal = policies.principal(partner, home).unwrap();
        let facts = profile.partner_facts(partner, lead::value::Micros(0));
        let asked = Asked::new(&policies, &principal, &profile.facts, &facts).unwrap();
        let answer = policies.ask(&policies.questions.receive, &asked).unwrap();
        assert!(answer.errors.is_empty(), "{holds}");
        !answer.allowed
    };
    pairs.iter().filter(is_exception).count()
}

#[test]
fn what_proofs_assume_is_what_is_derived() {
    let claims: toml::Table = config("claims.toml").parse().unwrap();
    let assumptions = claims.get("assume").and_then(toml::Value::as_array).unwrap();
    assert!(assumptions.len() >= 2, "claims.toml says what it assumes");
    for assumption in assumptions {
        let text = |field: &str| assumption.get(field).and_then(toml::Value::as_str).unwrap();
        assert_eq!(exceptions(text("holds")), 0, "{}: {}", text("id"), text("text"));
    }
}

#[test]
fn an_assumption_that_is_false_has_exceptions() {
    for holds in [
        "!principal.civil_society",
        "principal.law_enforcement == (principal.kind != Kind::\"fiu\")",
        "!resource.minor_involved || resource.child_exploitation",
        "resource.victim_identified || !resource.victim_present",
        "!resource.exercise && !resource.between_systems",
        "resource.tlp != Tlp::\"AMBER_STRICT\"",
    ] {
        assert!(exceptions(holds) > 0, "{holds}");
    }
}
