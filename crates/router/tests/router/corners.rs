//! Corner sequences: what partners read, and what decisions say of it.

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, CHARLIE, Event, Federation, content, lead_id, regrouping};
use lead::Verdict::{Amendment, Cancel, Duplicate, New, Replay, Stale, Update};
use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Cause, OutcomeCode};
use lead::matter::{Approval, MatterEvent};
use lead::{MatterId, wire};
use pipeline::{Counter, Topic, Undeliverable};
use serde_json::json;

const EVERYBODY: [&str; 3] = [ALPHA, BRAVO, CHARLIE];

fn driver() -> Driver {
    Driver::new(Federation::default().router())
}

#[test]
fn a_report_goes_to_whoever_may_have_it() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1, 2]).bytes()]);
    for topic in EVERYBODY {
        assert_eq!(d.kinds(topic), ["REPORT 1"], "{topic}");
    }
    let decision = &d.decisions()[0];
    assert_eq!(decision.cause, Cause::Lead);
    for partner in ["alpha", "bravo", "charlie"] {
        let outcome = decision.outcome_of(partner).unwrap();
        assert_eq!((outcome.outcome, outcome.revision), (OutcomeCode::Delivered, 1), "{partner}");
        assert_eq!(outcome.action, Some(MessageKind::Report));
    }
    let aliases: std::collections::BTreeSet<_> =
        EVERYBODY.iter().map(|topic| d.received(topic)[0].alias).collect();
    assert_eq!(aliases.len(), 3, "each partner has a name of its own");
    let totals = d.totals();
    for (counter, n) in [
        (Counter::Messages, 1),
        (Counter::Entries, 1),
        (Counter::Leads, 1),
        (Counter::Outcomes, 3),
        (Counter::Disclosures, 3),
        (Counter::DeadLetters, 0),
    ] {
        assert_eq!(totals.get(counter), n, "{counter:?}");
    }
}

#[test]
fn headers_are_a_cloudevent_and_say_nothing_of_us() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes()]);
    let copy = d.written(ALPHA)[0].clone();
    let alias = d.received(ALPHA)[0].alias;
    assert_eq!(copy.headers.text("ce_specversion"), Some("1.0"));
    assert_eq!(copy.headers.text("ce_type"), Some("leadshare.lead.report"));
    assert_eq!(copy.headers.text("ce_id"), Some(format!("{alias}-1").as_str()));
    assert_eq!(copy.headers.text("ce_time"), Some("2027-01-15T08:00:00Z"));
    assert_eq!(copy.headers.get("leadshare-order"), None, "offsets are ours");
    let trace = copy.headers.text("traceparent").unwrap().to_owned();
    assert!(!trace.contains("0af7651916cd43dd8448eb211c80319c"));
    assert_ne!(d.written(BRAVO)[0].headers.text("traceparent").unwrap(), trace);
    let shown: String =
        copy.headers.0.iter().filter_map(|(_, v)| v.as_deref()).map(String::from_utf8_lossy).collect();
    assert!(
        !shown.contains("555-01") && !shown.contains("55501") && !shown.contains(&lead_id(1).to_string())
    );
}

/// Two leads of one matter, of which an officer says later that they are of two.
#[test]
fn what_was_covered_is_delivered_when_its_coverer_is_of_another_matter() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1, 2]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Covered);
    d.run(&[regrouping(1, &[2], 2, 7)]);
    for topic in EVERYBODY {
        assert_eq!(d.kinds(topic), ["REPORT 1", "REPORT 1"], "{topic}");
    }
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, decision.lead_id), (Cause::Unlink, lead_id(2)));
    assert_eq!(decision.caused_by, Some(lead_id(99)));
    // The other way round as well: the coverer leaves.
    d.run(&[Event::new(3, 1, Duplicate).cluster(2, 8).phones(&[1]).bytes(), regrouping(1, &[2], 1, 9)]);
    assert_eq!(d.kinds(ALPHA).len(), 3);
    let totals = d.totals();
    assert_eq!((totals.get(Counter::NotALead), totals.get(Counter::Events)), (2, 2));
}

#[test]
fn what_is_said_of_a_lead_that_comes_later_waits_for_it() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes(), regrouping(1, &[2], 2, 9)]);
    // The event was a dead letter and comes back after what was said later.
    d.run(&[Event::new(2, 1, Duplicate).cluster(1, 5).phones(&[1]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "REPORT 1"]);
}

#[test]
fn what_was_covered_is_delivered_when_its_coverer_is_cancelled() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1, 2]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    for topic in EVERYBODY {
        assert_eq!(d.kinds(topic), ["REPORT 1"], "{topic}");
    }
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Covered);
    assert_eq!(d.outcome("alpha").covered_by, [lead_id(1)]);

    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    for topic in EVERYBODY {
        assert_eq!(d.kinds(topic), ["REPORT 1", "CANCEL 2", "REPORT 1"], "{topic}");
        let read = d.received(topic);
        assert!(read[1].content.is_none() && read[1].cancel_reason.as_deref() == Some("WITHDRAWN"));
        assert_ne!(read[2].alias, read[1].alias);
        assert!(read[2].related.is_empty(), "what was cancelled is not named any more");
    }
    let decisions = d.decisions();
    let uncovered = decisions.last().unwrap();
    assert_eq!((uncovered.cause, uncovered.lead_id), (Cause::Uncovered, lead_id(2)));
    assert_eq!(uncovered.caused_by, Some(lead_id(1)));
    assert_eq!(d.totals().get(Counter::Outcomes), 9, "three leads, three partners; the rest follows");
}

#[test]
fn of_many_repeats_the_first_is_delivered_and_covers_the_others() {
    let mut d = driver();
    let mut events = vec![Event::new(1, 1, New).phones(&[1, 2]).bytes()];
    events.extend((2..30).map(|n| Event::new(n, 1, Duplicate).phones(&[1]).bytes()));
    d.run(&events);
    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    let read = d.received(ALPHA);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2", "REPORT 1"]);
    let again: Vec<_> = d.decisions().into_iter().filter(|d| d.cause == Cause::Uncovered).collect();
    assert_eq!(again.len(), 28);
    assert_eq!(again[0].lead_id, lead_id(2), "the oldest");
    assert_eq!(again[0].outcome_of("alpha").unwrap().alias, Some(read[2].alias));
    assert_eq!(again[27].outcome_of("alpha").unwrap().covered_by, [lead_id(2)]);
}

#[test]
fn two_copies_together_cover_a_third() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, New).phones(&[1, 2]).bytes(),
        Event::new(2, 1, Update).phones(&[2, 3]).bytes(),
        Event::new(3, 1, Duplicate).phones(&[1, 3]).bytes(),
    ]);
    assert_eq!(d.outcome("bravo").outcome, OutcomeCode::Covered);
    assert_eq!(d.outcome("bravo").covered_by, [lead_id(2), lead_id(1)]);
    assert_eq!(d.received(ALPHA)[1].related, [d.received(ALPHA)[0].alias]);
    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1", "REPORT 1", "CANCEL 2", "REPORT 1"]);
}

#[test]
fn an_update_that_says_less_uncovers() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, New).phones(&[1, 2]).bytes(),
        Event::new(2, 1, Duplicate).phones(&[1]).bytes(),
        Event::new(1, 2, Update).phones(&[1, 2, 3]).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2"], "one that says more uncovers nothing");
    d.run(&[Event::new(1, 3, Update).phones(&[2]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2", "UPDATE 3", "REPORT 1"]);
}

#[test]
fn an_unchanged_copy_sends_nothing() {
    let mut d = driver();
    let says = |account: &str| {
        content(
            &[1],
            json!({ "accounts": [{ "person_ref": "p1", "service": "chat.example", "handle": account }] }),
        )
    };
    d.run(&[Event::new(1, 1, New).says(says("a")).bytes(), Event::new(1, 2, Update).says(says("b")).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2"]);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"], "who sees no accounts reads nothing new");
    assert_eq!(d.outcome("charlie").outcome, OutcomeCode::Unchanged);
    assert_eq!(d.outcome("charlie").revision, 1);
    // And its copy still covers.
    d.run(&[Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("charlie").outcome, OutcomeCode::Covered);
}

#[test]
fn replays_and_stale_versions_change_nothing() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, New).phones(&[1]).bytes(),
        Event::new(1, 2, Update).phones(&[2]).bytes(),
        Event::new(1, 2, Stale).phones(&[1]).bytes(),
        Event::new(1, 2, Replay).phones(&[2]).bytes(),
        // A dead letter of ours, redriven after a newer version was decided.
        Event::new(1, 1, New).phones(&[1]).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2"]);
    for decision in &d.decisions()[2..] {
        for partner in ["alpha", "bravo", "charlie"] {
            assert_eq!(decision.outcome_of(partner).unwrap().outcome, OutcomeCode::Unchanged);
        }
    }
    assert_eq!(d.totals().get(Counter::Outcomes), 15);
}

#[test]
fn a_cancel_before_its_report_is_told_to_nobody() {
    let mut d = driver();
    d.run(&[Event::new(1, 0, Cancel).bytes(), Event::new(1, 0, Stale).phones(&[1]).bytes()]);
    assert_eq!(d.totals().get(Counter::Disclosures), 0);
    assert_eq!(d.decisions().len(), 2);
    // Reported anew, even in another matter.
    d.run(&[Event::new(1, 1, Duplicate).matter(2).phones(&[1]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

#[test]
fn a_lead_that_is_reported_again_after_its_cancel_is_a_report_again() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, New).phones(&[1]).bytes(),
        Event::new(1, 2, Cancel).bytes(),
        Event::new(1, 3, Update).phones(&[1]).bytes(),
        Event::new(1, 4, Cancel).bytes(),
        Event::new(1, 5, Cancel).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2", "REPORT 3", "CANCEL 4"]);
}

#[test]
fn a_denied_update_is_a_cancel() {
    let mut d = driver();
    let red = content(&[1], json!({ "handling": { "tlp": "RED" } }));
    d.run(&[
        Event::new(1, 1, New).phones(&[1]).bytes(),
        Event::new(2, 1, Duplicate).phones(&[1]).bytes(),
        Event::new(1, 2, Update).says(red).bytes(),
    ]);
    let read = d.received(CHARLIE);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1", "CANCEL 2", "REPORT 1"], "and what it covered is delivered");
    assert_eq!(read[1].cancel_reason.as_deref(), Some("NO_LONGER_RELEASABLE"));
    assert_eq!(d.decisions()[2].outcome_of("charlie").unwrap().policies, ["ceiling"]);
    // Permitted again: what it says is covered by now.
    d.run(&[Event::new(1, 3, Update).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("charlie").outcome, OutcomeCode::Covered);
}

#[test]
fn an_addition_before_its_report_and_one_after() {
    let mut d = driver();
    let file = |n: u8| json!({ "categories": ["SEX_TRAFFICKING"], "countries_involved": ["US"], "files": [{ "file_id": format!("f{n}") }] });
    d.run(&[
        Event::new(1, 1, Amendment).addition("file-1").says(file(1)).bytes(),
        Event::new(1, 2, Update).phones(&[1]).bytes(),
        Event::new(1, 3, Amendment).addition("file-2").says(file(2)).bytes(),
        Event::new(1, 4, Amendment).addition("file-1").says(file(3)).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2", "UPDATE 3", "UPDATE 4"]);
    let files: Vec<Vec<Option<String>>> = d
        .received(ALPHA)
        .into_iter()
        .map(|r| r.content.unwrap().files.into_iter().map(|f| f.file_id).collect())
        .collect();
    let some = |names: &[&str]| names.iter().map(|n| Some((*n).to_owned())).collect::<Vec<_>>();
    assert_eq!(files, [some(&["f1"]), some(&["f1"]), some(&["f1", "f2"]), some(&["f2", "f3"])]);
    assert_eq!(
        d.kinds(BRAVO),
        ["REPORT 1", "UPDATE 2"],
        "who sees no evidence reads no more than that there is a lead"
    );
}

#[test]
fn a_record_that_is_too_large_is_left_alone_for_a_while() {
    let mut d = driver();
    d.log.refusing.insert(Topic::new(ALPHA), Undeliverable::RecordTooLarge);
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Undeliverable);
    d.log.refusing.clear();
    d.restart(Federation::default().router());
    d.tick(0);
    d.tick(0);
    assert_eq!(d.kinds(BRAVO), ["REPORT 1"]);
    d.tick(600_000);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

#[test]
fn a_suspended_partner_is_served_when_it_is_active_again() {
    let suspended = Federation { charlie_state: "SUSPENDED", ..Federation::default() };
    let mut d = Driver::new(suspended.router());
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("charlie").outcome, OutcomeCode::Passing);
    d.tick(0);
    assert_eq!(d.kinds(CHARLIE), [""; 0]);
    d.restart(Federation::default().router());
    d.tick(0);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"], "one of the two covers the other");
    assert_eq!(d.decisions().last().unwrap().cause, Cause::Partner);

    // Suspended with a copy: it keeps the copy, hears of no update, and of every Cancel.
    d.restart(suspended.router());
    d.run(&[Event::new(1, 2, Update).phones(&[1, 2]).bytes()]);
    assert_eq!(
        d.decisions().iter().find(|d| d.version == 2).unwrap().outcome_of("charlie").unwrap().outcome,
        OutcomeCode::Passing
    );
    d.run(&[Event::new(1, 3, Cancel).bytes(), Event::new(2, 2, Cancel).bytes()]);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1", "CANCEL 2"]);
}

#[test]
fn a_lead_waits_for_the_day_on_which_an_agreement_begins() {
    let later = Federation { charlie_starts: "2027-01-16", ..Federation::default() };
    let mut d = Driver::new(later.router());
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("charlie").outcome, OutcomeCode::Passing);
    d.tick(0);
    d.tick(15 * 3_600_000);
    assert_eq!(d.kinds(CHARLIE), [""; 0]);
    d.tick(3_600_000);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"]);
    assert_eq!(d.decisions().last().unwrap().cause, Cause::Expiry);
}

#[test]
fn a_partner_that_left_is_told_of_the_cancel_when_it_is_back() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    d.restart(Federation { with_charlie: false, ..Federation::default() }.router());
    d.run(&[Event::new(1, 2, Cancel).bytes()]);
    let stranded = d.decisions().into_iter().find(|d| d.cause == Cause::Partner).unwrap();
    assert_eq!(stranded.outcome_of("charlie").unwrap().outcome, OutcomeCode::Undeliverable);
    d.restart(Federation::default().router());
    d.tick(0);
    let mut kinds = d.kinds(CHARLIE);
    kinds.sort();
    assert_eq!(kinds, ["CANCEL 2", "REPORT 1", "REPORT 1"]);
}

#[test]
fn an_exercise_reaches_who_takes_it_and_meets_nothing_that_is_meant() {
    let mut d = Driver::new(Federation { bravo_exercises: true, ..Federation::default() }.router());
    d.run(&[
        Event::new(1, 1, New).phones(&[1]).bytes(),
        Event::new(2, 1, New).phones(&[1]).status(MessageStatus::Exercise).bytes(),
    ]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"]);
    let read = d.received(BRAVO);
    assert_eq!(read.len(), 2, "a meant lead covers no exercise, though phone and matter are the same");
    assert!(!read[0].exercise && read[1].exercise);
    assert!(read[1].related.is_empty());
    d.run(&[Event::new(2, 2, Cancel).status(MessageStatus::Exercise).bytes()]);
    let read = d.received(BRAVO);
    assert_eq!(read.len(), 3);
    assert!(read[2].exercise, "its Cancel is an exercise too");
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

#[test]
fn a_minors_handle_stays_with_who_may_see_minors() {
    let mut d = driver();
    let says = content(
        &[1],
        json!({
            "persons": [{ "person_ref": "p2", "role": "VICTIM", "minor": "YES" }],
            "accounts": [{ "person_ref": "p2", "service": "chat.example", "handle": "example_kid" }],
        }),
    );
    d.run(&[Event::new(1, 1, New).says(says).bytes()]);
    assert_eq!(d.received(ALPHA)[0].content.as_ref().unwrap().accounts.len(), 1);
    assert!(d.received(BRAVO)[0].content.as_ref().unwrap().accounts.is_empty());
    let bytes = d.written(BRAVO)[0].value.clone().unwrap();
    assert!(!bytes.windows(11).any(|w| w == b"example_kid"));
    assert!(d.outcome("bravo").hidden.iter().any(|hidden| hidden.class == "minor"));
}

#[test]
fn what_a_person_must_approve_is_held_and_covers_nothing() {
    let mut d = driver();
    let held = content(&[1], json!({ "handling": { "tlp": "GREEN", "h3_text": "ask first" } }));
    d.run(&[Event::new(1, 1, New).says(held).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    assert_eq!(d.decisions()[0].outcome_of("alpha").unwrap().outcome, OutcomeCode::Held);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Delivered);
}

#[test]
fn a_copy_that_is_behind_its_lead_covers_nothing() {
    let mut d = driver();
    d.log.largest.insert(Topic::new(ALPHA), 4_000);
    d.run(&[Event::new(1, 1, New).phones(&[1]).bytes(), Event::new(2, 1, Duplicate).phones(&[1]).bytes()]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Covered);
    let long = content(&[1, 2], json!({ "narrative": "x".repeat(5_000) }));
    let held = content(&[1, 3], json!({ "handling": { "tlp": "GREEN", "h3_text": "ask first" } }));
    d.run(&[Event::new(1, 2, Update).says(long).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "REPORT 1"], "what it covered is delivered, when in doubt");
    d.run(&[Event::new(3, 1, Duplicate).phones(&[2]).bytes()]);
    assert_eq!(
        d.outcome("alpha").outcome,
        OutcomeCode::Delivered,
        "the partner does not have the long version"
    );
    assert_eq!(d.outcome("bravo").outcome, OutcomeCode::Covered);
    d.run(&[Event::new(1, 3, Update).says(held).bytes(), Event::new(4, 1, Duplicate).phones(&[3]).bytes()]);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Delivered, "nor the one that is held");
    assert_eq!(d.outcome("bravo").outcome, OutcomeCode::Delivered);
}

#[test]
fn what_nobody_can_read_is_a_dead_letter_and_what_is_no_lead_is_counted() {
    let mut d = driver();
    let approval = Approval { matter_id: MatterId([1; 16]), lead_id: lead_id(1), ..Approval::default() };
    d.run(&[
        b"\0\0\0\0\x03nonsense".to_vec(),
        wire::encode(&MatterEvent::Approval(approval)).unwrap(),
        Event::new(1, 1, New).phones(&[1]).bytes(),
    ]);
    let dead = d.written("leads.dead-letter.router.v1");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].value.as_deref(), Some(&b"\0\0\0\0\x03nonsense"[..]));
    assert_eq!(dead[0].headers.text("leadshare-reason"), Some("undecodable"));
    let totals = d.totals();
    let entries =
        totals.get(Counter::Leads) + totals.get(Counter::NotALead) + totals.get(Counter::DeadLetters);
    assert_eq!(totals.get(Counter::Entries), entries);
    assert_eq!(totals.get(Counter::Events), 1);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}
