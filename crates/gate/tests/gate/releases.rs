//! Approvals, recalls, and what partners answer.

use lead::code::MessageStatus;
use lead::matter::{Answer, Approval, Ground, LegalHold, MatterEvent, Recall, Reconsideration, Regrouping};
use lead::value::Micros;
use lead::{DeliveryReference, LeadId, MatterId, topic, wire};
use pipeline::{Header, Output, Partition, Record, Source};

use crate::example::{NOW, desk, gate, keys, night};
use crate::run::{record, run_one};

fn approval() -> Approval {
    Approval {
        matter_id: MatterId([3; 16]),
        lead_id: LeadId([1; 16]),
        version: 2,
        partner: "alpha".into(),
        approved: true,
        reason: "checked".into(),
        officer: "desk".into(),
        at: Micros(NOW),
        ..Approval::default()
    }
}

fn recall() -> Recall {
    Recall {
        matter_id: MatterId([3; 16]),
        lead_id: LeadId([1; 16]),
        reason: "wrong-person".into(),
        officer: "desk".into(),
        at: Micros(NOW),
        ..Recall::default()
    }
}

fn reconsideration() -> Reconsideration {
    Reconsideration {
        matter_id: MatterId([3; 16]),
        lead_id: LeadId([1; 16]),
        reason: "new-agreement".into(),
        officer: "desk".into(),
        at: Micros(NOW),
        ..Reconsideration::default()
    }
}

fn hold() -> LegalHold {
    LegalHold {
        lead_id: LeadId([1; 16]),
        domain: MessageStatus::Exercise,
        placed: true,
        reason: "order-4711".into(),
        officer: "desk".into(),
        at: Micros(NOW),
        ..LegalHold::default()
    }
}

fn said(hold: &LegalHold) -> Record {
    record(Some(wire::encode(hold).unwrap()))
}

fn sent(event: &MatterEvent) -> Record {
    record(Some(wire::encode(event).unwrap()))
}

#[track_caller]
fn refused(sent: Record, expected: &str) {
    let output = run_one(gate(), sent.clone());
    assert_eq!(output.topic.as_str(), topic::dead_letter("gate"), "{expected}");
    assert_eq!(output.headers.text(Header::REASON), Some(expected));
    assert_eq!(output.value, sent.value, "PL-8");
}

fn passes(sent: Record) -> Output {
    let output = run_one(gate(), sent);
    assert_eq!(output.topic.as_str(), topic::MATTERS);
    assert_eq!(output.key, Some(MatterId([3; 16]).to_string().into_bytes()), "with the leads of its matter");
    output
}

/// Sabotage: encode the word anew, or key it by its lead.
#[test]
fn approvals_and_recalls_go_to_their_matter_as_they_came() {
    for (event, kind) in [
        (MatterEvent::Approval(desk().sign(approval())), "leadshare.approval.v1"),
        (MatterEvent::Recall(desk().sign(recall())), "leadshare.recall.v1"),
        (MatterEvent::Reconsideration(desk().sign(reconsideration())), "leadshare.reconsideration.v1"),
    ] {
        let output = passes(sent(&event));
        assert_eq!(output.value, Some(wire::encode(&event).unwrap()));
        assert_eq!(output.headers.text("ce_type"), Some(kind));
    }
}

/// Sabotage: send it to the matters, where nobody purges; or leave the partition to the key.
#[test]
fn a_legal_hold_goes_to_the_leads_of_its_domain_as_it_came() {
    for placed in [true, false] {
        let word = desk().sign(LegalHold { placed, ..hold() });
        let output = run_one(gate(), said(&word));
        assert_eq!((output.topic.as_str(), output.partition), (topic::NORMALISED, Some(Partition(1))));
        assert_eq!(output.key, Some(LeadId([1; 16]).to_string().into_bytes()));
        assert_eq!(output.value, Some(wire::encode(&word).unwrap()));
        assert_eq!(output.headers.text("ce_type"), Some("leadshare.legal-hold.v1"));
    }
    let nowhere = LegalHold { domain: MessageStatus::System, ..hold() };
    refused(said(&desk().sign(nowhere)), "no_domain");
}

/// Sabotage: leave a field out of what is signed.
#[test]
fn a_signature_holds_for_every_field() {
    let signed = desk().sign(approval());
    for change in [
        |a: &mut Approval| a.matter_id = MatterId([9; 16]),
        |a: &mut Approval| a.lead_id = LeadId([9; 16]),
        |a: &mut Approval| a.domain = MessageStatus::Exercise,
        |a: &mut Approval| a.version = 3,
        |a: &mut Approval| a.partner = "bravo".into(),
        |a: &mut Approval| a.approved = false,
        |a: &mut Approval| a.reason = "other".into(),
        |a: &mut Approval| a.at = Micros(NOW + 1),
    ] {
        let mut changed = signed.clone();
        change(&mut changed);
        refused(sent(&MatterEvent::Approval(changed)), "bad_signature");
    }
    let signed = desk().sign(recall());
    for change in [
        |r: &mut Recall| r.matter_id = MatterId([9; 16]),
        |r: &mut Recall| r.lead_id = LeadId([9; 16]),
        |r: &mut Recall| r.domain = MessageStatus::Exercise,
        |r: &mut Recall| r.reason = "other".into(),
        |r: &mut Recall| r.at = Micros(NOW + 1),
    ] {
        let mut changed = signed.clone();
        change(&mut changed);
        refused(sent(&MatterEvent::Recall(changed)), "bad_signature");
    }
    let signed = desk().sign(hold());
    for change in [
        |h: &mut LegalHold| h.lead_id = LeadId([9; 16]),
        |h: &mut LegalHold| h.domain = MessageStatus::Actual,
        |h: &mut LegalHold| h.placed = false,
        |h: &mut LegalHold| h.reason = "other".into(),
        |h: &mut LegalHold| h.at = Micros(NOW + 1),
    ] {
        let mut changed = signed.clone();
        change(&mut changed);
        refused(said(&changed), "bad_signature");
    }
    let signed = desk().sign(reconsideration());
    for change in [
        |r: &mut Reconsideration| r.matter_id = MatterId([9; 16]),
        |r: &mut Reconsideration| r.lead_id = LeadId([9; 16]),
        |r: &mut Reconsideration| r.domain = MessageStatus::Exercise,
        |r: &mut Reconsideration| r.ground = Ground::Partner,
        |r: &mut Reconsideration| r.reason = "other".into(),
        |r: &mut Reconsideration| r.at = Micros(NOW + 1),
    ] {
        let mut changed = signed.clone();
        change(&mut changed);
        refused(sent(&MatterEvent::Reconsideration(changed)), "bad_signature");
    }
}

/// Who may decide on matches may not for that reason release or take back.
///
/// Sabotage: ask for the same grant, whatever is said.
#[test]
fn each_word_needs_its_own_grant() {
    let night_officer = || "night".to_owned();
    refused(
        sent(&MatterEvent::Approval(night().sign(Approval { officer: night_officer(), ..approval() }))),
        "not_authorised",
    );
    refused(
        sent(&MatterEvent::Recall(night().sign(Recall { officer: night_officer(), ..recall() }))),
        "not_authorised",
    );
    let word = Reconsideration { officer: night_officer(), ..reconsideration() };
    refused(sent(&MatterEvent::Reconsideration(night().sign(word))), "not_authorised");
    refused(said(&night().sign(LegalHold { officer: night_officer(), ..hold() })), "not_authorised");
}

/// Sabotage: pass on whatever event decodes.
#[test]
fn what_only_services_write_is_no_word() {
    refused(sent(&MatterEvent::Regrouping(Regrouping::default())), "not_a_word");
    let partner = Approval { partner: "jane doe".into(), ..approval() };
    refused(sent(&MatterEvent::Approval(desk().sign(partner))), "partner_not_an_id");
}

fn delivery() -> DeliveryReference {
    DeliveryReference {
        lead: LeadId([1; 16]),
        matter: MatterId([3; 16]),
        domain: MessageStatus::Actual,
        revision: 4,
    }
}

fn says(partner: &str, text: &str) -> Record {
    let source = Source::new(topic::feedback(partner), 0);
    Record { source, ..record(Some(text.as_bytes().to_vec())) }
}

#[test]
fn an_answer_says_of_which_delivery_it_is() {
    let reference = keys().seal("alpha", &delivery());
    for answer in Answer::ALL {
        let text = format!(
            r#"{{"reference":"{reference}","answer":"{}","reason":"policy-7","at":"2026-03-01T00:00:01Z"}}"#,
            answer.symbol()
        );
        let output = passes(says("alpha", &text));
        let MatterEvent::Feedback(said) = wire::decode(output.value.as_deref().unwrap()).unwrap() else {
            panic!("no answer")
        };
        assert_eq!((said.lead_id, said.revision, said.answer), (LeadId([1; 16]), 4, *answer));
        assert_eq!((said.partner.as_str(), said.reason.as_deref()), ("alpha", Some("policy-7")));
        assert_eq!(said.at, Micros(NOW + 1_000_000));
    }
}

/// Sabotage: open references without the partner whose topic it is.
#[test]
fn nobody_answers_for_another() {
    let answer = |word: &str| says("alpha", &format!(r#"{{"reference":"{word}","answer":"RECEIVED"}}"#));
    refused(answer(&keys().seal("bravo", &delivery())), "foreign_reference");
    refused(answer("01ab"), "no_reference");
    let own = keys().seal("alpha", &delivery());
    refused(answer(&format!("02{}", &own[2..])), "unknown_key");
    for text in
        ["", "[]", "{}", r#"{"reference":"x","answer":"MAYBE"}"#, r#"{"reference":1,"answer":"RECEIVED"}"#]
    {
        refused(says("alpha", text), if text.is_empty() { "empty_value" } else { "not_an_answer" });
    }
    let unclear = format!(r#"{{"reference":"{own}","answer":"RECEIVED","reason":"Jane Doe"}}"#);
    refused(says("alpha", &unclear), "reason_not_a_code");
    // A word of an officer on a partner's topic is no answer.
    let word = wire::encode(&MatterEvent::Recall(desk().sign(recall()))).unwrap();
    refused(Record { value: Some(word), ..says("alpha", "") }, "not_an_answer");
}
