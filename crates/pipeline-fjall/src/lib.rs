//! The storage engine fenced: the on-disk state store, which Kafka workers use too, and the embedded
//! transport for one process on one directory without a broker.
//!
//! - [`FjallStores`] opens the state stores of a process; see there for what survives which crash.
//! - [`Log`] is a log of topics in one directory. A commit is one atomic write batch that holds outputs,
//!   state, accounting and the input offset, so the embedded transport needs no changelog: state and
//!   log cannot come apart. Changelog topics are not created and not written.
//! - [`run_worker`] runs a service on it, one thread for each service.
//! - [`Producer`] and [`Reader`] are for those outside: submit, tail, trace, dead letters.
//!
//! What is absent: groups, rebalance and generations (one process owns everything; a second task on the
//! same partition fences the first), replication, and access from a second process, which gets
//! [`Error::Busy`].

mod database;
mod encoding;
mod error;
mod image;
mod log;
mod producer;
mod reader;
mod store;
mod subscription;
mod transport;
mod worker;

pub use error::{Advice, Error};
pub use log::{Change, Fetched, Fsync, Log, LogOptions};
pub use producer::{Placed, Producer};
pub use reader::{Read, Reader, Start};
pub use store::{FjallStore, FjallStores};
pub use subscription::Subscription;
pub use transport::LogTransport;
pub use worker::{WorkerError, run_worker};
