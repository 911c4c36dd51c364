//! A mapping's output as a [`LeadSubmission`], strictly: a field that no submission has is an error,
//! and an error says where and what was expected, never what was there.
//!
//! Null and empty text are absence: a mapping need not ask whether each field is there. A whole
//! number where text is expected is the text of that number.

use std::fmt;

use lead::LeadSubmission;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use vrl::value::{ObjectMap, Value};

/// Why a mapping's output is no submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputError {
    /// Where.
    pub(crate) path: String,
    /// What was expected.
    pub(crate) expected: String,
    /// The name of a field that no submission has.
    pub(crate) unknown_field: Option<String>,
}

impl OutputError {
    fn new(expected: impl Into<String>) -> Self {
        Self { path: String::new(), expected: expected.into(), unknown_field: None }
    }

    fn at(mut self, path: &Path<'_>) -> Self {
        if self.path.is_empty() {
            self.path = path.to_string();
        }
        self
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at `{}`: {}", self.path, self.expected)
    }
}

impl std::error::Error for OutputError {}

impl serde::de::Error for OutputError {
    /// Custom messages come from the record types only, and are fixed texts.
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected} within its range"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", expected.join(", ")))
    }
}

/// Reads the output of a mapping.
pub(crate) fn from_value(output: &Value) -> Result<LeadSubmission, OutputError> {
    if !matches!(output, Value::Object(_)) {
        return Err(OutputError::new("expected an object"));
    }
    LeadSubmission::deserialize(Reader { value: output, path: &Path::Root })
}

enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    value: &'a Value,
    path: &'a Path<'a>,
}

impl<'de> Reader<'_> {
    fn fail<T>(self, expected: &'static str) -> Result<T, OutputError> {
        Err(OutputError::new(expected).at(self.path))
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OutputError> {
        let result = match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(flag) => visitor.visit_bool(*flag),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(number.into_inner()),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => {
                visitor.visit_seq(Items { items: items.iter().enumerate(), path: self.path })
            }
            Value::Object(fields) => {
                visitor.visit_map(Fields { fields: fields.iter(), next: None, path: self.path })
            }
            Value::Bytes(_) => return self.fail("expected text in UTF-8"),
            Value::Regex(_) | Value::Timestamp(_) => return self.fail("expected a JSON value"),
        };
        result.map_err(|error: OutputError| error.at(self.path))
    }
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = OutputError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OutputError> {
        self.visit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OutputError> {
        if is_absent(self.value) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OutputError> {
        match self.value {
            Value::Integer(number) => {
                visitor.visit_string(number.to_string()).map_err(|e: OutputError| e.at(self.path))
            }
            _ => self.visit(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, OutputError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, OutputError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, OutputError> {
        match self.value {
            Value::String(text) => {
                let symbol: StrDeserializer<'_, OutputError> = (&**text).into_deserializer();
                visitor.visit_enum(symbol).map_err(|e| e.at(self.path))
            }
            _ => self.fail("expected a code in text"),
        }
    }

    /// Asked for fields that the record does not have, and for nothing else.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, OutputError> {
        let (parent, name) = match self.path {
            Path::Field(parent, name) => (parent.to_string(), (*name).to_owned()),
            path => (path.to_string(), String::new()),
        };
        Err(OutputError { path: parent, expected: "an unknown field".into(), unknown_field: Some(name) })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

struct Items<'a, I> {
    items: I,
    path: &'a Path<'a>,
}

impl<'de, 'v, I: Iterator<Item = (usize, &'v Value)>> SeqAccess<'de> for Items<'_, I> {
    type Error = OutputError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, OutputError> {
        let Some((index, value)) = self.items.by_ref().find(|(_, value)| !is_absent(value)) else {
            return Ok(None);
        };
        seed.deserialize(Reader { value, path: &Path::Item(self.path, index) }).map(Some)
    }
}

struct Fields<'a, 'v> {
    fields: <&'v ObjectMap as IntoIterator>::IntoIter,
    next: Option<(&'v str, &'v Value)>,
    path: &'a Path<'a>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = OutputError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, OutputError> {
        let Some((name, value)) = self.fields.by_ref().find(|(_, value)| !is_absent(value)) else {
            return Ok(None);
        };
        self.next = Some((name.as_str(), value));
        let name: StrDeserializer<'_, OutputError> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, OutputError> {
        let (name, value) = self.next.take().ok_or_else(|| OutputError::new("expected a value"))?;
        seed.deserialize(Reader { value, path: &Path::Field(self.path, name) })
    }
}
