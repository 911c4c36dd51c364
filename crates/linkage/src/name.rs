//! A name as it is compared: folded, with its Latin spelling.

use deunicode::deunicode;
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use serde::{Deserialize, Serialize};

/// One name or one line of an address, folded.
///
/// Two Latin spellings that differ in accents, case or punctuation are one name. A name in another script
/// also keeps what it was: its transliteration finds candidates and can be nearly equal, never equal, to a
/// Latin name, for no table of characters knows how a person writes the own name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    latin: Box<str>,
    native: Box<str>,
}

impl Name {
    /// Folds a text; `None` when no letter or digit is left.
    pub fn new(text: &str) -> Option<Self> {
        let mut latin = String::with_capacity(text.len());
        if text.is_ascii() {
            latin.extend(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
            return (!latin.is_empty()).then(|| Self { latin: latin.into(), native: "".into() });
        }
        let composed = ComposingNormalizer::new_nfkc().normalize(text);
        let folded = CaseMapper::new().fold_string(&composed);
        let kept: String = folded.chars().filter(|c| c.is_alphanumeric() || is_mark(*c)).collect();
        if kept.is_empty() {
            return None;
        }
        let ascii = deunicode(&kept);
        latin.extend(ascii.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
        let native =
            if kept.chars().any(|c| c.is_alphabetic() && !is_latin(c)) { kept } else { String::new() };
        (!latin.is_empty() || !native.is_empty()).then(|| Self { latin: latin.into(), native: native.into() })
    }

    /// The words of a text as names: first the whole without spaces, then each part of at least two
    /// characters when there are several, at most `most` names in all.
    pub fn parts(text: &str, most: usize) -> Vec<Self> {
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '-').collect();
        let mut names: Vec<Self> = Self::new(text).into_iter().collect();
        if words.len() > 1 {
            let parts = words.iter().filter(|w| w.chars().count() > 1).filter_map(|w| Self::new(w));
            names.extend(parts.take(most.saturating_sub(1)));
            names.dedup();
        }
        names
    }

    /// Lower-case ASCII letters and digits; for another script the transliteration, which may be empty.
    pub fn latin(&self) -> &str {
        &self.latin
    }

    /// What makes two names equal.
    pub fn exact(&self) -> &str {
        if self.native.is_empty() { &self.latin } else { &self.native }
    }

    /// Whether it was written in Latin letters.
    pub fn is_latin(&self) -> bool {
        self.native.is_empty()
    }

    /// Whether it is a single letter.
    pub fn is_initial(&self) -> bool {
        self.native.is_empty() && self.latin.len() == 1
    }
}

/// Latin letters with and without marks, up to the extensions for Vietnamese.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{0041}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}')
}

/// Marks that stay apart after composition belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0900}'..='\u{0DFF}' | '\u{064B}'..='\u{065F}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn folds() {
        for (a, b) in [("José", "jose"), ("O'Brien", "obrien"), ("MÜLLER", "Muller"), ("Jean-Luc", "jeanluc")]
        {
            assert_eq!(Name::new(a), Name::new(b), "{a} {b}");
        }
        assert_eq!(Name::new(" - "), None);
    }

    #[test]
    fn another_script_is_not_equal_to_its_transliteration() {
        let (cyrillic, latin) = (Name::new("Иванов").unwrap(), Name::new("Ivanov").unwrap());
        assert_ne!(cyrillic, latin);
        assert_eq!(cyrillic.latin(), latin.latin());
        assert_eq!(cyrillic, Name::new("ИВАНОВ").unwrap());
    }

    #[test]
    fn parts_begin_with_the_whole() {
        let parts: Vec<String> =
            Name::parts("Garcia Lopez", 4).iter().map(|n| n.latin().to_owned()).collect();
        assert_eq!(parts, ["garcialopez", "garcia", "lopez"]);
        assert_eq!(Name::parts("Smith", 4).len(), 1);
    }
}
