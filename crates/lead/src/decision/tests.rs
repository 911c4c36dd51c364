#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;

fn outcome(partner: &str, code: OutcomeCode, reason: &str) -> Outcome {
    Outcome { partner: partner.into(), outcome: code, reasons: vec![reason.into()], ..Outcome::default() }
}

#[test]
fn every_partner_has_exactly_one_outcome() {
    let mut builder = DecisionBuilder::new(Decision::default(), ["a", "b"]);
    builder.outcome(outcome("b", OutcomeCode::Delivered, "")).unwrap();
    let twice = builder.grouped(outcome("b", OutcomeCode::Withheld, "")).map(|_| ());
    assert_eq!(twice, Err(DecisionError::Twice("b".into())));
    let nobody = builder.outcome(outcome("c", OutcomeCode::Held, "")).map(|_| ());
    assert_eq!(nobody, Err(DecisionError::NotAPartner("c".into())));
    assert_eq!(builder.finish().map(|_| ()), Err(DecisionError::Missing("a".into())));
}

#[test]
fn the_order_of_outcomes_does_not_matter() {
    let build = |order: &[&str]| {
        let mut builder = DecisionBuilder::new(Decision::default(), ["a", "b", "c", "d"]);
        for partner in order {
            match *partner {
                "d" => builder.outcome(outcome("d", OutcomeCode::Delivered, "granted")).unwrap(),
                "c" => builder.grouped(outcome("c", OutcomeCode::Withheld, "no agreement")).unwrap(),
                other => builder.grouped(outcome(other, OutcomeCode::Withheld, "ceiling")).unwrap(),
            };
        }
        builder.finish().unwrap()
    };
    let decision = build(&["a", "b", "c", "d"]);
    assert!(decision == build(&["d", "c", "b", "a"]));
    assert_eq!(decision.grouped.len(), 2);
    assert_eq!(decision.grouped[0].partners, ["a", "b"]);
    assert_eq!(decision.outcome_of("b").unwrap().reasons, ["ceiling"]);
    assert_eq!(decision.partners().len(), 4);
}

#[test]
fn survives_the_wire() {
    let decision = Decision {
        version: 3,
        facts: LeadFacts { v1367: true, tlp: Tlp::Red, ..LeadFacts::default() },
        outcomes: vec![Outcome {
            action: Some(MessageKind::Update),
            alias: Some(Alias([7; 16])),
            hidden: vec![HiddenClass { class: "minor".into(), policies: vec!["p".into()] }],
            ..outcome("a", OutcomeCode::Delivered, "granted")
        }],
        grouped: vec![OutcomeGroup { partners: vec!["b".into()], ..OutcomeGroup::default() }],
        ..Decision::default()
    };
    let bytes = crate::wire::encode(&decision).unwrap();
    assert!(crate::wire::decode::<Decision>(&bytes).unwrap() == decision);
}
