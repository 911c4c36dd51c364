//! The values of a profile whose frequency is counted.

use crate::digest::Digester;
use crate::view::{Place, View};

/// A field whose values are counted. The codes are tags in digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Field {
    Given,
    Middle,
    Family,
    Birth,
    Document,
    Employer,
    Number,
    Street,
    Unit,
    Locality,
    Postcode,
    Region,
    Cell,
    /// Identifiers follow, one field for each kind.
    Identifier,
}

/// Fields before identifiers, and eight kinds of those.
pub(crate) const FIELDS: usize = Field::Identifier as usize + 8;

/// One value: the number of its field, and its digest.
pub(crate) type Value = (u8, u64);

/// Tags of values in digests begin here.
const TAG: u8 = 0x10;

/// Parts of a place that are counted, in the order of [`parts`].
pub(crate) const PARTS: usize = 6;

/// The parts of an address with their fields; what is missing is empty.
pub(crate) fn parts<'a>(place: &Place<'a>) -> [(Field, &'a [u8]); PARTS] {
    [
        (Field::Number, place.number),
        (Field::Street, place.street),
        (Field::Unit, place.unit),
        (Field::Locality, place.locality),
        (Field::Postcode, place.postcode),
        (Field::Region, place.region),
    ]
}

/// Digests of all values of a profile, in lists beside those of its [`View`]; 0 where there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    /// One for each name.
    pub(crate) names: Vec<Value>,
    /// One for each person; only a full date is counted.
    pub(crate) births: Vec<u64>,
    /// One for each document, whatever its kind: two forms may name the kind in two ways.
    pub(crate) documents: Vec<u64>,
    /// For each place those of its parts.
    pub(crate) places: Vec<[u64; PARTS]>,
}

impl Values {
    /// Digests the values of a profile in place of those that this held.
    pub(crate) fn read(&mut self, digester: &Digester, view: &View<'_>) {
        let of = |field: Field, text: &[u8]| digester.of(TAG + field as u8, &[text]);
        self.names.clear();
        self.births.clear();
        for held in view.persons() {
            for (field, names) in [
                (Field::Given, held.given()),
                (Field::Middle, held.middle()),
                (Field::Family, held.family()),
                (Field::Employer, held.employer()),
            ] {
                self.names.extend(names.iter().map(|n| (field as u8, of(field, n.exact()))));
            }
            let birth = held.person.birth;
            let date = [u64::from(birth.packed())];
            let digest = birth.is_full().then(|| digester.of_numbers(TAG + Field::Birth as u8, &date));
            self.births.push(digest.unwrap_or(0));
        }
        self.documents.clear();
        self.documents.extend(view.documents.iter().map(|d| of(Field::Document, d.number)));
        self.places.clear();
        self.places.extend(
            view.places
                .iter()
                .map(|p| parts(p).map(|(field, text)| if text.is_empty() { 0 } else { of(field, text) })),
        );
    }

    /// All values: sorted, each once. `view` is what was read.
    pub(crate) fn write(&self, view: &View<'_>, out: &mut Vec<Value>) {
        out.clear();
        out.extend_from_slice(&self.names);
        let mut add = |field: Field, digest: u64| {
            if digest != 0 {
                out.push((field as u8, digest));
            }
        };
        self.births.iter().for_each(|digest| add(Field::Birth, *digest));
        self.documents.iter().for_each(|digest| add(Field::Document, *digest));
        for (place, digests) in view.places.iter().zip(&self.places) {
            let fields = parts(place).map(|(field, _)| field);
            fields.into_iter().zip(digests).for_each(|(field, digest)| add(field, *digest));
            add(Field::Cell, place.cell);
        }
        for identifier in &view.identifiers {
            let field = Field::Identifier as u8 + identifier.kind.code();
            out.push((field, identifier.digest));
            if identifier.weak != 0 {
                out.push((field, identifier.weak));
            }
        }
        out.sort_unstable();
        out.dedup();
    }
}
