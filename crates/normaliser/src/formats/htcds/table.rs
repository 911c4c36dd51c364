//! A table: a header of field names in any order and selection, then one submission for each row.
//!
//! Cells are divided by commas, semicolons or tabs, whichever divides the header most. A name may stand after the
//! groups of its form (`victim/prs_FirstName`), and a choice after its field (`vic_MethodsOfControl/DebtBondage`).

use pipeline::Reason;
use vrl::value::Value;

use super::fields;
use super::submission::{Divided, Scope, Submission};
use crate::formats::csv::{self, Bounds};
use crate::reason::ReasonCode;
use crate::source::Limits;

enum Column {
    /// A field of the standard, of the tool, or of the agency's own.
    Field(String),
    /// Whether a field has this value.
    Choice { field: String, value: String },
}

/// The submissions of a table.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Vec<Result<Value, Reason>>, Reason> {
    let mut columns: Option<Vec<Column>> = None;
    let mut bounds = Bounds::default();
    let mut entries = Vec::new();
    csv::records(text, delimiter(text), |line, cells| {
        let Some(columns) = &columns else {
            columns = Some(header(line, cells, limits)?);
            return Ok(());
        };
        bounds.check(line, cells, limits)?;
        entries.push(if cells.len() == columns.len() {
            entry(columns, cells)
        } else {
            Err(ReasonCode::RowLength.with(format!("expected {} cells in the row", columns.len())))
        });
        Ok(())
    })?;
    if columns.is_none() {
        return Err(csv::at(1, ReasonCode::UnknownColumns, HEADER));
    }
    Ok(entries)
}

/// A table of each of these rows.
pub(super) fn alone(text: &str, entries: &[usize]) -> Result<Vec<Option<Vec<u8>>>, Reason> {
    let delimiter = delimiter(text);
    let mut rows: Vec<Vec<String>> = Vec::new();
    csv::records(text, delimiter, |_, cells| {
        rows.push(cells.iter().map(str::to_owned).collect());
        Ok(())
    })?;
    let Some((columns, rows)) = rows.split_first() else { return Ok(vec![None; entries.len()]) };
    let write = |row: &Vec<String>| csv::write(delimiter, columns, row);
    Ok(entries.iter().map(|index| rows.get(*index).map(write)).collect())
}

const HEADER: &str = "expected a header line with fields of HTCDS, such as prs_FirstName";

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of those that divide it equally the last counts: the comma, when none does.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn header(line: u64, cells: &::csv::StringRecord, limits: &Limits) -> Result<Vec<Column>, Reason> {
    if cells.len() > limits.values || cells.iter().any(|cell| cell.len() > limits.text_bytes) {
        return Err(csv::at(line, ReasonCode::TooManyValues, "the header holds more than the limits allow"));
    }
    let columns: Vec<Column> = cells.iter().map(column).collect();
    let mut names: Vec<String> = columns
        .iter()
        .filter_map(|column| match column {
            Column::Field(name) => fields::field(name),
            Column::Choice { .. } => None,
        })
        .map(|field| format!("{}_{}", fields::prefix(field.table), field.name))
        .collect();
    if names.is_empty() {
        return Err(csv::at(line, ReasonCode::UnknownColumns, HEADER));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    if names.len() < all {
        return Err(csv::at(line, ReasonCode::DuplicateKey, "the header names the same field twice"));
    }
    Ok(columns)
}

fn column(written: &str) -> Column {
    let written = written.trim();
    let mut steps = written.rsplit(['/', ':', '-', '.']);
    let (last, before) = (steps.next().unwrap_or_default(), steps.next());
    let field = before
        .filter(|_| fields::field(last).is_none())
        .filter(|before| fields::field(before).and_then(|field| field.list).is_some_and(|list| list.several));
    match field {
        Some(field) => Column::Choice { field: field.to_owned(), value: last.to_owned() },
        None if fields::field(last).is_some() || before == Some("meta") => Column::Field(last.to_owned()),
        None => Column::Field(written.to_owned()),
    }
}

fn entry(columns: &[Column], cells: &::csv::StringRecord) -> Result<Value, Reason> {
    let mut submission = Submission::default();
    let mut scope = Scope::default();
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Field(name) => submission.take(&mut scope, name, cell, Divided::ByMarks),
            Column::Choice { field, value } => {
                if matches!(cell.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes") {
                    submission.take_choice(&mut scope, field, value);
                }
            }
        }
    }
    submission.entry()
}
