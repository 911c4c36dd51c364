//! The state layout.
//!
//! | key | value |
//! |---|---|
//! | `l` domain lead | [`LeadState`]: the small part of a lead |
//! | `p` domain lead | the profile of its base, as [`linkage`] encodes it |
//! | `f` domain lead | facts of its base, 8 bytes each, sorted |
//! | `a` domain lead addition | [`Addition`] with its profile, then its facts likewise |
//! | `c` domain cluster accepted lead | a live lead of the cluster |
//! | `e` domain lead lead | an [`Edge`] of two live leads, under the smaller id first; under the other way round, nothing |
//! | `x` domain lead lead | an officer's [`Word`] on two leads, both ways round; it outlives them |
//! | `h` domain key | a value that is hot |
//! | `d` due domain lead | the time of a lead is over then; nobody holds it |
//! | `k` domain lead | officers hold the lead |
//! | `o` domain lead reason | the [`LegalHold`](lead::matter::LegalHold) that was said last of it; it outlives the lead |
//! | `u` domain lead reason | leads.legal-holds.v1 refused what is to be said there of it |
//!
//! What is looked up by value, the index of [`linkage`], is derived from `l`, `p`, `a` and `h` and kept in memory.
//!
//! Each value begins with a version byte. A cluster of which nothing is left but the lead that it is named after has no
//! `c` entry, so a lead that matches nothing costs one entry less. Facts are cut to 64 bits: a
//! collision (2^-52 or so for each fact compared) could only turn a `RELATED` into a `DUPLICATE`, and
//! what is delivered is decided by the router from whole digests.

use lead::code::MessageStatus;
use lead::{Facts, LeadId};
use linkage::Profile;
use pipeline::{Order, StateError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lead_state::LeadState;
use crate::state::State;
use crate::verdict::ContentDigest;

/// The version of every value.
const VERSION: u8 = 4;
/// Additions that are deleted at once.
const ADDITIONS_AT_ONCE: usize = 256;

/// A fact, cut to 64 bits.
pub(crate) type ShortFact = u64;

/// An amendment key, digested.
pub(crate) type AdditionKey = [u8; 16];

/// The facts of a lead as the state keeps them.
pub(crate) fn short_facts(facts: &Facts) -> Vec<ShortFact> {
    let mut short = Vec::with_capacity(facts.len());
    short.extend(facts.digests().map(|d| d.0.first_chunk().map_or(0, |c| u64::from_be_bytes(*c))));
    short.dedup();
    short
}

/// What is kept of an addition besides its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addition {
    pub(crate) order: Order,
    pub(crate) content: ContentDigest,
    /// Encoded.
    pub(crate) profile: Vec<u8>,
}

pub(crate) mod due;
pub(crate) mod links;
pub(crate) mod stored;

/// A domain in state keys. Never changed: state is kept.
pub(crate) fn domain_code(domain: MessageStatus) -> u8 {
    match domain {
        MessageStatus::Actual => b'a',
        MessageStatus::Exercise => b'e',
        MessageStatus::Test => b't',
        MessageStatus::System => b's',
    }
}

/// The state of one domain.
pub(crate) struct Index<'a, S> {
    state: &'a mut S,
    domain: u8,
}

impl<'a, S: State> Index<'a, S> {
    pub(crate) fn new(state: &'a mut S, domain: u8) -> Self {
        Self { state, domain }
    }

    pub(crate) fn lead(&self, id: LeadId) -> Result<Option<LeadState>, StateError> {
        let value = self.state.get(&self.key(b'l', &id.0))?;
        value.map(|v| decode("lead", body("lead", &v)?)).transpose()
    }

    pub(crate) fn put_lead(&mut self, id: LeadId, state: &LeadState) -> Result<(), StateError> {
        let value = encode("lead", state)?;
        self.state.put(self.key(b'l', &id.0).into(), value);
        Ok(())
    }

    /// The profile of the lead's base.
    pub(crate) fn profile(&self, id: LeadId) -> Result<Option<Profile>, StateError> {
        let value = self.state.get(&self.key(b'p', &id.0))?;
        value.map(|v| read_profile(body("profile", &v)?)).transpose()
    }

    pub(crate) fn put_profile(&mut self, id: LeadId, profile: &Profile) {
        let mut value = vec![VERSION];
        value.extend(profile.encode());
        self.state.put(self.key(b'p', &id.0).into(), value);
    }

    /// The profiles of at most `limit` additions.
    pub(crate) fn addition_profiles(&self, id: LeadId, limit: usize) -> Result<Vec<Profile>, StateError> {
        let parts = self.state.scan(&self.key(b'a', &id.0), limit)?;
        let profiles = parts.iter().map(|(_, value)| {
            let (addition, _) = split_addition(body("addition", value)?)?;
            read_profile(&addition.profile)
        });
        profiles.collect()
    }

    /// Notes that a value is hot, or is not any more.
    fn mark(&mut self, value: u64, is_hot: bool) {
        let key = [&[b'h', self.domain][..], &value.to_be_bytes()].concat();
        if is_hot {
            self.state.put(key, vec![VERSION]);
        } else {
            self.state.delete(key);
        }
    }

    /// The same for all of these.
    pub(crate) fn mark_all(&mut self, marks: Vec<(u64, bool)>) {
        marks.into_iter().for_each(|(value, is_hot)| self.mark(value, is_hot));
    }

    pub(crate) fn put_facts(&mut self, id: LeadId, facts: &[ShortFact]) {
        let mut value = Vec::with_capacity(1 + 8 * facts.len());
        value.push(VERSION);
        value.extend(facts.iter().flat_map(|f| f.to_be_bytes()));
        self.state.put(self.key(b'f', &id.0).into(), value);
    }

    /// What additions say is gone.
    pub(crate) fn delete_additions(&mut self, id: LeadId) -> Result<(), StateError> {
        let prefix = self.key(b'a', &id.0);
        loop {
            let parts = self.state.scan(&prefix, ADDITIONS_AT_ONCE)?;
            let is_last = parts.len() < ADDITIONS_AT_ONCE;
            parts.into_iter().for_each(|(key, _)| self.state.delete(key));
            if is_last {
                return Ok(());
            }
        }
    }

    /// What the base says is gone.
    pub(crate) fn delete_base(&mut self, id: LeadId) {
        self.state.delete(self.key(b'f', &id.0).into());
        self.state.delete(self.key(b'p', &id.0).into());
    }

    pub(crate) fn addition(&self, id: LeadId, key: &AdditionKey) -> Result<Option<Addition>, StateError> {
        let value = self.state.get(&self.long_key(b'a', &id.0, key))?;
        value.map(|v| split_addition(body("addition", &v)?).map(|(addition, _)| addition)).transpose()
    }

    pub(crate) fn put_addition(
        &mut self,
        id: LeadId,
        key: &AdditionKey,
        addition: &Addition,
        facts: &[ShortFact],
    ) -> Result<(), StateError> {
        let mut value = encode("addition", addition)?;
        value.extend(facts.iter().flat_map(|f| f.to_be_bytes()));
        self.state.put(self.long_key(b'a', &id.0, key), value);
        Ok(())
    }

    /// Takes out of `facts` what these leads say, their additions included, of which no more than `additions` are
    /// read. Stops when nothing is left.
    pub(crate) fn subtract(
        &self,
        leads: impl Iterator<Item = LeadId>,
        facts: &mut Vec<ShortFact>,
        mut additions: usize,
    ) -> Result<(), StateError> {
        for lead in leads {
            if facts.is_empty() {
                return Ok(());
            }
            self.subtract_lead(lead, facts, &mut additions)?;
        }
        Ok(())
    }

    /// The same for one lead; nothing if it is not live.
    fn subtract_lead(
        &self,
        id: LeadId,
        facts: &mut Vec<ShortFact>,
        additions: &mut usize,
    ) -> Result<(), StateError> {
        let Some(state) = self.lead(id)?.filter(LeadState::is_live) else { return Ok(()) };
        if let Some(value) = self.state.get(&self.key(b'f', &id.0))? {
            subtract(facts, body("facts", &value)?);
        }
        if facts.is_empty() || state.additions == 0 || *additions == 0 {
            return Ok(());
        }
        let parts = self.state.scan(&self.key(b'a', &id.0), *additions)?;
        *additions = additions.saturating_sub(parts.len());
        for (_, value) in &parts {
            subtract(facts, split_addition(body("addition", value)?)?.1);
        }
        Ok(())
    }

    fn key(&self, table: u8, id: &[u8; 16]) -> [u8; 18] {
        let mut key = [0; 18];
        let parts = [table, self.domain].into_iter().chain(*id);
        key.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
        key
    }

    fn long_key(&self, table: u8, id: &[u8; 16], rest: &[u8]) -> Vec<u8> {
        [self.key(table, id).as_slice(), rest].concat()
    }
}

/// Takes out of sorted `facts` what sorted `said` holds.
fn subtract(facts: &mut Vec<ShortFact>, said: &[u8]) {
    let mut said = said.chunks_exact(8).filter_map(|c| c.try_into().ok()).map(u64::from_be_bytes).peekable();
    facts.retain(|fact| {
        while said.next_if(|s| s < fact).is_some() {}
        said.peek() != Some(fact)
    });
}

fn read_profile(bytes: &[u8]) -> Result<Profile, StateError> {
    Profile::decode(bytes).map_err(|e| corrupt("profile", e))
}

fn split_addition(body: &[u8]) -> Result<(Addition, &[u8]), StateError> {
    postcard::take_from_bytes(body).map_err(|e| corrupt("addition", e))
}

fn encode<T: Serialize>(entry: &'static str, value: &T) -> Result<Vec<u8>, StateError> {
    let mut bytes = Vec::with_capacity(192);
    bytes.push(VERSION);
    postcard::to_extend(value, bytes).map_err(|e| corrupt(entry, e))
}

fn decode<T: DeserializeOwned>(entry: &'static str, body: &[u8]) -> Result<T, StateError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(corrupt(entry, "bytes are left over")),
        Err(error) => Err(corrupt(entry, error)),
    }
}

fn body<'v>(entry: &'static str, value: &'v [u8]) -> Result<&'v [u8], StateError> {
    match value.split_first() {
        Some((&VERSION, body)) => Ok(body),
        Some((version, _)) => {
            Err(corrupt(entry, format_args!("version {version}, this program reads version {VERSION}")))
        }
        None => Err(corrupt(entry, "it is empty")),
    }
}

fn corrupt(entry: &'static str, detail: impl ToString) -> StateError {
    StateError::Corrupt { entry, detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn subtracts_sorted_facts() {
        let bytes = |facts: &[u64]| facts.iter().flat_map(|f| f.to_be_bytes()).collect::<Vec<_>>();
        for (facts, said, left) in [
            (vec![1, 2, 3], vec![], vec![1, 2, 3]),
            (vec![1, 2, 3], vec![0, 2, 9], vec![1, 3]),
            (vec![2, u64::MAX], vec![1, 2, 3, u64::MAX], vec![]),
            (vec![], vec![1], vec![]),
        ] {
            let mut facts = facts;
            subtract(&mut facts, &bytes(&said));
            assert_eq!(facts, left);
        }
    }

    #[test]
    fn says_what_does_not_decode_without_saying_what_it_is() {
        for (value, said) in [
            (vec![], "it is empty"),
            (vec![9, 1], "version 9, this program reads version 4"),
            (vec![VERSION, 7], "the state entry `lead` does not decode"),
            ([vec![VERSION], vec![0; 11]].concat(), "bytes are left over"),
        ] {
            let read = body("lead", &value).and_then(|body| decode::<LeadState>("lead", body));
            let error = read.unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
