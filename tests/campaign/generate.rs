//! Writes generated submissions as JSON lines, for the campaign: `campaign-load COUNT SEED FOLDER` makes
//! FOLDER/messages.jsonl (topic, key, headers and value in hexadecimal) and FOLDER/ledger.jsonl.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a tool for tests")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use lead::ident::hex;
use leadshare_tests::submissions;
use serde_json::json;

fn main() {
    let mut words = std::env::args().skip(1);
    let usage = "campaign-load COUNT SEED FOLDER";
    let count: usize = words.next().and_then(|w| w.parse().ok()).expect(usage);
    let seed: u64 = words.next().and_then(|w| w.parse().ok()).expect(usage);
    let folder = PathBuf::from(words.next().expect(usage));
    let create = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("the folder exists"));
    let (mut messages, mut ledger) = (create("messages.jsonl"), create("ledger.jsonl"));
    for submission in submissions(seed).take(count) {
        let headers: Vec<_> =
            submission.headers.iter().map(|(name, value)| json!([name, hex(value)])).collect();
        let message = json!({
            "topic": submission.topic,
            "key": submission.key.as_deref().map(hex),
            "headers": headers,
            "value": hex(&submission.value),
        });
        writeln!(messages, "{message}").expect("the disk takes it");
        let line = serde_json::to_string(&submission.ledger_line()).expect("a line is JSON");
        writeln!(ledger, "{line}").expect("the disk takes it");
    }
}
