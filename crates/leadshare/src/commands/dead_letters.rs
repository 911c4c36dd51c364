//! What could not be processed: list, look, send again.
//!
//! A redrive writes the original bytes to the original topic, with a header that proves the original
//! order (ARCHITECTURE.md, "Order and redrive"): a version that was fixed late never overtakes a newer
//! one. The dead letter itself stays where it is: topics are append-only.

use lead::{SiteKeys, topic};
use normaliser::redrive;
use pipeline::{Header, Headers, Offset, Order, Output, Partition, Record, Source, Topic};
use serde_json::{Value as Json, json};

use super::tail::time;
use crate::access::{self, Broker, read_all};
use crate::cli::{Choice, DeadLetters};
use crate::console::{Console, Style, printable, shorten};
use crate::decode;
use crate::fault::Fault;
use crate::services::SERVICES;
use crate::site::Site;

pub(crate) fn run(site: &Site, command: &DeadLetters, console: &mut Console) -> Result<(), Fault> {
    let mut broker = access::open(site)?;
    match command {
        DeadLetters::List(choice) => list(&find(broker.as_mut(), choice)?, console),
        DeadLetters::Show { place, bytes } => show(&at(broker.as_mut(), place)?, *bytes, console),
        DeadLetters::Redrive { places, choice, yes, max_attempts } => {
            let letters = if places.is_empty() {
                find(broker.as_mut(), choice)?
            } else {
                places.iter().map(|place| at(broker.as_mut(), place)).collect::<Result<_, _>>()?
            };
            redrive(site, broker.as_mut(), &letters, *max_attempts, *yes, console)
        }
    }
}

/// A dead letter as it is read.
pub(crate) struct Letter {
    pub(crate) service: &'static str,
    pub(crate) record: Record,
}

impl Letter {
    /// SERVICE/PARTITION/OFFSET.
    pub(crate) fn place(&self) -> String {
        format!("{}/{}/{}", self.service, self.record.source.partition, self.record.offset)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.record.headers.text(name).unwrap_or("-")
    }

    /// Where the original record stood.
    fn origin(&self) -> Option<(Source, Offset)> {
        let headers = &self.record.headers;
        let topic = headers.text(Header::TOPIC)?;
        let partition = headers.text(Header::PARTITION)?.parse().ok()?;
        let offset = headers.text(Header::OFFSET)?.parse().ok()?;
        Some((Source::new(topic, partition), Offset(offset)))
    }

    fn origin_text(&self) -> String {
        let Some((source, offset)) = self.origin() else { return "-".to_owned() };
        match self.record.headers.text(Header::ENTRY) {
            Some(entry) => format!("{source} offset {offset} entry {entry}"),
            None => format!("{source} offset {offset}"),
        }
    }

    fn attempts(&self) -> u32 {
        self.record.headers.text(Header::ATTEMPT).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// Every dead letter of the services that are chosen.
pub(crate) fn find(broker: &mut dyn Broker, choice: &Choice) -> Result<Vec<Letter>, Fault> {
    let mut letters = Vec::new();
    for service in &SERVICES {
        if choice.service.as_ref().is_some_and(|name| name != service.name) {
            continue;
        }
        let topic = Topic::new(topic::dead_letter(service.name));
        read_all(broker, &[topic], |record| {
            let letter = Letter { service: service.name, record };
            if choice.reason.as_ref().is_none_or(|reason| reason == letter.header(Header::REASON)) {
                letters.push(letter);
            }
            true
        })?;
    }
    Ok(letters)
}

fn at(broker: &mut dyn Broker, place: &str) -> Result<Letter, Fault> {
    let wrong = || {
        Fault::usage(format!(
            "`{place}`: expected SERVICE/PARTITION/OFFSET, such as normaliser/0/3; `leadshare dead-letters list` shows them"
        ))
    };
    let parts: Vec<&str> = place.split('/').collect();
    let [service, partition, offset] = parts.as_slice() else { return Err(wrong()) };
    let service = SERVICES.iter().find(|s| s.name == *service).ok_or_else(wrong)?.name;
    let source = Source {
        topic: Topic::new(topic::dead_letter(service)),
        partition: Partition(partition.parse().map_err(|_| wrong())?),
    };
    let offset = Offset(offset.parse().map_err(|_| wrong())?);
    match broker.at(&source, offset)? {
        Some(record) => Ok(Letter { service, record }),
        None => Err(Fault::failed(format!("no dead letter at `{place}`"))),
    }
}

fn summary(letter: &Letter) -> Json {
    json!({
        "place": letter.place(),
        "failed_at_millis": letter.header(Header::FAILED_AT).parse::<i64>().ok(),
        "reason": letter.header(Header::REASON),
        "stage": letter.header(Header::STAGE),
        "message": letter.header(Header::MESSAGE),
        "topic": letter.record.headers.text(Header::TOPIC),
        "partition": letter.origin().map(|(source, _)| source.partition.0),
        "offset": letter.origin().map(|(_, offset)| offset.0),
        "entry": letter.record.headers.text(Header::ENTRY).and_then(|entry| entry.parse::<u32>().ok()),
        "order": letter.record.headers.text(Order::HEADER),
        "attempts": letter.attempts(),
        "bytes": letter.record.value.as_ref().map(Vec::len),
    })
}

/// Lists dead letters without their content.
pub(crate) fn list(letters: &[Letter], console: &mut Console) -> Result<(), Fault> {
    if console.is_json() {
        return letters.iter().try_for_each(|letter| console.json(&summary(letter)));
    }
    if letters.is_empty() {
        return console.line("no dead letters");
    }
    let rows: Vec<_> = letters
        .iter()
        .map(|letter| {
            let from = letter.record.headers.text(Header::TOPIC).unwrap_or("-");
            let from = from.trim_start_matches("leads.").trim_end_matches(".v1");
            vec![
                (Style::Strong, letter.place()),
                (Style::Bad, letter.header(Header::REASON).to_owned()),
                (Style::Plain, shorten(from, 26)),
                (Style::Plain, printable(letter.header(Header::MESSAGE))),
            ]
        })
        .collect();
    console.table(&["place", "reason", "from", "what was expected"], &rows)
}

fn show(letter: &Letter, bytes: bool, console: &mut Console) -> Result<(), Fault> {
    let value = letter.record.value.as_deref().unwrap_or_default();
    if bytes {
        return console.bytes(value);
    }
    if console.is_json() {
        let mut document = summary(letter);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("record".to_owned(), decode::record(&letter.record));
        }
        return console.json(&document);
    }
    let failed = letter.header(Header::FAILED_AT).parse().map_or_else(|_| "-".to_owned(), time);
    for (name, text) in [
        ("place", letter.place()),
        ("failed", failed),
        ("reason", letter.header(Header::REASON).to_owned()),
        ("stage", letter.header(Header::STAGE).to_owned()),
        ("message", letter.header(Header::MESSAGE).to_owned()),
        ("original", letter.origin_text()),
        ("order", letter.header(Order::HEADER).to_owned()),
        ("attempts", letter.attempts().to_string()),
        ("bytes", value.len().to_string()),
    ] {
        let name = console.style(Style::Faint, &format!("{name:<9}"));
        console.line(format!("{name} {}", printable(&text)))?;
    }
    console.line("")?;
    console.line(printable(&String::from_utf8_lossy(value)))
}

/// Headers that this system added: they do not go along.
fn is_ours(name: &str, keep_order: bool) -> bool {
    name.starts_with("__connect.errors.")
        || [Header::REASON, Header::ENTRY, Header::FAILED_AT, Header::ATTEMPT, redrive::HEADER]
            .contains(&name)
        || (name == Order::HEADER && !keep_order)
}

/// The record that a redrive writes; `None` when the dead letter does not say where it came from.
fn to_output(letter: &Letter, keys: &SiteKeys) -> Option<Output> {
    let (source, _) = letter.origin()?;
    let value = letter.record.value.clone()?;
    let order: Order = letter.record.headers.text(Order::HEADER)?.parse().ok()?;
    // Only what comes from outside has to prove its order; behind the normaliser the header counts.
    let from_outside = letter.service == "normaliser";
    let mut headers = Headers::default();
    for (name, kept) in &letter.record.headers.0 {
        if !is_ours(name, !from_outside) {
            headers.0.push((name.clone(), kept.clone()));
        }
    }
    if from_outside {
        headers.push(redrive::HEADER, redrive::header_value(keys, order, &value));
    }
    headers.push(Header::ATTEMPT, letter.attempts().saturating_add(1).to_string());
    Some(Output {
        topic: source.topic,
        partition: Some(source.partition),
        key: letter.record.key.clone(),
        value: Some(value),
        headers,
    })
}

fn redrive(
    site: &Site,
    broker: &mut dyn Broker,
    letters: &[Letter],
    max_attempts: u32,
    yes: bool,
    console: &mut Console,
) -> Result<(), Fault> {
    let keys = site.keys()?;
    let mut outputs = Vec::new();
    let mut rows = Vec::new();
    for letter in letters {
        let output = to_output(letter, &keys).filter(|_| letter.attempts() < max_attempts);
        let note = match &output {
            Some(output) => format!("to {} attempt {}", output.topic, letter.attempts() + 1),
            None if letter.attempts() >= max_attempts => {
                format!("left alone: redriven {} times already; see --max-attempts", letter.attempts())
            }
            None => "left alone: it does not say where it came from".to_owned(),
        };
        if console.is_json() {
            console
                .json(&json!({ "place": letter.place(), "sent": yes && output.is_some(), "note": note }))?;
        }
        rows.push(vec![
            (Style::Strong, letter.place()),
            (Style::Plain, letter.header(Header::REASON).to_owned()),
            (if output.is_some() { Style::Good } else { Style::Notice }, note),
        ]);
        outputs.extend(output);
    }
    if yes && !outputs.is_empty() {
        broker.send(&outputs)?;
    }
    if console.is_json() {
        return Ok(());
    }
    if rows.is_empty() {
        return console.line("no dead letters");
    }
    console.table(&["place", "reason", ""], &rows)?;
    match yes {
        true => console.line(format!("{} sent", outputs.len())),
        false => console.line(format!("nothing sent: {} would be, with --yes", outputs.len())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use pipeline::{DeadLetter, Reason, Timestamp};

    use super::*;

    fn letter(service: &'static str, headers: &[(&str, &str)]) -> Letter {
        let mut original = Headers::default();
        for (name, value) in headers {
            original.push(*name, *value);
        }
        let record = Record {
            source: Source::new("leads.inbound.a.v1", 2),
            offset: Offset(7),
            timestamp: Timestamp(5),
            key: Some(b"k".to_vec()),
            value: Some(b"v".to_vec()),
            headers: original,
        };
        let dead = DeadLetter {
            record: &record,
            entry: Some(3),
            entry_value: Some(b"entry".to_vec()),
            reason: Reason::new("not_json", "decode", "expected JSON"),
        };
        let output = dead.into_output(&Topic::new("d"), service, Timestamp(9));
        Letter { service, record: Record { value: output.value, headers: output.headers, ..record } }
    }

    #[test]
    fn a_redrive_proves_the_original_order_and_keeps_what_the_agency_wrote() {
        let keys = SiteKeys::new([3; 32]);
        let letter = letter("normaliser", &[("trace", "t")]);
        let output = to_output(&letter, &keys).unwrap();
        assert_eq!((output.topic.as_str(), output.partition), ("leads.inbound.a.v1", Some(Partition(2))));
        assert_eq!((output.key.as_deref(), output.value.as_deref()), (Some(&b"k"[..]), Some(&b"entry"[..])));
        let names: Vec<&str> = output.headers.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["trace", redrive::HEADER, Header::ATTEMPT]);
        assert!(output.headers.text(redrive::HEADER).unwrap().starts_with("5-7-3;"));
        assert_eq!(output.headers.text(Header::ATTEMPT), Some("1"));
    }

    #[test]
    fn behind_the_normaliser_the_order_stands_in_its_header() {
        let letter = letter("router", &[(Order::HEADER, "1-2-3")]);
        let output = to_output(&letter, &SiteKeys::new([3; 32])).unwrap();
        assert_eq!(output.headers.text(Order::HEADER), Some("1-2-3"));
        assert_eq!(output.headers.text(redrive::HEADER), None);
    }

    #[test]
    fn what_does_not_say_where_it_came_from_stays() {
        let mut letter = letter("normaliser", &[]);
        letter.record.headers.0.retain(|(name, _)| name != Header::TOPIC);
        assert!(to_output(&letter, &SiteKeys::new([3; 32])).is_none());
    }
}
