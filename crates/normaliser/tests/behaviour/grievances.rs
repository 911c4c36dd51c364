//! The facts that a reader finds in a real-shaped table of employers, when it is at hand: a folder
//! `shared/samples/csv` beside this repository is read if it exists.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lead::record::Lead;
use normaliser::Outcome;

use crate::support::{configured, outcome, outcomes};

fn file(name: &str) -> Option<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/csv");
    std::fs::read(folder.join(name)).ok()
}

#[test]
fn a_row_is_an_employer_and_a_country_that_does_not_exist_stays_a_text() {
    let Some(table) = file("company_grievances_input_data_1-first500.csv") else { return };
    let leads: Vec<Lead> = outcomes(&configured("labour-grievances"), &table)
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Lead(lead) => *lead,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(leads.len(), 500);
    let row =
        |number: usize| leads.iter().find(|lead| lead.report_number == Some(number.to_string())).unwrap();
    let phone = |number: usize| row(number).content.organizations[0].phones[0].clone();
    for (number, e164) in [(97, "+16135551234"), (169, "+491234567890"), (204, "+31123456780")] {
        let read = phone(number).e164.map(|e164| e164.expose().to_owned());
        // A number that the rules of its country do not have stays a text.
        assert!(read.as_deref().is_none_or(|read| read == e164), "{number}: {read:?}");
        assert!(number != 97 || read.is_some());
    }
    let mut countries: BTreeMap<String, usize> = BTreeMap::new();
    for lead in &leads {
        let organisation = &lead.content.organizations[0];
        let country = organisation.country.as_ref().and_then(|country| country.code);
        *countries.entry(country.map_or("none".to_owned(), |code| code.to_string())).or_default() += 1;
        assert!(lead.content.persons.iter().all(|person| person.role.symbol() == "OTHER"));
        assert!(lead.content.categories.iter().all(|category| category.symbol() == "UNKNOWN"));
        if country.is_none() {
            assert!(organisation.phones.iter().all(|phone| phone.e164.is_none()), "{:?}", lead.report_number);
        }
    }
    assert_eq!(countries.get("US"), Some(&10), "{countries:?}");
    for code in ["GL", "JP", "NL", "CA", "DE", "FI", "BR"] {
        assert!(countries.contains_key(code), "{code}: {countries:?}");
    }
    assert_eq!(countries.len(), 9, "these, the United States, and none: {countries:?}");
    let times = |text: &str| {
        let has = |lead: &&Lead| lead.content.organizations[0].phones.iter().any(|p| p.text.expose() == text);
        leads.iter().filter(has).count()
    };
    assert_eq!((times("1122334455"), times("5566778899")), (24, 24), "too common to match on");
}

#[test]
fn statistics_are_no_leads() {
    for name in ["ocse-reports-per-country.csv", "ocse-report-contents.csv"] {
        let Some(table) = file(name) else { return };
        match outcome(&configured("labour-grievances"), &table) {
            Outcome::Rejected(reason) => assert_eq!(reason.code, "unknown_columns", "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}
