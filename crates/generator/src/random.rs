//! A small generator of numbers, SplitMix64, written here so that a seed means the same for ever.

/// The state. Not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number of `from..=to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True so many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1_000) < u64::from(per_mille)
    }

    /// A place in a list of this length.
    pub(crate) fn index(&mut self, len: usize) -> Option<usize> {
        (len > 0).then(|| usize::try_from(self.below(len as u64)).unwrap_or(0))
    }

    /// One of a list; nothing when it is empty.
    pub(crate) fn one<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        self.index(list.len()).and_then(|at| list.get(at))
    }

    /// One of some texts; empty when there is none.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.index(words.len()).and_then(|at| words.get(at)).copied().unwrap_or_default()
    }

    /// A delay of so many hours in the median, its logarithm spread by so many hundredths.
    pub(crate) fn log_normal(&mut self, median: u32, spread: u32) -> u64 {
        // The sum of twelve uniform numbers is close enough to normal, and the same on every machine.
        let uniform = |random: &mut Self| random.below(1 << 20) as f64 / f64::from(1 << 20);
        let normal = (0..12).map(|_| uniform(self)).sum::<f64>() - 6.0;
        let hours = f64::from(median) * exp2(normal * f64::from(spread) / 100.0 * std::f64::consts::LOG2_E);
        // Half a year at most: a season has an end.
        hours.clamp(0.0, 4_380.0) as u64
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}

/// Two to this power, from sums and products alone: the library's own function may differ between machines.
fn exp2(power: f64) -> f64 {
    let whole = power.floor();
    let part = (power - whole) * std::f64::consts::LN_2;
    let series = (1..=12).rev().fold(1.0, |sum, n| 1.0 + sum * part / f64::from(n));
    series * (0..whole.abs() as u32).fold(1.0, |value, _| if whole < 0.0 { value / 2.0 } else { value * 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the published algorithm for seed 0.
    #[test]
    fn is_splitmix64() {
        let mut random = Random::new(0);
        assert_eq!(
            [random.next(), random.next(), random.next()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]
        );
    }

    #[test]
    fn empty_choices_give_nothing() {
        let mut random = Random::new(1);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.index(0), None);
        assert_eq!(random.word(&[]), "");
        assert_eq!(random.hex(5).len(), 5);
    }

    #[test]
    fn half_of_all_delays_are_longer_than_the_median() {
        let mut random = Random::new(1);
        let longer = (0..10_000).filter(|_| random.log_normal(60, 120) > 60).count();
        assert!((4_700..5_300).contains(&longer), "{longer}");
        assert!(
            (exp2(0.5) - 2.0_f64.sqrt()).abs() < 1e-9 && (exp2(-3.25) - 0.105_112_051_906_713_3).abs() < 1e-9
        );
    }
}
