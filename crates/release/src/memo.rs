//! Rulings that were made before. Bounded: two generations, the older is dropped when the newer is
//! full, so what is asked often stays.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use lead::decision::{LeadFacts, PartnerFacts};

use crate::ruling::Ruling;

/// All that a ruling depends on; partners and policies are those of the [`crate::Release`] that
/// owns the memo.
pub(crate) type Key = (usize, LeadFacts, PartnerFacts);

/// Entries of one generation.
const GENERATION: usize = 1 << 16;

#[derive(Default)]
pub(crate) struct Memo(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    newer: HashMap<Key, Ruling>,
    older: HashMap<Key, Ruling>,
    hits: u64,
    misses: u64,
}

impl Memo {
    /// The ruling of this key, made by `rule` when it is not known.
    pub(crate) fn get(&self, key: Key, rule: impl FnOnce() -> Ruling) -> Ruling {
        let mut memo = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ruling) = memo.newer.get(&key) {
            let ruling = ruling.clone();
            memo.hits += 1;
            return ruling;
        }
        let ruling = match memo.older.remove(&key) {
            Some(ruling) => {
                memo.hits += 1;
                ruling
            }
            None => {
                memo.misses += 1;
                rule()
            }
        };
        if memo.newer.len() >= GENERATION {
            memo.older = std::mem::take(&mut memo.newer);
        }
        memo.newer.insert(key, ruling.clone());
        ruling
    }

    /// How often a ruling was known, and how often it was not.
    pub(crate) fn hits_and_misses(&self) -> (u64, u64) {
        let memo = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (memo.hits, memo.misses)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]
    use super::*;
    use crate::ruling::Denial;

    #[test]
    fn stays_bounded_and_keeps_what_is_asked_often() {
        let memo = Memo::default();
        let deny = || Ruling::Deny(Denial { reasons: Vec::new(), alarm: false }.into());
        let key = |n: usize| (n, LeadFacts::default(), PartnerFacts::default());
        for n in 0..3 * GENERATION {
            memo.get(key(n), deny);
            memo.get(key(0), || if n == 0 { deny() } else { panic!("forgot what is asked often") });
        }
        let generations = memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(generations.newer.len() + generations.older.len() <= 2 * GENERATION);
    }
}
