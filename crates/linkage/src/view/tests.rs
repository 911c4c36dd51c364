#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::digest::Digester;
use crate::{Address, Name as OwnName, Place as OwnPlace};
use proptest::prelude::*;

fn names() -> impl Strategy<Value = Box<[OwnName]>> {
    prop_oneof![Just(""), Just("Ana María"), Just("Иванов"), Just("J"), Just("O'Brien-Smith")]
        .prop_map(|text| OwnName::parts(text, 3).into())
}

fn place() -> impl Strategy<Value = OwnPlace> {
    (0u8..3, "[a-z0-9 ]{0,12}", "[0-9]{0,5}").prop_map(|(cell, street, postcode)| {
        let address = Address { street: &street, postcode: &postcode, country: "US", ..Address::default() };
        let place = OwnPlace::new(address);
        let geohash = ["", "9vk1j", "9vk1jxy"].get(usize::from(cell)).copied().unwrap_or_default();
        place.with_geohash(&Digester::new([1; 16]), geohash)
    })
}

fn person() -> impl Strategy<Value = profile::Person> {
    (any::<bool>(), [names(), names(), names(), names()], any::<(u16, u8, u8, u8)>(), place(), 0usize..3)
        .prop_map(|(counts, [given, middle, family, employer], (year, month, day, age), place, n)| {
            let document = profile::Document::new("passport", "", "ab 12345").unwrap();
            profile::Person {
                counts,
                given,
                middle,
                family,
                employer,
                birth: Birth { year, month, day },
                age,
                sex: [Sex::Unknown, Sex::Female, Sex::Other].get(n).copied().unwrap_or_default(),
                documents: vec![document; n].into(),
                places: vec![place; n].into(),
            }
        })
}

fn profile() -> impl Strategy<Value = Profile> {
    let identifiers = proptest::collection::vec((0u32..90_000, any::<bool>()), 0..6);
    (proptest::collection::vec(person(), 0..4), identifiers, place(), 0usize..60).prop_map(
        |(persons, identifiers, place, words)| {
            let digester = Digester::new([2; 16]);
            let identifiers = identifiers.iter().filter_map(|(n, whole)| {
                Identifier::phone(&digester, &format!("{}71355{n:05}", if *whole { "+" } else { "" }), "US")
            });
            let text: String = (0..words).map(|n| format!("word{n} ")).collect();
            Profile::new(persons, identifiers.collect(), vec![place], Narrative::new(&digester, &text))
        },
    )
}

proptest! {
    /// Sabotage: leave the names of a person that is no evidence where they are.
    #[test]
    fn what_is_encoded_reads_like_what_is_held(profiles in proptest::collection::vec(profile(), 1..4)) {
        let encoded: Vec<_> = profiles.iter().map(Profile::encode).collect();
        let mut view = View::default();
        for (profile, bytes) in profiles.iter().zip(&encoded) {
            prop_assert_eq!(view.read(bytes), Some(()));
            prop_assert_eq!(&view, &View::of(profile));
        }
    }

    #[test]
    fn what_is_cut_is_none(profile in profile(), at in any::<prop::sample::Index>()) {
        let bytes = profile.encode();
        let cut = bytes.get(..at.index(bytes.len())).unwrap_or_default();
        prop_assert_eq!(View::default().read(cut), None);
    }
}
