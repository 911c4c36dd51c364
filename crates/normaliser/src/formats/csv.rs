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
        let text = text(value)?;
        if text.contains(END) {
            return Err(ReasonCode::NotCsv.with("expected text without the character NUL"));
        }
        if !text.ends_with(['\n', '\r']) {
            return Err(ReasonCode::Truncated.with("expected the last row to end with a line break"));
        }
        let closed = [text, END, "\n"].concat();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(closed.as_bytes());
        let mut cells = csv::StringRecord::new();
        let (mut rows, mut values, mut at_header) = (Vec::new(), 0, true);
        loop {
            let line = reader.position().line();
            let at = |code: ReasonCode, expected: &str| Err(code.with(format!("{expected}, at line {line}")));
            match reader.read_record(&mut cells) {
                Ok(true) => {}
                Ok(false) => return at(ReasonCode::Truncated, "a quoted cell does not end"),
                Err(_) => return at(ReasonCode::NotCsv, "expected comma-separated values (RFC 4180)"),
            }
            if cells.len() == 1 && cells.get(0) == Some(END) {
                if at_header {
                    return at(ReasonCode::UnknownColumns, "expected the header line that csv.columns names");
                }
                return Ok(Decoded::Tree(Value::Array(rows)));
            }
            if at_header {
                if !cells.iter().map(str::trim).eq(self.columns.iter().map(String::as_str)) {
                    return at(ReasonCode::UnknownColumns, "expected the header line that csv.columns names");
                }
                at_header = false;
                continue;
            }
            if cells.iter().any(|cell| cell.len() > limits.text_bytes) {
                return at(ReasonCode::TextTooLong, "a cell is longer than limits.text_bytes");
            }
            values += cells.len();
            if values > limits.values {
                return at(ReasonCode::TooManyValues, "there are more cells than limits.values");
            }
            if rows.len() >= limits.entries {
                return at(ReasonCode::TooManyEntries, "there are more rows than limits.entries");
            }
            rows.push(self.row(&cells));
        }
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
        let mut writer =
            csv::WriterBuilder::new().delimiter(self.delimiter).flexible(true).from_writer(Vec::new());
        // Writing into memory does not fail; and if it did, the letter would hold the whole message.
        let written = writer.write_record(&self.columns).and_then(|()| writer.write_record(&row));
        match (written, writer.into_inner()) {
            (Ok(()), Ok(bytes)) => bytes,
            _ => Vec::new(),
        }
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
