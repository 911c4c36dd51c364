//! What is kept of one lead id: the small part, which every version of the lead reads and writes.
//!
//! Facts and additions have state entries of their own (see [`crate::index`]), so that a replay
//! rewrites no more than this.
//!
//! INVARIANT: while the lead is live, the postings that name it are exactly those of `keys`; while it
//! is not, none names it.

use lead::{LeadId, MatterId};
use pipeline::Order;
use serde::{Deserialize, Serialize};

use crate::match_key::{KeyDigest, MatchKey};
use crate::verdict::{ContentDigest, Known};

/// One lead id in one domain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LeadState {
    /// The home matter; none when it is the lead's own id.
    home: Option<[u8; 16]>,
    /// When it first became live, as a place in the committed order.
    pub(crate) accepted: Option<u64>,
    /// Accepted changes.
    pub(crate) version: u32,
    /// Highest order of base and Cancel seen. The order of a Cancel that stands is this one too.
    pub(crate) last: Option<Order>,
    /// Content of the base.
    pub(crate) base: Option<ContentDigest>,
    /// Whether the last word was a Cancel.
    pub(crate) withdrawn: bool,
    /// Number of additions.
    pub(crate) additions: u32,
    /// The keys of base and additions, by digest.
    keys: Vec<Held>,
}

/// A key that the lead holds, and how many of its parts say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    #[serde(with = "crate::index::bytes16")]
    digest: [u8; 16],
    base: bool,
    additions: u32,
}

impl LeadState {
    /// The home matter of the lead `id`.
    pub(crate) fn home(&self, id: LeadId) -> MatterId {
        self.home.map_or(id.into(), MatterId)
    }

    /// Puts the lead `id` into a matter.
    pub(crate) fn set_home(&mut self, id: LeadId, home: MatterId) {
        self.home = (home != id.into()).then_some(home.0);
    }

    /// Whether it has a base or additions, and is not withdrawn.
    pub(crate) fn is_live(&self) -> bool {
        !self.withdrawn && (self.base.is_some() || self.additions > 0)
    }

    /// What the decision needs.
    pub(crate) fn known(&self, addition: Option<(Order, ContentDigest)>) -> Known {
        Known { version: self.version, base: self.base, withdrawn: self.withdrawn, last: self.last, addition }
    }

    /// Every key that it holds, in order of digest.
    pub(crate) fn keys(&self) -> impl Iterator<Item = KeyDigest> + '_ {
        self.keys.iter().map(|k| KeyDigest(k.digest))
    }

    /// Gives the base these keys in place of its old ones. Past `cap` keys of the lead, the last are
    /// left out.
    pub(crate) fn set_base_keys(&mut self, keys: &[MatchKey], cap: usize) {
        self.keys.iter_mut().for_each(|k| k.base = false);
        self.keys.retain(|k| k.additions > 0);
        self.keys.reserve(keys.len().min(cap));
        for key in keys {
            if let Some(held) = self.held(key.digest, cap) {
                held.base = true;
            }
        }
    }

    /// Gives an addition these keys in place of `old`; says which it holds now.
    pub(crate) fn set_addition_keys(
        &mut self,
        old: &[[u8; 16]],
        keys: &[MatchKey],
        cap: usize,
    ) -> Vec<[u8; 16]> {
        for digest in old {
            if let Some(held) = self.keys.iter_mut().find(|k| k.digest == *digest) {
                held.additions = held.additions.saturating_sub(1);
            }
        }
        self.keys.retain(|k| k.base || k.additions > 0);
        let mut holds = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(held) = self.held(key.digest, cap) {
                held.additions = held.additions.saturating_add(1);
                holds.push(key.digest.0);
            }
        }
        holds
    }

    /// The entry of a key, made if there is room.
    fn held(&mut self, digest: KeyDigest, cap: usize) -> Option<&mut Held> {
        let at = match self.keys.binary_search_by(|k| k.digest.cmp(&digest.0)) {
            Ok(at) => at,
            Err(at) if self.keys.len() < cap => {
                self.keys.insert(at, Held { digest: digest.0, base: false, additions: 0 });
                at
            }
            Err(_) => return None,
        };
        self.keys.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lead::matter::KeyKind;

    fn keys(digests: &[u8]) -> Vec<MatchKey> {
        digests.iter().map(|n| MatchKey { kind: KeyKind::Phone, digest: KeyDigest([*n; 16]) }).collect()
    }

    fn held(state: &LeadState) -> Vec<u8> {
        state.keys().map(|k| k.0[0]).collect()
    }

    #[test]
    fn a_key_stays_as_long_as_one_part_holds_it() {
        let mut state = LeadState::default();
        state.set_base_keys(&keys(&[3, 1]), 9);
        let first = state.set_addition_keys(&[], &keys(&[1, 2]), 9);
        let second = state.set_addition_keys(&[], &keys(&[2]), 9);
        assert_eq!(held(&state), [1, 2, 3]);
        state.set_base_keys(&keys(&[4]), 9);
        assert_eq!(held(&state), [1, 2, 4]);
        let first = state.set_addition_keys(&first, &keys(&[5]), 9);
        assert_eq!(held(&state), [2, 4, 5]);
        state.set_addition_keys(&second, &[], 9);
        state.set_addition_keys(&first, &[], 9);
        state.set_base_keys(&[], 9);
        assert!(held(&state).is_empty());
    }

    #[test]
    fn past_the_cap_keys_are_left_out_and_never_miscounted() {
        let mut state = LeadState::default();
        state.set_base_keys(&keys(&[1, 2, 3]), 2);
        assert_eq!(held(&state), [1, 2]);
        let holds = state.set_addition_keys(&[], &keys(&[2, 9]), 2);
        assert_eq!(holds, [[2; 16]]);
        state.set_base_keys(&keys(&[7, 8]), 2);
        assert_eq!(held(&state), [2, 7]);
        state.set_addition_keys(&holds, &[], 2);
        assert_eq!(held(&state), [7]);
    }
}
