//! What holds of every sequence of leads.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::matter::Judgement;
use lead::{Lead, LeadId, MatterEvent, MatterId, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::example::{
    SHIPPED, Says, Step, addition, cancel, deduplicator, hot_at, report, shipped_but, word,
};
use crate::reference::Reference;
use crate::run::Run;

/// A lead of few ids, values and orders, so that everything collides.
fn a_lead() -> impl Strategy<Value = Lead> {
    let values = (
        subsequence(vec![1, 2, 3, 4], 0..=3),
        subsequence(vec![1, 2], 0..=1),
        subsequence(vec![1, 2, 3], 0..=2),
    );
    let domain = prop_oneof![8 => Just(MessageStatus::Actual), 1 => Just(MessageStatus::Exercise)];
    (1_u8..=7, 0_i64..14, 0_u8..3, 0_u8..10, values, domain).prop_map(
        |(id, order, content, kind, (phones, numbers, facts), domain)| {
            let lead = match kind {
                0 | 1 => cancel(id, order),
                2 => addition(id, order, "f1"),
                3 => addition(id, order, "f2"),
                _ => report(id, order),
            };
            let lead = lead.says(content).within(domain);
            let lead = phones.into_iter().fold(lead, Says::phone);
            let lead = numbers.into_iter().fold(lead, Says::number);
            facts.into_iter().fold(lead, Says::fact)
        },
    )
}

/// Mostly leads, and now and then an officer's word on two of them.
fn a_step() -> impl Strategy<Value = Step> {
    let judgement = prop_oneof![Just(Judgement::Same), Just(Judgement::Different)];
    let decision =
        (judgement, 1_u8..=7, 1_u8..=7, 0_i64..20).prop_map(|(j, a, b, at)| Step::from(word(j, a, b, at)));
    prop_oneof![7 => a_lead().prop_map(Step::from), 1 => decision]
}

fn placed(event: &MatterEvent) -> i64 {
    match event {
        MatterEvent::AssessedLead(lead) => lead.place,
        MatterEvent::Regrouping(regrouping) => regrouping.place,
        _ => -1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_plain_fold_agrees(steps in vec(a_step(), 0..60), members in 1_usize..4) {
        let config = shipped_but(&[("members = 64", &format!("members = {members}"))]);
        let events = Run::default().steps(deduplicator(&config), &steps);
        let mut events = events.into_iter().peekable();
        let mut reference = Reference::new(members);
        // Who follows the events knows where every lead stands.
        let mut clusters = BTreeMap::new();
        for (n, step) in steps.iter().enumerate() {
            let expected = reference.fold(step);
            let place = i64::try_from(n).unwrap();
            let mut found = None;
            while let Some(event) = events.next_if(|event| placed(event) == place) {
                match event {
                    MatterEvent::AssessedLead(lead) => {
                        found = Some((lead.verdict, lead.matter_id, lead.version));
                        let key = (lead.lead.message_status, lead.lead.lead_id);
                        match lead.verdict {
                            Verdict::Stale | Verdict::Replay => {}
                            Verdict::Cancel => drop(clusters.remove(&key)),
                            _ => drop(clusters.insert(key, lead.cluster_id)),
                        }
                    }
                    MatterEvent::Regrouping(moved) => {
                        for lead in moved.leads {
                            let before = clusters.insert((moved.domain, lead), moved.cluster_id);
                            prop_assert!(before.is_some_and(|before| before != moved.cluster_id), "step {}", n);
                        }
                    }
                    _ => prop_assert!(false, "an event of another kind"),
                }
            }
            prop_assert_eq!(found, expected, "step {}", n);
            prop_assert_eq!(&clusters, &reference.clusters(), "step {}", n);
        }
        prop_assert!(events.next().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_replay_gives_the_same_bytes(leads in vec(a_lead(), 0..40)) {
        let run = || {
            let mut run = Run::default();
            run.batch(deduplicator(SHIPPED), &leads);
            (run.transport.outputs, run.transport.changes, run.store.pairs())
        };
        prop_assert!(run() == run());
    }

    #[test]
    fn batches_and_restarts_change_nothing(steps in vec(a_step(), 0..40), cuts in vec(0_usize..40, 0..6)) {
        let config = &hot_at(6);
        let mut whole = Run::default();
        whole.steps(deduplicator(config), &steps);
        let mut parts = Run::default();
        let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < steps.len()).collect();
        cuts.sort_unstable();
        let mut from = 0;
        for to in cuts.into_iter().chain([steps.len()]) {
            parts.steps(deduplicator(config), &steps[from..to]);
            from = to;
        }
        prop_assert!(whole.transport.outputs == parts.transport.outputs);
        prop_assert!(whole.store.pairs() == parts.store.pairs());
    }

    #[test]
    fn what_is_not_committed_leaves_no_trace(steps in vec(a_step(), 0..40), aborts in vec(0_usize..3, 0..12)) {
        let config = &hot_at(6);
        let mut smooth = Run::default();
        let mut rough = Run::default();
        let (mut one, mut other) = (smooth.open(deduplicator(config)), rough.open(deduplicator(config)));
        let mut aborts = aborts.into_iter().chain(std::iter::repeat(0));
        for part in steps.chunks(4) {
            smooth.run(&mut one, part);
            rough.transport.aborts = aborts.next().unwrap();
            rough.run(&mut other, part);
        }
        prop_assert!(smooth.transport.outputs == rough.transport.outputs);
        prop_assert!(smooth.store.pairs() == rough.store.pairs());
    }

    /// The index is not built again, but brought up to date with what the restore changed.
    #[test]
    fn what_nobody_heard_the_end_of_changes_nothing(
        steps in vec(a_step(), 0..60),
        unheard in vec(proptest::option::of(any::<bool>()), 0..20),
    ) {
        let config = &hot_at(6);
        let mut smooth = Run::default();
        let mut rough = Run::default();
        let (mut one, mut other) = (smooth.open(deduplicator(config)), rough.open(deduplicator(config)));
        let mut unheard = unheard.into_iter().chain(std::iter::repeat(None));
        for part in steps.chunks(4) {
            smooth.run(&mut one, part);
            rough.transport.unheard = unheard.next().unwrap();
            rough.run(&mut other, part);
        }
        prop_assert!(smooth.transport.outputs == rough.transport.outputs);
        prop_assert!(smooth.store.pairs() == rough.store.pairs());
    }

    #[test]
    fn a_name_alone_never_links(names in vec(0_usize..3, 2..30)) {
        let named = |n: usize| ["Alan Exemplar", "Bea Exemplar", "Alan Exempler"][n];
        let leads: Vec<_> = (0_u8..).zip(&names)
            .map(|(n, name)| report(n, 1).phone(n.into()).name(named(*name)))
            .collect();
        for (n, lead) in Run::default().batch(deduplicator(SHIPPED), &leads).iter().enumerate() {
            prop_assert!(matches!(lead.verdict, Verdict::New | Verdict::Review), "{:?}", lead.verdict);
            prop_assert_eq!(lead.matter_id, MatterId([n as u8; 16]));
        }
    }

    #[test]
    fn cancelling_a_lead_returns_the_indexes_to_what_they_were(
        before in vec(a_lead(), 0..30),
        opening in a_lead(),
        more in vec((0_u8..4, subsequence(vec![1_u16, 2, 3, 4], 0..=3)), 0..5),
    ) {
        // A lead that nobody else is, with versions and additions, and then its Cancel.
        let mut lead = Lead { lead_id: LeadId([99; 16]), ..opening };
        lead.message_kind = lead::code::MessageKind::Report;
        lead.amendment_key = None;
        let domain = lead.message_status;
        let mut story = vec![lead];
        for (n, (kind, phones)) in (20..).zip(more) {
            let next = if kind < 2 { report(99, n) } else { addition(99, n, ["f1", "f2"][usize::from(kind - 2)]) };
            story.push(phones.into_iter().fold(next.says(n as u8).within(domain), Says::phone));
        }
        story.push(cancel(99, 90).within(domain));
        // Its own state and additions stay, for a later report; everything else is as before, but clusters: an edge
        // that waited for a second kind of evidence, and found it in the lead, holds on without it.
        let others = |run: &Run| {
            let mut pairs = run.store.pairs();
            pairs.retain(|(key, _)| !(matches!(key[0], b'l' | b'c' | b'e') || key[0] == b'a' && key[2..18] == [99; 16]));
            pairs
        };
        let mut run = Run::default();
        run.batch(deduplicator(SHIPPED), &before);
        let pairs = others(&run);
        run.batch(deduplicator(SHIPPED), &story);
        prop_assert!(others(&run) == pairs);
    }
}
