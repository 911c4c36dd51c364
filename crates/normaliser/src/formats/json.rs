//! JSON (RFC 8259) in UTF-8 without byte order mark.
//!
//! Stricter than most readers where they would lose something: an object that names a field twice
//! and a number that cannot be kept exactly are refused.

use std::cell::Cell;
use std::fmt;

use pipeline::Reason;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use vrl::value::{KeyString, ObjectMap, Value};

use crate::digest;
use crate::formats::{Decoded, Format};
use crate::path::EntryPath;
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        tree(value, limits).map(Decoded::Tree)
    }

    fn encode_entry(&self, entry: Value, entries: &EntryPath) -> Vec<u8> {
        digest::to_json(&entries.wrap(Value::Array(vec![entry])))
    }
}

/// The value of a message, bounded before it is built: what formats that are written in JSON begin with.
pub(super) fn tree(value: &[u8], limits: &Limits) -> Result<Value, Reason> {
    match value {
        [0xef, 0xbb, 0xbf, ..] => {
            return Err(ReasonCode::ByteOrderMark.with("expected JSON without a byte order mark"));
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(ReasonCode::NotUtf8.with("expected UTF-8, got the byte order mark of UTF-16"));
        }
        _ => {}
    }
    let text = std::str::from_utf8(value).map_err(|e| {
        ReasonCode::NotUtf8.with(format!("expected UTF-8, which ends at byte {}", e.valid_up_to()))
    })?;
    let state = State { limits, values: Cell::new(0), fault: Cell::new(None) };
    let mut reader = serde_json::Deserializer::from_str(text);
    Seed { state: &state, depth: 1 }
        .deserialize(&mut reader)
        .and_then(|tree| reader.end().map(|()| tree))
        .map_err(|error| reason(&error, state.fault.get()))
}

fn reason(error: &serde_json::Error, fault: Option<(ReasonCode, &'static str)>) -> Reason {
    let (code, expected) = match (fault, error.classify()) {
        (Some(fault), _) => fault,
        (None, Category::Eof) => (ReasonCode::Truncated, "the message ends in the middle of a value"),
        // The only syntax error that is about size; its text is fixed and holds no input.
        (None, _) if error.to_string().starts_with("number out of range") => NUMBER,
        (None, _) => (ReasonCode::NotJson, "expected JSON (RFC 8259)"),
    };
    code.with(format!("{expected}, at line {} column {}", error.line(), error.column()))
}

const NUMBER: (ReasonCode, &str) =
    (ReasonCode::NumberNotExact, "a number of this size is not exact here: send it as text");

struct State<'a> {
    limits: &'a Limits,
    values: Cell<usize>,
    fault: Cell<Option<(ReasonCode, &'static str)>>,
}

impl State<'_> {
    fn fail<T, E: serde::de::Error>(&self, code: ReasonCode, expected: &'static str) -> Result<T, E> {
        self.fault.set(Some((code, expected)));
        Err(E::custom(expected))
    }

    fn check_text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.len() > self.limits.text_bytes {
            return self.fail(ReasonCode::TextTooLong, "a text is longer than limits.text_bytes");
        }
        Ok(())
    }
}

/// Reads one value at a depth that is known to be allowed or not before it is entered.
#[derive(Clone, Copy)]
struct Seed<'a> {
    state: &'a State<'a>,
    depth: usize,
}

impl<'a> Seed<'a> {
    fn deeper<E: serde::de::Error>(self) -> Result<Seed<'a>, E> {
        if self.depth >= self.state.limits.depth {
            return self.state.fail(ReasonCode::TooDeep, "values are nested deeper than limits.depth");
        }
        Ok(Seed { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        let values = self.state.values.get() + 1;
        self.state.values.set(values);
        if values > self.state.limits.values {
            return self.state.fail(ReasonCode::TooManyValues, "there are more values than limits.values");
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Boolean(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        // Larger ones are identifiers, never counts: their digits are what matters.
        Ok(i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::Integer))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
        if number.abs() >= EXACT_BELOW {
            return self.state.fail(NUMBER.0, NUMBER.1);
        }
        Ok(Value::from_f64_or_zero(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.state.check_text(text)?;
        Ok(Value::from(text))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        self.state.check_text(&text)?;
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(below)? {
            if items.len() >= self.state.limits.entries {
                return self
                    .state
                    .fail(ReasonCode::TooManyEntries, "a list holds more items than limits.entries");
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut fields = ObjectMap::new();
        while let Some(name) = access.next_key::<String>()? {
            self.state.check_text(&name).map_err(|_: serde::de::value::Error| A::Error::custom("name"))?;
            let name = KeyString::from(name);
            if fields.contains_key(name.as_str()) {
                return self.state.fail(ReasonCode::DuplicateKey, "an object names the same field twice");
            }
            let value = access.next_value_seed(below)?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Value, Reason> {
        let limits = Limits { depth: 4, entries: 3, values: 12, text_bytes: 5, ..Limits::default() };
        match Json.decode(bytes, &limits)? {
            Decoded::Tree(tree) => Ok(tree),
            _ => panic!("json gives trees"),
        }
    }

    #[test]
    fn keeps_every_value() {
        let text = r#"{"a": 1, "b": -2.5, "c": "\u00e9", "d": [true, null], "e": 18446744073709551615}"#;
        let tree = decode(text.as_bytes()).unwrap();
        assert_eq!(
            digest::to_json(&tree),
            "{\"a\":1,\"b\":-2.5,\"c\":\"é\",\"d\":[true,null],\"e\":\"18446744073709551615\"}".as_bytes()
        );
    }

    #[test]
    fn says_what_is_wrong_and_where_but_not_with_what() {
        let deep = "[".repeat(100_000);
        let cases: &[(&[u8], &str)] = &[
            (b"", "truncated"),
            (b"{\"a\": ", "truncated"),
            (b"{\"a\": NaN}", "not_json"),
            (b"{\"a\": Infinity}", "not_json"),
            (b"{\"a\": 1} x", "not_json"),
            (b"{'a': 1}", "not_json"),
            (b"{\"a\": 01}", "not_json"),
            (b"{\"a\": 1, \"a\": 2}", "duplicate_key"),
            (b"{\"a\": 1, \"\\u0061\": 2}", "duplicate_key"),
            (b"{\"a\": 1e999}", "number_not_exact"),
            (b"{\"a\": 123456789012345678901234567890}", "number_not_exact"),
            (b"\xef\xbb\xbf{}", "byte_order_mark"),
            (b"\xff\xfe{\0}\0", "not_utf8"),
            (b"{\"a\": \"\xe9\"}", "not_utf8"),
            (b"{\0}\0", "not_json"),
            (b"{\"a\": \"\\ud800\"}", "not_json"),
            (deep.as_bytes(), "too_deep"),
            (b"[[[[1]]]]", "too_deep"),
            (b"[1,2,3,4]", "too_many_entries"),
            (b"[[1,2,3],[1,2,3],[1,2,3]]", "too_many_values"),
            (b"{\"a\": \"abcdef\"}", "text_too_long"),
            (b"{\"abcdef\": 1}", "text_too_long"),
        ];
        for (bytes, code) in cases {
            let reason = decode(bytes).unwrap_err();
            assert_eq!(reason.code, *code, "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
            assert!(!reason.message.contains("abc") && !reason.message.contains("NaN"), "{}", reason.message);
        }
    }

    #[test]
    fn an_entry_alone_is_a_message_again() {
        let entries = EntryPath::parse("batch.calls").unwrap();
        let bytes = Json.encode_entry(Value::from(serde_json::json!({"n": 1})), &entries);
        assert_eq!(bytes, br#"{"batch":{"calls":[{"n":1}]}}"#);
    }
}
