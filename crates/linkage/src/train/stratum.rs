//! How two records came together: by which kinds of keys, and whether at one place.
//!
//! Strangers who share a key agree in what the key is made of, and in little else. Two of one household agree in
//! every part of an address at once. Taken together, all strangers of the index look as if agreements came in
//! bunches, as they do between records of the same person; taken by how they came together, they do not.

use crate::evidence::{Comparison, Level};
use crate::key::Key;

use super::vector::{Vector, place};

/// Bits that say whether parts of an address agree, and whether some differ.
const PLACE_BITS: u32 = 2;

/// A stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stratum(u32);

const ADDRESS: [Comparison; 7] = [
    Comparison::Number,
    Comparison::Street,
    Comparison::Unit,
    Comparison::Locality,
    Comparison::Postcode,
    Comparison::Region,
    Comparison::Cell,
];

impl Stratum {
    /// Of two lists of keys, each sorted, and what the pair shows.
    pub(super) fn new(a: &[Key], b: &[Key], vector: &Vector) -> Self {
        let shared = a.iter().filter(|key| b.binary_search(key).is_ok());
        let kinds = shared.fold(0, |kinds, key| kinds | 1u32 << (key.kind as u8));
        let is_address = |at: usize| ADDRESS.iter().any(|c| place(*c) == Some(at));
        let (mut agree, mut differ) = (false, false);
        for (_, level) in vector.shown().filter(|(at, _)| is_address(*at)) {
            let different = level == Level::Different as usize;
            (agree, differ) = (agree || !different, differ || different);
        }
        Self(kinds << PLACE_BITS | u32::from(agree) << 1 | u32::from(differ))
    }
}
