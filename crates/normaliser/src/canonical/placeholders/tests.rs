#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

pub(in crate::canonical) fn shipped() -> Placeholders {
    Placeholders::parse(include_str!("../../../../../config/sources/placeholders.toml")).unwrap()
}

#[test]
fn knows_placeholders() {
    let placeholders = shipped().and_names(&["Sin Registro".to_owned()]);
    for name in [
        "Unknown User",
        "UNKNOWN",
        "Victim One",
        "Victim #2",
        "víctima 1",
        "N/A",
        "---",
        "?",
        "John Doe",
        "sin  registro",
        "Desconocido",
        "Suspect B",
    ] {
        assert!(placeholders.has_name(name), "{name}");
    }
    for name in ["Jane Exemplar", "Victor One", "Ana Dos", "Max Unknown", "李"] {
        assert!(!placeholders.has_name(name), "{name}");
    }
}

#[test]
fn knows_numbers_addresses_and_days_that_are_none() {
    let list = shipped();
    for number in ["000-00-0000", "XXXX", "123-45-6789", "N/A", "078-05-1120", "unknown"] {
        assert!(list.has_number(number), "{number}");
    }
    for number in ["G12345678", "0012", "219-09-9998"] {
        assert!(!list.has_number(number), "{number}");
    }
    assert!(list.has_email("None@None.com") && list.has_email("anybody@example.invalid"));
    assert!(!list.has_email("ana@example.org") && !list.has_email("ana"));
    assert!(
        list.has_birth_day(Date::constant(1990, 1, 1)) && !list.has_birth_day(Date::constant(1990, 1, 2))
    );
    assert!(
        Placeholders::parse("birth_days = [\"13-01\"]").is_err() && Placeholders::parse("nmes = []").is_err()
    );
}
