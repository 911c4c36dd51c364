//! Blocking keys: two profiles that share one are compared.
//!
//! Phonetic codes and transliterations are used here and nowhere else: they find a candidate, and what the
//! two have in common is then compared as it is written.

use rphonetic::{DoubleMetaphone, Encoder};
use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::identifier::fold_ocr;
use crate::name::Name;
use crate::place::Place;
use crate::profile::{Person, Profile};

/// What a key is made of. The codes are tags in digests: hot marks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum KeyKind {
    /// An identifier.
    Identifier,
    /// The weaker form of an identifier.
    WeakIdentifier,
    /// A document's number.
    Document,
    /// The same, as a machine may read it.
    DocumentRead,
    /// How given and family name sound, in either order.
    NamesSound,
    /// Birth date.
    Birth,
    /// Birth date, and the first letter of a name.
    BirthInitial,
    /// Birth year, and the first letters of a name.
    YearPrefix,
    /// Month and day of birth, and how a name sounds.
    MonthDaySound,
    /// House number and street.
    House,
    /// Postcode or town, and how a name sounds.
    AreaSound,
    /// Cell of the map, or a place's line.
    Cell,
    /// A band of the narrative.
    Band,
}

impl KeyKind {
    /// How much a key of this kind promises that one lead alone holds, in bits: the order in which candidates
    /// are compared when there are more than may be. Keys of one person's name and birth overlap, so each says
    /// less than an identifier.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Identifier | Self::Document => 40,
            Self::WeakIdentifier | Self::DocumentRead | Self::NamesSound | Self::Birth | Self::Band => 16,
            Self::BirthInitial | Self::MonthDaySound | Self::House | Self::Cell => 12,
            Self::YearPrefix | Self::AreaSound => 10,
        }
    }

    /// Whether who shares it may live together.
    pub(crate) fn is_home(self) -> bool {
        matches!(self, Self::House | Self::Cell)
    }
}

/// One key. Keys sort by digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The digest that is looked up.
    pub digest: u64,
    /// What it is made of.
    pub kind: KeyKind,
}

/// Tags of keys in digests begin here.
const TAG: u8 = 0x40;
/// Persons of a lead whose names are keys.
const PERSONS: usize = 8;
/// Names of one kind that are keys: the whole, and two parts.
const NAMES: usize = 3;
/// Letters of a name beside the birth year.
const PREFIX: usize = 3;

/// Makes the keys of profiles.
#[derive(Debug)]
pub(crate) struct Keys {
    digester: Digester,
    metaphone: DoubleMetaphone,
}

/// A name as keys see it.
struct Sounding<'n> {
    latin: &'n str,
    sound: String,
}

impl Keys {
    pub(crate) fn new(digester: Digester) -> Self {
        Self { digester, metaphone: DoubleMetaphone::new(Some(4)) }
    }

    /// The keys of a profile: sorted, each once.
    pub(crate) fn of(&self, profile: &Profile, keys: &mut Vec<Key>) {
        keys.clear();
        for identifier in &profile.identifiers {
            keys.push(Key { digest: identifier.digest, kind: KeyKind::Identifier });
            if identifier.weak != 0 {
                keys.push(Key { digest: identifier.weak, kind: KeyKind::WeakIdentifier });
            }
        }
        for person in profile.counted().take(PERSONS) {
            self.of_person(person, keys);
        }
        for place in &profile.places {
            self.of_place(place, keys);
        }
        if let Some(narrative) = &profile.narrative {
            for (band, hash) in (0u64..).zip(narrative.bands()) {
                self.numbers(keys, KeyKind::Band, &[band, u64::from(*hash)]);
            }
        }
        keys.sort_unstable();
        keys.dedup();
    }

    fn of_person(&self, person: &Person, keys: &mut Vec<Key>) {
        let given = self.soundings(&person.given);
        let family = self.soundings(&person.family);
        for g in &given {
            for f in &family {
                let (first, second) = if g.sound <= f.sound { (g, f) } else { (f, g) };
                self.texts(keys, KeyKind::NamesSound, &[&first.sound, &second.sound]);
            }
        }
        let birth = person.birth;
        let both = || given.iter().chain(&family);
        if birth.is_full() {
            self.numbers(keys, KeyKind::Birth, &[u64::from(birth.packed())]);
            let date = birth.packed().to_le_bytes();
            for name in both().filter_map(|n| n.latin.get(..1)) {
                self.bytes(keys, KeyKind::BirthInitial, &[&date, name.as_bytes()]);
            }
        }
        if birth.month != 0 && birth.day != 0 {
            for name in both() {
                let day = [birth.month, birth.day];
                self.bytes(keys, KeyKind::MonthDaySound, &[&day, name.sound.as_bytes()]);
            }
        }
        if birth.year != 0 {
            for name in both() {
                let prefix = name.latin.get(..PREFIX).unwrap_or(name.latin);
                self.bytes(keys, KeyKind::YearPrefix, &[&birth.year.to_le_bytes(), prefix.as_bytes()]);
            }
        }
        for document in &person.documents {
            self.texts(keys, KeyKind::Document, &[&document.number]);
            self.texts(keys, KeyKind::DocumentRead, &[&fold_ocr(&document.number)]);
        }
        for place in &person.places {
            self.of_place(place, keys);
            for area in [&place.postcode, &place.locality].into_iter().filter(|a| !a.is_empty()) {
                for name in both() {
                    self.texts(keys, KeyKind::AreaSound, &[area, &name.sound]);
                }
            }
        }
    }

    fn of_place(&self, place: &Place, keys: &mut Vec<Key>) {
        if place.cell != 0 {
            self.numbers(keys, KeyKind::Cell, &[place.cell]);
        }
        if !place.number.is_empty() && !place.street.is_empty() {
            self.texts(keys, KeyKind::House, &[&place.number, &place.street]);
        }
    }

    fn soundings<'n>(&self, names: &'n [Name]) -> Vec<Sounding<'n>> {
        let latin = names.iter().take(NAMES).map(Name::latin).filter(|n| n.len() > 1);
        latin.map(|latin| Sounding { latin, sound: self.sound(latin) }).collect()
    }

    /// How a name sounds; what the code leaves empty (numbers, some transliterations) stands for itself.
    fn sound(&self, latin: &str) -> String {
        let sound = self.metaphone.encode(latin);
        if sound.is_empty() { latin.to_owned() } else { sound }
    }

    fn texts(&self, keys: &mut Vec<Key>, kind: KeyKind, parts: &[&str]) {
        match parts {
            [one] => self.bytes(keys, kind, &[one.as_bytes()]),
            [one, two] => self.bytes(keys, kind, &[one.as_bytes(), two.as_bytes()]),
            _ => {}
        }
    }

    fn bytes(&self, keys: &mut Vec<Key>, kind: KeyKind, parts: &[&[u8]]) {
        keys.push(Key { digest: self.digester.of(TAG + kind as u8, parts), kind });
    }

    fn numbers(&self, keys: &mut Vec<Key>, kind: KeyKind, numbers: &[u64]) {
        keys.push(Key { digest: self.digester.of_numbers(TAG + kind as u8, numbers), kind });
    }
}
