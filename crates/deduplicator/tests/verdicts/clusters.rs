//! Matters that join and split, what officers say, and what a person is asked.

use lead::matter::{Judgement, ReviewCase};
use lead::{LeadId, MatterEvent, Verdict, wire};
use pipeline::{Counter, Topic};

use crate::example::{SHIPPED, Says, Step, cancel, deduplicator, report, shipped_but, word};
use crate::run::{Run, lead_of};

use Judgement::{Different, Same};

/// What is said of clusters, in order: a lead and where it stands, or leads and where they stand now.
fn clusters(steps: Vec<Step>) -> Vec<(Vec<u8>, u8, u8)> {
    let events = Run::default().steps(deduplicator(SHIPPED), &steps);
    let id = |lead: &LeadId| lead.0[0];
    let said = events.into_iter().map(|event| match event {
        MatterEvent::AssessedLead(l) => (vec![id(&l.lead.lead_id)], l.matter_id.0[0], l.cluster_id.0[0]),
        MatterEvent::Regrouping(r) => (r.leads.iter().map(id).collect(), r.matter_id.0[0], r.cluster_id.0[0]),
        _ => panic!("an event of another kind"),
    });
    said.collect()
}

#[test]
fn a_lead_that_speaks_of_two_matters_joins_them() {
    let said = clusters(vec![
        report(1, 1).number(1).into(),
        report(2, 2).number(2).into(),
        report(3, 3).number(2).into(),
        report(4, 4).number(1).number(2).into(),
        report(5, 5).number(2).into(),
    ]);
    let expected = [
        (vec![1], 1, 1),
        (vec![2], 2, 2),
        (vec![3], 2, 2),
        // Home is that of the best, of equals the first; the other matter is now part of the older one.
        (vec![4], 1, 1),
        (vec![2, 3], 2, 1),
        // What comes later goes home with its best, and stands where that stands.
        (vec![5], 2, 1),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_withdrawal_parts_what_only_that_lead_held_together() {
    let said = clusters(vec![
        report(1, 1).number(1).into(),
        report(2, 2).number(2).into(),
        report(3, 3).number(1).number(2).into(),
        cancel(3, 4).into(),
        report(3, 5).number(2).into(),
    ]);
    let expected = [
        (vec![1], 1, 1),
        (vec![2], 2, 2),
        (vec![3], 1, 1),
        (vec![2], 2, 1),
        (vec![3], 1, 3),
        (vec![2], 2, 2),
        // It has its home for ever, and stands with whom it speaks of now.
        (vec![3], 1, 2),
    ];
    assert_eq!(said, expected);
}

#[test]
fn an_officer_parts_two_leads_and_nothing_joins_them_again() {
    let steps = || -> Vec<Step> { vec![report(1, 1).number(1).into(), report(2, 2).number(1).into()] };
    let apart = |more: Vec<Step>| clusters(steps().into_iter().chain(more).collect());
    assert_eq!(apart(vec![word(Different, 2, 1, 5).into()])[2..], [(vec![2], 1, 2)]);
    // A third that speaks of both stands with the first only; withdrawn and sent again, the second stays apart.
    let third = apart(vec![word(Different, 1, 2, 5).into(), report(3, 3).number(1).into()]);
    assert_eq!(third[3..], [(vec![3], 1, 1)]);
    let again = [word(Different, 1, 2, 5).into(), cancel(2, 6).into(), report(2, 7).number(1).into()];
    assert_eq!(apart(again.into())[4..], [(vec![2], 1, 2)]);
    // An older word changes nothing, a later one does.
    let older = [word(Different, 1, 2, 5), word(Same, 1, 2, 4), word(Same, 2, 1, 6)].map(Step::from);
    assert_eq!(apart(older.into())[2..], [(vec![2], 1, 2), (vec![2], 1, 1)]);
}

#[test]
fn who_held_two_together_stays_with_the_one_it_is_nearer_to() {
    let said = clusters(vec![
        report(1, 1).number(1).docket(1).docket(2).into(),
        report(2, 2).number(1).number(2).into(),
        report(3, 3).number(2).docket(1).docket(2).into(),
        word(Different, 1, 2, 5).into(),
    ]);
    assert_eq!(said[3..], [(vec![2], 1, 2)]);
}

#[test]
fn an_officer_joins_what_evidence_left_apart() {
    let said = clusters(vec![
        report(1, 1).phone(1).into(),
        report(2, 2).phone(1).into(),
        word(Same, 1, 2, 3).into(),
        report(3, 4).number(9).into(),
        word(Same, 3, 3, 9).into(),
        word(Different, 7, 1, 9).into(),
    ]);
    assert_eq!(said, [(vec![1], 1, 1), (vec![2], 2, 2), (vec![2], 2, 1), (vec![3], 3, 3)]);
}

#[test]
fn a_word_on_a_lead_that_is_not_there_waits_for_it() {
    let said = clusters(vec![
        report(1, 1).number(1).into(),
        word(Different, 1, 2, 1).into(),
        report(2, 2).number(1).into(),
    ]);
    assert_eq!(said, [(vec![1], 1, 1), (vec![2], 2, 2)]);
}

#[test]
fn a_person_is_asked_with_the_evidence_and_the_decision_is_counted_as_no_lead() {
    let mut run = Run::default();
    let steps = [
        report(1, 1).phone(1).name("Alan Exemplar").into(),
        report(2, 2).phone(1).name("Alan Muster").into(),
        Step::from(word(Different, 1, 2, 5)),
        report(3, 3).number(1).into(),
        report(4, 4).number(1).into(),
        word(Different, 3, 4, 5).into(),
        report(5, 5).number(1).into(),
    ];
    let records: Vec<_> = steps.iter().map(|step| run.record(Some(step.encode()))).collect();
    let outputs = run.records(deduplicator(SHIPPED), &records);
    let cases: Vec<ReviewCase> = outputs
        .iter()
        .filter(|output| output.topic.as_str() == "leads.review.v1")
        .map(|output| wire::decode(output.value.as_deref().unwrap()).unwrap())
        .collect();
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            let candidates: Vec<_> = case
                .candidates
                .iter()
                .map(|c| (c.lead_id.0[0], c.relation.as_str(), c.held.as_deref()))
                .collect();
            assert!(!case.evidence.is_empty());
            (case.lead_id.0[0], case.place, candidates)
        })
        .collect();
    assert_eq!(
        asked,
        [
            (2, 1, vec![(1, "review", None)]),
            // It stands with the third, so it may not stand with the fourth.
            (5, 6, vec![(3, "repeats", None), (4, "review", Some("cannot_link"))]),
        ]
    );
    for (counter, n) in [
        (Counter::Messages, 7),
        (Counter::Entries, 7),
        (Counter::Leads, 5),
        (Counter::NotALead, 2),
        // The second decision parted two leads.
        (Counter::Events, 1),
        (Counter::Verdicts, 5),
    ] {
        assert_eq!(run.transport.totals().get(counter), n, "{counter:?}");
    }
}

#[test]
fn a_lead_that_may_not_join_its_best_matter_is_for_a_person() {
    let events = Run::default().steps(
        deduplicator(SHIPPED),
        &[report(1, 1).number(1).into(), word(Different, 1, 2, 1).into(), report(2, 2).number(1).into()],
    );
    let MatterEvent::AssessedLead(second) = events.last().unwrap() else { panic!("not a lead") };
    assert_eq!((second.verdict, second.links[0].held.as_deref()), (Verdict::Review, Some("cannot_link")));
}

/// Nobody waits for a question, and what it asks stands in the verdict.
///
/// Sabotage: send a case without asking whether its topic takes it.
#[test]
fn a_question_whose_topic_is_missing_stops_no_verdict() {
    let mut run = Run::default();
    run.transport.missing = Some(Topic::new(lead::topic::REVIEW));
    let steps = [
        report(1, 1).phone(1).name("Alan Exemplar").into(),
        report(2, 2).phone(1).name("Alan Muster").into(),
        report(3, 3).number(1).into(),
    ];
    let events = run.steps(deduplicator(SHIPPED), &steps);
    let verdicts: Vec<_> = events.into_iter().filter_map(lead_of).map(|lead| lead.verdict).collect();
    assert_eq!(verdicts, [Verdict::New, Verdict::Review, Verdict::New]);
}

/// A value is hot while many clusters hold it: whoever joins clusters makes it less common.
///
/// Sabotage: leave the index where it was when leads move.
#[test]
fn matters_that_join_are_one_holder_of_what_they_share() {
    // Two names on one phone are a question here, however many have it.
    let config = shipped_but(&[
        ("leads = 50", "leads = 6"),
        ("clusters = 20", "clusters = 4"),
        ("alias = 19_000", "alias = 3_000"),
    ]);
    let names = ["Exemplar", "Muster", "Tester", "Vorlage", "Beispiel", "Modell", "Ejemplo"];
    let named = |id: u8| report(id, 1).phone(1).name(&format!("Alan {}", names[usize::from(id) - 1]));
    let six = || (1..=6).map(|id| Step::from(named(id))).collect::<Vec<_>>();
    let last = |words: Vec<Step>| {
        let steps: Vec<Step> = six().into_iter().chain(words).chain([named(7).into()]).collect();
        let events = Run::default().steps(deduplicator(&config), &steps);
        events.into_iter().filter_map(lead_of).next_back().map(|lead| lead.verdict)
    };
    assert_eq!(last(Vec::new()), Some(Verdict::New), "six matters hold the number: it is hot");
    let joins = (2..=6).map(|id| word(Same, 1, id, 9).into()).collect();
    assert_eq!(last(joins), Some(Verdict::Review), "one matter holds it");
}

/// Sabotage: leave the edges of a withdrawn lead that wait for a person.
#[test]
fn what_waited_for_a_person_goes_with_the_lead() {
    let mut run = Run::default();
    let steps = [
        report(1, 1).number(1).into(),
        report(2, 2).number(1).into(),
        Step::from(word(Different, 1, 3, 1)),
        report(3, 3).number(1).into(),
    ];
    run.steps(deduplicator(SHIPPED), &steps);
    let edges = |run: &Run| {
        let pairs = run.store.pairs();
        pairs.into_iter().filter(|(key, _)| key[0] == b'e' && key[2..].contains(&3)).count()
    };
    assert_eq!(edges(&run), 2, "one edge, under both leads");
    run.steps(deduplicator(SHIPPED), &[cancel(3, 4).into()]);
    assert_eq!(edges(&run), 0);
}
