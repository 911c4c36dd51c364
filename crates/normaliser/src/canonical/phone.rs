//! Phone numbers: E.164 only where the country is in the number, or is given with it by the source.

use lead::value::{Country, E164, Phone};
use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, Region};

use crate::canonical::country;
use crate::warning::WarningCode;

/// Ends the country of a number that nobody gave and a form assumes, such as `US assumed`: the number is read as one
/// of it, and no country of the lead follows.
const ASSUMED: &str = " assumed";

/// Fills the E.164 form; returns the country of a number that has one.
pub(super) fn canonicalise(phone: &mut Phone) -> (Option<Country>, Option<WarningCode>) {
    if phone.text.is_empty() {
        phone.text = phone.e164.as_ref().map(|n| n.expose().into()).unwrap_or_default();
    }
    let text = phone.text.expose().trim();
    if text.is_empty() {
        return (None, None);
    }
    let assumed = phone.country.as_deref().and_then(|country| country.strip_suffix(ASSUMED));
    let read = match assumed {
        Some(assumed) => {
            read(text, Some(assumed)).or_else(|warning| north_american(text, assumed).ok_or(warning))
        }
        None => read(text, phone.country.as_deref()),
    };
    let submitted = || phone.e164.as_ref().and_then(|n| read_international(n.expose()).ok());
    let (number, warning) = match read {
        Ok((number, warning)) => (number, warning),
        Err(warning) => match submitted() {
            Some(number) => (number, None),
            None => {
                phone.e164 = None;
                return (None, Some(warning));
            }
        },
    };
    phone.e164 = E164::parse(&number.format_as(PhoneNumberFormat::E164));
    if phone.extension.is_none() {
        phone.extension = number.extension.as_deref().filter(|e| !e.is_empty()).map(Into::into);
    }
    let country = number.get_region_code().and_then(|region| Country::parse(region.as_region_str().as_str()));
    (country.filter(|_| assumed.is_none()), warning)
}

fn read(text: &str, given: Option<&str>) -> Result<(PhoneNumber, Option<WarningCode>), WarningCode> {
    let given = given.map(str::trim).filter(|g| !g.is_empty()).map(region_of);
    let international = text.trim_start_matches("tel:").starts_with(['+', '\u{ff0b}']);
    match (international, given) {
        (true, given) => {
            let number = read_international(text)?;
            let differs = given.and_then(|given| given.ok()).is_some_and(|region| {
                PHONE_NUMBER_UTIL.get_country_code_for_region(region) != Some(number.country_code)
            });
            Ok((number, differs.then_some(WarningCode::PhoneCountryDiffers)))
        }
        (false, Some(region)) => {
            let region = region?;
            let number = PHONE_NUMBER_UTIL.parse(text, Some(region)).map_err(|error| warning_of(&error))?;
            Ok((valid(with_its_calling_code(number)?)?, None))
        }
        (false, None) => Err(WarningCode::PhoneCountryUnknown),
    }
}

/// So many digits are no number of a country without its calling code.
const NO_NATIONAL_NUMBER: usize = 12;

/// A national number of so many digits that begins with its own calling code was written with it, and without the
/// plus: `49 30 1234567890` is no number of Germany with area 49.
fn with_its_calling_code(number: PhoneNumber) -> Result<PhoneNumber, WarningCode> {
    let national = number.get_national_significant_number();
    if national.len() < NO_NATIONAL_NUMBER || !national.starts_with(&number.country_code.to_string()) {
        return Ok(number);
    }
    let mut read = read_international(&format!("+{national}"))?;
    read.extension = number.extension;
    Ok(read)
}

fn read_international(text: &str) -> Result<PhoneNumber, WarningCode> {
    let number = PHONE_NUMBER_UTIL.parse(text, None).map_err(|error| warning_of(&error))?;
    // Mexico dropped the 1 after +52 in 2019; many still write it.
    let national = number.get_national_significant_number();
    if number.country_code == 52
        && national.len() == 11
        && let Some(rest) = national.strip_prefix('1')
        && let Ok(mut shorter) = PHONE_NUMBER_UTIL.parse(format!("+52{rest}"), None)
    {
        shorter.extension = number.extension;
        return valid(shorter);
    }
    valid(number)
}

/// Invalid numbers parse all the same.
fn valid(number: PhoneNumber) -> Result<PhoneNumber, WarningCode> {
    if number.is_valid() { Ok(number) } else { Err(WarningCode::PhoneNotValid) }
}

/// A number of the North American plan that can exist by the plan's own rule: neither area nor exchange begins with
/// 0 or 1. Where the country is only assumed, a table of the ranges in use there would reject its neighbours' numbers.
fn north_american(text: &str, assumed: &str) -> Option<(PhoneNumber, Option<WarningCode>)> {
    let number = PHONE_NUMBER_UTIL.parse(text, Some(region_of(assumed).ok()?)).ok()?;
    let national = number.get_national_significant_number();
    let begins = |at: usize| national.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    (number.country_code == 1 && national.len() == 10 && begins(0) && begins(3)).then_some((number, None))
}

fn warning_of(error: &ParseError) -> WarningCode {
    match error {
        ParseError::InvalidCountryCode => WarningCode::CallingCodeUnknown,
        _ => WarningCode::PhoneNotValid,
    }
}

/// The region of a country or a calling code given with a number.
fn region_of(given: &str) -> Result<Region, WarningCode> {
    let digits = given.trim_start_matches(['+', '0']);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let code = digits.parse().map_err(|_| WarningCode::CallingCodeUnknown)?;
        return PHONE_NUMBER_UTIL.get_region_for_country_code(code).ok_or(WarningCode::CallingCodeUnknown);
    }
    let country = country::lookup(given).ok_or(WarningCode::PhoneCountryUnknown)?;
    Region::from_code(country.as_str()).map_err(|_| WarningCode::PhoneCountryUnknown)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>);

    #[test]
    fn reads_numbers_whose_country_is_known() {
        let rows: &[Row<'_>] = &[
            ("+1 (202) 555-0123", None, Some("+12025550123"), Some("US"), None),
            ("202-555-0123", Some("US"), Some("+12025550123"), Some("US"), None),
            ("202-555-0123", Some("+1"), Some("+12025550123"), Some("US"), None),
            ("202-555-0123", Some("US assumed"), Some("+12025550123"), None, None),
            (
                "+44 20 7946 0123",
                Some("US assumed"),
                Some("+442079460123"),
                None,
                Some("phone_country_differs"),
            ),
            ("721 789 4455", Some("US assumed"), Some("+17217894455"), None, None),
            ("658 978 4589", Some("US assumed"), Some("+16589784589"), None, None),
            ("202 155 0123", Some("US assumed"), None, None, Some("phone_not_valid")),
            ("721 789 4455", Some("US"), None, None, Some("phone_not_valid")),
            ("202-555-0123", Some("assumed"), None, None, Some("phone_country_unknown")),
            ("202-555-0123", Some("1"), Some("+12025550123"), Some("US"), None),
            ("202-555-0123", Some("United States"), Some("+12025550123"), Some("US"), None),
            ("1 202 555 0123", Some("US"), Some("+12025550123"), Some("US"), None),
            ("+1 613 555 0123", None, Some("+16135550123"), Some("CA"), None),
            ("+44 (0)20 7946 0123", None, Some("+442079460123"), Some("GB"), None),
            ("020 7946 0123", Some("GB"), Some("+442079460123"), Some("GB"), None),
            ("＋44 ２０ ７９４６ ０１２３", None, Some("+442079460123"), Some("GB"), None),
            ("tel:+44-20-7946-0123", None, Some("+442079460123"), Some("GB"), None),
            ("+52 1 200 123 4567", None, Some("+522001234567"), Some("MX"), None),
            ("+52 200 123 4567", None, Some("+522001234567"), Some("MX"), None),
            ("200 123 4567", Some("México"), Some("+522001234567"), Some("MX"), None),
            (
                "+44 20 7946 0123",
                Some("US"),
                Some("+442079460123"),
                Some("GB"),
                Some("phone_country_differs"),
            ),
            ("442079460123", Some("GB"), Some("+442079460123"), Some("GB"), None),
            ("44 20 7946 0123", Some("GB"), Some("+442079460123"), Some("GB"), None),
            ("49 30 123456", Some("DE"), Some("+4930123456"), Some("DE"), None),
            // Twelve digits with the code in front are no number of Germany with that area.
            ("491234567890", Some("Germany"), None, None, Some("phone_not_valid")),
            // An Indian mobile that begins with the calling code of India.
            ("9123456789", Some("IN"), Some("+919123456789"), Some("IN"), None),
            ("202-555-0123", None, None, None, Some("phone_country_unknown")),
            ("0044 20 7946 0123", None, None, None, Some("phone_country_unknown")),
            ("555-0123", Some("US"), None, None, Some("phone_not_valid")),
            ("+1-555-0100", None, None, None, Some("phone_not_valid")),
            ("+1 102 555 0123", None, None, None, Some("phone_not_valid")),
            ("+1 202 155 0123", None, None, None, Some("phone_not_valid")),
            ("+99 123 456 7890", None, None, None, Some("calling_code_unknown")),
            ("123-456-7890", Some("+99"), None, None, Some("calling_code_unknown")),
            ("202-555-0123", Some("Atlantis"), None, None, Some("phone_country_unknown")),
            ("ask at the desk", Some("US"), None, None, Some("phone_not_valid")),
        ];
        for (text, given, e164, country, warning) in rows {
            let mut phone =
                Phone { text: (*text).into(), country: given.map(Into::into), ..Phone::default() };
            let (region, warned) = canonicalise(&mut phone);
            assert_eq!(phone.e164, e164.and_then(E164::parse), "{text}");
            assert_eq!(region, country.and_then(Country::parse), "{text}");
            assert_eq!(warned.map(WarningCode::code), *warning, "{text}");
            assert_eq!(phone.text.expose(), *text);
        }
    }

    #[test]
    fn keeps_extensions_apart() {
        for (text, given) in [
            ("+1 202 555 0123 ext. 45", None),
            ("+1 202 555 0123 x45", None),
            ("+12025550123;ext=45", None),
            ("1 202 555 0123 x45", Some("US")),
            ("202-555-0123 ext 45", Some("US")),
        ] {
            let mut phone = Phone { text: text.into(), country: given.map(Into::into), ..Phone::default() };
            canonicalise(&mut phone);
            assert_eq!(phone.extension, Some("45".into()), "{text}");
            assert_eq!(phone.e164, E164::parse("+12025550123"), "{text}");
        }
    }

    #[test]
    fn a_submitted_number_stays_if_it_can_exist() {
        let phone =
            |e164: &str| Phone { text: "the blue phone".into(), e164: E164::parse(e164), ..Phone::default() };
        let mut good = phone("+12025550123");
        assert_eq!(canonicalise(&mut good).1, None);
        assert!(good.e164.is_some());
        let mut bad = phone("+11025550123");
        assert_eq!(canonicalise(&mut bad).1, Some(WarningCode::PhoneCountryUnknown));
        assert!(bad.e164.is_none());
    }
}
