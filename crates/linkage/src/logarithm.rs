//! Logarithms to base 2 in integers, so that a weight is the same on every machine.

/// Thousandths of a bit.
pub type Millibits = i32;

/// Steps of the fraction. Twenty halve the interval to less than a thousandth of a millibit.
const STEPS: u32 = 20;

/// `1000 * log2(n)`, rounded down; 0 for 0.
///
/// The fraction comes from squaring: a mantissa in [1, 2) that reaches 2 when squared has the next binary
/// digit 1. The mantissa has 62 bits after the point, so what is cut off stays far below the last step.
pub const fn log2_millibits(n: u64) -> Millibits {
    let Some(whole) = n.checked_ilog2() else { return 0 };
    let mut mantissa = ((n as u128) << 62) >> whole;
    let mut fraction: u64 = 0;
    let mut step = 0;
    while step < STEPS {
        mantissa = (mantissa * mantissa) >> 62;
        fraction <<= 1;
        if mantissa >= 1 << 63 {
            mantissa >>= 1;
            fraction |= 1;
        }
        step += 1;
    }
    // At most 64 bits are 64,000 thousandths.
    (whole as u64 * 1_000 + ((fraction * 1_000) >> STEPS)) as Millibits
}

/// `1000 * log2(permille / 1000)`, for what a table gives in thousandths: looked up, for it is asked for with every
/// value.
pub(crate) fn log2_permille(permille: u32) -> Millibits {
    let known = usize::try_from(permille).ok().and_then(|at| PERMILLE.get(at).copied());
    known.unwrap_or_else(|| log2_millibits(u64::from(permille)) - log2_millibits(1_000))
}

const PERMILLE: [Millibits; 1_001] = {
    let mut out = [0; 1_001];
    let mut rest: &mut [Millibits] = &mut out;
    let mut permille = 0;
    while let Some((slot, tail)) = rest.split_first_mut() {
        *slot = log2_millibits(permille) - log2_millibits(1_000);
        permille += 1;
        rest = tail;
    }
    out
};

/// The power of two that is nearest to `of / among` on the scale of bits: the bucket of a frequency.
///
/// 0 when the value is as common as can be, and never negative.
pub fn rarity_bucket(among: u64, of: u64) -> u8 {
    let of = of.max(1);
    // A division of half the width is much cheaper, and a store has no more leads than fit into it.
    let ratio = match among.leading_zeros() {
        16.. => u128::from((among << 16) / of),
        _ => (u128::from(among) << 16) / u128::from(of),
    };
    // Squared, the nearest power of two is a matter of integers: round(log2 r) = (floor(log2 r^2) + 1) / 2.
    let Some(bits) = (ratio * ratio).checked_ilog2() else { return 0 };
    u8::try_from(bits.div_ceil(2)).unwrap_or(u8::MAX).saturating_sub(16)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss, clippy::float_arithmetic, reason = "the reference is in floats")]
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        for power in 0..64 {
            assert_eq!(log2_millibits(1 << power), power * 1_000);
        }
        for permille in [0, 1, 500, 999, 1_000, 1_001, 70_000] {
            let computed = log2_millibits(u64::from(permille)) - log2_millibits(1_000);
            assert_eq!(log2_permille(permille), computed);
        }
        assert_eq!(log2_millibits(0), 0);
    }

    #[test]
    fn others_are_the_floor() {
        let mut n: u64 = 3;
        while n < u64::MAX / 3 {
            let reference = (n as f64).log2() * 1_000.0;
            let ours = f64::from(log2_millibits(n));
            assert!((reference - ours) > -0.01 && (reference - ours) < 1.01, "{n}: {ours}, {reference}");
            n = n * 3 / 2 + 1;
        }
    }

    #[test]
    fn buckets_are_the_nearest_power() {
        for (among, of, bucket) in [
            (1, 1, 0),
            (1_024, 1, 10),
            (1_500, 1, 11),
            (1_400, 1, 10),
            (10, 20, 0),
            (0, 1, 0),
            (3_000_000, 3, 20),
            (1 << 50, 1 << 30, 20),
        ] {
            assert_eq!(rarity_bucket(among, of), bucket, "{among} / {of}");
        }
    }
}
