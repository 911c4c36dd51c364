//! What can go wrong with a directory, and what to do about it.

use std::path::{Path, PathBuf};

use pipeline::{Offset, Source, StoreError, Topic};

/// The directory or a topic in it cannot be used as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the directory.
    #[error("`{}` is in use by another process; stop that process, or send it the request", dir.display())]
    Busy {
        /// The directory.
        dir: PathBuf,
    },
    /// What is there cannot be read back.
    #[error("`{}` is damaged: {detail}; {}", dir.display(), advice.text())]
    Damaged {
        /// The directory.
        dir: PathBuf,
        /// What the storage engine found.
        detail: String,
        /// Whether the content exists anywhere else.
        advice: Advice,
    },
    /// The operating system refuses.
    #[error("`{}` cannot be used: {detail}; check that it exists, who owns it, and the free space", dir.display())]
    Unusable {
        /// The directory.
        dir: PathBuf,
        /// What the operating system said.
        detail: String,
    },
    /// Another version of this program wrote it.
    #[error("`{}` has format {found} but this program reads format {expected}; use the program that wrote it, or start with an empty directory", dir.display())]
    Format {
        /// The directory.
        dir: PathBuf,
        /// The format found.
        found: u32,
        /// The format of this program.
        expected: u32,
    },
    /// A read or write failed; nothing more is written by this process.
    #[error(
        "the storage failed: {0}; start the process again: what was committed is kept, the rest is done again"
    )]
    Storage(String),
    /// There is no such topic.
    #[error("topic `{topic}` does not exist; create it with `leadshare topics apply`")]
    TopicMissing {
        /// The topic.
        topic: Topic,
    },
    /// The topic has fewer partitions.
    #[error("topic `{topic}` has no partition {partition}; it has {partitions}")]
    PartitionMissing {
        /// The topic.
        topic: Topic,
        /// The partition asked for.
        partition: u32,
        /// How many it has.
        partitions: u32,
    },
    /// The record is over the topic's limit.
    #[error("a record of {bytes} bytes is too large for topic `{topic}`, which takes {limit}")]
    RecordTooLarge {
        /// The topic.
        topic: Topic,
        /// The record's size.
        bytes: usize,
        /// The topic's limit.
        limit: usize,
    },
    /// The name cannot be a topic's.
    #[error(
        "topic name of {length} bytes is not valid; expected 1 to 200 of `a-z`, `A-Z`, `0-9`, `.`, `_`, `-`"
    )]
    TopicName {
        /// Its length.
        length: usize,
    },
    /// The partition count may not change so.
    #[error("topic `{topic}` has {have} partitions and {want} are asked for; {why}")]
    PartitionCount {
        /// The topic.
        topic: Topic,
        /// How many it has.
        have: u32,
        /// How many it should have.
        want: u32,
        /// Why that cannot be.
        why: &'static str,
    },
    /// A stored record does not decode.
    #[error(
        "the record at {source_partition} offset {offset} does not decode; restore the directory from a backup"
    )]
    Undecodable {
        /// The partition.
        source_partition: Source,
        /// The offset.
        offset: Offset,
    },
    /// Another owner took the task over.
    #[error("another owner has taken over this partition")]
    Fenced,
}

/// What to do with a damaged directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The changelog holds the same state.
    Rebuild,
    /// Nothing else holds it.
    Restore,
}

impl Advice {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Rebuild => {
                "stop the service, delete the directory and start again to rebuild it from the changelog"
            }
            Self::Restore => "restore it from a backup: nothing else holds this data",
        }
    }
}

impl Error {
    /// Sorts what the engine says on opening into busy, damaged and refused by the system.
    pub(crate) fn on_open(dir: &Path, error: &fjall::Error, advice: Advice) -> Self {
        let dir = dir.to_owned();
        match error {
            fjall::Error::Locked => Self::Busy { dir },
            error => match refused_by_system(error) {
                Some(detail) => Self::Unusable { dir, detail },
                None => Self::Damaged { dir, detail: detail(error), advice },
            },
        }
    }
}

impl From<fjall::Error> for Error {
    fn from(error: fjall::Error) -> Self {
        Self::Storage(detail(&error))
    }
}

/// An error of the operating system that says nothing about the content. A missing file or one that
/// ends early does say something: the engine only opens files that its own manifests name.
fn refused_by_system(error: &fjall::Error) -> Option<String> {
    use std::io::ErrorKind::{InvalidData, InvalidInput, NotFound, Other, UnexpectedEof};
    let io = match error {
        fjall::Error::Io(io) | fjall::Error::Storage(fjall::LsmError::Io(io)) => io,
        _ => return None,
    };
    match io.kind() {
        NotFound | UnexpectedEof | InvalidData | InvalidInput | Other => None,
        _ => Some(io.to_string()),
    }
}

/// The engine's error in an operator's words.
fn detail(error: &fjall::Error) -> String {
    match error {
        fjall::Error::Io(io) | fjall::Error::Storage(fjall::LsmError::Io(io)) => io.to_string(),
        fjall::Error::Storage(fjall::LsmError::ChecksumMismatch { .. }) => {
            "a checksum does not match".to_owned()
        }
        fjall::Error::Storage(_) => "a table or its manifest does not decode".to_owned(),
        fjall::Error::JournalRecovery(_) => "the journal does not decode".to_owned(),
        fjall::Error::InvalidVersion(_) => "the format version is unknown".to_owned(),
        fjall::Error::Poisoned => "an earlier write failed".to_owned(),
        fjall::Error::Locked => "the directory is in use".to_owned(),
        fjall::Error::KeyspaceDeleted => "a keyspace was deleted".to_owned(),
        _ => "a file does not decode".to_owned(),
    }
}

/// For the state store: the same, with advice that fits who else holds the state.
pub(crate) fn store_error(error: &fjall::Error, advice: Advice) -> StoreError {
    let then = match (error, advice) {
        (fjall::Error::Poisoned | fjall::Error::Io(_), _) => {
            "start the process again: what was committed is kept"
        }
        (_, advice) => advice.text(),
    };
    StoreError(format!("{}; {then}", detail(error)))
}
