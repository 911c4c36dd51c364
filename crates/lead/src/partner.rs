//! What a partner receives.

use crate::code::MessageKind;
use crate::content::Content;
use crate::ident::Alias;
use crate::schema::plain;
use crate::value::Micros;

plain! {
    /// What a partner receives: the permitted part of a lead under a name and a count of the partner's own. Only `release` makes one that can be encoded.
    struct PartnerLead {
        /// The partner's own name for this lead.
        alias: Alias,
        /// The partner's own count of versions, from 1, without gaps.
        revision: i32,
        /// REPORT, UPDATE or CANCEL.
        message_kind: MessageKind,
        /// Exercise traffic says so.
        exercise: bool,
        /// When it was released.
        released_at: Micros,
        /// Other leads that this partner received and that belong to the same matter.
        related: Vec<Alias>,
        /// What the partner must observe.
        caveats: Vec<String>,
        /// For a Cancel: why, from a list.
        cancel_reason: Option<String>,
        /// The permitted content; null in a Cancel.
        content: Option<Content>,
        /// What the partner answers by, as it stands: opaque, and of use to this partner only.
        reference: String,
    }
}
