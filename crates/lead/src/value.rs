//! Values whose canonical form is a type of its own. Each keeps the text it was made from.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::schema::{AvroType, Defined, plain};
use crate::walk::Atom;

/// A person's data. `Debug` and `Display` never show it; [`Personal::expose`] is the only way in,
/// so that a search for it finds every use.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Never log, never put into a key, a header, a metric or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl fmt::Display for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl AvroType for Personal {
    fn schema(defined: &mut Defined) -> Json {
        String::schema(defined)
    }
    fn default_json() -> Option<Json> {
        String::default_json()
    }
}

impl Atom for Personal {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        self.0.atoms(each);
    }
}

/// Microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// From milliseconds, in which the broker tells time.
    pub fn of_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A time with its offset, or a date, which is its first moment in UTC. `None` for anything else.
    pub fn of_toml(value: &toml::value::Datetime) -> Option<Self> {
        let text = value.to_string();
        let timestamp = match text.parse::<jiff::Timestamp>() {
            Ok(timestamp) => timestamp,
            Err(_) if value.time.is_none() => {
                let date = text.parse::<jiff::civil::Date>().ok()?;
                jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?
            }
            Err(_) => return None,
        };
        Some(Self(timestamp.as_microsecond()))
    }
}

impl AvroType for Micros {
    fn schema(_: &mut Defined) -> Json {
        json!({ "type": "long", "logicalType": "timestamp-micros" })
    }
    fn default_json() -> Option<Json> {
        Some(json!(0))
    }
}

impl Atom for Micros {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        self.0.atoms(each);
    }
}

/// A phone number in E.164: `+`, a country code, 15 digits at most. Not a string: only a number
/// whose country is known has one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

impl E164 {
    /// A number in this form; `None` if it is not.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let valid = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        valid.then(|| Self(text.to_owned()))
    }

    /// The number. Personal data: see [`Personal::expose`].
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl TryFrom<String> for E164 {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected a phone number in E.164")
    }
}

impl AvroType for E164 {
    fn schema(defined: &mut Defined) -> Json {
        String::schema(defined)
    }
}

/// An ISO 3166-1 alpha-2 code, upper case. That it is assigned is checked where text is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// A code of two letters A to Z; `None` if it is not.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl TryFrom<String> for Country {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected an ISO 3166-1 alpha-2 country code")
    }
}

impl AvroType for Country {
    fn schema(defined: &mut Defined) -> Json {
        String::schema(defined)
    }
}

impl Atom for Country {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        each(&self.0);
    }
}

plain! {
    /// A country as the source states it.
    struct CountryValue {
        /// ISO 3166-1 alpha-2; null when the text names no country.
        code: Option<Country>,
        /// The text of the source.
        text: String,
    }
}

impl Atom for CountryValue {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        match &self.code {
            Some(code) => code.atoms(each),
            None => self.text.atoms(each),
        }
    }
}

plain! {
    /// A moment, as exact as the source gives it and no more.
    struct Moment {
        /// The instant, when the source states an offset or zone.
        instant: Option<Micros>,
        /// The local date and time without zone, or the date, month or year alone, in ISO 8601: 2024-03-01T10:00:00, 2024-03-01, 2024-03, 2024.
        local: Option<String>,
        /// The zone or offset as the source states it.
        zone: Option<String>,
        /// The text of the source.
        text: Personal,
    }
}

impl Atom for Moment {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        match (&self.instant, &self.local) {
            (Some(instant), _) => instant.atoms(each),
            (None, Some(local)) => local.atoms(each),
            (None, None) => self.text.atoms(each),
        }
    }
}

plain! {
    /// A phone number.
    struct Phone {
        /// The number in E.164, only when its country is known.
        e164: Option<E164>,
        /// The number as the source gives it.
        text: Personal,
        /// The country or calling code given with it.
        country: Option<String>,
        /// An extension, kept apart.
        extension: Option<Personal>,
        /// mobile, home, business, ... as the source says.
        kind: Option<String>,
        /// Whether the source verified it; null when it does not say.
        verified: Option<bool>,
        /// When it was verified.
        verified_at: Option<Moment>,
    }
}

impl Atom for Phone {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        match &self.e164 {
            Some(number) => each(number.expose().as_bytes()),
            None => self.text.atoms(each),
        }
    }
}

plain! {
    /// An e-mail address.
    struct Email {
        /// Canonical: domain in lower case and ASCII; null when the text is no address.
        address: Option<Personal>,
        /// The text of the source.
        text: Personal,
        /// Whether the source verified it; null when it does not say.
        verified: Option<bool>,
        /// When it was verified.
        verified_at: Option<Moment>,
        /// Whether the address stands for none: never a match key.
        placeholder: bool,
    }
}

impl Atom for Email {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        match &self.address {
            Some(address) => address.atoms(each),
            None => self.text.atoms(each),
        }
    }
}

plain! {
    /// An IP address.
    struct IpAddress {
        /// Canonical text (RFC 5952 for IPv6); null when the text is no address.
        address: Option<Personal>,
        /// The text of the source.
        text: Personal,
        /// False for private, loopback, documentation and other reserved ranges: no country follows from such an address, and it is no match key.
        routable: bool,
    }
}

impl Atom for IpAddress {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        match &self.address {
            Some(address) => address.atoms(each),
            None => self.text.atoms(each),
        }
    }
}

plain! {
    /// A statement of the source for which the record has no field: kept under its own name.
    struct NamedText {
        /// The name of the field or the path in the source.
        name: String,
        /// The text.
        text: Personal,
    }
}

impl Atom for NamedText {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        if !self.text.is_empty() {
            each(format!("{}\u{1f}{}", self.name, self.text.expose()).as_bytes());
        }
    }
}

plain! {
    /// A reference number in somebody's system.
    struct ExternalId {
        /// Whose numbers these are: the agency or system.
        scheme: String,
        /// The number.
        id: String,
        /// How it relates: self, prior, related, case, ...
        relation: String,
    }
}

impl Atom for ExternalId {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        if !self.id.is_empty() && !self.is_own() {
            each(format!("{}\u{1f}{}", self.scheme, self.id).as_bytes());
        }
    }
}

impl ExternalId {
    /// Whether it is a number of the lead itself. It never leaves, so it is no fact: no copy could
    /// cover a lead that had one.
    pub fn is_own(&self) -> bool {
        self.relation.trim().eq_ignore_ascii_case("self")
    }
}

plain! {
    /// An indicator of trafficking from one of several vocabularies.
    struct Indicator {
        /// ILO, HTCDS, BLUE_CAMPAIGN, FINCEN, ...
        scheme: String,
        /// The code in that scheme.
        code: String,
        /// strong, medium, weak, or as the scheme says.
        strength: Option<String>,
        /// Who asserts it.
        asserted_by: Option<String>,
    }
}

impl Atom for Indicator {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        if !self.code.is_empty() {
            each(format!("{}\u{1f}{}", self.scheme, self.code).as_bytes());
        }
    }
}

plain! {
    /// A point on the earth.
    struct Point {
        /// WGS 84 latitude in degrees.
        lat: f64,
        /// WGS 84 longitude in degrees.
        lon: f64,
        /// How exact it is, in metres.
        precision_m: Option<f64>,
    }
}

impl Atom for Point {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        let mut bytes = [0; 16];
        for (slot, byte) in
            bytes.iter_mut().zip(self.lat.to_be_bytes().into_iter().chain(self.lon.to_be_bytes()))
        {
            *slot = byte;
        }
        each(&bytes);
    }
}
