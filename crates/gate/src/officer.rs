//! An officer: whose signature it is, what it may say, and for how long. One `<officer>.toml` each.

use std::collections::BTreeSet;
use std::fmt;

use lead::ident::content_hash;
use lead::value::Micros;
use serde::Deserialize;

use crate::signature::PublicKey;

/// The longest file of an officer, in bytes.
const FILE_BYTES_MAX: usize = 4 << 10;
/// The longest identifier.
const ID_CHARS_MAX: usize = 60;

/// What an officer may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Which leads are of one matter, and which are not.
    Match,
    /// Which held releases go out.
    Approve,
    /// Which leads are taken back.
    Recall,
    /// That policies and partners that changed count for what was decided before.
    Apply,
    /// Which leads are kept although their time is over.
    Hold,
}

/// Every grant with its name in the officer's file.
pub const GRANTS: [(Grant, &str); 5] = [
    (Grant::Match, "match"),
    (Grant::Approve, "approve"),
    (Grant::Recall, "recall"),
    (Grant::Apply, "apply"),
    (Grant::Hold, "hold"),
];

impl Grant {
    /// Its name in the officer's file.
    pub fn name(self) -> &'static str {
        GRANTS.iter().find(|(grant, _)| *grant == self).map_or("unknown", |(_, name)| name)
    }
}

/// An officer. `Debug` shows the identifier alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Officer {
    /// The name of the file, without its ending.
    pub id: String,
    /// Whose signature it is.
    pub key: PublicKey,
    /// What it may say; nothing while it is suspended.
    pub may: BTreeSet<Grant>,
    /// The key is valid from here on; always, if it is not said.
    pub from: Option<Micros>,
    /// The key is valid until just before.
    pub until: Option<Micros>,
    /// SHA-256 of the file.
    pub hash: String,
}

impl fmt::Debug for Officer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Officer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The file, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficerFile {
    key: String,
    may: BTreeSet<Grant>,
    from: Option<toml::value::Datetime>,
    until: Option<toml::value::Datetime>,
}

/// What is wrong with the files of officers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfficerError {
    /// Not TOML of this shape.
    #[error("config/officers/{officer}.toml: {detail}")]
    Syntax {
        /// The officer.
        officer: String,
        /// What the parser said.
        detail: String,
    },
    /// A value that cannot be.
    #[error("config/officers/{officer}.toml: `{field}` {expected}")]
    Value {
        /// The officer.
        officer: String,
        /// The field.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// Two files of one name.
    #[error("officer `{0}` occurs twice; remove one of the files")]
    Twice(String),
    /// Two officers with one key.
    #[error(
        "officers `{0}` and `{1}` have the same key, but a signature must be one person's: make a new pair for one with `leadshare officer new`"
    )]
    SharedKey(String, String),
    /// More than are looked at.
    #[error("{0} officers; at most {1} are read: remove the files of those whose keys are over")]
    TooMany(usize, usize),
}

impl Officer {
    /// Whether this will do as an identifier: it is a file name, and stands in what follows from a decision.
    pub fn is_id(text: &str) -> bool {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=ID_CHARS_MAX).contains(&text.len()) && text.chars().all(legal)
    }

    /// Reads one file; `id` is its name without the ending.
    pub fn parse(id: &str, text: &str) -> Result<Self, OfficerError> {
        let wrong = |field, expected| OfficerError::Value {
            officer: id.escape_default().to_string(),
            field,
            expected,
        };
        if !Self::is_id(id) {
            return Err(wrong("file", "is the officer's identifier: a-z, 0-9 and -, 60 characters at most"));
        }
        if text.len() > FILE_BYTES_MAX {
            return Err(wrong(
                "file",
                "must have at most 4096 bytes; key, may, from and until are all it holds",
            ));
        }
        let file: OfficerFile = toml::from_str(text).map_err(|error| OfficerError::Syntax {
            officer: id.to_owned(),
            detail: error.to_string().trim_end().to_owned(),
        })?;
        let key = PublicKey::parse(&file.key).ok_or_else(|| {
            wrong("key", "must be an Ed25519 public key of 64 hexadecimal digits, as `leadshare officer new` writes it")
        })?;
        let moment =
            |field, value: Option<toml::value::Datetime>| match value.map(|value| Micros::of_toml(&value)) {
                Some(None) => Err(wrong(field, "must be a date such as 2026-01-31, or a time with offset")),
                Some(at) => Ok(at),
                None => Ok(None),
            };
        let (from, until) = (moment("from", file.from)?, moment("until", file.until)?);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            return Err(wrong("until", "must be later than `from`"));
        }
        let hash = content_hash(text.as_bytes()).to_string();
        Ok(Self { id: id.to_owned(), key, may: file.may, from, until, hash })
    }
}
