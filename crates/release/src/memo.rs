//! What was found before. Bounded: two generations, the older is dropped when the newer is full, so
//! what is asked often stays.

use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::question::{Match, Rest, Said};
use crate::reads::Facts;

/// What was found before, of the partners and policies of one [`crate::Release`]. Partners are told
/// apart by their group alone: policies cannot tell those of one.
#[derive(Default)]
pub(crate) struct Memory {
    /// By group, and what any policy reads of the facts.
    pub(crate) rulings: Memo<(usize, Facts), Said>,
    /// What a copy shows and needs, by group and what policies read of the facts for it.
    pub(crate) rests: Memo<(usize, Facts), Arc<Rest>>,
    /// Whether a policy matched: by group, question, policy, and what the policy reads of the facts.
    pub(crate) matches: Memo<(usize, u32, usize, Facts), Match>,
}

/// Entries of one generation. Keys are places and flags, which nobody can choose at will to make them collide.
const GENERATION: usize = 1 << 16;

pub(crate) struct Memo<K, V> {
    newer: FxHashMap<K, V>,
    older: FxHashMap<K, V>,
    hits: u64,
    misses: u64,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { newer: FxHashMap::default(), older: FxHashMap::default(), hits: 0, misses: 0 }
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    /// The value of this key, found by `find` when it is not known. An error is not remembered.
    pub(crate) fn get_or_try<E>(&mut self, key: K, find: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.newer.get(&key) {
            self.hits += 1;
            return Ok(value.clone());
        }
        let value = match self.older.remove(&key) {
            Some(value) => {
                self.hits += 1;
                value
            }
            None => {
                self.misses += 1;
                find()?
            }
        };
        if self.newer.len() >= GENERATION {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value.clone());
        Ok(value)
    }

    /// How often a value was known, and how often it was not.
    pub(crate) fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn stays_bounded_and_keeps_what_is_asked_often() {
        let mut memo = Memo::<usize, usize>::default();
        for n in 1..3 * GENERATION {
            assert_eq!(memo.get_or_try::<()>(n, || Ok(n)), Ok(n));
            let often = memo.get_or_try::<()>(0, || if n == 1 { Ok(7) } else { panic!("forgotten") });
            assert_eq!(often, Ok(7));
        }
        assert!(memo.newer.len() + memo.older.len() <= 2 * GENERATION);
        assert_eq!(memo.hits_and_misses().1, 3 * GENERATION as u64);
    }

    #[test]
    fn an_error_is_not_remembered() {
        let mut memo = Memo::<u8, u8>::default();
        assert_eq!(memo.get_or_try(1, || Err("broken")), Err("broken"));
        assert_eq!(memo.get_or_try(1, || Ok::<_, &str>(2)), Ok(2));
    }
}
