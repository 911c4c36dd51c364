//! What a lead is called in the state.

use lead::code::MessageStatus;
use lead::{Lead, LeadId};

/// A lead as the state knows it: exercises and tests are other leads than what is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LeadKey {
    pub(crate) domain: MessageStatus,
    pub(crate) lead: LeadId,
}

impl LeadKey {
    pub(crate) fn of(lead: &Lead) -> Self {
        Self { domain: lead.domain(), lead: lead.lead_id }
    }

    pub(crate) fn bytes(self, kind: u8) -> Vec<u8> {
        [&[kind, domain_byte(self.domain)], self.lead.0.as_slice()].concat()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (domain, lead) = bytes.split_first()?;
        let domain = *MessageStatus::ALL.iter().find(|d| domain_byte(**d) == *domain)?;
        Some(Self { domain, lead: LeadId(lead.try_into().ok()?) })
    }
}

pub(crate) fn domain_byte(domain: MessageStatus) -> u8 {
    match domain {
        MessageStatus::Actual => b'A',
        MessageStatus::Exercise => b'E',
        MessageStatus::Test => b'T',
        MessageStatus::System => b'S',
    }
}
