//! Sequences in which systems of this kind go wrong, through all three services, on both transports.
//! Each ends with the independent checker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::sync::Mutex;

use lead::code::{Category, MessageKind, MessageStatus, Role, Ternary};
use lead::content::Content;
use lead::decision::OutcomeCode;
use lead::matter::{Answer, Approval, MatterEvent, Recall};
use lead::person::{Person, PersonName};
use lead::record::LeadSubmission;
use lead::thing::{Account, PlaceOfLead};
use lead::value::{CountryValue, Phone};
use lead::{LeadId, Verdict, topic, wire};
use leadshare_tests::broker::Broker;
use leadshare_tests::checker_run::check;
use leadshare_tests::definitions::{AGENCY, Definitions, OFFICERS, secret};
use leadshare_tests::site::{Site, report};
use leadshare_tests::transport::{Embedded, Kafka, Transport};
use pipeline::{Headers, Offset, Record, Source, Timestamp};
use serde_json::json;

const OFFICE: &str = "us-field-office-houston";
const MEXICO: &str = "mx-fiscalia";
const PHONE: &str = "+12025550143";

fn on_kafka(corner: fn(&dyn Transport)) {
    // Topics of a site have fixed names, so each corner has a broker of its own; one at a time, for a
    // small machine.
    static ONE: Mutex<()> = Mutex::new(());
    let _turn = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let broker = Broker::start();
    corner(&Kafka::at(&broker.bootstrap, "corner"));
}

macro_rules! corners {
    ($($corner:ident),* $(,)?) => {
        mod embedded { $(#[test] fn $corner() { super::$corner(&super::Embedded::new()); })* }
        mod kafka { $(#[test] fn $corner() { super::on_kafka(super::$corner); })* }
    };
}

corners!(
    what_covered_a_lead_is_withdrawn,
    a_cancel_comes_before_its_report,
    an_old_version_is_redriven_after_a_new_one,
    a_partners_topic_is_missing,
    a_partner_is_suspended_for_a_time,
    an_exercise_names_a_real_phone,
    a_minors_handle_stands_by_itself,
    a_release_is_approved_and_recalled,
);

fn judged(site: &Site<'_>) {
    let verdict = check(site);
    assert!(verdict.kept, "\n{}", verdict.report);
}

fn person(name: &str, role: Role, age: i32, phone: Option<&str>) -> Person {
    let phones = phone.map(|number| Phone { text: number.into(), ..Phone::default() });
    Person {
        person_ref: name.into(),
        role,
        names: vec![PersonName {
            given: Some("Wren".into()),
            surname: Some("Exemplar".into()),
            ..PersonName::default()
        }],
        age: Some(age),
        minor: Ternary::Unknown,
        phones: phones.into_iter().collect(),
        ..Person::default()
    }
}

/// Trafficking in Houston, with an adult subject of one name who has this phone: two of them are one matter.
fn content(phone: &str) -> Content {
    Content {
        categories: vec![Category::SexTrafficking],
        persons: vec![person("p1", Role::Subject, 44, Some(phone))],
        places: vec![PlaceOfLead {
            city: Some("Houston".into()),
            country: Some(CountryValue { text: "US".into(), ..CountryValue::default() }),
            ..PlaceOfLead::default()
        }],
        ..Content::default()
    }
}

fn cancel(number: &str) -> LeadSubmission {
    LeadSubmission { message_kind: MessageKind::Cancel, ..report(number, Content::default()) }
}

/// A record as if it had come long before everything else: the original of a redrive.
fn early(submission: &LeadSubmission) -> Record {
    Record {
        source: Source::new(topic::inbound(AGENCY).as_str(), 0),
        offset: Offset(0),
        timestamp: Timestamp(1_000),
        key: None,
        value: Some(wire::encode(submission).unwrap()),
        headers: Headers::default(),
    }
}

fn kinds(site: &Site<'_>, partner: &str) -> Vec<(MessageKind, i32)> {
    site.copies(partner).iter().map(|c| (c.message_kind, c.revision)).collect()
}

/// PL-11 and PL-12: B says nothing that A does not say; when A goes, B is delivered.
fn what_covered_a_lead_is_withdrawn(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[]);
    let (a, b) = (site.lead_id("A"), site.lead_id("B"));
    site.run(|running| {
        running.submit(&[report("A", content(PHONE))], 1);
        running.submit(&[report("B", content(PHONE))], 2);
        let covered = site.outcome(b, OFFICE).unwrap();
        assert_eq!(covered.outcome, OutcomeCode::Covered);
        assert_eq!(covered.covered_by, [a]);
        assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
        running.submit(&[cancel("A")], 3);
    });
    assert_eq!(site.decisions(b)[0].verdict, Verdict::Duplicate);
    let copies = site.copies(OFFICE);
    assert_eq!(copies.len(), 3, "A, its Cancel, and B");
    assert_eq!(copies.iter().filter(|c| c.message_kind == MessageKind::Report).count(), 2);
    assert_eq!(copies.iter().filter(|c| c.message_kind == MessageKind::Cancel).count(), 1);
    assert_eq!(site.outcome(b, OFFICE).unwrap().outcome, OutcomeCode::Delivered);
    judged(&site);
}

/// PL-5: a Cancel leaves a mark that an older report meets, and a newer one passes.
fn a_cancel_comes_before_its_report(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[]);
    let a = site.lead_id("A");
    site.run(|running| {
        running.submit(&[cancel("A")], 1);
        site.redrive(&early(&report("A", content(PHONE))));
        running.routed(2);
        assert_eq!(kinds(&site, OFFICE), []);
        running.submit(&[report("A", content(PHONE))], 3);
    });
    let verdicts: Vec<_> = site.decisions(a).iter().map(|d| d.verdict).collect();
    assert_eq!(verdicts, [Verdict::Cancel, Verdict::Stale, Verdict::New]);
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
    judged(&site);
}

/// PL-5: a redrive does not make an old version new.
fn an_old_version_is_redriven_after_a_new_one(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[]);
    let a = site.lead_id("A");
    site.run(|running| {
        running.submit(&[report("A", content("+12025550144"))], 1);
        site.redrive(&early(&report("A", content(PHONE))));
        running.routed(2);
        // Somebody else's order is nobody's: the record is a dead letter.
        let mut forged = Headers::default();
        forged.push(normaliser::redrive::HEADER, "1-0-0;00112233445566778899aabbccddeeff");
        site.send_bytes(wire::encode(&report("A", content(PHONE))).unwrap(), forged);
        running.normalised(3);
    });
    let verdicts: Vec<_> = site.decisions(a).iter().map(|d| d.verdict).collect();
    assert_eq!(verdicts, [Verdict::New, Verdict::Stale]);
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
    let dead = site.committed(&topic::dead_letter("normaliser"));
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].headers.text("leadshare-reason"), Some("redrive_not_authentic"));
    judged(&site);
}

/// PL-6: the others are served, and the partner is as soon as it can be.
fn a_partners_topic_is_missing(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[MEXICO]);
    let mut touching = content(PHONE);
    touching.places.push(PlaceOfLead {
        country: Some(CountryValue { text: "MX".into(), ..CountryValue::default() }),
        ..PlaceOfLead::default()
    });
    let a = site.lead_id("A");
    site.run(|running| {
        running.submit(&[report("A", touching)], 1);
        assert_eq!(site.outcome(a, OFFICE).unwrap().outcome, OutcomeCode::Delivered);
        assert_eq!(site.outcome(a, MEXICO).unwrap().outcome, OutcomeCode::Undeliverable);
        // The others have theirs already.
        let others = sent(&site, a);
        transport.create(&site.topics(&[]));
        running.disclosed(others + 1);
    });
    assert_eq!(kinds(&site, MEXICO), [(MessageKind::Report, 1)]);
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
    judged(&site);
}

/// How many messages partners have received of a lead.
fn sent(site: &Site<'_>, lead: LeadId) -> u64 {
    let outcomes = site.decisions(lead).into_iter().flat_map(|decision| decision.outcomes);
    outcomes.filter(|outcome| outcome.outcome == OutcomeCode::Delivered).count() as u64
}

/// A passing reason is named, and decided again when it has passed.
fn a_partner_is_suspended_for_a_time(transport: &dyn Transport) {
    let suspended =
        Definitions::default().with_partner(OFFICE, "state = \"ACTIVE\"", "state = \"SUSPENDED\"");
    let mut site = Site::new(transport, suspended, &[]);
    let a = site.lead_id("A");
    site.run(|running| running.submit(&[report("A", content(PHONE))], 1));
    assert_eq!(site.outcome(a, OFFICE).unwrap().outcome, OutcomeCode::Passing);
    assert_eq!(kinds(&site, OFFICE), []);
    let others = sent(&site, a);
    site.definitions = Definitions::default();
    site.run(|running| running.disclosed(others + 1));
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
    judged(&site);
}

/// PL-16: an exercise is a world of its own, whatever it names.
fn an_exercise_names_a_real_phone(transport: &dyn Transport) {
    let site = Site::new(transport, Definitions::default(), &[]);
    let exercise = LeadSubmission { message_status: MessageStatus::Exercise, ..report("X", content(PHONE)) };
    site.run(|running| {
        running.submit(&[exercise], 1);
        running.submit(&[report("A", content(PHONE))], 2);
    });
    for number in ["A", "X"] {
        assert_eq!(site.decisions(site.lead_id(number))[0].verdict, Verdict::New, "{number}");
    }
    let copies = site.copies(OFFICE);
    assert_eq!(copies.iter().map(|c| c.exercise).collect::<Vec<_>>(), [true, false]);
    judged(&site);
}

/// PL-9: a handle that is tied to nobody may be the minor's, and goes to nobody who may not see minors.
fn a_minors_handle_stands_by_itself(transport: &dyn Transport) {
    let unsworn = Definitions::default().with_partner(OFFICE, "sworn = true", "sworn = false");
    let site = Site::new(transport, unsworn, &[]);
    let with_victim = |age| {
        let mut made = content(PHONE);
        made.persons.push(person("p2", Role::Victim, age, None));
        made.accounts.push(Account {
            service: Some("parley".into()),
            handle: Some(format!("wren_{age}").into()),
            ..Account::default()
        });
        made
    };
    site.run(|running| {
        running.submit(&[report("minor", with_victim(14)), report("adult", with_victim(24))], 2);
    });
    let handles = |n: usize| site.copies(OFFICE)[n].content.as_ref().unwrap().accounts.len();
    assert_eq!(handles(0), 0, "of a lead with a minor in it");
    assert_eq!(handles(1), 1, "of a lead of adults");
    judged(&site);
}

/// PL-17, PL-18, PL-19: what waits for two officers goes out when two have approved it, and comes back when one says so;
/// what the partner answers counts for the copy that it names.
fn a_release_is_approved_and_recalled(transport: &dyn Transport) {
    let policy = r#"
@id("office-needs-two") @officers("2") @reason("two officers read what goes to a field office")
forbid (principal, action == Action::"release_without_approval", resource)
when { principal.kind == Kind::"field_office" };
"#;
    let site = Site::new(transport, Definitions::default().with_policy("two.cedar", policy), &[]);
    let a = site.lead_id("A");
    let word = |officer: &str| Approval {
        matter_id: a.into(),
        lead_id: a,
        version: 1,
        partner: OFFICE.into(),
        approved: true,
        reason: "read".into(),
        officer: officer.into(),
        ..Approval::default()
    };
    let approve = |officer| site.say(&MatterEvent::Approval(secret(officer).sign(word(officer))));
    site.run(|running| {
        running.submit(&[report("A", content(PHONE))], 1);
        // One who says it twice is one, and another cannot say it in a second one's name.
        approve(OFFICERS[0]);
        approve(OFFICERS[0]);
        site.say(&MatterEvent::Approval(secret(OFFICERS[0]).sign(word(OFFICERS[1]))));
        running.heard(3);
        assert_eq!(
            (site.outcome(a, OFFICE).unwrap().outcome, kinds(&site, OFFICE)),
            (OutcomeCode::Held, vec![])
        );
        approve(OFFICERS[1]);
        running.heard(4);
    });
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1)]);
    site.run(|running| {
        let recall = Recall {
            matter_id: a.into(),
            lead_id: a,
            reason: "wrong-person".into(),
            officer: OFFICERS[1].into(),
            ..Recall::default()
        };
        site.say(&MatterEvent::Recall(secret(OFFICERS[1]).sign(recall)));
        running.heard(5);
        let reference = &site.copies(OFFICE)[1].reference;
        let answer = json!({ "reference": reference, "answer": "DESTROYED" });
        site.answer(OFFICE, &answer);
        site.answer("us-field-office-laredo", &answer);
        running.heard(7);
    });
    assert_eq!(kinds(&site, OFFICE), [(MessageKind::Report, 1), (MessageKind::Cancel, 2)]);
    assert_eq!(site.outcome(a, OFFICE).unwrap().answer, Some(Answer::Destroyed));
    let refused = site.committed(&topic::dead_letter("gate"));
    let reasons: Vec<_> = refused.iter().filter_map(|r| r.headers.text("leadshare-reason")).collect();
    assert_eq!(reasons, ["bad_signature", "foreign_reference"]);
    judged(&site);
}
