//! State that is rebuilt from the changelog is the state that was there.

use std::time::Duration;

use pipeline::{Retention, TaskError};
use pipeline_kafka::WorkerError;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::producer::Producer as _;

use crate::broker::{send, transactional};
use crate::world::{PATIENCE, Seen, Stores, World, topic};

#[test]
fn gives_back_the_state_that_was_there() {
    let world = World::new("restore", 2);
    world.produce(0, 500, 31);
    let forget: Vec<_> = (0..10).map(|n| world.record(&format!("k{n}"), b"forget")).collect();
    world.produce_records(&forget);
    world.produce(500, 31, 31);
    let worker = world.spawn(world.worker());
    world.await_records(&world.output, 531);
    worker.stop().unwrap();
    let before = world.stores.contents();
    assert!(before.iter().any(|((_, key), value)| key.starts_with(b"forgotten/") && value.is_empty()));

    let seen = world.reports.watch();
    let restored = Stores::default();
    let worker = world.spawn_with(world.worker(), restored.clone());
    let mut owned = 0;
    while owned < 2 {
        owned += usize::from(seen.recv_timeout(PATIENCE).unwrap() == Seen::Owned);
    }
    worker.stop().unwrap();
    assert_eq!(restored.contents(), before);
}

/// The trap: a reader of committed records is told "end" where somebody's transaction is still open.
#[test]
fn reads_past_a_transaction_that_is_open_in_the_changelog() {
    let world = World::new("open", 1);
    world.produce(0, 100, 5);
    let worker = world.spawn(world.worker());
    world.await_records(&world.output, 100);
    let other = transactional(&world, "open-other");
    other.begin_transaction().unwrap();
    send(&other, &world.spec.changelog, 0, b"another.topic\0key", "value");
    world.produce(100, 100, 5);
    world.await_records(&world.output, 200);
    worker.stop().unwrap();
    let before = world.stores.contents();

    let seen = world.reports.watch();
    let restored = Stores::default();
    let worker = world.spawn_with(world.worker(), restored.clone());
    // It waits: what it read says that more is missing, again and again.
    for _ in 0..5 {
        while !matches!(seen.recv_timeout(PATIENCE).unwrap(), Seen::Restoring(1..)) {}
    }
    assert!(seen.recv_timeout(Duration::from_millis(500)).unwrap() != Seen::Owned);
    other.commit_transaction(PATIENCE).unwrap();
    while seen.recv_timeout(PATIENCE).unwrap() != Seen::Owned {}
    assert_eq!(restored.contents(), before);
    world.produce(200, 50, 5);
    world.assert_exactly_once(250, vec![worker]);
}

/// A store of a changelog that is gone is not trusted; without a changelog the service does not start.
#[test]
fn refuses_to_go_on_when_the_changelog_was_made_anew() {
    let world = World::new("anew", 1);
    world.produce(0, 100, 5);
    let worker = world.spawn(world.worker());
    world.await_records(&world.output, 100);
    worker.stop().unwrap();

    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &world.config.bootstrap_servers).create().unwrap();
    let name = world.spec.changelog.as_str();
    drop(futures_wait(admin.delete_topics(&[name], &AdminOptions::new())));
    let client = pipeline_kafka::Admin::new(&world.config).unwrap();
    while client.describe(&world.spec.changelog).unwrap().is_some() {}
    let again = topic(&world.spec.changelog, 1, Retention::Compact);
    // The broker may still be deleting.
    while client.apply(std::slice::from_ref(&again)).is_err() {}

    let result = world.spawn(world.worker()).join();
    let Err(WorkerError::Task(TaskError::StateBehind { state: 0, .. })) = result else {
        panic!("{result:?}")
    };
}

fn futures_wait<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}
