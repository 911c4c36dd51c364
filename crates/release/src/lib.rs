//! Who may have which part of a lead. The only crate that can make what a partner receives.
//!
//! ```text
//! let release = Release::new(partners, policies, keys, home)?;      // once
//! let profile = release.profile(&lead);                             // once for each lead version
//! for partner in release.partners().iter() {
//!     let ruled = release.rule(&profile, partner, now);             // Permit | Deny | Passing
//!     let mut outcome = ruled.outcome(partner);                     // for the Decision
//!     if let Some(permit) = ruled.ruling.permit() {
//!         // covered?  is_covered(lead_facts.visible(permit.classes), facts of the copies held)
//!         let copy = release.copy(&lead, partner, permit);          // redacted; digest, facts
//!         let released = release.release(copy, revision, kind, related, home, now);
//!         wire::encode(&released)                                   // the only type that encodes
//!     }
//! }
//! release.cancel(partner, delivery, reason, now)                    // needs no policy
//! ```
//!
//! Deny by default; a hard stop wins over every grant; what cannot be evaluated is denied with an
//! alarm. All is pure: `now` is an argument, and equal arguments give equal bytes.
//!
//! Absent: what a partner holds, holds and revisions (`router` keeps state), approvals and recalls.

mod caveat;
mod copy;
mod coverage;
mod decide;
mod explain;
mod facts;
mod form;
mod identifier;
mod memo;
mod partner;
mod policy;
mod principal;
mod question;
mod reads;
mod redaction;
mod released;
mod replay;
mod ruling;
mod scan;

pub mod case;

pub use copy::{Copies, CopyDigest, PartnerCopy};
pub use coverage::is_covered;
pub use decide::{Alarms, Release};
pub use explain::explain;
pub use facts::{LeadProfile, end_of};
pub use partner::{Agreement, Any, Categories, PARTNER_KINDS, Partner, PartnerError, PartnerKind, Partners};
pub use policy::{Policies, PolicyError};
pub use question::NOTHING_PERMITS;
pub use released::{CancelReason, Released, decode_partner_lead};
pub use replay::{Difference, Entitlement, Exposure, How, LeadOfLedger, Replay, Touched};
pub use ruling::{Denial, Form, Grant, Hidden, Passing, PassingReason, Permit, Reason, Ruled, Ruling};
