#![allow(clippy::unwrap_used, reason = "tests")]
use super::super::tests::{digester, id};
use crate::{Birth, Identifier, Linker, Person, Profile, Rulebook, Table};

const TABLE: &str = include_str!("../../../../../config/matching.toml");

fn person(given: &str, family: &str) -> Person {
    let birth = Birth::parse("1990-02-11");
    Person { birth, counts: true, ..Person::default() }.with_names(given, "", family, "")
}

fn lead(persons: &[(&str, &str)], number: &str) -> Profile {
    let persons = persons.iter().map(|(given, family)| person(given, family)).collect();
    let phone = Identifier::phone(&digester(), number, "").unwrap();
    Profile::new(persons, vec![phone], Vec::new(), None)
}

/// How many of the first leads are compared with the one that is asked about, where not all can be. The others come after.
fn compared(first: &[Profile], others: &[Profile], asked: &Profile) -> usize {
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
    for (n, profile) in (0u8..).zip(first.iter().chain(others)) {
        // All of one cluster: nothing is hot.
        index.insert(id(n), u64::from(n) + 1, id(0), profile.clone()).unwrap();
    }
    let found = index.assess(asked, None);
    assert!(found.dropped > 0, "there are more than are compared");
    (0u8..).zip(first).filter(|(n, _)| found.candidates.iter().any(|c| c.id == id(*n))).count()
}

fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("+1212556{:04}", 100 + n * 7))
}

const PHONE: &str = "+12125550100";

/// Names that many have make more keys together than a phone that few have, and say less.
///
/// Sabotage: take what shares most keys first, whatever they are.
#[test]
fn who_shares_a_rare_value_is_compared_however_many_share_a_name() {
    let name = ("Ana Maria", "Garcia Lopez");
    let others: Vec<_> = numbers(60).map(|number| lead(&[name], &number)).collect();
    assert_eq!(compared(&vec![lead(&[], PHONE); 5], &others, &lead(&[name], PHONE)), 5);
}

/// A name that few have is no such value: more than one may have it, and one person makes many keys of it.
///
/// Sabotage: take every key that few hold for such a value.
#[test]
fn who_shares_a_rare_value_is_compared_however_many_share_rare_names() {
    let names = [
        ("Ana Maria", "Garcia Lopez"),
        ("Birgitta", "Oxenstierna"),
        ("Chukwuemeka", "Nwachukwu"),
        ("Dagmar", "Havlickova"),
        ("Efstathios", "Papadakis"),
        ("Fatoumata", "Diarrassouba"),
    ];
    let others: Vec<_> =
        numbers(60).zip(names.iter().cycle()).map(|(number, name)| lead(&[*name], &number)).collect();
    assert_eq!(compared(&vec![lead(&[], PHONE); 5], &others, &lead(&names, PHONE)), 5);
}

/// The number of a hotline is in many leads.
///
/// Sabotage: take a value that many hold first.
#[test]
fn who_shares_a_name_is_compared_however_many_share_a_common_value() {
    let name = ("Ana Maria", "Garcia Lopez");
    let first: Vec<_> = numbers(5).map(|number| lead(&[name], &number)).collect();
    assert_eq!(compared(&first, &vec![lead(&[], PHONE); 60], &lead(&[name], PHONE)), 5);
}
