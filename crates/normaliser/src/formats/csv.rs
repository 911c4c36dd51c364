//! Comma-separated values (RFC 4180) in UTF-8: a header line, then one entry for each row.
//!
//! A row is an object of texts under the names of the columns; an empty cell is absent. Stricter than the
//! standard where it would not notice a loss: the last row must end with a line break, and the columns must
//! be those that source.toml names, in that order.

use pipeline::Reason;
use serde::Deserialize;
use vrl::value::{ObjectMap, Value};

use crate::formats::{Decoded, Format, text};
use crate::path::EntryPath;
use crate::reason::ReasonCode;
use crate::source::Limits;

/// The table `[csv]` of source.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsvToml {
    /// What stands between cells; a comma by default.
    #[serde(default = "comma")]
    delimiter: char,
    /// The header line.
    columns: Vec<String>,
}

fn comma() -> char {
    ','
}

pub(crate) struct Csv {
    delimiter: u8,
    columns: Vec<String>,
}

/// No message holds one, so a row of it alone shows that the row before was closed.
const END: &str = "\0";

impl Csv {
    pub(crate) fn new(toml: CsvToml) -> Result<Self, (&'static str, &'static str)> {
        let CsvToml { delimiter, columns } = toml;
        let delimiter = u8::try_from(delimiter)
            .ok()
            .filter(|d| d.is_ascii() && !d.is_ascii_alphanumeric() && !b"\"\r\n\0 ".contains(d))
            .ok_or(("csv.delimiter", "cannot divide cells: expected one such as `,` or `;`"))?;
        let mut sorted: Vec<&String> = columns.iter().collect();
        sorted.sort();
        sorted.dedup();
        if columns.is_empty() || sorted.len() < columns.len() || columns.iter().any(|c| c.trim().is_empty()) {
            return Err(("csv.columns", "must name every column once"));
        }
        Ok(Self { delimiter, columns })
    }

    fn row(&self, cells: &csv::StringRecord) -> Value {
        if cells.len() != self.columns.len() {
            // No object: the row is refused as an entry, and its cells stay as they are.
            return Value::Array(cells.iter().map(Value::from).collect());
        }
        let filled = self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        Value::Object(filled.map(|(name, cell)| (name.as_str().into(), Value::from(cell))).collect())
    }
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn entries(&self) -> Option<EntryPath> {
        Some(EntryPath::default())
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        const HEADER: &str = "expected the header line that csv.columns names";
        let mut rows = Vec::new();
        let mut bounds = None;
        records(text(value)?, self.delimiter, |line, cells| {
            let Some(bounds) = &mut bounds else {
                if !cells.iter().map(str::trim).eq(self.columns.iter().map(String::as_str)) {
                    return Err(at(line, ReasonCode::UnknownColumns, HEADER));
                }
                bounds = Some(Bounds::default());
                return Ok(());
            };
            bounds.check(line, cells, limits)?;
            rows.push(self.row(cells));
            Ok(())
        })?;
        bounds.ok_or_else(|| at(1, ReasonCode::UnknownColumns, HEADER))?;
        Ok(Decoded::Tree(Value::Array(rows)))
    }

    fn not_an_entry(&self) -> Reason {
        ReasonCode::RowLength.with(format!("expected {} cells in the row", self.columns.len()))
    }

    fn encode_entry(&self, entry: Value, _: &EntryPath) -> Vec<u8> {
        let cell =
            |value: Option<&Value>| value.and_then(Value::to_str_lossy).unwrap_or_default().into_owned();
        let row: Vec<String> = match &entry {
            Value::Object(fields) => {
                let fields: &ObjectMap = fields;
                self.columns.iter().map(|name| cell(fields.get(name.as_str()))).collect()
            }
            Value::Array(cells) => cells.iter().map(|value| cell(Some(value))).collect(),
            _ => Vec::new(),
        };
        write(self.delimiter, &self.columns, &row)
    }
}

/// Each record of a table with the line where it begins, the header among them.
pub(super) fn records(
    text: &str,
    delimiter: u8,
    mut each: impl FnMut(u64, &csv::StringRecord) -> Result<(), Reason>,
) -> Result<(), Reason> {
    if text.contains(END) {
        return Err(ReasonCode::NotCsv.with("expected text without the character NUL"));
    }
    if !text.ends_with(['\n', '\r']) {
        return Err(ReasonCode::Truncated.with("expected the last row to end with a line break"));
    }
    let closed = [text, END, "\n"].concat();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(closed.as_bytes());
    let mut cells = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut cells) {
            Ok(true) if cells.len() == 1 && cells.get(0) == Some(END) => return Ok(()),
            Ok(true) => each(line, &cells)?,
            Ok(false) => return Err(at(line, ReasonCode::Truncated, "a quoted cell does not end")),
            Err(_) => {
                return Err(at(line, ReasonCode::NotCsv, "expected comma-separated values (RFC 4180)"));
            }
        }
    }
}

/// What the rows of a message have taken of its limits.
#[derive(Default)]
pub(super) struct Bounds {
    rows: usize,
    values: usize,
}

impl Bounds {
    /// Counts a row in.
    pub(super) fn check(
        &mut self,
        line: u64,
        cells: &csv::StringRecord,
        limits: &Limits,
    ) -> Result<(), Reason> {
        self.rows += 1;
        self.values += cells.len();
        let (code, expected) = if cells.iter().any(|cell| cell.len() > limits.text_bytes) {
            (ReasonCode::TextTooLong, "a cell is longer than limits.text_bytes")
        } else if self.values > limits.values {
            (ReasonCode::TooManyValues, "there are more cells than limits.values")
        } else if self.rows > limits.entries {
            (ReasonCode::TooManyEntries, "there are more rows than limits.entries")
        } else {
            return Ok(());
        };
        Err(at(line, code, expected))
    }
}

/// A reason with the line where it arose.
pub(super) fn at(line: u64, code: ReasonCode, expected: &str) -> Reason {
    code.with(format!("{expected}, at line {line}"))
}

/// A table of one row.
pub(super) fn write(delimiter: u8, columns: &[String], row: &[String]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
    // Writing into memory does not fail; and if it did, the letter would hold the whole message.
    let written = writer.write_record(columns).and_then(|()| writer.write_record(row));
    match (written, writer.into_inner()) {
        (Ok(()), Ok(bytes)) => bytes,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::digest;

    fn csv() -> Csv {
        Csv::new(CsvToml { delimiter: ';', columns: vec!["no".into(), "story".into(), "zip".into()] })
            .unwrap()
    }

    fn decode(bytes: &[u8]) -> Result<Value, Reason> {
        let limits = Limits { entries: 3, values: 12, text_bytes: 9, ..Limits::default() };
        match csv().decode(bytes, &limits)? {
            Decoded::Tree(tree) => Ok(tree),
            _ => panic!("csv gives trees"),
        }
    }

    #[test]
    fn a_row_is_an_object_of_texts() {
        let tree = decode("\u{feff}no;story;zip\r\n1;\"a;\n\"\"b\"\"\";00123\r\n2;;\r\n".as_bytes()).unwrap();
        let expected = "[{\"no\":\"1\",\"story\":\"a;\\n\\\"b\\\"\",\"zip\":\"00123\"},{\"no\":\"2\"}]";
        assert_eq!(String::from_utf8(digest::to_json(&tree)).unwrap(), expected);
    }

    #[test]
    fn says_what_is_wrong_and_where_but_not_with_what() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "truncated"),
            (b"no;story;zip", "truncated"),
            (b"no;story;zip\n1;abc;2", "truncated"),
            (b"no;story;zip\n1;\"abc;2\n", "truncated"),
            (b"\n", "unknown_columns"),
            (b"no,story,zip\n", "unknown_columns"),
            (b"no;zip;story\n", "unknown_columns"),
            (b"no;story;zip;no\n", "unknown_columns"),
            (b"no;story;zip\n1;a\0c;2\n", "not_csv"),
            (b"\xff\xfen\0o\0", "not_utf8"),
            (b"no;story;zip\n1;\xe9;2\n", "not_utf8"),
            (b"no;story;zip\n1;abcabcabca;2\n", "text_too_long"),
            (b"no;story;zip\n1;;;;;;;;;;;;;\n", "too_many_values"),
            (b"no;story;zip\n1\n1\n1\n1\n", "too_many_entries"),
        ];
        for (bytes, code) in cases {
            let reason = decode(bytes).unwrap_err();
            assert_eq!(reason.code, *code, "{:?}", String::from_utf8_lossy(bytes));
            assert!(!reason.message.contains("abc"), "{}", reason.message);
        }
    }

    #[test]
    fn an_entry_alone_is_a_message_again() {
        for text in ["no;story;zip\n1;\"a;\"\"b\";007\n", "no;story;zip\n1;2\n", "no;story;zip\n1;2;3;4\n"] {
            let tree = decode(text.as_bytes()).unwrap();
            let Value::Array(rows) = &tree else { panic!("rows") };
            let alone = csv().encode_entry(rows[0].clone(), &EntryPath::default());
            assert_eq!(decode(&alone).unwrap(), tree, "{text}");
        }
    }
}
