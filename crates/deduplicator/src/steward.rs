//! Values that are many people's by what they are: hotlines, switchboards, the desk of a shelter. `[steward]` of
//! config/matching.toml lists them, so that nobody has to wait until so many leads hold one that it is hot.

use serde::Deserialize;

use crate::config::ConfigError;

/// Digits of a number in E.164.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The list. What stands in it says nothing of a lead: it finds no other, and agrees with none. It holds for leads that
/// arrive from then on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Steward {
    phones: Vec<String>,
    emails: Vec<String>,
}

impl Steward {
    /// Refuses what no lead can hold in that form.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let is_number = |phone: &str| {
            phone.strip_prefix('+').is_some_and(|digits| {
                E164_DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            })
        };
        if let Some(at) = self.phones.iter().position(|phone| !is_number(phone)) {
            return Err(ConfigError::Steward { list: "phones", at: at + 1, expected: "a number in E.164" });
        }
        match self
            .emails
            .iter()
            .position(|email| email.split('@').filter(|part| !part.is_empty()).count() != 2)
        {
            Some(at) => {
                Err(ConfigError::Steward { list: "emails", at: at + 1, expected: "an e-mail address" })
            }
            None => Ok(()),
        }
    }

    /// Whether digits are those of a listed number, or its end: a source may leave out the country.
    pub(crate) fn has_phone(&self, digits: &str, whole: bool) -> bool {
        self.phones
            .iter()
            .filter_map(|phone| phone.strip_prefix('+'))
            .any(|listed| if whole { listed == digits } else { listed.ends_with(digits) })
    }

    /// Whether an address is listed.
    pub(crate) fn has_email(&self, address: &str) -> bool {
        self.emails.iter().any(|listed| listed.eq_ignore_ascii_case(address))
    }
}
