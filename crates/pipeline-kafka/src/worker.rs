//! A worker: one thread, one consumer, and the tasks of the partitions that the group gives it.
//!
//! It survives whatever passes: brokers that are away, a machine that stood still, a partition that
//! moves. It ends when it is asked to, or for a reason that only a person can remove.

mod session;
mod slot;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pipeline::Service;

use crate::config::KafkaConfig;
use crate::errors::WorkerError;
use crate::sabotage::{FaultPlan, Hooks, Sabotage};
use crate::standby::Standbys;
pub(crate) use session::now;
use session::{End, Session};

/// How long to wait before a consumer that cannot go on is replaced.
const REJOIN_PAUSE: Duration = Duration::from_secs(1);

/// Runs services on Kafka.
#[derive(Clone)]
pub struct Worker {
    config: KafkaConfig,
    hooks: Hooks,
    stands_by: bool,
    notes: Option<PathBuf>,
}

/// Says that the worker has ended.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Worker {
    /// A worker for these brokers.
    pub fn new(config: KafkaConfig) -> Self {
        Self { config, hooks: Hooks::default(), stands_by: false, notes: None }
    }

    /// Keeps the state of partitions up to date that other processes own, to take over at once.
    #[must_use]
    pub fn standing_by(mut self, stands_by: bool) -> Self {
        self.stands_by = stands_by;
        self
    }

    /// Notes in this folder what is worked on, so that [`end_left_open`](crate::end_left_open) can end what was left open
    /// there.
    #[must_use]
    pub fn with_notes(mut self, folder: PathBuf) -> Self {
        self.notes = Some(folder);
        self
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
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Whatever ends the worker, its standbys hear of it.
            let _ending = Ending(&ended);
            let mut standbys = self.stands_by.then(|| Standbys::new(scope, &ended, &self.config, *service));
            loop {
                let notes = self.notes.as_deref();
                let mut session = Session::join(&self.config, &self.hooks, *service, standbys, notes)?;
                let end = session.serve();
                standbys = session.leave();
                match end? {
                    End::Stopped => return Ok(()),
                    End::Rejoin => std::thread::sleep(REJOIN_PAUSE),
                }
            }
        })
    }
}
