//! A task: one input partition, its processor, its store, and one transaction after the other.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::accounting::{Accounting, Counter, POSITION};
use crate::batch::{Batch, Blocked, Limits, Sealed, Undeliverable};
use crate::dead_letter::DeadLetter;
use crate::observe::{BatchReport, Observer, Phase, TransactionResult};
use crate::processor::{Failure, Processor, StateError};
use crate::record::{NextOffset, Record, Source, Timestamp, Topic};
use crate::replica::Replica;
use crate::store::{Store, StoreError, StoreSize};
use crate::tally::{Tally, TallyTotals};
use crate::topic::ServiceSpec;
use crate::transaction::{Action, Ending, Event, RecoverError, Transaction, Transport};

/// What became of the records handed to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Committed up to `position`. If `position` is short of the last record handed in, the rest was
    /// not processed (a pause): read again from there.
    Committed {
        /// The next offset to read.
        position: NextOffset,
        /// The source sends too much that nobody can read: wait until then.
        pause_until: Option<Timestamp>,
    },
    /// Nothing happened; read again from `position`, or from the beginning when it is `None`.
    Rewind {
        /// The next offset to read.
        position: Option<NextOffset>,
    },
    /// The partition belongs to another worker now: drop the task.
    Lost,
}

/// The task cannot go on; the service stops and says why.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// State that does not decode, or a store that failed.
    #[error("{source_partition}: {error}")]
    State {
        /// The input partition.
        source_partition: Source,
        /// What is wrong.
        error: StateError,
    },
    /// A topic that the service cannot do without refuses records.
    #[error("output topic `{topic}` refuses records ({}); create it with `leadshare topics apply`, or grant write access", why.code())]
    TopicUnusable {
        /// The topic.
        topic: Topic,
        /// Why.
        why: Undeliverable,
    },
    /// The changelog ends before the committed input offset.
    #[error(
        "the state of {source_partition} reflects input offset {state} but {committed} is committed: changelog records are missing; restore the changelog topic before starting, or leads would be delivered twice"
    )]
    StateBehind {
        /// The input partition.
        source_partition: Source,
        /// The offset that the state reflects.
        state: u64,
        /// The offset that the group has committed.
        committed: u64,
    },
    /// The broker cannot be asked; the shell tries again.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

/// One input partition of one service.
pub struct Task<P> {
    replica: Replica<P>,
    source: Source,
    spec: Arc<ServiceSpec>,
    limits: Limits,
    blocked: Blocked,
    transaction: Transaction,
    position: Option<NextOffset>,
    dead_letters_in_a_row: usize,
    last_tick: Timestamp,
}

/// A task that could not be opened. What its processor had derived is not lost.
pub struct NotOpened<P> {
    /// Why.
    pub error: TaskError,
    /// What it was to work on.
    pub replica: Replica<P>,
}

impl<P: Processor> Task<P> {
    /// Opens a task: fences the predecessor, restores the store and finds the position to read from.
    pub fn open(
        processor: P,
        store: Box<dyn Store>,
        source: Source,
        spec: Arc<ServiceSpec>,
        limits: Limits,
        now: Timestamp,
        transport: &mut dyn Transport,
    ) -> Result<Self, TaskError> {
        let replica = Replica::new(processor, store);
        Self::take_over(replica, source, spec, limits, now, transport).map_err(|failed| failed.error)
    }

    /// The same on what somebody kept up to date: only what changed since then is restored.
    pub fn take_over(
        replica: Replica<P>,
        source: Source,
        spec: Arc<ServiceSpec>,
        limits: Limits,
        now: Timestamp,
        transport: &mut dyn Transport,
    ) -> Result<Self, Box<NotOpened<P>>> {
        let mut task = Self {
            replica,
            source,
            spec,
            limits,
            blocked: Blocked::default(),
            transaction: Transaction::default(),
            position: None,
            dead_letters_in_a_row: 0,
            last_tick: now,
        };
        match task.recover(transport) {
            Ok(()) => Ok(task),
            Err(error) => Err(Box::new(NotOpened { error, replica: task.replica })),
        }
    }

    /// Keeps an image of what its processor derived, if it is time. To be called between transactions.
    pub fn keep_image(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.replica.keep_image(now, &self.limits)
    }

    /// Gives the task up, for somebody to keep up to date what it worked on.
    pub fn into_replica(mut self) -> Replica<P> {
        self.replica.abort();
        self.replica
    }

    /// The input partition.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The next offset to read; `None` means from the beginning.
    pub fn position(&self) -> Option<NextOffset> {
        self.position
    }

    /// Totals from the state.
    pub fn totals(&self) -> Result<Accounting, StoreError> {
        Accounting::of(self.replica.store.as_ref())
    }

    /// Tallies from the state.
    pub fn tallies(&self) -> Result<TallyTotals, StoreError> {
        Tally::all(self.replica.store.as_ref())
    }

    /// How large the state is; `None` if the store cannot tell.
    pub fn state_size(&self) -> Option<StoreSize> {
        self.replica.store.size()
    }

    /// Processes records, in order, as one transaction.
    pub fn run(
        &mut self,
        records: &[Record],
        now: Timestamp,
        transport: &mut dyn Transport,
        observer: &dyn Observer,
    ) -> Result<Progress, TaskError> {
        let begun = self.begin(records, now, observer);
        self.transact(begun, transport, observer)
    }

    /// Runs `on_tick` when it is due. Topics that refused records are tried again from here on.
    pub fn tick(
        &mut self,
        now: Timestamp,
        transport: &mut dyn Transport,
        observer: &dyn Observer,
    ) -> Result<Option<Progress>, TaskError> {
        match self.begin_tick(now, observer) {
            Ok(None) => Ok(None),
            Ok(Some(step)) => self.transact(Ok(step), transport, observer).map(Some),
            Err(error) => self.transact(Err(error), transport, observer).map(Some),
        }
    }

    /// Begins a transaction of these records, in order, without any call to the transport. With [`Task::step`] it does
    /// what [`Task::run`] does, one action at a time: so a simulation can let others act between two of them.
    pub fn begin<'r>(
        &mut self,
        records: impl Into<Cow<'r, [Record]>>,
        now: Timestamp,
        observer: &dyn Observer,
    ) -> Result<Step<'r>, TaskError> {
        self.make(records.into(), now, observer)
    }

    /// The same for a tick; `None` if none is due.
    pub fn begin_tick(
        &mut self,
        now: Timestamp,
        observer: &dyn Observer,
    ) -> Result<Option<Step<'static>>, TaskError> {
        // A clock that was ahead and is put right must not stop the ticks until it is where it was.
        self.last_tick = self.last_tick.min(now);
        if now.millis_since(self.last_tick) < self.limits.tick_millis || self.position.is_none() {
            return Ok(None);
        }
        self.last_tick = now;
        self.blocked.clear();
        self.make(Cow::Borrowed(&[]), now, observer).map(Some)
    }

    fn transact(
        &mut self,
        begun: Result<Step<'_>, TaskError>,
        transport: &mut dyn Transport,
        observer: &dyn Observer,
    ) -> Result<Progress, TaskError> {
        let mut step = begun;
        let progress = loop {
            match step {
                Ok(Step::Ended(progress)) => break Ok(progress),
                Ok(Step::Underway(underway)) => step = self.step(underway, transport, observer),
                Err(error) => break Err(error),
            }
        };
        observer.phase(self.spec.name, &self.source, Phase::Idle);
        progress
    }

    fn make<'r>(
        &mut self,
        records: Cow<'r, [Record]>,
        now: Timestamp,
        observer: &dyn Observer,
    ) -> Result<Step<'r>, TaskError> {
        let dead_letters_before = self.dead_letters_in_a_row;
        observer.phase(self.spec.name, &self.source, Phase::Processing);
        let Some(made) = self.make_batch(&records, now)? else {
            return Ok(Step::Ended(Progress::Committed {
                position: self.position.unwrap_or_default(),
                pause_until: None,
            }));
        };
        observer.phase(self.spec.name, &self.source, Phase::Transaction);
        self.transaction.prepare(made.sealed.next);
        let action = self.transaction.on(Event::Start);
        Ok(Step::Underway(Box::new(Underway { records, now, made, dead_letters_before, action })))
    }

    /// Executes the next action of a transaction.
    pub fn step<'r>(
        &mut self,
        mut underway: Box<Underway<'r>>,
        transport: &mut dyn Transport,
        observer: &dyn Observer,
    ) -> Result<Step<'r>, TaskError> {
        let event = match &underway.action {
            Action::Finish(ending) => {
                let ending = ending.clone();
                return self.finish(underway, ending, transport, observer);
            }
            Action::Recover => {
                // A restore takes as long as it takes.
                observer.phase(self.spec.name, &self.source, Phase::Idle);
                match self.recover(transport) {
                    Ok(()) => Event::Done,
                    Err(TaskError::Recover(RecoverError::Fenced)) => {
                        Event::Failed(crate::FailureKind::Fenced)
                    }
                    Err(error) => {
                        self.transaction = Transaction::default();
                        return Err(error);
                    }
                }
            }
            action => transport.execute(action, &underway.made.sealed),
        };
        underway.action = self.transaction.on(event);
        match &underway.action {
            Action::Finish(ending) => {
                let ending = ending.clone();
                self.finish(underway, ending, transport, observer)
            }
            _ => Ok(Step::Underway(underway)),
        }
    }

    fn finish<'r>(
        &mut self,
        underway: Box<Underway<'r>>,
        ending: Ending,
        transport: &mut dyn Transport,
        observer: &dyn Observer,
    ) -> Result<Step<'r>, TaskError> {
        let Underway { records, now, made, dead_letters_before, .. } = *underway;
        self.report(observer, &made, &ending);
        match ending {
            Ending::Committed => {
                // INVARIANT: the store changes only here, after the commit.
                if let Some(mark) = transport.mark() {
                    observer.phase(self.spec.name, &self.source, Phase::Writing);
                    self.replica
                        .store
                        .apply(&made.sealed.changes, mark)
                        .map_err(|e| self.state_error(e.into()))?;
                }
                self.replica.processor.on_commit();
                self.position = Some(made.sealed.next);
                Ok(Step::Ended(Progress::Committed {
                    position: made.sealed.next,
                    pause_until: made.paused.then(|| now.plus_millis(self.limits.pause_millis)),
                }))
            }
            Ending::Blocked(topic, why, bytes) => {
                self.replica.processor.on_abort();
                self.dead_letters_in_a_row = dead_letters_before;
                if !self.blocked.insert(topic.clone(), why, bytes) {
                    return Err(TaskError::TopicUnusable { topic, why });
                }
                self.make(records, now, observer)
            }
            Ending::Rewind | Ending::Recovered => {
                self.replica.processor.on_abort();
                self.dead_letters_in_a_row = dead_letters_before;
                Ok(Step::Ended(Progress::Rewind { position: self.position }))
            }
            Ending::Lost => Ok(Step::Ended(Progress::Lost)),
        }
    }

    fn recover(&mut self, transport: &mut dyn Transport) -> Result<(), TaskError> {
        self.replica.abort();
        let committed = self.replica.update(|store| transport.recover(store))?;
        let state = self
            .replica
            .store
            .get(POSITION)
            .map_err(|e| self.state_error(e.into()))?
            .and_then(|v| v.try_into().ok())
            .map(|v| NextOffset(u64::from_be_bytes(v)));
        // Both were committed by the same transactions, so they differ only if one was lost: offsets
        // expire and can be reset, and then the state knows better; a changelog that ends too early
        // must never be used.
        if let Some(committed) = committed
            && state.is_none_or(|state| state < committed)
        {
            return Err(TaskError::StateBehind {
                source_partition: self.source.clone(),
                state: state.unwrap_or_default().0,
                committed: committed.0,
            });
        }
        self.position = state;
        self.replica.derive().map_err(|error| self.state_error(error))
    }

    fn make_batch(&mut self, records: &[Record], now: Timestamp) -> Result<Option<Made>, TaskError> {
        let spec = Arc::clone(&self.spec);
        let mut batch = Batch::new(
            now,
            self.replica.store.as_ref(),
            &self.blocked,
            &self.limits,
            spec.name,
            &spec.dead_letters,
        );
        let mut made =
            Made { records: 0, oldest: None, newest: None, paused: false, sealed: Sealed::empty() };
        let mut next = self.position;
        if records.is_empty() {
            self.replica.processor.on_savepoint();
            self.replica
                .processor
                .on_tick(&mut batch)
                .map_err(|error| TaskError::State { source_partition: self.source.clone(), error })?;
        }
        for record in records {
            batch.set_savepoint();
            self.replica.processor.on_savepoint();
            let (dead_before, out_before) = (batch.dead_letters_total(), batch.outputs_total());
            batch.count(Counter::Messages, 1);
            match self.replica.processor.process(record, &mut batch) {
                Ok(()) => {}
                Err(Failure::DeadLetter(reason)) => {
                    batch.roll_back();
                    self.replica.processor.on_roll_back();
                    batch.count(Counter::Messages, 1);
                    batch.count(Counter::Entries, 1);
                    batch.dead_letter(DeadLetter { record, entry: None, entry_value: None, reason });
                }
                Err(Failure::Stop(error)) => {
                    return Err(TaskError::State { source_partition: self.source.clone(), error });
                }
            }
            made.records += 1;
            made.oldest = Some(made.oldest.map_or(record.timestamp, |oldest| oldest.min(record.timestamp)));
            made.newest = made.newest.max(Some(record.timestamp));
            next = Some(record.offset.next());
            let dead = batch.dead_letters_total() - dead_before;
            let all_dead = dead > 0 && dead == batch.outputs_total() - out_before;
            self.dead_letters_in_a_row = if all_dead { self.dead_letters_in_a_row + dead } else { 0 };
            if self.dead_letters_in_a_row >= self.limits.dead_letter_burst {
                self.dead_letters_in_a_row = 0;
                made.paused = true;
                break;
            }
        }
        let Some(next) = next.filter(|_| made.records > 0 || !batch.is_empty()) else { return Ok(None) };
        made.sealed = batch
            .seal(next)
            .map_err(|e| TaskError::State { source_partition: self.source.clone(), error: e.into() })?;
        Ok(Some(made))
    }

    fn state_error(&self, error: StateError) -> TaskError {
        TaskError::State { source_partition: self.source.clone(), error }
    }

    fn report(&self, observer: &dyn Observer, made: &Made, ending: &Ending) {
        let result = match ending {
            Ending::Committed => TransactionResult::Committed,
            Ending::Blocked(..) | Ending::Rewind => TransactionResult::Aborted,
            Ending::Recovered => TransactionResult::Unknown,
            Ending::Lost => TransactionResult::Fenced,
        };
        let mut outputs = BTreeMap::new();
        for output in &made.sealed.outputs {
            *outputs.entry(output.topic.as_str().to_owned()).or_insert(0) += 1;
        }
        let committed = result == TransactionResult::Committed;
        observer.batch(
            self.spec.name,
            &self.source,
            &BatchReport {
                result,
                records: made.records,
                oldest: made.oldest,
                newest: made.newest,
                outputs,
                dead_letters: made.sealed.dead_letters.clone(),
                refused: match ending {
                    Ending::Blocked(topic, why, _) => Some((topic.clone(), *why)),
                    _ => None,
                },
                totals: committed.then(|| made.sealed.totals.clone()),
                tallies: if committed { made.sealed.tallies.clone() } else { BTreeMap::new() },
            },
        );
    }
}

/// A transaction that has begun and not ended: what it will hold, and what is to be done next. To drop one is what a
/// crash does.
pub struct Underway<'r> {
    records: Cow<'r, [Record]>,
    now: Timestamp,
    made: Made,
    dead_letters_before: usize,
    action: Action,
}

impl Underway<'_> {
    /// What is done next.
    pub fn action(&self) -> &Action {
        &self.action
    }
}

/// Where a transaction stands after one action.
pub enum Step<'r> {
    /// There is more to do.
    Underway(Box<Underway<'r>>),
    /// It has ended so.
    Ended(Progress),
}

struct Made {
    records: usize,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    paused: bool,
    sealed: Sealed,
}

#[cfg(test)]
mod tests;
