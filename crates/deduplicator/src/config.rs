//! config/matching.toml: the table of weights, and bounds of what a verdict reads and shows.

use std::ops::RangeInclusive;

use linkage::{Table, TableError};
use serde::Deserialize;

use crate::steward::Steward;

/// Why a matching configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The table cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The part `[verdicts]` is not of its shape.
    #[error("`[verdicts]` does not parse: {0}")]
    Syntax(String),
    /// A value of the steward's list that no lead can hold.
    #[error("`steward.{list}`, entry {at}: expected {expected}")]
    Steward {
        /// The list.
        list: &'static str,
        /// Which of it, from 1.
        at: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A number out of its range.
    #[error("`verdicts.{field}` is {given}, expected {least} to {most}")]
    Range {
        /// The field.
        field: &'static str,
        /// What stands there.
        given: i64,
        /// The least that makes sense.
        least: i64,
        /// The most that keeps a lead's cost bounded.
        most: i64,
    },
}

/// Bounds on what a verdict reads and shows: `[verdicts]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Newest live leads of a matter whose facts are compared.
    pub members: u32,
    /// Additions whose facts are read for one verdict.
    pub additions: u32,
    /// Other leads that a verdict names.
    pub links: u32,
    /// Comparisons that a verdict names.
    pub evidence: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { members: 64, additions: 1_000, links: 16, evidence: 128 }
    }
}

impl Bounds {
    fn fields(&self) -> [(&'static str, i64, RangeInclusive<i64>); 4] {
        [
            ("members", self.members.into(), 1..=1_000),
            ("additions", self.additions.into(), 0..=100_000),
            ("links", self.links.into(), 1..=1_000),
            ("evidence", self.evidence.into(), 1..=10_000),
        ]
    }
}

/// Of the file only what is read here; [`Table`] refuses what neither of the two knows.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    verdicts: Bounds,
    #[serde(default)]
    steward: Steward,
}

/// The matching configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Bounds.
    pub bounds: Bounds,
    /// Weights, caps and thresholds.
    pub table: Table,
    /// Values that say nothing of a lead.
    pub steward: Steward,
}

impl Config {
    /// Reads the text of config/matching.toml.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let table = Table::parse(text)?;
        let file: File = toml::from_str(text).map_err(|e| ConfigError::Syntax(e.to_string()))?;
        for (field, given, range) in file.verdicts.fields() {
            if !range.contains(&given) {
                let (least, most) = range.into_inner();
                return Err(ConfigError::Range { field, given, least, most });
            }
        }
        file.steward.check()?;
        Ok(Self { bounds: file.verdicts, table, steward: file.steward })
    }

    /// The hash of the text: what every verdict names.
    pub fn hash(&self) -> &str {
        self.table.hash()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const SHIPPED: &str = include_str!("../../../config/matching.toml");

    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        assert_eq!(Config::parse(SHIPPED).unwrap().bounds, Bounds::default());
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        for (from, to, said) in [
            ("members = 64", "members = 0", "`verdicts.members` is 0, expected 1 to 1000"),
            ("members = 64", "members = 100000", "`verdicts.members` is 100000, expected 1 to 1000"),
            ("members = 64", "member = 64", "unknown field `member`"),
            ("+18883737888", "1-888-373-7888", "`steward.phones`, entry 1: expected a number in E.164"),
            ("emails = []", "emails = [\"desk\"]", "`steward.emails`, entry 1: expected an e-mail address"),
            ("version = 1", "version = 2", "version"),
            ("[hot]", "[hotter]", "hot"),
        ] {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED, "{from} is in the file");
            let error = Config::parse(&text).unwrap_err().to_string();
            assert!(error.contains(said), "{to}: {error}");
        }
    }
}
