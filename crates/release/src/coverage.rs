//! Coverage: whether a partner holds every fact of a copy already. This is its one definition.

use lead::FactDigest;

/// Whether every fact of `copy` is among the facts that the partner `held`s now (PL-11). Both come in
/// any order. When in doubt, deliver: a copy without facts is never covered.
pub fn is_covered(
    copy: impl IntoIterator<Item = FactDigest>,
    held: impl IntoIterator<Item = FactDigest>,
) -> bool {
    let mut held = held.into_iter().peekable();
    if held.peek().is_none() {
        return false;
    }
    let mut wanted: Vec<FactDigest> = copy.into_iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return false;
    }
    let mut found = vec![false; wanted.len()];
    let mut missing = wanted.len();
    for fact in held {
        let place = wanted.binary_search(&fact).ok().and_then(|place| found.get_mut(place));
        if let Some(found) = place.filter(|found| !**found) {
            *found = true;
            missing -= 1;
            if missing == 0 {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn digests(numbers: &[u8]) -> Vec<FactDigest> {
        numbers.iter().map(|n| FactDigest([*n; 16])).collect()
    }

    #[test]
    fn nothing_is_covered_by_nothing_and_no_facts_by_anything() {
        assert!(!is_covered(digests(&[1]), []));
        assert!(!is_covered([], digests(&[1])));
        assert!(!is_covered([], []));
    }

    proptest! {
        #[test]
        fn covered_means_subset(copy in proptest::collection::vec(0_u8..12, 1..8), held in proptest::collection::vec(0_u8..12, 0..16)) {
            let subset = copy.iter().collect::<BTreeSet<_>>().is_subset(&held.iter().collect());
            prop_assert_eq!(is_covered(digests(&copy), digests(&held)), subset);
        }
    }
}
