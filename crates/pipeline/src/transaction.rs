//! The transaction protocol as a sans-IO state machine: one event in, one action out.
//!
//! A shell, or a simulation, executes each action and reports what happened. The rules, with their
//! sources in Kafka's and librdkafka's documentation and issues:
//!
//! - every delivery is reported before the commit is asked for (librdkafka #5423 lets a late request
//!   land in the next transaction, and a commit that flushes takes 100 ms at least);
//! - offsets travel with the current group generation, so that a worker that lost its partition
//!   cannot commit (KIP-447);
//! - after an outcome that nobody knows, the producer is replaced, which fences the old epoch, and
//!   the truth is read back from the broker;
//! - a permanent error of one output topic aborts, and the batch is made again without that topic.

use crate::batch::{Sealed, Undeliverable};
use crate::record::{NextOffset, Topic};
use crate::store::{Mark, Store, StoreError};

/// What the shell is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Begin a transaction.
    Begin,
    /// Hand every output and every state change of the batch to the producer.
    Send,
    /// Wait until each of them is delivered or failed.
    Drain,
    /// Add the input offset to the transaction, with the group's current generation.
    SendOffsets(NextOffset),
    /// Commit.
    Commit,
    /// Abort.
    Abort,
    /// Replace the producer, read the committed offset and bring the store up to the changelog's end.
    Recover,
    /// Nothing more: the transaction ended so.
    Finish(Ending),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A sealed batch is ready.
    Start,
    /// The action succeeded.
    Done,
    /// A topic refuses a record permanently; the last number is its size in bytes.
    Rejected(Topic, Undeliverable, usize),
    /// The action failed.
    Failed(FailureKind),
}

/// How bad a failure is. Shells map every client error to exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The transaction must be aborted; the producer stays usable.
    Abortable,
    /// The outcome is unknown, or the producer is unusable.
    Unknown,
    /// Another owner has taken over this partition.
    Fenced,
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// All of it is visible; the store may be changed now.
    Committed,
    /// None of it is visible; do the batch again without this topic.
    Blocked(Topic, Undeliverable, usize),
    /// None of it is visible; read again from the committed offset.
    Rewind,
    /// The truth was read back; go on from the position that it gave.
    Recovered,
    /// The partition belongs to somebody else.
    Lost,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle,
    Beginning,
    Sending,
    Draining,
    SendingOffsets,
    Committing,
    Aborting(Ending),
    Recovering,
}

/// One transaction after the other, for one producer.
#[derive(Debug)]
pub struct Transaction {
    state: State,
    next: NextOffset,
}

impl Default for Transaction {
    fn default() -> Self {
        Self { state: State::Idle, next: NextOffset(0) }
    }
}

impl Transaction {
    /// Prepares the next transaction, which will commit `next`.
    pub fn prepare(&mut self, next: NextOffset) {
        debug_assert_eq!(self.state, State::Idle, "the last transaction has ended");
        self.next = next;
    }

    /// The next action, given what happened.
    pub fn on(&mut self, event: Event) -> Action {
        use FailureKind::{Abortable, Fenced, Unknown};
        let state = std::mem::replace(&mut self.state, State::Idle);
        match (state, event) {
            (State::Idle, Event::Start) => self.go(State::Beginning, Action::Begin),
            (State::Beginning, Event::Done) => self.go(State::Sending, Action::Send),
            (State::Sending, Event::Done) => self.go(State::Draining, Action::Drain),
            // INVARIANT: offsets are sent, and the commit asked for, only after every delivery.
            (State::Draining, Event::Done) => self.go(State::SendingOffsets, Action::SendOffsets(self.next)),
            (State::SendingOffsets, Event::Done) => self.go(State::Committing, Action::Commit),
            (State::Committing, Event::Done) => Action::Finish(Ending::Committed),
            (State::Aborting(ending), Event::Done) => Action::Finish(ending),
            (State::Recovering, Event::Done) => Action::Finish(Ending::Recovered),

            (State::Sending | State::Draining, Event::Rejected(topic, why, bytes)) => {
                self.go(State::Aborting(Ending::Blocked(topic, why, bytes)), Action::Abort)
            }
            (_, Event::Failed(Fenced)) => Action::Finish(Ending::Lost),
            (
                State::Sending | State::Draining | State::SendingOffsets | State::Committing,
                Event::Failed(Abortable),
            ) => self.go(State::Aborting(Ending::Rewind), Action::Abort),
            (State::Recovering, Event::Failed(_)) => Action::Finish(Ending::Lost),
            (_, Event::Failed(Abortable | Unknown) | Event::Rejected(..) | Event::Start | Event::Done) => {
                self.go(State::Recovering, Action::Recover)
            }
        }
    }

    fn go(&mut self, state: State, action: Action) -> Action {
        self.state = state;
        action
    }
}

/// What a shell must be able to do for one task. The embedded log, Kafka and the simulation each
/// implement it.
pub trait Transport {
    /// Executes `Begin`, `Send`, `Drain`, `SendOffsets`, `Commit` or `Abort`.
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event;

    /// Fences every predecessor, brings `store` up to the end of the changelog, and returns the
    /// committed input offset; `None` when nothing was ever committed.
    fn recover(&mut self, store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError>;

    /// After a commit: what the store will reflect once it has the batch's changes. `None` when the
    /// commit itself changed the store (embedded transport).
    fn mark(&self) -> Option<Mark>;
}

/// Why a task could not be brought to a known state.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Somebody else owns the partition.
    #[error("another owner has taken over this partition")]
    Fenced,
    /// The broker cannot be asked; try again.
    #[error("the broker did not answer: {0}; will try again")]
    Unavailable(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks the machine, giving each action the scripted answer.
    fn walk(answers: &[(Action, Event)]) -> Action {
        let mut transaction = Transaction::default();
        transaction.prepare(NextOffset(7));
        let mut action = transaction.on(Event::Start);
        for (expected, event) in answers {
            assert_eq!(action, *expected);
            action = transaction.on(event.clone());
        }
        action
    }

    fn done(action: Action) -> (Action, Event) {
        (action, Event::Done)
    }

    fn until(last: Action, event: Event) -> Vec<(Action, Event)> {
        let all =
            [Action::Begin, Action::Send, Action::Drain, Action::SendOffsets(NextOffset(7)), Action::Commit];
        let mut steps: Vec<_> = all.iter().take_while(|a| **a != last).cloned().map(done).collect();
        steps.push((last, event));
        steps
    }

    #[test]
    fn commits_after_delivery_and_offsets() {
        assert_eq!(walk(&until(Action::Commit, Event::Done)), Action::Finish(Ending::Committed));
    }

    #[test]
    fn an_unknown_outcome_anywhere_replaces_the_producer() {
        for action in
            [Action::Begin, Action::Send, Action::Drain, Action::SendOffsets(NextOffset(7)), Action::Commit]
        {
            let mut steps = until(action.clone(), Event::Failed(FailureKind::Unknown));
            assert_eq!(walk(&steps), Action::Recover, "{action:?}");
            steps.push(done(Action::Recover));
            assert_eq!(walk(&steps), Action::Finish(Ending::Recovered));
        }
    }

    #[test]
    fn an_abortable_error_aborts_and_rewinds() {
        for action in [Action::Send, Action::Drain, Action::SendOffsets(NextOffset(7)), Action::Commit] {
            let mut steps = until(action, Event::Failed(FailureKind::Abortable));
            steps.push(done(Action::Abort));
            assert_eq!(walk(&steps), Action::Finish(Ending::Rewind));
        }
    }

    #[test]
    fn a_failed_abort_replaces_the_producer() {
        let mut steps = until(Action::Drain, Event::Failed(FailureKind::Abortable));
        steps.push((Action::Abort, Event::Failed(FailureKind::Abortable)));
        assert_eq!(walk(&steps), Action::Recover);
    }

    #[test]
    fn a_refusing_topic_blocks_only_itself() {
        let refused = Event::Rejected(Topic::new("p"), Undeliverable::TopicMissing, 9);
        let mut steps = until(Action::Drain, refused);
        steps.push(done(Action::Abort));
        assert_eq!(
            walk(&steps),
            Action::Finish(Ending::Blocked(Topic::new("p"), Undeliverable::TopicMissing, 9))
        );
    }

    #[test]
    fn a_fenced_worker_gives_up_at_once() {
        for action in [Action::Begin, Action::Drain, Action::SendOffsets(NextOffset(7)), Action::Commit] {
            let steps = until(action, Event::Failed(FailureKind::Fenced));
            assert_eq!(walk(&steps), Action::Finish(Ending::Lost));
        }
    }
}
