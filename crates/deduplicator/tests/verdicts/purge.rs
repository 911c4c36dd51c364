//! The time of a lead is over: it is put on the stream, and what the deduplicator keeps of it goes when it is read there.

use std::collections::BTreeSet;

use lead::matter::Purge;
use lead::record::Retention;
use lead::value::Micros;
use lead::{Lead, MatterEvent, Verdict, topic, wire};
use pipeline::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::example::{SHIPPED, Says, Step, addition, cancel, deduplicator, hold, report};
use crate::run::Run;

/// Due at this millisecond.
fn timed(lead: Lead, due: i64) -> Lead {
    let retention = Retention { purge_due: Some(Micros(due * 1_000)), ..Retention::default() };
    Lead { retention: Some(retention), ..lead }
}

/// What a tick at this millisecond puts on the stream.
fn tick(run: &mut Run, millis: i64) -> Vec<Purge> {
    let before = run.transport.outputs.len();
    let mut task = run.open(deduplicator(SHIPPED));
    task.tick(Timestamp(millis), &mut run.transport, &()).unwrap();
    let written = run.transport.outputs[before..].iter();
    let purges = written.filter(|output| output.topic.as_str() == topic::NORMALISED);
    purges.map(|output| wire::decode(output.value.as_deref().unwrap()).unwrap()).collect()
}

fn read(run: &mut Run, steps: &[Step]) -> Vec<MatterEvent> {
    run.steps(deduplicator(SHIPPED), steps)
}

fn verdicts(events: &[MatterEvent]) -> Vec<(Verdict, i32)> {
    let leads = events.iter().filter_map(|event| match event {
        MatterEvent::AssessedLead(lead) => Some((lead.verdict, lead.version)),
        _ => None,
    });
    leads.collect()
}

const NOW: i64 = 1_700_000_000_000;

fn purged() -> Run {
    let mut run = Run::default();
    let lead = timed(report(1, 5).number(1).fact(3), NOW + 10_000);
    read(&mut run, &[lead.into(), timed(addition(1, 6, "f").number(2), NOW + 40_000).into()]);
    assert!(tick(&mut run, NOW + 30_000).is_empty(), "the latest time of its parts counts");
    let due = tick(&mut run, NOW + 60_000);
    assert_eq!(
        due.iter().map(|purge| (purge.lead_id.0[0], purge.due.0)).collect::<Vec<_>>(),
        [(1, (NOW + 40_000) * 1_000)]
    );
    assert!(tick(&mut run, NOW + 90_000).is_empty(), "it is told once");
    let steps: Vec<Step> = due.into_iter().map(Step::Purge).collect();
    let told = read(&mut run, &steps);
    assert!(matches!(&told[..], [MatterEvent::Purge(purge)] if purge.version == 2), "{told:?}");
    run
}

/// Sabotage: purge before the time; or leave facts, profile, additions or the time itself in the state.
#[test]
fn nothing_is_left_but_what_knows_it_again() {
    let run = purged();
    let tables: Vec<u8> = run.store.pairs().iter().map(|(key, _)| key[0]).collect();
    assert_eq!(tables, [b'l'], "only the small part of the lead");
}

/// Sabotage: forget the marker; or keep the content hash for one.
#[test]
fn a_replay_is_known_and_anything_else_is_news() {
    let mut run = purged();
    let same = read(&mut run, &[timed(report(1, 7).number(1).fact(3), NOW * 2).into()]);
    assert_eq!(verdicts(&same), [(Verdict::Replay, 2)]);
    let other = read(&mut run, &[report(2, 8).number(1).into()]);
    assert_eq!(verdicts(&other), [(Verdict::New, 1)], "nobody is found by what was purged");
    let late = read(&mut run, &[cancel(1, 9).into(), addition(1, 9, "g").into()]);
    assert_eq!(verdicts(&late), [(Verdict::Cancel, 3), (Verdict::Stale, 3)]);
    let newer = read(&mut run, &[report(1, 10).says(9).into()]);
    assert_eq!(verdicts(&newer), [(Verdict::Update, 4)]);
}

/// For itself it would replace what partners hold, and as `STALE` nobody would hear of it. Sabotage: call it `STALE`; or
/// tell it by the marker of the base.
#[test]
fn what_adds_to_a_purged_report_is_for_a_person() {
    let mut run = purged();
    read(&mut run, &[timed(addition(3, 6, "f").number(7), NOW + 95_000).into()]);
    let due: Vec<Step> = tick(&mut run, NOW + 120_000).into_iter().map(Step::Purge).collect();
    assert_eq!(due.len(), 1);
    read(&mut run, &due);
    let said = read(&mut run, &[addition(1, 9, "g").into(), addition(3, 9, "g").into()]);
    assert!(said.is_empty(), "{said:?}");
    let letters = run.dead_letters();
    assert_eq!(letters, ["adds_to_purged", "adds_to_purged"]);
    let whole = read(&mut run, &[report(1, 10).says(9).into(), addition(1, 11, "g").into()]);
    assert_eq!(verdicts(&whole), [(Verdict::Update, 3), (Verdict::Amendment, 4)]);
}

/// Sabotage: keep the marker when a Cancel comes.
#[test]
fn what_was_withdrawn_after_it_was_purged_is_news_when_it_is_said_again() {
    let mut run = purged();
    let said = read(&mut run, &[cancel(1, 7).into(), report(1, 8).number(1).fact(3).into()]);
    assert_eq!(verdicts(&said), [(Verdict::Cancel, 3), (Verdict::Update, 4)]);
}

/// Sabotage: take what was withdrawn before it was purged for purged alone.
#[test]
fn what_was_withdrawn_before_it_was_purged_stays_withdrawn() {
    let mut run = Run::default();
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into(), cancel(1, 6).into()]);
    let mut steps: Vec<Step> = tick(&mut run, NOW + 30_000).into_iter().map(Step::Purge).collect();
    assert_eq!(steps.len(), 1);
    steps.extend([addition(1, 7, "f").into(), report(1, 8).number(1).into()]);
    let said = read(&mut run, &steps);
    assert_eq!(verdicts(&said), [(Verdict::Stale, 2), (Verdict::Update, 3)]);
}

/// Sabotage: purge whatever is due, though a version came that has a time of its own.
#[test]
fn a_newer_version_has_a_time_of_its_own() {
    let mut run = Run::default();
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into()]);
    let due = tick(&mut run, NOW + 30_000);
    let mut steps: Vec<Step> = vec![timed(report(1, 6).number(1).says(2), NOW + 90_000).into()];
    steps.extend(due.into_iter().map(Step::Purge));
    let told = read(&mut run, &steps);
    assert_eq!((verdicts(&told), told.len()), (vec![(Verdict::Update, 2)], 1));
    assert_eq!(tick(&mut run, NOW + 120_000).len(), 1);
}

/// Sabotage: take a hold for no time at all.
#[test]
fn what_is_held_is_kept() {
    let mut run = Run::default();
    let held = Retention { legal_hold: true, ..Retention::default() };
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into()]);
    read(&mut run, &[Lead { retention: Some(held), ..report(1, 6).number(1).says(2) }.into()]);
    assert!(tick(&mut run, NOW * 2).is_empty());
}

/// Sabotage: let what an officer holds fall due; or forget its time when it is lifted.
#[test]
fn what_an_officer_holds_is_kept_until_that_is_lifted() {
    let mut run = Run::default();
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into(), hold(1, "a", true, 3)]);
    assert!(tick(&mut run, NOW * 2).is_empty());
    // A version that comes meanwhile has a time, and waits with it.
    read(&mut run, &[timed(report(1, 6).number(1).says(2), NOW + 20).into()]);
    assert!(tick(&mut run, NOW * 2 + 1).is_empty());
    read(&mut run, &[hold(1, "a", false, 4)]);
    let due = tick(&mut run, NOW * 2 + 2);
    assert_eq!(due.iter().map(|purge| purge.due.0).collect::<Vec<_>>(), [(NOW + 20) * 1_000]);
    let steps: Vec<Step> = due.into_iter().map(Step::Purge).collect();
    assert!(matches!(&read(&mut run, &steps)[..], [MatterEvent::Purge(_)]));
}

/// Sabotage: purge what is due by a record that came before the hold.
#[test]
fn a_hold_overtakes_a_purge_that_was_not_read() {
    let mut run = Run::default();
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into()]);
    let due: Vec<Step> = tick(&mut run, NOW + 30_000).into_iter().map(Step::Purge).collect();
    assert_eq!(due.len(), 1);
    let steps = [vec![hold(1, "a", true, 3)], due].concat();
    assert!(read(&mut run, &steps).is_empty());
    read(&mut run, &[hold(1, "a", false, 4)]);
    assert_eq!(tick(&mut run, NOW + 60_000).len(), 1, "its time is told again");
}

/// Sabotage: take the word that is read last for the latest; or drop what is said of a lead that is not there.
#[test]
fn the_latest_word_on_a_hold_counts_also_for_a_lead_that_comes_later() {
    let mut run = Run::default();
    read(&mut run, &[hold(1, "a", true, 5), hold(1, "a", false, 5), hold(1, "a", false, 4)]);
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into()]);
    assert!(tick(&mut run, NOW * 2).is_empty());
    assert_eq!(tick_of_another(&mut run), 1, "another lead is not held");
}

fn tick_of_another(run: &mut Run) -> usize {
    read(run, &[timed(report(2, 5).number(2), NOW + 10).into()]);
    tick(run, NOW * 2 + 1).len()
}

/// Sabotage: lift every hold of a lead with one.
#[test]
fn a_lead_is_held_until_the_last_hold_is_lifted() {
    let mut run = Run::default();
    read(&mut run, &[timed(report(1, 5).number(1), NOW + 10).into()]);
    read(&mut run, &[hold(1, "a", true, 3), hold(1, "b", true, 4), hold(1, "a", false, 5)]);
    assert!(tick(&mut run, NOW * 2).is_empty());
    read(&mut run, &[hold(1, "b", false, 6)]);
    assert_eq!(tick(&mut run, NOW * 2 + 1).len(), 1);
}

/// What is listed now: the last record of each key, unless it is a tombstone.
fn listed(run: &Run) -> Vec<String> {
    let mut listed = std::collections::BTreeMap::new();
    let outputs = run.transport.outputs.iter().filter(|o| o.topic.as_str() == topic::LEGAL_HOLDS);
    for output in outputs {
        listed.insert(output.key.clone().unwrap(), output.value.is_some());
    }
    let keys = listed.into_iter().filter(|(_, is_there)| *is_there);
    keys.map(|(key, _)| String::from_utf8(key).unwrap()).collect()
}

/// Sabotage: leave a hold on the list when it is lifted; list what is not news; or never list what the topic refused.
#[test]
fn holds_are_listed_once_their_topic_takes_them() {
    let mut run = Run::default();
    let key = |reason: &str| format!("ACTUAL/{}/{reason}", lead::LeadId([1; 16]));
    read(&mut run, &[hold(1, "a", true, 3), hold(1, "b", true, 3), hold(1, "b", false, 4)]);
    read(&mut run, &[hold(1, "a", false, 2)]);
    assert_eq!(listed(&run), [key("a")]);
    run.transport.missing = Some(pipeline::Topic::new(topic::LEGAL_HOLDS));
    read(&mut run, &[hold(1, "a", false, 5), hold(1, "c", true, 5)]);
    tick(&mut run, NOW + 30_000);
    assert_eq!(listed(&run), [key("a")]);
    run.transport.missing = None;
    tick(&mut run, NOW + 60_000);
    assert_eq!(listed(&run), [key("c")]);
    let before = run.transport.outputs.len();
    tick(&mut run, NOW + 90_000);
    assert_eq!(run.transport.outputs.len(), before, "each is listed once");
}

/// What may happen to the time of a lead.
#[derive(Clone, Debug)]
enum Act {
    /// A version that is due after so many milliseconds.
    Says(i64),
    Hold(&'static str, bool),
    Tick,
    /// What ticks put on the stream is read.
    Read,
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0_i64..50).prop_map(Act::Says),
        3 => (prop_oneof![Just("a"), Just("b")], any::<bool>()).prop_map(|(reason, placed)| Act::Hold(reason, placed)),
        3 => Just(Act::Tick),
        2 => Just(Act::Read),
    ]
}

/// What must become of one lead.
#[derive(Default)]
struct Expected {
    due: Option<i64>,
    is_told: bool,
    holds: BTreeSet<&'static str>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sabotage: leave out any of what `hold` does to the entry of time.
    #[test]
    fn a_lead_is_purged_when_its_time_is_over_and_nobody_holds_it(acts in vec(an_act(), 0..30)) {
        let (mut run, mut lead, mut told) = (Run::default(), Expected::default(), Vec::new());
        for (n, act) in (0_i64..).zip(acts) {
            // Long after whatever is due.
            let now = NOW + 100_000 * (n + 1);
            match act {
                Act::Says(after) => {
                    let due = now + after;
                    read(&mut run, &[timed(report(1, n + 5).says(u8::try_from(n).unwrap()), due).into()]);
                    lead.is_told &= lead.due == Some(due);
                    lead.due = lead.due.max(Some(due));
                }
                Act::Hold(reason, placed) => {
                    read(&mut run, &[hold(1, reason, placed, n)]);
                    let was_held = !lead.holds.is_empty();
                    if placed { lead.holds.insert(reason); } else { lead.holds.remove(reason); }
                    // When nobody holds it any more, what was refused may be told again.
                    lead.is_told &= !was_held || !lead.holds.is_empty();
                }
                Act::Tick => {
                    let is_due = lead.due.is_some() && lead.holds.is_empty() && !lead.is_told;
                    let found = tick(&mut run, now + 50_000);
                    prop_assert_eq!(found.len(), usize::from(is_due));
                    lead.is_told |= is_due;
                    told.extend(found);
                }
                Act::Read => for purge in told.drain(..) {
                    let is_purged = lead.due.map(|due| due * 1_000) == Some(purge.due.0) && lead.holds.is_empty();
                    let events = read(&mut run, &[Step::Purge(purge)]);
                    prop_assert_eq!(events.len(), usize::from(is_purged));
                    if is_purged {
                        (lead.due, lead.is_told) = (None, false);
                    }
                },
            }
        }
    }
}
