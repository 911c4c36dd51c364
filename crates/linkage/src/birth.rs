//! A birth date, perhaps in parts, and how two of them compare.

use serde::{Deserialize, Serialize};

/// A birth date; a part that is not known is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Birth {
    /// Year of the Gregorian calendar.
    pub year: u16,
    /// Month as it was written: a month 15 is a typing error that can still be compared.
    pub month: u8,
    /// Day of the month as it was written.
    pub day: u8,
}

/// How two birth dates compare, from the strongest agreement to the strongest contradiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthLevel {
    /// One of them says nothing that the other says too.
    Missing,
    /// The whole date.
    Equal,
    /// One digit changed or moved, or day and month swapped.
    OneEdit,
    /// Year and month, where one of them says no more.
    YearMonth,
    /// Two of the three parts.
    TwoParts,
    /// The year, where one of them says no more.
    Year,
    /// Something else, but not far away: 2 years, or two edits.
    Apart,
    /// Years more than 2 apart: a hard contradiction.
    Far,
}

impl Birth {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or the same without hyphens. What is not a date is not known.
    pub fn parse(text: &str) -> Self {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let part =
            |from: usize, to: usize| digits.get(from..to).and_then(|d| d.parse::<u16>().ok()).unwrap_or(0);
        let two = |from: usize| u8::try_from(part(from, from + 2)).unwrap_or(0);
        let (month, day) = (two(4), two(6));
        Self { year: part(0, 4), month, day: if month == 0 { 0 } else { day } }
    }

    /// Whether all parts are known.
    pub fn is_full(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }

    /// Whether no part is known.
    pub fn is_missing(self) -> bool {
        self.year == 0 && self.month == 0 && self.day == 0
    }

    /// A number for the whole date.
    pub fn packed(self) -> u32 {
        u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day)
    }

    /// Compares with another.
    pub fn compare(self, other: Self) -> BirthLevel {
        if self.is_full() && other.is_full() {
            return self.compare_full(other);
        }
        if self.year == 0 || other.year == 0 {
            return BirthLevel::Missing;
        }
        let months_known = self.month != 0 && other.month != 0;
        if self.year == other.year {
            return match months_known {
                true if self.month == other.month => BirthLevel::YearMonth,
                true => BirthLevel::Apart,
                false => BirthLevel::Year,
            };
        }
        self.apart(other)
    }

    fn compare_full(self, other: Self) -> BirthLevel {
        if self == other {
            return BirthLevel::Equal;
        }
        let swapped = self.year == other.year && self.month == other.day && self.day == other.month;
        let edits = mistyped(self.digits(), other.digits());
        if swapped || edits <= 1 {
            return BirthLevel::OneEdit;
        }
        let same = [self.year == other.year, self.month == other.month, self.day == other.day];
        match same.iter().filter(|s| **s).count() {
            2 => BirthLevel::TwoParts,
            _ if edits == 2 => BirthLevel::Apart,
            _ => self.apart(other),
        }
    }

    fn apart(self, other: Self) -> BirthLevel {
        if self.year.abs_diff(other.year) > 2 { BirthLevel::Far } else { BirthLevel::Apart }
    }

    fn digits(self) -> [u8; 8] {
        let mut rest = self.packed();
        let mut digits = [0; 8];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        digits
    }
}

/// Digits that were mistyped, two that changed places being one. A field of fixed length does not lose digits.
fn mistyped(a: [u8; 8], b: [u8; 8]) -> usize {
    let mut pairs = a.iter().zip(&b).peekable();
    let mut count = 0;
    while let Some((x, y)) = pairs.next() {
        if x != y {
            count += 1;
            // Ends of the same swap are not counted twice.
            let _skipped = pairs.next_if(|(next_x, next_y)| *next_x == y && *next_y == x);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares() {
        use BirthLevel::{Apart, Equal, Far, Missing, OneEdit, TwoParts, Year, YearMonth};
        for (a, b, level) in [
            ("1980-05-17", "19800517", Equal),
            ("19800517", "19800571", OneEdit),
            ("19800512", "19801205", OneEdit),
            ("19800517", "19801517", OneEdit),
            ("19800517", "19900518", Apart),
            ("19800517", "19650517", TwoParts),
            ("19800517", "19810923", Apart),
            ("19800517", "19920923", Far),
            ("1980", "19800517", Year),
            ("1980-05", "19800517", YearMonth),
            ("1980-06", "19800517", Apart),
            ("1980", "1985", Far),
            ("", "1985", Missing),
        ] {
            assert_eq!(Birth::parse(a).compare(Birth::parse(b)), level, "{a} {b}");
        }
        assert!(Birth::parse("unknown").is_missing());
        assert!(!Birth::parse("1980-05").is_full());
    }
}
