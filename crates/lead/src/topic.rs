//! Names of the topics. Word by word: `leads.<what>.<whose>.v<contract version>`.

use crate::code::MessageStatus;

/// Normalised leads, what officers say of matches and legal holds, and purges; one partition for each matching domain.
pub const NORMALISED: &str = "leads.normalised.v1";
/// Partitions of [`NORMALISED`]: one for each matching domain.
pub const NORMALISED_PARTITIONS: u32 = 3;

/// The partition of [`NORMALISED`] that holds a matching domain. `None` for messages between systems,
/// which are no leads.
pub fn normalised_partition(domain: MessageStatus) -> Option<u32> {
    match domain {
        MessageStatus::Actual => Some(0),
        MessageStatus::Exercise => Some(1),
        MessageStatus::Test => Some(2),
        MessageStatus::System => None,
    }
}

/// Everything about a matter in one order; key = home matter.
pub const MATTERS: &str = "leads.matters.v1";
/// Leads that a person is asked about; key = lead.
pub const REVIEW: &str = "leads.review.v1";
/// What officers decide, as signed; key = the first lead.
pub const OFFICERS: &str = "leads.officers.v1";
/// Releases that wait for a person; key = domain, lead and partner; compacted.
pub const HELD: &str = "leads.held.v1";
/// Leads that officers keep beyond their time; key = domain, lead and reason; compacted.
pub const LEGAL_HOLDS: &str = "leads.legal-holds.v1";
/// Signed heads of the chains of decisions; key = chain.
pub const CHECKPOINTS: &str = "leads.checkpoints.v1";
/// Every decision; key = lead.
pub const DECISIONS: &str = "leads.decisions.v1";

/// The topics that services share: no partner may have one of them as its own.
pub const INTERNAL: [&str; 8] =
    [NORMALISED, MATTERS, REVIEW, OFFICERS, HELD, LEGAL_HOLDS, DECISIONS, CHECKPOINTS];

/// Where an agency sends its own bytes.
pub fn inbound(agency: &str) -> String {
    format!("leads.inbound.{agency}.v1")
}

/// Where a partner in the home country receives.
pub fn domestic(partner: &str) -> String {
    format!("leads.domestic.{partner}.v1")
}

/// Where a partner abroad receives.
pub fn international(partner: &str) -> String {
    format!("leads.international.{partner}.v1")
}

/// Where a partner answers.
pub fn feedback(partner: &str) -> String {
    format!("leads.feedback.{partner}.v1")
}

/// Where what a service cannot process goes.
pub fn dead_letter(service: &str) -> String {
    format!("leads.dead-letter.{service}.v1")
}

/// The compacted changelog of a service's stores.
pub fn changelog(service: &str) -> String {
    format!("leads.changelog.{service}.v1")
}
