//! How often what happens: read from `rates.toml`, so that it can be changed without the code.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Shares in parts of a thousand unless said otherwise. What each is stands in `rates.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct Rates {
    pub matters_in_a_season: u64,
    pub matter: MatterRates,
    pub again: AgainRates,
    pub report: ReportRates,
    pub message: MessageRates,
    pub telling: TellingRates,
    pub mistakes: BTreeMap<String, u32>,
    pub arrival: ArrivalRates,
}

/// What matters are like.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct MatterRates {
    pub leads_power: u32,
    pub most_leads: u64,
    pub hot_venue: u32,
    pub household: u32,
    pub namesake: u32,
    pub template_text: u32,
    pub recycled_phone: u32,
    pub victim: u32,
    pub second_subject: u32,
}

/// What the later leads of a matter are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct AgainRates {
    pub exact_copy: u32,
    pub same_number: u32,
    pub second_agency: u32,
    pub filed_twice: u32,
    pub update: u32,
    pub correction: u32,
}

/// What happens to reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct ReportRates {
    pub cancel: u32,
    pub amendment_after_cancel: u32,
    pub early_cancel: u32,
    pub late: u32,
    pub amendment: u32,
    pub exercise: u32,
    pub hotline_number: u32,
    pub hot_venue_number: u32,
}

/// Messages that are no leads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct MessageRates {
    pub malformed: u32,
    pub not_a_lead: u32,
}

/// What a telling loses or changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct TellingRates {
    pub transliterated: u32,
    pub swapped_names: u32,
    pub alias_only: u32,
    pub partial_phone: u32,
    pub no_birth_date: u32,
    pub age_only: u32,
    pub day_month_swapped: u32,
    pub first_of_january: u32,
    pub dropped_fact: u32,
    pub careless: u32,
}

/// When reports arrive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file that it is read from documents each")]
pub struct ArrivalRates {
    pub delay_hours: u32,
    pub delay_spread: u32,
    pub replaying_agencies: u32,
}

/// The rates that the crate brings.
pub const DEFAULT_RATES: &str = include_str!("../rates.toml");

impl Rates {
    /// Reads rates from the text of a file such as [`DEFAULT_RATES`].
    ///
    /// # Errors
    /// What TOML or the fields are wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
