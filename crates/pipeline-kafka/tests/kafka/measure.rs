//! What exactly-once costs: run with `--ignored --nocapture measure`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pipeline::{
    Action, Batch, Failure, Headers, Output, Processor, Record, Service, Source, StopSignal, Topic,
};
use pipeline_kafka::{FaultPlan, Moment};

use crate::world::{Stores, World};

const RECORDS: u64 = 100_000;

/// Copies; keeps no state but the runtime's own.
struct Copy(Topic);

impl Processor for Copy {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        batch.send(Output {
            topic: self.0.clone(),
            partition: None,
            key: record.key.clone(),
            value: record.value.clone(),
            headers: Headers::default(),
        });
        Ok(())
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

#[test]
#[ignore = "a measurement"]
fn copy() {
    for (partitions, batch_records) in [(1, 1_000), (4, 1_000), (1, 100), (1, 5_000)] {
        let mut world = World::new("measure", partitions);
        world.limits.batch_records = batch_records;
        let payload = "x".repeat(1_000);
        for from in (0..RECORDS).step_by(20_000) {
            let records: Vec<Output> = (from..from + 20_000)
                .map(|n| world.record(&format!("key-{n}"), payload.as_bytes()))
                .collect();
            world.produce_records(&records);
        }
        let commits: Arc<Mutex<(Option<Instant>, Vec<Duration>)>> = Arc::default();
        let whole: Arc<Mutex<(Option<Instant>, Vec<Duration>)>> = Arc::default();
        let (times, all) = (Arc::clone(&commits), Arc::clone(&whole));
        let plan: FaultPlan = Arc::new(move |_, action, moment| {
            match (action, moment) {
                (Action::Begin, Moment::Before) => all.lock().unwrap().0 = Some(Instant::now()),
                (Action::Commit, Moment::Before) => times.lock().unwrap().0 = Some(Instant::now()),
                (Action::Commit, Moment::After) => {
                    for measured in [&times, &all] {
                        let mut measured = measured.lock().unwrap();
                        let began = measured.0.take().unwrap();
                        measured.1.push(began.elapsed());
                    }
                }
                _ => {}
            }
            None
        });
        let (stop, stores, output) = (StopSignal::new(), Stores::default(), world.output.clone());
        let make = move |_: &Source| -> Box<dyn Processor> { Box::new(Copy(output.clone())) };
        let service = Service {
            spec: &world.spec,
            make_processor: &make,
            stores: &stores,
            limits: &world.limits,
            observer: &(),
            stop: &stop,
        };
        let worker = world.worker().with_faults(plan);
        let elapsed = std::thread::scope(|scope| {
            scope.spawn(|| worker.run(&service).unwrap());
            world.await_records(&world.output, 1);
            let began = Instant::now();
            world.await_records(&world.output, usize::try_from(RECORDS).unwrap());
            stop.stop();
            began.elapsed()
        });
        let rate = (RECORDS as f64 / elapsed.as_secs_f64()) as u64;
        let (mut commits, mut whole) = (commits.lock().unwrap(), whole.lock().unwrap());
        println!(
            "{partitions} partitions, {batch_records} records: {rate} records/s, commit p50 {:?} p99 {:?}, \
             begin to committed p50 {:?}, {} transactions",
            percentile(&mut commits.1, 50),
            percentile(&mut commits.1, 99),
            percentile(&mut whole.1, 50),
            commits.1.len(),
        );
    }
}
