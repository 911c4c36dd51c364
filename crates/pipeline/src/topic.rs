//! What topics must look like, and which partition a key belongs to.

use crate::record::{Partition, Topic};

/// How long a topic keeps its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Append-only, deleted after this many milliseconds; `None` keeps for ever.
    Delete(Option<i64>),
    /// Compacted: the newest value of each key, tombstones removed.
    Compact,
}

/// A topic as `topics apply` creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: Topic,
    /// Number of partitions. Never changed for a topic that state depends on.
    pub partitions: u32,
    /// What is kept.
    pub retention: Retention,
    /// Largest record in bytes.
    pub max_record_bytes: usize,
    /// Whether state depends on the partition count.
    pub stateful: bool,
    /// Whether the broker stamps records on arrival (inbound topics: the order of a lead's versions
    /// must not depend on an agency's clock) or keeps the writer's time.
    pub append_time: bool,
}

/// What the runtime must know of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpec {
    /// Folder, crate, subcommand, metric label and topic word, all the same.
    pub name: &'static str,
    /// The topics it reads.
    pub inputs: Vec<Topic>,
    /// The compacted changelog of its stores.
    pub changelog: Topic,
    /// Where its dead letters go.
    pub dead_letters: Topic,
}

/// The partition of a key: murmur2 as Java's default partitioner computes it, so that records keyed
/// by any client land in the same place. A record without a key goes to partition 0.
pub fn partition_for(key: Option<&[u8]>, partitions: u32) -> Partition {
    let Some(key) = key.filter(|_| partitions > 1) else { return Partition(0) };
    Partition((murmur2(key) & 0x7fff_ffff) % partitions)
}

/// MurmurHash2, 32 bits, seed 0x9747b28c, as in Kafka's `Utils.murmur2`.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut h = 0x9747_b28c_u32 ^ length;
    let mut words = data.chunks_exact(4);
    for word in words.by_ref() {
        let mut k = word.iter().rev().fold(0, |k, b| (k << 8) | u32::from(*b)).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        h ^= tail.iter().rev().fold(0, |k, b| (k << 8) | u32::from(*b));
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^ (h >> 15)
}

#[cfg(test)]
mod tests {
    use super::murmur2;

    /// Values of Kafka's own test of `Utils.murmur2`.
    #[test]
    fn agrees_with_the_java_client() {
        for (key, hash) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()), hash as u32, "{key}");
        }
    }
}
