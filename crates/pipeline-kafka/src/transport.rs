//! Executes the actions of one task's transactions on Kafka.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pipeline::{
    Action, Event, FailureKind, Mark, NextOffset, Output, RecoverError, Sealed, Service, Source, Store,
    Topic, Transport,
};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::producer::{Producer as _, ThreadedProducer};

use crate::client::{self, MESSAGE_TIMEOUT, TRANSACTION_TIMEOUT};
use crate::config::KafkaConfig;
use crate::delivery::{Deliveries, ticket};
use crate::errors::{ClientFault, Undelivered, failure_kind, severity, undelivered};
use crate::group::{self, GroupConsumer};
use crate::native;
use crate::offsets::{self, OffsetsError};
use crate::producer::{SLICE, to_offset, to_record};
use crate::restore::Restore;
use crate::sabotage::{Fault, Hooks, Moment, Sabotage, SharedStore};
use crate::topics::KnownTopics;
use crate::{assigned, changelog};

/// How long a predecessor's transaction may take to end before we give up and try again later.
const FENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an action may go on once the service is asked to stop.
const GRACE: Duration = Duration::from_secs(2);

/// One task's side of Kafka.
pub(crate) struct KafkaTransport<'a> {
    config: &'a KafkaConfig,
    hooks: &'a Hooks,
    service: Service<'a>,
    consumer: Arc<GroupConsumer>,
    source: Source,
    group: String,
    producer: Option<Arc<ThreadedProducer<Deliveries>>>,
    round: u32,
    topics: KnownTopics,
    mark: Option<Mark>,
    /// For the sabotage that writes the store too early.
    pub(crate) shared_store: Option<SharedStore>,
    pub(crate) crashed: bool,
    /// Whether a call of this producer did not return. Others of the group look the same coordinator up.
    pub(crate) silent: bool,
    /// Whether one of the others' did not: then this producer is replaced before it is used again.
    pub(crate) suspect: bool,
}

impl<'a> KafkaTransport<'a> {
    pub(crate) fn new(
        config: &'a KafkaConfig,
        hooks: &'a Hooks,
        service: Service<'a>,
        consumer: Arc<GroupConsumer>,
        source: Source,
    ) -> Self {
        Self {
            config,
            hooks,
            service,
            consumer,
            source,
            group: config.group(service.spec.name),
            producer: None,
            round: 0,
            topics: KnownTopics::default(),
            mark: None,
            shared_store: None,
            crashed: false,
            silent: false,
            suspect: false,
        }
    }

    /// Gives the producer up, so that its threads can be ended elsewhere.
    pub(crate) fn take_producer(&mut self) -> Option<Arc<ThreadedProducer<Deliveries>>> {
        self.producer.take()
    }

    fn failed(&self, action: &'static str, fault: ClientFault) -> Event {
        let kind = failure_kind(fault);
        let service = self.service.spec.name;
        tracing::warn!(service, source = %self.source, action, code = %fault.code, ?kind, "transaction failed");
        Event::Failed(kind)
    }

    /// Calls `call` again for as long as the library says that it goes on in the background.
    fn resume(
        &self,
        action: &'static str,
        deadline: Duration,
        mut call: impl FnMut(&ThreadedProducer<Deliveries>) -> KafkaResult<()>,
    ) -> Event {
        let Some(producer) = &self.producer else { return Event::Failed(FailureKind::Unknown) };
        let began = Instant::now();
        loop {
            let Err(error) = call(producer) else { return Event::Done };
            let fault = ClientFault::from(&error);
            let late =
                began.elapsed() > deadline || (self.service.stop.is_stopped() && began.elapsed() > GRACE);
            if !fault.retriable || late {
                return self.failed(action, fault);
            }
            self.service.observer.alive(self.service.spec.name);
        }
    }

    fn send(&mut self, batch: &Sealed) -> Event {
        let Some(producer) = &self.producer else { return Event::Failed(FailureKind::Unknown) };
        let spec = self.service.spec;
        let mut topics: Vec<&Topic> = batch.outputs.iter().map(|output| &output.topic).collect();
        topics.push(&spec.changelog);
        topics.sort();
        topics.dedup();
        match self.topics.check(producer.client(), &topics) {
            Ok(None) => {}
            Ok(Some((topic, why))) => {
                let bytes = batch.outputs.iter().filter(|o| o.topic == topic).map(Output::size).min();
                self.topics.missing(&topic);
                return Event::Rejected(topic, why, bytes.unwrap_or_default());
            }
            // Nothing was sent yet.
            Err(code) => {
                return self.failed("look up", ClientFault { abortable: true, ..ClientFault::plain(code) });
            }
        }
        self.round = producer.context().begin(batch.outputs.len() + batch.changes.len());
        for (index, output) in batch.outputs.iter().enumerate() {
            if let Err(event) = self.enqueue(index, output) {
                return event;
            }
        }
        for (index, (key, value)) in (batch.outputs.len()..).zip(&batch.changes) {
            let record = Output {
                topic: spec.changelog.clone(),
                partition: Some(self.source.partition),
                key: Some(changelog::key(&self.source, key)),
                value: value.clone(),
                headers: pipeline::Headers::default(),
            };
            if let Err(event) = self.enqueue(index, &record) {
                return event;
            }
        }
        Event::Done
    }

    fn enqueue(&mut self, index: usize, output: &Output) -> Result<(), Event> {
        let Some(producer) = &self.producer else { return Err(Event::Failed(FailureKind::Unknown)) };
        let deliveries = producer.context();
        loop {
            deliveries.sent();
            let Err((error, _)) = producer.send(to_record(output, ticket(self.round, index))) else {
                return Ok(());
            };
            deliveries.not_sent();
            let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
            if code != Code::QueueFull {
                return Err(self.refused(code, &output.topic, output.size()));
            }
            // The queue is bounded on purpose: wait until some of it is delivered.
            let waiting = deliveries.outstanding();
            if waiting == 0 || !deliveries.wait_below(waiting, MESSAGE_TIMEOUT) {
                return Err(self.failed("send", ClientFault::plain(Code::QueueFull)));
            }
        }
    }

    /// What one refused record means for the transaction.
    fn refused(&mut self, code: Code, topic: &Topic, bytes: usize) -> Event {
        match undelivered(code) {
            Undelivered::Rejected(why) => {
                if why == pipeline::Undeliverable::TopicMissing {
                    self.topics.missing(topic);
                }
                tracing::warn!(service = self.service.spec.name, %topic, %code, "topic refuses a record");
                Event::Rejected(topic.clone(), why, bytes)
            }
            Undelivered::Failed(FailureKind::Abortable) => {
                // Something failed that has no name here; if it was a topic, looking all of them up
                // again finds it.
                self.topics.forget();
                let fatal = self.producer.as_ref().and_then(|p| p.client().fatal_error());
                match fatal {
                    Some((code, _)) => {
                        self.failed("deliver", ClientFault { fatal: true, ..ClientFault::plain(code) })
                    }
                    None => {
                        self.failed("deliver", ClientFault { abortable: true, ..ClientFault::plain(code) })
                    }
                }
            }
            Undelivered::Failed(_) => {
                let fatal = self.producer.as_ref().and_then(|p| p.client().fatal_error());
                self.failed("deliver", ClientFault::plain(fatal.map_or(code, |(code, _)| code)))
            }
        }
    }

    fn drain(&mut self, batch: &Sealed) -> Event {
        let Some(producer) = &self.producer else { return Event::Failed(FailureKind::Unknown) };
        let began = Instant::now();
        while !native::flush(producer.client(), SLICE) {
            let late = began.elapsed() > MESSAGE_TIMEOUT + SLICE * 4
                || (self.service.stop.is_stopped() && began.elapsed() > GRACE);
            if late {
                return self.failed("deliver", ClientFault::plain(Code::MessageTimedOut));
            }
            self.service.observer.alive(self.service.spec.name);
        }
        if !producer.context().wait_below(1, SLICE) {
            return self.failed("deliver", ClientFault::plain(Code::MessageTimedOut));
        }
        let outputs = batch.outputs.len();
        let (worst, last) = producer.context().with_results(|results| {
            let failures = results.iter().enumerate().filter_map(|(index, result)| match result {
                Some(Ok(_)) => None,
                Some(Err(code)) => Some((index, *code)),
                None => Some((index, Code::MessageTimedOut)),
            });
            // Among records that are too large the largest is to blame: the others may have been in
            // the same request.
            let worst = failures.max_by_key(|(index, code)| {
                (severity(undelivered(*code)), batch.outputs.get(*index).map_or(0, Output::size))
            });
            let changes = results.iter().skip(outputs).flatten();
            (worst, changes.filter_map(|result| result.ok()).map(|(_, offset)| offset).max())
        });
        match worst {
            None => {
                self.mark = last.map(|last| Mark { changelog: NextOffset(assigned::offset(last).0 + 1) });
                Event::Done
            }
            Some((index, code)) => match batch.outputs.get(index) {
                Some(output) => self.refused(code, &output.topic, output.size()),
                None => self.refused(code, &self.service.spec.changelog.clone(), usize::MAX),
            },
        }
    }

    fn send_offsets(&mut self, next: NextOffset) -> Event {
        let Some(producer) = &self.producer else { return Event::Failed(FailureKind::Unknown) };
        if self.hooks.is(Sabotage::OffsetsOutsideTransaction) {
            let list = group::place(&self.source, to_offset(next));
            return match self.consumer.commit(&list, CommitMode::Sync) {
                Ok(()) => Event::Done,
                Err(error) => self.failed("commit offsets", ClientFault::from(&error)),
            };
        }
        let check = !self.hooks.is(Sabotage::NoGenerationCheck);
        match offsets::send(producer, &self.consumer, &self.source, next, check) {
            Ok(()) => Event::Done,
            Err(OffsetsError::Fault(fault)) => self.failed("send offsets", fault),
            Err(OffsetsError::NoMember) => {
                let fault = ClientFault::plain(Code::UnknownMemberId);
                self.failed("send offsets", ClientFault { abortable: true, ..fault })
            }
            Err(OffsetsError::Silent) => {
                self.silent = true;
                self.failed("send offsets", ClientFault::plain(Code::OperationTimedOut))
            }
        }
    }

    fn act(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Begin if self.suspect => Event::Failed(FailureKind::Unknown),
            Action::Begin => {
                self.mark = None;
                self.resume("begin", TRANSACTION_TIMEOUT, |producer| producer.begin_transaction())
            }
            Action::Send => {
                if self.hooks.is(Sabotage::StoreBeforeCommit)
                    && let Some(store) = &mut self.shared_store
                {
                    let mark = store.mark().ok().flatten().unwrap_or_default();
                    if store.apply(&batch.changes, mark).is_err() {
                        return Event::Failed(FailureKind::Unknown);
                    }
                }
                self.send(batch)
            }
            Action::Drain if self.hooks.is(Sabotage::NoDrain) => Event::Done,
            Action::Drain => self.drain(batch),
            Action::SendOffsets(next) => self.send_offsets(*next),
            Action::Commit => {
                self.resume("commit", TRANSACTION_TIMEOUT * 2, |producer| producer.commit_transaction(SLICE))
            }
            Action::Abort => {
                self.resume("abort", TRANSACTION_TIMEOUT * 2, |producer| producer.abort_transaction(SLICE))
            }
            Action::Recover | Action::Finish(_) => Event::Done,
        }
    }

    fn struck(&mut self, action: &Action, moment: Moment) -> Option<Event> {
        let fault = self.hooks.fault(&self.source, action, moment)?;
        Some(Event::Failed(match fault {
            Fault::Abort => FailureKind::Abortable,
            Fault::Unknown => FailureKind::Unknown,
            Fault::Silent => {
                self.silent = true;
                FailureKind::Unknown
            }
            // Ends the task without another call to the broker.
            Fault::Crash => {
                self.crashed = true;
                FailureKind::Fenced
            }
        }))
    }

    /// Whether to go on waiting; keeps the membership of the group.
    fn go_on(&self) -> Result<(), RecoverError> {
        self.service.observer.alive(self.service.spec.name);
        if self.service.stop.is_stopped() {
            return Err(RecoverError::Unavailable("the service is stopping".to_owned()));
        }
        if group::keep_alive(&self.consumer, &self.source) { Ok(()) } else { Err(RecoverError::Fenced) }
    }

    /// A new producer. Its initialisation aborts what the predecessor left open and fences it.
    fn fence(&mut self) -> Result<Arc<ThreadedProducer<Deliveries>>, RecoverError> {
        if self.producer.take().is_some() {
            self.service.observer.producer_replaced(self.service.spec.name, &self.source);
        }
        self.topics = KnownTopics::default();
        self.suspect = false;
        self.go_on()?;
        let id = self.config.transactional_id(self.service.spec.name, &self.source);
        let bytes = self.service.limits.record_bytes;
        let settings = client::transactional_producer(self.config, &id, bytes).map_err(unavailable)?;
        let producer = ThreadedProducer::from_config_and_context(&settings, Deliveries::default())
            .map_err(unavailable)?;
        let began = Instant::now();
        while let Err(error) = producer.init_transactions(SLICE) {
            let fault = ClientFault::from(&error);
            if failure_kind(fault) == FailureKind::Fenced {
                return Err(RecoverError::Fenced);
            }
            if !fault.retriable || began.elapsed() > FENCE_TIMEOUT {
                return Err(unavailable(fault.code));
            }
            self.go_on()?;
        }
        Ok(Arc::new(producer))
    }

    /// The offset that the group has committed. The broker does not tell while a transaction of ours holds an offset
    /// that is not settled; that one has ended, for it is fenced, so it is settled soon, or was forgotten.
    fn committed(
        &self,
        producer: &Arc<ThreadedProducer<Deliveries>>,
    ) -> Result<Option<NextOffset>, RecoverError> {
        match self.ask_committed() {
            Err(KafkaError::MetadataFetch(Code::OperationTimedOut)) => {
                tracing::warn!(
                    service = self.service.spec.name,
                    source = %self.source,
                    "the committed offset is not settled; a transaction that is undone settles it"
                );
                self.go_on()?;
                self.settle_offsets(producer)?;
                self.ask_committed()
            }
            answer => answer,
        }
        .map_err(unavailable)
    }

    fn ask_committed(&self) -> Result<Option<NextOffset>, KafkaError> {
        let list = group::place(&self.source, rdkafka::Offset::Invalid);
        let list = self.consumer.committed_offsets(list, client::ANSWER)?;
        for place in list.elements() {
            place.error()?;
            if let rdkafka::Offset::Offset(offset) = place.offset() {
                return Ok(Some(assigned::offset(offset)));
            }
        }
        Ok(None)
    }

    /// Undoes a transaction that holds nothing but an offset. A broker that was killed may forget, as it comes back,
    /// to write the end of a transaction to the partition of the group's offsets; the end of a later one of the
    /// same producer stands for both. Should the forgotten one have been committed, the group's offset stays
    /// behind, and the state, which was committed with it, knows better.
    fn settle_offsets(&self, producer: &Arc<ThreadedProducer<Deliveries>>) -> Result<(), RecoverError> {
        producer.begin_transaction().map_err(unavailable)?;
        offsets::send(producer, &self.consumer, &self.source, NextOffset(0), true).map_err(|error| {
            match error {
                OffsetsError::NoMember => RecoverError::Fenced,
                OffsetsError::Fault(fault) => unavailable(fault.code),
                OffsetsError::Silent => unavailable(Code::OperationTimedOut),
            }
        })?;
        producer.abort_transaction(TRANSACTION_TIMEOUT).map_err(unavailable)
    }
}

fn unavailable(error: impl ToString) -> RecoverError {
    RecoverError::Unavailable(error.to_string())
}

impl Transport for KafkaTransport<'_> {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        if let Some(event) = self.struck(action, Moment::Before) {
            return event;
        }
        let event = self.act(action, batch);
        self.struck(action, Moment::After).unwrap_or(event)
    }

    fn recover(&mut self, store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        let began = Instant::now();
        let producer = self.fence()?;
        let committed = self.committed(&producer)?;
        let (service, source) = (self.service.spec.name, self.source.clone());
        let restore = Restore {
            config: self.config,
            group: &self.group,
            changelog: &self.service.spec.changelog,
            source: &source,
            client: producer.client(),
        };
        let observer = self.service.observer;
        let mark = restore.run(store, &mut |remaining| {
            observer.restoring(service, &source, remaining);
            self.go_on()
        })?;
        observer.restoring(service, &source, 0);
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(service, %source, changelog = mark.changelog.0, millis, "state restored");
        self.producer = Some(producer);
        Ok(committed)
    }

    fn mark(&self) -> Option<Mark> {
        self.mark
    }
}
