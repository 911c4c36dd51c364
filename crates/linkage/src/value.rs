//! The values of a profile whose frequency is counted.

use crate::digest::Digester;
use crate::name::Name;
use crate::place::Place;
use crate::profile::{Person, Profile};

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

/// The digest of a text in a field.
pub(crate) fn text(digester: &Digester, field: Field, text: &str) -> Value {
    (field as u8, digester.of(TAG + field as u8, &[text.as_bytes()]))
}

/// The digest of a name in a field.
pub(crate) fn name(digester: &Digester, field: Field, name: &Name) -> Value {
    text(digester, field, name.exact())
}

/// The digest of a birth date; only a full one is counted.
pub(crate) fn birth(digester: &Digester, person: &Person) -> Option<Value> {
    let number = u64::from(person.birth.packed());
    person
        .birth
        .is_full()
        .then(|| (Field::Birth as u8, digester.of_numbers(TAG + Field::Birth as u8, &[number])))
}

/// The digest of a document's number, whatever its kind: two forms may name the kind in two ways.
pub(crate) fn document(digester: &Digester, number: &str) -> Value {
    text(digester, Field::Document, number)
}

/// The parts of an address with their fields; what is missing is left out.
pub(crate) fn parts(place: &Place) -> [(Field, &str); 6] {
    [
        (Field::Number, &place.number),
        (Field::Street, &place.street),
        (Field::Unit, &place.unit),
        (Field::Locality, &place.locality),
        (Field::Postcode, &place.postcode),
        (Field::Region, &place.region),
    ]
}

fn of_place(digester: &Digester, place: &Place, values: &mut Vec<Value>) {
    let parts = parts(place).into_iter().filter(|(_, t)| !t.is_empty());
    values.extend(parts.map(|(field, t)| text(digester, field, t)));
    if place.cell != 0 {
        values.push((Field::Cell as u8, place.cell));
    }
}

/// All values of a profile: sorted, each once.
pub(crate) fn values(digester: &Digester, profile: &Profile, values: &mut Vec<Value>) {
    values.clear();
    for person in profile.counted() {
        for (field, names) in [
            (Field::Given, &person.given),
            (Field::Middle, &person.middle),
            (Field::Family, &person.family),
            (Field::Employer, &person.employer),
        ] {
            values.extend(names.iter().map(|n| name(digester, field, n)));
        }
        values.extend(birth(digester, person));
        values.extend(person.documents.iter().map(|d| document(digester, &d.number)));
        for place in &person.places {
            of_place(digester, place, values);
        }
    }
    for place in &profile.places {
        of_place(digester, place, values);
    }
    for identifier in &profile.identifiers {
        let field = Field::Identifier as u8 + identifier.kind.code();
        values.push((field, identifier.digest));
        if identifier.weak != 0 {
            values.push((field, identifier.weak));
        }
    }
    values.sort_unstable();
    values.dedup();
}
