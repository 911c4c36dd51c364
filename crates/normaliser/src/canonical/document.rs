//! Documents of persons: the number without spaces and separators, in upper case.

use lead::Personal;
use lead::person::PersonDocument;

use crate::canonical::names::fold;
use crate::canonical::placeholders::Placeholders;

pub(super) fn canonicalise(document: &mut PersonDocument, placeholders: &Placeholders) {
    document.kind = fold(&document.kind).replace([' ', '-'], "_");
    let source = document.text.clone().unwrap_or_else(|| document.number.clone());
    let canonical: String =
        source.expose().chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    if !source.is_empty() && placeholders.has_number(source.expose()) {
        document.placeholder = true;
    }
    document.text = (source.expose() != canonical && !source.is_empty()).then_some(source);
    document.number = Personal::from(canonical);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::placeholders::tests::shipped;

    #[test]
    fn unifies_the_number_and_keeps_the_text() {
        for (number, canonical, text, placeholder) in [
            ("g 1234-5678", "G12345678", Some("g 1234-5678"), false),
            ("G12345678", "G12345678", None, false),
            ("000000", "000000", None, true),
            ("N/A", "NA", Some("N/A"), true),
            ("---", "", Some("---"), true),
        ] {
            let mut document = PersonDocument {
                kind: "Passport".into(),
                number: number.into(),
                ..PersonDocument::default()
            };
            for _ in 0..2 {
                canonicalise(&mut document, &shipped());
                assert_eq!(document.kind, "passport");
                assert_eq!(document.number, canonical.into(), "{number}");
                assert_eq!(document.text, text.map(Into::into), "{number}");
                assert_eq!(document.placeholder, placeholder, "{number}");
            }
        }
    }
}
