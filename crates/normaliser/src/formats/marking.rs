//! Marks of handling as documents write them: words of the Traffic Light Protocol and of the Permissible Actions
//! Protocol, and which of several counts.

/// From the loosest to the strictest. What nobody stated is treated as AMBER+STRICT, and is not among them.
const TLP: [&str; 5] = ["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"];
const PAP: [&str; 4] = ["CLEAR", "GREEN", "AMBER", "RED"];

/// The mark of the Traffic Light Protocol in a word such as `TLP:AMBER+STRICT`, `tlp:white` or `amber`.
pub(super) fn tlp(word: &str) -> Option<&'static str> {
    in_list(&TLP, word, "TLP")
}

/// The mark of the Permissible Actions Protocol in a word such as `PAP:RED`.
pub(super) fn pap(word: &str) -> Option<&'static str> {
    in_list(&PAP, word, "PAP")
}

fn in_list(list: &[&'static str], word: &str, protocol: &str) -> Option<&'static str> {
    let symbol = lead::code::symbol_of(word.trim().trim_matches('"'));
    let colour = symbol.strip_prefix(protocol).map_or(symbol.as_str(), |rest| rest.trim_matches('_'));
    // Before version 2 of the protocol.
    let colour = if colour == "WHITE" { "CLEAR" } else { colour };
    list.iter().find(|known| **known == colour).copied()
}

/// Whether a word is about this protocol at all, so that one that says nothing known is no mere label.
pub(super) fn is_about(protocol: &str, word: &str) -> bool {
    let symbol = lead::code::symbol_of(word);
    symbol.strip_prefix(protocol).is_some_and(|rest| rest.starts_with('_'))
}

/// The stricter of two marks of one protocol.
pub(super) fn stricter(one: Option<&'static str>, other: Option<&'static str>) -> Option<&'static str> {
    let rank = |mark: &&str| TLP.iter().position(|known| known == mark);
    [one, other].into_iter().flatten().max_by_key(rank)
}

/// The mark of a whole whose parts have marks too. A mark on a part never loosens the whole: where the whole has none,
/// it is held as AMBER+STRICT, and only a stricter part says more.
pub(super) fn with_parts(whole: Option<&'static str>, parts: Option<&'static str>) -> Option<&'static str> {
    match (whole, parts) {
        (None, Some("RED")) => Some("RED"),
        (None, _) => None,
        (whole, parts) => stricter(whole, parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_marks_as_they_are_written() {
        for (word, mark) in [
            ("tlp:amber+strict", Some("AMBER_STRICT")),
            ("TLP:AMBER+STRICT", Some("AMBER_STRICT")),
            ("amber+strict", Some("AMBER_STRICT")),
            ("tlp:white", Some("CLEAR")),
            ("white", Some("CLEAR")),
            ("tlp:clear", Some("CLEAR")),
            ("TLP: RED", Some("RED")),
            (" tlp:green ", Some("GREEN")),
            ("tlp=\"amber\"", Some("AMBER")),
            ("tlp:ex:chr", None),
            ("pap:red", None),
            ("", None),
        ] {
            assert_eq!(tlp(word), mark, "{word}");
        }
        assert_eq!(pap("PAP:AMBER"), Some("AMBER"));
        assert_eq!(pap("pap:white"), Some("CLEAR"));
        assert_eq!(pap("tlp:red"), None);
        assert!(is_about("TLP", "tlp:ex:chr") && !is_about("TLP", "tlpx") && !is_about("TLP", "pap:red"));
    }

    #[test]
    fn the_strictest_counts_and_a_part_never_loosens() {
        assert_eq!(stricter(Some("GREEN"), Some("AMBER_STRICT")), Some("AMBER_STRICT"));
        assert_eq!(stricter(None, Some("CLEAR")), Some("CLEAR"));
        assert_eq!(stricter(None, None), None);
        assert_eq!(with_parts(None, Some("CLEAR")), None);
        assert_eq!(with_parts(None, Some("RED")), Some("RED"));
        assert_eq!(with_parts(Some("CLEAR"), Some("AMBER")), Some("AMBER"));
        assert_eq!(with_parts(Some("RED"), Some("CLEAR")), Some("RED"));
    }
}
