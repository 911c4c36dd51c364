//! leads.matters.v1: everything about a matter in one order.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

pub use crate::answer::{Answer, Feedback};
use crate::code::MessageStatus;
use crate::ident::{LeadId, MatterId};
pub use crate::officer::{
    Approval, Ground, Judgement, LegalHold, MatchDecision, Recall, Reconsideration, Signed,
};
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
    /// What of two leads is compared.
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
        /// A name as a whole.
        Name = "NAME",
        /// A birth date.
        BirthDate = "BIRTH_DATE",
        /// A place.
        Place = "PLACE",
        /// A narrative.
        Narrative = "NARRATIVE",
        /// A given name.
        GivenName = "GIVEN_NAME",
        /// A middle name or initial.
        MiddleName = "MIDDLE_NAME",
        /// A family name.
        FamilyName = "FAMILY_NAME",
        /// An age.
        Age = "AGE",
        /// A sex.
        Sex = "SEX",
        /// Who employs a person.
        Employer = "EMPLOYER",
        /// Further persons.
        Company = "COMPANY",
    }
}

plain! {
    /// One comparison of two leads that says something.
    struct Evidence {
        /// What was compared.
        kind: KeyKind,
        /// How far it agrees: equal, close, near, one_edit, different, contradiction, ...
        level: String,
        /// The other lead.
        lead_id: LeadId,
        /// What it says, in millibits, before the cap of its group: 1000 doubles the odds, less than 0 speaks against.
        weight_millibits: i32,
        /// How common an equal value was: one live lead in 2^n held it.
        one_in_bits: Option<i32>,
    }
}

plain! {
    /// What the comparisons of one group add up to.
    struct GroupWeight {
        /// given, family, birth, phone, account, place, ...: within one, agreements are not independent.
        group: String,
        /// Their sum in millibits.
        sum_millibits: i32,
        /// What of it counts.
        counted_millibits: i32,
    }
}

plain! {
    /// Another lead of the same matter, or one that an officer should compare.
    struct LeadLink {
        /// The other lead.
        lead_id: LeadId,
        /// repeats, related, review: for a person to decide, shares: an identifier and no more.
        relation: String,
        /// The total in millibits: log odds that they speak of the same, prior included.
        weight_millibits: i32,
        /// Where the sum began: the odds of any two leads of a store of that size, or of one household.
        prior_millibits: i32,
        /// Against which explanation it is held: stranger, household.
        rival: String,
        /// Whether something can hardly be so if they are the same.
        contradicted: bool,
        /// Why the two did not become one matter by themselves, where the total would have allowed it: cannot_link,
        /// contradiction, second_edge, size, density.
        held: Option<String>,
        /// The groups that the total is the sum of, with the prior.
        groups: Vec<GroupWeight>,
    }
}

plain! {
    /// A value that is too common to find other leads by.
    struct HotKey {
        /// Its kind.
        kind: KeyKind,
        /// How many live leads hold it.
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
        /// The matter that the lead stands in now: another than its home when matters joined or split since.
        cluster_id: MatterId,
        /// Place in the committed order of its domain: what is said of clusters at a later place holds.
        place: i64,
        /// Version of the lead in our count, from 1; it moves with every accepted change.
        version: i32,
        /// What was compared, link by link.
        evidence: Vec<Evidence>,
        /// Other leads.
        links: Vec<LeadLink>,
        /// Values that were too common to find other leads by.
        hot: Vec<HotKey>,
        /// When it was assessed.
        assessed_at: Micros,
        /// The table of weights, by hash.
        matching: String,
        /// The lead; for an amendment the addition alone.
        lead: Lead,
    }
}

plain! {
    /// Leads of one home matter that stand in another cluster than before: matters joined, or split.
    struct Regrouping {
        /// Their home matter, which is the key.
        matter_id: MatterId,
        /// Where they stand now.
        cluster_id: MatterId,
        /// They, in the order of their ids.
        leads: Vec<LeadId>,
        /// Their matching domain.
        domain: MessageStatus,
        /// Place in the committed order of the domain.
        place: i64,
        /// The lead that came or went, or the first of the two that an officer decided on.
        caused_by: LeadId,
        /// Who decided: an officer's identifier; none when it followed from a lead.
        officer: Option<String>,
        /// When it was noted.
        at: Micros,
    }
}

plain! {
    /// A lead that a person is asked about: meanwhile it is delivered as what its verdict says.
    struct ReviewCase {
        /// The lead.
        lead_id: LeadId,
        /// Its matching domain.
        domain: MessageStatus,
        /// Its home matter.
        matter_id: MatterId,
        /// Other leads with which it may be one, best first.
        candidates: Vec<LeadLink>,
        /// What was compared, candidate by candidate.
        evidence: Vec<Evidence>,
        /// Values that were too common to find other leads by.
        hot: Vec<HotKey>,
        /// Place in the committed order of the domain.
        place: i64,
        /// When it was assessed.
        assessed_at: Micros,
        /// The table of weights, by hash.
        matching: String,
    }
}

plain! {
    /// The time of a lead is over: what is kept of it goes. The deduplicator puts it on leads.normalised.v1, so that
    /// it has a place among leads and officers' words, and once it has read it there, on leads.matters.v1.
    struct Purge {
        /// The home matter.
        matter_id: MatterId,
        /// The lead.
        lead_id: LeadId,
        /// Its domain.
        domain: MessageStatus,
        /// Its version when it was purged; 0 until then.
        version: i32,
        /// When its time was over. A version that came since then has a time of its own.
        due: Micros,
        /// When that was noticed.
        at: Micros,
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
    /// Leads that stand in another cluster now.
    Regrouping(Regrouping),
    /// A lead is decided again.
    Reconsideration(Reconsideration),
    /// What is kept of a lead goes.
    Purge(Purge),
}

impl AvroType for MatterEvent {
    fn schema(defined: &mut Defined) -> Json {
        json!([
            AssessedLead::schema(defined),
            Approval::schema(defined),
            Feedback::schema(defined),
            Recall::schema(defined),
            Regrouping::schema(defined),
            Reconsideration::schema(defined),
            Purge::schema(defined),
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
            Self::Regrouping(regrouping) => regrouping.matter_id,
            Self::Reconsideration(word) => word.matter_id,
            Self::Purge(purge) => purge.matter_id,
        }
    }
}
