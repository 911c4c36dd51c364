//! The exactly-once protocol, pure: what a service is, and how its batches become transactions.
//!
//! A service is a [`Processor`]: it says what one record becomes. Everything else (batching, state,
//! dead letters, accounting, commit, abort, restore) is here once, for every service and every
//! transport. Terms are Kafka's and Kafka Streams'.
//!
//! A [`Task`] owns one input partition: its processor, its store, and the protocol state machine
//! [`Transaction`]. The shell polls records, hands them to [`Task::run`] and executes the actions the
//! machine asks for through the [`Transport`] trait. There is no IO, no clock and no randomness in
//! this crate; `now` is always an argument.
//!
//! INVARIANT: local state changes only after the transaction that holds the same changes committed.

mod accounting;
mod batch;
mod behind;
mod dead_letter;
mod observe;
mod order;
mod processor;
mod record;
mod replica;
mod service;
mod store;
mod tally;
mod task;
mod topic;
mod trace;
mod transaction;

pub use accounting::{Accounting, COUNTERS, Counter, input_position};
pub use batch::{Batch, Limits, Sealed, Undeliverable};
pub use behind::Behind;
pub use dead_letter::{DeadLetter, Header, Reason};
pub use observe::{BatchReport, Lag, Observer, Phase, TransactionResult};
pub use order::{Order, OrderError};
pub use processor::{Failure, Processor, StateError};
pub use record::{Headers, NextOffset, Offset, Output, Partition, Record, Source, Timestamp, Topic};
pub use replica::Replica;
pub use service::{Service, StopSignal};
pub use store::{Changes, ImageState, Mark, MemoryStore, Pairs, Store, StoreError, StoreFactory, StoreSize};
pub use tally::{Tally, TallyTotals};
pub use task::{NotOpened, Progress, Step, Task, TaskError, Underway};
pub use topic::{Retention, ServiceSpec, TopicSpec, partition_for};
pub use trace::{TRACEPARENT, is_traceparent};
pub use transaction::{Action, Ending, Event, FailureKind, RecoverError, Transaction, Transport};
