#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;

const MINIMAL: &str = r#"
name = "A prosecutor"
kind = "prosecutor"
country = "MX"
sworn = true
max_tlp = "AMBER"
purposes = ["PROSECUTION"]
state = "ACTIVE"
"#;

const AGREEMENT: &str = r#"
[[agreements]]
id = "mlat"
legal_basis = "treaty"
categories = ["SEX_TRAFFICKING"]
starts = 2024-01-01
ends = 2027-01-01T06:00:00Z
"#;

fn home() -> Country {
    Country::parse("US").unwrap()
}

#[test]
fn dates_are_moments_in_utc_and_the_end_is_excluded() {
    let partner = Partner::parse("mx", &format!("{MINIMAL}{AGREEMENT}")).unwrap();
    let agreement = &partner.agreements[0];
    assert_eq!(agreement.starts, Micros(1_704_067_200_000_000));
    assert_eq!(agreement.ends, Micros(1_798_783_200_000_000));
    assert!(!agreement.in_force(Micros(agreement.starts.0 - 1)));
    assert!(agreement.in_force(agreement.starts));
    assert!(!agreement.in_force(agreement.ends));
}

#[test]
fn the_topic_follows_from_name_and_country() {
    let partner = Partner::parse("mx", MINIMAL).unwrap();
    assert_eq!(partner.topic(home()), "leads.international.mx.v1");
    assert_eq!(partner.topic(partner.country), "leads.domestic.mx.v1");
    let named = Partner::parse("mx", &format!("{MINIMAL}topic = \"mx.leads\"")).unwrap();
    assert_eq!(named.topic(home()), "mx.leads");
}

#[test]
fn what_cannot_be_is_refused() {
    let cases = [
        ("mx", MINIMAL.replace("prosecutor\"\nc", "procurator\"\nc"), "procurator"),
        ("mx", MINIMAL.replace("sworn", "sworm"), "sworm"),
        ("mx", format!("{MINIMAL}agreement = 1"), "agreement"),
        ("mx", MINIMAL.replace("AMBER", "NOT_STATED"), "max_tlp"),
        ("mx", MINIMAL.replace("AMBER", "AMBAR"), "AMBAR"),
        ("mx", MINIMAL.replace("\"PROSECUTION\"", ""), "purposes"),
        ("mx", MINIMAL.replace("\"MX\"", "\"Mexico\""), "ISO 3166"),
        ("MX", MINIMAL.to_owned(), "folder"),
        ("mx", format!("{MINIMAL}topic = \"leads.matters.v1\""), "topic"),
        ("mx", format!("{MINIMAL}topic = \"leads.inbound.houston.v1\""), "topic"),
        ("mx", format!("{MINIMAL}topic = \"leads.officers.v1\""), "topic"),
        ("mx", format!("{MINIMAL}{AGREEMENT}").replace("2024-01-01", "2028-01-01"), "later than"),
        ("mx", format!("{MINIMAL}{AGREEMENT}").replace("2024-01-01", "2024-01-01T10:00:00"), "offset"),
        ("mx", format!("{MINIMAL}{AGREEMENT}{AGREEMENT}"), "differ"),
        ("mx", format!("{MINIMAL}{AGREEMENT}").replace("[\"SEX_TRAFFICKING\"]", "[]"), "covers"),
        ("mx", format!("{MINIMAL}{AGREEMENT}").replace("SEX_T", "SEXT"), "categories"),
    ];
    for (id, text, says) in cases {
        let error = Partner::parse(id, &text).unwrap_err().to_string();
        assert!(error.contains(says), "expected `{says}` in: {error}");
    }
}

#[test]
fn two_partners_never_share_a_topic() {
    let taken = format!("{MINIMAL}topic = \"leads.international.mx.v1\"");
    let error = Partners::parse(&[("mx", MINIMAL), ("thief", &taken)]).unwrap_err();
    assert_eq!(error, PartnerError::SharedTopic("thief".into(), "mx".into()));
    let twice = Partners::parse(&[("mx", MINIMAL), ("mx", MINIMAL)]).unwrap_err();
    assert_eq!(twice, PartnerError::Twice("mx".into()));
}

#[test]
fn the_hash_tells_versions_and_not_the_order_of_files() {
    let one = Partners::parse(&[("a", MINIMAL), ("b", MINIMAL), ("_template", MINIMAL)]).unwrap();
    let other = Partners::parse(&[("b", MINIMAL), ("a", MINIMAL)]).unwrap();
    assert_eq!(one.hash(), other.hash());
    assert_eq!(one.len(), 2);
    assert_eq!(one.get("b").unwrap().position, 1);
    let changed = Partners::parse(&[("a", MINIMAL), ("b", &MINIMAL.replace("AMBER", "GREEN"))]).unwrap();
    assert_ne!(one.hash(), changed.hash());
}

#[test]
fn the_next_boundary_is_the_next_change_of_any_agreement() {
    let text = format!("{MINIMAL}{AGREEMENT}");
    let partners = Partners::parse(&[("mx", text.as_str())]).unwrap();
    let agreement = partners.get("mx").unwrap().agreements[0].clone();
    assert_eq!(partners.next_boundary(Micros(0)), Some(agreement.starts));
    assert_eq!(partners.next_boundary(agreement.starts), Some(agreement.ends));
    assert_eq!(partners.next_boundary(agreement.ends), None);
}
