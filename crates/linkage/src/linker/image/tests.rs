#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use proptest::prelude::*;

use super::super::tests::{Draw, Step, apply, digester, draws, linker, saved, small_table, steps};
use super::*;
use crate::{Address, Birth, Document, Identifier, Name, Narrative, Person, Place, Profile, Sex};

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Sabotage: leave clusters, witnesses, hot marks or counts of neighbours out of the image.
    #[test]
    fn what_is_read_from_an_image_answers_like_what_was_written(
        before in steps(90),
        after in steps(40),
        asked in draws(),
    ) {
        let (mut live, mut accepted) = (linker(Rulebook::Leads), 0);
        apply(&mut live, &before, &mut accepted);
        let mut image = Vec::new();
        live.write_image(&mut image).unwrap();
        let mut again =
            Linker::read_image(small_table(), Rulebook::Leads, digester(), &mut image.as_slice()).unwrap();
        prop_assert!(again.same_as(&live));
        prop_assert_eq!(live.assess(&asked.profile(), None), again.assess(&asked.profile(), None));
        // What comes next is answered alike, and taken back alike.
        for index in [&mut live, &mut again] {
            index.begin();
            apply(index, &after, &mut accepted.clone());
        }
        prop_assert!(again.same_as(&live));
        prop_assert_eq!(saved(&again), saved(&live));
        again.undo();
        live.undo();
        prop_assert!(again.same_as(&live));
    }

    /// Sabotage: believe a count.
    #[test]
    fn what_is_no_image_is_refused(steps in steps(60), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut live = linker(Rulebook::Leads);
        apply(&mut live, &steps, &mut 0);
        let mut image = Vec::new();
        live.write_image(&mut image).unwrap();
        let read = |image: &[u8], site| {
            Linker::read_image(small_table(), Rulebook::Leads, Digester::new(site), &mut &*image)
        };
        prop_assert!(matches!(read(&image, [6; 16]), Err(crate::ImageError::Other)), "of another site");
        prop_assert!(read(&image[..at.index(image.len())], [5; 16]).is_err());
        let at = at.index(image.len());
        image[at] ^= byte;
        drop(read(&image, [5; 16]));
    }
}

/// What is damaged is read before anybody knows: it must cost neither the process nor its memory.
///
/// Sabotage: believe a count; or fill a table up to wherever a digest belongs.
#[test]
fn no_bit_of_an_image_can_do_harm() {
    let mut live = linker(Rulebook::Leads);
    let draw = |n: u8| Draw { given: 1 + n % 4, family: 1, year: 1, phone: n % 3, home: 1, text: 1 };
    let steps: Vec<Step> = (0..12).map(|n| Step::Insert(n, n, draw(n))).collect();
    apply(&mut live, &steps, &mut 0);
    let mut image = Vec::new();
    live.write_image(&mut image).unwrap();
    let table = small_table();
    for at in 0..image.len() {
        for bit in [0, 5, 7] {
            image[at] ^= 1 << bit;
            drop(Linker::read_image(table.clone(), Rulebook::Leads, digester(), &mut image.as_slice()));
            image[at] ^= 1 << bit;
        }
    }
}

/// A profile with something of every kind.
fn of_everything(digester: &Digester) -> Profile {
    let address = Address {
        number: "12",
        street: "Harbour Road",
        unit: "4b",
        locality: "Springfield",
        postcode: "77001",
        region: "TX",
        country: "US",
    };
    let person = Person {
        counts: true,
        birth: Birth::parse("1990-02-11"),
        age: 34,
        sex: Sex::Female,
        documents: Document::new("passport", "GB", "533380006").into_iter().collect(),
        places: [Place::new(address).with_geohash(digester, "9v6kpvb4")].into(),
        employer: Name::parts("Example Shipping Company", 2).into(),
        ..Person::default()
    };
    let person = person.with_names("Ana María", "J", "Garcia Lopez", "");
    let identifiers = [
        Identifier::phone(digester, "+17135550100", "US"),
        Identifier::email(digester, "a.specimen@example.org"),
        Identifier::account(digester, "example", "specimen_9"),
        Identifier::vehicle(digester, "US-TX", "ABC1234"),
    ];
    let place = Place::default().with_line(digester, "the yellow motel", "Springfield");
    let text = "she was seen at the motel with two men and a bag, and said that she may not leave";
    Profile::new(
        vec![person],
        identifiers.into_iter().flatten().collect(),
        vec![place],
        Narrative::new(digester, text),
    )
}

/// An index that is read has the keys of the program that wrote it. If this fails, what is kept of a profile, a key, a value or
/// a digest is another than it was: raise `VERSION`, and say here what the image is now.
#[test]
fn whoever_changes_keys_raises_the_version() {
    let table = small_table();
    let mut live = Linker::new(table.clone(), Rulebook::Leads, digester());
    for n in 0..12 {
        let draw = Draw { given: 1 + n % 4, family: 1 + n % 3, year: 1, phone: n % 3, home: 1, text: n % 3 };
        apply(&mut live, &[Step::Insert(n, n, draw)], &mut u64::from(n));
    }
    live.insert([99; 16], 99, [99; 16], of_everything(&digester())).unwrap();
    let mut image = Vec::new();
    live.write_image(&mut image).unwrap();
    let body = &image[kind(&table, &digester()).len()..];
    let digest = blake3::hash(body).to_hex();
    assert_eq!((VERSION, &digest[..16]), (1, "fc50c2b630546e22"));
}
