//! A map from digests to 32 bits: sorted buckets with gaps, a third of the memory of a map for any type.
//!
//! A digest says where it belongs, for digests are spread evenly: its first bits are the share of the table that lies
//! before it. What is there already is moved towards the end, so that buckets stay sorted. A table that is full is
//! written anew a quarter larger, from its beginning to its end.

use std::io;

use crate::image::{BELIEVED, ImageError, Reading, Writing};

/// What a table is sorted by.
pub(crate) trait Digest: Copy + Ord + Default {
    /// Bits that are spread evenly, and by which digests are sorted first.
    fn first_bits(self) -> u32;
}

impl Digest for u32 {
    fn first_bits(self) -> u32 {
        self
    }
}

/// A digest of 64 bits, the high half first.
pub(crate) type Halves = [u32; 2];

impl Digest for Halves {
    fn first_bits(self) -> u32 {
        let [high, _] = self;
        high
    }
}

/// The value of a gap.
const GAP: u32 = u32::MAX;

/// The largest value that a table holds.
pub(crate) const VALUE_MAX: u32 = GAP - 1;

/// How unevenly digests are spread at most: by chance alone by some thousand among a thousand million.
const UNEVEN_MAX: usize = 1 << 16;

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Gapped<K> {
    /// INVARIANT: what is no gap is sorted, stands at its place or behind it, and has no gap between.
    buckets: Vec<(K, u32)>,
    /// Buckets that digests are spread over; those behind take what is moved past the end.
    spread: usize,
    used: usize,
}

impl<K: Digest> Gapped<K> {
    /// An empty table. Tables that take the same number of digests should begin with different sizes, so that they do
    /// not all grow at once.
    pub(crate) fn new(spread: usize) -> Self {
        Self { buckets: vec![(K::default(), GAP); spread], spread, used: 0 }
    }

    /// How many digests it holds.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// What is where a digest belongs: to be asked for many before one of them is looked up, for the processor then
    /// waits for memory once.
    pub(crate) fn touch(&self, digest: K) -> u32 {
        self.buckets.get(self.place(digest)).map_or(0, |(_, value)| *value)
    }

    pub(crate) fn get(&self, digest: K) -> Option<&u32> {
        let at = self.find(digest).ok()?;
        self.buckets.get(at).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, digest: K) -> Option<&mut u32> {
        let at = self.find(digest).ok()?;
        self.buckets.get_mut(at).map(|(_, value)| value)
    }

    /// The value of a digest, which is put there if there is none; whether there was.
    pub(crate) fn get_or_insert(&mut self, digest: K, value: u32) -> Option<(&mut u32, bool)> {
        let (at, was) = match self.find(digest) {
            Ok(at) => (at, true),
            Err(mut at) => {
                if self.used >= self.spread / 8 * 7 {
                    self.grow();
                    at = self.find(digest).unwrap_or_else(|at| at);
                }
                self.put(at, digest, value);
                (at, false)
            }
        };
        // What was found or put is there.
        self.buckets.get_mut(at).map(|(_, value)| (value, was))
    }

    pub(crate) fn remove(&mut self, digest: K) {
        let Ok(at) = self.find(digest) else { return };
        let behind = self.buckets.iter().enumerate().skip(at + 1);
        let moved = behind.take_while(|(at, (key, value))| *value != GAP && self.place(*key) < *at);
        let end = at + 1 + moved.count();
        self.buckets.copy_within(at + 1..end, at);
        if let Some(last) = self.buckets.get_mut(end - 1) {
            *last = (K::default(), GAP);
        }
        self.used -= 1;
    }

    /// All digests with their values, sorted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, u32)> + '_ {
        self.buckets.iter().filter(|(_, value)| *value != GAP).copied()
    }

    /// A table for so many digests, which come sorted; `None` for more than any table has.
    fn for_sorted(count: usize) -> Option<Self> {
        let spread = u32::try_from(count).ok().and_then(|_| count.checked_add(count / 4))?.max(16);
        let buckets = Vec::with_capacity(spread.saturating_add(64).min(BELIEVED));
        Some(Self { buckets, spread, used: 0 })
    }

    /// The next of them. False if it cannot be: not the next, no value, or far behind where it belongs among so many, for
    /// then the count was wrong, and the table would take memory for what never comes.
    fn append(&mut self, digest: K, value: u32) -> bool {
        let place = self.place(digest);
        let is_next = self.buckets.last().is_none_or(|(last, _)| *last < digest);
        if !is_next || value == GAP || place > self.used.saturating_mul(2).saturating_add(UNEVEN_MAX) {
            return false;
        }
        while self.buckets.len() < place {
            self.buckets.push((K::default(), GAP));
        }
        self.buckets.push((digest, value));
        self.used += 1;
        true
    }

    /// No more of them come.
    fn closed(mut self) -> Self {
        while self.buckets.len() < self.spread {
            self.buckets.push((K::default(), GAP));
        }
        self
    }

    /// Bytes of memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<(K, u32)>()
    }

    fn place(&self, digest: K) -> usize {
        place(digest, self.spread)
    }

    /// Where a digest is, or where it would be put.
    fn find(&self, digest: K) -> Result<usize, usize> {
        let mut at = self.place(digest);
        while let Some((key, value)) = self.buckets.get(at) {
            if *value == GAP || *key > digest {
                return Err(at);
            }
            if *key == digest {
                return Ok(at);
            }
            at += 1;
        }
        Err(at)
    }

    fn put(&mut self, at: usize, digest: K, value: u32) {
        let gap = self.buckets.iter().skip(at).position(|(_, value)| *value == GAP);
        let gap = gap.map_or(self.buckets.len(), |further| at + further);
        if gap == self.buckets.len() {
            self.buckets.push((K::default(), GAP));
        }
        self.buckets.copy_within(at..gap, at + 1);
        if let Some(bucket) = self.buckets.get_mut(at) {
            *bucket = (digest, value);
        }
        self.used += 1;
    }

    fn grow(&mut self) {
        let spread = (self.spread + self.spread / 4).max(16);
        let mut buckets = Vec::with_capacity(spread + 64);
        for (key, value) in self.iter() {
            let place = place(key, spread);
            while buckets.len() < place {
                buckets.push((K::default(), GAP));
            }
            buckets.push((key, value));
        }
        while buckets.len() < spread {
            buckets.push((K::default(), GAP));
        }
        (self.buckets, self.spread) = (buckets, spread);
    }
}

/// The share of the buckets that lies before a digest.
fn place<K: Digest>(digest: K, spread: usize) -> usize {
    let spread = u64::try_from(spread).unwrap_or(u64::MAX);
    usize::try_from((u64::from(digest.first_bits()) * spread) >> 32).unwrap_or(0)
}

impl<K: Digest> PartialEq for Gapped<K> {
    fn eq(&self, other: &Self) -> bool {
        self.used == other.used && self.iter().eq(other.iter())
    }
}

impl<K: Digest> Eq for Gapped<K> {}

impl Gapped<u32> {
    pub(crate) fn write(&self, image: &mut Writing) -> io::Result<()> {
        image.count(self.used)?;
        self.iter().try_for_each(|(key, value)| [key, value].into_iter().try_for_each(|n| image.u32(n)))
    }

    pub(crate) fn read(image: &mut Reading) -> Result<Self, ImageError> {
        let count = image.count()?;
        let mut table = Self::for_sorted(count).ok_or(ImageError::Damaged("a count"))?;
        let mut is_whole = true;
        image.rows(count, |[key, value]: [u32; 2]| is_whole &= table.append(key, value))?;
        if is_whole { Ok(table.closed()) } else { Err(ImageError::Damaged("a table")) }
    }
}

/// How many tables the digests of 64 bits have: each grows by itself, so that none takes long.
const SHARDS: usize = 32;

/// A map from digests of 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sharded {
    shards: [Gapped<Halves>; SHARDS],
}

impl Default for Sharded {
    fn default() -> Self {
        Self { shards: std::array::from_fn(first_size).map(Gapped::new) }
    }
}

/// Where the n-th of 32 tables begins.
pub(crate) fn first_size(n: usize) -> usize {
    64 + n * 2
}

impl Sharded {
    pub(crate) fn touch(&self, digest: u64) -> u32 {
        let (shard, halves) = split(digest);
        self.shards.get(shard).map_or(0, |shard| shard.touch(halves))
    }

    pub(crate) fn get(&self, digest: u64) -> Option<&u32> {
        let (shard, halves) = split(digest);
        self.shards.get(shard)?.get(halves)
    }

    /// The table that a digest belongs to, and what it is there.
    pub(crate) fn shard(&mut self, digest: u64) -> (Option<&mut Gapped<Halves>>, Halves) {
        let (shard, halves) = split(digest);
        (self.shards.get_mut(shard), halves)
    }

    /// All digests with their values, in an order that depends on nothing else.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let whole = |[high, low]: Halves| u64::from(high) << 32 | u64::from(low);
        self.shards.iter().flat_map(Gapped::iter).map(move |(halves, value)| (whole(halves), value))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.shards.iter().map(Gapped::bytes).sum()
    }

    pub(crate) fn write(&self, image: &mut Writing) -> io::Result<()> {
        for shard in &self.shards {
            image.count(shard.used)?;
            for ([high, low], value) in shard.iter() {
                [high, low, value].into_iter().try_for_each(|number| image.u32(number))?;
            }
        }
        Ok(())
    }

    pub(crate) fn read(image: &mut Reading) -> Result<Self, ImageError> {
        let mut sharded = Self::default();
        for shard in &mut sharded.shards {
            let count = image.count()?;
            let mut table = Gapped::for_sorted(count).ok_or(ImageError::Damaged("a count"))?;
            let mut is_whole = true;
            image.rows(count, |[high, low, value]: [u32; 3]| is_whole &= table.append([high, low], value))?;
            *shard = if is_whole { table.closed() } else { return Err(ImageError::Damaged("a table")) };
        }
        Ok(sharded)
    }
}

fn split(digest: u64) -> (usize, Halves) {
    let [high, low] = [digest >> 32, digest & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or(0));
    (usize::try_from(low).unwrap_or(0) % SHARDS, [high, low])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn digest() -> impl Strategy<Value = u32> {
        // Crowds at the beginning, in the middle and at the end, so that much is moved.
        prop_oneof![0u32..40, 0x8000_0000u32..0x8000_0040, u32::MAX - 40..=u32::MAX, any::<u32>()]
    }

    proptest! {
        /// Sabotage: let `remove` move what stands at its place.
        #[test]
        fn is_a_map(steps in proptest::collection::vec((digest(), 0u32..4, any::<bool>()), 0..400)) {
            let (mut table, mut map) = (Gapped::<u32>::new(8), BTreeMap::new());
            for (digest, value, comes) in steps {
                if comes {
                    let (found, was) = table.get_or_insert(digest, value).unwrap();
                    prop_assert_eq!(was, map.contains_key(&digest));
                    prop_assert_eq!(*found, *map.entry(digest).or_insert(value));
                } else {
                    table.remove(digest);
                    map.remove(&digest);
                }
                prop_assert_eq!(table.get(digest), map.get(&digest));
            }
            prop_assert_eq!(table.len(), map.len());
            prop_assert!(table.iter().eq(map.iter().map(|(k, v)| (*k, *v))));
            prop_assert!(map.iter().all(|(k, v)| table.get(*k) == Some(v)));
        }
    }

    #[test]
    fn equal_is_what_holds_the_same() {
        let (mut a, mut b) = (Gapped::<u32>::new(8), Gapped::<u32>::new(100));
        for n in 0..50u32 {
            a.get_or_insert(n.wrapping_mul(0x9e37_79b9), n);
            b.get_or_insert((49 - n).wrapping_mul(0x9e37_79b9), 49 - n);
        }
        assert_eq!(a, b);
        b.remove(0);
        assert_ne!(a, b);
    }
}
