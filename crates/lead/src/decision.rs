//! leads.decisions.v1: one record for each time that a version of a lead was decided for partners.
//!
//! INVARIANT: every partner occurs exactly once in a decision: by itself in `outcomes`, or in one of
//! `grouped`. [`DecisionBuilder`] makes no other. A decision explains itself without the lead: it
//! holds the facts that policies saw, and never a value of the lead.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use crate::answer::Answer;
use crate::code::{MessageKind, MessageStatus, Tlp};
use crate::ident::{Alias, LeadId, MatterId};
use crate::matter::Verdict;
use crate::schema::{codes, plain};
use crate::value::Micros;

codes! {
    /// What made the router decide.
    enum Cause {
        /// A lead with its verdict.
        Lead = "LEAD",
        /// An officer approved a held release.
        Approval = "APPROVAL",
        /// An officer refused a held release.
        Refusal = "REFUSAL",
        /// A date passed: an agreement began or ended, a hold expired.
        Expiry = "EXPIRY",
        /// Other policies are in force.
        Policy = "POLICY",
        /// A partner changed.
        Partner = "PARTNER",
        /// The lead was recalled.
        Recall = "RECALL",
        /// Two leads were found to be of different matters.
        Unlink = "UNLINK",
        /// The lead's time is over.
        Purge = "PURGE",
        /// A copy that could not be delivered is tried again.
        Redelivery = "REDELIVERY",
        /// What covered the lead at a partner is there no more.
        Uncovered = "UNCOVERED",
        /// A partner answered, or did not in time.
        Answer = "ANSWER",
    }
}

codes! {
    /// What a decision means for one partner.
    enum OutcomeCode {
        /// Nothing permits it, or something forbids it.
        Withheld = "WITHHELD",
        /// A message was written to the partner's topic: `action` says which.
        Delivered = "DELIVERED",
        /// Permitted once a person approves.
        Held = "HELD",
        /// The partner holds every fact of it already: `covered_by` says in which leads.
        Covered = "COVERED",
        /// The partner's topic refused it.
        Undeliverable = "UNDELIVERABLE",
        /// Nothing new to say to this partner.
        Unchanged = "UNCHANGED",
        /// Would be permitted but for something that passes: decided again then.
        Passing = "PASSING",
    }
}

codes! {
    /// Where a partner stands.
    enum PartnerState {
        /// Entered, not yet agreed: receives nothing.
        Proposed = "PROPOSED",
        /// Tries the connection: receives exercises only.
        Sandbox = "SANDBOX",
        /// Passed the conformance tests: receives exercises only.
        Conformant = "CONFORMANT",
        /// In service.
        Active = "ACTIVE",
        /// Receives nothing for the time being, but for Cancels.
        Suspended = "SUSPENDED",
        /// Receives nothing any more, but for Cancels.
        Ended = "ENDED",
    }
}

/// A record of flags and codes: what policies see. It is a memo key, so equality and hash are exact.
macro_rules! facts {
    ($(#[doc = $doc:literal])+ struct $name:ident {
        flags { $($(#[doc = $fdoc:literal])+ $flag:ident,)* }
        codes { $($(#[doc = $cdoc:literal])+ $code:ident: $ty:ty,)* }
    }) => {
        plain! {
            $(#[doc = $doc])+
            struct $name {
                $($(#[doc = $fdoc])+ $flag: bool,)*
                $($(#[doc = $cdoc])+ $code: $ty,)*
            }
        }

        impl Copy for $name {}
        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                let bits = self.flags().iter().fold(0_u64, |bits, (_, set)| bits << 1 | u64::from(*set));
                state.write_u64(bits);
                $(self.$code.hash(state);)*
            }
        }

        impl $name {
            /// Every flag under the name that policies use, in the order of the schema.
            pub fn flags(&self) -> [(&'static str, bool); [$(stringify!($flag)),*].len()] {
                [$((stringify!($flag), self.$flag)),*]
            }
        }
    };
}

facts! {
    /// What policies see of a lead: no date, no value, no name.
    struct LeadFacts {
        flags {
            /// An exercise or a test, not meant.
            exercise,
            /// A message between systems.
            between_systems,
            /// Held on a bare tip, or on a ground that nobody stated.
            tip_only,
            /// Protected under 8 USC 1367.
            v1367,
            /// Derived from a suspicious-activity report.
            sar,
            /// Sealed by a court.
            sealed,
            /// From a juvenile record.
            juvenile_record,
            /// Holds data under European law.
            eu_data,
            /// Marked: not for foreign partners.
            no_foreign,
            /// Marked: not for organisations outside government.
            no_ngo,
            /// Marked: the originator decides who else may have it.
            originator_control,
            /// Carries handling text that a person must read first (Europol H3).
            handling_text,
            /// A minor, or somebody whose age nobody knows, is in it, or it is of a kind that is about children.
            minor_involved,
            /// A victim or possible victim is in it.
            victim_present,
            /// A victim can be told by name, document, contact or account.
            victim_identified,
            /// The source says that somebody is in danger now.
            imminent_danger,
            /// Nobody knows which country it belongs to.
            unknown_country,
            /// About trafficking in persons.
            trafficking,
            /// About exploitation of children.
            child_exploitation,
            /// About money laundering.
            money_laundering,
            /// Files in it must not be opened without a warrant.
            warrant_required,
            /// Comes from a hotline or another provider of services to victims.
            service_provider_source,
            /// The source may be the abuser or trafficker.
            source_may_be_abuser,
        }
        codes {
            /// Traffic Light Protocol; AMBER+STRICT when not stated.
            tlp: Tlp,
        }
    }
}

facts! {
    /// What policies see of one partner in view of one lead.
    struct PartnerFacts {
        flags {
            /// An agreement is in force at the time of the decision.
            agreement_in_force,
            /// Every category of the lead is covered by the agreements in force, and by what the partner takes.
            category_covered,
            /// The partner works for a purpose for which the lead may be used.
            purpose_covered,
            /// An agreement in force, or European law, gives a basis for transfer.
            transfer_basis,
            /// The originator names the partner as a recipient.
            named,
            /// A person's consent on record covers the partner.
            consented,
            /// The lead touches the partner's country.
            country_touched,
            /// The lead's TLP is above what the partner may hold.
            tlp_above_ceiling,
            /// The partner is in another country than the lead's originator.
            foreign_to_originator,
            /// The lead comes from an agency that is the partner's own.
            own,
        }
        codes {
            /// Where the partner stands.
            state: PartnerState,
        }
    }
}

plain! {
    /// A policy that matched, with its reason.
    struct PolicyReason {
        /// Its identifier.
        policy: String,
        /// Its reason, as its author wrote it.
        reason: String,
    }
}

plain! {
    /// A class that a copy lacks, and the policies that hid it; none when nothing grants the class.
    struct HiddenClass {
        /// The class, as in schemas.
        class: String,
        /// Identifiers of the policies that forbid it.
        policies: Vec<String>,
        /// Their reasons, and those that are not a policy's.
        reasons: Vec<String>,
        /// Policies that grant the class and are overruled.
        overruled: Vec<PolicyReason>,
    }
}

plain! {
    /// A class that a copy may give in another form than its values, and the policies that grant it.
    struct FormClass {
        /// The class, as in schemas.
        class: String,
        /// Identifiers of the policies that permit it.
        policies: Vec<String>,
    }
}

plain! {
    /// What a decision means for one partner.
    struct Outcome {
        /// The partner.
        partner: String,
        /// What it means.
        outcome: OutcomeCode,
        /// The message that was written; null when none was.
        action: Option<MessageKind>,
        /// The partner's name for the lead, when a message was written.
        alias: Option<Alias>,
        /// The partner's count of versions after this; 0 when nothing was ever sent.
        revision: i32,
        /// Classes that the copy may show.
        classes: Vec<String>,
        /// Classes that it may not, and why.
        hidden: Vec<HiddenClass>,
        /// Values that redaction cleared.
        cleared: i32,
        /// Texts that the scan for denied values withheld: their paths.
        withheld: Vec<String>,
        /// Leads whose copies hold every fact of this one.
        covered_by: Vec<LeadId>,
        /// Identifiers of the policies that decided.
        policies: Vec<String>,
        /// Their reasons, and those that are not a policy's.
        reasons: Vec<String>,
        /// When this has to be decided again because a date passes.
        until: Option<Micros>,
        /// What the partner answered, if that is what was decided about.
        answer: Option<Answer>,
        /// What policies saw of the partner.
        facts: PartnerFacts,
        /// Classes of which the copy may give a coarser form where it lacks the value.
        outlines: Vec<FormClass>,
        /// Classes of which the copy may give a token where it lacks the value.
        tokens: Vec<FormClass>,
        /// Policies that permit a copy and are overruled by those that decided.
        overruled: Vec<PolicyReason>,
    }
}

plain! {
    /// Partners for whom a decision means the same, for the same reasons.
    struct OutcomeGroup {
        /// What it means.
        outcome: OutcomeCode,
        /// Identifiers of the policies that decided.
        policies: Vec<String>,
        /// Their reasons, and those that are not a policy's.
        reasons: Vec<String>,
        /// What policies saw of each of these partners.
        facts: PartnerFacts,
        /// The partners.
        partners: Vec<String>,
        /// Policies that permit a copy and are overruled by those that decided.
        overruled: Vec<PolicyReason>,
    }
}

plain! {
    /// What was decided about one version of a lead, for every partner, and why.
    struct Decision {
        /// The lead.
        lead_id: LeadId,
        /// Its home matter.
        matter_id: MatterId,
        /// Its version in our count.
        version: i32,
        /// Exercises and tests are decided apart from what is meant.
        domain: MessageStatus,
        /// What the deduplicator said of this version.
        verdict: Verdict,
        /// What made the router decide.
        cause: Cause,
        /// The other lead that made it necessary: whose Cancel or change uncovered this one.
        caused_by: Option<LeadId>,
        /// When it was decided.
        decided_at: Micros,
        /// Policies in force, by hash.
        policies: String,
        /// Partners, by hash.
        partners: String,
        /// The mapping that normalised the lead, by hash.
        mapping: String,
        /// The matching configuration, by hash.
        matching: String,
        /// What policies saw of the lead.
        facts: LeadFacts,
        /// Partners that got, hold or may get something.
        outcomes: Vec<Outcome>,
        /// Every other partner, by reason.
        grouped: Vec<OutcomeGroup>,
        /// The chain that it is a link of: the partition of leads.matters.v1 that it follows from.
        chain: i32,
        /// Its place in the chain, from 1, without gaps.
        sequence: i64,
        /// SHA-256 of the record before it in the chain, hexadecimal; zeros before the first.
        previous: String,
        /// The officer whose word made the router decide.
        officer: Option<String>,
    }
}

/// Why outcomes do not make a decision: a defect of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// An outcome for somebody who is no partner.
    #[error("outcome for `{0}`, which is not among the partners of this decision")]
    NotAPartner(String),
    /// A second outcome.
    #[error("a second outcome for partner `{0}`: every partner has exactly one")]
    Twice(String),
    /// No outcome.
    #[error("no outcome for partner `{0}`: every partner has exactly one")]
    Missing(String),
}

/// Collects outcomes until every partner has exactly one.
#[derive(Debug)]
pub struct DecisionBuilder {
    decision: Decision,
    /// Every partner, and whether it has an outcome yet.
    partners: BTreeMap<String, bool>,
}

impl DecisionBuilder {
    /// Begins with a decision whose outcomes are still empty, for these partners.
    pub fn new<P: Into<String>>(decision: Decision, partners: impl IntoIterator<Item = P>) -> Self {
        let decision = Decision { outcomes: Vec::new(), grouped: Vec::new(), ..decision };
        Self { decision, partners: partners.into_iter().map(|p| (p.into(), false)).collect() }
    }

    /// Partners without an outcome yet.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.partners.iter().filter(|(_, has)| !**has).map(|(partner, _)| partner.as_str())
    }

    /// The outcome of one partner, listed by itself.
    pub fn outcome(&mut self, outcome: Outcome) -> Result<&mut Self, DecisionError> {
        self.take(&outcome.partner)?;
        self.decision.outcomes.push(outcome);
        Ok(self)
    }

    /// The outcome of one partner, listed with others of the same kind for the same reasons. Only
    /// the partner, outcome, policies with reasons, those overruled, and facts of `outcome` are kept.
    pub fn grouped(&mut self, outcome: Outcome) -> Result<&mut Self, DecisionError> {
        self.take(&outcome.partner)?;
        let same = |group: &&mut OutcomeGroup| {
            group.outcome == outcome.outcome
                && group.facts == outcome.facts
                && group.policies == outcome.policies
                && group.reasons == outcome.reasons
                && group.overruled == outcome.overruled
        };
        match self.decision.grouped.iter_mut().find(same) {
            Some(group) => group.partners.push(outcome.partner),
            None => self.decision.grouped.push(OutcomeGroup {
                outcome: outcome.outcome,
                policies: outcome.policies,
                reasons: outcome.reasons,
                facts: outcome.facts,
                partners: vec![outcome.partner],
                overruled: outcome.overruled,
            }),
        }
        Ok(self)
    }

    /// The decision, in an order that does not depend on the order of the calls.
    pub fn finish(mut self) -> Result<Decision, DecisionError> {
        if let Some(partner) = self.missing().next() {
            return Err(DecisionError::Missing(partner.to_owned()));
        }
        self.decision.outcomes.sort_by(|a, b| a.partner.cmp(&b.partner));
        for group in &mut self.decision.grouped {
            group.partners.sort();
        }
        self.decision.grouped.sort_by(|a, b| a.partners.cmp(&b.partners));
        Ok(self.decision)
    }

    fn take(&mut self, partner: &str) -> Result<(), DecisionError> {
        match self.partners.get_mut(partner) {
            None => Err(DecisionError::NotAPartner(partner.to_owned())),
            Some(true) => Err(DecisionError::Twice(partner.to_owned())),
            Some(has) => {
                *has = true;
                Ok(())
            }
        }
    }
}

impl Outcome {
    /// Whether policies spoke: an outcome may only say that nothing changed, that a lead was taken back, or what a
    /// partner answered.
    pub fn is_ruling(&self) -> bool {
        self.facts != PartnerFacts::default()
            || matches!(self.outcome, OutcomeCode::Withheld | OutcomeCode::Passing)
    }
}

impl Decision {
    /// The outcome of a partner as if it stood by itself.
    pub fn outcome_of(&self, partner: &str) -> Option<Outcome> {
        self.outcomes.iter().find(|outcome| outcome.partner == partner).cloned().or_else(|| {
            let group = self.grouped.iter().find(|g| g.partners.iter().any(|p| p == partner))?;
            Some(Outcome {
                partner: partner.to_owned(),
                outcome: group.outcome,
                policies: group.policies.clone(),
                reasons: group.reasons.clone(),
                facts: group.facts,
                overruled: group.overruled.clone(),
                ..Outcome::default()
            })
        })
    }

    /// Whether it is about a Cancel of what had not come by then. Such a mark stands in the lead's own matter; what comes later of
    /// the lead may have its home in another, and so be decided in another chain.
    pub fn is_of_a_mark(&self) -> bool {
        self.version == 0
    }

    /// Its place among all decisions on its lead: marks come first, and what follows is of one chain.
    pub fn place(&self) -> (bool, i32, i64) {
        (!self.is_of_a_mark(), self.chain, self.sequence)
    }

    /// Whether the lead is withdrawn or recalled by it.
    pub fn ends_the_lead(&self) -> bool {
        !self.is_of_a_mark() && (self.verdict == Verdict::Cancel || self.cause == Cause::Recall)
    }

    /// Whether every partner of that time was ruled on: a replay changes nothing, and what waits, is held or is answered
    /// concerns some alone.
    pub fn is_for_everybody(&self) -> bool {
        match self.cause {
            Cause::Lead => !matches!(self.verdict, Verdict::Replay | Verdict::Stale | Verdict::Cancel),
            Cause::Policy | Cause::Partner => self.officer.is_some(),
            _ => false,
        }
    }

    /// Every partner of the decision.
    pub fn partners(&self) -> BTreeSet<&str> {
        let single = self.outcomes.iter().map(|outcome| outcome.partner.as_str());
        single.chain(self.grouped.iter().flat_map(|g| g.partners.iter().map(String::as_str))).collect()
    }
}

#[cfg(test)]
mod tests;
