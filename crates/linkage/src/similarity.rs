//! How alike two texts are, in integers.
//!
//! Jaro-Winkler is computed here and not taken from a crate: those give a float, and a verdict has none.
//! A test holds it against `strsim`. Edit distances are integers there already, so those are `strsim`'s.

/// Millionths; 1,000,000 is equal.
pub type Millionths = u32;

/// Longer texts are compared by their first bytes: one bit of a word for each.
const BYTES: usize = 64;
/// Jaro-Winkler looks at so many leading bytes.
const PREFIX: usize = 4;

/// Jaro-Winkler of two ASCII texts, rounded down.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> Millionths {
    let (a, b) = (first(a), first(b));
    let jaro = jaro(a, b);
    let prefix = a.iter().zip(b).take(PREFIX).take_while(|(x, y)| x == y).count();
    let prefix = u32::try_from(prefix).unwrap_or(0);
    jaro + (1_000_000 - jaro) * prefix / 10
}

fn first(text: &[u8]) -> &[u8] {
    text.get(..BYTES).unwrap_or(text)
}

fn jaro(a: &[u8], b: &[u8]) -> Millionths {
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1_000_000 } else { 0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut matched_a, mut matched_b) = (0u64, 0u64);
    for (i, x) in a.iter().enumerate() {
        let from = i.saturating_sub(window);
        let near = b.iter().enumerate().take(i + window + 1).skip(from);
        for (j, y) in near {
            if x == y && matched_b & (1 << j) == 0 {
                matched_a |= 1 << i;
                matched_b |= 1 << j;
                break;
            }
        }
    }
    let matches = u64::from(matched_a.count_ones());
    if matches == 0 {
        return 0;
    }
    let chosen = |text: &[u8], mask: u64| {
        let mut kept = [0u8; BYTES];
        let picked = text.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
        for (slot, (_, byte)) in kept.iter_mut().zip(picked) {
            *slot = *byte;
        }
        kept
    };
    let (in_a, in_b) = (chosen(a, matched_a), chosen(b, matched_b));
    let moved = in_a.iter().zip(&in_b).filter(|(x, y)| x != y).count();
    let transpositions = u64::try_from(moved / 2).unwrap_or(0);
    let (length_a, length_b) = (wide(a.len()), wide(b.len()));
    // One division at the end, so that nothing is rounded twice.
    let over = length_a * length_b * matches;
    let sum = matches * matches * (length_a + length_b) + (matches - transpositions) * length_a * length_b;
    u32::try_from(sum * 1_000_000 / (3 * over)).unwrap_or(0)
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Whether a Jaro-Winkler of `least` is out of reach, from the letters alone: no order of them could reach it.
pub(crate) fn out_of_reach(a: &[u8], b: &[u8], least: Millionths) -> bool {
    let letters = |text: &[u8]| text.iter().fold(0u64, |mask, byte| mask | 1 << (byte & 63));
    let mask = letters(b);
    let matches = wide(a.iter().filter(|byte| mask & 1 << (*byte & 63) != 0).count()).min(wide(b.len()));
    let (length_a, length_b) = (wide(a.len()).max(1), wide(b.len()).max(1));
    // At best all of them in order, and four leading bytes the same.
    let jaro = (matches * 1_000_000 / length_a + matches * 1_000_000 / length_b + 1_000_002) / 3;
    jaro + (1_000_000u64.saturating_sub(jaro)) * 4 / 10 + 1 < u64::from(least)
}

/// Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`; `most + 1` when more
/// than `most` are certain from the lengths alone.
pub fn edits(a: &str, b: &str, most: usize) -> usize {
    if a == b {
        return 0;
    }
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    if most == 1 { 2 - usize::from(one_edit(a.as_bytes(), b.as_bytes())) } else { strsim::osa_distance(a, b) }
}

/// The same of texts that are held as bytes; what is no UTF-8 is as far away as can be.
pub(crate) fn edits_of_bytes(a: &[u8], b: &[u8], most: usize) -> usize {
    if a.is_ascii() && b.is_ascii() && most <= 2 && a.len().max(b.len()) <= NUMBER {
        return few_edits(a, b, most);
    }
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => edits(a, b, most),
        _ => most + 1,
    }
}

/// Characters of a number that is compared without taking memory for it.
const NUMBER: usize = 32;

/// [`edits`] of ASCII; any number above `most` when there are more.
fn few_edits(a: &[u8], b: &[u8], most: usize) -> usize {
    if a == b {
        return 0;
    }
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    if one_edit(a, b) {
        return 1;
    }
    if most == 1 {
        return 2;
    }
    // The rows of the table of distances: of the two characters before, and of this one.
    let mut rows = [[0usize; NUMBER + 1]; 3];
    let [before, last, row] = &mut rows;
    last.iter_mut().enumerate().for_each(|(j, cell)| *cell = j);
    let mut previous_x = None;
    for (i, x) in (1..).zip(a) {
        let mut left = i;
        let mut previous_y = None;
        if let Some(cell) = row.first_mut() {
            *cell = i;
        }
        let pairs = last.array_windows::<2>().zip([0].iter().chain(before.iter()));
        for ((y, cell), ([diagonal, above], swapped)) in b.iter().zip(row.iter_mut().skip(1)).zip(pairs) {
            let mut best = (above + 1).min(left + 1).min(diagonal + usize::from(x != y));
            if previous_x == Some(y) && previous_y == Some(x) {
                best = best.min(swapped + 1);
            }
            *cell = best;
            left = best;
            previous_y = Some(y);
        }
        previous_x = Some(x);
        std::mem::swap(before, last);
        std::mem::swap(last, row);
    }
    last.get(b.len()).copied().unwrap_or(most + 1)
}

/// Whether two unequal texts are one edit apart: what lies between equal beginnings and equal ends tells.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(front..).unwrap_or(&[]), b.get(front..).unwrap_or(&[]));
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let middle = |text: &[u8]| text.len().saturating_sub(back);
    match (a.get(..middle(a)), b.get(..middle(b))) {
        (Some([] | [_]), Some([] | [_])) => true,
        (Some([x1, x2]), Some([y1, y2])) => x1 == y2 && x2 == y1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss, reason = "the reference is in floats")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn jaro_winkler_is_the_known_one(a in "[a-e]{1,14}", b in "[a-e]{1,14}") {
            let ours = f64::from(jaro_winkler(a.as_bytes(), b.as_bytes())) / 1e6;
            // strsim adds the prefix only above 0.7 of Jaro; below, no level begins.
            let jaro = strsim::jaro(&a, &b);
            if jaro > 0.7 {
                prop_assert!((ours - strsim::jaro_winkler(&a, &b)).abs() < 3e-6, "{a} {b} {ours}");
            }
            prop_assert_eq!(jaro_winkler(a.as_bytes(), b.as_bytes()), jaro_winkler(b.as_bytes(), a.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn one_edit_is_the_known_one(a in "[ab]{0,6}", b in "[ab]{0,6}") {
            prop_assert_eq!(edits(&a, &b, 1) <= 1, strsim::osa_distance(&a, &b) <= 1, "{} {}", a, b);
        }

        #[test]
        fn what_is_out_of_reach_is_not_reached(a in "[a-e]{1,14}", b in "[a-e]{1,14}", least in 700_000u32..1_000_000) {
            if out_of_reach(a.as_bytes(), b.as_bytes(), least) {
                prop_assert!(jaro_winkler(a.as_bytes(), b.as_bytes()) < least);
            }
        }
    }

    #[test]
    fn edits_count_swaps_once() {
        for (a, b, distance) in [("19151111", "19511111", 1), ("5304218", "5304281", 1), ("12", "1234567", 3)]
        {
            assert_eq!(edits(a, b, 2), distance);
        }
    }
}
