//! A broker that dies, and one that stands still for longer than every time-out.

use std::time::{Duration, Instant};

use pipeline::Output;
use pipeline_kafka::Producer;

use crate::cluster::Cluster;
use crate::world::{PATIENCE, World};

/// A broker that comes back takes records after some seconds only. What was sent again is there twice,
/// which is no fault of the worker.
fn produce(world: &World, from: u64) -> usize {
    let records: Vec<Output> = (from..from + 1_000)
        .map(|n| world.record(&format!("k{}", n % 13), n.to_string().as_bytes()))
        .collect();
    let began = Instant::now();
    let mut producer = Producer::new(&world.config, &world.limits).unwrap();
    while let Err(error) = producer.send(&records) {
        assert!(began.elapsed() < PATIENCE, "{error}");
    }
    world.read(&world.input).len()
}

#[test]
fn a_worker_outlives_its_broker() {
    let mut cluster = Cluster::start();
    let world = World::on(&cluster, "outage", 2);
    let worker = world.spawn(world.worker());
    world.produce(0, 1_000, 13);
    world.await_records(&world.output, 300);
    cluster.kill();
    cluster.up();
    produce(&world, 1_000);
    world.await_records(&world.output, 1_200);
    cluster.signal("STOP");
    // Not to wait for something, but to be something: a machine that stands still.
    std::thread::sleep(Duration::from_secs(20));
    cluster.signal("CONT");
    let inputs = produce(&world, 2_000);
    world.assert_exactly_once(inputs, vec![worker]);
}

#[test]
fn a_stop_is_heard_while_the_broker_is_away() {
    let cluster = Cluster::start();
    let world = World::on(&cluster, "away", 2);
    let worker = world.spawn(world.worker());
    world.produce(0, 100, 13);
    world.await_records(&world.output, 100);
    cluster.signal("STOP");
    world.spawn(world.worker()).stop().unwrap();
    worker.stop().unwrap();
    cluster.signal("CONT");
}
