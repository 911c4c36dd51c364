//! Powers and logarithms that give the same bits on every machine: by multiplication and in integers, for the last
//! bit of a library's function is not the same everywhere.

use crate::logarithm::{Millibits, log2_millibits};

/// 2^(1 / 1000).
const STEP: f64 = 1.000_693_387_462_580_6;
/// Farther from 0 than any total is.
const FARTHEST: Millibits = 500_000;

/// 2^(millibits / 1000).
pub(super) fn pow2(millibits: Millibits) -> f64 {
    let (mut power, mut square) = (1.0, STEP);
    let mut rest = millibits.clamp(-FARTHEST, FARTHEST).unsigned_abs();
    while rest > 0 {
        if rest & 1 == 1 {
            power *= square;
        }
        square *= square;
        rest >>= 1;
    }
    if millibits < 0 { 1.0 / power } else { power }
}

/// Bits that a ratio is shifted by before its logarithm is taken in integers. A ratio of two chances here is never
/// more than the number of pairs.
const SHIFT: i32 = 36;

/// `1000 * log2(ratio)`.
pub(super) fn log2(ratio: f64) -> Millibits {
    let shifted = ratio * pow2(SHIFT * 1_000);
    log2_millibits(shifted as u64) - SHIFT * 1_000
}

/// To the nearest hundred: a table of more digits would claim to know them.
pub(super) fn hundreds(millibits: f64) -> Millibits {
    ((millibits / 100.0 + 0.5).floor() * 100.0) as Millibits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_logarithms_belong_together() {
        for millibits in [-20_000, -5_300, -1, 0, 1, 1_000, 9_000, 24_000] {
            assert!((log2(pow2(millibits)) - millibits).abs() <= 1, "{millibits}");
        }
        assert!((pow2(10_000) - 1_024.0).abs() < 1e-6);
        assert!(pow2(i32::MAX).is_finite() && pow2(i32::MIN) > 0.0);
    }

    #[test]
    fn rounds_to_the_nearest_hundred() {
        for (given, rounded) in
            [(-3_649.0, -3_600), (-3_651.0, -3_700), (49.0, 0), (-49.0, 0), (950.0, 1_000)]
        {
            assert_eq!(hundreds(given), rounded);
        }
    }
}
