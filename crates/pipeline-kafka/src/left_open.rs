//! Ends what a process left open that was killed, when it is started again.
//!
//! Readers of committed records wait where a transaction is open. Who takes a partition over ends what its predecessor left
//! open there, but nobody takes it over before the group takes the dead for dead, which lasts [`SESSION_TIMEOUT`]. Who is
//! started again on the dead one's directory need not wait: there is a note of each partition that was being worked on, and
//! the dead one is dead, for its directory is free. To begin and end nothing in its name undoes what it left.
//!
//! It changes nothing else. Who was given the partition meanwhile is fenced by that and recovers, which costs a moment; so
//! notes that are older than the group's patience are passed over.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rdkafka::config::FromClientConfig;
use rdkafka::producer::{BaseProducer, Producer as _};

use crate::client::{self, SESSION_TIMEOUT};
use crate::config::KafkaConfig;
use crate::errors::ClientFault;
use crate::producer::SLICE;

/// What is not ended in this time is ended by whoever takes the partition over.
const PATIENCE: Duration = Duration::from_secs(3);
/// No record is written.
const RECORD_BYTES: usize = 1 << 20;

/// A file that is there while a partition is worked on, and stays if that ends without a word.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
    file: File,
}

impl Note {
    /// Notes that transactions under this id may be open. Who cannot write it has none: it only takes longer then.
    pub(crate) fn make(folder: &Path, transactional_id: &str) -> Option<Self> {
        if transactional_id.contains('/') {
            return None;
        }
        let path = folder.join(transactional_id);
        let made = || -> io::Result<File> {
            fs::create_dir_all(folder)?;
            File::create(&path)
        };
        match made() {
            Ok(file) => Some(Self { path, file }),
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "no note of what is worked on");
                None
            }
        }
    }

    /// Says that it still is.
    pub(crate) fn renew(&self) {
        if let Err(error) = self.file.set_modified(SystemTime::now()) {
            tracing::debug!(path = %self.path.display(), %error, "a note is not renewed");
        }
    }

    /// Nothing is open any more.
    pub(crate) fn remove(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "a note is not removed");
        }
    }
}

/// Ends the transactions of which a predecessor left notes in this folder; how many ids that were. To be called once
/// nobody else can be at work there, and before anybody is.
pub fn end_left_open(config: &KafkaConfig, folder: &Path) -> usize {
    let ids: Vec<String> = take_notes(folder);
    let ended = std::thread::scope(|scope| {
        let all: Vec<_> = ids.iter().map(|id| scope.spawn(move || end(config, id))).collect();
        all.into_iter().filter_map(|one| one.join().ok()).filter(|is_ended| *is_ended).count()
    });
    if ended > 0 {
        tracing::info!(ended, "what the predecessor left open has ended");
    }
    ended
}

/// Transactional ids that are noted, the fresh ones; no note is left.
fn take_notes(folder: &Path) -> Vec<String> {
    let Ok(notes) = fs::read_dir(folder) else { return Vec::new() };
    let ids = notes.flatten().filter_map(|note| {
        let age = note.metadata().and_then(|data| data.modified()).ok()?.elapsed().unwrap_or_default();
        // One that stays is passed over the next time.
        let _ = fs::remove_file(note.path());
        note.file_name().into_string().ok().filter(|_| age <= SESSION_TIMEOUT)
    });
    ids.collect()
}

fn end(config: &KafkaConfig, id: &str) -> bool {
    let settings =
        client::transactional_producer(config, id, RECORD_BYTES).map_err(|error| error.to_string());
    let producer = settings.and_then(|settings| {
        BaseProducer::from_config(&settings).map_err(|error: rdkafka::error::KafkaError| error.to_string())
    });
    let began = Instant::now();
    let ended = producer.and_then(|producer| {
        while let Err(error) = producer.init_transactions(SLICE) {
            let fault = ClientFault::from(&error);
            if !fault.retriable || began.elapsed() > PATIENCE {
                return Err(fault.code.to_string());
            }
        }
        Ok(())
    });
    if let Err(error) = &ended {
        tracing::warn!(id, error, "what the predecessor left open ends when its partition is taken over");
    }
    ended.is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Sabotage: take notes of any age; or leave them.
    #[test]
    fn a_note_counts_while_the_group_still_waits_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("notes");
        assert!(take_notes(&at).is_empty());
        let [fresh, old, done] = ["fresh", "old", "done"].map(|id| Note::make(&at, id).unwrap());
        old.file.set_modified(SystemTime::now() - SESSION_TIMEOUT * 2).unwrap();
        fresh.file.set_modified(SystemTime::now() - SESSION_TIMEOUT * 2).unwrap();
        fresh.renew();
        done.remove();
        assert_eq!(take_notes(&at), ["fresh"]);
        assert!(take_notes(&at).is_empty());
        assert!(Note::make(&at, "../elsewhere").is_none());
    }
}
