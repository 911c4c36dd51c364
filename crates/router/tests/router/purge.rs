//! The time of a lead is over: the router forgets what it says, and partners keep what they have.

use lead::decision::{Cause, OutcomeCode};
use lead::matter::Purge;
use lead::{MatterEvent, MatterId, Verdict, wire};
use pipeline::{Topic, Undeliverable};
use serde_json::json;

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, Event, Federation, content, lead_id};

fn purge(lead: u8, version: i32) -> Vec<u8> {
    let purge = Purge { matter_id: MatterId([1; 16]), lead_id: lead_id(lead), version, ..Purge::default() };
    wire::encode(&MatterEvent::Purge(purge)).unwrap()
}

fn driver() -> Driver {
    Driver::new(Federation::default().router())
}

/// Sabotage: send a Cancel, or leave the body in the state.
#[test]
fn what_is_purged_is_forgotten_and_nobody_is_told() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, Verdict::New).phones(&[1]).bytes(),
        Event::new(1, 2, Verdict::Amendment).addition("f").phones(&[2]).bytes(),
    ]);
    let sent = d.kinds(ALPHA);
    d.run(&[purge(1, 2)]);
    assert_eq!(d.kinds(ALPHA), sent);
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, d.outcome("alpha").outcome), (Cause::Purge, OutcomeCode::Unchanged));
    assert!(d.tables().iter().all(|table| !b"baf".contains(table)), "no event, addition or fact is kept");
}

/// Sabotage: forget the copies with the body; or let an event of before come to life again.
#[test]
fn a_cancel_reaches_who_holds_a_copy_and_what_comes_late_stays_away() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes(), purge(1, 3)]);
    d.run(&[Event::new(1, 3, Verdict::Update).phones(&[1, 2]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    d.run(&[Event::new(1, 4, Verdict::Cancel).phones(&[1]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2"]);
    d.run(&[Event::new(1, 5, Verdict::Update).phones(&[3]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2", "REPORT 3"]);
}

/// Sabotage: drop whatever waits; or keep whatever waits.
#[test]
fn a_cancel_that_could_not_be_delivered_before_the_purge_is_delivered_after_it() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes()]);
    d.log.refusing.insert(Topic::new(ALPHA), Undeliverable::TopicMissing);
    d.log.refusing.insert(Topic::new(BRAVO), Undeliverable::TopicMissing);
    d.run(&[Event::new(1, 2, Verdict::Cancel).bytes(), purge(1, 2)]);
    d.log.refusing.clear();
    d.tick(0);
    d.tick(0);
    assert_eq!(
        (d.kinds(ALPHA), d.kinds(BRAVO)),
        (vec!["REPORT 1".into(), "CANCEL 2".into()], vec!["REPORT 1".into(), "CANCEL 2".into()])
    );
    // An Update that could not be delivered has nothing to say any more, and is no reason to take the copy back.
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes()]);
    d.log.refusing.insert(Topic::new(ALPHA), Undeliverable::TopicMissing);
    d.run(&[Event::new(1, 2, Verdict::Update).phones(&[1, 2]).bytes(), purge(1, 2)]);
    d.log.refusing.clear();
    d.tick(0);
    d.tick(0);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

/// Sabotage: leave holds where they are, or what was covered.
#[test]
fn nothing_waits_and_nothing_leans_on_what_is_purged() {
    let mut d = driver();
    let asks = content(&[1], json!({ "handling": { "tlp": "GREEN", "h3_text": "ask first" } }));
    d.run(&[Event::new(1, 1, Verdict::New).says(asks).bytes(), purge(1, 1)]);
    d.tick(400 * 24 * 60 * 60 * 1_000);
    assert_eq!((d.kinds(ALPHA), d.kinds(BRAVO)), (Vec::<String>::new(), Vec::new()));
    assert_eq!(d.decisions().pop().unwrap().cause, Cause::Purge, "nothing is left that could expire");
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, Verdict::New).phones(&[1, 2]).bytes(),
        Event::new(2, 1, Verdict::Duplicate).phones(&[1]).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    d.run(&[purge(1, 1)]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "REPORT 1"], "of what covered it nothing is known any more");
}
