//! What a reader of the lead should know: a code from a closed list and the path of the field.

use std::collections::BTreeSet;
use std::fmt;

macro_rules! warnings {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)*) => {
        /// A doubt about a value of a lead.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum WarningCode {
            $($(#[doc = $doc])+ $variant,)*
        }

        /// Every warning code with what it means.
        pub const WARNINGS: &[(&str, &str)] = &[$(($code, concat!($($doc),+)),)*];

        impl WarningCode {
            /// Its code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

warnings! {
    /// A date and time without zone: no instant is known.
    NoTimeZone = "no_time_zone",
    /// The zone named with a time is unknown.
    UnknownTimeZone = "unknown_time_zone",
    /// A local time that its zone skips or has twice.
    AmbiguousTime = "ambiguous_time",
    /// A date that does not exist.
    DateNotValid = "date_not_valid",
    /// A text that is no date in any form of the source.
    DateNotUnderstood = "date_not_understood",
    /// A phone number whose country is not known.
    PhoneCountryUnknown = "phone_country_unknown",
    /// A phone number that cannot exist.
    PhoneNotValid = "phone_not_valid",
    /// A calling code that does not exist.
    CallingCodeUnknown = "calling_code_unknown",
    /// The country given with a number is not that in the number; the number counts.
    PhoneCountryDiffers = "phone_country_differs",
    /// A text that is no e-mail address.
    EmailNotValid = "email_not_valid",
    /// A text that is no IP address.
    IpNotValid = "ip_not_valid",
    /// A purpose that no partner can have: the lead goes to nobody for it.
    PurposeUnknown = "purpose_unknown",
    /// A text that names no country.
    CountryUnknown = "country_unknown",
    /// A hash that does not fit its algorithm: no match key.
    HashDoesNotFit = "hash_does_not_fit",
    /// An algorithm of which no form is known: no match key.
    HashAlgorithmUnknown = "hash_algorithm_unknown",
    /// Two persons were given one reference; values that used it may be anybody's.
    PersonRefRepeated = "person_ref_repeated",
    /// A reference to a person who is not in the lead; the value may be anybody's.
    PersonRefUnknown = "person_ref_unknown",
    /// An age that nobody has.
    AgeNotPossible = "age_not_possible",
    /// Age and birth date disagree.
    AgeContradictsBirthDate = "age_contradicts_birth_date",
    /// The source's statement on minority disagrees with the age; a minor it is.
    MinorContradictsAge = "minor_contradicts_age",
    /// Flags that contradict each other; the more protective one counts.
    ContradictingFlags = "contradicting_flags",
    /// A platform does not say whether it viewed a file: treated as not viewed.
    ViewedNotStated = "viewed_not_stated",
    /// A secret such as a password was left out.
    SecretWithheld = "secret_withheld",
    /// A reference that nothing in the message answers to.
    ReferenceUnresolved = "reference_unresolved",
    /// An identifier that the message gives to several things; what is said of each is said of one.
    ReferenceAmbiguous = "reference_ambiguous",
    /// Two statements of the source that cannot both hold; both are kept.
    StatementsContradict = "statements_contradict",
    /// A code or value outside the list of its standard; kept as it stands.
    ValueNotInList = "value_not_in_list",
    /// Values that the source withdrew or that others merely proposed: counted, and no facts.
    NotAsserted = "not_asserted",
    /// A document that bends its standard where nothing is lost by it, such as white space before the declaration.
    FormBent = "form_bent",
    /// A date that is no more likely than a slip, such as a birth more than 120 years ago or on the day of the report.
    DateUnlikely = "date_unlikely",
    /// A postal code that no place of its country has; kept as it stands.
    PostalCodeNotValid = "postal_code_not_valid",
    /// An amount that is no decimal number.
    AmountNotDecimal = "amount_not_decimal",
    /// A number of incidents below one.
    OccurrencesNotPositive = "occurrences_not_positive",
    /// The report number in the submission is not that where source.toml says it stands; the latter counts.
    ReportNumberDiffers = "report_number_differs",
    /// The source numbers its reports, and this one has no number: its content is its identity.
    ReportNumberMissing = "report_number_missing",
}

/// The warnings of a lead: a set, sorted, so that the same lead always has the same.
#[derive(Debug, Default)]
pub(crate) struct Warnings(BTreeSet<String>);

impl Warnings {
    /// Those that a submission brings along. Others than ours are dropped: nobody knows what they hold.
    pub(crate) fn of_submission(stated: Vec<String>) -> Self {
        Self(stated.into_iter().filter(|warning| is_ours(warning)).collect())
    }

    pub(crate) fn add(&mut self, code: WarningCode, path: impl fmt::Display) {
        // Whoever knew the forms of the source has said already that there is no such date.
        if code == WarningCode::DateNotUnderstood
            && self.0.contains(&format!("{}:{path}", WarningCode::DateNotValid.code()))
        {
            return;
        }
        self.0.insert(format!("{}:{path}", code.code()));
    }

    pub(crate) fn into_list(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

/// A code of ours and a path of field names and indices.
fn is_ours(warning: &str) -> bool {
    let Some((code, path)) = warning.split_once(':') else { return false };
    let in_path =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '[' | ']');
    path.len() <= 100 && path.chars().all(in_path) && WARNINGS.iter().any(|(known, _)| *known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_codes_and_paths() {
        let stated = [
            "no_time_zone:source.incident_at",
            "phone_not_valid:persons[0].phones[1]",
            "jane doe",
            "no_time_zone:Jane Doe",
            "made_up:persons[0]",
        ];
        let mut warnings = Warnings::of_submission(stated.map(str::to_owned).to_vec());
        warnings.add(WarningCode::IpNotValid, format_args!("network_events[{}].ip", 2));
        warnings.add(WarningCode::IpNotValid, "network_events[2].ip");
        assert_eq!(
            warnings.into_list(),
            [
                "ip_not_valid:network_events[2].ip",
                "no_time_zone:source.incident_at",
                "phone_not_valid:persons[0].phones[1]"
            ]
        );
    }
}
