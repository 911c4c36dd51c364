#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;

fn take(seed: u64, n: usize) -> Vec<Submission> {
    Generator::new(seed, Mix::default()).take(n).collect()
}

#[test]
fn a_seed_means_the_same_bytes() {
    assert!(take(7, 300) == take(7, 300));
    assert!(take(7, 300) != take(8, 300));
}

#[test]
fn every_kind_and_agency_occurs_about_as_often_as_asked() {
    let (mut kinds, mut agencies) = (BTreeMap::new(), BTreeSet::new());
    for submission in take(1, 5_000) {
        agencies.insert(submission.agency);
        *kinds.entry(submission.truth[0].kind).or_insert(0) += 1;
    }
    assert_eq!(agencies.len(), 3);
    for (kind, at_least) in [
        (Kind::Report, 1_000),
        (Kind::Repeat, 300),
        (Kind::Retelling, 700),
        (Kind::Update, 400),
        (Kind::Cancel, 100),
        (Kind::Late, 40),
        (Kind::EarlyCancel, 20),
        (Kind::Amendment, 100),
        (Kind::Malformed, 100),
        (Kind::NotALead, 15),
        (Kind::Exercise, 80),
    ] {
        assert!(kinds.get(&kind).copied().unwrap_or(0) >= at_least, "{kind:?}: {:?}", kinds.get(&kind));
    }
}

#[test]
fn the_ledger_says_one_thing_of_equal_bytes() {
    let mut said = HashMap::new();
    for submission in take(2, 5_000) {
        let line = submission.ledger_line();
        let known =
            said.entry((submission.topic.clone(), line.sha256.clone())).or_insert(line.entries.clone());
        assert_eq!(*known, line.entries, "submission {}", submission.n);
    }
}

#[test]
fn nothing_in_it_is_real() {
    for submission in take(3, 1_000) {
        let text = String::from_utf8_lossy(&submission.value).into_owned();
        for (at, _) in text.match_indices("555-") {
            assert!(
                text[at..].starts_with("555-01") || text[at..].len() < 6,
                "a number outside the range for fiction"
            );
        }
        // Of Avro and of cut messages every byte may be an at sign.
        let whole =
            submission.agency != "fiscalia-mx" && submission.truth.iter().all(|t| t.becomes == "lead");
        for (at, _) in text.match_indices('@').filter(|_| whole) {
            assert!(text[at..].starts_with("@example.org"), "an address outside the domains for examples");
        }
    }
}

#[test]
fn memory_is_bounded() {
    let mut generator = Generator::new(4, Mix::default());
    for _ in 0..5_000 {
        generator.next();
    }
    assert!(generator.sent.len() <= REMEMBERED && generator.reports.len() <= REMEMBERED);
    assert!(generator.matters.len() <= REMEMBERED);
}
