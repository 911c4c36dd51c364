//! What is let in, and as what.

use lead::LeadId;
use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::topic::NORMALISED;
use lead::value::Micros;
use pipeline::{Header, Order, Partition};

use crate::example::{HOUR, NOW, desk, gate, night, said};
use crate::run::{bytes, record, run, run_one};

/// The deduplicator trusts what stands on leads.normalised.v1, and a later proof needs what was signed: byte for byte what
/// the officer sent, keyed and placed as the leads of its domain are.
///
/// Sabotage: encode the decoded decision anew with another `reason`, or leave the partition to the key.
#[test]
fn what_passes_is_what_came() {
    for (domain, partition) in
        [(MessageStatus::Actual, 0), (MessageStatus::Exercise, 1), (MessageStatus::Test, 2)]
    {
        for judgement in Judgement::ALL {
            let decision = desk().sign(MatchDecision { domain, ..said(*judgement, 7, 8) });
            let output = run_one(gate(), record(Some(bytes(&decision))));
            assert_eq!(output.topic.as_str(), NORMALISED);
            assert_eq!(output.partition, Some(Partition(partition)));
            assert_eq!(output.key, Some(LeadId([7; 16]).to_string().into_bytes()));
            assert_eq!(output.value, Some(bytes(&decision)));
            assert_eq!(output.headers.text("ce_type"), Some("leadshare.match-decision.v1"));
        }
    }
}

/// Whoever may write to leads.officers.v1 could bring an order, a redrive or a name in a header: none of it goes on (PL-15).
///
/// Sabotage: pass the record's headers on.
#[test]
fn no_header_of_the_sender_goes_on_but_a_trace() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut sent = record(Some(bytes(&desk().sign(said(Judgement::Same, 1, 2)))));
    for (name, value) in [
        (Order::HEADER, "0-0-0"),
        (Header::REDRIVE, "0-0-0;x"),
        ("ce_type", "leadshare.lead.v1"),
        ("who", "jane doe"),
        ("traceparent", trace),
    ] {
        sent.headers.push(name, value);
    }
    let output = run_one(gate(), sent.clone());
    assert_eq!(output.headers.text(Order::HEADER), Some(Order::of(&sent, 0).to_string().as_str()));
    assert_eq!(output.headers.text("traceparent"), Some(trace));
    assert_eq!(output.headers.get(Header::REDRIVE), None);
    assert_eq!(output.headers.get("who"), None);
    let types = output.headers.0.iter().filter(|(name, _)| name == "ce_type").count();
    assert_eq!(types, 1);

    sent.headers.push("traceparent", "jane doe");
    assert_eq!(run_one(gate(), sent).headers.get("traceparent"), None);
}

/// A decision that comes twice, by a retry or a redrive, passes twice: whether a word is later is the deduplicator's
/// question, and the gate needs no state to answer it.
#[test]
fn the_gate_remembers_nothing() {
    let once = record(Some(bytes(&desk().sign(said(Judgement::Different, 1, 2)))));
    let committed = run(gate(), &[once.clone(), once]);
    assert_eq!(committed.tally("DIFFERENT"), 2);
    assert_eq!(committed.outputs[0].value, committed.outputs[1].value);
}

/// Clocks differ by minutes; a decision that waited for its broker may be old.
#[test]
fn a_clock_may_be_a_little_ahead_and_a_decision_may_be_late() {
    for at in [NOW + 5 * 60 * 1_000_000, NOW - 30 * 24 * HOUR, i64::MIN] {
        let decision =
            MatchDecision { at: Micros(at), officer: "night".into(), ..said(Judgement::Same, 1, 2) };
        let output = run_one(gate(), record(Some(bytes(&night().sign(decision)))));
        assert_eq!(output.topic.as_str(), NORMALISED, "{at}");
    }
}

/// PL-7: good and bad in one batch, each counted as what it was.
///
/// Sabotage: do not count `NotALead`, or tally every decision as SAME.
#[test]
fn each_record_is_counted_once() {
    let say = |judgement| record(Some(bytes(&desk().sign(said(judgement, 1, 2)))));
    let forged = record(Some(bytes(&night().sign(said(Judgement::Same, 1, 2)))));
    let records =
        [say(Judgement::Same), forged, record(None), say(Judgement::Different), say(Judgement::Same)];
    let committed = run(gate(), &records);
    assert_eq!(["SAME", "DIFFERENT", "dead_letter"].map(|outcome| committed.tally(outcome)), [2, 1, 2]);
}
