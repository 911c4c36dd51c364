//! config/matching.toml: weights and bounds, known by their hash.

use std::ops::RangeInclusive;

use lead::matter::KeyKind;
use serde::Deserialize;

use crate::score::Millibits;

/// Why a matching configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML of this shape.
    #[error("the matching configuration does not parse: {0}")]
    Syntax(String),
    /// Written for another program.
    #[error("`version` is {0}; this program reads version {VERSION}")]
    Version(u32),
    /// A number out of its range.
    #[error("`{field}` is {given}, expected {least} to {most}")]
    Range {
        /// Table and field.
        field: &'static str,
        /// What stands there.
        given: i64,
        /// The least that makes sense.
        least: i64,
        /// The most that keeps a lead's cost bounded.
        most: i64,
    },
}

const VERSION: u32 = 1;

/// Weight of one shared value by kind, in millibits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// A reference number.
    pub external_id: i32,
    /// A document of a person.
    pub document: i32,
    /// A phone.
    pub phone: i32,
    /// An e-mail address.
    pub email: i32,
    /// An account on a service.
    pub account: i32,
    /// A hash of a file.
    pub file_hash: i32,
    /// A device.
    pub device: i32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            external_id: 20_000,
            document: 18_000,
            phone: 16_000,
            email: 16_000,
            account: 16_000,
            file_hash: 14_000,
            device: 14_000,
        }
    }
}

impl Weights {
    /// The weight of a kind; 0 for a kind that is no match key.
    pub fn of(&self, kind: KeyKind) -> Millibits {
        Millibits(match kind {
            KeyKind::ExternalId => self.external_id,
            KeyKind::Document => self.document,
            KeyKind::Phone => self.phone,
            KeyKind::Email => self.email,
            KeyKind::Account => self.account,
            KeyKind::FileHash => self.file_hash,
            KeyKind::Device => self.device,
            KeyKind::Unknown
            | KeyKind::FinancialAccount
            | KeyKind::Vehicle
            | KeyKind::Name
            | KeyKind::BirthDate
            | KeyKind::Place
            | KeyKind::Narrative => 0,
        })
    }

    fn fields(&self) -> [(&'static str, i64); 7] {
        [
            ("weights.external_id", self.external_id.into()),
            ("weights.document", self.document.into()),
            ("weights.phone", self.phone.into()),
            ("weights.email", self.email.into()),
            ("weights.account", self.account.into()),
            ("weights.file_hash", self.file_hash.into()),
            ("weights.device", self.device.into()),
        ]
    }
}

/// Bounds on what one lead may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// A value that so many live leads held at once is hot for good.
    pub postings: u32,
    /// Candidates that are scored.
    pub candidates: u32,
    /// Newest live leads of a matter whose facts are compared.
    pub members: u32,
    /// Match keys of one lead, its additions included.
    pub keys: u32,
    /// Additions whose facts are read for one verdict.
    pub additions: u32,
    /// Other leads that a verdict names.
    pub links: u32,
    /// Shared values that a verdict names.
    pub evidence: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            postings: 50,
            candidates: 200,
            members: 64,
            keys: 1_000,
            additions: 1_000,
            links: 16,
            evidence: 64,
        }
    }
}

impl Caps {
    fn fields(&self) -> [(&'static str, i64, RangeInclusive<i64>); 7] {
        [
            ("caps.postings", self.postings.into(), 1..=1_000),
            ("caps.candidates", self.candidates.into(), 1..=10_000),
            ("caps.members", self.members.into(), 1..=1_000),
            ("caps.keys", self.keys.into(), 1..=10_000),
            ("caps.additions", self.additions.into(), 0..=100_000),
            ("caps.links", self.links.into(), 1..=1_000),
            ("caps.evidence", self.evidence.into(), 1..=10_000),
        ]
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    weights: Weights,
    #[serde(default)]
    caps: Caps,
}

/// The matching configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Weights.
    pub weights: Weights,
    /// Bounds.
    pub caps: Caps,
    hash: String,
}

impl Config {
    /// Reads the text of config/matching.toml. What it leaves out has the default value.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|e| ConfigError::Syntax(e.to_string()))?;
        if file.version != VERSION {
            return Err(ConfigError::Version(file.version));
        }
        let weights = file.weights.fields().map(|(field, given)| (field, given, 1..=64_000));
        for (field, given, range) in weights.into_iter().chain(file.caps.fields()) {
            if !range.contains(&given) {
                let (least, most) = range.into_inner();
                return Err(ConfigError::Range { field, given, least, most });
            }
        }
        let hash = lead::ident::content_hash(text.as_bytes()).to_string();
        Ok(Self { weights: file.weights, caps: file.caps, hash })
    }

    /// SHA-256 of the text, hexadecimal: what every verdict names.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        let shipped = Config::parse(include_str!("../../../config/matching.toml")).unwrap();
        assert_eq!(shipped.weights, Weights::default());
        assert_eq!(shipped.caps, Caps::default());
    }

    #[test]
    fn what_is_left_out_has_its_default_and_every_text_has_its_own_hash() {
        let short = Config::parse("version = 1\n").unwrap();
        assert_eq!((short.weights, short.caps), (Weights::default(), Caps::default()));
        assert_eq!(short.hash().len(), 64);
        assert_ne!(short.hash(), Config::parse("version = 1\n[caps]\npostings = 9\n").unwrap().hash());
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        for (text, said) in [
            ("", "missing field `version`"),
            ("version = 2", "this program reads version 1"),
            ("version = 1\nweight = 1", "unknown field"),
            ("version = 1\n[weights]\nname = 1", "unknown field"),
            ("version = 1\n[weights]\nphone = 1.5", "invalid type"),
            ("version = 1\n[weights]\nphone = 0", "`weights.phone` is 0, expected 1 to 64000"),
            ("version = 1\n[caps]\npostings = 0", "`caps.postings` is 0, expected 1 to 1000"),
            ("version = 1\n[caps]\nmembers = 100000", "`caps.members` is 100000, expected 1 to 1000"),
        ] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
