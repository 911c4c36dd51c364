//! Kafka as a transport: all of rdkafka lives in this crate and nowhere else.
//!
//! A [`Worker`] is one thread with one consumer. It serves the tasks of the input partitions that its
//! group gives it; each task has a transactional producer whose id is that partition's own, so that a
//! take-over fences the predecessor at once. What a record becomes, and how a batch becomes a
//! transaction, is decided in `pipeline`; this crate executes it and reports what happened.
//!
//! Besides the worker: [`Admin`] (topics as they must be), [`Producer`] (`submit`, redrive) and
//! [`Reader`] (`tail`, `trace`, dead letters), which take part in no group and no transaction.
//!
//! Invariants:
//! - no transaction is open while the consumer is polled;
//! - the offset that a transaction commits carries the group's generation of that moment, and a
//!   process that is no member of the group commits nothing;
//! - deliveries are awaited by condition variable, never by spinning;
//! - after an outcome that nobody knows there is a new producer, and the truth is read back;
//! - a restore ends at or past the high watermark that was taken after the fence;
//! - whoever stands by for a partition writes nothing but its own store.
//!
//! Absent on purpose: a schema registry, statistics of the client library, static group membership.
//!
//! Known limit: the client library has no KIP-890, so a request that the network delays past the end
//! of its transaction is fenced by the new producer's epoch, and not by the broker itself.

mod admin;
mod assigned;
mod changelog;
mod claim;
mod client;
mod config;
mod delivery;
mod errors;
mod follow;
mod group;
mod left_open;
mod logs;
mod native;
mod offsets;
mod producer;
mod reader;
mod restore;
mod sabotage;
mod standby;
mod topics;
mod transport;
mod worker;

pub use admin::{Admin, Change, TopicDescription};
pub use config::{KafkaConfig, Security};
pub use errors::{AdminError, ClientError, WorkerError};
pub use left_open::end_left_open;
pub use producer::{Placed, Producer};
pub use reader::{Read, Reader, Start};
pub use sabotage::{Fault, FaultPlan, Moment, Sabotage};
pub use worker::Worker;
