//! How bytes become entries. A format is one file here and one line in [`FormatKind`].

mod avro;
mod csv;
mod json;
mod xml;

use lead::LeadSubmission;
use pipeline::Reason;
use serde::Deserialize;
use vrl::value::Value;

use self::csv::Csv;
pub(crate) use self::csv::CsvToml;
use self::xml::Xml;
pub(crate) use self::xml::XmlToml;
use crate::path::EntryPath;
use crate::reason::ReasonCode;
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

    /// Where every message of this format has its entries, when that is not for source.toml to say.
    fn entries(&self) -> Option<EntryPath> {
        None
    }

    /// Decodes a message that is not longer than the limit.
    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason>;

    /// Why an entry that is no object is none.
    fn not_an_entry(&self) -> Reason {
        ReasonCode::NotAnObject.with("expected an object as the entry")
    }

    /// A message that holds this entry alone, where its source has entries.
    fn encode_entry(&self, entry: Value, entries: &EntryPath) -> Vec<u8>;
}

/// The formats that source.toml can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatKind {
    /// JSON, read by a mapping.
    Json,
    /// XML, read by a mapping.
    Xml,
    /// A table of comma-separated values; a mapping reads each row.
    Csv,
    /// Avro `LeadSubmission` in Confluent's wire format.
    Avro,
}

impl FormatKind {
    /// The format, as the tables `[csv]` and `[xml]` of source.toml describe it.
    ///
    /// # Errors
    /// The field that cannot be, and what was expected.
    pub(crate) fn build(
        self,
        csv: Option<CsvToml>,
        xml: Option<XmlToml>,
    ) -> Result<Box<dyn Format>, (&'static str, &'static str)> {
        match (self, csv, xml) {
            (Self::Json, None, None) => Ok(Box::new(json::Json)),
            (Self::Avro, None, None) => Ok(Box::new(avro::Avro)),
            (Self::Csv, Some(csv), None) => Ok(Box::new(Csv::new(csv)?)),
            (Self::Csv, None, None) => Err(("csv", "is missing: expected `columns`, the header line")),
            (Self::Xml, None, xml) => Ok(Box::new(Xml::new(xml.unwrap_or_default()))),
            (Self::Xml, Some(_), _) | (_, Some(_), _) => Err(("csv", "is for format = \"csv\"")),
            (_, None, Some(_)) => Err(("xml", "is for format = \"xml\"")),
        }
    }
}

/// The text of a message in UTF-8; a byte order mark of UTF-8 is passed over.
fn text(value: &[u8]) -> Result<&str, Reason> {
    let value = value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(value);
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = value {
        return Err(ReasonCode::NotUtf8.with("expected UTF-8, got the byte order mark of UTF-16"));
    }
    std::str::from_utf8(value).map_err(|error| {
        ReasonCode::NotUtf8.with(format!("expected UTF-8, which ends at byte {}", error.valid_up_to()))
    })
}
