//! Random histories of a few leads at three partners: what holds after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use lead::code::MessageKind;
use lead::decision::{Cause, OutcomeCode};
use lead::matter::Recall;
use lead::{Alias, LeadId, MatterEvent, MatterId, PartnerLead, SiteKeys, Verdict, wire};
use pipeline::{Counter, Topic, Undeliverable};
use proptest::prelude::*;
use release::Release;
use router::Router;
use serde_json::json;

use crate::driver::Driver;
use crate::federation::{ALPHA, BRAVO, CHARLIE, Event, Federation, content, lead_id, regrouping};

const TOPICS: [(&str, &str); 3] = [("alpha", ALPHA), ("bravo", BRAVO), ("charlie", CHARLIE)];
const LEADS: u8 = 6;

/// What the source says of who may have it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Marking {
    /// Everybody.
    Green,
    /// Not charlie.
    Red,
    /// A person decides first.
    Held,
}

/// Everything that can happen.
#[derive(Debug, Clone)]
enum Step {
    Report { lead: u8, phones: BTreeSet<u8>, account: Option<u8>, marking: Marking },
    Add { lead: u8, key: u8, phone: u8 },
    Cancel { lead: u8 },
    Noise { lead: u8, stale: bool },
    Regroup { leads: BTreeSet<u8>, home: u8, cluster: u8 },
    Refuse { partner: usize },
    Accept { partner: usize },
    Suspend,
    Activate,
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let lead = || 1..=LEADS;
    let phones = proptest::collection::btree_set(0_u8..4, 0..4);
    let account = proptest::option::of(0_u8..2);
    let marking = prop_oneof![6 => Just(Marking::Green), 1 => Just(Marking::Red), 1 => Just(Marking::Held)];
    let report = (lead(), phones, account, marking);
    prop_oneof![
        8 => report.prop_map(|(lead, phones, account, marking)| Step::Report { lead, phones, account, marking }),
        3 => (lead(), 0_u8..2, 0_u8..5).prop_map(|(lead, key, phone)| Step::Add { lead, key, phone }),
        4 => lead().prop_map(|lead| Step::Cancel { lead }),
        1 => (lead(), any::<bool>()).prop_map(|(lead, stale)| Step::Noise { lead, stale }),
        2 => (proptest::collection::btree_set(lead(), 1..4), 1..=2_u8, 1..=4_u8)
            .prop_map(|(leads, home, cluster)| Step::Regroup { leads, home, cluster }),
        1 => (0_usize..3).prop_map(|partner| Step::Refuse { partner }),
        2 => (0_usize..3).prop_map(|partner| Step::Accept { partner }),
        1 => Just(Step::Suspend),
        1 => Just(Step::Activate),
        3 => Just(Step::Tick),
    ]
}

fn router(suspended: bool) -> Router {
    static RELEASES: OnceLock<[Arc<Release>; 2]> = OnceLock::new();
    let [active, paused] = RELEASES.get_or_init(|| {
        let suspended = Federation { charlie_state: "SUSPENDED", ..Federation::default() };
        [Federation::default().release(), suspended.release()]
    });
    crate::federation::router(Arc::clone(if suspended { paused } else { active }))
}

/// What is true of a lead: kept without looking at the router.
#[derive(Debug, Clone, Default)]
struct Truth {
    version: Option<i32>,
    withdrawn: bool,
    base: Option<(BTreeSet<String>, Marking)>,
    additions: BTreeMap<u8, String>,
}

impl Truth {
    fn next(&mut self) -> i32 {
        let next = self.version.map_or(1, |v| v + 1);
        self.version = Some(next);
        next
    }

    fn is_live(&self) -> bool {
        !self.withdrawn && (self.base.is_some() || !self.additions.is_empty())
    }

    fn is(&self, marking: Marking) -> bool {
        self.base.as_ref().is_some_and(|(_, base)| *base == marking)
    }

    fn is_permitted(&self, partner: &str) -> bool {
        self.is_live() && (partner != "charlie" || !self.is(Marking::Red))
    }

    /// What a copy for this partner says.
    fn says(&self, partner: &str) -> BTreeSet<String> {
        let base = self.base.iter().flat_map(|(values, _)| values);
        let all = base.chain(self.additions.values());
        all.filter(|value| partner != "charlie" || value.starts_with('+')).cloned().collect()
    }
}

fn phone(n: u8) -> String {
    format!("+120255501{n:02}")
}

fn handle(n: u8) -> String {
    format!("handle{n}")
}

/// What a partner reads in a copy.
fn read(copy: &PartnerLead) -> BTreeSet<String> {
    let content = copy.content.as_ref().unwrap();
    let phones = content.persons.iter().flat_map(|p| &p.phones).filter_map(|p| p.e164.as_ref());
    let accounts = content.accounts.iter().filter_map(|a| a.handle.as_ref());
    phones.map(|p| p.expose().to_owned()).chain(accounts.map(|a| a.expose().to_owned())).collect()
}

type Disclosure = (&'static str, Alias, i32);
type LastOutcomes = BTreeMap<(String, LeadId), (OutcomeCode, Vec<LeadId>)>;

struct World {
    driver: Driver,
    truth: BTreeMap<u8, Truth>,
    refusing: [bool; 3],
    suspended: bool,
    /// Partners that have had a tick since they last could not receive.
    settled: [bool; 3],
    leads_total: u64,
    /// Where leads stand that were moved; the others stand where they are at home.
    clusters: BTreeMap<u8, u8>,
    place: i64,
    /// Events not yet handed to the driver: batches of a size of our choice.
    pending: Vec<Vec<u8>>,
    batch: usize,
}

impl World {
    fn new(batch: usize) -> Self {
        Self {
            driver: Driver::new(router(false)),
            truth: BTreeMap::new(),
            refusing: [false; 3],
            suspended: false,
            settled: [true; 3],
            leads_total: 0,
            clusters: BTreeMap::new(),
            place: 0,
            pending: Vec::new(),
            batch,
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Report { lead, phones, account, marking } => {
                self.report(*lead, phones, *account, *marking);
            }
            Step::Add { lead, key, phone } => self.add(*lead, *key, *phone),
            Step::Cancel { lead } => self.cancel(*lead),
            Step::Noise { lead, stale } => {
                let verdict = if *stale { Verdict::Stale } else { Verdict::Replay };
                let version = self.truth.entry(*lead).or_default().version.unwrap_or(0);
                self.event(*lead, Event::new(*lead, version, verdict).phones(&[3]));
            }
            Step::Regroup { leads, home, cluster } => {
                let leads: Vec<u8> = leads.iter().copied().filter(|lead| lead % 2 + 1 == *home).collect();
                self.clusters.extend(leads.iter().map(|lead| (*lead, *cluster)));
                self.place += 1;
                let event = regrouping(*home, &leads, *cluster, self.place);
                self.push(event);
                // What was said before that comes late and changes nothing.
                self.push(regrouping(*home, &leads, 9, self.place - 1));
            }
            Step::Refuse { partner } => {
                self.flush();
                self.refusing[*partner] = true;
                self.settled[*partner] = false;
                self.driver.log.refusing.insert(Topic::new(TOPICS[*partner].1), Undeliverable::TopicMissing);
            }
            Step::Accept { partner } => {
                self.flush();
                self.refusing[*partner] = false;
                self.driver.log.refusing.remove(&Topic::new(TOPICS[*partner].1));
            }
            Step::Suspend | Step::Activate => {
                self.flush();
                self.suspended = matches!(step, Step::Suspend);
                self.settled[2] = false;
                self.driver.restart(router(self.suspended));
            }
            Step::Tick => {
                self.flush();
                self.driver.tick(0);
                for (partner, settled) in self.settled.iter_mut().enumerate() {
                    *settled |= !(self.refusing[partner] || partner == 2 && self.suspended);
                }
            }
        }
    }

    fn report(&mut self, lead: u8, phones: &BTreeSet<u8>, account: Option<u8>, marking: Marking) {
        let truth = self.truth.entry(lead).or_default();
        let known = truth.version.is_some_and(|v| v > 0);
        let verdict = if known { Verdict::Update } else { Verdict::Duplicate };
        let version = truth.next();
        truth.withdrawn = false;
        truth.base = Some((phones.iter().map(|n| phone(*n)).chain(account.map(handle)).collect(), marking));
        let accounts: Vec<_> = account
            .iter()
            .map(|n| json!({ "person_ref": "p1", "service": "chat.example", "handle": handle(*n) }))
            .collect();
        let handling = match marking {
            Marking::Green => json!({ "tlp": "GREEN" }),
            Marking::Red => json!({ "tlp": "RED" }),
            Marking::Held => json!({ "tlp": "GREEN", "h3_text": "ask first" }),
        };
        let phones: Vec<u8> = phones.iter().copied().collect();
        let says = content(&phones, json!({ "accounts": accounts, "handling": handling }));
        self.event(lead, Event::new(lead, version, verdict).says(says));
    }

    fn add(&mut self, lead: u8, key: u8, n: u8) {
        let truth = self.truth.entry(lead).or_default();
        if truth.withdrawn {
            return;
        }
        let version = truth.next();
        truth.additions.insert(key, phone(n));
        let event = Event::new(lead, version, Verdict::Amendment).addition(&format!("addition-{key}"));
        self.event(lead, event.phones(&[n]));
    }

    fn cancel(&mut self, lead: u8) {
        let truth = self.truth.entry(lead).or_default();
        let version = truth.version.map_or(0, |v| v + 1);
        truth.version = Some(version);
        truth.withdrawn = true;
        truth.base = None;
        self.event(lead, Event::new(lead, version, Verdict::Cancel));
    }

    fn event(&mut self, lead: u8, event: Event) {
        self.leads_total += 1;
        self.place += 1;
        let event = event.matter(lead % 2 + 1).cluster(self.cluster(lead), self.place);
        self.push(event.bytes());
    }

    fn cluster(&self, lead: u8) -> u8 {
        self.clusters.get(&lead).copied().unwrap_or(lead % 2 + 1)
    }

    fn push(&mut self, event: Vec<u8>) {
        self.pending.push(event);
        if self.pending.len() >= self.batch {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let events = std::mem::take(&mut self.pending);
        if !events.is_empty() {
            self.driver.run(&events);
        }
    }

    /// Everything that must hold now.
    fn check(&self) {
        let mut held: BTreeMap<(&str, Alias), PartnerLead> = BTreeMap::new();
        let mut written: BTreeSet<Disclosure> = BTreeSet::new();
        for (partner, topic) in TOPICS {
            let mut last: BTreeMap<Alias, (i32, MessageKind)> = BTreeMap::new();
            for record in self.driver.received(topic) {
                let before = last.insert(record.alias, (record.revision, record.message_kind));
                let (revision, kind) = before.unwrap_or((0, MessageKind::Cancel));
                assert_eq!(record.revision, revision + 1, "revisions run from 1 without gaps");
                let begins = record.message_kind == MessageKind::Report;
                assert_eq!(begins, kind == MessageKind::Cancel, "a Report begins, and again after a Cancel");
                written.insert((partner, record.alias, record.revision));
                match record.message_kind {
                    MessageKind::Cancel => held.remove(&(partner, record.alias)),
                    _ => held.insert((partner, record.alias), record),
                };
            }
        }
        let last = self.check_decisions(&written);
        for (index, (partner, _)) in TOPICS.into_iter().enumerate() {
            self.check_partner(index, partner, &held, &last);
        }
        let totals = self.driver.totals();
        assert_eq!(totals.get(Counter::Leads), self.leads_total);
        assert_eq!(totals.get(Counter::Outcomes), 3 * self.leads_total);
        assert_eq!(totals.get(Counter::Disclosures), written.len() as u64);
    }

    /// Decisions and deliveries agree both ways. Gives the last outcome of each lead at each partner.
    fn check_decisions(&self, written: &BTreeSet<Disclosure>) -> LastOutcomes {
        let mut decided: BTreeSet<Disclosure> = BTreeSet::new();
        let mut last = LastOutcomes::new();
        for decision in self.driver.decisions() {
            for partner in decision.partners() {
                let outcome = decision.outcome_of(partner).unwrap();
                let (name, _) = *TOPICS.iter().find(|(name, _)| *name == partner).unwrap();
                assert_eq!(outcome.action.is_some(), outcome.outcome == OutcomeCode::Delivered);
                if outcome.outcome == OutcomeCode::Delivered {
                    let disclosure = (name, outcome.alias.unwrap(), outcome.revision);
                    assert!(decided.insert(disclosure), "two decisions for one disclosure");
                }
                if !matches!(decision.verdict, Verdict::Replay | Verdict::Stale) {
                    let outcome = (outcome.outcome, outcome.covered_by);
                    last.insert((partner.to_owned(), decision.lead_id), outcome);
                }
            }
        }
        assert_eq!(&decided, written);
        last
    }

    fn check_partner(
        &self,
        index: usize,
        partner: &str,
        held: &BTreeMap<(&str, Alias), PartnerLead>,
        last: &LastOutcomes,
    ) {
        let keys = SiteKeys::new([7; 32]);
        let copy = |lead: LeadId| held.get(&(partner, keys.alias(partner, lead)));
        for (lead, truth) in &self.truth {
            if let Some((OutcomeCode::Covered, by)) = last.get(&(partner.to_owned(), lead_id(*lead))) {
                assert!(by.iter().all(|by| copy(*by).is_some()), "covered by a copy that is gone");
            }
            // A lead whose newest version is held stays where it was.
            if !self.settled[index] || (truth.is_live() && truth.is(Marking::Held)) {
                continue;
            }
            let says = truth.says(partner);
            if let Some(copy) = copy(lead_id(*lead)) {
                assert!(truth.is_permitted(partner), "{partner} holds lead {lead}, which it may not");
                assert_eq!(read(copy), says, "{partner} holds what lead {lead} says now");
            } else if truth.is_permitted(partner) {
                let stands_with =
                    |other: u8| other % 2 == lead % 2 && self.cluster(other) == self.cluster(*lead);
                let others = self.truth.keys().filter(|other| *other != lead && stands_with(**other));
                let copies: Vec<_> = others.filter_map(|other| copy(lead_id(*other))).collect();
                let union: BTreeSet<String> = copies.iter().flat_map(|copy| read(copy)).collect();
                let is_covered = !copies.is_empty() && says.is_subset(&union);
                assert!(is_covered, "{partner} lacks lead {lead}, and nothing covers it");
            }
        }
    }
}

/// The recall of a lead in its home matter.
fn recall(lead: u8) -> Vec<u8> {
    let matter_id = MatterId([lead % 2 + 1; 16]);
    let word = Recall { matter_id, lead_id: lead_id(lead), officer: "desk".into(), ..Recall::default() };
    wire::encode(&MatterEvent::Recall(word)).unwrap()
}

proptest! {
    // 256 histories each, some 14 seconds; `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig::default())]

    /// PL-1, PL-2, PL-11, PL-13: after every step what was written is what was decided, and the reverse.
    #[test]
    fn partners_hold_what_they_may_and_nothing_twice(steps in proptest::collection::vec(step(), 1..40)) {
        let mut world = World::new(1);
        for step in &steps {
            world.apply(step);
            world.check();
        }
        for partner in 0..3 {
            world.apply(&Step::Accept { partner });
        }
        world.apply(&Step::Activate);
        world.apply(&Step::Tick);
        world.check();
        prop_assert!(world.settled.iter().all(|settled| *settled));
    }

    /// PL-18: whatever came before, who holds the lead gets one Cancel, and nobody else hears of it;
    /// a partner who is suspended is no exception.
    /// Sabotage: `recall` decides for those partners alone who may have the lead today.
    #[test]
    fn a_recall_reaches_exactly_the_holders(steps in proptest::collection::vec(step(), 1..30), lead in 1..=LEADS) {
        let mut world = World::new(3);
        for step in &steps {
            world.apply(step);
        }
        for partner in 0..3 {
            world.apply(&Step::Accept { partner });
        }
        world.apply(&Step::Tick);
        let keys = SiteKeys::new([7; 32]);
        let of_lead = |world: &World, (partner, topic): (&str, &str)| -> Vec<PartnerLead> {
            let alias = keys.alias(partner, lead_id(lead));
            world.driver.received(topic).into_iter().filter(|record| record.alias == alias).collect()
        };
        let before = TOPICS.map(|topic| of_lead(&world, topic));
        world.driver.run(&[recall(lead)]);
        for (topic, before) in TOPICS.into_iter().zip(before) {
            let holds = before.last().is_some_and(|copy| copy.message_kind != MessageKind::Cancel);
            let after = of_lead(&world, topic);
            prop_assert_eq!(after.len(), before.len() + usize::from(holds), "{}", topic.0);
            if holds {
                let cancel = after.last().unwrap();
                prop_assert_eq!(cancel.message_kind, MessageKind::Cancel);
                prop_assert_eq!(cancel.cancel_reason.as_deref(), Some("RECALLED"));
            }
        }
        let decided = world.driver.decisions();
        let recalled = decided.iter().filter(|decision| decision.cause == Cause::Recall).count();
        let known = world.truth.get(&lead).and_then(|truth| truth.version).is_some_and(|version| version > 0);
        prop_assert_eq!(recalled, usize::from(known));
    }

    /// PL-4.
    #[test]
    fn a_second_run_and_other_batches_give_the_same_bytes(
        steps in proptest::collection::vec(step(), 1..40),
        batch in 2_usize..9,
    ) {
        let run = |batch| {
            let mut world = World::new(batch);
            for step in &steps {
                world.apply(step);
            }
            world.flush();
            let store = world.driver.store.0.lock().unwrap();
            let state: Vec<_> = store.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
            drop(store);
            (world.driver.log.outputs, state)
        };
        let first = run(1);
        prop_assert!(first == run(1), "a replay gives other bytes");
        prop_assert!(first == run(batch), "batches of {batch} give other bytes");
    }
}
