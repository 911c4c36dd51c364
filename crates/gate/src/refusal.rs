//! Why something that an officer is said to have said does not pass: one closed list, for metrics and operators.

use lead::reference::ReferenceError;
use lead::wire::WireError;
use pipeline::Reason;

/// Why a record does not pass. Says what was expected, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No value.
    #[error("no value; expected an officer's word, or a partner's answer")]
    EmptyValue,
    /// Larger than any of them can be.
    #[error("larger than a word or an answer can be")]
    TooLarge,
    /// Not a decision in the wire format.
    #[error("expected a match decision, an approval or a recall: {0}")]
    Undecodable(#[from] WireError),
    /// An event that officers do not write.
    #[error("expected a match decision, an approval or a recall; other events are not an officer's to write")]
    NotAWord,
    /// The name of a partner that can be none.
    #[error("`partner` is no partner's identifier; expected 1 to 64 of a-z, 0-9, _ and -")]
    PartnerNotAnId,
    /// An answer that is not JSON of its shape.
    #[error(
        "expected JSON with `reference`, `answer`, and perhaps `reason` and `at`; see README, \"What partners answer\""
    )]
    NotAnAnswer,
    /// An answer about nothing that was given to this partner.
    #[error("`reference` {0}")]
    Reference(#[from] ReferenceError),
    /// Two times the same lead.
    #[error("`first` and `second` are the same lead; expected two")]
    SameLead,
    /// Messages between systems are no leads, and nobody compares them.
    #[error("`domain` has no leads; expected ACTUAL, EXERCISE or TEST")]
    NoDomain,
    /// A text where a code is expected: it could be about a person.
    #[error("`reason` is no code; expected 1 to 64 of a-z, 0-9, _ and -")]
    ReasonNotACode,
    /// Said later than it came.
    #[error(
        "`at` is more than 5 minutes later than the broker's time; set the clock of the machine that signs, and decide again"
    )]
    InTheFuture,
    /// Nobody of that name.
    #[error(
        "no such officer; `leadshare officer new` makes one, and the gate reads its officers when it starts"
    )]
    UnknownOfficer,
    /// Without the right to decide.
    #[error("the officer may not say this; see `may` in the officer's file")]
    NotAuthorised,
    /// Before the key was valid.
    #[error("the officer's key was not valid yet; see `from` in the officer's file")]
    NotYetValid,
    /// After the key was valid.
    #[error("the officer's key is not valid any more; see `until` in the officer's file")]
    Expired,
    /// Not signed by that officer, or signed for something else.
    #[error("the signature is not that officer's over this decision")]
    BadSignature,
}

impl Refusal {
    /// Every code.
    pub const CODES: [&'static str; 18] = [
        "empty_value",
        "too_large",
        "undecodable",
        "not_a_word",
        "partner_not_an_id",
        "not_an_answer",
        "no_reference",
        "unknown_key",
        "foreign_reference",
        "same_lead",
        "no_domain",
        "reason_not_a_code",
        "in_the_future",
        "unknown_officer",
        "not_authorised",
        "not_yet_valid",
        "expired",
        "bad_signature",
    ];

    /// Its code: a metric label and a header.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmptyValue => "empty_value",
            Self::TooLarge => "too_large",
            Self::Undecodable(_) => "undecodable",
            Self::NotAWord => "not_a_word",
            Self::PartnerNotAnId => "partner_not_an_id",
            Self::NotAnAnswer => "not_an_answer",
            Self::Reference(ReferenceError::Form) => "no_reference",
            Self::Reference(ReferenceError::Key) => "unknown_key",
            Self::Reference(ReferenceError::Foreign) => "foreign_reference",
            Self::SameLead => "same_lead",
            Self::NoDomain => "no_domain",
            Self::ReasonNotACode => "reason_not_a_code",
            Self::InTheFuture => "in_the_future",
            Self::UnknownOfficer => "unknown_officer",
            Self::NotAuthorised => "not_authorised",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::BadSignature => "bad_signature",
        }
    }

    /// The stage where it arises.
    pub fn stage(self) -> &'static str {
        match self {
            Self::EmptyValue | Self::TooLarge | Self::Undecodable(_) | Self::NotAWord | Self::NotAnAnswer => {
                "decode"
            }
            Self::Reference(ReferenceError::Form)
            | Self::PartnerNotAnId
            | Self::SameLead
            | Self::NoDomain
            | Self::ReasonNotACode
            | Self::InTheFuture => "validate",
            Self::UnknownOfficer | Self::NotAuthorised | Self::NotYetValid | Self::Expired => "authorise",
            Self::BadSignature | Self::Reference(_) => "authenticate",
        }
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        Reason::new(refusal.code(), refusal.stage(), refusal.to_string())
    }
}
