//! How bytes become entries. A format is one file here and one line in [`FormatKind`].

mod avro;
mod json;

use lead::LeadSubmission;
use pipeline::Reason;
use serde::Deserialize;
use vrl::value::Value;

use crate::path::EntryPath;
use crate::source::Limits;

/// What the bytes of a message hold.
pub enum Decoded {
    /// A tree that a mapping reads, and in which the entries stand.
    Tree(Value),
    /// One submission that needs no mapping.
    Submission(Box<LeadSubmission>),
}

/// A format. Decoders are bounded before they recurse or allocate, and say of bad input what was
/// expected where, never what it was.
pub trait Format: Send + Sync {
    /// Its name in source.toml and in a lead's reference to its bytes.
    fn name(&self) -> &'static str;

    /// Whether a mapping makes submissions of its entries.
    fn needs_mapping(&self) -> bool;

    /// Decodes a message that is not longer than the limit.
    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason>;

    /// A message that holds this entry alone, where its source has entries.
    fn encode_entry(&self, entry: Value, entries: &EntryPath) -> Vec<u8>;
}

/// The formats that source.toml can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatKind {
    /// JSON, read by a mapping.
    Json,
    /// Avro `LeadSubmission` in Confluent's wire format.
    Avro,
}

impl FormatKind {
    /// The format.
    pub fn format(self) -> &'static dyn Format {
        match self {
            Self::Json => &json::Json,
            Self::Avro => &avro::Avro,
        }
    }
}
