//! The records of the internal topics: what agencies submit, and what normalising makes of it.

use crate::code::{MessageKind, MessageStatus};
use crate::content::Content;
use crate::ident::{ContentHash, LeadId};
use crate::schema::plain;
use crate::value::{Country, Micros};

plain! {
    /// What an agency that speaks Avro sends, and what every mapping produces. Values stand as the source gives them; normalising adds their canonical forms.
    struct LeadSubmission {
        /// The agency's number for this report; null when it has none.
        report_number: Option<String>,
        /// What the message is for.
        message_kind: MessageKind,
        /// Whether it is meant.
        message_status: MessageStatus,
        /// For an update that adds to a report without replacing it: which addition this is, such as a file number. The same key replaces the same addition.
        amendment_key: Option<String>,
        /// How many incidents the report stands for.
        occurrences: Option<i32>,
        /// Why a report is withdrawn, from the agency's list.
        cancel_reason: Option<String>,
        /// What it says.
        content: Content,
    }
}

plain! {
    /// Where the source's bytes are.
    struct RawRef {
        /// SHA-256 of the message, hexadecimal.
        sha256: String,
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Offset.
        offset: i64,
        /// The entry's place in the message, counted from 0.
        index: i32,
        /// Append time at the broker.
        appended_at: Micros,
        /// Bytes of the message.
        bytes: i64,
        /// The format it was read as.
        format: String,
    }
}

plain! {
    /// How long the lead may be kept.
    struct Retention {
        /// The class that decides.
        class: Option<String>,
        /// When it must be reviewed.
        review_due: Option<Micros>,
        /// When it must be purged.
        purge_due: Option<Micros>,
        /// Whether a legal hold stops the purge.
        legal_hold: bool,
        /// The key under which personal fields are sealed.
        key_id: Option<String>,
    }
}

plain! {
    /// A normalised lead: one immutable version of what one agency reported under one number.
    struct Lead {
        /// HMAC of agency and report number, or of the content hash; opaque.
        lead_id: LeadId,
        /// The agency: the name of its folder in config/sources.
        agency: String,
        /// The agency's number for the report, if it has one. Never leaves.
        report_number: Option<String>,
        /// Hash of the decoded source entry, less what its source calls volatile.
        content_hash: ContentHash,
        /// Order of its original inbound record: timestamp-offset-index.
        order: String,
        /// What the message is for.
        message_kind: MessageKind,
        /// Whether it is meant.
        message_status: MessageStatus,
        /// For an addition: which one.
        amendment_key: Option<String>,
        /// How many incidents it stands for.
        occurrences: i32,
        /// Why it is withdrawn.
        cancel_reason: Option<String>,
        /// Where the bytes are.
        raw: RawRef,
        /// The mapping and its version, by hash.
        mapping: String,
        /// When it was normalised.
        normalised_at: Micros,
        /// The country that decides the route; null is a route too.
        routing_country: Option<Country>,
        /// What the routing country follows from.
        routing_basis: Option<String>,
        /// How long it may be kept.
        retention: Option<Retention>,
        /// What it says.
        content: Content,
    }
}

impl Lead {
    /// Leads of one domain never match, cover or count with those of another: exercises and tests
    /// stay apart from what is meant.
    pub fn domain(&self) -> MessageStatus {
        self.message_status
    }

    /// Whether this is an addition to a report.
    pub fn is_amendment(&self) -> bool {
        self.amendment_key.is_some() && self.message_kind != MessageKind::Cancel
    }
}
