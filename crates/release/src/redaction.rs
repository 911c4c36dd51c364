//! What is done with a value that a copy may not show: the policy officer's table, redaction.toml.
//!
//! Policies decide first. What this table names is dropped all the same, unless a policy grants the
//! form of it: `outline_<class>` for a coarser form, `link_<class>` for a token.

use serde::Deserialize;

use crate::policy::PolicyError;

/// Majority: a band lies on one side of it.
const MAJORITY: i32 = 18;

/// What is done with a value that has a coarser form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Coarse {
    #[default]
    Drop,
    Generalise,
}

/// What is done with an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Named {
    #[default]
    Drop,
    Token,
}

/// The table. Without one, everything is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Redaction {
    /// To an age band.
    pub(crate) birth_date: Coarse,
    /// To state, province or region and country.
    pub(crate) place: Coarse,
    /// To the day.
    pub(crate) time: Coarse,
    pub(crate) phone: Named,
    pub(crate) email: Named,
    pub(crate) account: Named,
    pub(crate) document: Named,
    pub(crate) bank_account: Named,
    pub(crate) device: Named,
    pub(crate) plate: Named,
    /// The first year of each band but the youngest.
    age_bands: Vec<i32>,
}

impl Redaction {
    /// Reads the table.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let table: Self =
            toml::from_str(text).map_err(|e| PolicyError::Redaction(e.to_string().trim_end().to_owned()))?;
        // A band of one year is an age.
        let wide = std::iter::once(&0).chain(&table.age_bands).zip(&table.age_bands);
        let sound = table.age_bands.contains(&MAJORITY)
            && wide.into_iter().all(|(from, next)| from.checked_add(2).is_some_and(|least| least <= *next));
        let unused = table.age_bands.is_empty() && table.birth_date == Coarse::Drop;
        if !sound && !unused {
            return Err(PolicyError::Redaction(format!(
                "`age_bands` must rise by 2 years or more, from 2 on, and one must begin at {MAJORITY}"
            )));
        }
        Ok(table)
    }

    /// The band that holds every age from `low` to `high`; `None` when that takes more than one.
    pub(crate) fn age_band(&self, low: i32, high: i32) -> Option<String> {
        if low < 0 || high < low {
            return None;
        }
        let from = self.age_bands.iter().rev().find(|from| **from <= low).copied().unwrap_or(0);
        match self.age_bands.iter().find(|next| **next > low) {
            Some(next) => (high < *next).then(|| format!("{from}-{}", next - 1)),
            None => Some(format!("{from}+")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const BANDS: &str = "birth_date = \"generalise\"\nage_bands = [12, 16, 18, 25, 65]\n";

    #[test]
    fn an_age_has_a_band_and_a_range_has_one_only_if_it_fits() {
        let table = Redaction::parse(BANDS).unwrap();
        let band = |low, high| table.age_band(low, high);
        assert_eq!(band(0, 0).as_deref(), Some("0-11"));
        assert_eq!(band(11, 11).as_deref(), Some("0-11"));
        assert_eq!(band(12, 15).as_deref(), Some("12-15"));
        assert_eq!(band(16, 17).as_deref(), Some("16-17"));
        assert_eq!(band(18, 24).as_deref(), Some("18-24"));
        assert_eq!(band(65, 130).as_deref(), Some("65+"));
        assert_eq!((band(15, 16), band(17, 18), band(-1, 3), band(5, 4)), (None, None, None, None));
    }

    #[test]
    fn what_is_not_named_is_dropped() {
        assert_eq!(Redaction::parse("").unwrap(), Redaction::default());
        assert_eq!(Redaction::default().phone, Named::Drop);
    }

    #[test]
    fn a_table_that_would_tell_more_than_a_form_is_refused() {
        for text in [
            "birth_date = \"generalise\"",
            "age_bands = [12, 16]",
            "age_bands = [1, 18]",
            "age_bands = [17, 18]",
            "age_bands = [18, 16]",
            "birth_date = \"token\"",
            "phone = \"generalise\"",
            "phone = \"keep\"",
            "names = \"token\"",
        ] {
            assert!(Redaction::parse(text).is_err(), "{text}");
        }
    }
}
