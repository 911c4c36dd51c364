//! Text of labelled lines and sections, as agencies print and export reports: `Label: value`, `Section A: Title`,
//! `Uploaded File 1:`, values over several lines, lists.
//!
//! The tree of a report holds the text as it stands, under names that are the labels in lower-case letters, digits and
//! underscores:
//!
//! ```text
//! { title, fields: { report_number: "1", ... }, lines: ["NOT URGENT"], groups: [...],
//!   sections: [{ heading, mark: "A", title, name, fields, lines, groups: [{ heading, name, number, fields, lines }] }] }
//! ```
//!
//! A label that occurs twice in its place has a list of values; `lines` are those that nothing labels. What each means
//! is for a mapping to say. A message holds several reports where its first line, if it is a title, occurs again as one.

use pipeline::Reason;

use crate::formats::{Decoded, Format, text};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod blocks;
mod lines;

use lines::{Kind, Line};

pub(crate) struct Labelled;

impl Format for Labelled {
    fn name(&self) -> &'static str {
        "labelled"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let lines = lines::read(text(value)?, limits)?;
        let reports = reports(&lines, limits)?;
        let mut values = 0;
        Ok(Decoded::Entries(
            reports.into_iter().map(|report| blocks::report(report, limits, &mut values)).collect(),
        ))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let cut = || {
            let text = text(value).ok()?;
            let lines = lines::read(text, limits).ok()?;
            let reports = reports(&lines, limits).ok()?;
            // One alone is the message.
            if reports.len() < 2 {
                return None;
            }
            let starts: Vec<usize> =
                reports.iter().filter_map(|report| Some(report.first()?.start)).collect();
            let report = |index: &usize| {
                let end = starts.get(index + 1).copied().unwrap_or(text.len());
                Some(text.get(*starts.get(*index)?..end)?.as_bytes().to_vec())
            };
            Some(entries.iter().map(report).collect())
        };
        cut().unwrap_or_else(|| vec![None; entries.len()])
    }
}

/// The lines of each report.
fn reports<'l, 't>(lines: &'l [Line<'t>], limits: &Limits) -> Result<Vec<&'l [Line<'t>]>, Reason> {
    let labelled = lines.iter().any(|line| matches!(line.kind, Kind::Label { .. }));
    let Some(first) = lines.first().filter(|_| labelled) else {
        return Err(ReasonCode::OtherDocument.with("expected lines such as `Label: value`"));
    };
    let mut starts = vec![0];
    if first.kind == Kind::Text {
        let begins = |(line, next): (&Line<'_>, &Line<'_>)| {
            line.text == first.text && line.kind == Kind::Text && matches!(next.kind, Kind::Label { .. })
        };
        let again = lines.iter().zip(lines.iter().skip(1)).enumerate().skip(1);
        starts.extend(again.filter(|(_, pair)| begins(*pair)).map(|(at, _)| at));
    }
    if starts.len() > limits.entries {
        return Err(ReasonCode::TooManyEntries.with("there are more reports than limits.entries"));
    }
    let ends = starts.iter().copied().skip(1).chain([lines.len()]);
    Ok(starts.iter().copied().zip(ends).filter_map(|(start, end)| lines.get(start..end)).collect())
}

#[cfg(test)]
mod tests;
