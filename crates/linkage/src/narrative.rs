//! A narrative as it is compared: hashes of its shingles, and bands of their minima as candidate keys.

use serde::{Deserialize, Serialize};

use crate::digest::Digester;

/// Minima of a MinHash signature.
const MINIMA: usize = 96;
/// Bands of the signature; each is one candidate key.
pub const BANDS: usize = 32;
/// Minima in a band. At 32 x 3 a pair with Jaccard 0.5 becomes a candidate in 986 cases of 1,000.
const ROWS: usize = MINIMA / BANDS;
/// Shingle hashes that are kept: the smallest, which are a fair sample of all.
pub const SHINGLES_MAX: usize = 512;
/// From so many words on, a shingle is three words; below, five characters.
const WORDS_LONG: usize = 40;
/// A shorter text has no key.
const WORDS_LEAST: usize = 8;
/// Words of a shingle of a long text.
const WORDS_EACH: usize = 3;
/// Characters of a shingle of a short text.
const CHARS_EACH: usize = 5;
/// The tag of shingles in digests.
const TAG: u8 = 0x70;

/// What is kept of a narrative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrative {
    #[serde(with = "words")]
    shingles: Box<[Hash]>,
    #[serde(with = "words")]
    bands: Box<[Hash]>,
}

/// A hash as it is stored, the lowest byte first: so it is read from where it stands.
type Hash = [u8; 4];

/// A narrative as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View<'a> {
    pub(crate) shingles: &'a [Hash],
    pub(crate) bands: &'a [Hash],
}

/// Bits of a sieve.
const SIEVE: usize = 4_096;
/// Shingles that are sifted before it is asked whether more can matter.
const SOME: usize = 16;

/// Says of a narrative's shingles, with one look at each, that few of them are in another: most pairs have next to
/// nothing in common, and to go through both lists costs more.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    bits: [u64; SIEVE / 64],
}

impl Sieve {
    pub(crate) fn new(narrative: View<'_>) -> Self {
        let mut bits = [0; SIEVE / 64];
        for shingle in narrative.shingles {
            let (word, bit) = sieve_place(number(*shingle));
            if let Some(word) = bits.get_mut(word) {
                *word |= bit;
            }
        }
        Self { bits }
    }

    /// Whether so many shingles of a narrative may be among those of the sieve: none that is one of them is left out.
    /// It looks at no more of them than it needs to.
    fn passes(&self, narrative: View<'_>, least: usize) -> bool {
        let passes = |shingle: &Hash| {
            let (word, bit) = sieve_place(number(*shingle));
            self.bits.get(word).is_some_and(|word| word & bit != 0)
        };
        let (mut passed, mut left) = (0, narrative.shingles.len());
        for some in narrative.shingles.chunks(SOME) {
            passed += some.iter().map(|shingle| usize::from(passes(shingle))).sum::<usize>();
            left -= some.len();
            if passed + left < least {
                return false;
            }
        }
        passed >= least
    }
}

/// The lowest bits choose, for shingles are sorted by the highest.
fn sieve_place(shingle: u32) -> (usize, u64) {
    let place = usize::try_from(shingle).unwrap_or(0) % SIEVE;
    (place / 64, 1 << (place % 64))
}

/// How much of two narratives is the same, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Shared shingles of all.
    pub jaccard: u32,
    /// Shared shingles of the shorter text's.
    pub containment: u32,
}

impl Narrative {
    /// Makes it of a text; `None` if the text is too short to say anything.
    pub fn new(digester: &Digester, text: &str) -> Option<Self> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(|w| w.chars().flat_map(char::to_lowercase).collect())
            .collect();
        if words.len() < WORDS_LEAST {
            return None;
        }
        let mut shingles = if words.len() >= WORDS_LONG {
            of_words(digester, &words)
        } else {
            of_characters(digester, &words.join(" "))
        };
        shingles.sort_unstable();
        shingles.dedup();
        let bands = bands(digester, &shingles);
        shingles.truncate(SHINGLES_MAX);
        let stored = |hashes: Vec<u32>| hashes.into_iter().map(u32::to_le_bytes).collect();
        Some(Self { shingles: stored(shingles), bands: stored(bands) })
    }

    /// The candidate keys, one for each band, as they are stored.
    pub fn bands(&self) -> &[[u8; 4]] {
        &self.bands
    }

    /// Compares with another. A cut list speaks only up to its largest hash.
    pub fn overlap(&self, other: &Self) -> Overlap {
        self.view().overlap(other.view())
    }

    /// Bytes of its encoded form, about.
    pub(crate) fn bytes(&self) -> usize {
        8 + 4 * (self.shingles.len() + self.bands.len())
    }

    pub(crate) fn view(&self) -> View<'_> {
        View { shingles: &self.shingles, bands: &self.bands }
    }

    /// Whether lengths are what a narrative can have.
    pub(crate) fn is_sound(&self) -> bool {
        self.view().is_sound()
    }
}

impl<'a> View<'a> {
    pub(crate) fn is_sound(self) -> bool {
        self.shingles.len() <= SHINGLES_MAX
            && self.bands.len() == BANDS
            && self.shingles.is_sorted_by(|a, b| number(*a) < number(*b))
    }

    pub(crate) fn bands(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.bands.iter().map(|hash| number(*hash))
    }

    /// Whether it is certain that the overlap with another, of which this is the sieve, is less than so much.
    pub(crate) fn is_below(self, other: Self, sieve: &Sieve, least: Overlap) -> bool {
        let (mine, theirs) = (self.shingles.len(), other.shingles.len());
        // A cut list is compared up to where it was cut, which is another matter.
        if mine.max(theirs) >= SHINGLES_MAX {
            return false;
        }
        let shorter = mine.min(theirs);
        let [jaccard, containment] =
            [least.jaccard, least.containment].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        // So many must be shared for either: of shared / (all - shared), and of shared / shorter.
        let by_jaccard = (jaccard * (mine + theirs)).div_ceil(1_000 + jaccard);
        let by_containment = (containment * shorter).div_ceil(1_000);
        shorter == 0 || !sieve.passes(self, by_jaccard.min(by_containment))
    }

    /// See [`Narrative::overlap`].
    pub(crate) fn overlap(self, other: Self) -> Overlap {
        let ends = [self, other].map(|n| match n.shingles.last() {
            Some(last) if n.shingles.len() >= SHINGLES_MAX => number(*last),
            _ => u32::MAX,
        });
        let end = ends.into_iter().min().unwrap_or(u32::MAX);
        let within = |n: Self| n.shingles.partition_point(|s| number(*s) <= end);
        let (mine, theirs) = (within(self), within(other));
        let shared =
            common(self.shingles.get(..mine).unwrap_or(&[]), other.shingles.get(..theirs).unwrap_or(&[]));
        let thousandths = |part: usize, whole: usize| u32::try_from(part * 1_000 / whole.max(1)).unwrap_or(0);
        Overlap {
            jaccard: thousandths(shared, mine + theirs - shared),
            containment: thousandths(shared, mine.min(theirs)),
        }
    }
}

fn number(hash: Hash) -> u32 {
    u32::from_le_bytes(hash)
}

/// How many numbers two sorted lists have in common.
fn common(mut a: &[Hash], mut b: &[Hash]) -> usize {
    let mut shared = 0;
    while let (Some((x, after_x)), Some((y, after_y))) = (a.split_first(), b.split_first()) {
        let (x, y) = (number(*x), number(*y));
        shared += usize::from(x == y);
        // Both conditions, not a choice of three: it compiles to no jump that would be guessed wrongly.
        let (x_first, y_first) = (x <= y, y <= x);
        a = if x_first { after_x } else { a };
        b = if y_first { after_y } else { b };
    }
    shared
}

fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

fn of_words(digester: &Digester, words: &[String]) -> Vec<u32> {
    words
        .windows(WORDS_EACH)
        .map(|w| {
            let mut parts = [&[][..]; WORDS_EACH];
            for (part, word) in parts.iter_mut().zip(w) {
                *part = word.as_bytes();
            }
            short(digester.of(TAG, &parts))
        })
        .collect()
}

fn of_characters(digester: &Digester, text: &str) -> Vec<u32> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    starts
        .windows(CHARS_EACH + 1)
        .filter_map(|w| text.get(*w.first()?..*w.last()?))
        .map(|shingle| short(digester.of(TAG, &[shingle.as_bytes()])))
        .collect()
}

fn bands(digester: &Digester, shingles: &[u32]) -> Vec<u32> {
    let mut minima = [u32::MAX; MINIMA];
    for shingle in shingles {
        for (minimum, (seed, factor)) in minima.iter_mut().zip(PERMUTATIONS) {
            // Two rounds: one multiplication alone keeps the order of neighbours.
            let mut mixed = (shingle ^ seed).wrapping_mul(factor);
            mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
            *minimum = (*minimum).min(mixed ^ (mixed >> 13));
        }
    }
    minima
        .chunks(ROWS)
        .map(|rows| {
            let mut numbers = [0u64; ROWS];
            for (number, row) in numbers.iter_mut().zip(rows) {
                *number = u64::from(*row);
            }
            short(digester.of_numbers(TAG, &numbers))
        })
        .collect()
}

/// Seeds and odd factors of the 96 orders of hashes. Never changed: bands are kept in profiles.
const PERMUTATIONS: [(u32, u32); MINIMA] = permutations();

const fn permutations() -> [(u32, u32); MINIMA] {
    let mut out = [(0, 1); MINIMA];
    let mut state: u64 = 0x6c65_6164_7368_6172;
    let mut rest: &mut [(u32, u32)] = &mut out;
    while let Some((slot, tail)) = rest.split_first_mut() {
        let (first, second);
        (state, first) = next(state);
        (state, second) = next(state);
        *slot = (first, second | 1);
        rest = tail;
    }
    out
}

/// One step of SplitMix64: the next state, and 32 bits of output.
const fn next(state: u64) -> (u64, u32) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (state, ((z ^ (z >> 31)) >> 32) as u32)
}

/// Numbers of four bytes each: hashes are random, and variable lengths would only add to them.
mod words {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Hash;

    pub(super) fn serialize<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(hashes.as_flattened())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<[Hash]>, D::Error> {
        let bytes = <&[u8]>::deserialize(deserializer)?;
        let (hashes, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(D::Error::custom("hashes are not whole"));
        }
        Ok(hashes.into())
    }
}

#[cfg(test)]
mod tests;
