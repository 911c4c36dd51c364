//! Blocking keys: two profiles that share one are compared.
//!
//! Phonetic codes and transliterations are used here and nowhere else: they find a candidate, and what the
//! two have in common is then compared as it is written.

use rphonetic::{DoubleMetaphone, Encoder};
use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::identifier::fold_ocr;
use crate::view::{Held, Name, Place, View};

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
    latin: &'n [u8],
    sound: String,
}

/// The keys of a profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blocking {
    /// All but those of the narrative: sorted, each once.
    pub(crate) keys: Vec<Key>,
    /// The narrative's, one for each band in their order. They are short enough to be looked up as they are.
    pub(crate) bands: Vec<u32>,
}

impl Keys {
    pub(crate) fn new(digester: Digester) -> Self {
        Self { digester, metaphone: DoubleMetaphone::new(Some(4)) }
    }

    /// Writes the keys of a profile in place of those that were there.
    pub(crate) fn of(&self, view: &View<'_>, out: &mut Blocking) {
        out.bands.clear();
        out.bands.extend(view.narrative.iter().flat_map(|n| n.bands()));
        let keys = &mut out.keys;
        keys.clear();
        for identifier in &view.identifiers {
            keys.push(Key { digest: identifier.digest, kind: KeyKind::Identifier });
            if identifier.weak != 0 {
                keys.push(Key { digest: identifier.weak, kind: KeyKind::WeakIdentifier });
            }
        }
        for person in view.persons().take(PERSONS) {
            self.of_person(person, keys);
        }
        for place in view.whole_places() {
            self.of_place(place, keys);
        }
        keys.sort_unstable();
        keys.dedup();
    }

    /// The key of a band.
    pub(crate) fn of_band(&self, band: usize, hash: u32) -> Key {
        let numbers = [u64::try_from(band).unwrap_or(u64::MAX), u64::from(hash)];
        let kind = KeyKind::Band;
        Key { digest: self.digester.of_numbers(TAG + kind as u8, &numbers), kind }
    }

    /// All keys of a profile: sorted, each once.
    pub(crate) fn all_of(&self, view: &View<'_>) -> Vec<Key> {
        let mut blocking = Blocking::default();
        self.of(view, &mut blocking);
        let mut keys = blocking.keys;
        keys.extend(blocking.bands.iter().enumerate().map(|(band, hash)| self.of_band(band, *hash)));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn of_person(&self, held: Held<'_, '_>, keys: &mut Vec<Key>) {
        let given = self.soundings(held.given());
        let family = self.soundings(held.family());
        for g in &given {
            for f in &family {
                let (first, second) = if g.sound <= f.sound { (g, f) } else { (f, g) };
                self.bytes(keys, KeyKind::NamesSound, &[first.sound.as_bytes(), second.sound.as_bytes()]);
            }
        }
        let birth = held.person.birth;
        let both = || given.iter().chain(&family);
        if birth.is_full() {
            let numbers = [u64::from(birth.packed())];
            self.numbers(keys, KeyKind::Birth, &numbers);
            let date = birth.packed().to_le_bytes();
            for name in both().filter_map(|n| n.latin.get(..1)) {
                self.bytes(keys, KeyKind::BirthInitial, &[&date, name]);
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
                self.bytes(keys, KeyKind::YearPrefix, &[&birth.year.to_le_bytes(), prefix]);
            }
        }
        for document in held.documents() {
            self.bytes(keys, KeyKind::Document, &[document.number]);
            let read: Vec<u8> = document.number.iter().map(|byte| fold_ocr(*byte)).collect();
            self.bytes(keys, KeyKind::DocumentRead, &[&read]);
        }
        for place in held.places() {
            self.of_place(place, keys);
            for area in [place.postcode, place.locality].into_iter().filter(|a| !a.is_empty()) {
                for name in both() {
                    self.bytes(keys, KeyKind::AreaSound, &[area, name.sound.as_bytes()]);
                }
            }
        }
    }

    fn of_place(&self, place: &Place<'_>, keys: &mut Vec<Key>) {
        if place.cell != 0 {
            self.numbers(keys, KeyKind::Cell, &[place.cell]);
        }
        if !place.number.is_empty() && !place.street.is_empty() {
            self.bytes(keys, KeyKind::House, &[place.number, place.street]);
        }
    }

    fn soundings<'n>(&self, names: &[Name<'n>]) -> Vec<Sounding<'n>> {
        let latin = names.iter().take(NAMES).map(|n| n.latin()).filter(|n| n.len() > 1);
        latin.map(|latin| Sounding { latin, sound: self.sound(latin) }).collect()
    }

    /// How a name sounds; what the code leaves empty (numbers, some transliterations) stands for itself.
    fn sound(&self, latin: &[u8]) -> String {
        let latin = std::str::from_utf8(latin).unwrap_or_default();
        let sound = self.metaphone.encode(latin);
        if sound.is_empty() { latin.to_owned() } else { sound }
    }

    fn bytes(&self, keys: &mut Vec<Key>, kind: KeyKind, parts: &[&[u8]]) {
        keys.push(Key { digest: self.digester.of(TAG + kind as u8, parts), kind });
    }

    fn numbers(&self, keys: &mut Vec<Key>, kind: KeyKind, numbers: &[u64]) {
        keys.push(Key { digest: self.digester.of_numbers(TAG + kind as u8, numbers), kind });
    }
}
