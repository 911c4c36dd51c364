//! Opens the tasks of partitions that the group gives, and stands by for those that it gives to others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::{NotOpened, Source, Task, TaskError};
use rdkafka::consumer::Consumer;

use super::{Session, now};
use crate::claim::Claim;
use crate::client;
use crate::errors::WorkerError;
use crate::left_open::Note;
use crate::sabotage::{Sabotage, SharedStore};
use crate::standby::{self, Kept, Relieved};
use crate::transport::KafkaTransport;
use crate::worker::slot::{Running, Slot};

/// What a partition needs may still be with the worker that had it before, or with who stands by.
const CLAIM_PAUSE: Duration = Duration::from_millis(100);

/// A task that could not be opened, and what it was to work on.
struct Failed {
    error: TaskError,
    kept: Option<Kept>,
}

impl<'a> Session<'_, 'a> {
    /// Opens the task of at most one partition: a restore may take long, and the others go on between.
    pub(super) fn open_one(&mut self) -> Result<(), WorkerError> {
        let due = |slot: &Slot<'_>| slot.running.is_none() && slot.is_due();
        let Some(index) = self.slots.iter().position(due) else { return Ok(()) };
        let Some(source) = self.slots.get(index).map(|slot| slot.source.clone()) else { return Ok(()) };
        let name = self.service.spec.name;
        let began = Instant::now();
        let kept = match self.slots.get_mut(index).and_then(|slot| slot.kept.take()) {
            Some(kept) => kept,
            None => match self.replica_of(&source)? {
                Some(kept) => kept,
                None => {
                    if let Some(slot) = self.slots.get_mut(index) {
                        slot.rest(CLAIM_PAUSE);
                    }
                    return Ok(());
                }
            },
        };
        let opened = self.open(&source, kept);
        // The group may have changed meanwhile, so the place in the list may have, too.
        self.follow_group();
        let Some(index) = self.slots.iter().position(|slot| slot.source == source) else {
            let kept = opened.map_or_else(|failed| failed.kept, |running| Some(running.end()));
            self.let_stand_by(source, kept);
            return Ok(());
        };
        match opened {
            Ok(running) => {
                let state = |error: pipeline::StoreError| TaskError::State {
                    source_partition: source.clone(),
                    error: error.into(),
                };
                let totals = running.task.totals().map_err(state)?;
                let tallies = running.task.tallies().map_err(state)?;
                if let Some(slot) = self.slots.get_mut(index) {
                    slot.succeed();
                    slot.rest(Duration::ZERO);
                    slot.running = Some(running);
                }
                let millis = began.elapsed().as_millis();
                tracing::info!(service = name, %source, millis, "partition owned");
                self.service.observer.owned(name, &source, true);
                self.service.observer.totals(name, &source, &totals, &tallies);
                Ok(())
            }
            Err(failed) => {
                let Failed { error, kept } = *failed;
                if let Some(slot) = self.slots.get_mut(index) {
                    slot.kept = kept;
                }
                self.took(index, Err(error))
            }
        }
    }

    /// What a task can work on: what somebody who stood by gives, or what is on the disk. `None` while another has it.
    fn replica_of(&self, source: &Source) -> Result<Option<Kept>, TaskError> {
        let id = self.config.transactional_id(self.service.spec.name, source);
        match standby::relieve(&id) {
            Relieved::Kept(kept) => {
                tracing::info!(service = self.service.spec.name, %source, "taken over from who stood by");
                return Ok(Some(*kept));
            }
            Relieved::NotYet => return Ok(None),
            Relieved::Nobody => {}
        }
        let Some(claim) = Claim::take(id) else { return Ok(None) };
        Kept::open(self.service, source, claim)
            .map(Some)
            .map_err(|error| TaskError::State { source_partition: source.clone(), error: error.into() })
    }

    fn open(&self, source: &Source, kept: Kept) -> Result<Running<'a>, Box<Failed>> {
        let service = self.service;
        let mut transport =
            KafkaTransport::new(self.config, self.hooks, service, Arc::clone(&self.consumer), source.clone());
        let Kept { mut replica, claim } = kept;
        let id = self.config.transactional_id(service.spec.name, source);
        let note = self.notes.and_then(|folder| Note::make(folder, &id));
        if self.hooks.is(Sabotage::StoreBeforeCommit) {
            replica = replica.with_store(|store| {
                let shared = SharedStore::new(store);
                transport.shared_store = Some(shared.clone());
                Box::new(shared)
            });
        }
        let task = Task::take_over(
            replica,
            source.clone(),
            Arc::clone(service.spec),
            service.limits.clone(),
            now(),
            &mut transport,
        );
        match task {
            Ok(task) => Ok(Running { task, transport, note, claim }),
            Err(failed) => {
                let NotOpened { error, replica } = *failed;
                let kept = Some(Kept { replica, claim });
                let kept = kept.filter(|_| !self.hooks.is(Sabotage::StoreBeforeCommit));
                Err(Box::new(Failed { error, kept }))
            }
        }
    }

    /// Keeps up to date what was worked on here and is another's now.
    pub(super) fn let_stand_by(&self, source: Source, kept: Option<Kept>) {
        if let (Some(standbys), Some(kept), false) = (&self.standbys, kept, self.service.stop.is_stopped()) {
            standbys.post(source, kept);
        }
    }

    /// Keeps up to date what others own, once the group is quiet.
    pub(super) fn stand_by(&mut self) {
        let Some(mut standbys) = self.standbys.take() else { return };
        standbys.post_all(
            || self.input_partitions(),
            |source| self.slots.iter().any(|slot| slot.source == *source),
        );
        self.standbys = Some(standbys);
    }

    /// Every input partition; `None` if the broker does not say.
    fn input_partitions(&self) -> Option<Vec<Source>> {
        let mut all = Vec::new();
        for input in &self.service.spec.inputs {
            let metadata = self.consumer.fetch_metadata(Some(input.as_str()), client::ANSWER).ok()?;
            let found = metadata.topics().iter().flat_map(|topic| topic.partitions());
            let numbers = found.filter_map(|partition| u32::try_from(partition.id()).ok());
            all.extend(numbers.map(|number| Source::new(input.as_str(), number)));
        }
        Some(all)
    }
}
