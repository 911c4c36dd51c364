//! Mail: RFC 5322 with MIME (RFC 2045 to 2049), as a tree that a mapping reads.
//!
//! One mail is one entry: its fields under the names of [`tree`], the text that its writer wrote, files by their
//! hashes alone, and mails inside it in one flat list. Encoded words, parameters of RFC 2231, transfer encodings and
//! charsets are decoded, and HTML is reduced to text where no plain text says the same. A file's bytes never enter the
//! tree.
//!
//! INVARIANT: the message is cut into fields and parts here, in one pass for each level of nesting; the library reads
//! single fields and bodies, whose length is bounded before.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod body;
mod fields;
mod html;
mod parts;
mod tree;

pub(crate) struct Mail;

impl Format for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = value {
            return Err(ReasonCode::NotUtf8.with("expected a mail, got the byte order mark of UTF-16"));
        }
        let value = value.strip_prefix(b"\xef\xbb\xbf").unwrap_or(value);
        tree::entry(value, limits).map(Decoded::Tree)
    }
}

/// What of its limits a message has used.
struct Budget<'a> {
    limits: &'a Limits,
    values: usize,
    parts: usize,
    /// Bytes that the library may look at again, because an encoded word may end nowhere.
    looked_at: usize,
}

/// Fields of one header.
const FIELDS_MAX: usize = 1_000;
/// Parameters are compared with each other: a field of MIME is at most so long.
const PARAMETERS_BYTES_MAX: usize = 4 << 10;
/// A field such as `To`, unfolded.
const FIELD_BYTES_MAX: usize = 64 << 10;
/// Far more than any mail needs.
const LOOKED_AT_MAX: usize = 1 << 29;

impl<'a> Budget<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self { limits, values: 0, parts: 0, looked_at: 0 }
    }

    fn values(&mut self, count: usize) -> Result<(), Reason> {
        self.values = self.values.saturating_add(count);
        if self.values > self.limits.values {
            return Err(ReasonCode::TooManyValues.with("there are more values than limits.values"));
        }
        Ok(())
    }

    fn part(&mut self) -> Result<(), Reason> {
        self.parts += 1;
        if self.parts > self.limits.entries {
            return Err(ReasonCode::TooManyEntries.with("a mail has more parts than limits.entries"));
        }
        self.values(1)
    }

    /// Before the library reads a field.
    fn field(&mut self, value: &[u8], most: usize) -> Result<(), Reason> {
        if value.len() > most {
            return Err(ReasonCode::TextTooLong.with(format!("a header field is longer than {most} bytes")));
        }
        let words = value.windows(2).filter(|pair| *pair == b"=?").count();
        self.looked_at = self.looked_at.saturating_add(words.saturating_mul(value.len()));
        if self.looked_at > LOOKED_AT_MAX {
            return Err(ReasonCode::TooManyValues.with("header fields hold too many encoded words"));
        }
        self.values(1)
    }

    fn text(&self, length: usize) -> Result<(), Reason> {
        if length > self.limits.text_bytes {
            return Err(ReasonCode::TextTooLong.with("a text is longer than limits.text_bytes"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
