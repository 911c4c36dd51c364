//! How a record stands in the log: a version byte, the append time, key, value and headers.
//!
//! The append time stands first, so that retention need not decode the rest.

use pipeline::{Headers, Offset, Output, Record, Source, Timestamp};

const VERSION: u8 = 1;
const HAS_KEY: u8 = 1;
const HAS_VALUE: u8 = 2;

/// The bytes of a record appended at `timestamp`.
pub(crate) fn encode(output: &Output, timestamp: Timestamp) -> Vec<u8> {
    let headers = &output.headers.0;
    let mut bytes = Vec::with_capacity(output.size() + 32 + headers.len() * 9);
    bytes.push(VERSION);
    bytes.extend(timestamp.0.to_be_bytes());
    bytes.push(
        if output.key.is_some() { HAS_KEY } else { 0 } | if output.value.is_some() { HAS_VALUE } else { 0 },
    );
    for part in [&output.key, &output.value].into_iter().flatten() {
        put(&mut bytes, part);
    }
    put_length(&mut bytes, headers.len());
    for (name, value) in headers {
        put(&mut bytes, name.as_bytes());
        bytes.push(u8::from(value.is_some()));
        if let Some(value) = value {
            put(&mut bytes, value);
        }
    }
    bytes
}

/// The record at `offset` of `source`; `None` if the bytes are not what `encode` writes.
pub(crate) fn decode(source: &Source, offset: Offset, mut bytes: &[u8]) -> Option<Record> {
    let bytes = &mut bytes;
    let timestamp = take_timestamp(bytes)?;
    let flags = take_byte(bytes)?;
    let key = (flags & HAS_KEY != 0).then(|| take(bytes).map(<[u8]>::to_vec));
    let key = transpose(key)?;
    let value = (flags & HAS_VALUE != 0).then(|| take(bytes).map(<[u8]>::to_vec));
    let value = transpose(value)?;
    let mut headers = Headers::default();
    for _ in 0..take_length(bytes)? {
        let name = String::from_utf8(take(bytes)?.to_vec()).ok()?;
        let value = transpose((take_byte(bytes)? != 0).then(|| take(bytes).map(<[u8]>::to_vec)))?;
        headers.0.push((name, value));
    }
    bytes.is_empty().then(|| Record { source: source.clone(), offset, timestamp, key, value, headers })
}

/// What retention and compaction must know of a stored record.
pub(crate) struct Outline<'a> {
    pub(crate) timestamp: Timestamp,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) is_tombstone: bool,
}

/// Reads as far as the key.
pub(crate) fn outline(mut bytes: &[u8]) -> Option<Outline<'_>> {
    let timestamp = take_timestamp(&mut bytes)?;
    let flags = take_byte(&mut bytes)?;
    let key = if flags & HAS_KEY != 0 { Some(take(&mut bytes)?) } else { None };
    Some(Outline { timestamp, key, is_tombstone: flags & HAS_VALUE == 0 })
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    put_length(bytes, part.len());
    bytes.extend_from_slice(part);
}

/// INVARIANT: every part is within a record, and records are limited far below 4 GiB.
fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

fn take_timestamp(bytes: &mut &[u8]) -> Option<Timestamp> {
    if take_byte(bytes)? != VERSION {
        return None;
    }
    Some(Timestamp(i64::from_be_bytes(take_array(bytes)?)))
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(take_array(bytes)?)).ok()
}

fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(bytes)?;
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

/// A part that is there and whole, or not there; `None` when it is cut off.
fn transpose<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn output() -> impl Strategy<Value = Output> {
        let bytes = || proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40));
        let headers = proptest::collection::vec((".{0,8}", bytes()), 0..4);
        (bytes(), bytes(), headers).prop_map(|(key, value, headers)| Output {
            topic: "t".into(),
            partition: None,
            key,
            value,
            headers: Headers(headers),
        })
    }

    proptest! {
        #[test]
        fn a_record_comes_back_whole_or_not_at_all(output in output(), timestamp in any::<i64>(), cut in any::<prop::sample::Index>()) {
            let source = Source::new("t", 3);
            let bytes = encode(&output, Timestamp(timestamp));
            let record = decode(&source, Offset(7), &bytes).unwrap();
            prop_assert_eq!(&record.key, &output.key);
            prop_assert_eq!(&record.value, &output.value);
            prop_assert_eq!(&record.headers, &output.headers);
            prop_assert_eq!(record.timestamp, Timestamp(timestamp));
            let outline = outline(&bytes).unwrap();
            prop_assert_eq!(outline.key, output.key.as_deref());
            prop_assert_eq!(outline.is_tombstone, output.value.is_none());
            let cut = cut.index(bytes.len());
            prop_assert_eq!(decode(&source, Offset(7), &bytes[..cut]), None);
        }
    }
}
