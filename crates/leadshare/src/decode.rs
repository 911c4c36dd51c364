//! A record as JSON, decoded by the schema id that it names.
//!
//! What this makes holds personal data: it is for stdout, at a person's explicit command, and is never
//! logged.

use lead::decision::Decision;
use lead::held::HeldRelease;
use lead::ledger::Checkpoint;
use lead::matter::{LegalHold, MatchDecision, Purge, ReviewCase};
use lead::wire::{self, Decode, Subject};
use lead::{Document, Lead, LeadSubmission, MatterEvent};
use pipeline::Record;
use release::{Released, decode_partner_lead};
use serde_json::{Map, Value as Json, json};

/// The value of a record: the decoded document, JSON or text as it came, or a note about the bytes.
pub(crate) fn value(bytes: &[u8]) -> Json {
    if let Some(decoded) = by_schema(bytes) {
        return decoded;
    }
    if let Ok(json) = serde_json::from_slice(bytes) {
        return json;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Json::String(text.to_owned()),
        Err(_) => json!({ "bytes": bytes.len(), "hexadecimal": lead::ident::hex(bytes) }),
    }
}

/// The name of the schema, if the bytes are in the wire format and name one that we know.
pub(crate) fn schema_name(bytes: &[u8]) -> Option<&'static str> {
    let [0, a, b, c, d, ..] = bytes else { return None };
    let id = u32::from_be_bytes([*a, *b, *c, *d]);
    let names = [
        LeadSubmission::NAME,
        Lead::NAME,
        MatterEvent::NAME,
        Released::NAME,
        Decision::NAME,
        ReviewCase::NAME,
        MatchDecision::NAME,
        LegalHold::NAME,
        Purge::NAME,
        HeldRelease::NAME,
        Checkpoint::NAME,
    ];
    names.into_iter().find(|name| wire::schema_id(name) == Some(id))
}

fn by_schema(bytes: &[u8]) -> Option<Json> {
    match schema_name(bytes)? {
        LeadSubmission::NAME => json_of::<LeadSubmission>(bytes),
        Lead::NAME => json_of::<Lead>(bytes),
        MatterEvent::NAME => json_of::<MatterEvent>(bytes),
        Released::NAME => Some(without_empty(decode_partner_lead(bytes).ok()?.to_json())),
        Decision::NAME => json_of::<Decision>(bytes),
        ReviewCase::NAME => json_of::<ReviewCase>(bytes),
        MatchDecision::NAME => json_of::<MatchDecision>(bytes),
        LegalHold::NAME => json_of::<LegalHold>(bytes),
        Purge::NAME => json_of::<Purge>(bytes),
        HeldRelease::NAME => json_of::<HeldRelease>(bytes),
        Checkpoint::NAME => json_of::<Checkpoint>(bytes),
        _ => None,
    }
}

fn json_of<T: Decode + Document>(bytes: &[u8]) -> Option<Json> {
    Some(without_empty(wire::decode::<T>(bytes).ok()?.to_json()))
}

/// The document without nulls, empty lists and empty objects: what is left is what it says.
pub(crate) fn without_empty(json: Json) -> Json {
    let is_empty = |json: &Json| match json {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match json {
        Json::Array(items) => Json::Array(items.into_iter().map(without_empty).collect()),
        Json::Object(fields) => {
            let kept: Map<String, Json> = fields
                .into_iter()
                .map(|(name, value)| (name, without_empty(value)))
                .filter(|(_, value)| !is_empty(value))
                .collect();
            Json::Object(kept)
        }
        other => other,
    }
}

/// A whole record.
pub(crate) fn record(record: &Record) -> Json {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<Json> =
        record.headers.0.iter().map(|(name, value)| json!([name, value.as_deref().map(text)])).collect();
    json!({
        "topic": record.source.topic.as_str(),
        "partition": record.source.partition.0,
        "offset": record.offset.0,
        "timestamp": record.timestamp.0,
        "key": record.key.as_deref().map(text),
        "headers": headers,
        "schema": record.value.as_deref().and_then(schema_name),
        "value": record.value.as_deref().map(value),
    })
}
