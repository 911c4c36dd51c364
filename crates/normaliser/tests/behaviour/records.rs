//! Records in, records out: keys, headers, counts, dead letters and redrive, through the runtime.

use std::sync::Arc;

use lead::record::Lead;
use lead::wire;
use normaliser::{REASONS, ReasonCode, Source, redrive};
use pipeline::{Accounting, Counter, Header, Limits, Order, Output, Partition, Record, Timestamp};

use crate::support::{NOW, keys, plain_source, record, run, source};

const LIST: &str = "format = \"json\"\n[message]\nentries = \"batch.calls\"\n[report_number]\nfrom = \"entry\"\npath = \"n\"\n";
const CALLS: &str = "if .ack == true { . = { \"not_a_lead\": \"ack\" } } else { . = { \"content\": { \"narrative\": string!(.story) } } }";

fn calls() -> Arc<Source> {
    source("harbour", LIST, Some(CALLS))
}

fn committed(source: &Arc<Source>, records: &[Record]) -> (Vec<Output>, Vec<Output>, Accounting) {
    let committed = run(source, records, Limits::default());
    let (leads, dead) =
        committed.outputs.into_iter().partition(|o| o.topic.as_str() == "leads.normalised.v1");
    let totals = committed.totals;
    let of = |counter| totals.get(counter);
    assert_eq!(
        of(Counter::Entries),
        of(Counter::Leads) + of(Counter::NotALead) + of(Counter::DeadLetters),
        "every entry is accounted for"
    );
    (leads, dead, totals)
}

fn lead(output: &Output) -> Lead {
    wire::decode(output.value.as_ref().unwrap()).unwrap()
}

#[test]
fn a_lead_has_its_id_as_key_and_says_where_it_comes_from() {
    let source = plain_source("format = \"json\"\n[report_number]\nfrom = \"submission\"\n");
    let mut inbound = record(&source, br#"{"report_number": "H-1", "content": {"narrative": "told"}}"#);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    inbound.headers.push("traceparent", trace);
    inbound.headers.push("somebody", "Jane Doe");
    let (leads, dead, totals) = committed(&source, &[inbound]);
    assert!(dead.is_empty());
    assert_eq!((totals.get(Counter::Messages), totals.get(Counter::Entries)), (1, 1));
    let [output] = leads.as_slice() else { panic!("one lead") };
    let lead = lead(output);
    assert_eq!(output.key.as_deref(), Some(lead.lead_id.to_string().as_bytes()));
    assert_eq!(output.partition, Some(Partition(0)));
    let order = format!("{}-7-0", NOW.0);
    let id = format!("{}/{order}", lead.lead_id);
    for (name, value) in [
        ("leadshare-order", order.as_str()),
        ("ce_specversion", "1.0"),
        ("ce_type", "leadshare.lead.v1"),
        ("ce_source", "harbour"),
        ("ce_id", &id),
        ("content-type", "avro/binary"),
        ("traceparent", trace),
    ] {
        assert_eq!(output.headers.text(name), Some(value), "{name}");
    }
    assert_eq!(output.headers.0.len(), 7, "nothing else of the sender's");
    assert_eq!(lead.order, order);
    assert_eq!(lead.lead_id, keys().lead_id("harbour", Some("H-1"), &lead.content_hash));
    assert_eq!(
        (lead.raw.topic.as_str(), lead.raw.offset, lead.raw.bytes),
        ("leads.inbound.harbour.v1", 7, 58)
    );
    assert_eq!(lead.mapping, source.version());
}

#[test]
fn exercises_and_tests_go_to_partitions_of_their_own() {
    let source = plain_source("format = \"json\"\n");
    for (status, partition) in [("ACTUAL", 0), ("EXERCISE", 1), ("TEST", 2)] {
        let entry = format!(r#"{{"message_status": "{status}", "content": {{"narrative": "x"}}}}"#);
        let (leads, ..) = committed(&source, &[record(&source, entry.as_bytes())]);
        assert_eq!(leads[0].partition, Some(Partition(partition)), "{status}");
    }
}

#[test]
fn what_is_between_systems_is_counted_and_is_no_lead() {
    let source = plain_source("format = \"json\"\n");
    for entry in [
        r#"{"message_kind": "ACK"}"#,
        r#"{"message_kind": "ERROR", "content": {"narrative": "x"}}"#,
        r#"{"message_kind": "REQUEST"}"#,
        r#"{"message_kind": "RESPONSE"}"#,
        r#"{"message_status": "SYSTEM", "content": {"narrative": "x"}}"#,
        r#"{"not_a_lead": "heartbeat"}"#,
    ] {
        let (leads, dead, totals) = committed(&source, &[record(&source, entry.as_bytes())]);
        assert!(leads.is_empty() && dead.is_empty(), "{entry}");
        assert_eq!(totals.get(Counter::NotALead), 1, "{entry}");
    }
}

#[test]
fn one_bad_entry_does_not_stop_the_good_ones() {
    let source = calls();
    let value = br#"{"batch": {"calls": [
        {"n": 1, "story": "one"}, {"n": 2, "story": 2}, {"ack": true}, 4, {"n": 5, "story": "five"}
    ], "sent": "x"}}"#;
    let (leads, dead, totals) = committed(&source, &[record(&source, value)]);
    assert_eq!(totals.get(Counter::Messages), 1);
    assert_eq!(totals.get(Counter::Entries), 5);
    assert_eq!(totals.get(Counter::NotALead), 1);
    let orders: Vec<_> = leads.iter().map(|o| o.headers.text(Order::HEADER).unwrap().to_owned()).collect();
    assert_eq!(orders, [format!("{}-7-0", NOW.0), format!("{}-7-4", NOW.0)]);
    let shown: Vec<_> = dead
        .iter()
        .map(|o| {
            let header = |name| o.headers.text(name).unwrap().to_owned();
            let value = String::from_utf8(o.value.clone().unwrap()).unwrap();
            (header(Header::REASON), header(Header::ENTRY), header(Order::HEADER), value)
        })
        .collect();
    let expected = [
        ("mapping_failed", "1", format!("{}-7-1", NOW.0), r#"{"batch":{"calls":[{"n":2,"story":2}]}}"#),
        ("not_an_object", "3", format!("{}-7-3", NOW.0), r#"{"batch":{"calls":[4]}}"#),
    ]
    .map(|(reason, entry, order, value)| (reason.to_owned(), entry.to_owned(), order, value.to_owned()));
    assert_eq!(shown, expected);
}

#[test]
fn a_list_without_entries_is_accounted_for() {
    let source = calls();
    let (leads, dead, totals) = committed(&source, &[record(&source, br#"{"batch": {"calls": []}}"#)]);
    assert!(leads.is_empty() && dead.is_empty());
    assert_eq!((totals.get(Counter::Entries), totals.get(Counter::NotALead)), (1, 1));
    let (_, dead, _) = committed(&source, &[record(&source, br#"{"batch": {"calls": {}}}"#)]);
    assert_eq!(dead[0].headers.text(Header::REASON), Some("entries_missing"));
}

#[test]
fn a_bad_message_is_a_dead_letter_byte_for_byte() {
    let source = calls();
    let mut inbound = record(&source, b"{\"batch\": ");
    inbound.key = Some(b"key".to_vec());
    inbound.headers.push("theirs", "value");
    let (leads, dead, totals) = committed(&source, &[inbound.clone()]);
    assert!(leads.is_empty());
    assert_eq!((totals.get(Counter::Entries), totals.get(Counter::DeadLetters)), (1, 1));
    let [letter] = dead.as_slice() else { panic!("one dead letter") };
    assert_eq!((&letter.value, &letter.key), (&inbound.value, &inbound.key));
    for (name, value) in [
        ("theirs", "value"),
        (Header::TOPIC, "leads.inbound.harbour.v1"),
        (Header::OFFSET, "7"),
        (Header::STAGE, "decode"),
        (Header::REASON, "truncated"),
        (Order::HEADER, &format!("{}-7-0", NOW.0)),
    ] {
        assert_eq!(letter.headers.text(name), Some(value), "{name}");
    }
    assert_eq!(letter.headers.text(Header::ENTRY), None);
}

#[test]
fn a_redriven_entry_keeps_its_order_and_an_agency_cannot_bring_one() {
    let source = calls();
    let value = br#"{"batch": {"calls": [{"n": 1, "story": "one"}, {"n": 2, "story": 2}]}}"#;
    // An agency that writes our headers gets nothing for it: neither now nor after a redrive.
    let mut forged = record(&source, value);
    forged.headers.push(Order::HEADER, "9999999999999-0-0");
    let (_, dead, _) = committed(&source, &[forged]);
    let order: Order = dead[0].headers.text(Order::HEADER).unwrap().parse().unwrap();
    assert_eq!(order.to_string(), format!("{}-7-1", NOW.0));

    // The same entry, mended by a new mapping and redriven much later.
    let mended = source_with_numbers();
    let mut redriven = record(&mended, dead[0].value.as_ref().unwrap());
    redriven.timestamp = Timestamp(NOW.0 + 86_400_000);
    redriven.offset = pipeline::Offset(99);
    redriven.headers = dead[0].headers.clone();
    redriven
        .headers
        .push(redrive::HEADER, redrive::header_value(&keys(), order, redriven.value.as_ref().unwrap()));
    let (leads, dead, _) = committed(&mended, &[redriven.clone()]);
    assert!(dead.is_empty());
    assert_eq!(leads[0].headers.text(Order::HEADER), Some(order.to_string().as_str()));
    assert_eq!(lead(&leads[0]).order, order.to_string());

    // Still bad: the dead letter names the first order again, so that any number of redrives keeps it.
    let again = Record { source: record(&source, b"").source, ..redriven.clone() };
    let (_, dead, _) = committed(&source, &[again]);
    assert_eq!(dead[0].headers.text(Order::HEADER), Some(order.to_string().as_str()));

    // Other bytes, or a header of another site.
    let mut other = redriven.clone();
    other.value.as_mut().unwrap().push(b' ');
    let (leads, dead, _) = committed(&mended, &[other]);
    assert!(leads.is_empty());
    assert_eq!(dead[0].headers.text(Header::REASON), Some("redrive_not_authentic"));
    assert_eq!(dead[0].headers.text(redrive::HEADER), None);
}

fn source_with_numbers() -> Arc<Source> {
    let mapping = ". = { \"content\": { \"narrative\": to_string!(.story) } }";
    source("harbour", LIST, Some(mapping))
}

#[test]
fn the_report_number_stands_where_the_source_says() {
    let value = br#"{"report_number": "in-submission", "a": {"n": 17}, "content": {"narrative": "x"}}"#;
    let mapping = ". = { \"report_number\": .report_number, \"content\": .content }";
    for (from, number) in [
        ("from = \"entry\"\npath = \"a.n\"", Some("17")),
        ("from = \"entry\"\npath = \"a.missing\"", None),
        ("from = \"key\"", Some("the-key")),
        ("from = \"header\"\nname = \"n\"", Some("in-header")),
        ("from = \"submission\"", Some("in-submission")),
        ("from = \"none\"", None),
    ] {
        let source =
            source("harbour", &format!("format = \"json\"\n[report_number]\n{from}\n"), Some(mapping));
        let mut inbound = record(&source, value);
        inbound.key = Some(b" the-key ".to_vec());
        inbound.headers.push("n", "in-header");
        let (leads, ..) = committed(&source, &[inbound]);
        let lead = lead(&leads[0]);
        assert_eq!(lead.report_number.as_deref(), number, "{from}");
        let without = keys().lead_id("harbour", None, &lead.content_hash);
        assert_eq!(lead.lead_id == without, number.is_none(), "{from}");
    }
    let source = source("harbour", "format = \"json\"\n[report_number]\nfrom = \"key\"\n", Some(mapping));
    let mut inbound = record(&source, value);
    inbound.key = Some(vec![0xff]);
    let (_, dead, _) = committed(&source, &[inbound]);
    assert_eq!(dead[0].headers.text(Header::REASON), Some("report_number_unreadable"));
}

#[test]
fn a_volatile_path_makes_no_new_version_and_a_new_mapping_neither() {
    let toml = "format = \"json\"\n[message]\nvolatile = [\"exported\"]\n";
    let hash = |source: &Arc<Source>, value: &str| {
        let (leads, ..) = committed(source, &[record(source, value.as_bytes())]);
        lead(&leads[0]).content_hash
    };
    let first = source("harbour", toml, Some(". = { \"content\": { \"narrative\": .story } }"));
    let second = source(
        "harbour",
        toml,
        Some(". = { \"content\": { \"narrative\": .story, \"category_text\": [\"x\"] } }"),
    );
    let base = hash(&first, r#"{"story": "x", "exported": 1}"#);
    assert_eq!(base, hash(&first, r#"{"exported": 2, "story": "x"}"#));
    assert_eq!(base, hash(&second, r#"{"story": "x"}"#));
    assert_ne!(base, hash(&first, r#"{"story": "y"}"#));
}

#[test]
fn what_a_mapping_never_reads_is_kept_where_the_source_says_so() {
    let mapping = ". = { \"report_number\": .no, \"content\": { \"narrative\": .story } }";
    let value = br#"{"no": 1, "story": "x", "more": {"shoe": 43, "hats": ["a", "", "b"], "none": null, "password": "p"}}"#;
    let other = |toml: &str| {
        let source = source("harbour", toml, Some(mapping));
        let (leads, ..) = committed(&source, &[record(&source, value)]);
        lead(&leads[0]).content
    };
    assert_eq!(other("format = \"json\"\n").other, []);
    let kept = other("format = \"json\"\n[message]\nkeep_unread = true\n");
    let names: Vec<_> = kept.other.iter().map(|text| (text.name.as_str(), text.text.expose())).collect();
    assert_eq!(names, [("more.hats", "a"), ("more.hats", "b"), ("more.shoe", "43")]);
    assert_eq!(kept.withheld_secrets, ["other"]);
}

#[test]
fn what_is_too_large_goes_whole() {
    let toml = format!("{LIST}[limits]\nbytes = 400\nheader_bytes = 100\n");
    let small = source("harbour", &toml, Some(CALLS));
    let reason = |record: Record| {
        let (leads, dead, _) = committed(&small, std::slice::from_ref(&record));
        assert!(leads.is_empty());
        assert_eq!(dead.len(), 1);
        assert_eq!(dead[0].value, record.value);
        dead[0].headers.text(Header::REASON).unwrap().to_owned()
    };
    assert_eq!(reason(record(&small, &[b'x'; 401])), "too_large");
    let mut inbound = record(&small, b"{}");
    inbound.headers.push("x", vec![b'x'; 101]);
    assert_eq!(reason(inbound), "headers_too_large");
    // Dead letters of ten entries would repeat ninety bytes of headers each.
    let mut inbound = record(&small, format!("{{\"batch\":{{\"calls\":[{}1]}}}}", "1,".repeat(9)).as_bytes());
    inbound.headers.push("x", vec![b'x'; 90]);
    assert_eq!(reason(inbound), "too_many_bad_entries");
    assert_eq!(reason(Record { value: None, ..record(&small, b"") }), "empty_value");

    let source = calls();
    let value = format!(r#"{{"batch": {{"calls": [{{"story": "{}"}}]}}}}"#, "x".repeat(5_000));
    let limits = Limits { record_bytes: 4_000, ..Limits::default() };
    let committed = run(&source, &[record(&source, value.as_bytes())], limits);
    assert_eq!(committed.outputs[0].headers.text(Header::REASON), Some("lead_too_large"));
}

#[test]
fn reason_codes_are_a_closed_list() {
    assert_eq!(REASONS.len(), ReasonCode::ALL.len());
    let mut codes: Vec<_> = REASONS.iter().map(|(code, ..)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), REASONS.len());
    for (code, stage, meaning) in REASONS {
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{code}");
        assert!(["decode", "map", "validate"].contains(stage) && !meaning.is_empty(), "{code}");
    }
}
