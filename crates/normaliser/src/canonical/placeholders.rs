//! Values that stand for none: those that config/sources/placeholders.toml lists, and those that a source adds.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Deserialize;

use crate::canonical::names::fold;

/// placeholders.toml.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PlaceholdersToml {
    names: Vec<String>,
    numbers: Vec<String>,
    emails: Vec<String>,
    birth_days: Vec<String>,
}

/// What stands for nothing at a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Placeholders {
    names: HashSet<String>,
    numbers: HashSet<String>,
    emails: HashSet<String>,
    birth_days: HashSet<(i8, i8)>,
}

impl Placeholders {
    /// The list of a site: the text of placeholders.toml.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let PlaceholdersToml { names, numbers, emails, birth_days } = toml::from_str(text)?;
        let days = birth_days.iter().map(|day| month_and_day(day)).collect::<Option<HashSet<_>>>();
        Ok(Self {
            names: names.iter().map(|name| fold(name)).collect(),
            numbers: numbers.iter().map(|number| plain(number)).collect(),
            emails: emails.iter().map(|email| fold(email)).collect(),
            birth_days: days.ok_or_else(|| {
                serde::de::Error::custom("`birth_days` holds one that is no month and day, such as \"01-01\"")
            })?,
        })
    }

    /// The list with more names.
    pub(crate) fn and_names(mut self, names: &[String]) -> Self {
        self.names.extend(names.iter().map(|name| fold(name)));
        self
    }

    /// Whether a text stands for no name: it is listed, holds no letter or digit, or is a part in the lead with a
    /// counter, such as "Victim Two".
    pub(crate) fn has_name(&self, text: &str) -> bool {
        let folded = fold(text);
        let says_nothing = !folded.chars().any(char::is_alphanumeric);
        says_nothing || self.names.contains(&folded) || is_counted_part(&folded)
    }

    /// Whether a text stands for no number: it is listed, is a name that stands for none, or one character over and
    /// over.
    pub(crate) fn has_number(&self, text: &str) -> bool {
        let plain = plain(text);
        self.numbers.contains(&plain) || is_filler(&plain) || self.has_name(text)
    }

    /// Whether an address, or all of its domain, stands for none.
    pub(crate) fn has_email(&self, address: &str) -> bool {
        let folded = fold(address);
        let at = folded.rfind('@').and_then(|at| folded.get(at..)).unwrap_or_default();
        self.emails.contains(at) || self.emails.contains(&folded)
    }

    /// Whether a day of birth is one that systems write for a year alone.
    pub(crate) fn has_birth_day(&self, day: Date) -> bool {
        self.birth_days.contains(&(day.month(), day.day()))
    }
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    // 2000 was a leap year.
    let day: Date = format!("2000-{text}").parse().ok()?;
    Some((day.month(), day.day()))
}

fn plain(number: &str) -> String {
    fold(number).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// One character over and over, such as 000000 or XXXX.
fn is_filler(number: &str) -> bool {
    let mut chars = number.chars();
    chars.next().is_none_or(|first| chars.all(|c| c == first))
}

fn is_counted_part(folded: &str) -> bool {
    const PARTS: [&str; 14] = [
        "victim",
        "suspect",
        "subject",
        "user",
        "person",
        "child",
        "minor",
        "witness",
        "reporter",
        "caller",
        "victima",
        "sospechoso",
        "persona",
        "menor",
    ];
    const COUNTERS: [&str; 16] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "uno", "dos", "tres",
        "cuatro", "cinco", "seis",
    ];
    let Some((part, counter)) = folded.rsplit_once([' ', '#', '_', '-']) else { return false };
    let counted = counter.bytes().all(|b| b.is_ascii_digit())
        || (counter.len() == 1 && counter.bytes().all(|b| b.is_ascii_lowercase()))
        || COUNTERS.contains(&counter);
    counted && PARTS.contains(&part.trim_end_matches([' ', '#', '_', '-']))
}

#[cfg(test)]
pub(super) mod tests;
