//! What of one lead is compared. Its encoded form is all that is kept of a lead; everything else is derived.
//!
//! It holds names, dates and addresses in the clear, for nearly equal ones must be found: whoever keeps it
//! encrypts it at rest and deletes it with the lead. What is only ever equal or not is a keyed digest.

use serde::{Deserialize, Serialize};

use crate::birth::Birth;
use crate::identifier::{Identifier, alphanumeric};
use crate::name::Name;
use crate::narrative::Narrative;
use crate::place::Place;
use crate::view::View;

mod write;

use write::Writer;

/// The first byte of an encoded profile.
pub(crate) const VERSION: u8 = 2;

/// Bounds of what one profile holds; what is beyond them is left out when a profile is closed.
pub mod bounds {
    /// Persons.
    pub const PERSONS: usize = 16;
    /// Names of one kind of one person.
    pub const NAMES: usize = 4;
    /// Documents of one person.
    pub const DOCUMENTS: usize = 4;
    /// Places of a person or of the whole.
    pub const PLACES: usize = 8;
    /// Identifiers of the whole.
    pub const IDENTIFIERS: usize = 128;
}

/// Sex as stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// Not stated.
    #[default]
    Unknown,
    /// Female.
    Female,
    /// Male.
    Male,
    /// Something else: differs from neither.
    Other,
}

/// A document of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What kind, folded; empty when not stated.
    pub kind: Box<str>,
    /// Country of issue, folded; empty when not stated.
    pub country: Box<str>,
    /// Number: letters and digits in lower case.
    pub number: Box<str>,
}

impl Document {
    /// Folds; `None` without a number.
    pub fn new(kind: &str, country: &str, number: &str) -> Option<Self> {
        let [kind, country, number] = [kind, country, number].map(alphanumeric);
        let says_nothing = number.len() < 3 || number.bytes().all(|b| b == b'0');
        (!says_nothing).then(|| Self { kind: kind.into(), country: country.into(), number: number.into() })
    }
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Whether the person is evidence. The officer who reports is in every lead of the agency and is none.
    pub counts: bool,
    /// Given names: first the whole, then parts of it.
    pub given: Box<[Name]>,
    /// Middle names or initials.
    pub middle: Box<[Name]>,
    /// Family names: first the whole, then parts of it.
    pub family: Box<[Name]>,
    /// Birth date.
    pub birth: Birth,
    /// Age in years where no birth date is known; 0 when not stated.
    pub age: u8,
    /// Sex.
    pub sex: Sex,
    /// Documents.
    pub documents: Box<[Document]>,
    /// Places of this person.
    pub places: Box<[Place]>,
    /// Who employs the person.
    pub employer: Box<[Name]>,
}

impl Person {
    /// Names from what is known of them. A full name is used when given and family names are missing: its
    /// last word is then the family name, and comparison also tries the names the other way round.
    #[must_use]
    pub fn with_names(mut self, given: &str, middle: &str, family: &str, full: &str) -> Self {
        let (mut given, mut family) = (given.trim(), family.trim());
        if given.is_empty() && family.is_empty() {
            (given, family) = full.trim().rsplit_once(char::is_whitespace).unwrap_or(("", full));
        }
        self.given = Name::parts(given, bounds::NAMES).into();
        self.middle = Name::parts(middle, 1).into();
        self.family = Name::parts(family, bounds::NAMES).into();
        self
    }
}

/// What of one lead or record is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Persons.
    pub persons: Box<[Person]>,
    /// Identifiers of the whole: sorted, without repeats.
    pub identifiers: Box<[Identifier]>,
    /// Places of the whole.
    pub places: Box<[Place]>,
    /// The narrative.
    pub narrative: Option<Narrative>,
}

/// Why bytes are no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Written by another version.
    #[error("the profile has version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// Not a profile, or not in its one form.
    #[error("the profile does not decode: {0}")]
    Corrupt(&'static str),
}

impl Profile {
    /// Closes a profile: sorts identifiers, and cuts what is beyond the bounds.
    pub fn new(
        mut persons: Vec<Person>,
        mut identifiers: Vec<Identifier>,
        mut places: Vec<Place>,
        narrative: Option<Narrative>,
    ) -> Self {
        identifiers.sort_unstable();
        identifiers.dedup();
        identifiers.truncate(bounds::IDENTIFIERS);
        // Persons that are evidence come first, so that the others are the ones that are cut.
        persons.sort_by_key(|p| !p.counts);
        persons.truncate(bounds::PERSONS);
        places.retain(|p| !p.is_missing());
        places.truncate(bounds::PLACES);
        Self { persons: persons.into(), identifiers: identifiers.into(), places: places.into(), narrative }
    }

    /// The persistent form: a version byte, then postcard. Equal profiles have equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        // Room for most, for it would be moved again and again else.
        let narrative = self.narrative.as_ref().map_or(0, Narrative::bytes);
        let room = 160 * self.persons.len().max(1) + 18 * self.identifiers.len() + narrative;
        Writer::new(room).profile(self)
    }

    /// Reads the persistent form.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProfileError> {
        let body = match bytes.split_first() {
            Some((&VERSION, body)) => body,
            Some((version, _)) => return Err(ProfileError::Version(*version)),
            None => return Err(ProfileError::Corrupt("it is empty")),
        };
        let (profile, rest) = postcard::take_from_bytes::<Self>(body)
            .map_err(|_| ProfileError::Corrupt("not of this shape"))?;
        if !rest.is_empty() {
            return Err(ProfileError::Corrupt("bytes are left over"));
        }
        if !profile.is_sound() {
            return Err(ProfileError::Corrupt("beyond the bounds, or not in order"));
        }
        Ok(profile)
    }

    /// Whether bytes are a profile in its persistent form: what [`decode`](Self::decode) would say, for a fraction of
    /// the cost.
    pub(crate) fn check(bytes: &[u8]) -> Result<(), ProfileError> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(version) => return Err(ProfileError::Version(*version)),
            None => return Err(ProfileError::Corrupt("it is empty")),
        }
        let mut view = View::roomy();
        view.read(bytes).ok_or(ProfileError::Corrupt("not of this shape"))?;
        if view.is_sound() {
            Ok(())
        } else {
            Err(ProfileError::Corrupt("beyond the bounds, or not in order"))
        }
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Persons that are evidence.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &Person> {
        self.persons.iter().filter(|p| p.counts)
    }

    fn is_sound(&self) -> bool {
        self.persons.len() <= bounds::PERSONS
            && self.identifiers.len() <= bounds::IDENTIFIERS
            && self.places.len() <= bounds::PLACES
            && self.identifiers.is_sorted_by(|a, b| a < b)
            && self.narrative.as_ref().is_none_or(Narrative::is_sound)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::digest::Digester;

    fn sample() -> Profile {
        let d = Digester::new([9; 16]);
        let person = Person { counts: true, birth: Birth::parse("1990-02"), ..Person::default() };
        let person = person.with_names("Ana María", "", "Garcia Lopez", "");
        let phones = ["+17135550100", "+17135550100", "+17135550199"];
        let identifiers = phones.iter().filter_map(|p| Identifier::phone(&d, p, "US")).collect();
        let text = "one two three four five six seven eight nine ten";
        Profile::new(vec![Person::default(), person], identifiers, vec![], Narrative::new(&d, text))
    }

    #[test]
    fn encodes_and_decodes() {
        let profile = sample();
        assert_eq!(profile.identifiers.len(), 2);
        assert!(profile.persons.first().unwrap().counts);
        let bytes = profile.encode();
        assert_eq!(Profile::decode(&bytes).unwrap(), profile);
        assert_eq!(Profile::decode(&bytes).unwrap().encode(), bytes);
    }

    #[test]
    fn refuses_what_is_not_one() {
        let mut bytes = sample().encode();
        bytes.push(0);
        assert_eq!(Profile::decode(&bytes), Err(ProfileError::Corrupt("bytes are left over")));
        assert_eq!(Profile::decode(&[]), Err(ProfileError::Corrupt("it is empty")));
        assert_eq!(Profile::decode(&[9]), Err(ProfileError::Version(9)));
        assert!(Profile::check(&bytes).is_err());
        assert_eq!(Profile::check(&[]), Err(ProfileError::Corrupt("it is empty")));
        assert_eq!(Profile::check(&[9]), Err(ProfileError::Version(9)));
        assert_eq!(Profile::check(&sample().encode()), Ok(()));
        let mut turned = sample();
        turned.identifiers.reverse();
        assert!(Profile::decode(&turned.encode()).is_err());
        assert!(Profile::check(&turned.encode()).is_err());
    }
}
