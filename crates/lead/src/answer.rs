//! What partners answer.

use crate::code::MessageStatus;
use crate::ident::{LeadId, MatterId};
use crate::schema::{codes, plain};
use crate::value::Micros;

codes! {
    /// What a partner says of a copy: how it was taken, what became of a withdrawal, what came of the lead.
    enum Answer {
        /// It arrived.
        Received = "RECEIVED",
        /// The partner works on it.
        Accepted = "ACCEPTED",
        /// The partner does not take it.
        Rejected = "REJECTED",
        /// It is for somebody else.
        NotMine = "NOT_MINE",
        /// The partner knew it already.
        DuplicateOf = "DUPLICATE_OF",
        /// After a Cancel: the copy is destroyed.
        Destroyed = "DESTROYED",
        /// After a Cancel: the copy is kept on a legal ground, which `reason` names.
        Retained = "RETAINED",
        /// Nothing came of it.
        NoAction = "NO_ACTION",
        /// Somebody was helped.
        AssistanceGiven = "ASSISTANCE_GIVEN",
        /// A victim is known by name.
        VictimIdentified = "VICTIM_IDENTIFIED",
        /// A victim is safe.
        VictimSafeguarded = "VICTIM_SAFEGUARDED",
        /// Somebody is arrested.
        Arrest = "ARREST",
        /// A case is opened.
        CaseOpened = "CASE_OPENED",
        /// Assets are restrained.
        AssetRestrained = "ASSET_RESTRAINED",
        /// It was wrong.
        FalseLead = "FALSE_LEAD",
    }
}

impl Answer {
    /// Whether it answers a Cancel.
    pub fn is_of_custody(self) -> bool {
        matches!(self, Self::Destroyed | Self::Retained)
    }

    /// Whether it says what came of the lead.
    pub fn is_outcome(self) -> bool {
        use Answer as A;
        let taken = matches!(self, A::Received | A::Accepted | A::Rejected | A::NotMine | A::DuplicateOf);
        !taken && !self.is_of_custody()
    }
}

plain! {
    /// A partner answers a delivery.
    struct Feedback {
        /// The home matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// The partner.
        partner: String,
        /// The partner's count of the version that it answers.
        revision: i32,
        /// What it says.
        answer: Answer,
        /// The partner's reason code.
        reason: Option<String>,
        /// When it was said.
        at: Micros,
    }
}
