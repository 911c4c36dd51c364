#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use proptest::prelude::*;

fn id(n: u8) -> Id {
    [n; 16]
}

fn edge(weight: Millibits, groups: &[Group]) -> Edge {
    Edge { weight, groups: groups.to_vec(), table: String::new(), cause: Cause::Auto, time_ms: 0 }
}

fn strong() -> Edge {
    edge(20_000, &[Group::Phone, Group::Family])
}

fn ledger(leads: u8) -> Ledger {
    let mut ledger = Ledger::new(Growth::of(6_600));
    for n in 1..=leads {
        ledger.open(id(n), n.into()).unwrap();
    }
    ledger
}

fn propose(ledger: &mut Ledger, a: u8, b: u8, edge: Edge) -> Proposal {
    ledger.propose((id(a), id(b)), edge, |_, _| false, &mut Vec::new()).unwrap()
}

#[test]
fn two_clusters_need_two_kinds_of_evidence_or_strong_evidence() {
    let weak = |group| edge(7_000, &[Group::Family, group]);
    let mut l = ledger(4);
    assert_eq!(propose(&mut l, 1, 2, weak(Group::Phone)), Proposal::Joined);
    assert_eq!(propose(&mut l, 3, 4, weak(Group::Phone)), Proposal::Joined);
    assert_eq!(propose(&mut l, 1, 3, weak(Group::Phone)), Proposal::Review(Hold::SecondEdge));
    assert_eq!(
        propose(&mut l, 1, 4, weak(Group::Phone)),
        Proposal::Review(Hold::SecondEdge),
        "the same again"
    );
    assert_eq!(propose(&mut l, 2, 4, weak(Group::Document)), Proposal::Joined);
    assert_eq!(l.members(id(1)).count(), 4);
    assert!(l.edge(id(1), id(3)).unwrap().1, "what waited holds it together now");
}

#[test]
fn a_contradiction_with_any_member_is_for_a_person() {
    let mut l = ledger(3);
    propose(&mut l, 1, 2, strong());
    let contradicts = |a, b| pair(a, b) == (id(2), id(3));
    let held = l.propose((id(3), id(1)), strong(), contradicts, &mut Vec::new());
    assert_eq!(held, Ok(Proposal::Review(Hold::Contradiction)));
}

#[test]
fn growth_stops_at_size_and_at_density() {
    let mut l = ledger(60);
    // A chain: each lead joins the one before. With 11 members 10 of 55 pairs have an edge.
    let joined = (2..=60).take_while(|n| propose(&mut l, *n, n - 1, strong()) == Proposal::Joined).count();
    assert_eq!(joined, 9);
    assert_eq!(propose(&mut l, 11, 10, strong()), Proposal::Review(Hold::Density));
}

#[test]
fn unlinking_lasts_until_an_officer_decides_otherwise() {
    let mut l = ledger(3);
    propose(&mut l, 1, 2, strong());
    propose(&mut l, 2, 3, strong());
    let mut events = Vec::new();
    l.unlink(id(1), id(2), &mut events).unwrap();
    assert_eq!(events, [Event::Split { from: id(1), into: id(2), leads: vec![id(2), id(3)] }]);
    assert_eq!(propose(&mut l, 1, 2, strong()), Proposal::Review(Hold::CannotLink));
    assert_eq!(propose(&mut l, 1, 3, strong()), Proposal::Review(Hold::CannotLink), "not by a third either");
    let officer = Edge { cause: Cause::Officer(id(9)), ..strong() };
    events.clear();
    assert_eq!(l.confirm((id(1), id(2)), officer, &mut events), Ok(Proposal::Joined));
    assert_eq!(events, [Event::Joined { into: id(1), from: id(2) }]);
}

/// Sabotage: look for the two leads before the word is kept.
#[test]
fn a_word_on_leads_that_are_absent_is_kept() {
    let mut l = ledger(0);
    let absent = Err(LedgerError::Absent);
    assert_eq!(l.unlink(id(1), id(2), &mut Vec::new()), absent);
    l.open(id(1), 1).unwrap();
    l.open(id(2), 2).unwrap();
    assert_eq!(propose(&mut l, 1, 2, strong()), Proposal::Review(Hold::CannotLink));
    l.remove(id(2), &mut Vec::new()).unwrap();
    assert_eq!(l.confirm((id(1), id(2)), strong(), &mut Vec::new()).map(|_| ()), absent);
    l.open(id(2), 3).unwrap();
    assert_eq!(propose(&mut l, 1, 2, strong()), Proposal::Joined);
}

#[test]
fn a_cluster_keeps_its_id_without_its_first_lead() {
    let mut l = ledger(3);
    propose(&mut l, 1, 2, strong());
    propose(&mut l, 1, 3, strong());
    propose(&mut l, 2, 3, strong());
    l.remove(id(1), &mut Vec::new()).unwrap();
    assert_eq!(l.cluster(id(2)), Some(id(1)));
    assert_eq!(l.cluster(id(3)), Some(id(1)));
    let again = l.open(id(1), 7).unwrap();
    assert_ne!(again, id(1), "that id is another cluster's");
    assert_eq!(l.open(id(2), 8), Err(LedgerError::Present));
}

#[derive(Debug, Clone)]
enum Step {
    Open(u8),
    Propose(u8, u8, i32, bool),
    Confirm(u8, u8),
    Unlink(u8, u8),
    Remove(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let lead = || 1u8..14;
    let one = prop_oneof![
        3 => lead().prop_map(Step::Open),
        6 => (lead(), lead(), 6_600i32..16_000, any::<bool>()).prop_map(|(a, b, w, p)| Step::Propose(a, b, w, p)),
        1 => (lead(), lead()).prop_map(|(a, b)| Step::Confirm(a, b)),
        2 => (lead(), lead()).prop_map(|(a, b)| Step::Unlink(a, b)),
        1 => lead().prop_map(Step::Remove),
    ];
    proptest::collection::vec(one, 0..120)
}

/// Takes a step; what the ledger refuses changes nothing.
fn act(l: &mut Ledger, accepted: u64, step: &Step, events: &mut Vec<Event>) {
    let _refused = match step {
        Step::Open(n) => l.open(id(*n), accepted).map(|_| ()),
        Step::Propose(a, b, weight, phone) => {
            let groups =
                if *phone { [Group::Family, Group::Phone] } else { [Group::Family, Group::Document] };
            let contradicts = |x: Id, y: Id| x[0].is_multiple_of(5) && y[0].is_multiple_of(7);
            l.propose((id(*a), id(*b)), edge(*weight, &groups), contradicts, events).map(|_| ())
        }
        Step::Confirm(a, b) => {
            let officer = Edge { cause: Cause::Officer(id(99)), ..strong() };
            l.confirm((id(*a), id(*b)), officer, events).map(|_| ())
        }
        Step::Unlink(a, b) => l.unlink(id(*a), id(*b), events).map(|_| ()),
        Step::Remove(n) => l.remove(id(*n), events),
    };
}

fn run(steps: &[Step]) -> (Ledger, Vec<Event>) {
    let (mut l, mut events) = (ledger(8), Vec::new());
    for (accepted, step) in (100u64..).zip(steps) {
        act(&mut l, accepted, step, &mut events);
    }
    (l, events)
}

/// What a store reads for a change of these leads: their clusters, and what there is between their members.
fn part_of(whole: &Ledger, concerned: &[Id]) -> Ledger {
    let clusters: BTreeSet<Id> = concerned.iter().filter_map(|lead| whole.cluster(*lead)).collect();
    let mut leads: BTreeSet<Id> = clusters.iter().flat_map(|c| whole.members(*c)).collect();
    let kept: Vec<Id> = leads.iter().copied().collect();
    leads.extend(concerned);
    let taken =
        leads.iter().filter(|id| whole.clusters.contains_key(*id) && !clusters.contains(*id)).copied();
    let mut part = Ledger::beside(Growth::of(6_600), taken);
    for lead in kept {
        let member = &whole.leads[&lead];
        part.put_back(lead, member.accepted, member.cluster);
    }
    for ((a, b), edge, live) in whole.edges().filter(|((a, b), ..)| leads.contains(a) && leads.contains(b)) {
        part.put_back_edge((a, b), edge.clone(), live);
    }
    for (a, b) in whole.cannot.iter().filter(|(a, b)| leads.contains(a) && leads.contains(b)) {
        part.put_back_difference(*a, *b);
    }
    part
}

/// The partition from nothing but leads and live edges: each lead takes the smallest label of its neighbours
/// until nothing changes.
fn batch(l: &Ledger) -> BTreeMap<Id, Id> {
    let mut label: BTreeMap<Id, Id> = l.leads.keys().map(|lead| (*lead, *lead)).collect();
    loop {
        let before = label.clone();
        for (a, others) in &l.edges {
            for b in others.iter().filter(|(_, held)| held.live).map(|(b, _)| b) {
                let least = label[a].min(label[b]);
                label.insert(*a, least);
                label.insert(*b, least);
            }
        }
        if label == before {
            return label;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Sabotage: leave out `recompute` in `unlink`, or `drop_edge` in `remove`.
    #[test]
    fn clusters_are_the_components_of_the_live_edges(steps in steps()) {
        let (l, _) = run(&steps);
        let labels = batch(&l);
        for (a, x) in &labels {
            for (b, y) in &labels {
                prop_assert_eq!(x == y, l.cluster(*a) == l.cluster(*b));
            }
        }
        let listed: usize = l.clusters.values().map(BTreeSet::len).sum();
        prop_assert_eq!(listed, l.leads.len());
        for (cluster, members) in &l.clusters {
            prop_assert!(!members.is_empty());
            prop_assert!(members.iter().all(|(_, lead)| l.cluster(*lead) == Some(*cluster)));
        }
    }

    /// Sabotage: leave out `part` in `recompute`, or `declared_different` in `confirm`.
    #[test]
    fn who_was_declared_different_is_never_together(steps in steps()) {
        let (l, _) = run(&steps);
        for (a, b) in &l.cannot {
            let together = l.cluster(*a).is_some() && l.cluster(*a) == l.cluster(*b);
            prop_assert!(!together);
        }
    }

    /// A ledger of only the clusters that a step concerns answers as the whole one does.
    ///
    /// Sabotage: forget `taken` in `free_id`.
    #[test]
    fn a_part_answers_as_the_whole_does(steps in steps()) {
        let mut whole = ledger(8);
        for (accepted, step) in (100u64..).zip(&steps) {
            let concerned: Vec<Id> = match step {
                Step::Propose(a, b, ..) | Step::Confirm(a, b) | Step::Unlink(a, b) => vec![id(*a), id(*b)],
                Step::Open(n) | Step::Remove(n) => vec![id(*n)],
            };
            let mut part = part_of(&whole, &concerned);
            let (mut events, mut of_part) = (Vec::new(), Vec::new());
            act(&mut whole, accepted, step, &mut events);
            act(&mut part, accepted, step, &mut of_part);
            prop_assert_eq!(events, of_part);
            for (lead, accepted, cluster) in part.leads() {
                prop_assert_eq!(whole.leads.get(&lead), Some(&Member { accepted, cluster }));
            }
            for ((a, b), edge, live) in part.edges() {
                prop_assert_eq!(whole.edge(a, b), Some((edge, live)));
            }
        }
    }

    /// Sabotage: walk clusters by a hash map in `recompute`.
    #[test]
    fn the_same_steps_give_the_same_ledger_and_events(steps in steps()) {
        prop_assert_eq!(run(&steps), run(&steps));
    }

    /// Whoever follows the events, and which leads open and leave, knows every cluster.
    ///
    /// Sabotage: send no `Split` for parts of one lead, or a `Joined` the wrong way round.
    #[test]
    fn events_tell_every_change_of_cluster(steps in steps()) {
        let mut l = ledger(8);
        let mut followed: BTreeMap<Id, Id> = (1..=8).map(|n| (id(n), id(n))).collect();
        for (accepted, step) in (100u64..).zip(&steps) {
            let mut events = Vec::new();
            act(&mut l, accepted, step, &mut events);
            match step {
                Step::Open(n) => {
                    followed.entry(id(*n)).or_insert_with(|| l.cluster(id(*n)).unwrap());
                }
                Step::Remove(n) => {
                    followed.remove(&id(*n));
                }
                _ => {}
            }
            for event in events {
                match event {
                    Event::Joined { into, from } => {
                        followed.values_mut().filter(|c| **c == from).for_each(|c| *c = into);
                    }
                    Event::Split { from, into, leads } => {
                        for lead in leads {
                            prop_assert_eq!(followed.insert(lead, into), Some(from));
                        }
                    }
                }
            }
            let clusters: BTreeMap<Id, Id> = l.leads.iter().map(|(lead, m)| (*lead, m.cluster)).collect();
            prop_assert_eq!(&followed, &clusters);
        }
    }
}
