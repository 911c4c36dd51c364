//! Cases in IOM's Human Trafficking Case Data Standard 2.0 (HTCDS): a submitted form in the XML of ODK and Kobo, or a
//! table with a column for each field. The first byte tells them apart.
//!
//! Both give the same entries: what the standard keeps in tables stands in objects named after them, `persons` with
//! what is said of each under `prs`, `vic` and `per`, and a name for each under `ref`, `events` (hte), `organisations` (org), `case` (cas) and
//! `consent` (con), under the standard's names without their prefix. A field for several values is a list. What is no
//! field of the standard is in `other`. A value that is not in its field's list stays, with a warning.

use pipeline::Reason;

use crate::formats::{Decoded, Format, text};
use crate::source::Limits;

mod fields;
mod form;
mod submission;
mod table;

pub(crate) struct Htcds;

impl Format for Htcds {
    fn name(&self) -> &'static str {
        "htcds"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let text = text(value)?;
        let entries = if is_form(text) { form::read(value, limits)? } else { table::read(text, limits)? };
        Ok(Decoded::Entries(entries))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let alone = match text(value) {
            Ok(text) if is_form(text) => form::alone(value, limits, entries),
            Ok(text) => table::alone(text, entries),
            Err(reason) => Err(reason),
        };
        alone.unwrap_or_else(|_| vec![None; entries.len()])
    }
}

fn is_form(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

#[cfg(test)]
mod tests;
