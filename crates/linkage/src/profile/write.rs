//! Writes the encoded form of a profile: what postcard writes of it, byte for byte, but whole texts and lists of hashes at
//! once. Every arriving lead is written, and a serializer that takes each byte through its own call costs several times more.

use crate::identifier::Identifier;
use crate::name::Name;
use crate::narrative::Narrative;
use crate::place::Place;

use super::{Document, Person, Profile, VERSION};

/// The bytes so far.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room);
        bytes.push(VERSION);
        Self(bytes)
    }

    pub(super) fn profile(mut self, profile: &Profile) -> Vec<u8> {
        self.list(&profile.persons, Self::person);
        self.list(&profile.identifiers, Self::identifier);
        self.list(&profile.places, Self::place);
        match &profile.narrative {
            None => self.0.push(0),
            Some(narrative) => self.narrative(narrative),
        }
        self.0
    }

    fn person(&mut self, person: &Person) {
        self.0.push(u8::from(person.counts));
        self.list(&person.given, Self::name);
        self.list(&person.middle, Self::name);
        self.list(&person.family, Self::name);
        self.number(u64::from(person.birth.year));
        self.0.extend_from_slice(&[person.birth.month, person.birth.day, person.age, person.sex as u8]);
        self.list(&person.documents, Self::document);
        self.list(&person.places, Self::place);
        self.list(&person.employer, Self::name);
    }

    fn name(&mut self, name: &Name) {
        self.text(name.latin());
        self.text(if name.is_latin() { "" } else { name.exact() });
    }

    fn document(&mut self, document: &Document) {
        for text in [&document.kind, &document.country, &document.number] {
            self.text(text);
        }
    }

    fn place(&mut self, place: &Place) {
        self.number(place.cell);
        self.number(place.wide);
        let Place { number, street, unit, locality, postcode, region, country, .. } = place;
        for text in [number, street, unit, locality, postcode, region, country] {
            self.text(text);
        }
    }

    fn identifier(&mut self, identifier: &Identifier) {
        self.0.push(identifier.kind.code());
        self.0.extend_from_slice(&identifier.digest.to_le_bytes());
        self.0.extend_from_slice(&identifier.weak.to_le_bytes());
        self.0.push(u8::from(identifier.partial));
    }

    fn narrative(&mut self, narrative: &Narrative) {
        let view = narrative.view();
        self.0.push(1);
        for hashes in [view.shingles, view.bands] {
            self.bytes(hashes.as_flattened());
        }
    }

    fn list<T>(&mut self, list: &[T], one: impl Fn(&mut Self, &T)) {
        self.length(list.len());
        list.iter().for_each(|item| one(self, item));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    /// Seven bits of a byte, the lowest first; the eighth says that more follow.
    fn number(&mut self, mut number: u64) {
        while let Some(more) = Some(number >> 7).filter(|more| *more > 0) {
            self.0.push(0x80 | u8::try_from(number & 0x7f).unwrap_or(0));
            number = more;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::birth::Birth;
    use crate::digest::Digester;
    use crate::place::Address;
    use crate::profile::Sex;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "[a-zA-Z0-9 ]{1,12}", "[а-яß-ÿ ]{1,90}", "[a-z]{120,300}"]
    }

    proptest! {
        /// What is kept of every lead is read by other versions too. Sabotage: push the year as one byte.
        #[test]
        fn is_what_postcard_writes(
            texts in proptest::collection::vec(text(), 12), numbers in any::<[u64; 4]>(), persons in 0usize..3,
            words in 0usize..700,
        ) {
            let d = Digester::new([5; 16]);
            let [a, b, c, rest @ ..] = texts.as_slice() else { return Ok(()) };
            let [e, f, g, h, ..] = rest else { return Ok(()) };
            let address = Address { number: a, street: e, unit: f, locality: g, postcode: c, region: b, country: h };
            let place = Place { cell: numbers[0], wide: numbers[1] % 300, ..Place::new(address) };
            let person = Person {
                counts: numbers[2] % 2 == 0,
                birth: Birth { year: numbers[2] as u16, month: numbers[3] as u8, day: numbers[1] as u8 },
                age: numbers[0] as u8,
                sex: [Sex::Unknown, Sex::Female, Sex::Male, Sex::Other][(numbers[0] % 4) as usize],
                documents: Document::new(a, b, c).into_iter().collect(),
                places: vec![place.clone(); persons].into(),
                employer: Name::parts(g, 2).into(),
                ..Person::default()
            };
            let identifiers = [
                Identifier::phone(&d, e, "US"), Identifier::email(&d, f), Identifier::account(&d, g, h),
                Identifier::vehicle(&d, "US", a),
            ];
            let story: Vec<String> = (0..words).map(|n| format!("w{}", numbers[3].rotate_left(n as u32))).collect();
            let profile = Profile::new(
                vec![person.with_names(a, b, c, e); persons],
                identifiers.into_iter().flatten().collect(),
                vec![place],
                crate::narrative::Narrative::new(&d, &story.join(" ")),
            );
            let expected = postcard::to_extend(&profile, vec![VERSION]).unwrap();
            prop_assert_eq!(profile.encode(), expected);
        }
    }
}
