//! Names: forms for search, and names that stand for none.

use std::collections::HashSet;
use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use lead::Personal;
use lead::person::PersonName;

/// Compatibility forms unified, case folded, marks stripped, white space single. For search and
/// comparison only: it is no spelling of anything.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return single_spaces(&text.to_ascii_lowercase());
    }
    const DECOMPOSE: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
    const COMPOSE: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    const CLASSES: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
    let decomposed = DECOMPOSE.normalize(text);
    // Folding can make new marks (İ becomes i and a dot), so they go last.
    let folded = CaseMapper::new().fold_string(&decomposed).into_owned();
    let bare: String = DECOMPOSE.normalize(&folded).chars().filter(|c| CLASSES.get_u8(*c) == 0).collect();
    single_spaces(&COMPOSE.normalize(&bare))
}

fn single_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// One name a line, folded; the file says more.
const BUILT_IN: &str = include_str!("placeholders.txt");

static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    BUILT_IN
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(fold)
        .collect()
});

/// Names that stand for no name: the built-in ones and those of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Placeholders(HashSet<String>);

impl Placeholders {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| fold(name)).collect())
    }

    /// Whether a text stands for no name: it is listed, holds no letter or digit, or is a part in the
    /// lead with a counter, such as "Victim Two".
    pub(crate) fn contains(&self, text: &str) -> bool {
        let folded = fold(text);
        let listed = |name: &str| self.0.contains(name) || KNOWN.contains(name);
        !folded.chars().any(char::is_alphanumeric) || listed(&folded) || is_counted_part(&folded)
    }
}

fn is_counted_part(folded: &str) -> bool {
    const PARTS: [&str; 14] = [
        "victim",
        "suspect",
        "subject",
        "user",
        "person",
        "child",
        "minor",
        "witness",
        "reporter",
        "caller",
        "victima",
        "sospechoso",
        "persona",
        "menor",
    ];
    const COUNTERS: [&str; 16] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "uno", "dos", "tres",
        "cuatro", "cinco", "seis",
    ];
    let Some((part, counter)) = folded.rsplit_once([' ', '#', '_', '-']) else { return false };
    let counted = counter.bytes().all(|b| b.is_ascii_digit())
        || (counter.len() == 1 && counter.bytes().all(|b| b.is_ascii_lowercase()))
        || COUNTERS.contains(&counter);
    counted && PARTS.contains(&part.trim_end_matches([' ', '#', '_', '-']))
}

pub(super) fn canonicalise(name: &mut PersonName, placeholders: &Placeholders) {
    let parts: Vec<&str> =
        [&name.given, &name.middle, &name.surname].into_iter().flatten().map(Personal::expose).collect();
    let whole = match &name.full {
        Some(full) if !full.is_empty() => full.expose().to_owned(),
        _ => parts.join(" "),
    };
    if placeholders.contains(&whole) {
        name.placeholder = true;
    }
    let folded = fold(&whole);
    name.search = if name.placeholder || folded.is_empty() { Vec::new() } else { vec![folded.into()] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_for_search() {
        for (text, folded) in [
            ("  Jane\u{a0} DOE ", "jane doe"),
            ("Straße", "strasse"),
            ("José Núñez", "jose nunez"),
            ("ﬁn ＡＢＣ", "fin abc"),
            ("İstanbul", "istanbul"),
            ("Ωμέγα", "ωμεγα"),
            ("한글", "한글"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn knows_placeholders() {
        let placeholders = Placeholders::new(&["Sin Registro".to_owned()]);
        for name in [
            "Unknown User",
            "UNKNOWN",
            "Victim One",
            "Victim #2",
            "víctima 1",
            "N/A",
            "---",
            "?",
            "John Doe",
            "sin  registro",
            "Desconocido",
            "Suspect B",
        ] {
            assert!(placeholders.contains(name), "{name}");
        }
        for name in ["Jane Exemplar", "Victor One", "Ana Dos", "Max Unknown", "李"] {
            assert!(!placeholders.contains(name), "{name}");
        }
    }

    #[test]
    fn a_placeholder_has_no_search_form() {
        let mut name = PersonName { full: Some("Unknown".into()), ..PersonName::default() };
        canonicalise(&mut name, &Placeholders::default());
        assert!(name.placeholder && name.search.is_empty());
        let mut name =
            PersonName {
                given: Some("Bea".into()), surname: Some("Núñez".into()), ..PersonName::default()
            };
        canonicalise(&mut name, &Placeholders::default());
        assert!(!name.placeholder);
        assert_eq!(name.search, [Personal::from("bea nunez")]);
    }
}
