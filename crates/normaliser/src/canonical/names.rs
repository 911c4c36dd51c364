//! Names: forms for search.

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use lead::Personal;
use lead::person::PersonName;

use crate::canonical::placeholders::Placeholders;

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
    let counts = |c: &char| CLASSES.get_u8(*c) == 0 && !is_invisible(*c);
    let bare: String = DECOMPOSE.normalize(&folded).chars().filter(counts).collect();
    single_spaces(&COMPOSE.normalize(&bare))
}

/// Marks of direction, joiners and the like, which come with text that was copied from elsewhere.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
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

pub(super) fn canonicalise(name: &mut PersonName, placeholders: &Placeholders) {
    let parts: Vec<&str> =
        [&name.given, &name.middle, &name.surname].into_iter().flatten().map(Personal::expose).collect();
    let whole = match &name.full {
        Some(full) if !full.is_empty() => full.expose().to_owned(),
        _ => parts.join(" "),
    };
    if placeholders.has_name(&whole) {
        name.placeholder = true;
    }
    name.search = if name.placeholder { Vec::new() } else { search_forms(name, &whole) };
}

/// Forms under which somebody else may have written the name: folded; in Latin letters; with the first of several
/// family names alone, as systems abroad write Spanish and Portuguese names. They are derived, and no spelling of
/// anything.
fn search_forms(name: &PersonName, whole: &str) -> Vec<Personal> {
    let mut forms = Vec::new();
    let mut add = |form: String| {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    };
    let folded = unify_letters(&fold(whole));
    add(folded.clone());
    add(latin(&folded));
    if let (Some(given), Some(surname)) = (&name.given, &name.surname)
        && let Some((first, _)) = fold(surname.expose()).split_once(' ')
        && !PARTICLES.contains(&first)
    {
        add(latin(&fold(&[given.expose(), first].join(" "))));
    }
    forms.into_iter().map(Personal::from).collect()
}

/// First words of one family name: what follows belongs to them.
const PARTICLES: [&str; 22] = [
    "de", "del", "de la", "da", "do", "dos", "das", "di", "du", "la", "le", "van", "von", "der", "den",
    "ter", "al", "el", "bin", "ibn", "abu", "st",
];

/// Letters that one keyboard or another writes for the same: Arabic and Persian, as the folding of search engines
/// has them (Lucene's ArabicNormalizer and PersianNormalizer).
fn unify_letters(folded: &str) -> String {
    let unified = folded.chars().filter_map(|c| match c {
        '\u{640}' => None,
        '\u{649}' | '\u{6cc}' => Some('\u{64a}'),
        '\u{629}' | '\u{6c0}' => Some('\u{647}'),
        '\u{6a9}' => Some('\u{643}'),
        c => Some(c),
    });
    unified.collect()
}

/// In Latin letters without apostrophes, for search: between scripts there is no one spelling.
fn latin(folded: &str) -> String {
    let latin = deunicode::deunicode(folded);
    let letters: String = latin.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect();
    single_spaces(&letters.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::canonical::placeholders::tests::shipped;

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
    fn a_name_in_any_script_is_found_under_its_forms() {
        let forms = |given: &str, surname: &str, full: &str| -> Vec<String> {
            let part = |text: &str| Some(Personal::from(text)).filter(|text| !text.is_empty());
            let mut name = PersonName {
                given: part(given),
                surname: part(surname),
                full: part(full),
                ..PersonName::default()
            };
            let before = name.clone();
            canonicalise(&mut name, &shipped());
            assert_eq!(
                (&name.given, &name.surname, &name.full),
                (&before.given, &before.surname, &before.full)
            );
            name.search.iter().map(|form| form.expose().to_owned()).collect()
        };
        let full = |text: &str| forms("", "", text);
        assert_eq!(full("Jane DOE-Smith"), ["jane doe-smith"]);
        assert_eq!(full("ＪＡＮＥ\u{200f} Exemplar"), ["jane exemplar"]);
        assert_eq!(full("Олександр Ґудзь"), ["олександр ґудзь", "oleksandr gudz"]);
        assert_eq!(full("Алёна")[0], full("Алена")[0]);
        assert_eq!(full("李小明"), ["李小明", "li xiao ming"]);
        // Short vowels, the stretch of a letter, and three ways to write an alef and a yeh.
        assert_eq!(full("مُحَمَّد أحمد عــلى")[0], full("محمد احمد علي")[0]);
        assert_eq!(full("علی")[0], full("علي")[0]);
        assert!(full("محمد")[1].bytes().all(|b| b.is_ascii_lowercase()), "{:?}", full("محمد"));
        assert_eq!(full("สมชาย ใจดี").len(), 2);
        assert!(full("สมชาย ใจดี")[1].is_ascii());
        assert_eq!(forms("María José", "García López", ""), ["maria jose garcia lopez", "maria jose garcia"]);
        assert_eq!(forms("Ana", "de la Cruz", ""), ["ana de la cruz"]);
        assert_eq!(forms("Ana", "Núñez", ""), ["ana nunez"]);
    }

    #[test]
    fn a_placeholder_has_no_search_form() {
        let mut name = PersonName { full: Some("Unknown".into()), ..PersonName::default() };
        canonicalise(&mut name, &shipped());
        assert!(name.placeholder && name.search.is_empty());
        let mut name =
            PersonName {
                given: Some("Bea".into()), surname: Some("Núñez".into()), ..PersonName::default()
            };
        canonicalise(&mut name, &shipped());
        assert!(!name.placeholder);
        assert_eq!(name.search, [Personal::from("bea nunez")]);
    }
}
