//! The fold line by line: each sequence stands for one line of the page, or one of its borders.

use lead::code::MessageStatus::{Actual, Exercise, Test};
use lead::{Lead, MatterEvent, MatterId, Verdict, wire};

use crate::example::{SHIPPED, Says, Step, addition, cancel, deduplicator, hot_at, report, shipped_but};
use crate::run::{Run, lead_of};

/// Verdict, home matter as the first byte of its id, and version of each lead.
fn fold_with(config: &str, leads: &[Lead]) -> Vec<(Verdict, u8, i32)> {
    Run::default()
        .batch(deduplicator(config), leads)
        .iter()
        .map(|lead| {
            assert_eq!(lead.matter_id, MatterId([lead.matter_id.0[0]; 16]));
            (lead.verdict, lead.matter_id.0[0], lead.version)
        })
        .collect()
}

fn fold(leads: &[Lead]) -> Vec<(Verdict, u8, i32)> {
    fold_with(SHIPPED, leads)
}

fn verdicts(config: &str, leads: &[Lead]) -> Vec<Verdict> {
    fold_with(config, leads).into_iter().map(|(verdict, ..)| verdict).collect()
}

use Verdict::{Amendment, Cancel, Duplicate, New, Related, Replay, Review, Stale, Update};

#[test]
fn line_1_cancels_once_and_ignores_what_is_older() {
    let all =
        fold(&[report(1, 5).number(1), cancel(1, 4), cancel(1, 5), cancel(1, 5), cancel(1, 4), cancel(1, 6)]);
    let expected =
        [(New, 1, 1), (Stale, 1, 1), (Cancel, 1, 2), (Replay, 1, 2), (Stale, 1, 2), (Cancel, 1, 3)];
    assert_eq!(all, expected);
}

#[test]
fn line_1_leaves_a_mark_that_a_later_older_report_meets() {
    let all = fold(&[cancel(1, 5), report(1, 4), addition(1, 9, "f"), report(1, 6), report(1, 6)]);
    assert_eq!(all, [(Cancel, 1, 0), (Stale, 1, 0), (Stale, 1, 0), (New, 1, 1), (Replay, 1, 1)]);
}

#[test]
fn line_1_a_mark_stays_a_mark_however_often_it_is_withdrawn() {
    let early = [report(2, 1).number(1), cancel(1, 2), cancel(1, 3), cancel(1, 3), report(1, 4).number(1)];
    // The report that comes at last is new, and finds the matter that it belongs to.
    let expected = [(New, 2, 1), (Cancel, 1, 0), (Cancel, 1, 0), (Replay, 1, 0), (Duplicate, 2, 1)];
    assert_eq!(fold(&early), expected);
}

#[test]
fn line_1_frees_keys_and_facts() {
    let all = fold(&[report(1, 1).number(1), cancel(1, 2), report(2, 3).number(1)]);
    assert_eq!(all.last(), Some(&(New, 2, 1)));
    // The facts of a withdrawn lead cover nothing, though its matter goes on.
    let matter = [report(1, 1).number(1).fact(7), report(2, 2).number(1), cancel(1, 3)];
    let more = report(3, 4).number(1).fact(7);
    assert_eq!(fold(&[&matter[..], &[more]].concat()).last(), Some(&(Related, 1, 1)));
}

#[test]
fn line_2_adds_replaces_and_ignores_by_amendment_key() {
    let all = fold(&[
        report(1, 5),
        addition(1, 6, "f1").says(1),
        addition(1, 7, "f1").says(1),
        addition(1, 5, "f1").says(2),
        addition(1, 1, "f2").says(1),
        addition(1, 8, "f1").says(2),
    ]);
    assert_eq!(
        all,
        [(New, 1, 1), (Amendment, 1, 2), (Replay, 1, 2), (Stale, 1, 2), (Amendment, 1, 3), (Amendment, 1, 4)]
    );
}

#[test]
fn line_2_opens_an_unknown_lead_where_line_5_puts_it() {
    let all = fold(&[
        addition(1, 5, "f").number(1).fact(1),
        report(2, 6).number(1),
        addition(3, 7, "f").number(1),
        report(1, 4).says(4),
        report(1, 4).says(4),
    ]);
    assert_eq!(
        all,
        [(Amendment, 1, 1), (Duplicate, 1, 1), (Amendment, 1, 1), (Update, 1, 2), (Replay, 1, 2)]
    );
}

#[test]
fn line_2_facts_and_keys_of_additions_count() {
    let opened = [report(1, 1).fact(1), addition(1, 2, "f").number(1).fact(2)];
    let both = report(2, 3).number(1).fact(1).fact(2);
    assert_eq!(fold(&[&opened[..], std::slice::from_ref(&both)].concat()).last(), Some(&(Duplicate, 1, 1)));
    // They stay when the report is updated, and go when the addition is replaced.
    let updated = [&opened[..], &[report(1, 4).says(9).fact(1)], std::slice::from_ref(&both)].concat();
    assert_eq!(fold(&updated).last(), Some(&(Duplicate, 1, 1)));
    let replaced = [&opened[..], &[addition(1, 4, "f").says(9).docket(1)], &[both]].concat();
    assert_eq!(fold(&replaced).last(), Some(&(New, 2, 1)));
}

#[test]
fn line_3_never_lets_an_older_version_overtake() {
    let all = fold(&[report(1, 5).says(1), report(1, 7).says(2), report(1, 5).says(1), report(1, 6).says(3)]);
    assert_eq!(all, [(New, 1, 1), (Update, 1, 2), (Stale, 1, 2), (Stale, 1, 2)]);
}

#[test]
fn line_4_knows_the_same_content_again_and_takes_its_order() {
    let all = fold(&[
        report(1, 5).says(1),
        report(1, 5).says(1),
        report(1, 8).says(1),
        report(1, 7).says(2),
        report(1, 8).says(2),
        report(1, 9).says(1),
    ]);
    assert_eq!(
        all,
        [(New, 1, 1), (Replay, 1, 1), (Replay, 1, 1), (Stale, 1, 1), (Update, 1, 2), (Update, 1, 3)]
    );
}

#[test]
fn line_4_a_report_after_its_cancel_is_an_update_in_the_old_home() {
    let all = fold(&[
        report(1, 1).number(1),
        report(2, 2).number(1).docket(9),
        cancel(2, 3),
        report(2, 4).docket(9),
        report(3, 5).docket(9),
    ]);
    assert_eq!(all, [(New, 1, 1), (Related, 1, 1), (Cancel, 1, 2), (Update, 1, 3), (Duplicate, 1, 1)]);
}

#[test]
fn line_4_an_update_with_other_keys_leaves_the_old_postings() {
    let changed = [report(1, 1).number(1).docket(1), report(1, 2).says(1).number(2).docket(1)];
    let all = |key: Lead| fold(&[&changed[..], &[key]].concat()).pop().unwrap();
    assert_eq!(all(report(2, 3).number(1)), (New, 2, 1));
    assert_eq!(all(report(2, 3).number(2)), (Duplicate, 1, 1));
    assert_eq!(all(report(2, 3).docket(1)), (Duplicate, 1, 1));
}

#[test]
fn line_5_parts_new_duplicate_and_related() {
    let first = report(1, 1).number(1).fact(1);
    for (second, expected) in [
        (report(2, 2).number(2).fact(1), (New, 2, 1)),
        (report(2, 2).number(1).fact(1), (Duplicate, 1, 1)),
        (report(2, 2).number(1), (Duplicate, 1, 1)),
        (report(2, 2).number(1).fact(2), (Related, 1, 1)),
        (report(2, 2).number(1).number(2), (Related, 1, 1)),
    ] {
        assert_eq!(fold(&[first.clone(), second]).last(), Some(&expected));
    }
}

#[test]
fn line_5_facts_of_all_the_matter_together_count() {
    let first = [report(1, 1).number(1).fact(1), report(2, 2).number(1).fact(2)];
    let third = report(3, 3).number(1).fact(1).fact(2);
    assert_eq!(fold(&[&first[..], &[third]].concat()).last(), Some(&(Duplicate, 1, 1)));
}

#[test]
fn line_5_takes_the_best_and_of_equals_the_first() {
    // Two matters that share nothing; two numbers weigh more than one. The third joins them, and adds nothing.
    let two = [report(9, 1).number(1).number(2), report(8, 2).docket(1).number(3)];
    for (third, home) in [
        (report(3, 3).number(1).docket(1), 9),
        (report(3, 3).docket(1).number(1).number(3), 8),
        (report(3, 3).number(1).number(2).docket(1), 9),
        (report(3, 3).number(3).number(1), 9),
    ] {
        let leads = [&two[..], &[third]].concat();
        assert_eq!(fold(&leads).last(), Some(&(Duplicate, home, 1)));
    }
    // First accepted, not first updated, and not first by id.
    let updated = [&two[..], &[report(9, 4).says(4).number(1)], &[report(3, 5).number(1).number(3)]].concat();
    assert_eq!(fold(&updated).last(), Some(&(Duplicate, 9, 1)));
}

/// Somebody of another family for each id, with one phone for all.
fn alan(id: u8, order: i64) -> Lead {
    let families = ["Exemplar", "Muster", "Tester", "Vorlage", "Beispiel", "Modell", "Ejemplo"];
    report(id, order).phone(1).name(&format!("Alan {}", families[usize::from(id) - 1]))
}

/// That a value is hot is state, and no function of what is live.
#[test]
fn line_5_what_became_hot_in_a_transaction_of_unknown_outcome_is_hot() {
    let mut run = Run::default();
    let mut task = run.open(deduplicator(&hot_at(6)));
    let steps = |leads: Vec<Lead>| leads.into_iter().map(Step::from).collect::<Vec<_>>();
    run.run(&mut task, &steps((1..=5).map(|id| alan(id, 1)).collect()));
    run.transport.unheard = Some(true);
    run.run(&mut task, &steps(vec![alan(6, 1)]));
    let gone = [1, 2, 3].map(|id| cancel(id, 7));
    run.run(&mut task, &steps([&gone[..], &[alan(7, 6)]].concat()));
    let last = run.transport.outputs.last().unwrap();
    let event: MatterEvent = wire::decode(last.value.as_deref().unwrap()).unwrap();
    assert_eq!(lead_of(event).unwrap().verdict, New);
}

#[test]
fn line_5_a_hot_value_finds_nothing_until_half_of_its_leads_are_gone() {
    // A phone and a given name are for a person, so each of them is a matter of its own.
    let config = &hot_at(6);
    let six: Vec<Lead> = (1..=6).map(|id| alan(id, 1)).collect();
    let seventh = alan(7, 6);
    let last = |between: &[Lead]| {
        let leads = [&six[..], between, std::slice::from_ref(&seventh)].concat();
        verdicts(config, &leads).pop()
    };
    // The sixth is still compared: when it arrives, five hold the number.
    assert_eq!(verdicts(config, &six), [New, Review, Review, Review, Review, Review]);
    assert_eq!(last(&[]), Some(New));
    // It stays hot while half of them are left, and is not any more when fewer are.
    let gone = [1, 2, 3, 4].map(|id| cancel(id, 7));
    assert_eq!(last(&gone[..1]), Some(New));
    assert_eq!(last(&gone[..3]), Some(New));
    assert_eq!(last(&gone), Some(Review));
    // Six in all, but never at once.
    let left = [&six[..5], &[cancel(1, 5)], &six[5..], std::slice::from_ref(&seventh)].concat();
    assert_eq!(verdicts(config, &left).pop(), Some(Review));
    // Its leads can be found by another value.
    let other = [&six[..], &[report(8, 6).phone(1).docket(1), report(9, 7).phone(1).docket(1)]].concat();
    assert_eq!(verdicts(config, &other)[6..], [New, Duplicate]);
}

#[test]
fn line_5_a_number_is_a_relation_and_with_a_name_a_person() {
    let first = report(1, 1).phone(1).name("Alan Exemplar");
    for (second, verdict, home) in [
        // A shared number is a relation; someone else of the same household has it too.
        (report(2, 2).phone(1), New, 2),
        (report(2, 2).phone(1).name("Bea Muster"), New, 2),
        (report(2, 2).phone(1).name("Alan Muster"), Review, 2),
        (report(2, 2).phone(1).name("Alan Exemplar"), Duplicate, 1),
        (report(2, 2).phone(2).name("Alan Exemplar"), New, 2),
    ] {
        assert_eq!(fold(&[first.clone(), second]).last(), Some(&(verdict, home, 1)));
    }
}

#[test]
fn line_5_reads_the_newest_members_only() {
    let config = &shipped_but(&[("members = 64", "members = 2")]);
    let matter = [
        report(1, 1).number(1).fact(1),
        report(2, 2).number(1).fact(2),
        report(3, 3).number(1).fact(3),
        report(4, 4).number(1).fact(4),
    ];
    let fifth = |fact| report(5, 9).number(1).fact(fact);
    let after = |extra: &[Lead], fact| verdicts(config, &[&matter[..], extra, &[fifth(fact)]].concat()).pop();
    assert_eq!(after(&[], 1), Some(Related));
    assert_eq!(after(&[], 2), Some(Related));
    assert_eq!(after(&[], 3), Some(Duplicate));
    assert_eq!(after(&[], 4), Some(Duplicate));
    assert_eq!(after(&[cancel(4, 5)], 2), Some(Duplicate), "the newest that are live");
    assert_eq!(after(&[cancel(4, 5), cancel(3, 5)], 1), Some(Duplicate), "whoever began it is the oldest");
}

#[test]
fn domains_never_meet() {
    let all = fold(&[
        report(1, 5).number(1),
        report(2, 6).number(1).within(Exercise),
        report(1, 1).number(1).within(Exercise),
        cancel(1, 9).within(Test),
        report(3, 7).number(1).within(Test),
        report(1, 6).number(1),
    ]);
    assert_eq!(
        all,
        [(New, 1, 1), (New, 2, 1), (Duplicate, 2, 1), (Cancel, 1, 0), (New, 3, 1), (Replay, 1, 1)]
    );
    assert_eq!(report(1, 1).message_status, Actual);
}

#[test]
fn a_lead_without_facts_and_keys_is_a_matter_of_its_own() {
    assert_eq!(fold(&[report(1, 1), report(2, 2)]), [(New, 1, 1), (New, 2, 1)]);
}
