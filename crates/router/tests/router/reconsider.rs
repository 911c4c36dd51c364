//! Policies and partners that changed: what was decided stays until an officer says that it is decided again.

use lead::decision::{Cause, OutcomeCode};
use lead::matter::{Ground, Reconsideration};
use lead::{MatterEvent, MatterId, Verdict, wire};
use serde_json::json;

use crate::driver::Driver;
use crate::federation::{ALPHA, CHARLIE, Event, Federation, content, lead_id};

fn again(lead: u8, ground: Ground) -> Vec<u8> {
    let word = Reconsideration {
        matter_id: MatterId([1; 16]),
        lead_id: lead_id(lead),
        ground,
        reason: "agreement-ended".into(),
        officer: "desk".into(),
        ..Reconsideration::default()
    };
    wire::encode(&MatterEvent::Reconsideration(word)).unwrap()
}

/// Sabotage: decide for nobody; or leave the officer out of the decision.
#[test]
fn a_partner_whose_time_is_over_drops_its_copy_when_an_officer_says_so() {
    let ended = Federation { charlie_state: "ENDED", ..Federation::default() };
    let mut d = Driver::new(Federation::default().router());
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes()]);
    assert_eq!(
        (d.kinds(ALPHA), d.kinds(CHARLIE)),
        (vec!["REPORT 1".to_owned()], vec!["REPORT 1".to_owned()])
    );
    d.restart(ended.router());
    d.tick(1_000);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"], "a slip in a file takes nothing back");
    d.run(&[again(1, Ground::Partner)]);
    assert_eq!(
        (d.kinds(ALPHA), d.kinds(CHARLIE)),
        (vec!["REPORT 1".to_owned()], vec!["REPORT 1".to_owned(), "CANCEL 2".to_owned()])
    );
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, decision.officer.as_deref()), (Cause::Partner, Some("desk")));
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Unchanged, "every partner is looked at");
}

#[test]
fn who_became_a_partner_later_is_given_what_was_decided_before() {
    let mut d = Driver::new(Federation { with_charlie: false, ..Federation::default() }.router());
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes()]);
    d.restart(Federation::default().router());
    d.run(&[again(1, Ground::Policy)]);
    assert_eq!(
        (d.kinds(ALPHA), d.kinds(CHARLIE)),
        (vec!["REPORT 1".to_owned()], vec!["REPORT 1".to_owned()])
    );
    assert_eq!(d.decisions().pop().unwrap().cause, Cause::Policy);
}

/// Sabotage: decide what is withdrawn as if it lived.
#[test]
fn what_is_withdrawn_or_unknown_is_not_decided_again() {
    let mut d = Driver::new(Federation::default().router());
    d.run(&[
        Event::new(1, 1, Verdict::New).phones(&[1]).bytes(),
        Event::new(1, 2, Verdict::Cancel).phones(&[1]).bytes(),
    ]);
    let before = d.decisions().len();
    d.run(&[again(1, Ground::Policy), again(9, Ground::Policy)]);
    assert_eq!(d.decisions().len(), before);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2"]);
}

/// Sabotage: decide the lead alone, and not what its copy covered.
#[test]
fn what_a_copy_covered_that_is_taken_back_is_delivered() {
    const NO_DANGER: &str = r#"
@id("no-danger") @reason("somebody else is told what is urgent")
forbid (principal, action == Action::"receive", resource) when { resource.imminent_danger };
"#;
    let mut d = Driver::new(Federation::default().router());
    let urgent = content(&[1, 2], json!({ "urgency": { "imminent_danger": "YES" } }));
    d.run(&[
        Event::new(1, 1, Verdict::New).says(urgent).bytes(),
        Event::new(2, 1, Verdict::Duplicate).phones(&[1]).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"], "the second adds nothing");
    d.restart(Federation { policy: NO_DANGER, ..Federation::default() }.router());
    d.run(&[again(1, Ground::Policy)]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2", "REPORT 1"]);
}
