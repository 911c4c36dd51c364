//! Blocking keys: two profiles that share one are compared.
//!
//! Phonetic codes and transliterations are used here and nowhere else: they find a candidate, and what the
//! two have in common is then compared as it is written.

use rphonetic::DoubleMetaphone;
use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::identifier::fold_ocr;
use crate::sound::{self, Sound, Sounds};
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

    /// Whether it is a whole identifier or document.
    pub(crate) fn is_value(self) -> bool {
        matches!(self, Self::Identifier | Self::Document)
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
#[derive(Clone, Copy, Default)]
struct Sounding<'n> {
    latin: &'n [u8],
    sound: Sound,
}

impl Sounding<'_> {
    fn sound(&self) -> &[u8] {
        self.sound.of(self.latin)
    }
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
        Self { digester, metaphone: sound::metaphone() }
    }

    /// Writes the keys of a profile in place of those that were there.
    pub(crate) fn of(&self, view: &View<'_>, sounds: &mut Sounds, out: &mut Blocking) {
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
            self.of_person(person, sounds, keys);
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
        self.of(view, &mut Sounds::default(), &mut blocking);
        let mut keys = blocking.keys;
        keys.extend(blocking.bands.iter().enumerate().map(|(band, hash)| self.of_band(band, *hash)));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn of_person(&self, held: Held<'_, '_>, sounds: &mut Sounds, keys: &mut Vec<Key>) {
        let mut room = [[Sounding::default(); NAMES]; 2];
        let [given, family] = &mut room;
        let given = self.soundings(held.given(), sounds, given);
        let family = self.soundings(held.family(), sounds, family);
        for g in given {
            for f in family {
                let (first, second) = if g.sound() <= f.sound() { (g, f) } else { (f, g) };
                self.bytes(keys, KeyKind::NamesSound, &[first.sound(), second.sound()]);
            }
        }
        let birth = held.person.birth;
        let both = || given.iter().chain(family);
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
                self.bytes(keys, KeyKind::MonthDaySound, &[&day, name.sound()]);
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
                    self.bytes(keys, KeyKind::AreaSound, &[area, name.sound()]);
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

    fn soundings<'n, 'r>(
        &self,
        names: &[Name<'n>],
        sounds: &mut Sounds,
        room: &'r mut [Sounding<'n>; NAMES],
    ) -> &'r [Sounding<'n>] {
        let latin = names.iter().take(NAMES).map(|n| n.latin()).filter(|n| n.len() > 1);
        let mut count = 0;
        for (slot, latin) in room.iter_mut().zip(latin) {
            *slot = Sounding { latin, sound: sounds.sound(&self.metaphone, latin) };
            count += 1;
        }
        room.get(..count).unwrap_or(&[])
    }

    fn bytes(&self, keys: &mut Vec<Key>, kind: KeyKind, parts: &[&[u8]]) {
        keys.push(Key { digest: self.digester.of(TAG + kind as u8, parts), kind });
    }

    fn numbers(&self, keys: &mut Vec<Key>, kind: KeyKind, numbers: &[u64]) {
        keys.push(Key { digest: self.digester.of_numbers(TAG + kind as u8, numbers), kind });
    }
}
