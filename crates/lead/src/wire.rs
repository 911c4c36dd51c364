//! Confluent's wire format: a zero byte, the schema id in four bytes, the Avro body.

use std::sync::OnceLock;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decision::Decision;
use crate::matter::MatterEvent;
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

/// A subject: a record type with a schema in `schemas/` and an id in `schemas/ids.toml`.
pub trait Subject: AvroType {
    /// Its file name without `.avsc`, and its key in ids.toml.
    const NAME: &'static str;
    /// The text of its schema file.
    const SCHEMA: &'static str;

    /// Where its parsed schema and codec are kept: one per type.
    fn slot() -> &'static OnceLock<Codec>;
}

/// A subject that can be written. The body is compiled once, where the subject is declared: a codec
/// that every crate made for itself out of generics took most of the build.
pub trait Encode: Subject {
    /// Appends the Avro body.
    fn write_body(&self, codec: &Codec, bytes: &mut Vec<u8>) -> Result<(), WireError>;
}

/// A subject that can be read; compiled once, like [`Encode`].
pub trait Decode: Subject + Sized {
    /// Reads the Avro body and leaves what comes after it.
    fn read_body(codec: &Codec, body: &mut &[u8]) -> Result<Self, WireError>;
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
            fn write_body(&self, codec: &$crate::wire::Codec, bytes: &mut Vec<u8>) -> Result<(), $crate::wire::WireError> {
                codec.write(self, bytes).map_err(|_| $crate::wire::WireError::Encode($name))
            }
        }
    };
    ($ty:ty, $name:literal, decode) => {
        $crate::subject!(@subject $ty, $name);
        $crate::subject!(@decode $ty);
    };
    (@decode $ty:ty) => {
        impl $crate::wire::Decode for $ty {
            fn read_body(codec: &$crate::wire::Codec, body: &mut &[u8]) -> Result<Self, $crate::wire::WireError> {
                codec.read(body).map_err(|_| $crate::wire::WireError::Body(<Self as $crate::wire::Subject>::NAME))
            }
        }
    };
    (@subject $ty:ty, $name:literal) => {
        impl $crate::wire::Subject for $ty {
            const NAME: &'static str = $name;
            const SCHEMA: &'static str = include_str!(concat!("../../../schemas/", $name, ".avsc"));

            fn slot() -> &'static std::sync::OnceLock<$crate::wire::Codec> {
                static SLOT: std::sync::OnceLock<$crate::wire::Codec> = std::sync::OnceLock::new();
                &SLOT
            }
        }
    };
}

subject!(LeadSubmission, "lead-submission");
subject!(Lead, "lead");
subject!(MatterEvent, "matter-event");
subject!(Decision, "decision");

const IDS: &str = include_str!("../../../schemas/ids.toml");

/// Reader and writer of one schema, made once: parsing it again for each record would cost more
/// than the record.
pub struct Codec {
    id: u32,
    reader: GenericDatumReader<'static>,
    writer: GenericDatumWriter<'static>,
}

impl Codec {
    /// Writes a record; for the macro [`crate::subject`] only.
    #[doc(hidden)]
    pub fn write<T: Serialize>(&self, record: &T, bytes: &mut Vec<u8>) -> apache_avro::AvroResult<()> {
        self.writer.write_ser(bytes, record).map(|_| ())
    }

    /// Reads a record; for the macro [`crate::subject`] only.
    #[doc(hidden)]
    pub fn read<T: DeserializeOwned>(&self, body: &mut &[u8]) -> apache_avro::AvroResult<T> {
        self.reader.read_deser(body)
    }
}

/// The id of a subject's newest schema, from schemas/ids.toml.
pub fn schema_id(subject: &str) -> Option<u32> {
    let ids: toml::Table = IDS.parse().ok()?;
    ids.get(subject)?.get("id")?.as_integer()?.try_into().ok()
}

/// The largest single allocation that a decoder may be talked into, in bytes.
const MAX_ALLOCATION_BYTES: usize = 16 << 20;

fn codec<T: Subject>() -> Result<&'static Codec, WireError> {
    if let Some(codec) = T::slot().get() {
        return Ok(codec);
    }
    apache_avro::util::max_allocation_bytes(MAX_ALLOCATION_BYTES);
    let id = schema_id(T::NAME).ok_or(WireError::Encode(T::NAME))?;
    // Schemas live as long as the program: there are as many as subjects.
    let schema: &'static Schema =
        Box::leak(Box::new(Schema::parse_str(T::SCHEMA).map_err(|_| WireError::Encode(T::NAME))?));
    let reader = GenericDatumReader::builder(schema).build().map_err(|_| WireError::Encode(T::NAME))?;
    let writer = GenericDatumWriter::builder(schema).build().map_err(|_| WireError::Encode(T::NAME))?;
    Ok(T::slot().get_or_init(|| Codec { id, reader, writer }))
}

/// Encodes a record in the wire format.
pub fn encode<T: Encode>(record: &T) -> Result<Vec<u8>, WireError> {
    let codec = codec::<T>()?;
    let mut bytes = Vec::with_capacity(1024);
    bytes.push(0);
    bytes.extend_from_slice(&codec.id.to_be_bytes());
    record.write_body(codec, &mut bytes)?;
    Ok(bytes)
}

/// Decodes a record in the wire format.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, WireError> {
    let (header, mut body) = bytes.split_at_checked(5).ok_or(WireError::TooShort)?;
    let [0, id @ ..] = header else { return Err(WireError::Magic) };
    let id = id.try_into().map(u32::from_be_bytes).map_err(|_| WireError::TooShort)?;
    let codec = codec::<T>()?;
    if id != codec.id {
        return Err(WireError::UnknownSchema(id, T::NAME));
    }
    let record = T::read_body(codec, &mut body)?;
    if body.is_empty() { Ok(record) } else { Err(WireError::Trailing(T::NAME)) }
}

/// The schema of a subject as its Rust type describes it, for the test that both agree.
pub fn described<T: Subject>() -> serde_json::Value {
    T::schema(&mut Defined::default())
}
