#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::*;

fn generator(seed: u64) -> Generator {
    Generator::new(seed, Rates::parse(DEFAULT_RATES).unwrap())
}

fn take(seed: u64, n: usize) -> Vec<Submission> {
    generator(seed).take(n).collect()
}

#[test]
fn a_seed_means_the_same_bytes() {
    assert!(take(7, 300) == take(7, 300));
    assert!(take(7, 300) != take(8, 300));
}

#[test]
fn every_kind_and_agency_occurs_about_as_often_as_asked() {
    let (mut kinds, mut agencies) = (BTreeMap::new(), BTreeSet::new());
    for submission in take(1, 8_000) {
        agencies.insert(submission.agency);
        for truth in &submission.truth {
            *kinds.entry(truth.kind).or_insert(0) += 1;
        }
    }
    assert_eq!(agencies.len(), agency::Agency::ALL.len());
    for (kind, at_least) in [
        (Kind::Report, 1_500),
        (Kind::Repeat, 500),
        (Kind::Resent, 80),
        (Kind::Copy, 80),
        (Kind::Retelling, 200),
        (Kind::Update, 100),
        (Kind::Correction, 20),
        (Kind::Cancel, 80),
        (Kind::Late, 40),
        (Kind::EarlyCancel, 15),
        (Kind::Amendment, 80),
        (Kind::Malformed, 100),
        (Kind::NotALead, 30),
    ] {
        let n = kinds.get(&kind).copied().unwrap_or(0);
        assert!(n >= at_least, "{kind:?}: {n} of {kinds:?}");
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

/// What the truth calls the same content is the same entry, apart from when it was exported.
#[test]
fn equal_content_is_told_in_equal_words() {
    let mut told: HashMap<(&str, u64), String> = HashMap::new();
    let mut again = 0;
    for submission in take(5, 3_000) {
        let [truth] = submission.truth.as_slice() else { continue };
        if truth.becomes != "lead" {
            continue;
        }
        let text = String::from_utf8_lossy(&submission.value);
        let text = text
            .split("\"exported_at\"")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.get(25..).unwrap_or("") });
        let text: String = text.collect();
        if let Some(earlier) = told.insert((submission.agency, truth.content), text.clone()) {
            assert_eq!(earlier, text, "submission {}", submission.n);
            again += 1;
        }
    }
    assert!(again > 100, "{again}");
}

#[test]
fn nothing_in_it_is_real() {
    for submission in take(3, 2_000) {
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
            assert!(text[at..].starts_with("@example."), "an address outside the domains for examples");
        }
    }
}

/// Hard negatives: one family, one street, one telephone at home, and not one person.
#[test]
fn some_matters_look_alike_and_are_not() {
    let rates = Rates::parse(DEFAULT_RATES).unwrap();
    let mut random = Random::new(4);
    let mut registry = Registry::new(&mut random);
    let matters = world::season(&rates, &mut registry, &mut random);
    let subjects: Vec<_> = matters.iter().map(|m| &m.subjects[0]).collect();
    let pairs =
        || subjects.iter().enumerate().flat_map(|(n, a)| subjects[n + 1..].iter().map(move |b| (a, b)));
    let family = pairs().filter(|(a, b)| a.street == b.street && a.family == b.family).count();
    let namesakes = pairs()
        .filter(|(a, b)| a.given == b.given && a.family == b.family && a.birth.year == b.birth.year)
        .count();
    assert!(family > 20 && namesakes > 10, "{family} {namesakes}");
    let hot = matters.iter().filter(|m| m.hot_venue).count();
    assert!((100..200).contains(&hot), "{hot}");
    let phones: HashSet<_> = subjects.iter().flat_map(|s| &s.phones).collect();
    assert!(phones.len() > 500, "numbers run out: {}", phones.len());
}

#[test]
fn memory_holds_one_season() {
    let mut generator = generator(4);
    for _ in 0..6_000 {
        generator.next();
        assert!(generator.ready.len() < 3_000);
    }
}
