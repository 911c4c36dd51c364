//! Topics that refuse records: what is owed waits, delays nobody else, and is sent once it can be.

use lead::Verdict::{Cancel, Duplicate, New, Update};
use lead::decision::{Cause, OutcomeCode};
use pipeline::{Topic, Undeliverable};

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, Event, Federation};

fn driver() -> Driver {
    Driver::new(Federation::default().router())
}

#[test]
fn a_missing_topic_delays_its_partner_alone() {
    let mut d = driver();
    d.log.refusing.insert(Topic::new(BRAVO), Undeliverable::TopicMissing);
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes(), Event::new(1, 2, Update).phones(&[1, 2]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2"]);
    assert_eq!(d.kinds(BRAVO), [""; 0]);
    let outcome = d.outcome("bravo");
    assert_eq!((outcome.outcome, outcome.revision), (OutcomeCode::Undeliverable, 0));
    assert!(outcome.reasons.contains(&"topic_missing".to_owned()));

    let decided = d.decisions().len();
    d.tick(0);
    d.tick(0);
    assert_eq!(d.decisions().len(), decided, "what is still refused is not decided again and again");
    d.log.refusing.clear();
    d.tick(0);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1"], "a refusal uses up no revision");
    assert_eq!(
        d.received(BRAVO)[0].content.as_ref().unwrap().persons[0].phones.len(),
        2,
        "the newest version"
    );
    assert_eq!(d.decisions().last().unwrap().cause, Cause::Redelivery);
    d.tick(0);
    assert_eq!(d.decisions().len(), decided + 1);
}

/// Sabotage: let a copy wait until the moment at which it was refused.
#[test]
fn a_clock_that_was_ahead_delays_nothing_once_it_is_right() {
    let mut d = driver();
    // The first tick tries everything, for the configuration is new.
    d.run(&[Event::new(2, 1, New).phones(&[2]).bytes()]);
    d.tick(0);
    let right = d.now;
    d.now = right.plus_millis(120_000);
    d.log.refusing.insert(Topic::new(BRAVO), Undeliverable::TopicMissing);
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes()]);
    d.log.refusing.clear();
    d.now = right;
    d.tick(0);
    d.tick(0);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1", "REPORT 1"]);
}

#[test]
fn a_cancel_that_cannot_be_delivered_is_sent_later() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1, 2]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    d.log.refusing.insert(Topic::new(ALPHA), Undeliverable::NotAuthorised);
    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1", "CANCEL 2", "REPORT 1"]);
    d.log.refusing.clear();
    d.tick(0);
    let mut kinds = d.kinds(ALPHA);
    kinds.sort();
    assert_eq!(kinds, ["CANCEL 2", "REPORT 1", "REPORT 1"], "and what it covered too");
}

/// What was never delivered and is withdrawn waits for nothing: no tick decides it again.
#[test]
fn a_cancel_ends_the_wait_for_a_topic() {
    let mut d = driver();
    d.log.refusing.insert(Topic::new(ALPHA), Undeliverable::TopicMissing);
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Undeliverable);
    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    let decided = d.decisions().len();
    d.log.refusing.clear();
    d.tick(0);
    d.tick(0);
    assert_eq!((d.decisions().len(), d.kinds(ALPHA).len()), (decided, 0));
}
