//! Avro of our own records, read and written by position.
//!
//! The types of `lead` describe their schemas field for field, in order, and a test there holds that
//! the published schema is the same. So a record in the newest schema needs no look at that schema:
//! the type alone says which field comes next. This takes a tenth of the time that a codec driven by
//! the schema takes, which would be most of what a verdict costs.
//!
//! A record in any other schema is refused, as `lead::wire` refuses it.

mod read;
mod write;

use std::marker::PhantomData;

use lead::wire::{self, Subject, WireError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads and writes one subject in Confluent's wire format.
pub(crate) struct Codec<T> {
    id: u32,
    subject: PhantomData<fn(T) -> T>,
}

impl<T: Subject> Codec<T> {
    pub(crate) fn new() -> Self {
        // An unlisted subject has no id, and then nothing is readable: tests find it.
        Self { id: wire::schema_id(T::NAME).unwrap_or(0), subject: PhantomData }
    }

    pub(crate) fn encode(&self, record: &T) -> Result<Vec<u8>, WireError>
    where
        T: Serialize,
    {
        let mut bytes = Vec::with_capacity(2_048);
        bytes.push(0);
        bytes.extend(self.id.to_be_bytes());
        record.serialize(&mut write::Writer(&mut bytes)).map_err(|_| WireError::Encode(T::NAME))?;
        Ok(bytes)
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<T, WireError>
    where
        T: DeserializeOwned,
    {
        let (header, body) = bytes.split_at_checked(5).ok_or(WireError::TooShort)?;
        let [0, id @ ..] = header else { return Err(WireError::Magic) };
        let id = id.try_into().map(u32::from_be_bytes).map_err(|_| WireError::TooShort)?;
        if id != self.id {
            return Err(WireError::UnknownSchema(id, T::NAME));
        }
        let mut reader = read::Reader(body);
        let record = T::deserialize(&mut reader).map_err(|_| WireError::Body(T::NAME))?;
        if reader.0.is_empty() { Ok(record) } else { Err(WireError::Trailing(T::NAME)) }
    }
}

/// Bytes or a record that are not Avro of this shape. Never says what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not Avro of this record")]
pub(crate) struct NotAvro;

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

#[cfg(test)]
mod tests;
