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
            hidden: vec![HiddenClass {
                class: "minor".into(),
                policies: vec!["p".into()],
                ..Default::default()
            }],
            ..outcome("a", OutcomeCode::Delivered, "granted")
        }],
        grouped: vec![OutcomeGroup { partners: vec!["b".into()], ..OutcomeGroup::default() }],
        ..Decision::default()
    };
    let bytes = crate::wire::encode(&decision).unwrap();
    assert!(crate::wire::decode::<Decision>(&bytes).unwrap() == decision);
}

/// Sabotage: take what a partner answered for a ruling on everybody.
#[test]
fn what_concerns_some_partners_alone_is_not_for_everybody() {
    let decision = |cause, verdict, officer: Option<&str>| Decision {
        cause,
        verdict,
        version: 1,
        officer: officer.map(str::to_owned),
        ..Decision::default()
    };
    for (cause, verdict, officer, everybody, ends) in [
        (Cause::Lead, Verdict::New, None, true, false),
        (Cause::Lead, Verdict::Update, None, true, false),
        (Cause::Lead, Verdict::Replay, None, false, false),
        (Cause::Lead, Verdict::Stale, None, false, false),
        (Cause::Lead, Verdict::Cancel, None, false, true),
        (Cause::Recall, Verdict::New, Some("desk"), false, true),
        (Cause::Policy, Verdict::New, Some("desk"), true, false),
        (Cause::Partner, Verdict::New, Some("desk"), true, false),
        // A copy that waited for a partner.
        (Cause::Partner, Verdict::New, None, false, false),
        (Cause::Answer, Verdict::New, None, false, false),
        (Cause::Approval, Verdict::New, Some("desk"), false, false),
        (Cause::Uncovered, Verdict::New, None, false, false),
    ] {
        let said = decision(cause, verdict, officer);
        assert_eq!(
            (said.is_for_everybody(), said.ends_the_lead()),
            (everybody, ends),
            "{cause:?} {verdict:?}"
        );
    }
}

/// Sabotage: order them by their chains alone.
#[test]
fn the_cancel_of_what_had_not_come_neither_ends_the_lead_nor_stands_after_it() {
    let decision = |version, chain, sequence| Decision {
        version,
        chain,
        sequence,
        verdict: Verdict::Cancel,
        ..Decision::default()
    };
    assert!(!decision(0, 2, 7).ends_the_lead());
    assert!(decision(2, 1, 9).ends_the_lead());
    let mut decisions = [decision(2, 1, 9), decision(0, 2, 7), decision(1, 1, 8)];
    decisions.sort_by_key(Decision::place);
    assert_eq!(decisions.map(|decision| decision.version), [0, 1, 2]);
}
