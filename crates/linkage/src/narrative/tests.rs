#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests")]
use super::*;

fn text(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn overlap_is_exact_for_texts_that_fit() {
    let d = Digester::new([3; 16]);
    let (a, b) = (Narrative::new(&d, &text(0, 102)).unwrap(), Narrative::new(&d, &text(50, 152)).unwrap());
    assert_eq!(a.overlap(&a), Overlap { jaccard: 1_000, containment: 1_000 });
    // 100 shingles each, 50 shared.
    assert_eq!(a.overlap(&b), Overlap { jaccard: 333, containment: 500 });
    assert_eq!(a.overlap(&b), b.overlap(&a));
    assert!(Narrative::new(&d, "too short to say anything").is_none());
    assert!(a.is_sound());
}

#[test]
fn a_cut_list_is_a_fair_sample() {
    let d = Digester::new([3; 16]);
    let (a, b) =
        (Narrative::new(&d, &text(0, 3_000)).unwrap(), Narrative::new(&d, &text(1_000, 4_000)).unwrap());
    let jaccard = i64::from(a.overlap(&b).jaccard);
    assert!((jaccard - 500).abs() < 80, "{jaccard}");
}

/// The chance that one of 32 bands of 3 agrees is 1 - (1 - J^3)^32.
#[test]
fn bands_find_what_they_should() {
    let mut found = [0, 0, 0];
    let trials = 300;
    for trial in 0..trials {
        let d = Digester::new(u128::from(trial + 1u32).to_le_bytes());
        // 200 shingles each; shared of them so that Jaccard is 0.2, 0.4, 0.6.
        for (slot, shared) in found.iter_mut().zip([67, 114, 150]) {
            let (a, b) = (text(0, 202), text(200 - shared, 402 - shared));
            let (a, b) = (Narrative::new(&d, &a).unwrap(), Narrative::new(&d, &b).unwrap());
            *slot += u32::from(a.bands().iter().zip(b.bands()).any(|(x, y)| x == y));
        }
    }
    let shares = found.map(|n| f64::from(n) / f64::from(trials));
    for (share, expected) in shares.into_iter().zip([0.23, 0.88, 0.9996]) {
        assert!((share - expected).abs() < 0.08, "{shares:?}");
    }
}

impl Sieve {
    /// Shingles that it lets through.
    fn count(&self, narrative: View<'_>) -> usize {
        (0..=narrative.shingles.len()).rev().find(|least| self.passes(narrative, *least)).unwrap()
    }
}

/// Sabotage: let a sieve keep every second shingle.
#[test]
fn a_sieve_lets_through_what_reaches() {
    let d = Digester::new([3; 16]);
    let one = Narrative::new(&d, &text(0, 90)).unwrap();
    let sieve = Sieve::new(one.view());
    let least = Overlap { jaccard: 300, containment: 900 };
    let mut below = 0;
    for (from, to) in (0..90).flat_map(|n| [(n, n + 60), (n, n + 90), (n, n + 700), (2 * n, 2 * n + 20)]) {
        let Some(other) = Narrative::new(&d, &text(from, to)) else { continue };
        let overlap = other.overlap(&one);
        let is_below = other.view().is_below(one.view(), &sieve, least);
        assert!(!is_below || overlap.jaccard < 300 && overlap.containment < 900, "{from} {to} {overlap:?}");
        // It is what all of the shingles would say.
        let (mine, theirs) = (other.shingles.len(), one.shingles.len());
        let passed = sieve.count(other.view()).min(theirs);
        let most = |whole: usize| passed * 1_000 / whole.max(1);
        let cut = mine.max(theirs) >= SHINGLES_MAX;
        assert_eq!(is_below, !cut && most(mine + theirs - passed) < 300 && most(mine.min(theirs)) < 900);
        below += usize::from(is_below);
    }
    assert!(below > 100, "{below}");
}
