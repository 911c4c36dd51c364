//! Forms and tables of HTCDS that are made to hurt.

use super::*;

const NAME: &str = "_template/htcds";
const HEAD: &str = "<data id='f'><prs_FirstName>A</prs_FirstName>";

#[test]
fn htcds_that_is_made_to_hurt() {
    let nested = format!("{HEAD}{}{}</data>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    refuses(NAME, "depth 100,000", nested.as_bytes(), "too_deep");
    refuses(NAME, "fields of nothing", &filled(HEAD, "<prs_Email/>", "</data>"), "too_many_entries");
    refuses(NAME, "groups", &filled(HEAD, "<g><prs_Email>a</prs_Email></g>", "</data>"), "too_many_entries");
    let other: String = (0..450_000).map(|n| format!("<a{n}/>")).collect();
    refuses(NAME, "fields of its own", format!("{HEAD}{other}</data>").as_bytes(), "too_many_values");
    refuses(
        NAME,
        "one text",
        &filled("<data id='f'><prs_FirstName>", "SECRET", "</prs_FirstName></data>"),
        "text_too_long",
    );
    refuses(
        NAME,
        "submissions",
        &filled("<s>", "<d id='f'><prs_Email>a</prs_Email></d>", "</s>"),
        "too_many_entries",
    );
    refuses(NAME, "columns", &filled("prs_FirstName,", "SECRET,", "\n"), "too_many_values");
    refuses(NAME, "rows", &filled("prs_FirstName,a\n", "a,b\n", ""), "too_many_entries");
    refuses(NAME, "a cell that does not end", &filled("prs_FirstName\n\"", "SECRET", ""), "truncated");
    refuses(NAME, "a column twice", b"prs_FirstName,prs_first_name\na,b\n", "duplicate_key");
}

/// As many of a thing as a limit allows, all of which the reader and the mapping go through.
#[test]
fn a_full_form_takes_bounded_time() {
    let words: String = (0..150_000).map(|n| format!("w{n} ")).collect();
    let deep = format!("{}<prs_Email>a</prs_Email>{}", "<a><b/>".repeat(60), "</a>".repeat(60));
    for (what, inside) in [
        ("words", format!("<vic_MethodsOfControl>{words}</vic_MethodsOfControl>")),
        ("fields with words", "<vic_MethodsOfControl>a b c d e f g h</vic_MethodsOfControl>".repeat(9_999)),
        ("emails", (0..9_999).map(|n| format!("<prs_Email>a{n}</prs_Email>")).collect()),
        (
            "persons",
            "<p><prs_Email>a</prs_Email><vic_TypeOfExploitation>ForcedLabour</vic_TypeOfExploitation></p>"
                .repeat(9_999),
        ),
        ("events", "<h><hte_Type>Transit</hte_Type><hte_City>A</hte_City></h>".repeat(9_999)),
        ("deep groups", deep),
    ] {
        let message = format!("{HEAD}{inside}</data>");
        let (leads, codes) = within_memory(NAME, what, message.as_bytes());
        assert_eq!(leads + codes.len(), 1, "{what}: {codes:?}");
    }
}
