//! What each line is, seen alone.

use pipeline::Reason;

use crate::reason::ReasonCode;
use crate::source::Limits;

/// A line with something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Without white space around it.
    pub(super) text: &'t str,
    pub(super) kind: Kind<'t>,
    /// White space before it.
    pub(super) indent: usize,
    /// Empty lines before it.
    pub(super) blanks: usize,
    /// Where it begins in the message.
    pub(super) start: usize,
}

/// What a line looks like. Whether a label counts depends on what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// `Section A: Title`.
    Section { mark: &'t str, title: &'t str },
    /// `--- Title ---`, or a title that is underlined.
    Heading(&'t str),
    /// `Label: value`; `strict` where every word of the label looks like a heading's.
    Label { label: &'t str, value: &'t str, strict: bool },
    /// `- item`.
    Item(&'t str),
    /// Anything else.
    Text,
}

const LABEL_BYTES_MAX: usize = 60;
const LABEL_WORDS_MAX: usize = 8;

/// The lines of a message that say something; lines of ornament are none.
pub(super) fn read<'t>(text: &'t str, limits: &Limits) -> Result<Vec<Line<'t>>, Reason> {
    let mut lines: Vec<Line<'t>> = Vec::new();
    let (mut start, mut blanks) = (0, 0_usize);
    for (row, line) in text.split_inclusive('\n').enumerate() {
        let at = start;
        start += line.len();
        // A form feed is a new page, and nothing else.
        let line = line.trim_end().trim_start_matches('\u{c}');
        let text = line.trim();
        if text.is_empty() {
            blanks = blanks.saturating_add(1);
            continue;
        }
        if text.len() > limits.text_bytes {
            let expected = "a line is longer than limits.text_bytes";
            return Err(ReasonCode::TextTooLong.with(format!("{expected}, at line {}", row + 1)));
        }
        if is_ornament(text) {
            // Underlined, the line before is a heading.
            if let Some(last) = lines.last_mut()
                && blanks == 0
                && last.kind == Kind::Text
                && last.text.len() <= LABEL_BYTES_MAX
            {
                last.kind = Kind::Heading(last.text);
            }
            blanks = blanks.saturating_add(1);
            continue;
        }
        if lines.len() >= limits.values {
            return Err(ReasonCode::TooManyValues.with("there are more lines than limits.values"));
        }
        lines.push(Line {
            text,
            kind: kind(text),
            indent: line.len() - line.trim_start().len(),
            blanks,
            start: at,
        });
        blanks = 0;
    }
    // The title of a report is no section of it.
    if let Some(first) = lines.first_mut()
        && matches!(first.kind, Kind::Heading(_))
    {
        first.kind = Kind::Text;
    }
    Ok(lines)
}

fn is_ornament(text: &str) -> bool {
    text.len() >= 3
        && text.chars().all(|c| matches!(c, '-' | '=' | '_' | '*' | '~' | '#' | '\u{2500}' | '\u{2550}'))
}

fn kind(text: &str) -> Kind<'_> {
    if let Some((mark, title)) = section(text) {
        return Kind::Section { mark, title };
    }
    if let Some(title) = between_ornaments(text) {
        return Kind::Heading(title);
    }
    if let Some((label, value, strict)) = label(text).or_else(|| question(text)) {
        return Kind::Label { label, value, strict };
    }
    let item = text.strip_prefix(['-', '*', '\u{2022}']).filter(|rest| rest.starts_with([' ', '\t']));
    item.map_or(Kind::Text, |item| Kind::Item(item.trim()))
}

/// `Section A: Title`, `PART 2 - Title`, `Section IV.`
fn section(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace)?;
    if !["section", "part"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (mark, after) = rest.split_at_checked(end)?;
    let is_mark = matches!(mark.len(), 1..=4)
        && (mark.bytes().all(|b| b.is_ascii_uppercase()) || mark.bytes().all(|b| b.is_ascii_digit()));
    let title = after.trim_start();
    if title.is_empty() {
        return is_mark.then_some((mark, ""));
    }
    let title = title.strip_prefix([':', '.', '-', '\u{2013}', '\u{2014}'])?;
    Some((mark, title.trim())).filter(|_| is_mark && title.len() <= 2 * LABEL_BYTES_MAX)
}

fn between_ornaments(text: &str) -> Option<&str> {
    let ornament = |c: char| matches!(c, '-' | '=' | '*' | '#');
    let inside = text.trim_matches(ornament);
    let before = text.len() - text.trim_start_matches(ornament).len();
    let after = text.len() - text.trim_end_matches(ornament).len();
    let title = inside.trim();
    (before >= 2 && after >= 2 && !title.is_empty() && title.len() <= LABEL_BYTES_MAX).then_some(title)
}

/// `Was the file publicly available? No`: a question and its answer in few words.
fn question(text: &str) -> Option<(&str, &str, bool)> {
    let (question, answer) = text.split_once("? ")?;
    let words = |text: &str| text.split_whitespace().count();
    let is_question = question.len() <= 2 * LABEL_BYTES_MAX
        && question.starts_with(char::is_uppercase)
        && question.chars().all(|c| c.is_alphanumeric() || c.is_whitespace());
    (is_question && matches!(words(answer), 1..=3)).then(|| (question.trim(), answer.trim(), false))
}

/// A label, its value, and whether the label is written as headings are.
fn label(text: &str) -> Option<(&str, &str, bool)> {
    let colon = text.bytes().take(LABEL_BYTES_MAX + 1).position(|byte| byte == b':')?;
    let label = text.get(..colon)?.trim_end();
    let value = text.get(colon + 1..)?;
    let allowed = |c: char| {
        c.is_alphanumeric()
            || matches!(c, ' ' | '(' | ')' | '/' | '-' | '_' | '\'' | '.' | '#' | '&' | '*' | '?')
    };
    let words = label.split_whitespace().count();
    let is_label = label.chars().count() >= 2
        && label.starts_with(|c: char| c.is_alphanumeric() || c == '*')
        && label.chars().all(allowed)
        && label.chars().any(char::is_alphabetic)
        && words <= LABEL_WORDS_MAX
        // The end of a sentence.
        && !label.contains(". ")
        && !label.contains("? ");
    // `http://`, `C:\`, `10:30`.
    let apart = value.is_empty() || value.starts_with(char::is_whitespace);
    if !is_label
        || (!apart && value.starts_with(|c: char| matches!(c, '/' | '\\' | ':') || c.is_ascii_digit()))
    {
        return None;
    }
    let as_heading = |word: &str| {
        let letters = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        letters.chars().count() < 4 || !letters.starts_with(char::is_lowercase)
    };
    let strict = apart && !label.starts_with(char::is_lowercase) && label.split_whitespace().all(as_heading);
    Some((label.trim_start_matches('*').trim(), value.trim(), strict))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_it_looks_like() {
        let label = |label, value, strict| Kind::Label { label, value, strict };
        for (text, wanted) in [
            ("Report Number: 7", label("Report Number", "7", true)),
            ("File Viewed by Reporting ESP: Yes", label("File Viewed by Reporting ESP", "Yes", true)),
            ("Incident date: today", label("Incident date", "today", false)),
            ("REPORT NO.: 7", label("REPORT NO.", "7", true)),
            ("Filename:a.jpg", label("Filename", "a.jpg", false)),
            ("Uploaded File 1:", label("Uploaded File 1", "", true)),
            ("Número de informe: 7", label("Número de informe", "7", false)),
            ("*Required: x", label("Required", "x", true)),
            ("https://example.org: a page", Kind::Text),
            ("at 10:30 she left", Kind::Text),
            ("C:\\photos\\a.jpg", Kind::Text),
            ("She, who was 15, said: help", Kind::Text),
            ("in the channel. One wrote: help", Kind::Text),
            ("a very long sentence that goes on and on with a colon: here", Kind::Text),
            ("NOT URGENT", Kind::Text),
            ("Was the file publicly available? No", label("Was the file publicly available", "No", false)),
            ("Who is she? Nobody who was there knew", Kind::Text),
            ("- one", Kind::Item("one")),
            ("\u{2022} two", Kind::Item("two")),
            ("-5 degrees", Kind::Text),
            ("Section A: Provider", Kind::Section { mark: "A", title: "Provider" }),
            ("PART 2 - Subjects", Kind::Section { mark: "2", title: "Subjects" }),
            ("Section IV", Kind::Section { mark: "IV", title: "" }),
            ("Section chief: Exemplar", label("Section chief", "Exemplar", false)),
            ("Part of it: x", label("Part of it", "x", true)),
            ("--- Victim 1 ---", Kind::Heading("Victim 1")),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }
}
