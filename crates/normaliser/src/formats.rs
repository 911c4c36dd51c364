//! How bytes become entries. A format is one file here and one line in [`FormatKind`].

mod avro;
mod case;
mod csv;
mod fincen;
mod graph;
mod htcds;
mod json;
mod jsonld;
mod labelled;
mod lexs;
mod mail;
mod marking;
mod misp;
mod nibrs;
mod niem;
mod stix;
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
    /// The entries themselves, of a standard that says what they are; each an object, or the reason why it cannot
    /// be read.
    Entries(Vec<Result<Value, Reason>>),
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

    /// A message that holds this entry alone, where its source has entries. Asked of formats that decode to a tree.
    fn encode_entry(&self, entry: Value, entries: &EntryPath) -> Vec<u8> {
        let _ = (entry, entries);
        Vec::new()
    }

    /// Messages that hold one of these entries alone. Asked of formats that decode to entries, with the message that
    /// was decoded; `None` for what cannot stand alone.
    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let _ = (value, limits);
        vec![None; entries.len()]
    }
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
    /// Text of labelled lines and sections.
    Labelled,
    /// NIBRS incidents and arrests, as XML or as a flat file.
    Nibrs,
    /// LEXS publications such as those of N-DEx.
    Lexs,
    /// NIEM, as XML or JSON.
    Niem,
    /// HTCDS cases, as a form's XML or as a table.
    Htcds,
    /// STIX 2.1 bundles.
    Stix,
    /// MISP events.
    Misp,
    /// CASE/UCO graphs in JSON-LD.
    Case,
    /// Batches of suspicious-activity reports in FinCEN's XML.
    Fincen,
    /// Mail: RFC 5322 with MIME.
    Mail,
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
            (Self::Labelled, None, None) => Ok(Box::new(labelled::Labelled)),
            (Self::Nibrs, None, None) => Ok(Box::new(nibrs::Nibrs)),
            (Self::Lexs, None, None) => Ok(Box::new(lexs::Lexs)),
            (Self::Niem, None, None) => Ok(Box::new(niem::Niem)),
            (Self::Htcds, None, None) => Ok(Box::new(htcds::Htcds)),
            (Self::Stix, None, None) => Ok(Box::new(stix::Stix)),
            (Self::Misp, None, None) => Ok(Box::new(misp::Misp)),
            (Self::Case, None, None) => Ok(Box::new(case::Case)),
            (Self::Fincen, None, None) => Ok(Box::new(fincen::Fincen)),
            (Self::Mail, None, None) => Ok(Box::new(mail::Mail)),
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
