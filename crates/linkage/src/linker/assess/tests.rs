#![allow(clippy::unwrap_used, reason = "tests")]
use super::super::tests::{digester, id};
use crate::{Birth, Identifier, Linker, Person, Profile, Rulebook, Table};

const TABLE: &str = include_str!("../../../../../config/matching.toml");

/// Names that many have make more keys together than a phone that few have, and say less.
///
/// Sabotage: take what shares most keys first, whatever they are.
#[test]
fn who_shares_a_rare_value_is_compared_however_many_share_a_name() {
    let person = |given: &str| {
        let birth = Birth::parse("1990-02-11");
        Person { birth, counts: true, ..Person::default() }.with_names(given, "", "Garcia Lopez", "")
    };
    let lead = |given: &str, number: &str| {
        let phone = Identifier::phone(&digester(), number, "").unwrap();
        Profile::new(vec![person(given)], vec![phone], Vec::new(), None)
    };
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
    for n in 0..60u8 {
        let profile = if n < 5 {
            Profile::new(
                Vec::new(),
                vec![Identifier::phone(&digester(), "+12125550100", "").unwrap()],
                Vec::new(),
                None,
            )
        } else {
            lead("Ana Maria", &format!("+1212556{:04}", 100 + u32::from(n) * 7))
        };
        // All of one cluster: nothing is hot.
        index.insert(id(n), u64::from(n) + 1, id(0), profile).unwrap();
    }
    let found = index.assess(&lead("Ana Maria", "+12125550100"), None);
    assert!(found.dropped > 0, "there are more than are compared");
    let compared = (0..5).filter(|n| found.candidates.iter().any(|c| c.id == id(*n))).count();
    assert_eq!(compared, 5);
}
