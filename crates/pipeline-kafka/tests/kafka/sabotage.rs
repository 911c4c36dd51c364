//! Each guarantee, taken away, is missed: what the other tests check is really checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pipeline::{Action, TaskError};
use pipeline_kafka::{Fault, FaultPlan, Moment, Sabotage, WorkerError};

use crate::world::{World, assert_numbered, numbered};

/// One fault at this action's end.
fn once(action: fn(&Action) -> bool, fault: Fault) -> FaultPlan {
    let struck = AtomicBool::new(false);
    Arc::new(move |_, asked, moment| {
        let strikes = action(asked) && moment == Moment::After && !struck.swap(true, Ordering::Relaxed);
        strikes.then_some(fault)
    })
}

fn is_right(world: &World) -> bool {
    let (inputs, outputs) = (world.read(&world.input), world.read(&world.output));
    std::panic::catch_unwind(|| assert_numbered(&inputs, &outputs)).is_ok()
}

#[test]
fn offsets_outside_the_transaction_are_noticed() {
    for (sabotage, noticed) in [(None, false), (Some(Sabotage::OffsetsOutsideTransaction), true)] {
        let world = World::new("offsets", 1);
        world.produce(0, 100, 5);
        let plan = once(|action| matches!(action, Action::SendOffsets(_)), Fault::Crash);
        let mut dying = world.worker().with_faults(plan);
        if let Some(sabotage) = sabotage {
            dying = dying.with_sabotage(sabotage);
        }
        world.spawn(dying).join().unwrap();
        let heir = world.spawn(world.worker());
        if noticed {
            // Records whose results were never visible count as read: the state knows better.
            let result = heir.join();
            let behind = matches!(result, Err(WorkerError::Task(TaskError::StateBehind { .. })));
            assert!(behind, "{result:?}");
        } else {
            world.assert_exactly_once(100, vec![heir]);
        }
    }
}

#[test]
fn a_store_written_before_the_commit_is_noticed() {
    for (sabotage, right) in [(None, true), (Some(Sabotage::StoreBeforeCommit), false)] {
        let world = World::new("early", 1);
        world.produce(0, 100, 5);
        let plan = once(|action| *action == Action::Drain, Fault::Abort);
        let mut worker = world.worker().with_faults(plan);
        if let Some(sabotage) = sabotage {
            worker = worker.with_sabotage(sabotage);
        }
        let worker = world.spawn(worker);
        world.await_records(&world.output, 100);
        worker.stop().unwrap();
        assert_eq!(is_right(&world), right, "{sabotage:?}");
    }
}

#[test]
fn deliveries_that_are_not_awaited_are_noticed() {
    let world = World::new("undrained", 1);
    world.produce(0, 200, 5);
    let worker = world.spawn(world.worker().with_sabotage(Sabotage::NoDrain));
    let outputs = world.await_records(&world.output, 200);
    worker.stop().unwrap();
    // Where the changelog ends is not known, so the state of one batch is not there for the next.
    assert!(!is_right(&world));
    assert!(outputs.iter().all(|output| numbered(output).1 <= 200));
}
