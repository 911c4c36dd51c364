//! At most one store of an input partition is open in a process.
//!
//! Two workers of one process share the state directory. A worker that lost a partition without
//! knowing it yet must not write to the store that its successor has opened.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static CLAIMED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Held for as long as the store may be written; dropped after it.
#[derive(Debug)]
pub(crate) struct Claim(String);

impl Claim {
    /// Claims `name`, unless somebody in this process holds it.
    pub(crate) fn take(name: String) -> Option<Self> {
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        // Lazily: a claim that is made is also given back.
        claimed.insert(name.clone()).then(|| Self(name))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exclusive_until_dropped() {
        let first = Claim::take("claim-test".to_owned());
        assert!(first.is_some());
        assert!(Claim::take("claim-test".to_owned()).is_none());
        drop(first);
        assert!(Claim::take("claim-test".to_owned()).is_some());
    }
}
