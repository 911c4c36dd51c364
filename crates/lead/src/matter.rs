//! leads.matters.v1: everything about a matter in one order.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::ident::{LeadId, MatterId};
use crate::record::Lead;
use crate::schema::{AvroType, Defined, NAMESPACE, codes, plain};
use crate::value::Micros;

codes! {
    /// What the deduplicator says of a lead.
    enum Verdict {
        /// Not seen before.
        New = "NEW",
        /// The same lead with the same content: suppressed.
        Replay = "REPLAY",
        /// The same lead with newer content.
        Update = "UPDATE",
        /// Adds to a lead without replacing it.
        Amendment = "AMENDMENT",
        /// The lead is withdrawn.
        Cancel = "CANCEL",
        /// Older than what was accepted: recorded, not sent.
        Stale = "STALE",
        /// Another report of the same matter that adds nothing.
        Duplicate = "DUPLICATE",
        /// Same matter, adds facts.
        Related = "RELATED",
        /// Candidates for a person to decide; meanwhile a matter of its own.
        Review = "REVIEW",
    }
}

codes! {
    /// The kind of a match key.
    enum KeyKind {
        /// Not known.
        Unknown = "UNKNOWN",
        /// A reference number.
        ExternalId = "EXTERNAL_ID",
        /// A phone.
        Phone = "PHONE",
        /// An e-mail address.
        Email = "EMAIL",
        /// An account on a service.
        Account = "ACCOUNT",
        /// A document of a person.
        Document = "DOCUMENT",
        /// A hash of a file.
        FileHash = "FILE_HASH",
        /// A device.
        Device = "DEVICE",
        /// A bank account or wallet.
        FinancialAccount = "FINANCIAL_ACCOUNT",
        /// A licence plate.
        Vehicle = "VEHICLE",
        /// A name.
        Name = "NAME",
        /// A birth date.
        BirthDate = "BIRTH_DATE",
        /// A place.
        Place = "PLACE",
        /// A narrative.
        Narrative = "NARRATIVE",
    }
}

plain! {
    /// One key on which two leads agree.
    struct Evidence {
        /// Its kind.
        kind: KeyKind,
        /// Keyed digest of the value, hexadecimal: equal values can be told, values cannot be read.
        digest: String,
        /// The other lead.
        lead_id: LeadId,
        /// Weight in millibits.
        weight_millibits: i32,
        /// How many live leads hold the value, this one not counted.
        seen: i32,
    }
}

plain! {
    /// Another lead of the same matter, or one that an officer should compare.
    struct LeadLink {
        /// The other lead.
        lead_id: LeadId,
        /// repeats, related, review, prior_report.
        relation: String,
        /// Total weight in millibits.
        weight_millibits: i32,
    }
}

plain! {
    /// A key that is too common to match on.
    struct HotKey {
        /// Its kind.
        kind: KeyKind,
        /// How many live leads hold the value.
        seen: i32,
    }
}

plain! {
    /// A lead with its verdict.
    struct AssessedLead {
        /// What the deduplicator says.
        verdict: Verdict,
        /// The home matter: the one that the first verdict put the lead in, for ever.
        matter_id: MatterId,
        /// Version of the lead in our count, from 1; it moves with every accepted change.
        version: i32,
        /// The keys that agreed.
        evidence: Vec<Evidence>,
        /// Other leads.
        links: Vec<LeadLink>,
        /// Keys that were too common.
        hot: Vec<HotKey>,
        /// When it was assessed.
        assessed_at: Micros,
        /// The matching configuration, by hash.
        matching: String,
        /// The lead; for an amendment the addition alone.
        lead: Lead,
    }
}

plain! {
    /// An officer approves or refuses a held release.
    struct Approval {
        /// The matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its version; another version needs another approval.
        version: i32,
        /// The partner.
        partner: String,
        /// True approves, false refuses.
        approved: bool,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over the rest, hexadecimal.
        signature: String,
    }
}

plain! {
    /// A partner answers a delivery.
    struct Feedback {
        /// The matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// The partner.
        partner: String,
        /// RECEIVED, ACCEPTED, REJECTED, NOT_MINE, DUPLICATE_OF, DESTROYED, RETAINED, or an outcome code.
        code: String,
        /// The partner's reason code.
        reason: Option<String>,
        /// When it was said.
        at: Micros,
    }
}

plain! {
    /// A lead is recalled from everybody who received it.
    struct Recall {
        /// The matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Why, from a list.
        reason: String,
        /// Who asks.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over the rest, hexadecimal.
        signature: String,
    }
}

/// One event on leads.matters.v1: an Avro union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MatterEvent {
    /// A lead with its verdict.
    AssessedLead(Box<AssessedLead>),
    /// An approval or refusal.
    Approval(Approval),
    /// A partner's answer.
    Feedback(Feedback),
    /// A recall.
    Recall(Recall),
}

impl AvroType for MatterEvent {
    fn schema(defined: &mut Defined) -> Json {
        json!([
            AssessedLead::schema(defined),
            Approval::schema(defined),
            Feedback::schema(defined),
            Recall::schema(defined),
        ])
    }
}

impl MatterEvent {
    /// The namespace of the union's branches.
    pub const NAMESPACE: &'static str = NAMESPACE;

    /// The matter it belongs to: the record key.
    pub fn matter_id(&self) -> MatterId {
        match self {
            Self::AssessedLead(lead) => lead.matter_id,
            Self::Approval(approval) => approval.matter_id,
            Self::Feedback(feedback) => feedback.matter_id,
            Self::Recall(recall) => recall.matter_id,
        }
    }
}
