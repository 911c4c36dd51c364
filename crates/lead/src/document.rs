//! Records as JSON documents: for mappings, samples, commands and folding.
//!
//! Compiled once, here: see [`crate::wire::Encode`].

use serde_json::Value as Json;

use crate::content::Content;
use crate::decision::Decision;
use crate::held::HeldRelease;
use crate::ledger::Checkpoint;
use crate::matter::{AssessedLead, LegalHold, MatchDecision, MatterEvent, Purge, ReviewCase};
use crate::partner::{Outline, PartnerLead, Token};
use crate::record::{Lead, LeadSubmission};

/// The JSON is not this record. Says where, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is not a `{0}`")]
pub struct DocumentError(&'static str);

/// A record that has a JSON form.
pub trait Document: Sized {
    /// The JSON form. It holds personal data.
    fn to_json(&self) -> Json;

    /// The JSON form as text, fields in the order of the schema: the same record gives the same text.
    fn to_json_text(&self) -> String;

    /// The record of a JSON form.
    fn from_json(json: Json) -> Result<Self, DocumentError>;
}

macro_rules! document {
    ($($ty:ident),+) => {$(
        impl Document for $ty {
            fn to_json(&self) -> Json {
                serde_json::to_value(self).unwrap_or(Json::Null)
            }

            fn to_json_text(&self) -> String {
                serde_json::to_string(self).unwrap_or_default()
            }

            fn from_json(json: Json) -> Result<Self, DocumentError> {
                serde_json::from_value(json).map_err(|_| DocumentError(stringify!($ty)))
            }
        }
    )+};
}

document!(
    Content,
    Lead,
    LeadSubmission,
    AssessedLead,
    MatterEvent,
    PartnerLead,
    Outline,
    Token,
    Decision,
    MatchDecision,
    LegalHold,
    Purge,
    ReviewCase,
    HeldRelease,
    Checkpoint
);
