//! How names sound. The same names come again and again, so what was found last is remembered.

use rphonetic::{DoubleMetaphone, Encoder};

/// Characters of a code.
const CODE: usize = 4;
/// Names that are remembered, at most.
const REMEMBERED: usize = 4_096;

/// The code of a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sound {
    code: [u8; CODE],
    length: usize,
}

impl Sound {
    /// How `latin` sounds, whose sound this is; what the code leaves empty (numbers, some transliterations) stands for
    /// itself.
    pub(crate) fn of<'s>(&'s self, latin: &'s [u8]) -> &'s [u8] {
        if self.length == 0 { latin } else { self.code.get(..self.length).unwrap_or(latin) }
    }
}

/// Sounds of names that were asked for: each has one place, which the last that fell there holds.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    remembered: Vec<(Box<[u8]>, Sound)>,
}

impl Sounds {
    /// How a name sounds.
    pub(crate) fn sound(&mut self, metaphone: &DoubleMetaphone, latin: &[u8]) -> Sound {
        if self.remembered.is_empty() {
            self.remembered.resize(REMEMBERED, (Box::default(), Sound::default()));
        }
        let Some((name, sound)) = self.remembered.get_mut(place(latin)) else { return Sound::default() };
        if **name != *latin {
            *name = latin.into();
            *sound = encode(metaphone, latin);
        }
        *sound
    }
}

fn encode(metaphone: &DoubleMetaphone, latin: &[u8]) -> Sound {
    let code = metaphone.encode(std::str::from_utf8(latin).unwrap_or_default());
    let mut sound = Sound::default();
    for (slot, byte) in sound.code.iter_mut().zip(code.bytes()) {
        *slot = byte;
        sound.length += 1;
    }
    sound
}

/// Makes codes of at most so many characters.
pub(crate) fn metaphone() -> DoubleMetaphone {
    DoubleMetaphone::new(Some(CODE))
}

fn place(latin: &[u8]) -> usize {
    latin.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % REMEMBERED
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    /// Sabotage: compare the place of a name and not the name.
    #[test]
    fn remembered_is_what_was_found() {
        let (metaphone, mut sounds) = (metaphone(), Sounds::default());
        for round in 0..2 {
            for n in 0..9_000u32 {
                let name = format!("{}{}", ["anna", "schmidt", "garcia", "42"][(n % 4) as usize], n / 7);
                let sound = metaphone.encode(&name);
                assert!(sound.len() <= CODE);
                let expected = if sound.is_empty() { name.as_bytes() } else { sound.as_bytes() };
                assert_eq!(
                    sounds.sound(&metaphone, name.as_bytes()).of(name.as_bytes()),
                    expected,
                    "{round}"
                );
            }
        }
        assert_eq!(sounds.sound(&metaphone, b"").of(b""), b"");
    }
}
