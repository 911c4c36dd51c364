//! Prints the records of a topic, decoded.

use std::time::Duration;

use pipeline::{NextOffset, Record, Topic};

use crate::access::{self, Next, Start};
use crate::cli::Tail;
use crate::console::{Console, Style, printable};
use crate::decode;
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, tail: &Tail, console: &mut Console) -> Result<(), Fault> {
    let start = match tail.from.as_str() {
        "beginning" => Start::Beginning,
        "end" => Start::End,
        offset => Start::At(NextOffset(offset.parse().map_err(|_| {
            Fault::usage(format!("--from `{offset}`: expected beginning, end, or an offset such as 42"))
        })?)),
    };
    let topic = Topic::new(&tail.topic);
    let mut broker = access::open(site)?;
    let existing = broker.topics()?;
    if existing.iter().all(|(name, _)| *name != topic) {
        let names: Vec<&str> = existing.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Fault::failed(format!("no topic `{topic}`; there are:\n  {}", names.join("\n  "))));
    }
    let mut cursor = broker.read(&[topic], start)?;
    let mut left = tail.limit.unwrap_or(usize::MAX);
    while left > 0 {
        match cursor.next(Duration::from_secs(1))? {
            Next::Record(record) => {
                print(console, &record)?;
                left -= 1;
            }
            Next::End if !tail.follow => break,
            Next::End | Next::Nothing => {}
        }
    }
    Ok(())
}

fn print(console: &mut Console, record: &Record) -> Result<(), Fault> {
    let mut document = decode::record(record);
    if console.is_json() {
        return console.json(&document);
    }
    let schema = document.get("schema").and_then(|s| s.as_str()).unwrap_or("no schema").to_owned();
    let key = document.get("key").and_then(|k| k.as_str()).map_or_else(|| "no key".to_owned(), printable);
    let place = format!("{} offset {}", record.source, record.offset);
    let rest = console.style(Style::Faint, &format!("{}  {schema}  {key}", time(record.timestamp.0)));
    console.line(format!("{}  {rest}", console.style(Style::Strong, &place)))?;
    let value = document.get_mut("value").map(serde_json::Value::take).unwrap_or_default();
    match value {
        serde_json::Value::Null => console.line("(no value: a tombstone)"),
        serde_json::Value::String(text) => console.line(printable(&text)),
        value => {
            let text = serde_json::to_string_pretty(&value)
                .map_err(|error| Fault::failed(format!("the record does not print: {error}")))?;
            console.line(printable(&text))
        }
    }
}

/// Milliseconds as date and time in UTC.
pub(crate) fn time(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis);
    moment.map_or_else(|_| millis.to_string(), |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
