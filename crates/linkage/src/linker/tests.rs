#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::score::Decision;
use crate::{Address, Birth, Group, Identifier, Narrative, Person, Place};
use proptest::prelude::*;

const TABLE: &str = include_str!("../../../../config/matching.toml");

pub(super) fn digester() -> Digester {
    Digester::new([5; 16])
}

/// A table with small bounds, so that few leads reach them.
pub(super) fn small_table() -> Table {
    let text = TABLE.replacen("leads = 50 ", "leads = 6 ", 1).replacen("clusters = 20 ", "clusters = 4 ", 1);
    assert_ne!(text, TABLE);
    Table::parse(&text).unwrap()
}

pub(super) fn linker(rulebook: Rulebook) -> Linker {
    Linker::new(small_table(), rulebook, digester())
}

pub(super) fn id(n: u8) -> Id {
    [n; 16]
}

/// A lead drawn from few values, so that much is shared.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    pub(super) given: u8,
    pub(super) family: u8,
    pub(super) year: u8,
    pub(super) phone: u8,
    pub(super) home: u8,
    pub(super) text: u8,
}

impl Draw {
    pub(super) fn profile(&self) -> Profile {
        let pick = |n: u8, list: &'static [&'static str]| list.get(usize::from(n)).copied().unwrap_or("");
        let home = match self.home {
            0 => Vec::new(),
            n => {
                let number = n.to_string();
                vec![Place::new(Address {
                    number: &number,
                    street: "Main Street",
                    postcode: "77001",
                    ..Address::default()
                })]
            }
        };
        let year = 1970 + u16::from(self.year);
        let person = Person {
            counts: true,
            birth: if self.year == 0 { Birth::default() } else { Birth { year, month: 3, day: 9 } },
            places: home.into(),
            ..Person::default()
        }
        .with_names(
            pick(self.given, &["", "Anna", "Maria", "Mario", "Jo"]),
            "",
            pick(self.family, &["", "Smith", "Smyth", "Garcia Lopez", "Garcia"]),
            "",
        );
        let phone = format!("+1713555010{}", self.phone);
        let identifiers = if self.phone == 0 { None } else { Identifier::phone(&digester(), &phone, "US") };
        let text = pick(
            self.text,
            &["", "she was seen at the motel with two men and a bag", "he called from a hotel twice"],
        );
        let narrative = Narrative::new(&digester(), text);
        Profile::new(vec![person], identifiers.into_iter().collect(), Vec::new(), narrative)
    }
}

pub(super) fn draws() -> impl Strategy<Value = Draw> {
    (0u8..5, 0u8..5, 0u8..3, 0u8..3, 0u8..3, 0u8..3)
        .prop_map(|(given, family, year, phone, home, text)| Draw { given, family, year, phone, home, text })
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Insert(u8, u8, Draw),
    Replace(u8, Draw),
    Remove(u8),
    Recluster(u8, u8),
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        4 => (0u8..30, 0u8..9, draws()).prop_map(|(n, c, d)| Step::Insert(n, c, d)),
        1 => (0u8..30, draws()).prop_map(|(n, d)| Step::Replace(n, d)),
        2 => (0u8..30).prop_map(Step::Remove),
        1 => (0u8..30, 0u8..9).prop_map(|(n, c)| Step::Recluster(n, c)),
    ];
    proptest::collection::vec(one, 0..most)
}

/// Applies steps; those that the index refuses change nothing.
pub(super) fn apply(linker: &mut Linker, steps: &[Step], accepted: &mut u64) {
    for step in steps {
        let _refused = match step {
            Step::Insert(n, cluster, draw) => {
                *accepted += 1;
                linker.insert(id(*n), *accepted, id(*cluster), draw.profile())
            }
            Step::Replace(n, draw) => linker.replace(id(*n), draw.profile()),
            Step::Remove(n) => linker.remove(id(*n)),
            Step::Recluster(n, cluster) => linker.recluster(id(*n), id(*cluster)),
        };
    }
}

/// What is kept of an index: leads, and hot marks.
pub(super) type Saved = (Vec<(Id, u64, Cluster, Vec<u8>)>, Vec<u64>);

/// Everything that is kept of an index.
pub(super) fn saved(linker: &Linker) -> Saved {
    let entries = linker.entries.iter().flatten();
    let leads = entries.map(|e| (e.id, e.accepted, e.cluster, e.profile.encode())).collect();
    (leads, linker.hot_marks())
}

fn restored((leads, marks): &Saved) -> Linker {
    let mut again = linker(Rulebook::Leads);
    again.restore_hot_marks(marks);
    for (id, accepted, cluster, profile) in leads {
        again.restore(*id, *accepted, *cluster, Profile::decode(profile).unwrap()).unwrap();
    }
    again
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Sabotage: leave out `Change::Marked` in `settle`, or push the slot back at the end in `Many::add`.
    #[test]
    fn undo_restores_exactly(before in steps(60), within in steps(40)) {
        let mut index = linker(Rulebook::Leads);
        let mut accepted = 0;
        apply(&mut index, &before, &mut accepted);
        let kept = saved(&index);
        let (mut mirror, slots) = (restored(&kept), index.entries.len());
        index.begin();
        apply(&mut index, &within, &mut accepted.clone());
        index.undo();
        prop_assert_eq!(saved(&index), kept);
        prop_assert_eq!(index.entries.len(), slots);
        // The mirror has other slots where leads were removed, so both are built again to be compared.
        prop_assert!(restored(&saved(&index)).same_as(&mirror));
        // What comes next is answered alike.
        apply(&mut index, &within, &mut accepted.clone());
        apply(&mut mirror, &within, &mut accepted);
        prop_assert_eq!(saved(&index), saved(&mirror));
    }

    /// Sabotage: let `undo_to` end the log, or let `marks_since` tell nothing.
    #[test]
    fn a_part_of_a_transaction_is_taken_back_and_marks_are_told(
        before in steps(60),
        first in steps(30),
        second in steps(30),
    ) {
        let mut index = linker(Rulebook::Leads);
        let mut accepted = 0;
        apply(&mut index, &before, &mut accepted);
        let kept = saved(&index);
        index.begin();
        apply(&mut index, &first, &mut accepted);
        let (savepoint, halfway) = (index.changes(), saved(&index));
        apply(&mut index, &second, &mut accepted.clone());
        // Whoever writes the marks that are told has the marks that are.
        let mut written: std::collections::BTreeSet<u64> = halfway.1.iter().copied().collect();
        for (key, is_hot) in index.marks_since(savepoint) {
            if is_hot { written.insert(key); } else { written.remove(&key); }
        }
        prop_assert_eq!(written.into_iter().collect::<Vec<_>>(), index.hot_marks());
        index.undo_to(savepoint);
        prop_assert_eq!(saved(&index), halfway);
        index.undo();
        prop_assert_eq!(saved(&index), kept);
    }

    /// Sabotage: leave out the hot marks in `restored`.
    #[test]
    fn what_is_built_again_answers_like_what_was_live(steps in steps(90), asked in draws()) {
        let mut live = linker(Rulebook::Leads);
        apply(&mut live, &steps, &mut 0);
        let again = restored(&saved(&live));
        prop_assert_eq!(&live.postings.hot_keys(), &again.postings.hot_keys());
        prop_assert_eq!(&live.commonness, &again.commonness);
        prop_assert_eq!(live.neighbours, again.neighbours);
        prop_assert_eq!(live.assess(&asked.profile(), None), again.assess(&asked.profile(), None));
    }

    /// Sabotage: let `follow` leave the cluster as it was, or append a lead that kept its place.
    #[test]
    fn what_follows_answers_like_what_was_live(
        before in steps(60),
        within in steps(40),
        asked in draws(),
    ) {
        let (mut live, mut accepted) = (linker(Rulebook::Leads), 0);
        apply(&mut live, &before, &mut accepted);
        let mut follower = restored(&saved(&live));
        apply(&mut live, &within, &mut accepted);
        let (leads, marks) = saved(&live);
        for n in 0..30 {
            if live.cluster(id(n)).is_none() {
                follower.forget(id(n));
            }
        }
        for (id, accepted, cluster, profile) in &leads {
            follower.follow(*id, *accepted, *cluster, profile).unwrap();
        }
        for mark in follower.hot_marks() {
            follower.set_mark(mark, false);
        }
        for mark in &marks {
            follower.set_mark(*mark, true);
        }
        prop_assert_eq!(saved(&follower), (leads, marks));
        prop_assert_eq!(&live.commonness, &follower.commonness);
        prop_assert_eq!(live.neighbours, follower.neighbours);
        prop_assert_eq!(live.assess(&asked.profile(), None), follower.assess(&asked.profile(), None));
    }

    /// Sabotage: leave out `commonness.remove` in `take`.
    #[test]
    fn removing_a_lead_returns_counts_and_lists(before in steps(40), one in draws()) {
        let mut index = linker(Rulebook::Leads);
        apply(&mut index, &before, &mut 0);
        let (leads, _) = saved(&index);
        index.insert(id(99), 1_000, id(99), one.profile()).unwrap();
        index.remove(id(99)).unwrap();
        let (after, marks) = saved(&index);
        prop_assert_eq!(&leads, &after);
        prop_assert!(restored(&(after.clone(), marks.clone())).same_as(&restored(&(leads, marks))));
        let counted = restored(&(after, Vec::new()));
        prop_assert_eq!(&index.commonness, &counted.commonness);
        prop_assert_eq!(index.neighbours, counted.neighbours);
        prop_assert_eq!(index.postings.lengths(), counted.postings.lengths());
    }

    /// Sabotage: drop the condition `strong().any(|group| !group.is_name())` in `corroborated`.
    #[test]
    fn a_name_alone_never_links(draws in proptest::collection::vec(draws(), 1..40), asked in draws()) {
        for rulebook in [Rulebook::Leads, Rulebook::Persons] {
            let mut index = linker(rulebook);
            for (n, draw) in (1u8..).zip(&draws) {
                let name_only = Draw { year: 0, phone: 0, home: 0, text: 0, ..draw.clone() };
                index.insert(id(n), n.into(), id(n), name_only.profile()).unwrap();
            }
            let assessment = index.assess(&asked.profile(), None);
            prop_assert!(assessment.candidates.iter().all(|c| c.decision != Decision::Link));
        }
    }

    /// Sabotage: let the order of candidates depend on a hash map's.
    #[test]
    fn a_replay_gives_the_same(steps in steps(60), asked in draws()) {
        let [mut one, mut other] = [linker(Rulebook::Persons), linker(Rulebook::Persons)];
        apply(&mut one, &steps, &mut 0);
        apply(&mut other, &steps, &mut 0);
        prop_assert_eq!(one.assess(&asked.profile(), None), other.assess(&asked.profile(), None));
    }
}

fn strong(n: u8) -> Profile {
    let spread = digester().of_numbers(9, &[n.into()]);
    let number = format!("{spread:016x}");
    let person = Person {
        counts: true,
        birth: Birth { year: 1950 + u16::from(n) * 2, month: 1 + n % 12, day: 1 + n },
        documents: crate::Document::new("passport", "US", &number).into_iter().collect(),
        ..Person::default()
    };
    let names = [("Anna", "Kowalski"), ("Bela", "Szabo"), ("Carlos", "Ibarra"), ("Dana", "Whitfield")];
    let (given, family) = names[usize::from(n % 4)];
    let phone = Identifier::phone(&digester(), &format!("+1713{:07}", spread % 10_000_000), "US");
    Profile::new(vec![person.with_names(given, "", family, "")], phone.into_iter().collect(), vec![], None)
}

/// Sabotage: let `rarity_bucket` count holders from the order in which they came.
#[test]
fn arrival_order_changes_no_decision_on_strong_identifiers() {
    // 20 matters of 3 leads that share document, phone, name and birth date, in 20 orders.
    let mut decided = Vec::new();
    for order in 0u64..20 {
        let mut leads: Vec<(u8, u8)> = (0..20).flat_map(|m| (0..3).map(move |k| (m, k))).collect();
        leads.sort_by_key(|(m, k)| digester().of_numbers(1, &[order, u64::from(*m), u64::from(*k)]));
        let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
        let mut links = std::collections::BTreeSet::new();
        for (accepted, (matter, copy)) in (1u64..).zip(leads) {
            let lead = id(3 * matter + copy);
            for found in index.assess(&strong(matter), None).candidates {
                if found.decision == Decision::Link {
                    links.insert((lead.min(found.id), lead.max(found.id)));
                }
            }
            index.insert(lead, accepted, lead, strong(matter)).unwrap();
        }
        decided.push(links);
    }
    assert_eq!(decided[0].len(), 60, "every pair of a matter, and no other");
    assert!(decided.iter().all(|links| *links == decided[0]));
}

#[test]
fn a_value_is_hot_from_its_count_on_and_until_half_of_it() {
    let mut index = linker(Rulebook::Leads);
    let shared = Draw { given: 0, family: 0, year: 0, phone: 1, home: 0, text: 0 }.profile();
    for n in 1..6 {
        index.insert(id(n), n.into(), id(n), shared.clone()).unwrap();
    }
    assert!(index.hot_marks().is_empty());
    index.insert(id(6), 6, id(6), shared.clone()).unwrap();
    assert_eq!(index.hot_marks().len(), 2, "the phone and its last seven digits");
    let assessment = index.assess(&shared, None);
    assert!(assessment.candidates.is_empty() && assessment.hot.len() == 2);
    for n in 1..4 {
        index.remove(id(n)).unwrap();
        assert_eq!(index.hot_marks().len(), 2, "sticky with {} holders", 6 - n);
    }
    index.remove(id(4)).unwrap();
    assert!(index.hot_marks().is_empty(), "2 of 6");
}

#[test]
fn one_cluster_is_not_hot_however_large() {
    let mut index = linker(Rulebook::Leads);
    let shared = Draw { given: 0, family: 0, year: 0, phone: 1, home: 0, text: 0 }.profile();
    for n in 1..20 {
        index.insert(id(n), n.into(), id(1), shared.clone()).unwrap();
    }
    assert!(index.hot_marks().is_empty());
    for n in 1..4 {
        index.recluster(id(n), id(100 + n)).unwrap();
    }
    assert_eq!(index.hot_marks().len(), 2, "four clusters now");
}

#[test]
fn refuses_what_is_out_of_order() {
    let mut index = linker(Rulebook::Leads);
    let profile = strong(1);
    index.insert(id(1), 5, id(1), profile.clone()).unwrap();
    assert_eq!(index.insert(id(1), 6, id(1), profile.clone()), Err(LinkerError::Present));
    assert_eq!(
        index.insert(id(2), 5, id(1), profile.clone()),
        Err(LinkerError::OutOfOrder { given: 5, last: 5 })
    );
    assert_eq!(index.remove(id(2)), Err(LinkerError::Absent));
    assert_eq!(index.replace(id(2), profile), Err(LinkerError::Absent));
}

#[test]
fn another_cluster_within_the_margin_is_for_a_person() {
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Persons, digester());
    index.insert(id(1), 1, id(1), strong(1)).unwrap();
    assert_eq!(index.assess(&strong(1), None).best, Decision::Link);
    index.insert(id(2), 2, id(2), strong(1)).unwrap();
    assert_eq!(index.assess(&strong(1), None).best, Decision::Review);
    index.recluster(id(2), id(1)).unwrap();
    assert_eq!(index.assess(&strong(1), None).best, Decision::Link);
}

/// Two whole numbers that end alike are two numbers; a number without its head may be the one or the other.
///
/// Sabotage: let `agrees_weakly` hold for two whole phones.
#[test]
fn the_last_digits_count_where_a_number_is_known_in_part() {
    let holds = |number: &str| {
        let phone = Identifier::phone(&digester(), number, "").unwrap();
        Profile::new(Vec::new(), vec![phone], Vec::new(), None)
    };
    let mut index = linker(Rulebook::Leads);
    index.insert(id(1), 1, id(1), holds("+12125550169")).unwrap();
    let said = |number: &str| {
        let found = index.assess(&holds(number), None);
        found.candidates.first().map(|c| c.score.groups.of(Group::Phone))
    };
    assert_eq!(said("+17135550169").filter(|sum| *sum > 0), None);
    assert_eq!(said("555-0169"), Some(8_000));
    assert!(said("+12125550169") > Some(8_000));
}

/// Last digits that many share are no evidence of much.
///
/// Sabotage: give the weaker form what the table says, however many share it.
#[test]
fn a_weaker_form_that_many_share_says_less() {
    let holds = |number: &str| {
        let phone = Identifier::phone(&digester(), number, "").unwrap();
        Profile::new(Vec::new(), vec![phone], Vec::new(), None)
    };
    let says = |sharing: u64| {
        let mut index = linker(Rulebook::Leads);
        for n in 0..60u64 {
            let last = if n < sharing { 0 } else { n };
            let lead = [n as u8; 16];
            index.insert(lead, n + 1, lead, holds(&format!("+1{:03}555{last:04}", 200 + n))).unwrap();
        }
        let found = index.assess(&holds("555-0000"), None);
        found.candidates.first().map(|c| c.score.groups.of(Group::Phone))
    };
    assert_eq!(says(1), Some(8_000));
    assert!(says(5).is_some_and(|says| says < 8_000), "one lead in twelve holds it: {:?}", says(5));
    assert_eq!(says(11), None, "one in six is no candidate");
}

/// Sabotage: `common = 1_000` under `[hot]`.
#[test]
fn a_number_that_many_hold_says_what_the_store_shows() {
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
    let desk = Draw { given: 0, family: 0, year: 0, phone: 1, home: 0, text: 0 }.profile();
    for n in 0..40u8 {
        let profile = if n < 20 { desk.clone() } else { Draw { phone: 2, ..any_draw(n) }.profile() };
        index.insert(id(n), u64::from(n) + 1, id(n), profile).unwrap();
    }
    let found = index.assess(&desk, None);
    let says = found.candidates.first().map(|c| c.score.groups.of(Group::Phone));
    assert!(says.is_some_and(|says| says < 2_000), "one lead in two holds it: {says:?}");
}

/// Address and text of a motel may add up to more than what two leads of one person share, and are no question.
///
/// Sabotage: let every candidate of another cluster be a rival in `best`.
#[test]
fn what_is_no_question_is_no_rival() {
    let phone = |number: &str| Identifier::phone(&digester(), number, "").unwrap();
    let account = Identifier::account(&digester(), "chat.example", "wren_1").unwrap();
    let address = Address {
        street: "12 Canal Street",
        locality: "Springfield",
        postcode: "77001",
        ..Address::default()
    };
    let motel = || Place::new(address).with_geohash(&digester(), "9vk1abc");
    let desk = Profile::new(Vec::new(), vec![phone("+12125550100")], vec![motel()], None);
    let person = Profile::new(Vec::new(), vec![account, phone("+12125550199")], Vec::new(), None);
    let both = Profile::new(
        Vec::new(),
        vec![account, phone("+12125550100"), phone("+12125550199")],
        vec![motel()],
        None,
    );
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
    index.insert(id(1), 1, id(1), desk).unwrap();
    index.insert(id(2), 2, id(2), person).unwrap();
    let found = index.assess(&both, None);
    let of =
        |n: u8| found.candidates.iter().find(|c| c.id == id(n)).map(|c| (c.decision, c.score.total)).unwrap();
    assert_eq!((of(1).0, of(2).0), (Decision::Relation, Decision::Link));
    assert!(of(1).1 > of(2).1, "the desk and the address say more: {:?} {:?}", of(1), of(2));
    assert_eq!(found.best, Decision::Link);
}

#[test]
fn a_shared_phone_is_a_relation() {
    let mut index = Linker::new(Table::parse(TABLE).unwrap(), Rulebook::Leads, digester());
    for n in 0..200u8 {
        index.insert(id(n), u64::from(n) + 1, id(n), Draw { phone: 0, ..any_draw(n) }.profile()).unwrap();
    }
    let only_phone = Draw { given: 0, family: 0, year: 0, phone: 1, home: 0, text: 0 }.profile();
    index.insert(id(250), 1_000, id(250), only_phone.clone()).unwrap();
    let found = index.assess(&only_phone, None);
    assert_eq!(found.candidates.len(), 1);
    assert!(found.best == Decision::Review || found.best == Decision::Relation, "{:?}", found.best);
}

fn any_draw(n: u8) -> Draw {
    Draw { given: n % 5, family: n / 5 % 5, year: n / 25 % 3, phone: n % 3, home: n % 2, text: 0 }
}
