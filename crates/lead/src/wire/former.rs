//! Records in schemas that were the newest once: topics keep them for years.
//!
//! `apache-avro` resolves such a record to the newest schema by Avro's rules, through its generic
//! values. That is slower than reading by position, and only old records pay for it.

use std::sync::OnceLock;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{AvroResult, Schema};

/// Every former schema. Who changes a schema under `schemas/` puts the text that was there into
/// `schemas/released/` and a line here, and gives the new one an id of its own.
static FORMER: &[Former] = &[];

/// The largest single allocation that a decoder may be talked into, in bytes.
const MAX_ALLOCATION_BYTES: usize = 16 << 20;

pub(super) struct Former {
    subject: &'static str,
    id: u32,
    text: &'static str,
    /// This schema and the newest; parsing them costs more than a record.
    parsed: OnceLock<(Schema, Schema)>,
}

pub(super) fn find(subject: &str, id: u32) -> Option<&'static Former> {
    FORMER.iter().find(|former| former.subject == subject && former.id == id)
}

impl Former {
    /// The body of a record in the newest schema, from one in this. Leaves what comes after it.
    pub(super) fn resolve(&self, newest: &str, body: &mut &[u8]) -> AvroResult<Vec<u8>> {
        apache_avro::util::max_allocation_bytes(MAX_ALLOCATION_BYTES);
        let (former, newest) = match self.parsed.get() {
            Some(parsed) => parsed,
            None => {
                let parsed = (Schema::parse_str(self.text)?, Schema::parse_str(newest)?);
                self.parsed.get_or_init(|| parsed)
            }
        };
        let value = GenericDatumReader::builder(former).reader_schema(newest).build()?.read_value(body)?;
        GenericDatumWriter::builder(newest).build()?.write_value_to_vec(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::wire::{read_by_position, write_by_position};

    const OLD: &str = r#"{ "type": "record", "name": "R", "fields": [
        { "name": "gone", "type": "string" }, { "name": "a", "type": "int" }] }"#;
    const NEW: &str = r#"{ "type": "record", "name": "R", "fields": [
        { "name": "a", "type": "long" }, { "name": "b", "type": ["null", "string"], "default": null }] }"#;

    #[derive(Serialize)]
    struct Old {
        gone: &'static str,
        a: i32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct New {
        a: i64,
        b: Option<String>,
    }

    fn old() -> Former {
        Former { subject: "r", id: 7, text: OLD, parsed: OnceLock::new() }
    }

    #[test]
    fn a_record_in_a_former_schema_reads_as_one_in_the_newest() {
        let former = old();
        for a in [3, -70_000] {
            let mut bytes = Vec::new();
            write_by_position(&Old { gone: "x", a }, &mut bytes).unwrap();
            bytes.push(9);
            let mut body = bytes.as_slice();
            let resolved = former.resolve(NEW, &mut body).unwrap();
            assert_eq!(body, [9], "what comes after it is left");
            let read: New = read_by_position(&mut resolved.as_slice()).unwrap();
            assert_eq!(read, New { a: a.into(), b: None });
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        for bytes in [&[][..], &[2], &[0xff; 12]] {
            assert!(old().resolve(NEW, &mut &*bytes).is_err());
        }
    }

    /// What is listed must be readable for ever.
    #[test]
    fn every_former_schema_resolves_to_the_newest() {
        use crate::wire::Subject;
        use apache_avro::schema_compatibility::SchemaCompatibility;
        let newest = [
            (crate::Lead::NAME, crate::Lead::SCHEMA),
            (crate::LeadSubmission::NAME, crate::LeadSubmission::SCHEMA),
            (crate::MatterEvent::NAME, crate::MatterEvent::SCHEMA),
            (crate::Decision::NAME, crate::Decision::SCHEMA),
        ];
        for former in FORMER {
            for (_, text) in newest.iter().filter(|(name, _)| *name == former.subject) {
                let (old, new) = (Schema::parse_str(former.text).unwrap(), Schema::parse_str(text).unwrap());
                SchemaCompatibility::can_read(&old, &new).unwrap();
            }
        }
    }
}
