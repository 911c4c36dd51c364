//! What commands print: text for people, or JSON for machines, on stdout.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use jiff::Timestamp;
use lead::value::Micros;
use serde::Serialize;

use crate::fault::Fault;

/// For whom output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    Human,
    /// For machines: JSON, one document for each line where there are several.
    Json,
}

/// Standard output.
pub(crate) struct Console {
    pub(crate) format: OutputFormat,
    color: bool,
    out: Box<dyn Write>,
}

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Notice,
}

impl Console {
    /// Standard output as it is: colours only on a terminal, and not where NO_COLOR is set.
    pub(crate) fn new(format: OutputFormat) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = format == OutputFormat::Human && !no_color && io::stdout().is_terminal();
        Self { format, color, out: Box::new(io::stdout()) }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// A line of text.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> Result<(), Fault> {
        writeln!(self.out, "{}", text.as_ref())?;
        Ok(())
    }

    /// A JSON document on a line of its own.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> Result<(), Fault> {
        let text = serde_json::to_string(document)
            .map_err(|error| Fault::failed(format!("the output does not encode as JSON: {error}")))?;
        self.line(text)
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.out.write_all(bytes)?;
        self.out.flush()?;
        Ok(())
    }

    /// A heading, with a line before it.
    pub(crate) fn heading(&mut self, text: &str) -> Result<(), Fault> {
        let text = self.style(Style::Strong, text);
        self.line(format!("\n{text}"))
    }

    /// The text so that it stands out, where colours are shown.
    pub(crate) fn style(&self, style: Style, text: &str) -> String {
        let code = match style {
            _ if !self.color => return text.to_owned(),
            Style::Plain => return text.to_owned(),
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Bad => "31;1",
            Style::Notice => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A table: a head, and rows of cells. The last column takes what width is left, and wraps.
    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<(Style, String)>]) -> Result<(), Fault> {
        let columns = head.len();
        let mut widths: Vec<usize> = head.iter().map(|h| width(h)).collect();
        for row in rows {
            for (w, (_, cell)) in widths.iter_mut().zip(row) {
                *w = (*w).max(width(cell));
            }
        }
        let before: usize = widths.iter().take(columns.saturating_sub(1)).map(|w| w + 2).sum();
        if let Some(last) = widths.last_mut() {
            *last = (*last).min(WIDTH.saturating_sub(before + 2)).max(20);
        }
        let head: Vec<_> = head.iter().map(|h| (Style::Faint, (*h).to_owned())).collect();
        for row in std::iter::once(&head).chain(rows) {
            self.row(row, &widths, before)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &[(Style, String)], widths: &[usize], before: usize) -> Result<(), Fault> {
        let mut text = String::from("  ");
        let last = row.len().saturating_sub(1);
        for (at, ((style, cell), w)) in row.iter().zip(widths).enumerate() {
            if at < last {
                text += &self.style(*style, cell);
                text += &" ".repeat((w + 2).saturating_sub(width(cell)));
                continue;
            }
            for (number, part) in wrap(cell, *w).iter().enumerate() {
                if number > 0 {
                    text += "\n";
                    text += &" ".repeat(before + 2);
                }
                text += &self.style(*style, part);
            }
        }
        self.line(text.trim_end())
    }
}

/// Lines are no longer than this.
pub(crate) const WIDTH: usize = 98;

/// Columns that a text takes, for the scripts that are likely here.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most `limit` columns, broken at spaces where there are any.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && width(&line) + 1 + word.len() > limit {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        while word.len() > limit {
            let rest = word.split_off(limit);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// A time to the minute, in UTC.
pub(crate) fn minute(at: Micros) -> String {
    let at = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The text without characters that would steer a terminal: what agencies send is shown, not obeyed.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// The beginning of a text, with a mark if something is left out.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let text = printable(text);
    match text.char_indices().nth(limit) {
        None => text,
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_spaces_and_breaks_long_words() {
        let check = |text: &str, limit, expected: &[&str]| assert_eq!(wrap(text, limit), expected);
        check("a bc d", 4, &["a bc", "d"]);
        check("abcdef g", 4, &["abcd", "ef g"]);
        check("", 4, &[""]);
        check("abcd", 4, &["abcd"]);
    }

    #[test]
    fn nothing_that_is_shown_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\r\n\tb\u{9b}"), "a\u{fffd}[2J\u{fffd}\n\tb\u{fffd}");
        assert_eq!(shorten("\u{7}", 4), "\u{fffd}");
    }

    #[test]
    fn shortens_with_a_mark() {
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("abcde", 4), "abc…");
    }
}
