//! What an officer says: signed here, and appended to what the gate reads.
//!
//! The secret key is read, used once and forgotten. Whether the word will pass is found out here, by the rules of the gate
//! itself: an officer should hear of a wrong key now, and not of a dead letter tomorrow.

use gate::{OfficerKey, Word};
use lead::topic;
use lead::value::Micros;
use pipeline::{Headers, Offset, Output, Source, Topic};

use crate::access::Broker;
use crate::cli::Speaker;
use crate::commands::{officer, submit};
use crate::console::Console;
use crate::fault::Fault;
use crate::secret_file;
use crate::site::Site;
use crate::telemetry::now;

/// Now, as an officer would say it.
pub(crate) fn moment() -> Micros {
    Micros::of_millis(now().0)
}

/// The word, signed by this officer, if the gate will let it in.
pub(crate) fn sign<W: Word>(site: &Site, speaker: &Speaker, word: W) -> Result<W, Fault> {
    sign_all(site, speaker, vec![word])?.pop().ok_or_else(|| Fault::failed("nothing was signed"))
}

/// Words, signed by this officer, if the gate will let in every one.
pub(crate) fn sign_all<W: Word>(site: &Site, speaker: &Speaker, words: Vec<W>) -> Result<Vec<W>, Fault> {
    let officers = officer::read(site)?;
    if officers.get(&speaker.officer).is_none() {
        let there: Vec<&str> = officers.iter().map(|officer| officer.id.as_str()).collect();
        return Err(Fault::usage(format!(
            "no officer `{}` in `{}`; there are: {}; `leadshare officer new` makes one",
            speaker.officer,
            site.config.files.officers.display(),
            if there.is_empty() { "none".to_owned() } else { there.join(", ") }
        )));
    }
    let path = speaker.key_file.clone().unwrap_or_else(|| site.officer_key(&speaker.officer));
    let todo =
        "expected the officer's secret key; `leadshare officer new` makes one, --key-file names another";
    let key = OfficerKey::new(secret_file::read(&path, todo)?);
    let signed = words.into_iter().map(|word| {
        let word = key.sign(word);
        officers.examine(&word, now()).map_err(|refusal| {
            Fault::usage(format!("the gate would refuse this ({}): {refusal}", refusal.code()))
        })?;
        Ok(word)
    });
    signed.collect()
}

/// Appends a signed word to what the gate reads, and says where it stands.
pub(crate) fn send(
    site: &Site,
    broker: &mut dyn Broker,
    key: String,
    value: Vec<u8>,
) -> Result<Vec<(Source, Offset)>, Fault> {
    send_all(site, broker, vec![(key, value)])
}

/// Appends signed words, each with its key.
pub(crate) fn send_all(
    site: &Site,
    broker: &mut dyn Broker,
    words: Vec<(String, Vec<u8>)>,
) -> Result<Vec<(Source, Offset)>, Fault> {
    let output = |(key, value): (String, Vec<u8>)| Output {
        topic: Topic::new(topic::OFFICERS),
        partition: None,
        key: Some(key.into_bytes()),
        value: Some(value),
        headers: Headers::default(),
    };
    let outputs: Vec<Output> = words.into_iter().map(output).collect();
    submit::make_topic(site, broker, &outputs)?;
    broker.send(&outputs)
}

/// Says where a word stands and who has yet to read it.
pub(crate) fn sent(
    site: &Site,
    places: &[(Source, Offset)],
    readers: &str,
    console: &mut Console,
) -> Result<(), Fault> {
    for (source, offset) in places {
        console.line(format!("-> {} partition {} offset {offset}", source.topic, source.partition))?;
    }
    console.line(format!("\nIt takes effect when the gate and the {readers} have read it:"))?;
    console.line(format!("  leadshare -C {} status --wait 30", site.dir.display()))
}
