//! Who holds a key: slots in the order of acceptance, in the table itself for the usual one.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashSet;

use crate::gapped::{Gapped, Sharded, first_size};
use crate::narrative::BANDS;

mod image;
mod many;

pub(crate) use image::{Lists, read_bands};
use many::Many;

/// A digest is its own hash: it is keyed, so nobody can choose values that collide.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Digest(u64);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        // Cluster ids: their first bytes, folded, are as random as they need to be.
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (slot, byte) in word.iter_mut().zip(chunk) {
                *slot = *byte;
            }
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Builds the hasher of digests.
pub(crate) type Prehashed = BuildHasherDefault<Digest>;

/// A lead's place in the order of acceptance.
pub(crate) type Slot = u32;

/// A cluster's id.
pub(crate) type Cluster = [u8; 16];

/// What is looked up. The short hash of a band is its own digest in the band's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Digest(u64),
    Band(usize, u32),
}

/// The holders of a key that has more than one, oldest first.
#[derive(Debug, Clone)]
enum Posting {
    Two([Slot; 2]),
    Many(Box<Many>),
}

impl Posting {
    fn slots(&self) -> &[Slot] {
        match self {
            Self::Two(slots) => slots,
            Self::Many(many) => &many.slots,
        }
    }
}

/// When a key is hot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotRule {
    pub(crate) leads: u32,
    pub(crate) clusters: u32,
}

impl HotRule {
    /// From so many holders on, clusters are counted: below half a mark falls whatever they are.
    fn counted_from(self) -> usize {
        usize::try_from(self.leads / 2).unwrap_or(usize::MAX)
    }

    /// So many clusters are counted: more make no difference.
    fn counted_to(self) -> usize {
        usize::try_from(self.clusters).unwrap_or(usize::MAX)
    }
}

/// In a table, this bit says that the rest is the number of a posting, and not a slot.
const SEVERAL: u32 = 1 << 31;

/// The highest slot.
pub(crate) const SLOT_MAX: Slot = SEVERAL - 2;

/// All posting lists, and the marks of hot keys.
#[derive(Debug, Clone)]
pub(crate) struct Postings {
    rule: HotRule,
    digests: Sharded,
    bands: [Gapped<u32>; BANDS],
    postings: Vec<Posting>,
    /// Postings that no table names any more.
    free: Vec<u32>,
    /// Sticky, hence state and no function of the lists.
    hot: HashSet<u64, Prehashed>,
}

impl Postings {
    pub(crate) fn new(rule: HotRule) -> Self {
        Self {
            rule,
            digests: Sharded::default(),
            bands: std::array::from_fn(first_size).map(Gapped::new),
            postings: Vec::new(),
            free: Vec::new(),
            hot: HashSet::default(),
        }
    }

    /// Asks for keys that are looked up next: the processor then waits for memory once, not for each.
    pub(crate) fn touch(&self, lookups: impl Iterator<Item = Lookup>) {
        let touched = lookups.map(|lookup| match lookup {
            Lookup::Digest(digest) => self.digests.touch(digest),
            Lookup::Band(band, hash) => self.bands.get(band).map_or(0, |table| table.touch(hash)),
        });
        std::hint::black_box(touched.fold(0, |sum, value| sum ^ value));
    }

    /// The holders of each of many keys, oldest first, of keys that have any.
    ///
    /// A list is three places away from its table. One key after another, the processor waits for each place of each
    /// key, for it cannot guess what stands there; so all keys go one place further together.
    pub(crate) fn holders_of_all<T>(
        &self,
        lookups: impl Iterator<Item = (T, Lookup)> + Clone,
    ) -> impl Iterator<Item = (T, Lookup, &[Slot])> {
        self.touch(lookups.clone().map(|(_, lookup)| lookup));
        let (least, most) = lookups.size_hint();
        let mut found = Vec::with_capacity(most.unwrap_or(least));
        found.extend(lookups.filter_map(|(tag, lookup)| Some((tag, lookup, self.found(lookup)?))));
        let postings = || found.iter().filter_map(|(.., value)| self.posting(**value));
        // Whether there are two is asked without a choice, which would be a guess.
        std::hint::black_box(postings().fold(0, |sum, p| sum ^ u32::from(matches!(p, Posting::Two(_)))));
        std::hint::black_box(postings().fold(0, |sum, posting| sum ^ posting.slots().len()));
        found.into_iter().map(|(tag, lookup, value)| (tag, lookup, self.slots(value)))
    }

    /// Asks for the ends of lists, where holders are added.
    pub(crate) fn touch_holders(&self, lookups: impl Iterator<Item = Lookup> + Clone) {
        let all = self.holders_of_all(lookups.map(|lookup| ((), lookup)));
        std::hint::black_box(all.fold(0, |sum, (.., holders)| sum ^ holders.last().unwrap_or(&0)));
    }

    /// The holders of a key, oldest first.
    pub(crate) fn holders(&self, lookup: Lookup) -> &[Slot] {
        self.found(lookup).map_or(&[], |value| self.slots(value))
    }

    /// What the table of a key has for it.
    fn found(&self, lookup: Lookup) -> Option<&u32> {
        match lookup {
            Lookup::Digest(digest) => self.digests.get(digest),
            Lookup::Band(band, hash) => self.bands.get(band).and_then(|table| table.get(hash)),
        }
    }

    /// The holders that a table's value names.
    fn slots<'s>(&'s self, value: &'s u32) -> &'s [Slot] {
        match self.posting(*value) {
            Some(posting) => posting.slots(),
            None => std::slice::from_ref(value),
        }
    }

    fn posting(&self, value: u32) -> Option<&Posting> {
        if value & SEVERAL == 0 { None } else { self.postings.get(usize::try_from(value & !SEVERAL).ok()?) }
    }

    fn value(&mut self, lookup: Lookup) -> Option<&mut u32> {
        match lookup {
            Lookup::Digest(digest) => {
                let (shard, digest) = self.digests.shard(digest);
                shard?.get_mut(digest)
            }
            Lookup::Band(band, hash) => self.bands.get_mut(band)?.get_mut(hash),
        }
    }

    pub(crate) fn is_hot(&self, key: u64) -> bool {
        self.hot.contains(&key)
    }

    /// Hot keys, sorted.
    pub(crate) fn hot_keys(&self) -> Vec<u64> {
        let mut keys: Vec<u64> = self.hot.iter().copied().collect();
        keys.sort_unstable();
        keys
    }

    pub(crate) fn mark(&mut self, key: u64, hot: bool) {
        if hot {
            self.hot.insert(key);
        } else {
            self.hot.remove(&key);
        }
    }

    /// Adds a holder. `cluster_of` knows the clusters of all holders, the new one included.
    pub(crate) fn add(&mut self, lookup: Lookup, slot: Slot, cluster_of: impl Fn(Slot) -> Cluster) {
        let found = match lookup {
            Lookup::Digest(digest) => {
                let (shard, digest) = self.digests.shard(digest);
                shard.and_then(|shard| shard.get_or_insert(digest, slot))
            }
            Lookup::Band(band, hash) => {
                self.bands.get_mut(band).and_then(|table| table.get_or_insert(hash, slot))
            }
        };
        let Some((value, true)) = found else { return };
        if *value & SEVERAL == 0 {
            let two = Posting::Two([slot.min(*value), slot.max(*value)]);
            // The number of a posting is below 2^31: each has two slots, and there are fewer slots.
            let free = self.free.pop();
            let number = free.unwrap_or_else(|| u32::try_from(self.postings.len()).unwrap_or(u32::MAX));
            *value = number | SEVERAL;
            match usize::try_from(number).ok().and_then(|at| self.postings.get_mut(at)) {
                Some(posting) => *posting = two,
                None => self.postings.push(two),
            }
            return;
        }
        let number = usize::try_from(*value & !SEVERAL).unwrap_or(usize::MAX);
        match self.postings.get_mut(number) {
            Some(Posting::Many(many)) => many.add(slot, self.rule, cluster_of),
            Some(posting) => {
                let mut many = Many::new(posting.slots());
                many.add(slot, self.rule, cluster_of);
                *posting = Posting::Many(Box::new(many));
            }
            None => {}
        }
    }

    /// Takes a holder out. `cluster_of` knows the clusters of those that stay.
    pub(crate) fn remove(&mut self, lookup: Lookup, slot: Slot, cluster_of: impl Fn(Slot) -> Cluster) {
        let Some(value) = self.value(lookup).map(|value| *value) else { return };
        if value & SEVERAL == 0 {
            match lookup {
                Lookup::Digest(digest) => {
                    if let (Some(shard), digest) = self.digests.shard(digest) {
                        shard.remove(digest);
                    }
                }
                Lookup::Band(band, hash) => {
                    if let Some(table) = self.bands.get_mut(band) {
                        table.remove(hash);
                    }
                }
            }
            return;
        }
        let number = value & !SEVERAL;
        let rule = self.rule;
        let Some(posting) = usize::try_from(number).ok().and_then(|at| self.postings.get_mut(at)) else {
            return;
        };
        match posting {
            Posting::Two([a, b]) => {
                let left = if *a == slot { *b } else { *a };
                self.free.push(number);
                if let Some(value) = self.value(lookup) {
                    *value = left;
                }
            }
            Posting::Many(many) => {
                many.remove(slot, rule, cluster_of);
                if let [a, b] = *many.slots.as_slice() {
                    *posting = Posting::Two([a, b]);
                }
            }
        }
    }

    /// Notes that a holder is now of another cluster, which `cluster_of` says already.
    pub(crate) fn recluster(&mut self, lookup: Lookup, slot: Slot, cluster_of: impl Fn(Slot) -> Cluster) {
        let rule = self.rule;
        let Some(value) = self.value(lookup).map(|value| *value).filter(|v| v & SEVERAL != 0) else { return };
        let number = usize::try_from(value & !SEVERAL).unwrap_or(usize::MAX);
        if let Some(Posting::Many(many)) = self.postings.get_mut(number) {
            many.recluster(slot, rule, cluster_of);
        }
    }

    /// Marks a key or takes its mark away, as the rule asks; its digest if that changed anything.
    pub(crate) fn settle(&mut self, lookup: Lookup, digest: impl FnOnce() -> u64) -> Option<u64> {
        let value = self.value(lookup).map_or(0, |value| *value);
        let (leads, clusters) = match self.posting(value) {
            Some(Posting::Many(many)) => (many.slots.len(), many.clusters()),
            // Most keys: fewer than three holders, and hot only if they once were many.
            _ if self.hot.is_empty() => return None,
            _ => (0, 0),
        };
        let reaches = |leads_least: u32, clusters_least: u32| {
            leads >= usize::try_from(leads_least).unwrap_or(usize::MAX)
                && clusters >= usize::try_from(clusters_least).unwrap_or(usize::MAX)
        };
        let digest = digest();
        let was = self.hot.contains(&digest);
        let is = if was {
            reaches(self.rule.leads / 2, self.rule.clusters / 2)
        } else {
            reaches(self.rule.leads, self.rule.clusters)
        };
        if was == is {
            return None;
        }
        self.mark(digest, is);
        Some(digest)
    }

    /// All keys with their holders, in an order that depends on nothing else.
    fn iter(&self) -> impl Iterator<Item = (Lookup, Vec<Slot>)> + '_ {
        let digests = self.digests.iter().map(|(digest, value)| (Lookup::Digest(digest), value));
        let bands = self.bands.iter().enumerate();
        let bands = bands.flat_map(|(band, table)| {
            table.iter().map(move |(hash, value)| (Lookup::Band(band, hash), value))
        });
        digests.chain(bands).map(|(lookup, value)| (lookup, self.slots(&value).to_vec()))
    }

    /// How many hold each key. For tests.
    #[cfg(test)]
    pub(crate) fn lengths(&self) -> Vec<(String, usize)> {
        self.iter().map(|(lookup, slots)| (format!("{lookup:?}"), slots.len())).collect()
    }

    /// Bytes of memory that the lists take, about.
    pub(crate) fn bytes(&self) -> usize {
        let many = self.postings.iter().map(|p| match p {
            Posting::Many(many) => many.bytes(),
            Posting::Two(_) => 0,
        });
        let tables = self.digests.bytes() + self.bands.iter().map(Gapped::bytes).sum::<usize>();
        tables + self.postings.capacity() * size_of::<Posting>() + many.sum::<usize>()
    }
}

impl PartialEq for Postings {
    /// What is counted of clusters is not compared: it follows from the lists and the leads.
    fn eq(&self, other: &Self) -> bool {
        self.hot == other.hot && self.iter().eq(other.iter())
    }
}
