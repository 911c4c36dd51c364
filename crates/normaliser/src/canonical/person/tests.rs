#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use lead::thing::Account;
use lead::value::Moment;

use super::*;
use crate::canonical::placeholders::tests::shipped;

fn born(local: &str) -> Person {
    Person {
        birth_date: Some(Moment { local: Some(local.into()), text: local.into(), ..Moment::default() }),
        ..Person::default()
    }
}

fn derive(person: &mut Person, day: &str) -> Vec<String> {
    let mut warnings = Warnings::default();
    let day: Date = day.parse().unwrap();
    derive_age(person, Some((day, day)), &shipped(), &mut warnings, "persons[0]");
    warnings.into_list()
}

#[test]
fn a_minor_is_who_is_below_eighteen_on_the_day() {
    for (birth, day, minor) in [
        ("2006-05-20", "2024-05-19", Ternary::Yes),
        ("2006-05-20", "2024-05-20", Ternary::No),
        ("2006-05", "2024-05-15", Ternary::Unknown),
        ("2006-05", "2024-06-15", Ternary::No),
        ("2006", "2024-06-15", Ternary::Unknown),
        ("2006", "2025-01-01", Ternary::No),
        ("2010", "2024-01-01", Ternary::Yes),
        ("2006-01-01", "2024-06-15", Ternary::Unknown),
        ("2030-01-02", "2024-06-15", Ternary::Yes),
    ] {
        let mut person = born(birth);
        derive(&mut person, day);
        assert_eq!(person.minor, minor, "{birth} on {day}");
    }
    let mut nothing_known = Person::default();
    derive(&mut nothing_known, "2024-01-01");
    assert_eq!(nothing_known.minor, Ternary::Unknown);
}

#[test]
fn contradictions_protect_and_warn() {
    let mut person = Person { age: Some(15), ..born("2009-05-20") };
    assert_eq!(derive(&mut person, "2024-01-15"), ["age_contradicts_birth_date:persons[0].age"]);
    assert_eq!(person.minor, Ternary::Yes);

    let mut person = Person { age: Some(17), ..born("1989-03-15") };
    assert_eq!(derive(&mut person, "2024-01-15"), ["age_contradicts_birth_date:persons[0].age"]);
    assert_eq!(person.minor, Ternary::Yes);

    let mut person = Person { age: Some(30), minor: Ternary::Yes, ..Person::default() };
    assert_eq!(derive(&mut person, "2024-01-15"), ["minor_contradicts_age:persons[0].minor"]);
    assert_eq!(person.minor, Ternary::Yes);

    let mut person = Person { age: Some(12), minor: Ternary::No, ..Person::default() };
    assert_eq!(derive(&mut person, "2024-01-15"), ["minor_contradicts_age:persons[0].minor"]);
    assert_eq!(person.minor, Ternary::Yes);
}

#[test]
fn reads_ages_as_written() {
    for (text, age, low, high, minor) in [
        ("15", Some(15), None, None, Ternary::Yes),
        ("25-30", None, Some(25), Some(30), Ternary::No),
        ("14 to 16", None, Some(14), Some(16), Ternary::Yes),
        ("16 a 19", None, Some(16), Some(19), Ternary::Unknown),
        ("30-25", None, None, None, Ternary::Unknown),
        ("in her teens", None, None, None, Ternary::Unknown),
        ("900", None, None, None, Ternary::Unknown),
    ] {
        let mut person = Person { age_text: Some(text.into()), ..Person::default() };
        assert!(derive(&mut person, "2024-01-15").is_empty());
        assert_eq!((person.age, person.age_min, person.age_max), (age, low, high), "{text}");
        assert_eq!(person.minor, minor, "{text}");
    }
    let mut person = Person { age: Some(900), ..Person::default() };
    assert_eq!(derive(&mut person, "2024-01-15"), ["age_not_possible:persons[0].age"]);
    assert_eq!((person.age, person.age_text), (None, Some("900".into())));
}

#[test]
fn references_are_unique_and_what_is_not_clear_is_anybodys() {
    let person = |name: &str| Person { person_ref: name.into(), ..Person::default() };
    let account = |name: &str| Account { person_ref: Some(name.into()), ..Account::default() };
    let mut content = Content {
        persons: vec![person("p1"), person(""), person("x"), person("x")],
        accounts: vec![account("p1"), account("x"), account("nobody"), account("p2")],
        ..Content::default()
    };
    let mut warnings = Warnings::default();
    assign_references(&mut content, &mut warnings);
    let refs: Vec<&str> = content.persons.iter().map(|p| p.person_ref.as_str()).collect();
    assert_eq!(refs, ["p1", "p2", "x", "p3"]);
    let held: Vec<Option<&str>> = content.accounts.iter().map(|a| a.person_ref.as_deref()).collect();
    assert_eq!(held, [Some("p1"), None, None, Some("p2")]);
    let expected = ["person_ref_repeated:persons[3]", "person_ref_unknown:accounts[2].person_ref"];
    assert_eq!(warnings.into_list(), expected);
}

#[test]
fn a_birth_that_is_likely_a_slip_is_doubted() {
    for (birth, spoken_of, unlikely) in [
        ("1980-10-25", &["1980-10-25", "2026-01-01"][..], true),
        ("1980-10-25", &["2026-01-01", "1980-10-26"], false),
        ("2026-01-01", &["2025-06-01", "2026-01-01"], true),
        ("2026-01-02", &["2026-01-01"], true),
        ("2025-12-31", &["2026-01-01"], false),
        ("1905-01-02", &["2026-01-01"], false),
        ("1905-01-01", &["2026-01-01"], true),
        ("1890-05-04", &["1900-05-04", "2026-01-01"], true),
        ("2026", &["2026-01-01"], false),
        ("1904", &["2026-01-01"], true),
        ("1890", &[], false),
    ] {
        let days: Vec<Date> = spoken_of.iter().map(|day| day.parse().unwrap()).collect();
        let days: Vec<_> = days.into_iter().map(|day| (day, day)).collect();
        let mut warnings = Warnings::default();
        doubt_birth(&born(birth), &days, &mut warnings, "persons[0]");
        let expected = if unlikely { &["date_unlikely:persons[0].birth_date"][..] } else { &[] };
        assert_eq!(warnings.into_list(), expected, "{birth}");
    }
}
