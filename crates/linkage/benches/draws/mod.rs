//! Draws and words for the benchmarks of this crate and of those that use it.

/// Draws of one lead.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// Below a number, each alike.
    pub(crate) fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// Small numbers far more often than large ones.
    pub(crate) fn common(&mut self, below: u64) -> u64 {
        let uniform = self.next(1 << 32) as f64 / (1u64 << 32) as f64;
        ((below as f64).powf(uniform) - 1.0) as u64
    }
}

/// A word that can be said, one for each number.
pub(crate) fn word(mut n: u64, syllables: usize) -> String {
    const STARTS: [&str; 14] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "r", "s", "t", "v", "z"];
    const ENDS: [&str; 10] = ["a", "e", "i", "o", "u", "an", "er", "is", "ol", "un"];
    let mut word = String::new();
    n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8;
    for _ in 0..syllables {
        word.push_str(STARTS[(n % 14) as usize]);
        word.push_str(ENDS[(n / 14 % 10) as usize]);
        n /= 140;
    }
    word
}
