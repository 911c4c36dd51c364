//! Countries as ISO 3166-1 alpha-2. A name that is no country stays text.

use std::collections::HashMap;
use std::sync::LazyLock;

use lead::value::{Country, CountryValue};

use crate::canonical::names::fold;
use crate::warning::WarningCode;

/// Names in use that ISO's English short names do not hold, and Kosovo, which has no ISO code.
const FURTHER: &[(&str, &str)] = &[
    ("usa", "US"),
    ("u.s.", "US"),
    ("u.s.a.", "US"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("estados unidos", "US"),
    ("estados unidos de america", "US"),
    ("ee. uu.", "US"),
    ("eeuu", "US"),
    ("uk", "GB"),
    ("united kingdom", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northern ireland", "GB"),
    ("reino unido", "GB"),
    ("xk", "XK"),
    ("xkx", "XK"),
    ("kosovo", "XK"),
    ("bolivia", "BO"),
    ("brasil", "BR"),
    ("brunei", "BN"),
    ("cape verde", "CV"),
    ("congo kinshasa", "CD"),
    ("dr congo", "CD"),
    ("democratic republic of the congo", "CD"),
    ("republic of the congo", "CG"),
    ("czech republic", "CZ"),
    ("east timor", "TL"),
    ("espana", "ES"),
    ("haiti", "HT"),
    ("iran", "IR"),
    ("ivory coast", "CI"),
    ("laos", "LA"),
    ("macedonia", "MK"),
    ("mexico", "MX"),
    ("moldova", "MD"),
    ("netherlands", "NL"),
    ("the netherlands", "NL"),
    ("holland", "NL"),
    ("north korea", "KP"),
    ("south korea", "KR"),
    ("republic of korea", "KR"),
    ("palestine", "PS"),
    ("paises bajos", "NL"),
    ("peru", "PE"),
    ("republica dominicana", "DO"),
    ("russia", "RU"),
    ("swaziland", "SZ"),
    ("syria", "SY"),
    ("taiwan", "TW"),
    ("tanzania", "TZ"),
    ("turkey", "TR"),
    ("turkiye", "TR"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
];

static NAMES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let iso = rust_iso3166::ALL.iter().flat_map(|country| {
        [country.name, country.alpha2, country.alpha3].map(|name| (fold(name), country.alpha2))
    });
    let further = FURTHER.iter().map(|(name, code)| ((*name).to_owned(), *code));
    iso.chain(further).filter_map(|(name, code)| Some((name, Country::parse(code)?))).collect()
});

/// The country of a code or an English or Spanish name.
pub(super) fn lookup(text: &str) -> Option<Country> {
    NAMES.get(&fold(text)).copied()
}

/// Whether a code is assigned, or is Kosovo's.
pub(super) fn is_assigned(code: &Country) -> bool {
    code.as_str() == "XK" || rust_iso3166::from_alpha2(code.as_str()).is_some()
}

pub(super) fn canonicalise(value: &mut CountryValue) -> Option<WarningCode> {
    if value.text.trim().is_empty() {
        value.text = value.code.map(|code| code.to_string()).unwrap_or_default();
    }
    let stated = value.code.filter(is_assigned);
    value.code = lookup(&value.text).or(stated);
    (value.code.is_none() && !value.text.is_empty()).then_some(WarningCode::CountryUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_and_names() {
        for (text, code) in [
            ("US", Some("US")),
            ("us", Some("US")),
            ("USA", Some("US")),
            ("U.S.", Some("US")),
            ("United States of America", Some("US")),
            ("México", Some("MX")),
            ("MEX", Some("MX")),
            ("Kosovo", Some("XK")),
            ("XK", Some("XK")),
            ("Viet Nam", Some("VN")),
            ("Côte d'Ivoire", Some("CI")),
            ("Russian Federation", Some("RU")),
            (" Guatemala ", Some("GT")),
            ("UK", Some("GB")),
            ("Korea", None),
            ("ZZ", None),
            ("Atlantis", None),
            ("", None),
        ] {
            assert_eq!(lookup(text), code.and_then(Country::parse), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_no_country_stays_text() {
        let mut value = CountryValue { code: None, text: "Atlantis".into() };
        assert_eq!(canonicalise(&mut value), Some(WarningCode::CountryUnknown));
        assert_eq!((value.code, value.text.as_str()), (None, "Atlantis"));
        let mut value = CountryValue { code: Country::parse("ZZ"), text: String::new() };
        assert_eq!(canonicalise(&mut value), Some(WarningCode::CountryUnknown));
        assert_eq!((value.code, value.text.as_str()), (None, "ZZ"));
        let mut value = CountryValue { code: Country::parse("MX"), text: "la frontera".into() };
        assert_eq!(canonicalise(&mut value), None);
        assert_eq!(value.code, Country::parse("MX"));
    }
}
