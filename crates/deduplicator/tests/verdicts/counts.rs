//! Counts, records and state: what surrounds the verdict.

use lead::matter::KeyKind;
use lead::{Lead, MatterEvent, Verdict, wire};
use pipeline::{Changes, Counter, Header, Limits, Order};

use crate::example::{SHIPPED, Says, cancel, deduplicator, hot_at, report, shipped_but};
use crate::run::Run;

#[test]
fn every_lead_has_one_verdict_on_the_matters_topic_in_order_with_its_headers() {
    let mut run = Run::default();
    let leads =
        [report(1, 5).phone(1), report(1, 5).phone(1), report(2, 6).phone(1), cancel(1, 7), cancel(1, 3)];
    let records: Vec<_> = leads.iter().map(|l| run.record(Some(wire::encode(l).unwrap()))).collect();
    let mut outputs = run.records(deduplicator(SHIPPED), &records);
    outputs.retain(|output| output.topic.as_str() != "leads.review.v1");
    assert_eq!(outputs.len(), leads.len());
    for ((output, record), lead) in outputs.iter().zip(&records).zip(&leads) {
        assert_eq!(output.topic.as_str(), "leads.matters.v1");
        let event: MatterEvent = wire::decode(output.value.as_deref().unwrap()).unwrap();
        assert_eq!(output.key.as_deref().unwrap(), event.matter_id().to_string().as_bytes());
        let MatterEvent::AssessedLead(assessed) = event else { panic!("not a lead") };
        assert!(assessed.lead == *lead, "the lead itself is passed on unchanged");
        assert_eq!(assessed.assessed_at.0, 1_700_000_000_000_000);
        assert_eq!(output.headers.get("traceparent"), record.headers.get("traceparent"));
        assert_eq!(output.headers.text(Order::HEADER), Some(lead.order.as_str()));
    }
}

#[test]
fn headers_that_came_are_not_written_twice() {
    let mut run = Run::default();
    let mut record = run.record(Some(wire::encode(&report(1, 5)).unwrap()));
    record.headers.push(Order::HEADER, "5-0-0");
    let outputs = run.records(deduplicator(SHIPPED), std::slice::from_ref(&record));
    assert_eq!(outputs[0].headers, record.headers);
}

#[test]
fn what_does_not_decode_is_a_dead_letter_and_the_batch_goes_on() {
    let good = wire::encode(&report(1, 5)).unwrap();
    let no_order = Lead { order: "yesterday".into(), ..report(2, 5) };
    let mut run = Run::default();
    let values = [
        None,
        Some(Vec::new()),
        Some(b"{}".to_vec()),
        Some(good[..good.len() - 1].to_vec()),
        Some(wire::encode(&no_order).unwrap()),
        Some(good),
    ];
    let records: Vec<_> = values.into_iter().map(|value| run.record(value)).collect();
    let outputs = run.records(deduplicator(SHIPPED), &records);
    for (output, record) in outputs.iter().zip(&records).take(5) {
        assert_eq!(output.topic.as_str(), "leads.dead-letter.deduplicator.v1");
        assert_eq!(output.value, record.value, "byte for byte");
        assert_eq!(output.headers.text(Header::REASON), Some("undecodable"));
        let message = output.headers.text(Header::MESSAGE).unwrap();
        assert!(!message.contains("yesterday"), "{message}");
    }
    assert_eq!(outputs[5].topic.as_str(), "leads.matters.v1");
    let totals = run.transport.totals();
    for (counter, n) in [
        (Counter::Messages, 6),
        (Counter::Entries, 6),
        (Counter::DeadLetters, 5),
        (Counter::Leads, 1),
        (Counter::Verdicts, 1),
    ] {
        assert_eq!(totals.get(counter), n, "{counter:?}");
    }
}

#[test]
fn a_hot_value_counts_who_holds_it_and_names_the_number() {
    let config = &hot_at(6);
    let mut run = Run::default();
    let six: Vec<_> = (1..=6).map(|id| report(id, 1).phone(1)).collect();
    run.batch(deduplicator(config), &six);
    let before = run.store.pairs();
    let seen = |run: &mut Run, id| {
        let assessed = run.batch(deduplicator(config), &[report(id, 3).phone(1), cancel(id, 4)]);
        assert!(matches!(assessed[0].verdict, Verdict::New | Verdict::Review));
        let of_phones = assessed[0].hot.iter().filter(|hot| hot.kind == KeyKind::Phone);
        of_phones.map(|hot| hot.seen).collect::<Vec<_>>()
    };
    assert_eq!(seen(&mut run, 10), [6]);
    let after: Vec<_> = run.store.pairs().into_iter().filter(|(k, _)| k[2..] != [10; 16]).collect();
    assert!(before == after, "the Cancel took it out of the count");
    run.batch(deduplicator(config), &[report(11, 5).phone(1)]);
    assert_eq!(seen(&mut run, 12), [7]);
}

#[test]
fn links_and_evidence_are_bounded() {
    let config = &shipped_but(&[("links = 16", "links = 3"), ("evidence = 128", "evidence = 4")]);
    let mut leads: Vec<_> = (1..=9).map(|n| report(n, 1).phone(n.into()).phone(50).number(1)).collect();
    leads.push((1..=9).fold(report(20, 2).phone(50).number(1), Says::phone));
    let assessed = Run::default().batch(deduplicator(config), &leads).pop().unwrap();
    assert_eq!((assessed.links.len(), assessed.evidence.len()), (3, 4));
    assert_eq!(assessed.links[0].lead_id, leads[0].lead_id, "of equals the first");
}

/// Bytes that one transaction adds to the changelog, without what the broker puts around them.
fn bytes(changes: &Changes) -> usize {
    let runtime = |key: &[u8]| key[0] == 0;
    changes.iter().filter(|(k, _)| !runtime(k)).map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum()
}

#[test]
fn replays_cancels_and_hot_keys_cost_the_changelog_little() {
    let large = (0..300).fold(report(1, 1).phone(1), Says::fact);
    let mut run = Run::default();
    let mut cost = |lead: Lead| {
        run.batch(deduplicator(SHIPPED), &[lead]);
        bytes(run.transport.changes.last().unwrap())
    };
    assert!(cost(large.clone()) > 8 * 300);
    assert!(cost(Lead { order: "2-0-0".into(), ..large.clone() }) < 120, "a replay notes its order");
    assert_eq!(cost(large), 0, "what is stale changes nothing");
    assert!(cost(cancel(1, 3)) < 180);
    let mut last = 0;
    for id in 10..=70 {
        last = cost(report(id, 1).phone(9));
    }
    assert!(last < 400, "a value that many hold costs no more than one that few hold, {last}");
    assert!(Limits::default().batch_records > 60);
}
