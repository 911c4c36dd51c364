//! What officers and partners say: holds, approvals, recalls, answers, and the chain that all of it stands in.

use lead::decision::{Cause, OutcomeCode};
use lead::held::HeldRelease;
use lead::ledger::{Checkpoint, GENESIS, link};
use lead::matter::{Answer, Approval, Feedback, Recall};
use lead::value::Micros;
use lead::{MatterEvent, MatterId, SiteKeys, Verdict, topic, wire};
use pipeline::{Topic, Undeliverable};
use serde_json::json;

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, CHARLIE, Event, Federation, content, lead_id};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn driver() -> Driver {
    Driver::new(Federation::default().router())
}

fn asks(phones: &[u8]) -> serde_json::Value {
    content(phones, json!({ "handling": { "tlp": "GREEN", "h3_text": "ask first" } }))
}

fn word(lead: u8, version: i32, partner: &str, approved: bool, officer: &str) -> Vec<u8> {
    let word = Approval {
        matter_id: MatterId([1; 16]),
        lead_id: lead_id(lead),
        version,
        partner: partner.into(),
        approved,
        reason: "checked".into(),
        officer: officer.into(),
        ..Approval::default()
    };
    wire::encode(&MatterEvent::Approval(word)).unwrap()
}

fn approve(lead: u8, version: i32, partner: &str) -> Vec<u8> {
    word(lead, version, partner, true, "desk")
}

fn recall(lead: u8) -> Vec<u8> {
    let word = Recall {
        matter_id: MatterId([1; 16]),
        lead_id: lead_id(lead),
        reason: "wrong-person".into(),
        officer: "desk".into(),
        ..Recall::default()
    };
    wire::encode(&MatterEvent::Recall(word)).unwrap()
}

/// A partner answers the delivery that a copy of its topic is.
fn answers(d: &Driver, partner: &str, topic: &str, copy: usize, answer: Answer) -> Vec<u8> {
    let reference = d.received(topic)[copy].reference.clone();
    let delivery = SiteKeys::new([7; 32]).open(partner, &reference).unwrap();
    let said = Feedback {
        matter_id: delivery.matter,
        lead_id: delivery.lead,
        domain: delivery.domain,
        partner: partner.into(),
        revision: delivery.revision,
        answer,
        reason: None,
        at: Micros(0),
    };
    wire::encode(&MatterEvent::Feedback(said)).unwrap()
}

/// What is listed for officers now.
fn listed(d: &Driver) -> Vec<(u8, String, i32, Vec<String>)> {
    let mut listed = std::collections::BTreeMap::new();
    for output in d.written(topic::HELD) {
        let held = output.value.as_deref().map(|bytes| wire::decode::<HeldRelease>(bytes).unwrap());
        listed.insert(output.key.clone().unwrap(), held);
    }
    let held = listed.into_values().flatten();
    held.map(|h| (h.lead_id.0[0], h.partner, h.version, h.approved_by)).collect()
}

/// Sabotage: leave `approved` unset; or let an approval of any version do.
#[test]
fn what_is_held_goes_out_when_its_version_is_approved() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).says(asks(&[1])).bytes()]);
    assert_eq!(d.kinds(ALPHA), Vec::<String>::new());
    assert_eq!(listed(&d).len(), 3, "every partner waits for an officer");
    d.run(&[approve(1, 2, "alpha")]);
    assert_eq!(d.kinds(ALPHA), Vec::<String>::new(), "another version is not approved");
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Unchanged);
    d.run(&[approve(1, 1, "alpha")]);
    assert_eq!((d.kinds(ALPHA), d.kinds(BRAVO)), (vec!["REPORT 1".to_owned()], vec![]));
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, decision.officer.as_deref()), (Cause::Approval, Some("desk")));
    assert_eq!(listed(&d).iter().map(|l| l.1.as_str()).collect::<Vec<_>>(), ["bravo", "charlie"]);
    // The next version needs a word of its own, and the partner keeps what it has until then.
    d.run(&[Event::new(1, 2, Verdict::Update).says(asks(&[1, 2])).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    d.run(&[approve(1, 1, "alpha")]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    d.run(&[approve(1, 2, "alpha")]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "UPDATE 2"]);
}

/// Sabotage: count words instead of officers.
#[test]
fn two_officers_are_two_persons_where_a_policy_asks_for_two() {
    let mut d = driver();
    let sealed = content(&[1], json!({ "protections": { "sealed": "YES" } }));
    d.run(&[Event::new(1, 1, Verdict::New).says(sealed).bytes()]);
    d.run(&[approve(1, 1, "alpha"), approve(1, 1, "alpha")]);
    assert_eq!(d.kinds(ALPHA), Vec::<String>::new());
    assert_eq!(listed(&d)[0].3, ["desk"]);
    d.run(&[word(1, 1, "alpha", true, "night")]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

/// Sabotage: remember that a version was approved, and not by how many.
#[test]
fn who_approved_before_the_policy_asked_for_two_is_one_of_two() {
    let router = |officers| Federation { officers, ..Federation::default() }.router();
    let mut d = Driver::new(router(1));
    let sealed = content(&[1], json!({ "protections": { "sealed": "YES" } }));
    d.run(&[Event::new(1, 1, Verdict::New).says(sealed).bytes()]);
    d.restart(router(2));
    d.run(&[approve(1, 1, "alpha")]);
    assert_eq!(d.kinds(ALPHA), Vec::<String>::new());
    let alpha = listed(&d).into_iter().find(|held| held.1 == "alpha").unwrap();
    assert_eq!(alpha.3, ["desk"]);
    d.run(&[word(1, 1, "alpha", true, "night")]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
}

/// Sabotage: forget `refused`, so that the next reason to look at it holds it again.
#[test]
fn what_is_refused_or_expires_stays_with_us_until_there_is_a_newer_version() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).says(asks(&[1])).bytes()]);
    d.run(&[word(1, 1, "alpha", false, "desk")]);
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, d.outcome("alpha").outcome), (Cause::Refusal, OutcomeCode::Withheld));
    d.run(&[approve(1, 1, "alpha")]);
    assert_eq!(d.kinds(ALPHA), Vec::<String>::new(), "a refusal is the last word on its version");
    d.tick(14 * DAY - 1);
    assert_eq!(listed(&d).len(), 2);
    d.tick(1);
    assert_eq!(listed(&d).len(), 0, "not approved in time");
    assert_eq!(d.decisions().pop().unwrap().cause, Cause::Expiry);
    d.run(&[approve(1, 1, "bravo")]);
    assert_eq!(d.kinds(BRAVO), Vec::<String>::new());
    d.run(&[Event::new(1, 2, Verdict::Update).says(asks(&[1, 2])).bytes()]);
    assert_eq!(listed(&d).len(), 3);
}

/// Sabotage: leave the hold when the lead is withdrawn.
#[test]
fn a_hold_is_over_when_its_lead_is_withdrawn_or_recalled() {
    for end in [Event::new(1, 2, Verdict::Cancel).bytes(), recall(1)] {
        let mut d = driver();
        d.run(&[Event::new(1, 1, Verdict::New).says(asks(&[1])).bytes(), end]);
        assert_eq!(listed(&d), vec![]);
        d.run(&[approve(1, 1, "alpha")]);
        assert_eq!(d.kinds(ALPHA), Vec::<String>::new());
    }
}

/// Sabotage: leave `list_again` out; or forget to note what was refused, or that it is written.
#[test]
fn what_could_not_be_listed_is_listed_by_a_later_tick_as_it_stands_then() {
    let mut d = driver();
    d.log.refusing.insert(Topic::new(topic::HELD), Undeliverable::NotAuthorised);
    d.run(&[
        Event::new(1, 1, Verdict::New).says(asks(&[1])).bytes(),
        Event::new(2, 1, Verdict::New).says(asks(&[2])).bytes(),
        word(2, 1, "alpha", false, "desk"),
    ]);
    d.tick(60_000);
    assert_eq!((listed(&d).len(), d.written(topic::HELD).len()), (0, 0));
    d.log.refusing.clear();
    d.tick(60_000);
    d.tick(60_000);
    assert_eq!(listed(&d).len(), 5, "and nothing waits for alpha, where the second is refused");
    assert_eq!(d.written(topic::HELD).len(), 6, "each is told once, and so is that it is over");
    assert!(!d.tables().contains(&b'u'));
}

/// A held lead covers nothing; once it is delivered, what adds nothing to it waits no more.
///
/// Sabotage: leave `cover_holds` out.
#[test]
fn what_adds_nothing_to_an_approved_copy_needs_no_officer() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, Verdict::New).says(asks(&[1])).bytes(),
        Event::new(2, 1, Verdict::Duplicate).says(asks(&[1])).bytes(),
    ]);
    assert_eq!(listed(&d).len(), 6);
    d.run(&[approve(1, 1, "alpha")]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1"]);
    assert_eq!(listed(&d).len(), 4);
    assert_eq!(d.outcome("alpha").outcome, OutcomeCode::Covered);
}

/// Sabotage: send the Cancel of a recall to every partner, or only to those who may have the lead today.
#[test]
fn a_recall_reaches_exactly_those_who_hold_the_lead() {
    let mut d = driver();
    let red = content(&[1], json!({ "handling": { "tlp": "RED" } }));
    d.run(&[Event::new(1, 1, Verdict::New).says(red).bytes(), recall(1)]);
    for topic in [ALPHA, BRAVO] {
        assert_eq!(d.kinds(topic), ["REPORT 1", "CANCEL 2"]);
        assert_eq!(d.received(topic)[1].cancel_reason.as_deref(), Some("RECALLED"));
    }
    assert_eq!(d.kinds(CHARLIE), Vec::<String>::new(), "who never had it hears nothing of it");
    let decision = d.decisions().pop().unwrap();
    assert_eq!((decision.cause, decision.officer.as_deref()), (Cause::Recall, Some("desk")));
    // Twice is once, and of what nobody knows nothing is taken back.
    d.run(&[recall(1), recall(9)]);
    assert_eq!(d.kinds(ALPHA).len(), 2);
}

/// PL-11: a recalled lead covers nothing any more.
///
/// Sabotage: leave `redecide` out.
#[test]
fn what_leaned_on_a_recalled_lead_is_delivered() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, Verdict::New).phones(&[1]).bytes(),
        Event::new(2, 1, Verdict::Duplicate).phones(&[1]).bytes(),
    ]);
    assert_eq!(d.kinds(CHARLIE), ["REPORT 1"]);
    d.run(&[recall(1)]);
    for topic in [ALPHA, BRAVO, CHARLIE] {
        assert_eq!(d.kinds(topic), ["REPORT 1", "CANCEL 2", "REPORT 1"]);
    }
}

#[test]
fn a_version_after_the_recall_is_decided_as_any_other() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes(), recall(1)]);
    d.run(&[Event::new(1, 1, Verdict::Replay).phones(&[1]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2"]);
    d.run(&[Event::new(1, 2, Verdict::Update).phones(&[1]).bytes()]);
    assert_eq!(d.kinds(ALPHA), ["REPORT 1", "CANCEL 2", "REPORT 3"]);
}

/// Sabotage: take an answer to an earlier copy for one to the Cancel.
#[test]
fn only_an_answer_to_the_cancel_says_what_became_of_the_copy() {
    let mut d = driver();
    d.run(&[Event::new(1, 1, Verdict::New).phones(&[1]).bytes(), Event::new(1, 2, Verdict::Cancel).bytes()]);
    let early = answers(&d, "alpha", ALPHA, 0, Answer::Destroyed);
    let cancel = answers(&d, "bravo", BRAVO, 1, Answer::Retained);
    d.run(&[early, cancel]);
    let noted = d.decisions();
    let of = |n: usize| noted[noted.len() - n].outcomes[0].clone();
    assert_eq!((of(2).answer, of(2).reasons.len()), (Some(Answer::Destroyed), 1));
    assert_eq!((of(1).answer, of(1).reasons.len()), (Some(Answer::Retained), 0));
    d.tick(10 * DAY);
    let overdue: Vec<_> =
        d.decisions().split_off(noted.len()).into_iter().map(|d| d.outcomes[0].partner.clone()).collect();
    assert_eq!(overdue, ["alpha", "charlie"], "who has not answered is unreachable");
    d.tick(10 * DAY);
    assert_eq!(d.decisions().len(), noted.len() + 2, "said once");
}

/// Sabotage: set no duty for a Report; or let no answer end it.
#[test]
fn a_lead_about_danger_is_missed_when_nobody_acknowledges_it() {
    let mut d = driver();
    let danger = content(&[1], json!({ "urgency": { "imminent_danger": "YES" } }));
    d.run(&[Event::new(1, 1, Verdict::New).says(danger).bytes()]);
    let received = answers(&d, "alpha", ALPHA, 0, Answer::Received);
    d.run(&[received]);
    let before = d.decisions().len();
    d.tick(60 * 60 * 1_000);
    let late: Vec<_> =
        d.decisions().split_off(before).into_iter().map(|d| d.outcomes[0].partner.clone()).collect();
    assert_eq!(late, ["bravo", "charlie"]);
}

/// Sabotage: name the hash of another decision, or number from the partition.
#[test]
fn every_decision_names_the_one_before_it() {
    let mut d = driver();
    d.run(&[
        Event::new(1, 1, Verdict::New).phones(&[1]).bytes(),
        Event::new(2, 1, Verdict::New).matter(2).phones(&[2]).bytes(),
        Event::new(1, 2, Verdict::Cancel).bytes(),
    ]);
    d.tick(60 * 60 * 1_000);
    let mut previous = GENESIS;
    for (n, (output, decision)) in (1..).zip(d.written(topic::DECISIONS).into_iter().zip(d.decisions())) {
        assert_eq!((decision.chain, decision.sequence, decision.previous), (0, n, previous.to_string()));
        previous = link(output.value.as_deref().unwrap());
    }
    let [checkpoint] = d.written(topic::CHECKPOINTS)[..] else { panic!("one checkpoint") };
    let checkpoint: Checkpoint = wire::decode(checkpoint.value.as_deref().unwrap()).unwrap();
    assert_eq!((checkpoint.head, checkpoint.sequence), (previous.to_string(), d.decisions().len() as i64));
}
