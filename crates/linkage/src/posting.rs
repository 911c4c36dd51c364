//! Who holds a key: slots in the order of acceptance, inline for the usual one or two.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::{HashMap, HashSet};

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

    fn write_u32(&mut self, n: u32) {
        self.0 = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
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

/// The holders of one key, oldest first.
#[derive(Debug, Clone)]
enum Posting {
    One(Slot),
    Two([Slot; 2]),
    Many(Box<Many>),
}

#[derive(Debug, Clone, Default)]
struct Many {
    slots: Vec<Slot>,
    /// Holders by cluster; kept only while there are so many holders that it can matter.
    clusters: Option<HashMap<Cluster, u32, Prehashed>>,
}

impl Posting {
    fn slots(&self) -> &[Slot] {
        match self {
            Self::One(slot) => std::slice::from_ref(slot),
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
}

/// All posting lists, and the marks of hot keys.
#[derive(Debug, Clone)]
pub(crate) struct Postings {
    rule: HotRule,
    lists: HashMap<u64, Posting, Prehashed>,
    /// Sticky, hence state and no function of the lists.
    hot: HashSet<u64, Prehashed>,
}

impl Postings {
    pub(crate) fn new(rule: HotRule) -> Self {
        Self { rule, lists: HashMap::default(), hot: HashSet::default() }
    }

    pub(crate) fn reserve(&mut self, keys: usize) {
        self.lists.reserve(keys);
    }

    /// The holders of a key, oldest first.
    pub(crate) fn holders(&self, key: u64) -> &[Slot] {
        self.lists.get(&key).map_or(&[], Posting::slots)
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
    pub(crate) fn add(&mut self, key: u64, slot: Slot, cluster_of: impl Fn(Slot) -> Cluster) {
        let counted_from = self.rule.counted_from();
        match self.lists.entry(key) {
            hashbrown::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Posting::One(slot));
            }
            hashbrown::hash_map::Entry::Occupied(mut occupied) => {
                let posting = occupied.get_mut();
                match posting {
                    Posting::One(other) => *posting = Posting::Two([slot.min(*other), slot.max(*other)]),
                    Posting::Two(two) => {
                        let mut slots = Vec::with_capacity(4);
                        slots.extend_from_slice(two);
                        let mut many = Many { slots, clusters: None };
                        many.add(slot, counted_from, cluster_of);
                        *posting = Posting::Many(Box::new(many));
                    }
                    Posting::Many(many) => many.add(slot, counted_from, cluster_of),
                }
            }
        }
    }

    /// Takes a holder out that is of this cluster.
    pub(crate) fn remove(&mut self, key: u64, slot: Slot, cluster: Cluster) {
        let counted_from = self.rule.counted_from();
        let hashbrown::hash_map::Entry::Occupied(mut occupied) = self.lists.entry(key) else { return };
        let posting = occupied.get_mut();
        match posting {
            Posting::One(_) => {
                occupied.remove();
            }
            Posting::Two([a, b]) => *posting = Posting::One(if *a == slot { *b } else { *a }),
            Posting::Many(many) => {
                many.remove(slot, cluster, counted_from);
                if let [a, b] = *many.slots.as_slice() {
                    *posting = Posting::Two([a, b]);
                }
            }
        }
    }

    /// Notes that a holder is now of another cluster.
    pub(crate) fn recluster(&mut self, key: u64, from: Cluster, to: Cluster) {
        if let Some(Posting::Many(many)) = self.lists.get_mut(&key)
            && let Some(clusters) = &mut many.clusters
        {
            lower(clusters, from);
            *clusters.entry(to).or_insert(0) += 1;
        }
    }

    /// Marks a key or takes its mark away, as the rule asks; whether that changed anything.
    pub(crate) fn settle(&mut self, key: u64) -> bool {
        let (leads, clusters) = match self.lists.get(&key) {
            Some(Posting::Many(many)) => (many.slots.len(), many.clusters.as_ref().map_or(0, HashMap::len)),
            // Most keys: fewer than three holders, and hot only if they once were many.
            _ if self.hot.is_empty() => return false,
            _ => (0, 0),
        };
        let reaches = |leads_least: u32, clusters_least: u32| {
            leads >= usize::try_from(leads_least).unwrap_or(usize::MAX)
                && clusters >= usize::try_from(clusters_least).unwrap_or(usize::MAX)
        };
        let was = self.hot.contains(&key);
        let is = if was {
            reaches(self.rule.leads / 2, self.rule.clusters / 2)
        } else {
            reaches(self.rule.leads, self.rule.clusters)
        };
        self.mark(key, is);
        was != is
    }

    /// How many hold each key, sorted. For tests.
    #[cfg(test)]
    pub(crate) fn lengths(&self) -> Vec<(u64, usize)> {
        let mut lengths: Vec<_> = self.lists.iter().map(|(key, p)| (*key, p.slots().len())).collect();
        lengths.sort_unstable();
        lengths
    }

    /// Bytes of memory that the lists take, about.
    pub(crate) fn bytes(&self) -> usize {
        let lists: usize = self
            .lists
            .values()
            .map(|p| match p {
                Posting::Many(many) => many.slots.capacity() * size_of::<Slot>() + size_of::<Many>() + 32,
                Posting::One(_) | Posting::Two(_) => 0,
            })
            .sum();
        lists + self.lists.allocation_size()
    }
}

impl PartialEq for Postings {
    fn eq(&self, other: &Self) -> bool {
        self.hot == other.hot
            && self.lists.len() == other.lists.len()
            && self.lists.iter().all(|(key, posting)| {
                let clusters = |p: &Posting| match p {
                    Posting::Many(many) => many.clusters.clone(),
                    Posting::One(_) | Posting::Two(_) => None,
                };
                other
                    .lists
                    .get(key)
                    .is_some_and(|o| o.slots() == posting.slots() && clusters(o) == clusters(posting))
            })
    }
}

fn lower(clusters: &mut HashMap<Cluster, u32, Prehashed>, cluster: Cluster) {
    if let Some(holders) = clusters.get_mut(&cluster) {
        *holders -= 1;
        if *holders == 0 {
            clusters.remove(&cluster);
        }
    }
}

impl Many {
    fn add(&mut self, slot: Slot, counted_from: usize, cluster_of: impl Fn(Slot) -> Cluster) {
        let at = self.slots.partition_point(|s| *s < slot);
        self.slots.insert(at, slot);
        if let Some(clusters) = &mut self.clusters {
            *clusters.entry(cluster_of(slot)).or_insert(0) += 1;
        } else if self.slots.len() >= counted_from {
            let mut clusters = HashMap::default();
            for slot in &self.slots {
                *clusters.entry(cluster_of(*slot)).or_insert(0) += 1;
            }
            self.clusters = Some(clusters);
        }
    }

    fn remove(&mut self, slot: Slot, cluster: Cluster, counted_from: usize) {
        if let Ok(at) = self.slots.binary_search(&slot) {
            self.slots.remove(at);
        }
        if self.slots.len() < counted_from {
            self.clusters = None;
        } else if let Some(clusters) = &mut self.clusters {
            lower(clusters, cluster);
        }
    }
}
