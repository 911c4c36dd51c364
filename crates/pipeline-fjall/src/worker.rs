//! Runs one service on the embedded log: one thread serves every partition of its input topics.
//!
//! The loop waits by event: a commit that appends to an input topic, or its creation, wakes it. It
//! looks up at least four times a second all the same, to tell that it is alive and to see the stop
//! signal. Every task ticks, also when nothing comes in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline::{
    Behind, Lag, NextOffset, Processor, Progress, RecoverError, Service, Source, StoreError, StoreFactory,
    Task, TaskError, Timestamp,
};

use crate::error::Error;
use crate::log::Log;
use crate::transport::LogTransport;

#[cfg(test)]
mod tests;

/// Longest wait: liveness and the stop signal are looked at this often.
const WAIT_MAX: Duration = Duration::from_millis(250);
/// How often the size of a state is reported.
const SIZE: Duration = Duration::from_secs(5);
/// Aborted transactions of one task in a row before the worker gives up. Nothing that aborts here
/// passes by itself.
const REWINDS_MAX: u32 = 5;

/// The worker cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A task stopped.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] Error),
    /// The store of a partition cannot be opened.
    #[error("{source_partition}: {error}")]
    Store {
        /// The input partition.
        source_partition: Source,
        /// Why.
        error: StoreError,
    },
    /// A second worker of the same service was started in this process.
    #[error(
        "another worker of service `{service}` has taken over {source_partition}; run one in each process"
    )]
    TakenOver {
        /// The service.
        service: &'static str,
        /// The input partition.
        source_partition: Source,
    },
    /// The input partition ends before what the state says was read.
    #[error(
        "{source_partition} ends at {end} but this service has read up to {position}; the directory is damaged: restore it from a backup"
    )]
    InputCut {
        /// The input partition.
        source_partition: Source,
        /// Where it ends.
        end: u64,
        /// What the state reflects.
        position: u64,
    },
    /// A batch aborts again and again.
    #[error(
        "the batch of {source_partition} was aborted {REWINDS_MAX} times in a row; the log before this says why"
    )]
    Stuck {
        /// The input partition.
        source_partition: Source,
    },
}

/// Runs `service` on `log` until its stop signal is given. Input topics that do not exist yet are
/// served when they are created.
///
/// State lives in the log's own directory and is changed by its commits, so `service.stores` is not
/// asked.
pub fn run_worker(log: &Log, service: &Service<'_>) -> Result<(), WorkerError> {
    let mut worker = Worker { log, service: *service, tasks: BTreeMap::new() };
    let result = worker.run();
    for source in worker.tasks.keys() {
        service.observer.owned(service.spec.name, source, false);
    }
    result
}

struct Worker<'a> {
    log: &'a Log,
    service: Service<'a>,
    tasks: BTreeMap<Source, Running>,
}

struct Running {
    task: Task<Box<dyn Processor>>,
    transport: LogTransport,
    paused_until: Option<Timestamp>,
    rewinds: u32,
    behind: Behind,
    sized: Option<Instant>,
}

impl Worker<'_> {
    fn run(&mut self) -> Result<(), WorkerError> {
        let Service { spec, observer, stop, limits, .. } = self.service;
        let subscription = self.log.subscribe(spec.inputs.iter().cloned());
        let tick = Duration::from_millis(u64::try_from(limits.tick_millis).unwrap_or(0).max(1));
        while !stop.is_stopped() {
            observer.alive(spec.name);
            // INVARIANT: read before looking for records, or an append in between would be slept over.
            let seen = subscription.seen();
            self.open_tasks()?;
            let mut worked = false;
            for (source, running) in &mut self.tasks {
                if stop.is_stopped() {
                    break;
                }
                worked |= running.step(source, self.log, &self.service)?;
            }
            if let Err(error) = self.log.sweep(now()) {
                tracing::warn!(%error, "the retention pass failed");
            }
            if !worked {
                subscription.wait(seen, tick.min(WAIT_MAX));
            }
        }
        Ok(())
    }

    /// Opens a task for each input partition that has none.
    fn open_tasks(&mut self) -> Result<(), WorkerError> {
        let Service { spec, observer, limits, make_processor, .. } = self.service;
        for topic in &spec.inputs {
            for partition in 0..self.log.partitions(topic).unwrap_or(0) {
                let source = Source::new(topic.clone(), partition);
                if self.tasks.contains_key(&source) {
                    continue;
                }
                let refused = |error| WorkerError::Store { source_partition: source.clone(), error };
                let store = self.log.stores().open(spec.name, &source).map_err(refused)?;
                let mut transport = LogTransport::open(self.log, spec.name, &source).map_err(refused)?;
                let task = Task::open(
                    make_processor(&source),
                    store,
                    source.clone(),
                    Arc::clone(spec),
                    limits.clone(),
                    now(),
                    &mut transport,
                );
                let task = match task {
                    Err(TaskError::Recover(RecoverError::Fenced)) => return Err(self.taken_over(source)),
                    task => task?,
                };
                // One batch holds both, so only damage can part them.
                let (position, end) =
                    (task.position().unwrap_or_default().0, self.log.end_offset(&source)?.0);
                if position > end {
                    return Err(WorkerError::InputCut { source_partition: source, end, position });
                }
                let (totals, tallies) = (task.totals().map_err(refused)?, task.tallies().map_err(refused)?);
                observer.totals(spec.name, &source, &totals, &tallies);
                observer.restoring(spec.name, &source, 0);
                observer.owned(spec.name, &source, true);
                let running = Running {
                    task,
                    transport,
                    paused_until: None,
                    rewinds: 0,
                    behind: Behind::default(),
                    sized: None,
                };
                self.tasks.insert(source, running);
            }
        }
        Ok(())
    }

    fn taken_over(&self, source_partition: Source) -> WorkerError {
        WorkerError::TakenOver { service: self.service.spec.name, source_partition }
    }
}

impl Running {
    /// Runs one batch, if there is one, and the tick, if it is due. True if there may be more to do.
    fn step(&mut self, source: &Source, log: &Log, service: &Service<'_>) -> Result<bool, WorkerError> {
        let now = now();
        self.transport.set_now(now);
        let mut worked = false;
        if self.is_ready(source, service, now) {
            let from = self.task.position().unwrap_or_default();
            let fetched = log.read(source, from, service.limits.batch_records, service.limits.batch_bytes)?;
            if !fetched.records.is_empty() {
                worked = true;
                let progress = self.task.run(&fetched.records, now, &mut self.transport, service.observer)?;
                self.take(progress, source, service)?;
                if let Some(last) =
                    fetched.records.iter().take_while(|r| r.offset.0 < self.position().0).last()
                {
                    self.behind.processed(last.timestamp);
                }
            }
        }
        let records = log.end_offset(source)?.0.saturating_sub(self.position().0);
        let oldest = self.behind.report(records, now);
        service.observer.lag(service.spec.name, source, Lag { records, oldest, blocked: 0 });
        if self.sized.is_none_or(|at| at.elapsed() >= SIZE) {
            self.sized = Some(Instant::now());
            if let Some(size) = self.task.state_size() {
                service.observer.state(service.spec.name, source, size);
            }
        }
        if let Some(progress) = self.task.tick(now, &mut self.transport, service.observer)? {
            self.take(progress, source, service)?;
        }
        Ok(worked)
    }

    fn position(&self) -> NextOffset {
        self.task.position().unwrap_or_default()
    }

    fn is_ready(&mut self, source: &Source, service: &Service<'_>, now: Timestamp) -> bool {
        match self.paused_until {
            Some(until) if now < until => false,
            Some(_) => {
                self.paused_until = None;
                service.observer.paused(service.spec.name, source, false);
                true
            }
            None => true,
        }
    }

    fn take(
        &mut self,
        progress: Progress,
        source: &Source,
        service: &Service<'_>,
    ) -> Result<(), WorkerError> {
        match progress {
            Progress::Committed { pause_until, .. } => {
                self.rewinds = 0;
                if pause_until.is_some() {
                    self.paused_until = pause_until;
                    service.observer.paused(service.spec.name, source, true);
                }
                Ok(())
            }
            Progress::Rewind { .. } if self.rewinds < REWINDS_MAX => {
                self.rewinds += 1;
                Ok(())
            }
            Progress::Rewind { .. } => Err(WorkerError::Stuck { source_partition: source.clone() }),
            Progress::Lost => {
                Err(WorkerError::TakenOver { service: service.spec.name, source_partition: source.clone() })
            }
        }
    }
}

/// The wall clock, read once for each batch.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
}
