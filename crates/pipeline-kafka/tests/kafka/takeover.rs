//! Partitions that move: fencing, rebalances, workers that die.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use pipeline::{Action, Output, Source, TransactionResult};
use pipeline_kafka::{Fault, FaultPlan, Moment, end_left_open};

use crate::broker::transactional;
use crate::process::Process;
use crate::world::{PATIENCE, Seen, World};

/// Strikes once, the first time that the action is at this moment.
fn once(action: fn(&Action) -> bool, at: Moment, fault: Fault) -> FaultPlan {
    let struck = AtomicBool::new(false);
    Arc::new(move |_, asked, moment| {
        let strikes = action(asked) && moment == at && !struck.swap(true, Ordering::Relaxed);
        strikes.then_some(fault)
    })
}

#[test]
fn a_worker_that_is_fenced_within_a_transaction_comes_back() {
    let world = World::new("fenced", 1);
    world.produce(0, 300, 7);
    let (reached, wait) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let (struck, gone) = (AtomicBool::new(false), std::sync::Mutex::new(gone));
    // Holds the worker between delivery and commit until it is fenced.
    let plan: FaultPlan = Arc::new(move |_, action, moment| {
        if matches!(action, Action::SendOffsets(_))
            && moment == Moment::Before
            && !struck.swap(true, Ordering::Relaxed)
        {
            reached.send(()).unwrap();
            gone.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        None
    });
    let worker = world.spawn(world.worker().with_faults(plan));
    wait.recv_timeout(PATIENCE).unwrap();
    let id = format!("{}.numbering.{}.0", world.config.prefix, world.input);
    drop(transactional(&world, &id));
    go.send(()).unwrap();
    world.assert_exactly_once(300, vec![worker]);
    assert!(world.reports.count(TransactionResult::Fenced) >= 1);
}

#[test]
fn a_worker_that_ends_within_a_transaction_is_taken_over_from() {
    for (moment, action) in [
        (Moment::After, (|action| *action == Action::Drain) as fn(&Action) -> bool),
        (Moment::After, |action| matches!(action, Action::SendOffsets(_))),
        (Moment::After, |action| *action == Action::Commit),
    ] {
        let world = World::new("ends", 1);
        world.produce(0, 200, 7);
        let dying = world.spawn(world.worker().with_faults(once(action, moment, Fault::Crash)));
        dying.join().unwrap();
        let heir = world.spawn(world.worker());
        world.assert_exactly_once(200, vec![heir]);
    }
}

/// Nobody else would end it before the group has waited, and nobody is left here: it would be the broker, after a minute.
///
/// Sabotage: note nothing, or remove the note when a worker is killed.
#[test]
fn who_is_started_again_ends_at_once_what_was_left_open() {
    let world = World::new("left-open", 1);
    let notes = tempfile::tempdir().unwrap();
    world.produce(0, 100, 7);
    let plan = once(|action| *action == Action::Drain, Moment::After, Fault::Crash);
    let worker = || world.worker().with_notes(notes.path().to_owned());
    world.spawn(worker().with_faults(plan)).join().unwrap();
    // A reader of committed records does not see this behind what is open.
    let behind = Output { topic: world.output.clone(), ..world.record("k0", b"behind") };
    world.produce_records(&[behind]);
    let began = Instant::now();
    assert_eq!(end_left_open(&world.config, notes.path()), 1);
    let seen = world.await_records(&world.output, 1);
    assert_eq!(seen[0].value.as_deref(), Some(b"behind".as_slice()), "and nothing of what was undone");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Who ends in order leaves nothing to end.
    let heir = world.spawn(worker());
    world.await_records(&world.output, 101);
    heir.stop().unwrap();
    assert_eq!(end_left_open(&world.config, notes.path()), 0);
}

/// Whoever asks the same coordinator would not hear from it either: all are replaced, and none waits for itself.
#[test]
fn a_call_that_does_not_return_replaces_every_producer_of_the_worker() {
    let world = World::new("silent", 3);
    let is_ready = Arc::new(AtomicBool::new(false));
    let strike = once(|action| matches!(action, Action::SendOffsets(_)), Moment::Before, Fault::Silent);
    let ready = Arc::clone(&is_ready);
    let plan: FaultPlan =
        Arc::new(
            move |source, action, moment| {
                if ready.load(Ordering::Acquire) { strike(source, action, moment) } else { None }
            },
        );
    world.produce(0, 300, 29);
    let worker = world.spawn(world.worker().with_faults(plan));
    // By then each of the three has committed something.
    world.await_records(&world.output, 300);
    is_ready.store(true, Ordering::Release);
    world.produce(300, 300, 29);
    world.assert_exactly_once(600, vec![worker]);
    let mut replaced = world.reports.replaced.lock().unwrap().clone();
    replaced.sort();
    assert_eq!(replaced, [0, 1, 2].map(|partition| Source::new(world.input.as_str(), partition)));
}

#[test]
fn two_workers_share_the_partitions_while_records_flow() {
    let world = World::new("rebalance", 4);
    let seen = world.reports.watch();
    let first = world.spawn(world.worker());
    world.produce(0, 1_000, 23);
    let second = world.spawn(world.worker());
    world.produce(1_000, 1_000, 23);
    // Four partitions, and at least one of them moved.
    let owned = || loop {
        if seen.recv_timeout(PATIENCE).unwrap() == Seen::Owned {
            break;
        }
    };
    (0..5).for_each(|_| owned());
    world.produce(2_000, 1_000, 23);
    first.stop().unwrap();
    world.produce(3_000, 1_000, 23);
    let third = world.spawn(world.worker());
    world.assert_exactly_once(4_000, vec![second, third]);
}

#[test]
fn processes_that_are_killed_lose_and_double_nothing() {
    let world = World::new("killed", 2);
    let mut produced = 0;
    for _ in 0..4 {
        let process = Process::start(&world);
        world.produce(produced, 1_500, 29);
        produced += 1_500;
        // In the middle of the work, wherever that is.
        world.await_records(&world.output, produced as usize - 900);
        process.signal("KILL");
    }
    let heir = world.spawn(world.worker());
    world.assert_exactly_once(produced as usize, vec![heir]);
}

/// A process that stands still for longer than its session and then goes on, not knowing.
#[test]
fn a_zombie_does_no_harm() {
    let world = World::new("zombie", 1);
    let zombie = Process::start(&world);
    world.produce(0, 2_000, 29);
    world.await_records(&world.output, 500);
    zombie.signal("STOP");
    let heir = world.spawn(world.worker());
    world.await_records(&world.output, 2_000);
    zombie.signal("CONT");
    world.produce(2_000, 2_000, 29);
    world.assert_exactly_once(4_000, vec![heir]);
}
