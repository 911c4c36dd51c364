//! Officers as data: what is read, what is refused, and what is never shown.

use gate::{Grant, OfficerError, OfficerKey, Officers, Refusal};
use lead::reference::ReferenceError;
use lead::value::Micros;

use crate::example::{desk, file, night, officers};

#[test]
fn a_file_says_whose_key_what_for_and_how_long() {
    let officers = officers();
    let desk_file = officers.get("desk").unwrap();
    assert_eq!(desk_file.key, desk().public());
    assert!(desk_file.may.contains(&Grant::Match));
    // A date is its first moment in UTC.
    assert_eq!(desk_file.from, Some(Micros(1_767_225_600_000_000)));
    let instant = file(&desk(), "may = [\"match\"]\nfrom = 2026-01-01T01:00:00+01:00");
    assert_eq!(Officers::parse(&[("a", instant)]).unwrap().get("a").unwrap().from, desk_file.from);
    assert_eq!(officers.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["desk", "night", "suspended"]);
    assert_eq!((officers.len(), Officers::default().is_empty()), (3, true));
    assert_eq!(Officers::parse::<&str, &str>(&[]).unwrap(), Officers::default());
}

/// Sabotage: take an unknown field, an unknown grant or two officers with one key.
#[test]
fn a_fault_says_where_it_is_and_what_is_expected() {
    let good = file(&desk(), "may = [\"match\"]");
    let cases = [
        ("desk", "", "missing field `key`"),
        ("desk", "key = ", "config/officers/desk.toml: "),
        ("desk", "key = \"00\"\nmay = []", "`key` must be an Ed25519 public key of 64 hexadecimal digits"),
        ("desk", &good.replace("key = \"", "key = \"0"), "`key` must be"),
        ("desk", &good.replace("match", "release"), "expected one of `match`, `approve`, `recall`"),
        ("desk", &format!("{good}may_not = []"), "unknown field `may_not`"),
        ("desk", &format!("{good}until = 2026-01-01T10:00:00"), "`until` must be a date such as"),
        ("desk", &format!("{good}from = \"2026-01-01\""), "from"),
        (
            "desk",
            &format!("{good}from = 2026-01-02\nuntil = 2026-01-02"),
            "`until` must be later than `from`",
        ),
        ("desk", &format!("{good}#{}", "x".repeat(4_096)), "at most 4096 bytes"),
        ("Desk", &good, "a-z, 0-9 and -"),
        ("_template", &good, "a-z, 0-9 and -"),
        ("", &good, "a-z, 0-9 and -"),
        ("a\nb", &good, "officers/a\\nb.toml"),
    ];
    for (id, text, says) in cases {
        let error = Officers::parse(&[(id, text)]).unwrap_err().to_string();
        assert!(error.contains(says), "expected `{says}` in: {error}");
    }
    let twice = Officers::parse(&[("a", &good), ("a", &good)]).unwrap_err();
    assert_eq!(twice, OfficerError::Twice("a".into()));
    let shared = Officers::parse(&[("a", &good), ("b", &good)]).unwrap_err();
    assert_eq!(shared, OfficerError::SharedKey("a".into(), "b".into()));
    let many: Vec<(String, &str)> = (0..1_001).map(|n| (format!("o{n}"), "")).collect();
    assert_eq!(Officers::parse(&many).unwrap_err(), OfficerError::TooMany(1_001, 1_000));
}

#[test]
fn the_hash_tells_versions_and_not_the_order_of_files() {
    let (a, b) = (file(&desk(), "may = [\"match\"]"), file(&night(), "may = [\"match\"]"));
    let one = Officers::parse(&[("a", &a), ("b", &b)]).unwrap();
    assert_eq!(one.hash(), Officers::parse(&[("b", &b), ("a", &a)]).unwrap().hash());
    assert_ne!(one.hash(), Officers::parse(&[("a", &a), ("b", &b.replace("\"match\"", ""))]).unwrap().hash());
    assert_ne!(one.hash(), Officers::parse(&[("a", &a)]).unwrap().hash());
}

/// Sabotage: derive `Debug` for `Officer` or `PublicKey`.
#[test]
fn debug_shows_identifiers_alone() {
    let shown = format!("{:?}", officers());
    assert!(shown.contains("desk") && shown.contains("night"), "{shown}");
    for key in [desk(), night()] {
        assert!(!shown.contains(&key.public().to_string()), "{shown}");
        assert!(!format!("{:?} {key:?}", key.public()).contains(|c: char| c.is_ascii_digit()));
    }
}

/// The vector of RFC 8032, 7.1, test 2: another program with the same secret has the same public key.
#[test]
fn a_key_is_the_one_of_the_standard() {
    let secret = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let key = OfficerKey::new(lead::ident::unhex(secret).unwrap());
    let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    assert_eq!(key.public().to_string(), public);
}

/// Codes are labels of a metric: each its own, in snake case.
#[test]
fn every_refusal_has_a_code_of_its_own() {
    let all = [
        Refusal::EmptyValue,
        Refusal::TooLarge,
        Refusal::Undecodable(lead::wire::WireError::TooShort),
        Refusal::NotAWord,
        Refusal::PartnerNotAnId,
        Refusal::NotAnAnswer,
        Refusal::Reference(ReferenceError::Form),
        Refusal::Reference(ReferenceError::Key),
        Refusal::Reference(ReferenceError::Foreign),
        Refusal::SameLead,
        Refusal::NoDomain,
        Refusal::ReasonNotACode,
        Refusal::InTheFuture,
        Refusal::UnknownOfficer,
        Refusal::NotAuthorised,
        Refusal::NotYetValid,
        Refusal::Expired,
        Refusal::BadSignature,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), all.len());
    assert_eq!(codes, Refusal::CODES.into());
    assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
}
