//! leads.held.v1: releases that wait for a person. Compacted: what is not held any more is a tombstone.

use crate::code::MessageStatus;
use crate::ident::{LeadId, MatterId};
use crate::schema::plain;
use crate::value::Micros;

plain! {
    /// A release that is held until officers approve it.
    struct HeldRelease {
        /// The lead.
        lead_id: LeadId,
        /// Its home matter.
        matter_id: MatterId,
        /// Its domain.
        domain: MessageStatus,
        /// The version that is held.
        version: i32,
        /// The partner.
        partner: String,
        /// How many different officers have to approve it.
        needs: i32,
        /// Who has.
        approved_by: Vec<String>,
        /// Policies that ask for a person.
        policies: Vec<String>,
        /// Why.
        reasons: Vec<String>,
        /// Since when.
        since: Micros,
        /// When it is withheld if not enough have approved.
        until: Micros,
    }
}

impl HeldRelease {
    /// The key of its record.
    pub fn key(domain: MessageStatus, lead: LeadId, partner: &str) -> String {
        format!("{}/{lead}/{partner}", domain.symbol())
    }
}
