//! What is refused, with which reason, and that nothing of it is lost.

use gate::{OfficerKey, Officers};
use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::value::Micros;
use lead::{Lead, LeadId, topic, wire};
use pipeline::{Header, Order, Output, Record, Timestamp};

use crate::example::{HOUR, NOW, desk, file, gate, night, said, suspended};
use crate::run::{bytes, record, run_one};

fn reason(output: &Output) -> Option<&str> {
    output.headers.text(Header::REASON)
}

/// Holds that the record is a dead letter with this reason, bytes and key as they came.
#[track_caller]
fn check(sent: Record, expected: &str) {
    let output = run_one(gate(), sent.clone());
    assert_eq!(output.topic.as_str(), topic::dead_letter("gate"), "{expected}");
    assert_eq!(reason(&output), Some(expected));
    assert_eq!((output.key, output.value), (sent.key, sent.value), "PL-8: {expected}");
    let message = output.headers.text(Header::MESSAGE).unwrap().to_owned();
    for private in ["jane", "desk", &LeadId([1; 16]).to_string()] {
        assert!(!message.contains(private), "PL-15: {message}");
    }
}

#[track_caller]
fn check_signed(key: &OfficerKey, decision: MatchDecision, expected: &str) {
    check(record(Some(bytes(&key.sign(decision)))), expected);
}

/// PL-8: bytes that are no decision never stop the gate.
#[test]
fn what_is_no_decision_is_kept_as_it_came() {
    check(record(None), "empty_value");
    check(record(Some(Vec::new())), "empty_value");
    check(record(Some(b"jane doe".to_vec())), "undecodable");
    let good = bytes(&desk().sign(said(Judgement::Same, 1, 2)));
    check(record(Some(good[..good.len() - 1].to_vec())), "undecodable");
    check(record(Some([good.as_slice(), b"x"].concat())), "undecodable");
    check(record(Some(wire::encode(&Lead::default()).unwrap())), "undecodable");
    check(record(Some(vec![0; 5_000])), "too_large");
}

/// Each rule by itself, on a decision that is signed as it stands.
///
/// Sabotage: any one line of `examine` taken out.
#[test]
fn what_cannot_be_said() {
    let same = || said(Judgement::Same, 1, 2);
    check_signed(&desk(), said(Judgement::Same, 1, 1), "same_lead");
    check_signed(&desk(), MatchDecision { domain: MessageStatus::System, ..same() }, "no_domain");
    let long = "a".repeat(65);
    for text in ["", "jane doe", "Same", "a\nb", "é", long.as_str()] {
        check_signed(&desk(), MatchDecision { reason: text.into(), ..same() }, "reason_not_a_code");
    }
    let ahead = Micros(NOW + 5 * 60 * 1_000_000 + 1);
    check_signed(&desk(), MatchDecision { at: ahead, ..same() }, "in_the_future");
    check_signed(&desk(), MatchDecision { at: Micros(i64::MAX), ..same() }, "in_the_future");
}

/// Nobody, somebody suspended, and a key out of its time.
///
/// Sabotage: look at `at` only and not at the arrival: who holds a key that is over then decides with a date of its time.
#[test]
fn who_may_not_say_it() {
    let by = |officer: &str| MatchDecision { officer: officer.into(), ..said(Judgement::Same, 1, 2) };
    for nobody in ["", "nobody", "jane doe", "DESK", "desk\n"] {
        check_signed(&desk(), by(nobody), "unknown_officer");
    }
    check_signed(&suspended(), by("suspended"), "not_authorised");
    // 2026-01-01 is 59 days before.
    let early = Micros(NOW - 59 * 24 * HOUR - 1);
    check_signed(&desk(), MatchDecision { at: early, ..by("desk") }, "not_yet_valid");

    // 2027-01-01 is 306 days later.
    let over = NOW + 306 * 24 * HOUR;
    let arriving = |at: i64, arrived: i64| {
        let decision = desk().sign(MatchDecision { at: Micros(at), ..by("desk") });
        Record { timestamp: Timestamp(arrived / 1_000), ..record(Some(bytes(&decision))) }
    };
    let last = over - 1_000;
    assert_eq!(reason(&run_one(gate(), arriving(last, last))), None, "the last moment");
    check(arriving(over, over), "expired");
    check(arriving(over, last), "expired");
    check(arriving(NOW, over), "expired");
}

/// A signature is over every field: none can be another, and two leads cannot be two others.
///
/// Sabotage: leave a field out of `MatchDecision::signed`. (Without the officer a decision still fails under another officer: the key is the officer's.)
#[test]
fn a_signature_holds_for_what_was_signed_and_nothing_else() {
    let signed = desk().sign(said(Judgement::Same, 1, 2));
    let change = |change: fn(&mut MatchDecision)| {
        let mut changed = signed.clone();
        change(&mut changed);
        record(Some(bytes(&changed)))
    };
    check(change(|d| d.judgement = Judgement::Different), "bad_signature");
    check(change(|d| d.domain = MessageStatus::Exercise), "bad_signature");
    check(change(|d| d.first = LeadId([9; 16])), "bad_signature");
    check(change(|d| d.second = LeadId([9; 16])), "bad_signature");
    check(change(|d| std::mem::swap(&mut d.first, &mut d.second)), "bad_signature");
    check(change(|d| d.reason = "other".into()), "bad_signature");
    check(change(|d| d.officer = "night".into()), "bad_signature");
    check(change(|d| d.at = Micros(NOW + 1)), "bad_signature");
}

/// Sabotage: take any signature that is well-formed.
#[test]
fn a_signature_is_the_officers_own() {
    check_signed(&night(), said(Judgement::Same, 1, 2), "bad_signature");
    let signed = desk().sign(said(Judgement::Same, 1, 2));
    let with = |signature: String| record(Some(bytes(&MatchDecision { signature, ..signed.clone() })));
    check(with(String::new()), "bad_signature");
    check(with("0".repeat(128)), "bad_signature");
    check(with(signed.signature[..126].to_owned()), "bad_signature");
    check(with(format!("{}00", signed.signature)), "bad_signature");
}

/// A key of small order verifies signatures that nobody made: it is refused where it is configured, and `verify_strict`
/// refuses its signatures too.
#[test]
fn a_key_under_which_anything_is_signed_is_no_key() {
    let weak = format!("key = \"01{}\"\nmay = [\"match\"]", "00".repeat(31));
    let error = Officers::parse(&[("desk", weak)]).unwrap_err().to_string();
    assert!(error.contains("`key` must be an Ed25519 public key"), "{error}");
}

/// What a sender claims of order and place is taken off the dead letter, so that no redrive makes it authentic.
///
/// Sabotage: make the dead letter of the record as it is.
#[test]
fn a_dead_letter_has_the_order_of_its_arrival() {
    let mut sent = record(Some(b"x".to_vec()));
    for (name, value) in
        [(Order::HEADER, "0-0-0"), (Header::REDRIVE, "r"), (Header::ENTRY, "7"), ("trace", "t")]
    {
        sent.headers.push(name, value);
    }
    let output = run_one(gate(), sent.clone());
    assert_eq!(output.headers.text(Order::HEADER), Some(Order::of(&sent, 0).to_string().as_str()));
    assert_eq!(output.headers.get(Header::REDRIVE), None);
    assert_eq!(output.headers.get(Header::ENTRY), None);
    assert_eq!(output.headers.text("trace"), Some("t"));
}

/// What was refused because nobody knew the officer passes once its file is there, by a redrive of the same bytes.
#[test]
fn a_refusal_is_not_for_ever() {
    let sent = record(Some(bytes(&desk().sign(said(Judgement::Same, 1, 2)))));
    let nobody = crate::example::with(Officers::default());
    assert_eq!(reason(&run_one(nobody, sent.clone())), Some("unknown_officer"));
    let somebody = Officers::parse(&[("desk", file(&desk(), "may = [\"match\"]"))]).unwrap();
    assert_eq!(reason(&run_one(crate::example::with(somebody), sent)), None);
}
