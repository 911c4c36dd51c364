//! Sources that send single reports and batches: the same report is the same lead, however it came.

use std::sync::Arc;

use normaliser::{Outcome, Source};
use pipeline::{Header, Limits};

use crate::support::{outcomes, record, run, source};

const MAPPING: &str = r#"call = .call
if is_null(call) { abort }
. = { "report_number": call.n, "content": { "narrative": string!(call.story) } }"#;

fn calls(format: &str) -> Arc<Source> {
    let toml = format!("format = \"{format}\"\n[message]\nentries = \"calls.call\"\nor_single = true\n");
    let xml = if format == "xml" { "[xml]\nrepeats = true\n" } else { "" };
    source("harbour", &format!("{toml}{xml}"), Some(MAPPING))
}

/// The numbers of the leads in a message, with what makes them one lead.
fn leads(source: &Arc<Source>, value: &str) -> Vec<(String, String)> {
    let leads = outcomes(source, value.as_bytes()).into_iter().map(|outcome| match outcome {
        Outcome::Lead(lead) => (lead.lead_id.to_string(), lead.content_hash.to_string()),
        other => panic!("{other:?}"),
    });
    leads.collect()
}

#[test]
fn a_report_is_one_lead_alone_and_in_a_batch() {
    for (format, alone, batches) in [
        (
            "json",
            r#"{"call": {"n": "1", "story": "one"}}"#,
            [
                r#"{"calls": {"call": [{"n": "1", "story": "one"}, {"n": "2", "story": "two"}]}}"#,
                r#"{"calls": {"call": {"n": "1", "story": "one"}}}"#,
            ],
        ),
        (
            "xml",
            "<call><n>1</n><story>one</story></call>",
            [
                "<calls><call><n>1</n><story>one</story></call><call><n>2</n><story>two</story></call></calls>",
                "<calls><call><n>1</n><story>one</story></call></calls>",
            ],
        ),
    ] {
        let source = calls(format);
        let one = leads(&source, alone);
        assert_eq!(one.len(), 1);
        let [two, batch_of_one] = batches.map(|batch| leads(&source, batch));
        assert_eq!((two.len(), &two[..1]), (2, &one[..]), "{format}");
        assert_eq!(batch_of_one, one, "{format}");
    }
}

#[test]
fn a_bad_report_of_a_batch_is_a_dead_letter_that_can_come_again() {
    let source = calls("xml");
    let dead = |value: &[u8]| -> Vec<Vec<u8>> {
        let outputs = run(&source, &[record(&source, value)], Limits::default()).outputs;
        let dead = outputs.into_iter().filter(|output| output.headers.text(Header::REASON).is_some());
        dead.map(|output| output.value.unwrap()).collect()
    };
    let batch = b"<calls><call><n>1</n><story>one</story></call><call><n>2</n></call></calls>";
    let letters = dead(batch);
    assert_eq!(letters, [b"<calls><call><n>2</n></call></calls>"]);
    // Redriven, it is what it was.
    assert_eq!(dead(&letters[0]), letters);
    // A single report is its message, byte for byte.
    let single = b"<!-- once --><call><n>3</n></call>";
    assert_eq!(dead(single), [single]);
}
