//! A deterministic simulation of the whole pipeline: the real services and the real protocol over a model of Kafka.
//!
//! 1. Everything follows from one number. No thread, no clock, no hash map: a seed that fails fails again.
//! 2. [`broker`] is the model: what Kafka promises of transactions, groups and compaction, and not more. `conformance`
//!    holds it against a real broker.
//! 3. `world` is the way to it: any request may fail, be lost, arrive when its sender has given up, or be the last.
//! 4. `process` is a member of a group with a disk. Its tasks are [`pipeline::Task`], moved on one action at a time, so
//!    that others act between any two. Their transport does what `pipeline-kafka` does, without its client library.
//! 5. `outside` sends leads, words and answers, and knows what must become of each.
//! 6. `simulation` draws who acts and what goes wrong; in the end all is healed and worked off.
//! 7. `check` has the conditions of failure, by the numbers of ARCHITECTURE.md. PL-4 runs the services again over what
//!    was committed, and wants the same bytes.
//! 8. [`Sabotage`] takes one guarantee away; a test says which condition misses it.
//! 9. Absent: rdkafka, whose errors `pipeline-kafka` maps, retention that deletes what nobody has read, and brokers that
//!    lose what they acknowledged. No part of this crate is in the shipped binary.

pub mod broker;
mod check;
pub mod conformance;
mod disk;
mod fault;
mod outside;
mod process;
mod random;
mod sabotage;
mod simulation;
mod site;
mod stale;
mod standby;
mod transport;
mod verdict;
mod world;

pub use fault::{Fault, FaultCounts};
pub use sabotage::{SABOTAGES, Sabotage};
pub use simulation::{Options, simulate};
pub use site::Site;
pub use verdict::{Report, Summary, Violation};
