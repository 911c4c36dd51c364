//! A worker: one thread, one consumer, and the tasks of the partitions that the group gives it.
//!
//! It survives whatever passes: brokers that are away, a machine that stood still, a partition that
//! moves. It ends when it is asked to, or for a reason that only a person can remove.

mod session;
mod slot;

use std::time::Duration;

use pipeline::Service;

use crate::config::KafkaConfig;
use crate::errors::WorkerError;
use crate::sabotage::{FaultPlan, Hooks, Sabotage};
use session::{End, Session};

/// How long to wait before a consumer that cannot go on is replaced.
const REJOIN_PAUSE: Duration = Duration::from_secs(1);

/// Runs services on Kafka.
#[derive(Clone)]
pub struct Worker {
    config: KafkaConfig,
    hooks: Hooks,
}

impl Worker {
    /// A worker for these brokers.
    pub fn new(config: KafkaConfig) -> Self {
        Self { config, hooks: Hooks::default() }
    }

    /// For tests only: takes one guarantee away.
    #[must_use]
    pub fn with_sabotage(mut self, sabotage: Sabotage) -> Self {
        self.hooks.sabotage = Some(sabotage);
        self
    }

    /// For tests only: puts faults in the way.
    #[must_use]
    pub fn with_faults(mut self, plan: FaultPlan) -> Self {
        self.hooks.faults = Some(plan);
        self
    }

    /// Serves until `service.stop` is given. Several workers may run the same service at once, each on
    /// its own thread.
    pub fn run(&self, service: &Service<'_>) -> Result<(), WorkerError> {
        loop {
            let mut session = Session::join(&self.config, &self.hooks, *service)?;
            let end = session.serve();
            session.leave();
            match end? {
                End::Stopped => return Ok(()),
                End::Rejoin => std::thread::sleep(REJOIN_PAUSE),
            }
        }
    }
}

/// Serves until `service.stop` is given.
pub fn run_worker(config: &KafkaConfig, service: &Service<'_>) -> Result<(), WorkerError> {
    Worker::new(config.clone()).run(service)
}
