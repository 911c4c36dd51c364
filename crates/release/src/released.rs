//! What may leave. [`Released`] can only be built here, and is the only type that encodes as a
//! partner's record.

use lead::partner::PartnerLead;
use lead::schema::{AvroType, Defined};
use lead::wire::{self, WireError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A record for a partner's topic.
///
/// INVARIANT: it was redacted under a permit for that partner, or is a Cancel without content. There
/// is no way to make one from a [`PartnerLead`], and none to decode one.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Released(PartnerLead);

impl Released {
    pub(crate) fn new(record: PartnerLead) -> Self {
        Self(record)
    }

    /// What the partner will read.
    pub fn record(&self) -> &PartnerLead {
        &self.0
    }
}

impl std::fmt::Debug for Released {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Released { .. }")
    }
}

impl AvroType for Released {
    fn schema(defined: &mut Defined) -> Json {
        PartnerLead::schema(defined)
    }
}

lead::subject!(Released, "partner-lead", encode);

/// The reading side: a record of a partner topic, which cannot be sent again.
#[derive(Deserialize)]
#[serde(transparent)]
struct Received(PartnerLead);

impl AvroType for Received {
    fn schema(defined: &mut Defined) -> Json {
        PartnerLead::schema(defined)
    }
}

lead::subject!(Received, "partner-lead", decode);

/// Reads a record of a partner topic.
pub fn decode_partner_lead(bytes: &[u8]) -> Result<PartnerLead, WireError> {
    wire::decode::<Received>(bytes).map(|received| received.0)
}

/// Why a partner must stop using what it received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// The source withdrew it.
    Withdrawn,
    /// It may no longer be released to this partner.
    NoLongerReleasable,
    /// It was recalled.
    Recalled,
    /// It was given in error, as part of another matter.
    Unlinked,
    /// Its time is over.
    Purged,
}

impl CancelReason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Withdrawn, Self::NoLongerReleasable, Self::Recalled, Self::Unlinked, Self::Purged];

    /// Its name in `cancel_reason`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Withdrawn => "WITHDRAWN",
            Self::NoLongerReleasable => "NO_LONGER_RELEASABLE",
            Self::Recalled => "RECALLED",
            Self::Unlinked => "UNLINKED",
            Self::Purged => "PURGED",
        }
    }
}
