//! Bounds of messages: the table `[limits]` of source.toml.

use serde::Deserialize;

/// Bounds of what one message may hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a message.
    pub bytes: usize,
    /// Bytes of its headers.
    pub header_bytes: usize,
    /// Nesting of values, at most 100.
    pub depth: usize,
    /// Entries in a message, and items in any of its lists.
    pub entries: usize,
    /// Values in a message, all counted.
    pub values: usize,
    /// Bytes of one text.
    pub text_bytes: usize,
    /// Steps of the mapping for one entry.
    pub mapping_steps: u64,
    /// Persons in a lead.
    pub persons: usize,
    /// Items in any other list of a lead.
    pub items: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            header_bytes: 64 << 10,
            depth: 64,
            entries: 10_000,
            values: 400_000,
            text_bytes: 1 << 20,
            mapping_steps: 1_000_000,
            persons: 1_000,
            items: 10_000,
        }
    }
}
