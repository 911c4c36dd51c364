//! Sends files to an agency's inbound topic.

use std::io::Read;
use std::path::Path;

use pipeline::{Headers, Offset, Output, Source};
use serde_json::json;

use crate::access::{self, Broker};
use crate::cli::Messages;
use crate::config::TransportKind;
use crate::console::Console;
use crate::definitions::{self, Definitions};
use crate::fault::Fault;
use crate::site::Site;
use crate::topics;

pub(crate) fn run(site: &Site, submit: &Messages, console: &mut Console) -> Result<(), Fault> {
    let headers = parse_headers(&submit.headers)?;
    let source = read_agency(site, &submit.agency)?;
    let mut outputs = Vec::new();
    for file in &submit.files {
        outputs.push(Output {
            topic: source.inbound_topic().clone(),
            partition: None,
            key: submit.key.clone().map(String::into_bytes),
            value: Some(read_message(file, source.limits().bytes)?),
            headers: headers.clone(),
        });
    }
    let mut broker = access::open(site)?;
    make_topic(site, broker.as_mut(), &outputs)?;
    let places = broker.send(&outputs)?;
    for (file, (source, offset)) in submit.files.iter().zip(&places) {
        report(console, file, source, *offset)?;
    }
    Ok(())
}

/// The source of an agency; the fault names those that there are.
pub(crate) fn read_agency(site: &Site, agency: &str) -> Result<normaliser::Source, Fault> {
    let sources = &site.config.files.sources;
    let folder = sources.join(agency);
    if agency.is_empty() || agency.contains(['/', '.']) || !folder.is_dir() {
        let mut names: Vec<String> =
            definitions::folders(sources, &mut Vec::new()).iter().map(|f| definitions::name_of(f)).collect();
        names.retain(|name| !name.starts_with('_'));
        return Err(Fault::usage(format!(
            "no agency `{agency}` in `{}`; there are: {}; add one with `leadshare source new`",
            sources.display(),
            names.join(", ")
        )));
    }
    definitions::read_source(&folder).map_err(Fault::usage)
}

/// The bytes of a file, or of standard input.
pub(crate) fn read_message(file: &Path, limit: usize) -> Result<Vec<u8>, Fault> {
    let unreadable =
        |error: std::io::Error| Fault::file(file, "expected a file, or - for standard input", &error);
    let cap = limit as u64 + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(cap).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        std::fs::File::open(file).and_then(|f| f.take(cap).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    if bytes.len() > limit {
        return Err(Fault::failed(format!(
            "`{}` is larger than {limit} bytes; split it, or raise limits.bytes in the agency's source.toml",
            file.display()
        )));
    }
    Ok(bytes)
}

/// `NAME=VALUE` pairs as headers.
pub(crate) fn parse_headers(pairs: &[String]) -> Result<Headers, Fault> {
    let mut headers = Headers::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => headers.push(name, value),
            _ => return Err(Fault::usage(format!("--header `{pair}`: expected NAME=VALUE"))),
        }
    }
    Ok(headers)
}

/// Embedded, a topic is made when its first record comes. On Kafka `topics apply` makes it.
pub(crate) fn make_topic(site: &Site, broker: &mut dyn Broker, outputs: &[Output]) -> Result<(), Fault> {
    let existing = broker.topics()?;
    let missing = outputs.iter().find(|output| existing.iter().all(|(name, _)| *name != output.topic));
    let Some(output) = missing else { return Ok(()) };
    if site.config.transport == TransportKind::Kafka {
        return Err(Fault::failed(format!(
            "topic `{}` does not exist; create it with `leadshare topics apply`",
            output.topic
        )));
    }
    let specs = topics::specs(&site.config, &Definitions::read(site)?);
    broker.apply(&specs, false).map(drop)
}

pub(crate) fn report(
    console: &mut Console,
    file: &Path,
    source: &Source,
    offset: Offset,
) -> Result<(), Fault> {
    if console.is_json() {
        let (topic, partition) = (source.topic.as_str(), source.partition.0);
        return console.json(&json!({
            "file": file.display().to_string(), "topic": topic, "partition": partition, "offset": offset.0,
        }));
    }
    console.line(format!(
        "{} -> {} partition {} offset {offset}",
        file.display(),
        source.topic,
        source.partition
    ))
}
