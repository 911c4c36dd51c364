//! The chain of decisions: each names the hash of the one before, so that none can be taken out or changed unseen.
//!
//! A chain is that of one partition of leads.matters.v1. Its head is part of the router's state, and is signed from time
//! to time, so that oversight can keep it elsewhere.

use crate::ident::{ContentHash, content_hash};
use crate::schema::plain;
use crate::value::Micros;

plain! {
    /// The head of a chain, signed by the site: whoever keeps it can tell whether what stood before is still the same.
    struct Checkpoint {
        /// The chain: a partition of leads.matters.v1.
        chain: i32,
        /// The sequence number of the newest decision.
        sequence: i64,
        /// SHA-256 of that decision's record, hexadecimal.
        head: String,
        /// When it was signed.
        at: Micros,
        /// Ed25519 signature of the site over [`signed`](Checkpoint::signed), hexadecimal.
        signature: String,
    }
}

impl Checkpoint {
    /// The bytes that are signed.
    pub fn signed(&self) -> Vec<u8> {
        let Self { chain, sequence, head, at, signature: _ } = self;
        format!("leadshare checkpoint 1\n{chain}\n{sequence}\n{head}\n{}", at.0).into_bytes()
    }
}

/// The hash of a decision's record as it stands on the topic: what the next decision of its chain names.
pub fn link(record: &[u8]) -> ContentHash {
    content_hash(record)
}

/// What the first decision of a chain names.
pub const GENESIS: ContentHash = ContentHash([0; 32]);
