//! What a lead is: the record, its identifiers, the class of each field, facts, and Avro.
//!
//! Pure: no IO, no clock, no randomness. The types are edited here; `schemas/*.avsc` are the
//! published contract, and a test holds that both agree. No type of this crate shows a person's data
//! through `Debug` or `Display`.
//!
//! Absent: whether two leads belong together (`deduplicator`), who may see what (`release`), and how
//! a source is read (`normaliser`).

pub mod answer;
pub mod class;
pub mod code;
pub mod content;
pub mod decision;
pub mod document;
pub mod facts;
pub mod held;
pub mod ident;
pub mod ledger;
pub mod matter;
pub mod officer;
pub mod partner;
pub mod person;
pub mod record;
pub mod reference;
pub mod schema;
pub mod thing;
pub mod topic;
pub mod value;
pub mod walk;
pub mod wire;

pub use class::{ClassSet, FieldClass};
pub use content::Content;
pub use decision::{Decision, DecisionBuilder};
pub use document::Document;
pub use facts::{Fact, FactDigest, Facts};
pub use ident::{Alias, ContentHash, LeadId, MatterId, SiteKeys};
pub use matter::{AssessedLead, MatterEvent, Verdict};
pub use partner::PartnerLead;
pub use record::{Lead, LeadSubmission};
pub use reference::DeliveryReference;
pub use value::Personal;
