//! Mistakes of writing: of fingers, of ears and of scanners.

use crate::random::Random;

const NEAR: [(char, char); 12] = [
    ('a', 's'),
    ('e', 'r'),
    ('i', 'o'),
    ('o', 'p'),
    ('t', 'y'),
    ('n', 'm'),
    ('r', 't'),
    ('s', 'd'),
    ('l', 'k'),
    ('u', 'i'),
    ('v', 'b'),
    ('c', 'x'),
];
const HEARD: [(&str, &str); 8] =
    [("ph", "f"), ("ck", "k"), ("ie", "y"), ("th", "t"), ("ee", "i"), ("qu", "kw"), ("z", "s"), ("c", "k")];
const SCANNED: [(&str, &str); 6] = [("o", "0"), ("l", "1"), ("rn", "m"), ("m", "rn"), ("S", "5"), ("B", "8")];

/// The text with a mistake, so many times in a thousand.
pub(crate) fn misspell(text: &str, per_mille: u32, random: &mut Random) -> String {
    if !random.chance(per_mille) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let at = random.index(letters.len()).unwrap_or(0);
    let replaced = |table: &[(&str, &str)], random: &mut Random| {
        let fitting: Vec<_> = table.iter().filter(|(from, _)| text.contains(from)).collect();
        random.one(&fitting).map(|(from, to)| text.replacen(from, to, 1))
    };
    match random.below(5) {
        0 => letters.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect(),
        1 => letters
            .iter()
            .enumerate()
            .flat_map(|(n, c)| [Some(*c), (n == at).then_some(*c)])
            .flatten()
            .collect(),
        2 => letters
            .iter()
            .enumerate()
            .map(|(n, c)| NEAR.iter().find(|(from, _)| n == at && from == c).map_or(*c, |(_, to)| *to))
            .collect(),
        3 => replaced(&HEARD, random).unwrap_or_else(|| text.to_owned()),
        _ => replaced(&SCANNED, random).unwrap_or_else(|| text.to_owned()),
    }
}
