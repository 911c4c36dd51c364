//! One membership of a consumer group, from joining to leaving.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline::{Lag, NextOffset, Progress, RecoverError, Service, Source, TaskError, Timestamp};
use rdkafka::Offset;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};

use super::slot::Slot;
use crate::client::{self, SESSION_TIMEOUT};
use crate::config::KafkaConfig;
use crate::errors::{ClientError, WorkerError};
use crate::group::{self, GroupConsumer, GroupEvent, Membership};
use crate::left_open::Note;
use crate::sabotage::Hooks;
use crate::standby::Standbys;
use crate::{assigned, native};

/// Longest wait for a record: short enough for ticks, stops and signs of life.
const POLL: Duration = Duration::from_millis(100);
/// How often lag is reported.
const LAG: Duration = Duration::from_secs(1);
/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(3);
/// How often the same trouble of the consumer is logged.
const REPEAT: Duration = Duration::from_secs(30);

mod opening;

/// Why serving ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It was asked to.
    Stopped,
    /// The consumer cannot go on; a new one can.
    Rejoin,
}

/// One membership of the group.
pub(super) struct Session<'s, 'a> {
    config: &'a KafkaConfig,
    hooks: &'a Hooks,
    service: Service<'a>,
    slots: Vec<Slot<'a>>,
    consumer: Arc<GroupConsumer>,
    lag_reported: Instant,
    trouble: Vec<(Code, Instant)>,
    crashed: bool,
    standbys: Option<Standbys<'s, 'a>>,
    notes: Option<&'a Path>,
}

/// The wall clock, read once for each batch.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl<'s, 'a> Session<'s, 'a> {
    pub(super) fn join(
        config: &'a KafkaConfig,
        hooks: &'a Hooks,
        service: Service<'a>,
        standbys: Option<Standbys<'s, 'a>>,
        notes: Option<&'a Path>,
    ) -> Result<Self, WorkerError> {
        let settings = client::group_consumer(config, service.spec.name)?;
        let consumer = GroupConsumer::from_config_and_context(&settings, Membership::default())
            .map_err(|e| ClientError::Settings(e.to_string()))?;
        let topics: Vec<&str> = service.spec.inputs.iter().map(pipeline::Topic::as_str).collect();
        consumer.subscribe(&topics).map_err(|e| ClientError::Settings(e.to_string()))?;
        Ok(Self {
            config,
            hooks,
            service,
            slots: Vec::new(),
            consumer: Arc::new(consumer),
            lag_reported: Instant::now(),
            trouble: Vec::new(),
            crashed: false,
            standbys,
            notes,
        })
    }

    pub(super) fn serve(&mut self) -> Result<End, WorkerError> {
        while !self.service.stop.is_stopped() && !self.crashed {
            self.service.observer.alive(self.service.spec.name);
            if let Some(end) = self.poll() {
                return Ok(end);
            }
            self.follow_group();
            if self.consumer.context().is_lost() {
                tracing::warn!(
                    service = self.service.spec.name,
                    "the group went on without us; joining anew"
                );
                return Ok(End::Rejoin);
            }
            self.run_batches()?;
            self.run_ticks()?;
            self.open_one()?;
            self.let_flow()?;
            self.stand_by();
            self.report_lag();
        }
        Ok(End::Stopped)
    }

    /// Takes what the group decided: new partitions get a slot, lost ones lose their task.
    fn follow_group(&mut self) {
        for event in self.consumer.context().take_events() {
            self.standbys.iter_mut().for_each(Standbys::wait);
            match event {
                GroupEvent::Assigned(source) => {
                    tracing::info!(service = self.service.spec.name, %source, "partition assigned");
                    self.slots.retain(|slot| slot.source != source);
                    self.slots.push(Slot::new(source));
                }
                GroupEvent::Revoked(source) => {
                    tracing::info!(service = self.service.spec.name, %source, "partition given up");
                    if let Some(index) = self.slots.iter().position(|slot| slot.source == source) {
                        let mut slot = self.slots.swap_remove(index);
                        let kept = slot.end(self.service, self.hooks);
                        self.let_stand_by(source, kept);
                    }
                }
            }
        }
        for source in self.consumer.context().take_displaced() {
            if let Some(slot) = self.slots.iter_mut().find(|slot| slot.source == source) {
                // Records in hand stay: what was displaced comes after them.
                slot.flowing = false;
            }
        }
    }

    /// Collects records: waits for the first, takes what is there after it, up to the limits.
    fn poll(&mut self) -> Option<End> {
        let limits = self.service.limits;
        let (mut bytes, mut wait) = (0, POLL);
        while bytes < limits.batch_bytes {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    let partition = u32::try_from(rdkafka::Message::partition(&message)).unwrap_or_default();
                    let topic = rdkafka::Message::topic(&message);
                    let slot = self.slots.iter_mut().find(|slot| {
                        slot.source.partition.0 == partition && slot.source.topic.as_str() == topic
                    });
                    let Some(slot) = slot else { continue };
                    let record = native::record(&message, &slot.source);
                    bytes += slot.accept(record);
                    if slot.pending.len() >= limits.batch_records {
                        break;
                    }
                }
                Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                    tracing::warn!(service = self.service.spec.name, %code, "the consumer is replaced");
                    return Some(End::Rejoin);
                }
                Some(Err(error)) => {
                    self.consumer_trouble(&error);
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        None
    }

    fn consumer_trouble(&mut self, error: &KafkaError) {
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        if matches!(code, Code::AutoOffsetReset | Code::OffsetOutOfRange) {
            // The library does not say which partition: find out, and begin anew where all is well.
            for slot in &mut self.slots {
                slot.flowing = false;
            }
        }
        self.trouble.retain(|(_, at)| at.elapsed() < REPEAT);
        if self.trouble.iter().all(|(known, _)| *known != code) {
            self.trouble.push((code, Instant::now()));
            let hint = if code == Code::UnknownTopicOrPartition {
                "; create input topics with `leadshare topics apply`"
            } else {
                ""
            };
            tracing::warn!(service = self.service.spec.name, "reading goes on after an error: {code}{hint}");
        }
    }

    fn run_batches(&mut self) -> Result<(), WorkerError> {
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { break };
            let records = std::mem::take(&mut slot.pending);
            let Some(running) = slot.running.as_mut().filter(|_| !records.is_empty()) else { continue };
            let result = running.task.run(&records, now(), &mut running.transport, self.service.observer);
            if let Ok(Progress::Committed { position, .. }) = &result
                && let Some(last) = records.iter().take_while(|record| record.offset.0 < position.0).last()
            {
                slot.behind.processed(last.timestamp);
            }
            self.took(index, result)?;
            // A recovery polls the group; what was lost there must not run its batch.
            if self.has_news() {
                for slot in self.slots.iter_mut() {
                    if !slot.pending.is_empty() {
                        slot.rest(Duration::ZERO);
                    }
                }
                self.follow_group();
                break;
            }
        }
        Ok(())
    }

    fn has_news(&self) -> bool {
        self.consumer.context().has_events()
    }

    fn run_ticks(&mut self) -> Result<(), WorkerError> {
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { break };
            if !slot.flowing && !slot.burst {
                continue;
            }
            let Some(running) = slot.running.as_mut() else { continue };
            let result = running.task.tick(now(), &mut running.transport, self.service.observer);
            let Some(result) = result.transpose() else { continue };
            if let Ok(Progress::Committed { .. }) = &result
                && let Err(error) = running.task.keep_image(now())
            {
                tracing::warn!(service = self.service.spec.name, source = %slot.source, %error, "no image is kept");
            }
            let burst = slot.burst;
            let result = match result {
                // A tick does not end a pause.
                Ok(Progress::Committed { pause_until, .. }) if burst && pause_until.is_none() => continue,
                other => other,
            };
            self.took(index, result)?;
            if self.has_news() {
                self.follow_group();
                break;
            }
        }
        Ok(())
    }

    /// Does what a task's progress asks for.
    fn took(&mut self, index: usize, result: Result<Progress, TaskError>) -> Result<(), WorkerError> {
        let (name, observer) = (self.service.spec.name, self.service.observer);
        if self.slots.get_mut(index).is_some_and(Slot::take_silence) {
            self.suspect_all_but(index);
        }
        let Some(slot) = self.slots.get_mut(index) else { return Ok(()) };
        let source = slot.source.clone();
        self.crashed |= slot.running.as_ref().is_some_and(|running| running.transport.crashed);
        match result {
            Ok(Progress::Committed { pause_until: None, .. }) => slot.succeed(),
            Ok(Progress::Committed { pause_until: Some(until), .. }) => {
                slot.succeed();
                let millis = u64::try_from(until.millis_since(now())).unwrap_or_default();
                tracing::warn!(service = name, %source, millis, "too many dead letters in a row; pausing");
                slot.rest(Duration::from_millis(millis));
                slot.burst = true;
                observer.paused(name, &source, true);
                self.pause(&source);
            }
            Ok(Progress::Rewind { .. }) => {
                let pause = slot.fail();
                tracing::warn!(service = name, %source, ?pause, "transaction undone; reading again");
                slot.rest(pause);
                self.pause(&source);
            }
            Ok(Progress::Lost) => {
                // Either the group says so soon, or our transaction was too old: wait and see.
                tracing::warn!(service = name, %source, "fenced");
                self.close(index, SESSION_TIMEOUT / 2);
            }
            Err(TaskError::Recover(RecoverError::Fenced)) => self.close(index, SESSION_TIMEOUT / 2),
            Err(TaskError::Recover(RecoverError::Unavailable(reason))) => {
                let pause = slot.fail();
                tracing::warn!(service = name, %source, ?pause, reason, "cannot recover now");
                self.close(index, pause);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// A producer's call did not return, and those of the others would not: rather than to find out with each, all of
    /// them are replaced when their turn comes.
    fn suspect_all_but(&mut self, index: usize) {
        let others = self.slots.iter_mut().enumerate().filter(|(other, _)| *other != index);
        for running in others.filter_map(|(_, slot)| slot.running.as_mut()) {
            running.transport.suspect = true;
        }
    }

    /// Drops a task; it is opened again after `pause` if the partition is still ours.
    fn close(&mut self, index: usize, pause: Duration) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.rest(pause);
        slot.burst = false;
        slot.kept = slot.end(self.service, self.hooks);
        let source = slot.source.clone();
        self.pause(&source);
    }

    fn pause(&self, source: &Source) {
        if let Err(error) = self.consumer.pause(&group::place(source, Offset::Invalid)) {
            tracing::debug!(%source, %error, "pausing failed; its records are dropped and read again");
        }
    }

    /// Moves the consumer to where each rested task stands, and resumes its partition.
    fn let_flow(&mut self) -> Result<(), WorkerError> {
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get(index) else { break };
            let Some(running) = slot.running.as_ref().filter(|_| !slot.flowing && slot.is_due()) else {
                continue;
            };
            let (source, position) = (slot.source.clone(), running.task.position());
            let burst = slot.burst;
            match self.seek(&source, position) {
                Ok(position) => {
                    let position = position?;
                    if let Some(slot) = self.slots.get_mut(index) {
                        slot.flow_from(position);
                    }
                    if burst {
                        self.service.observer.paused(self.service.spec.name, &source, false);
                    }
                }
                Err(error) => {
                    let Some(slot) = self.slots.get_mut(index) else { break };
                    let pause = slot.fail();
                    slot.not_before = Instant::now() + pause;
                    tracing::warn!(service = self.service.spec.name, %source, %error, "cannot begin to read");
                }
            }
        }
        Ok(())
    }

    /// The outer error passes; the inner one does not.
    fn seek(
        &self,
        source: &Source,
        position: Option<NextOffset>,
    ) -> KafkaResult<Result<NextOffset, WorkerError>> {
        let (topic, partition) = (source.topic.as_str(), assigned::number(source.partition));
        let (low, high) = self.consumer.fetch_watermarks(topic, partition, client::ANSWER)?;
        let (low, high) = (assigned::offset(low), assigned::offset(high));
        let first = match position {
            Some(position) if position > high => {
                return Ok(Err(WorkerError::InputReplaced {
                    source_partition: source.clone(),
                    end: high.0,
                    position: position.0,
                }));
            }
            Some(position) if position < low && !self.config.accept_deleted_records => {
                return Ok(Err(WorkerError::InputDeleted {
                    source_partition: source.clone(),
                    from: position.0,
                    to: low.0.saturating_sub(1),
                }));
            }
            Some(position) => position.max(low),
            None => low,
        };
        let offset = Offset::Offset(i64::try_from(first.0).unwrap_or(i64::MAX));
        self.consumer.seek(topic, partition, offset, client::ANSWER)?;
        self.consumer.resume(&group::place(source, Offset::Invalid))?;
        Ok(Ok(first))
    }

    fn report_lag(&mut self) {
        if self.lag_reported.elapsed() < LAG {
            return;
        }
        self.lag_reported = Instant::now();
        let (name, observer, now) = (self.service.spec.name, self.service.observer, now());
        for slot in &mut self.slots {
            let Some(running) = &slot.running else { continue };
            running.note.iter().for_each(Note::renew);
            let high = native::cached_high_watermark(self.consumer.client(), &slot.source);
            if let (Some(high), Some(position)) = (high, running.task.position()) {
                let records = high.0.saturating_sub(position.0);
                let oldest = slot.behind.report(records, now);
                let blocked = self.consumer.context().blocked(&slot.source);
                observer.lag(name, &slot.source, Lag { records, oldest, blocked });
            }
            if let Some(size) = running.task.state_size() {
                observer.state(name, &slot.source, size);
            }
        }
    }

    /// Drops every task, then leaves the group so that others can take over at once.
    pub(super) fn leave(mut self) -> Option<Standbys<'s, 'a>> {
        let name = self.service.spec.name;
        let mut ended = Vec::new();
        std::thread::scope(|scope| {
            for mut slot in self.slots.drain(..) {
                if let Some(running) = &mut slot.running {
                    // Each producer takes a tenth of a second to end; together they take one.
                    let producer = running.transport.take_producer();
                    scope.spawn(move || drop(producer));
                }
                ended.push((slot.source.clone(), slot.end(self.service, self.hooks)));
            }
        });
        // A group that went on without us may give the partitions back.
        for (source, kept) in ended {
            self.let_stand_by(source, kept);
        }
        let (left, leaving) = mpsc::channel();
        let consumer = self.consumer;
        // Closing waits for the broker, which may be away.
        std::thread::spawn(move || {
            drop(consumer);
            // Nobody may be waiting any more.
            let _ = left.send(());
        });
        if leaving.recv_timeout(LEAVE).is_err() {
            tracing::warn!(service = name, "left without a word: the group will notice within its time-out");
        }
        self.standbys
    }
}
