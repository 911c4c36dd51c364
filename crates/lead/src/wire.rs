//! Confluent's wire format: a zero byte, the schema id in four bytes, the Avro body.
//!
//! The types of this crate describe their schemas field for field, in order, and a test holds that
//! the published schema is the same. So a record in the newest schema is read and written by
//! position, without a look at that schema: this takes a tenth of the time of a codec driven by the
//! schema, which would be most of what a lead costs (docs/bench.md). A record in a former schema is
//! first resolved to the newest by `apache-avro`.

mod former;
mod read;
mod write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decision::Decision;
use crate::held::HeldRelease;
use crate::ledger::Checkpoint;
use crate::matter::{LegalHold, MatchDecision, MatterEvent, Purge, ReviewCase};
use crate::record::{Lead, LeadSubmission};
use crate::schema::{AvroType, Defined};

/// Why bytes are not a record. Never says what the bytes were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Shorter than a header.
    #[error("shorter than the five bytes of a schema header")]
    TooShort,
    /// The first byte is not zero.
    #[error("does not begin with a zero byte, as Confluent's wire format does")]
    Magic,
    /// A schema that this subject never had.
    #[error("names schema id {0}, which schemas/ids.toml does not list for `{1}`")]
    UnknownSchema(u32, &'static str),
    /// The body is not Avro of that schema.
    #[error("the body does not decode as Avro of schema `{0}`")]
    Body(&'static str),
    /// Bytes are left after the record.
    #[error("bytes are left after the record of schema `{0}`")]
    Trailing(&'static str),
    /// The record does not fit its own schema: a defect of this program.
    #[error("a record does not encode as `{0}`")]
    Encode(&'static str),
}

/// Bytes or a record that are not Avro of this shape. Never says what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not Avro of this record")]
pub struct NotAvro;

impl serde::de::Error for NotAvro {
    fn custom<M: std::fmt::Display>(_: M) -> Self {
        Self
    }
}

impl serde::ser::Error for NotAvro {
    fn custom<M: std::fmt::Display>(_: M) -> Self {
        Self
    }
}

/// A subject: a record type with a schema in `schemas/` and an id in `schemas/ids.toml`.
pub trait Subject: AvroType {
    /// Its file name without `.avsc`, and its key in ids.toml.
    const NAME: &'static str;
    /// The text of its schema file.
    const SCHEMA: &'static str;

    /// The id of its newest schema; none when ids.toml does not list it, which tests find.
    fn id() -> Option<u32>;
}

/// A subject that can be written. The body is compiled once, where the subject is declared: a codec
/// that every crate made for itself out of generics took most of the build.
pub trait Encode: Subject {
    /// Appends the Avro body.
    fn write_body(&self, bytes: &mut Vec<u8>) -> Result<(), NotAvro>;
}

/// A subject that can be read; compiled once, like [`Encode`].
pub trait Decode: Subject + Sized {
    /// Reads the Avro body and leaves what comes after it.
    fn read_body(body: &mut &[u8]) -> Result<Self, NotAvro>;
}

/// Declares subjects: `subject!(Type, "name")` can be written and read; with a third word, `encode`
/// or `decode`, only that.
#[macro_export]
macro_rules! subject {
    ($ty:ty, $name:literal) => {
        $crate::subject!($ty, $name, encode);
        $crate::subject!(@decode $ty);
    };
    ($ty:ty, $name:literal, encode) => {
        $crate::subject!(@subject $ty, $name);

        impl $crate::wire::Encode for $ty {
            fn write_body(&self, bytes: &mut Vec<u8>) -> Result<(), $crate::wire::NotAvro> {
                $crate::wire::write_by_position(self, bytes)
            }
        }
    };
    ($ty:ty, $name:literal, decode) => {
        $crate::subject!(@subject $ty, $name);
        $crate::subject!(@decode $ty);
    };
    (@decode $ty:ty) => {
        impl $crate::wire::Decode for $ty {
            fn read_body(body: &mut &[u8]) -> Result<Self, $crate::wire::NotAvro> {
                $crate::wire::read_by_position(body)
            }
        }
    };
    (@subject $ty:ty, $name:literal) => {
        impl $crate::wire::Subject for $ty {
            const NAME: &'static str = $name;
            const SCHEMA: &'static str = include_str!(concat!("../../../schemas/", $name, ".avsc"));

            fn id() -> Option<u32> {
                static ID: std::sync::LazyLock<Option<u32>> =
                    std::sync::LazyLock::new(|| $crate::wire::schema_id($name));
                *ID
            }
        }
    };
}

/// For the macro [`crate::subject`] only.
#[doc(hidden)]
pub fn write_by_position<T: Serialize>(record: &T, bytes: &mut Vec<u8>) -> Result<(), NotAvro> {
    record.serialize(&mut write::Writer(bytes))
}

/// For the macro [`crate::subject`] only.
#[doc(hidden)]
pub fn read_by_position<T: DeserializeOwned>(body: &mut &[u8]) -> Result<T, NotAvro> {
    let mut reader = read::Reader(body);
    let record = T::deserialize(&mut reader)?;
    *body = reader.0;
    Ok(record)
}

subject!(LeadSubmission, "lead-submission");
subject!(Lead, "lead");
subject!(MatterEvent, "matter-event");
subject!(Decision, "decision");
subject!(ReviewCase, "review-case");
subject!(MatchDecision, "match-decision");
subject!(LegalHold, "legal-hold");
subject!(Purge, "purge");
subject!(HeldRelease, "held-release");
subject!(Checkpoint, "checkpoint");

const IDS: &str = include_str!("../../../schemas/ids.toml");

/// The id of a subject's newest schema, from schemas/ids.toml.
pub fn schema_id(subject: &str) -> Option<u32> {
    let ids: toml::Table = IDS.parse().ok()?;
    ids.get(subject)?.get("id")?.as_integer()?.try_into().ok()
}

/// Encodes a record in the wire format.
pub fn encode<T: Encode>(record: &T) -> Result<Vec<u8>, WireError> {
    let id = T::id().ok_or(WireError::Encode(T::NAME))?;
    let mut bytes = Vec::with_capacity(2_048);
    bytes.push(0);
    bytes.extend_from_slice(&id.to_be_bytes());
    record.write_body(&mut bytes).map_err(|_| WireError::Encode(T::NAME))?;
    Ok(bytes)
}

/// Whether bytes name the newest schema of this subject: on a topic of several record types, which it is.
pub fn is_of<T: Subject>(bytes: &[u8]) -> bool {
    let id = bytes.get(1..5).and_then(|id| id.try_into().ok()).map(u32::from_be_bytes);
    id.is_some() && id == T::id()
}

/// Decodes a record in the wire format.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, WireError> {
    let (header, mut body) = bytes.split_at_checked(5).ok_or(WireError::TooShort)?;
    let [0, id @ ..] = header else { return Err(WireError::Magic) };
    let id = id.try_into().map(u32::from_be_bytes).map_err(|_| WireError::TooShort)?;
    let resolved;
    if Some(id) != T::id() {
        let former = former::find(T::NAME, id).ok_or(WireError::UnknownSchema(id, T::NAME))?;
        resolved = former.resolve(T::SCHEMA, &mut body).map_err(|_| WireError::Body(T::NAME))?;
        if !body.is_empty() {
            return Err(WireError::Trailing(T::NAME));
        }
        body = &resolved;
    }
    let record = T::read_body(&mut body).map_err(|_| WireError::Body(T::NAME))?;
    if body.is_empty() { Ok(record) } else { Err(WireError::Trailing(T::NAME)) }
}

/// The schema of a subject as its Rust type describes it, for the test that both agree.
pub fn described<T: Subject>() -> serde_json::Value {
    T::schema(&mut Defined::default())
}
