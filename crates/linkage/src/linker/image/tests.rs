#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use proptest::prelude::*;

use super::super::tests::{Draw, Step, apply, digester, draws, linker, saved, small_table, steps};
use super::*;

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
        for bit in 0..8 {
            image[at] ^= 1 << bit;
            drop(Linker::read_image(table.clone(), Rulebook::Leads, digester(), &mut image.as_slice()));
            image[at] ^= 1 << bit;
        }
    }
}
