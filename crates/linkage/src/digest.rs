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
        let mut line = Line::new(tag);
        for part in parts {
            // Each part is followed by its length, so that no two lists of parts have the same bytes.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes();
            if !(line.push(part) && line.push(&length)) {
                return self.of_long(tag, parts);
            }
        }
        self.hasher().hash(line.bytes()).max(1)
    }

    /// The digest of numbers.
    pub fn of_numbers(&self, tag: u8, numbers: &[u64]) -> u64 {
        let mut line = Line::new(tag);
        if numbers.iter().all(|number| line.push(&number.to_le_bytes())) {
            return self.hasher().hash(line.bytes()).max(1);
        }
        let mut hasher = self.hasher();
        hasher.write_u8(tag);
        for number in numbers {
            hasher.write(&number.to_le_bytes());
        }
        hasher.finish().max(1)
    }

    /// The same as [`of`](Self::of) for parts of any length.
    fn of_long(&self, tag: u8, parts: &[&[u8]]) -> u64 {
        let mut hasher = self.hasher();
        hasher.write_u8(tag);
        for part in parts {
            hasher.write(part);
            hasher.write(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        hasher.finish().max(1)
    }

    fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.key)
    }
}

/// Bytes that are hashed in one go, which costs less than piece by piece.
struct Line {
    bytes: [u8; Self::LENGTH],
    length: usize,
}

impl Line {
    const LENGTH: usize = 96;

    fn new(tag: u8) -> Self {
        let mut bytes = [0; Self::LENGTH];
        let [first, ..] = &mut bytes;
        *first = tag;
        Self { bytes, length: 1 }
    }

    /// Adds a part; whether there was room for it.
    fn push(&mut self, part: &[u8]) -> bool {
        let end = self.length + part.len();
        let Some(free) = self.bytes.get_mut(self.length..end) else { return false };
        free.copy_from_slice(part);
        self.length = end;
        true
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

impl std::fmt::Debug for Digester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digester(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sabotage: leave out the length of a part in `of`.
    #[test]
    fn one_go_and_piece_by_piece_are_the_same() {
        let digester = Digester::new([7; 16]);
        for length in 0..120usize {
            let text = vec![b'x'; length];
            for parts in [vec![&text[..]], vec![&text[..], b"y"], vec![b"", &text[..], b"zz"]] {
                assert_eq!(digester.of(3, &parts), digester.of_long(3, &parts), "{length}");
            }
        }
        let numbers: Vec<u64> = (1..30).collect();
        let mut hasher = digester.hasher();
        hasher.write_u8(9);
        numbers.iter().for_each(|n| hasher.write(&n.to_le_bytes()));
        assert_eq!(digester.of_numbers(9, &numbers), hasher.finish());
        // What was hashed is kept: it must never change.
        assert_eq!(digester.of(1, &[b"ab", b"c"]), 0x45e2_762b_dce6_ea31);
    }
}
