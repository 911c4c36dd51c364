//! Keyed 64-bit hashes: of identifiers in a profile, and of values and keys in the index.
//!
//! SipHash, because hot marks and profiles are state: the hash must be the same in every version of this
//! program, and nobody without the key may try values against it.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// A key for digests. Digests under two keys have nothing in common.
#[derive(Clone, Copy)]
pub struct Digester {
    key: [u8; 16],
}

impl Digester {
    /// A digester under a key of the site.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The digest of a list of parts; `tag` keeps kinds of values apart. Never 0, which stands for none.
    pub fn of(&self, tag: u8, parts: &[&[u8]]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write_u8(tag);
        for part in parts {
            hasher.write(part);
            // Each part is followed by its length, so that no two lists of parts have the same bytes.
            hasher.write_u32(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le());
        }
        hasher.finish().max(1)
    }

    /// The digest of numbers.
    pub fn of_numbers(&self, tag: u8, numbers: &[u64]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write_u8(tag);
        for number in numbers {
            hasher.write(&number.to_le_bytes());
        }
        hasher.finish().max(1)
    }
}

impl std::fmt::Debug for Digester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digester(..)")
    }
}
