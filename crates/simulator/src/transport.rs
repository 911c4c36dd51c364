//! One task's side of the model: what `pipeline-kafka` does on a real broker, without its client library.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use pipeline::{
    Action, Changes, Event, FailureKind, Headers, Mark, NextOffset, RecoverError, Sealed, ServiceSpec,
    Source, Store, StoreError, Timestamp, Topic, Transport, Undeliverable, partition_for,
};

use crate::broker::{Isolation, Membership, Payload, Refusal, Session};
use crate::disk::Disk;
use crate::sabotage::Sabotage;
use crate::site::ServiceKind;
use crate::world::{Batch, Lapse, Reply, Request, World};

/// Changelog records that a restore writes at once: few, so that it can be cut off anywhere.
const RESTORED_AT_ONCE: usize = 12;

/// The letter under which the router's state keeps which leads a lead covers.
pub(crate) const COVERED: u8 = b'c';

/// The transactional id of an input partition.
pub(crate) fn transactional_id(service: &str, source: &Source) -> String {
    format!("{service}.{source}")
}

/// What begins every changelog key of a source.
pub(crate) fn changelog_prefix(source: &Source) -> Vec<u8> {
    [source.topic.as_str().as_bytes(), b"\0"].concat()
}

/// The changelog partition of a source.
pub(crate) fn changelog(spec: &ServiceSpec, source: &Source) -> Source {
    Source { topic: spec.changelog.clone(), partition: source.partition }
}

pub(crate) struct SimTransport {
    world: Rc<RefCell<World>>,
    spec: Arc<ServiceSpec>,
    source: Source,
    name: String,
    membership: Rc<Cell<Membership>>,
    /// For the sabotage that writes the store too early.
    disk: Disk,
    session: Option<Session>,
    sequences: BTreeMap<Source, u32>,
    /// Whether the broker may know of the transaction.
    registered: bool,
    mark: Option<Mark>,
    /// The batch that is made now.
    batch: Batch,
    pub(crate) crashed: bool,
}

impl SimTransport {
    pub(crate) fn new(
        world: &Rc<RefCell<World>>,
        spec: Arc<ServiceSpec>,
        source: Source,
        membership: Rc<Cell<Membership>>,
        disk: Disk,
    ) -> Self {
        let name = transactional_id(spec.name, &source);
        Self {
            world: Rc::clone(world),
            spec,
            source,
            name,
            membership,
            disk,
            session: None,
            sequences: BTreeMap::new(),
            registered: false,
            mark: None,
            batch: Batch::default(),
            crashed: false,
        }
    }

    /// A batch or a tick is made at this moment.
    pub(crate) fn prepare(&mut self, now: Timestamp, tick: bool) {
        self.batch.now = now;
        self.batch.tick = tick;
        if tick {
            self.batch.refused.clear();
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.world.borrow().is(sabotage)
    }

    fn ask(&mut self, request: Request) -> Result<Reply, Lapse> {
        let answer = self.world.borrow_mut().ask(request);
        self.crashed |= matches!(answer, Err(Lapse::Crashed));
        answer
    }

    /// What a request that failed means, as `pipeline-kafka` judges it.
    fn failed(&self, lapse: Lapse) -> Event {
        let kind = match lapse {
            Lapse::Crashed | Lapse::Refused(Refusal::Fenced) => FailureKind::Fenced,
            Lapse::Failed | Lapse::Refused(Refusal::IllegalGeneration | Refusal::UnknownMember) => {
                FailureKind::Abortable
            }
            Lapse::Unknown | Lapse::Refused(_) => FailureKind::Unknown,
        };
        let name = &self.name;
        self.world.borrow_mut().note(|| format!("{name}: {lapse:?} is {kind:?}"));
        Event::Failed(kind)
    }

    fn ask_event(&mut self, request: Request) -> Event {
        match self.ask(request) {
            Ok(_) => Event::Done,
            Err(lapse) => self.failed(lapse),
        }
    }

    fn rejected(&mut self, topic: &Topic, why: Undeliverable, bytes: usize) -> Event {
        self.batch.refused.insert(topic.clone(), why);
        Event::Rejected(topic.clone(), why, bytes)
    }

    /// The batch by partition, in the order in which it was made.
    fn parts(&self, batch: &Sealed) -> BTreeMap<Source, Vec<Payload>> {
        let world = self.world.borrow();
        let mut parts: BTreeMap<Source, Vec<Payload>> = BTreeMap::new();
        for output in &batch.outputs {
            let partition = output.partition.unwrap_or_else(|| {
                partition_for(output.key.as_deref(), world.broker.partitions(&output.topic))
            });
            let source = Source { topic: output.topic.clone(), partition };
            let (key, value, headers) = (output.key.clone(), output.value.clone(), output.headers.clone());
            parts.entry(source).or_default().push(Payload { key, value, headers });
        }
        if world.is(Sabotage::Overtaking) {
            parts.values_mut().for_each(|payloads| payloads.reverse());
        }
        let prefix = changelog_prefix(&self.source);
        let changes = batch.changes.iter().map(|(key, value)| Payload {
            key: Some([prefix.as_slice(), key].concat()),
            value: value.clone(),
            headers: Headers::default(),
        });
        parts.insert(changelog(&self.spec, &self.source), changes.collect());
        parts
    }

    fn send(&mut self, batch: &Sealed) -> Event {
        if self.is(Sabotage::StoreBeforeCommit) {
            let mark = self.disk.mark().ok().flatten().unwrap_or_default();
            if self.disk.apply(&batch.changes, mark).is_err() {
                return Event::Failed(FailureKind::Unknown);
            }
        }
        for output in &batch.outputs {
            let taken = self.world.borrow().broker.takes(&output.topic);
            if let Err(Refusal::Topic(why)) = taken {
                return self.rejected(&output.topic, why, output.size());
            }
        }
        let mut parts = self.parts(batch);
        self.write_outside(&mut parts);
        let Some(session) = self.session.clone() else { return Event::Failed(FailureKind::Unknown) };
        self.registered = true;
        let event = self.ask_event(Request::AddPartitions(session.clone(), parts.keys().cloned().collect()));
        if event != Event::Done {
            return event;
        }
        for (source, payloads) in parts {
            let count = u32::try_from(payloads.len()).unwrap_or_default();
            let next = self.sequences.entry(source.clone()).or_default();
            let (session, sequence, from) = (session.clone(), *next, source.clone());
            match self.ask(Request::Produce { session, source: from, sequence, payloads }) {
                Ok(Reply::Appended(last)) => {
                    if let Some(next) = self.sequences.get_mut(&source) {
                        *next += count;
                    }
                    if source.topic == self.spec.changelog {
                        self.mark = last.map(|last| Mark { changelog: NextOffset(last + 1) });
                    }
                }
                Ok(_) => {}
                Err(Lapse::Refused(Refusal::Topic(why))) => {
                    return self.rejected(&source.topic, why, usize::MAX);
                }
                Err(lapse) => return self.failed(lapse),
            }
        }
        Event::Done
    }

    /// Two sabotages: some of the outputs go past the transaction.
    fn write_outside(&mut self, parts: &mut BTreeMap<Source, Vec<Payload>>) {
        let (dead, changes) = (self.spec.dead_letters.clone(), self.spec.changelog.clone());
        let dead_outside = self.is(Sabotage::DeadLettersOutside);
        let tick_outside = self.is(Sabotage::TickOutside) && self.batch.tick;
        parts.retain(|source, payloads| {
            let outside = (dead_outside && source.topic == dead) || (tick_outside && source.topic != changes);
            if outside {
                for payload in payloads.drain(..) {
                    let _ = self.world.borrow_mut().broker.append(source, payload);
                }
            }
            !outside
        });
    }

    fn send_offsets(&mut self, next: NextOffset) -> Event {
        let (group, source) = (self.spec.name.to_owned(), self.source.clone());
        let sender = self.membership.get();
        let mut membership = sender;
        if self.is(Sabotage::NoGenerationCheck) {
            membership.generation = -1;
        }
        if self.is(Sabotage::OffsetsOutside) {
            return self.ask_event(Request::CommitOffset { group, membership, source, next });
        }
        let Some(session) = self.session.clone() else { return Event::Failed(FailureKind::Unknown) };
        let event = self.ask_event(Request::AddOffsets(session.clone(), group.clone()));
        if event != Event::Done {
            return event;
        }
        self.ask_event(Request::StageOffset { session, group, membership, sender, source, next })
    }

    fn end(&mut self, commit: bool) -> Event {
        let Some(session) = self.session.clone() else { return Event::Failed(FailureKind::Unknown) };
        self.ask_event(Request::End { session, commit })
    }

    /// Things on their way may arrive between two requests of a recovery.
    fn meanwhile(&self) {
        let mut world = self.world.borrow_mut();
        if world.random.chance(150) {
            world.deliver();
        }
    }

    fn recover_by(&mut self, request: Request) -> Result<Reply, RecoverError> {
        self.meanwhile();
        self.ask(request).map_err(|lapse| match lapse {
            Lapse::Crashed | Lapse::Refused(Refusal::Fenced) => RecoverError::Fenced,
            other => RecoverError::Unavailable(format!("{other:?}")),
        })
    }

    fn restore(&mut self, store: &mut dyn Store) -> Result<(), RecoverError> {
        let source = changelog(&self.spec, &self.source);
        let Reply::Offset(Some(end)) = self.recover_by(Request::HighWatermark(source.clone()))? else {
            return Err(RecoverError::Unavailable("no end".to_owned()));
        };
        let mut from = match store.mark()? {
            Some(mark) if mark.changelog <= end => mark.changelog,
            Some(_) => {
                store.clear()?;
                NextOffset(0)
            }
            None => NextOffset(0),
        };
        loop {
            self.meanwhile();
            let next = follow(&self.world.borrow(), &self.spec, &self.source, from, store)?;
            let moved = next > from;
            from = next;
            // INVARIANT: the end is where the log ended when the predecessor was fenced, and not where the first open
            // transaction begins.
            if from >= end || (!moved && self.is(Sabotage::RestoreToLastStable)) {
                return Ok(());
            }
            if !moved {
                return Err(RecoverError::Unavailable("a transaction is open in the changelog".to_owned()));
            }
        }
    }
}

/// Reads a few committed records of a changelog into a store; says from where to go on.
pub(crate) fn follow(
    world: &World,
    spec: &ServiceSpec,
    source: &Source,
    from: NextOffset,
    store: &mut dyn Store,
) -> Result<NextOffset, StoreError> {
    let (found, next) =
        world.broker.read(&changelog(spec, source), from, Isolation::Committed, RESTORED_AT_ONCE);
    let (prefix, mut changes) = (changelog_prefix(source), Changes::new());
    for (record, _) in found {
        let key = record.key.as_deref().and_then(|key| key.strip_prefix(prefix.as_slice()));
        let Some(key) = key else { continue };
        let left_out = world.is(Sabotage::CoverageNotRestored)
            && spec.name == ServiceKind::Router.name()
            && key.first() == Some(&COVERED);
        if !left_out {
            changes.insert(key.to_vec(), record.value);
        }
    }
    store.apply(&changes, Mark { changelog: next })?;
    Ok(next)
}

impl Transport for SimTransport {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Begin => {
                self.mark = None;
                self.batch.next = batch.next;
                self.registered = false;
                let Some(session) = &self.session else { return Event::Failed(FailureKind::Unknown) };
                let owner = (self.name.clone(), session.epoch);
                self.world.borrow_mut().begun.insert(owner, self.batch.clone());
                Event::Done
            }
            Action::Send => self.send(batch),
            Action::SendOffsets(next) => self.send_offsets(*next),
            Action::Commit => self.end(true),
            // The broker has not heard of it.
            Action::Abort if !self.registered => Event::Done,
            Action::Abort => self.end(false),
            Action::Drain | Action::Recover | Action::Finish(_) => Event::Done,
        }
    }

    fn recover(&mut self, store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        if !(self.is(Sabotage::ProducerKept) && self.session.is_some()) {
            self.session = None;
            match self.recover_by(Request::Init(self.name.clone()))? {
                Reply::Session(session) => self.session = Some(session),
                other => return Err(RecoverError::Unavailable(format!("{other:?}"))),
            }
            self.sequences.clear();
        }
        let (group, source) = (self.spec.name.to_owned(), self.source.clone());
        let committed = match self.recover_by(Request::Committed { group, source })? {
            Reply::Offset(committed) => committed,
            other => return Err(RecoverError::Unavailable(format!("{other:?}"))),
        };
        self.restore(store)?;
        Ok(committed)
    }

    fn mark(&self) -> Option<Mark> {
        self.mark
    }
}
