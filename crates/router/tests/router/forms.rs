//! Coverage where copies give coarser forms (rule 14): a form is no fact.

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, Event, Federation, content};
use lead::Verdict::{Duplicate, New};
use lead::code::Ternary;
use lead::decision::OutcomeCode;
use serde_json::{Value, json};

/// An adult subject and a minor, of whom bravo may have the age band when somebody is in danger.
fn says(danger: Ternary, age: i32) -> Value {
    content(
        &[1],
        json!({
            "persons": [
                { "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "phones": [{ "text": "202-555-0101", "e164": "+12025550101" }] },
                { "person_ref": "p2", "role": "VICTIM", "minor": "YES", "age": age },
            ],
            "urgency": { "imminent_danger": danger.symbol() },
        }),
    )
}

/// Sabotage: the router does not ask `gives_forms`; then the second band is never told.
#[test]
fn a_copy_with_a_form_is_delivered_although_the_partner_holds_every_fact_of_it() {
    let mut d = Driver::new(Federation::default().router());
    d.run(&[
        Event::new(1, 1, New).says(says(Ternary::Yes, 15)).bytes(),
        Event::new(2, 1, Duplicate).says(says(Ternary::Yes, 13)).bytes(),
    ]);
    assert_eq!(d.outcome("bravo").outcome, OutcomeCode::Delivered);
    let read = d.received(BRAVO);
    assert_eq!(read.iter().map(|copy| copy.outlines.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(read[0].outlines[0].value, "12-15");
    let outcome = d.outcome("bravo");
    let classes: Vec<_> = outcome.outlines.iter().map(|form| form.class.as_str()).collect();
    assert_eq!(classes, ["identity", "minor"]);
    assert_eq!(outcome.outlines[0].policies, ["bravo-outlines"]);
}

/// What a copy with a form shows covers what shows no more.
#[test]
fn a_copy_with_a_form_covers_what_it_shows() {
    let mut d = Driver::new(Federation::default().router());
    let plain = content(&[1], json!({ "urgency": { "imminent_danger": "YES" } }));
    d.run(&[
        Event::new(1, 1, New).says(says(Ternary::Yes, 15)).bytes(),
        Event::new(2, 1, Duplicate).says(plain).bytes(),
    ]);
    assert_eq!(d.outcome("bravo").outcome, OutcomeCode::Covered);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1"]);
}

#[test]
fn without_a_grant_there_is_no_form_and_the_copy_is_covered() {
    let mut d = Driver::new(Federation::default().router());
    d.run(&[
        Event::new(1, 1, New).says(says(Ternary::No, 15)).bytes(),
        Event::new(2, 1, Duplicate).says(says(Ternary::No, 15)).bytes(),
    ]);
    for (partner, topic) in [("alpha", ALPHA), ("bravo", BRAVO)] {
        assert_eq!(d.outcome(partner).outcome, OutcomeCode::Covered, "{partner}");
        assert!(d.received(topic)[0].outlines.is_empty());
    }
}
