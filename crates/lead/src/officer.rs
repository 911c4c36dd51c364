//! What officers say and sign. The gate lets in what is signed rightly; whoever reads the topics behind it trusts that.

use crate::code::MessageStatus;
use crate::ident::{LeadId, MatterId};
use crate::schema::{codes, plain};
use crate::value::Micros;

codes! {
    /// What an officer says of two leads.
    enum Judgement {
        /// They are of different matters: whatever was or will be found, they are not linked by it.
        Different = "DIFFERENT",
        /// They are of one matter.
        Same = "SAME",
    }
}

plain! {
    /// An officer's word on two leads. It holds until a later one on the same two.
    struct MatchDecision {
        /// What is said.
        judgement: Judgement,
        /// The matching domain of both.
        domain: MessageStatus,
        /// One lead.
        first: LeadId,
        /// The other.
        second: LeadId,
        /// Why, as a code: lower-case letters, digits, - and _. Never a text about a person.
        reason: String,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over [`signed`](Signed::signed), hexadecimal.
        signature: String,
    }
}

plain! {
    /// An officer approves or refuses a held release.
    struct Approval {
        /// The home matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// Its version; another version needs another approval.
        version: i32,
        /// The partner.
        partner: String,
        /// True approves, false refuses.
        approved: bool,
        /// Why, as a code. Never a text about a person.
        reason: String,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over [`signed`](Signed::signed), hexadecimal.
        signature: String,
    }
}

plain! {
    /// A lead is recalled from everybody who received it, in every version there is when this is read. A later version
    /// is decided as any other.
    struct Recall {
        /// The home matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// Why, as a code. Never a text about a person.
        reason: String,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over [`signed`](Signed::signed), hexadecimal.
        signature: String,
    }
}

codes! {
    /// What changed, so that leads are decided again.
    enum Ground {
        /// Policies.
        Policy = "POLICY",
        /// Partners.
        Partner = "PARTNER",
    }
}

plain! {
    /// A lead is decided again, by the policies and for the partners that are in force when this is read.
    struct Reconsideration {
        /// The home matter, which is the key.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// What changed.
        ground: Ground,
        /// Why, as a code. Never a text about a person.
        reason: String,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over [`signed`](Signed::signed), hexadecimal.
        signature: String,
    }
}

plain! {
    /// What is kept of a lead stays when its time is over, until an officer lifts the hold. A lead may be held for several
    /// reasons; the word holds until a later one on the same lead for the same reason, also for a lead that comes later.
    struct LegalHold {
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// True places the hold, false lifts it.
        placed: bool,
        /// For which order or case, as a code: it names the hold. Never a text about a person.
        reason: String,
        /// The officer's identifier in config/officers.
        officer: String,
        /// When it was said.
        at: Micros,
        /// Ed25519 signature over [`signed`](Signed::signed), hexadecimal.
        signature: String,
    }
}

impl LegalHold {
    /// The key that it is listed under.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.domain.symbol(), self.lead_id, self.reason)
    }
}

/// What an officer signs.
pub trait Signed {
    /// The bytes that are signed: a line for each field, under a name that no other signature here has.
    fn signed(&self) -> Vec<u8>;
    /// Who says it.
    fn officer(&self) -> &str;
    /// When it was said.
    fn at(&self) -> Micros;
    /// Why.
    fn reason(&self) -> &str;
    /// The signature that stands in it.
    fn signature(&self) -> &str;
    /// The same under this signature.
    #[must_use]
    fn with_signature(self, signature: String) -> Self;
}

macro_rules! signed {
    ($ty:ident, $name:literal, |$said:ident| [$($line:expr),* $(,)?]) => {
        impl Signed for $ty {
            fn signed(&self) -> Vec<u8> {
                let $said = self;
                let lines: Vec<String> = vec![
                    $name.into(),
                    $($line.to_string(),)*
                    self.reason.clone(),
                    self.officer.clone(),
                    self.at.0.to_string(),
                ];
                lines.join("\n").into_bytes()
            }

            fn officer(&self) -> &str {
                &self.officer
            }

            fn at(&self) -> Micros {
                self.at
            }

            fn reason(&self) -> &str {
                &self.reason
            }

            fn signature(&self) -> &str {
                &self.signature
            }

            fn with_signature(self, signature: String) -> Self {
                Self { signature, ..self }
            }
        }
    };
}

signed!(MatchDecision, "leadshare match decision 1", |said| [
    said.judgement.symbol(),
    said.domain.symbol(),
    said.first,
    said.second,
]);
signed!(Approval, "leadshare approval 1", |said| [
    said.matter_id,
    said.lead_id,
    said.domain.symbol(),
    said.version,
    said.partner,
    if said.approved { "approved" } else { "refused" },
]);
signed!(Recall, "leadshare recall 1", |said| [said.matter_id, said.lead_id, said.domain.symbol()]);
signed!(Reconsideration, "leadshare reconsideration 1", |said| [
    said.matter_id,
    said.lead_id,
    said.domain.symbol(),
    said.ground.symbol(),
]);
signed!(LegalHold, "leadshare legal hold 1", |said| [
    said.lead_id,
    said.domain.symbol(),
    if said.placed { "placed" } else { "lifted" },
]);
