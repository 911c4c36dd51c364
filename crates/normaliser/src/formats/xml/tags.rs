//! Bounds of a tag, looked at before the document is parsed: the parser compares each attribute of an element with
//! each other, and each prefix with every namespace in scope, so that tags without bounds take hours.

use std::ops::ControlFlow;

use pipeline::Reason;

use crate::reason::ReasonCode;

/// Attributes of one element.
pub(super) const ATTRIBUTES_MAX: usize = 256;
/// Declarations of namespaces in one element.
pub(super) const NAMESPACES_MAX: usize = 32;

/// Refuses a document with a tag beyond the bounds. What is no XML passes: the parser says so better.
pub(super) fn check(text: &str) -> Result<(), Reason> {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = rest.get(start..).unwrap_or_default();
        let (open, close) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find(|(open, _)| rest.starts_with(open))
            .unwrap_or(("<", ""));
        rest = rest.get(open.len()..).unwrap_or_default();
        let end = match close {
            "" => tag(rest)?,
            close => rest.find(close).map(|at| at + close.len()),
        };
        let Some(end) = end else { return Ok(()) };
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(())
}

/// Where a tag ends, after its first character; `None` when it does not.
fn tag(text: &str) -> Result<Option<usize>, Reason> {
    let (mut quote, mut attributes, mut namespaces) = (None, 0, 0);
    // Where the last word began, and whether it has ended: before an equals sign it is the name.
    let (mut word, mut between) = (0, false);
    let bytes = text.as_bytes();
    let found = bytes.iter().enumerate().try_for_each(|(at, byte)| {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'=') => {
                attributes += 1;
                namespaces += usize::from(is_namespace(bytes.get(word..at).unwrap_or_default()));
                if attributes > ATTRIBUTES_MAX || namespaces > NAMESPACES_MAX {
                    return ControlFlow::Break(None);
                }
            }
            (None, b'>') => return ControlFlow::Break(Some(at + 1)),
            (None, byte) => {
                if between && !byte.is_ascii_whitespace() {
                    word = at;
                }
                between = byte.is_ascii_whitespace();
            }
        }
        ControlFlow::Continue(())
    });
    match found {
        ControlFlow::Break(Some(end)) => Ok(Some(end)),
        ControlFlow::Continue(()) => Ok(None),
        ControlFlow::Break(None) => Err(ReasonCode::TooManyValues.with(format!(
            "an element has more than {ATTRIBUTES_MAX} attributes, or more than {NAMESPACES_MAX} namespaces"
        ))),
    }
}

/// Whether a name, and white space after it, declares a namespace.
fn is_namespace(name: &[u8]) -> bool {
    name.strip_prefix(b"xmlns")
        .is_some_and(|rest| rest.starts_with(b":") || rest.iter().all(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_bounds_and_texts_have_none() {
        let many =
            |name: &str, n: usize| (0..n).fold(String::new(), |text, i| text + &format!(" {name}{i} = '='"));
        for (text, passes) in [
            (format!("<r{}/>", many("a", ATTRIBUTES_MAX)), true),
            (format!("<r{}/>", many("a", ATTRIBUTES_MAX + 1)), false),
            (format!("<r{}/>", many("xmlns:n", NAMESPACES_MAX)), true),
            (format!("<r{}/>", many("xmlns:n", NAMESPACES_MAX + 1)), false),
            (format!("<r><a{0}/><b{0}/></r>", many("a", 200)), true),
            (format!("<r a='{}'/>", "=".repeat(1_000)), true),
            (format!("<r>{}</r>", "=".repeat(1_000)), true),
            (format!("<r><!-- <x{0} --><![CDATA[<x{0}]]><?x {0}?></r>", many("a", 1_000)), true),
            (format!("<r><!-- --><x{}", many("a", 1_000)), false),
            ("<r a='".to_owned(), true),
            ("<".to_owned(), true),
        ] {
            assert_eq!(check(&text).is_ok(), passes, "{text:.80}");
        }
    }
}
