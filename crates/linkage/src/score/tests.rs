#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::evidence::{Comparison, Level};
use crate::identifier::IdentifierKind;
use crate::table::Rulebook;

const ACCOUNT: Comparison = Comparison::Identifier(IdentifierKind::Account);
const FILE: Comparison = Comparison::Identifier(IdentifierKind::FileHash);
const REPORT: Comparison = Comparison::Identifier(IdentifierKind::ExternalId);

/// One comparison, with what it says in bits.
type Said = (Comparison, Level, Millibits);

fn judged(said: &[Said], stranger: Millibits, household: Millibits, book: Rulebook) -> (Score, Decision) {
    let table = Table::parse(include_str!("../../../../config/matching.toml")).unwrap();
    let mut sheet = Sheet::default();
    for (comparison, level, bits) in said {
        sheet.level(*comparison, *level, bits * 1_000);
    }
    let priors = Priors { stranger: stranger * 1_000, household: household * 1_000 };
    judge(&sheet, priors, &table, table.rules(book))
}

/// What becomes of a pair, and its total in bits.
fn of(said: &[Said], stranger: Millibits, book: Rulebook) -> (Decision, Millibits) {
    let (score, decision) = judged(said, stranger, 5, book);
    (decision, score.total / 1_000)
}

/// Sabotage: let `counted` give the whole sum.
#[test]
fn a_group_counts_up_to_its_cap_and_the_total_is_what_counts() {
    let table = Table::parse(include_str!("../../../../config/matching.toml")).unwrap();
    let said = [(ACCOUNT, Level::Equal, 20), (ACCOUNT, Level::Equal, 20), (FILE, Level::Equal, 4)];
    let (score, decision) = judged(&said, -10, 5, Rulebook::Leads);
    assert_eq!(score.counted(&table, Group::Account), table.caps.account);
    assert_eq!(score.total, -10_000 + table.caps.account + 4_000);
    assert_eq!((score.rival, decision), (Rival::Stranger, Decision::Link));
}

/// Sabotage: link contradicted leads by `rules.link`.
#[test]
fn a_contradiction_takes_weight_and_sends_leads_to_a_person() {
    let agree = [(Comparison::Document, Level::Equal, 18), (ACCOUNT, Level::Equal, 16)];
    let but = [&agree[..], &[(Comparison::Birth, Level::Contradiction, -6)]].concat();
    assert_eq!(of(&agree, -10, Rulebook::Leads), (Decision::Link, 24));
    assert_eq!(of(&but, -10, Rulebook::Leads), (Decision::Review, 18));
    assert_eq!(of(&but, -10, Rulebook::Persons), (Decision::Link, 18));
}

/// Sabotage: let names and a place link leads as they link persons.
#[test]
fn names_and_a_place_link_persons_and_no_leads() {
    let names = [(Comparison::Given, Level::Equal, 10), (Comparison::Family, Level::Equal, 9)];
    let and_place = [&names[..], &[(Comparison::Street, Level::Equal, 12)]].concat();
    assert_eq!(of(&names, -10, Rulebook::Persons).0, Decision::Review, "names alone link nobody");
    assert_eq!(of(&and_place, -10, Rulebook::Leads).0, Decision::Review);
    assert_eq!(of(&and_place, -10, Rulebook::Persons).0, Decision::Link);
    let and_birth = [&and_place[..], &[(Comparison::Birth, Level::Equal, 10)]].concat();
    assert_eq!(of(&and_birth, -10, Rulebook::Leads).0, Decision::Link);
}

/// A motel has a desk, an address and a text that agencies copy; what happens in two rooms is not one matter.
///
/// Sabotage: `needs_person_or_thing = false` under `[leads]`, or let `is_of_one` hold for a phone.
#[test]
fn what_a_venue_has_links_no_leads() {
    let phone = |bits| (Comparison::Identifier(IdentifierKind::Phone), Level::Equal, bits);
    let venue = [phone(16), (Comparison::Street, Level::Equal, 12), (Comparison::Narrative, Level::Near, 4)];
    assert_eq!(of(&venue, -10, Rulebook::Leads).0, Decision::Relation);
    assert_eq!(of(&venue, -10, Rulebook::Persons).0, Decision::Link);
    let given = (Comparison::Given, Level::Equal, 10);
    assert_eq!(of(&[&venue[..], &[given]].concat(), -10, Rulebook::Leads).0, Decision::Review);
    let named = |bits| [phone(bits), given, (Comparison::Family, Level::Equal, 9)];
    assert_eq!(of(&named(16), -10, Rulebook::Leads).0, Decision::Link, "who, by both names and a phone");
    assert_eq!(of(&named(7), -10, Rulebook::Leads).0, Decision::Review, "digits that many share");
    let born = |bits| [given, (Comparison::Birth, Level::Equal, bits)];
    assert_eq!(of(&born(13), -10, Rulebook::Leads).0, Decision::Link);
    assert_eq!(of(&born(7), 0, Rulebook::Leads).0, Decision::Review, "a date that is nearly the same");
    let account = [(ACCOUNT, Level::Equal, 16), (Comparison::Street, Level::Equal, 12)];
    assert_eq!(of(&account, -10, Rulebook::Leads).0, Decision::Link, "a thing of one person");
}

/// Sabotage: judge every pair against strangers alone.
#[test]
fn a_shared_home_is_held_against_the_household_where_that_leaves_less() {
    let said = [
        (Comparison::Family, Level::Equal, 9),
        (Comparison::Street, Level::Equal, 12),
        (Comparison::Given, Level::Different, -4),
    ];
    let (score, decision) = judged(&said, -10, 1, Rulebook::Persons);
    assert_eq!((score.rival, score.total), (Rival::Household, 1_000 - 4_000));
    assert_eq!(decision, Decision::Review, "a brother or sister, until a person says otherwise");
}

#[test]
fn one_identifier_is_a_relation_and_a_report_number_is_the_report() {
    let account = [(ACCOUNT, Level::Equal, 16)];
    assert_eq!(of(&account, -5, Rulebook::Leads).0, Decision::Review, "however small the store");
    assert_eq!(of(&account, -21, Rulebook::Leads).0, Decision::Relation);
    assert_eq!(of(&[(REPORT, Level::Equal, 20)], -10, Rulebook::Leads).0, Decision::Link);
    let (score, decision) = judged(&[(Comparison::Given, Level::Equal, 5)], -10, 5, Rulebook::Leads);
    assert_eq!((decision, score.evidence.len()), (Decision::None, 0));
}

/// Sabotage: let `differs` hold for nothing; or `alias = 3_000` under `[corroboration]`.
#[test]
fn who_is_another_by_name_is_asked_about_only_with_a_phone_that_hardly_anybody_has() {
    let with = |phone, more: &[Said]| {
        let phone = (Comparison::Identifier(IdentifierKind::Phone), Level::Equal, phone);
        let said = [&[phone, (Comparison::Given, Level::Equal, 10)], more].concat();
        of(&said, -5, Rulebook::Leads).0
    };
    let another = [(Comparison::Family, Level::Different, -4)];
    assert_eq!(with(12, &[]), Decision::Review, "nothing says that it is another");
    assert_eq!(with(12, &another), Decision::Relation, "two of one name behind one desk");
    assert_eq!(with(20, &another), Decision::Review, "who uses two names");
    let born = [another[0], (Comparison::Birth, Level::Different, -4)];
    assert_eq!(with(20, &born), Decision::Relation);
}

/// Sabotage: let the company count against a household.
#[test]
fn relatives_have_the_same_relatives() {
    let said = [
        (Comparison::Given, Level::Equal, 6),
        (Comparison::Family, Level::Equal, 9),
        (Comparison::Identifier(IdentifierKind::Phone), Level::Equal, 16),
        (Comparison::Company, Level::Equal, 5),
    ];
    let (score, decision) = judged(&said, -10, 0, Rulebook::Leads);
    assert_eq!((score.rival, score.total), (Rival::Household, 6_000));
    assert_eq!(decision, Decision::Review);
}
