//! How the Rust types describe themselves as Avro.
//!
//! Types are edited in Rust; the files under `schemas/` are the contract. A test in `tests/` holds
//! that both agree, property for property.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

/// Names of the record and enum types that a schema has defined so far: Avro defines a type where it
/// first stands and names it afterwards.
#[derive(Debug, Default)]
pub struct Defined(BTreeSet<&'static str>);

impl Defined {
    /// The definition the first time, the name from then on.
    pub fn once(&mut self, name: &'static str, define: impl FnOnce(&mut Self) -> Json) -> Json {
        if self.0.insert(name) { define(self) } else { Json::String(format!("{NAMESPACE}.{name}")) }
    }
}

/// The namespace of every type.
pub const NAMESPACE: &str = "leadshare.v1";

/// A type with an Avro schema.
pub trait AvroType {
    /// The schema.
    fn schema(defined: &mut Defined) -> Json;

    /// The default of a field of this type; `None` when there is none and the field is required.
    fn default_json() -> Option<Json> {
        None
    }
}

macro_rules! primitive {
    ($ty:ty, $schema:expr, $default:expr) => {
        impl AvroType for $ty {
            fn schema(_: &mut Defined) -> Json {
                json!($schema)
            }
            fn default_json() -> Option<Json> {
                Some(json!($default))
            }
        }
    };
}

primitive!(String, "string", "");
primitive!(bool, "boolean", false);
primitive!(i32, "int", 0);
primitive!(i64, "long", 0);
primitive!(f64, "double", 0.0);

impl<T: AvroType> AvroType for Option<T> {
    fn schema(defined: &mut Defined) -> Json {
        json!(["null", T::schema(defined)])
    }
    fn default_json() -> Option<Json> {
        Some(Json::Null)
    }
}

impl<T: AvroType> AvroType for Vec<T> {
    fn schema(defined: &mut Defined) -> Json {
        json!({ "type": "array", "items": T::schema(defined) })
    }
    fn default_json() -> Option<Json> {
        Some(json!([]))
    }
}

/// A record's schema from its parts; used by the macros of this crate.
pub fn record(name: &str, docs: &[&str], fields: Vec<Json>) -> Json {
    json!({
        "type": "record", "name": name, "namespace": NAMESPACE, "doc": text(docs), "fields": fields,
    })
}

/// An enum's schema from its parts; the first symbol is the default.
pub fn enumeration(name: &str, docs: &[&str], symbols: &[&str], absence_counts: bool) -> Json {
    let mut schema = json!({
        "type": "enum", "name": name, "namespace": NAMESPACE, "doc": text(docs), "symbols": symbols,
        "default": symbols.first(),
    });
    if let Some(schema) = schema.as_object_mut().filter(|_| absence_counts) {
        schema.insert("leadshare.absence_counts".into(), true.into());
    }
    schema
}

/// A field's schema from its parts; used by the macros of this crate.
pub fn field<T: AvroType>(
    defined: &mut Defined,
    name: &str,
    docs: &[&str],
    properties: &[(&str, Json)],
) -> Json {
    let mut field = json!({ "name": name, "type": T::schema(defined), "doc": text(docs) });
    if let Some(object) = field.as_object_mut() {
        if let Some(default) = T::default_json() {
            object.insert("default".into(), default);
        }
        for (key, value) in properties {
            object.insert((*key).into(), value.clone());
        }
    }
    field
}

fn text(docs: &[&str]) -> String {
    docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A closed list of codes: a Rust enum whose first variant is the default, and an Avro enum with
/// that default. The default says nothing and so is no fact, but where `absence_counts`: what is not
/// stated there is handled more strictly than some of what may be.
macro_rules! codes {
    ($(#[doc = $doc:literal])+ enum $name:ident $(: $absence_counts:ident)? {
        $(#[doc = $fdoc:literal])+ $first:ident = $fsymbol:literal,
        $($(#[doc = $vdoc:literal])+ $variant:ident = $symbol:literal,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $fdoc])+ #[default] #[serde(rename = $fsymbol)] $first,
            $($(#[doc = $vdoc])+ #[serde(rename = $symbol)] $variant,)*
        }

        impl $name {
            const ABSENCE_COUNTS: bool = !concat!($(stringify!($absence_counts))?).is_empty();

            /// Every value, in the order of the schema.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$variant),*];

            /// Its symbol in Avro and JSON.
            pub fn symbol(self) -> &'static str {
                match self { Self::$first => $fsymbol, $(Self::$variant => $symbol,)* }
            }

            /// The value of this symbol.
            pub fn from_symbol(symbol: &str) -> Option<Self> {
                match symbol { $fsymbol => Some(Self::$first), $($symbol => Some(Self::$variant),)* _ => None }
            }
        }

        impl $crate::schema::AvroType for $name {
            fn schema(defined: &mut $crate::schema::Defined) -> serde_json::Value {
                defined.once(stringify!($name), |_| {
                    let symbols: Vec<&str> = Self::ALL.iter().map(|value| value.symbol()).collect();
                    $crate::schema::enumeration(stringify!($name), &[$($doc),+], &symbols, Self::ABSENCE_COUNTS)
                })
            }
            fn default_json() -> Option<serde_json::Value> {
                Some(Self::default().symbol().into())
            }
        }

        impl $crate::walk::Atom for $name {
            fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
                if Self::ABSENCE_COUNTS || *self != Self::default() { each(self.symbol().as_bytes()) }
            }
        }
    };
}

/// A plain record without field classes: a value that is one atom where it stands, or an internal
/// message. Its `Debug` shows no data.
macro_rules! plain {
    ($(#[doc = $doc:literal])+ struct $name:ident { $($(#[doc = $fdoc:literal])+ $field:ident : $ty:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[doc = $fdoc])+ pub $field: $ty,)* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }

        impl $crate::schema::AvroType for $name {
            fn schema(defined: &mut $crate::schema::Defined) -> serde_json::Value {
                defined.once(stringify!($name), |defined| {
                    let fields = vec![$($crate::schema::field::<$ty>(defined, stringify!($field), &[$($fdoc),+], &[]),)*];
                    $crate::schema::record(stringify!($name), &[$($doc),+], fields)
                })
            }
        }
    };
}

pub(crate) use {codes, plain};
