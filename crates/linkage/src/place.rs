//! A place as it is compared: a cell of the map or a line, and the parts of an address.

use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::name::Name;

/// The tag of cells in digests.
const TAG: u8 = 0x71;
/// Characters of a geohash that name some 150 m: the same house.
const CELL: usize = 7;
/// Characters of a geohash that name some 5 km: the same quarter.
const WIDE: usize = 5;

/// One place. Texts are folded; what is not known is empty or 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Digest of the geohash-7, or of the whole line when there is no position.
    pub cell: u64,
    /// Digest of the geohash-5, or of what the line has besides the house.
    pub wide: u64,
    /// House number.
    pub number: Box<str>,
    /// Street.
    pub street: Box<str>,
    /// Flat, building, second line.
    pub unit: Box<str>,
    /// Town or suburb.
    pub locality: Box<str>,
    /// Postcode.
    pub postcode: Box<str>,
    /// State or province.
    pub region: Box<str>,
    /// Country.
    pub country: Box<str>,
}

/// An address as it was written, before it is folded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Address<'a> {
    /// House number; when it is missing and the street begins with one, that is taken.
    pub number: &'a str,
    /// Street.
    pub street: &'a str,
    /// Flat, building, second line.
    pub unit: &'a str,
    /// Town or suburb.
    pub locality: &'a str,
    /// Postcode.
    pub postcode: &'a str,
    /// State or province.
    pub region: &'a str,
    /// Country.
    pub country: &'a str,
}

impl Place {
    /// Folds an address.
    pub fn new(address: Address<'_>) -> Self {
        let (number, street) = match address.street.trim().split_once(char::is_whitespace) {
            Some((first, rest))
                if address.number.trim().is_empty() && first.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (first, rest)
            }
            _ => (address.number, address.street),
        };
        Self {
            cell: 0,
            wide: 0,
            number: fold(number),
            street: fold(street),
            unit: fold(address.unit),
            locality: fold(address.locality),
            postcode: fold(address.postcode),
            region: fold(address.region),
            country: fold(address.country),
        }
    }

    /// Adds the position, as a geohash of at least 7 characters; a shorter one says only the quarter.
    #[must_use]
    pub fn with_geohash(mut self, digester: &Digester, geohash: &str) -> Self {
        let digest = |length: usize| geohash.get(..length).map_or(0, |g| digester.of(TAG, &[g.as_bytes()]));
        (self.cell, self.wide) = (digest(CELL), digest(WIDE));
        self
    }

    /// Adds a line that names the place as a whole, a hotel's name for example, where there is no position.
    #[must_use]
    pub fn with_line(mut self, digester: &Digester, line: &str, wider: &str) -> Self {
        let digest = |text: &str| Name::new(text).map_or(0, |n| digester.of(TAG, &[n.exact().as_bytes()]));
        (self.cell, self.wide) = (digest(&format!("{line} {wider}")), digest(wider));
        self
    }

    /// Whether nothing is known.
    pub fn is_missing(&self) -> bool {
        *self == Self::default()
    }
}

fn fold(text: &str) -> Box<str> {
    Name::new(text)
        .map_or_else(Default::default, |n| if n.latin().is_empty() { n.exact() } else { n.latin() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_street_is_the_number() {
        let place = Place::new(Address { street: "12B High Street", ..Address::default() });
        assert_eq!((&*place.number, &*place.street), ("12b", "highstreet"));
        let place = Place::new(Address { street: "145th st", number: "5112", ..Address::default() });
        assert_eq!((&*place.number, &*place.street), ("5112", "145thst"));
    }

    #[test]
    fn a_short_geohash_says_only_the_quarter() {
        let d = Digester::new([0; 16]);
        let place = Place::default().with_geohash(&d, "9vk1j");
        assert_eq!(place.cell, 0);
        assert_ne!(place.wide, 0);
        assert_eq!(place.wide, Place::default().with_geohash(&d, "9vk1jxy0").wide);
    }
}
