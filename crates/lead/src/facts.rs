//! Facts: keyed digests of values. Coverage compares them; nothing else can be read from them.
//!
//! SipHash-2-4 with 128 bits (Aumasson, Bernstein 2012) is a pseudorandom function for who lacks the
//! key, which never leaves the site. A lead has some fifty values of a few bytes each, for which a
//! cryptographic hash would be a third of what the deduplicator does.

use std::fmt;

use serde::{Deserialize, Serialize};
use siphasher::sip128::SipHasher24;

use crate::class::ClassSet;

/// A keyed digest of one value at one place of the record, 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactDigest(pub [u8; 16]);

impl fmt::Debug for FactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::ident::hex(&self.0))
    }
}

/// A fact with the classes that its value needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// The digest.
    pub digest: FactDigest,
    /// Classes of the value.
    pub classes: ClassSet,
}

/// Facts of a lead, sorted, without repeats. `facts(copy)` is [`Facts::visible`] of the permitted
/// classes: the two are equal by construction and by a property test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// Sorts and removes repeats.
    pub fn new(mut facts: Vec<Fact>) -> Self {
        // As the derived order, but a digest is compared as one number.
        facts.sort_unstable_by_key(|f| (u128::from_be_bytes(f.digest.0), f.classes));
        facts.dedup();
        Self(facts)
    }

    /// Every fact.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }

    /// Digests of the facts that a copy with these classes holds.
    pub fn visible(&self, permitted: ClassSet) -> impl Iterator<Item = FactDigest> + '_ {
        self.0.iter().filter(move |f| f.classes.within(permitted)).map(|f| f.digest)
    }

    /// Digests of all facts.
    pub fn digests(&self) -> impl Iterator<Item = FactDigest> + '_ {
        self.0.iter().map(|f| f.digest)
    }

    /// Both together, as when an amendment is folded in.
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Number of facts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Collects facts during a walk.
pub struct FactSink {
    keyed: SipHasher24,
    input: Vec<u8>,
    facts: Vec<Fact>,
}

impl FactSink {
    /// An empty sink that digests under `key`.
    pub fn new(key: &[u8; 16]) -> Self {
        Self {
            keyed: SipHasher24::new_with_key(key),
            input: Vec::with_capacity(256),
            facts: Vec::with_capacity(64),
        }
    }

    /// Adds a value that stands at `path` and is about a person in `role`.
    pub fn add(&mut self, path: &'static str, role: &'static str, classes: ClassSet, value: &[u8]) {
        // Lengths before contents, so that no two different triples have the same input.
        self.input.clear();
        self.input.extend_from_slice(&[path.len() as u8, role.len() as u8]);
        self.input.extend_from_slice(path.as_bytes());
        self.input.extend_from_slice(role.as_bytes());
        self.input.extend_from_slice(value);
        let digest = self.keyed.hash(&self.input).as_bytes();
        self.facts.push(Fact { digest: FactDigest(digest), classes });
    }

    /// The facts.
    pub fn finish(self) -> Facts {
        Facts::new(self.facts)
    }
}
