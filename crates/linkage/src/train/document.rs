//! The text of a table: numbers are read and replaced, and everything else stays as it was written.

use toml_edit::{DocumentMut, Item, Value};

use super::error::TrainError;

/// What begins the lines that say where a table comes from.
const MARK: &str = "# Learned: ";

/// A table's text.
#[derive(Debug)]
pub(super) struct Document(DocumentMut);

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, TrainError> {
        text.parse().map(Self).map_err(|e: toml_edit::TomlError| TrainError::Document(e.to_string()))
    }

    /// The number at a path.
    pub(super) fn number(&mut self, path: &str) -> Result<i64, TrainError> {
        let item = self.item(path)?;
        item.as_integer().ok_or_else(|| TrainError::Document(format!("`{path}` is no whole number")))
    }

    /// Puts another number at a path; the comment behind it stays.
    pub(super) fn replace(&mut self, path: &str, number: i64) -> Result<(), TrainError> {
        let item = self.item(path)?;
        let mut value: Value =
            grouped(number).parse().map_err(|e: toml_edit::TomlError| TrainError::Document(e.to_string()))?;
        if let Some(old) = item.as_value() {
            *value.decor_mut() = old.decor().clone();
        }
        *item = Item::Value(value);
        Ok(())
    }

    /// The text, with lines at its top that say where it comes from. Those of a former training go.
    pub(super) fn text(&self, origin: &[String]) -> String {
        let mut text = String::new();
        for line in origin {
            text.push_str(MARK);
            text.push_str(line);
            text.push('\n');
        }
        let whole = self.0.to_string();
        let former = whole.split_inclusive('\n').take_while(|line| line.starts_with(MARK)).map(str::len);
        text.push_str(whole.get(former.sum()..).unwrap_or_default());
        text
    }

    fn item(&mut self, path: &str) -> Result<&mut Item, TrainError> {
        let missing = || TrainError::Document(format!("`{path}` is missing"));
        path.split('.').try_fold(self.0.as_item_mut(), |item, key| {
            item.as_table_like_mut().and_then(|table| table.get_mut(key)).ok_or_else(missing)
        })
    }
}

/// A number as the table writes it: `-3_600`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const TEXT: &str =
        "# Why.\nversion = 1 # one\n\n[a.b]\nc   = -5_000  # [x]\nd = { e = 850, f = 2_000 } # g\n";

    #[test]
    fn only_the_number_changes() {
        let mut document = Document::parse(TEXT).unwrap();
        assert_eq!(document.number("a.b.c").unwrap(), -5_000);
        document.replace("a.b.c", -12_600).unwrap();
        document.replace("a.b.d.e", 900).unwrap();
        let text = TEXT.replace("-5_000", "-12_600").replace("850", "900");
        assert_eq!(document.text(&[]), text);
        let once = document.text(&["from 3 records".to_owned()]);
        assert_eq!(once, format!("# Learned: from 3 records\n{text}"));
        let again = Document::parse(&once).unwrap().text(&["from 4 records".to_owned()]);
        assert_eq!(again, format!("# Learned: from 4 records\n{text}"));
    }

    #[test]
    fn says_what_is_not_there() {
        let mut document = Document::parse(TEXT).unwrap();
        assert!(document.number("a.b.x").unwrap_err().to_string().contains("`a.b.x` is missing"));
        assert!(document.number("a.b").unwrap_err().to_string().contains("no whole number"));
    }

    #[test]
    fn digits_stand_in_groups() {
        for (number, text) in
            [(0, "0"), (900, "900"), (-500, "-500"), (5_000, "5_000"), (-1_234_567, "-1_234_567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
