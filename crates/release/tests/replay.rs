//! Decisions ruled again: by two sets of policies, and by what is in force against what was recorded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod site;

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Cause, Decision, DecisionBuilder, Outcome, OutcomeCode};
use lead::{FieldClass, LeadId, MatterId, Verdict};
use release::{Exposure, How, Release, Replay};
use serde_json::json;
use site::{NOW, lead, policies, policies_and, site_with};

const OFFICE: &str = "us-field-office-laredo";
const SHELTER: &str = "ngo-shelter-texas";

/// A lead of Texas about trafficking, as this site decided it.
fn decided(release: &Release, lead_id: u8) -> Decision {
    let lead = lead(json!({
        "categories": ["SEX_TRAFFICKING"],
        "countries_involved": ["US"],
        "handling": { "tlp": "GREEN" },
        "collection_basis": "CASE_RECORD",
        "persons": [{ "person_ref": "v", "role": "VICTIM", "age": 15 }],
    }));
    let profile = release.profile(&lead);
    let head = Decision {
        lead_id: LeadId([lead_id; 16]),
        matter_id: MatterId([lead_id; 16]),
        domain: MessageStatus::Actual,
        version: 1,
        verdict: Verdict::New,
        facts: profile.facts,
        ..Decision::default()
    };
    let mut builder =
        DecisionBuilder::new(head, release.partners().iter().map(|partner| partner.id.as_str()));
    for partner in release.partners().iter() {
        let outcome = release.rule(&profile, partner, NOW).outcome(partner);
        let alone = outcome.outcome != OutcomeCode::Withheld;
        if alone { builder.outcome(outcome) } else { builder.grouped(outcome) }.unwrap();
    }
    builder.finish().unwrap()
}

fn touched(replay: &Replay<'_>) -> Vec<(u8, Vec<String>)> {
    let partners = |touched: &release::Touched| touched.partners.keys().cloned().collect();
    replay.leads().iter().map(|((_, lead), touched)| (lead.0[0], partners(touched))).collect()
}

const SHELTER_SEES_MINORS: &str = r#"
@id("shelter-sees-more") @reason("-")
permit (principal == Partner::"ngo-shelter-texas", action == Action::"view_le_sensitive", resource);
@id("no-office") @reason("-")
forbid (principal == Partner::"us-field-office-laredo", action == Action::"receive", resource);
@id("read-first") @reason("-")
forbid (principal == Partner::"mx-fiscalia", action == Action::"release_without_approval", resource);
"#;

#[test]
fn equal_policies_differ_in_nothing() {
    let release = site_with(policies());
    let decision = decided(&release, 1);
    let (again, other) = (site_with(policies()), site_with(policies()));
    let mut replay = Replay::between(&again, &other);
    replay.take(&decision);
    let mut against = Replay::against(&again);
    against.take(&decision);
    assert_eq!((touched(&replay), touched(&against)), (vec![], vec![]));
    assert_eq!(replay.rulings, release.partners().iter().count() as u64);
}

/// Sabotage: compare who receives, and not what.
#[test]
fn who_receives_and_what_is_seen_are_told_apart() {
    let (old, new) = (site_with(policies()), site_with(policies_and(SHELTER_SEES_MINORS)));
    let mut replay = Replay::between(&old, &new);
    replay.take(&decided(&old, 1));
    let partners = &replay.leads()[&(MessageStatus::Actual, LeadId([1; 16]))].partners;
    assert!(partners[OFFICE].withheld && !partners[OFFICE].hidden.is_empty());
    assert!(!partners.contains_key("gb-crime-agency"));
    // A hard stop is above the grant, so the shelter sees what it saw.
    assert!(!partners.contains_key(SHELTER));
    let mut back = Replay::between(&new, &old);
    back.take(&decided(&old, 1));
    let partners = &back.leads()[&(MessageStatus::Actual, LeadId([1; 16]))].partners;
    let minor = Exposure { how: How::Shown, class: FieldClass::Minor };
    assert!(partners[OFFICE].released && partners[OFFICE].exposed.contains(&minor));
}

/// Sabotage: say of a copy that is out that a person would have to read it first.
#[test]
fn a_copy_that_is_out_was_read_by_whoever_had_to() {
    const READ_FIRST: &str = r#"
@id("read-first") @reason("-")
forbid (principal == Partner::"us-field-office-laredo", action == Action::"release_without_approval", resource);
"#;
    let new = site_with(policies_and(READ_FIRST));
    let mut replay = Replay::against(&new);
    let mut decision = decided(&new, 1);
    let outcome = decision.outcomes.iter_mut().find(|outcome| outcome.partner == OFFICE).unwrap();
    assert_eq!(outcome.outcome, OutcomeCode::Held);
    outcome.outcome = OutcomeCode::Delivered;
    replay.take(&decision);
    assert_eq!(touched(&replay), [], "it was approved, and nothing is decided again");
}

/// Sabotage: keep what an earlier decision said of a lead.
#[test]
fn the_newest_decision_counts_and_a_withdrawn_lead_does_not() {
    let (old, new) = (site_with(policies()), site_with(policies_and(SHELTER_SEES_MINORS)));
    let mut replay = Replay::against(&new);
    replay.take(&decided(&old, 1));
    replay.take(&decided(&old, 2));
    assert_eq!(touched(&replay).iter().map(|(lead, _)| *lead).collect::<Vec<_>>(), [1, 2]);
    // Decided again by the new ones.
    replay.take(&decided(&new, 1));
    assert_eq!(touched(&replay).iter().map(|(lead, _)| *lead).collect::<Vec<_>>(), [2]);
    // The Cancel of what had not come, decided by another.
    replay.take(&Decision { verdict: Verdict::Cancel, version: 0, ..decided(&old, 2) });
    assert_eq!(touched(&replay).iter().map(|(lead, _)| *lead).collect::<Vec<_>>(), [2]);
    replay.take(&Decision { verdict: Verdict::Cancel, ..decided(&old, 2) });
    assert_eq!(touched(&replay), []);
    replay.take(&decided(&old, 3));
    replay.take(&Decision { cause: Cause::Recall, outcomes: vec![], grouped: vec![], ..decided(&old, 3) });
    assert_eq!(touched(&replay), []);
}

/// Sabotage: take a Cancel for a copy that is held.
#[test]
fn a_copy_that_was_taken_back_is_held_no_more() {
    let new = site_with(policies_and(SHELTER_SEES_MINORS));
    let mut replay = Replay::against(&new);
    let mut decision = decided(&new, 1);
    for group in &mut decision.grouped {
        group.partners.retain(|partner| partner != OFFICE);
    }
    let outcome = decided(&new, 1).outcome_of(OFFICE).unwrap();
    let action = Some(MessageKind::Cancel);
    decision.outcomes.push(Outcome { outcome: OutcomeCode::Delivered, action, ..outcome });
    replay.take(&decision);
    assert_eq!(touched(&replay), []);
}

/// What a partner answers, and that a lead is taken back, was ruled by nobody.
///
/// Sabotage: take such an outcome for a ruling that shows nothing.
#[test]
fn what_was_not_ruled_is_not_ruled_again() {
    let release = site_with(policies());
    let mut replay = Replay::against(&release);
    let said = |outcome: Outcome| Decision {
        outcomes: vec![Outcome { partner: OFFICE.to_owned(), ..outcome }],
        grouped: Vec::new(),
        ..decided(&release, 1)
    };
    replay.take(&said(Outcome { outcome: OutcomeCode::Unchanged, ..Outcome::default() }));
    let cancel = Some(MessageKind::Cancel);
    replay.take(&said(Outcome { outcome: OutcomeCode::Delivered, action: cancel, ..Outcome::default() }));
    assert_eq!((touched(&replay), replay.rulings), (vec![], 0));
    replay.take(&Decision {
        outcomes: vec![Outcome {
            partner: "gone".to_owned(),
            outcome: OutcomeCode::Withheld,
            ..Outcome::default()
        }],
        ..decided(&release, 3)
    });
    assert_eq!(replay.strangers, 1);
}
