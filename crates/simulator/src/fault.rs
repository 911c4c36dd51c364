//! What goes wrong, and how often.

use std::collections::BTreeMap;

use crate::random::Random;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A request fails before it is executed, in a way after which the transaction can be aborted.
    Error,
    /// A request never arrives, and its sender waits in vain.
    RequestLost,
    /// A request is executed, and its answer never arrives.
    AnswerLost,
    /// A request arrives long after its sender gave up.
    RequestLate,
    /// The process ends before a request.
    CrashBefore,
    /// The process ends when the request is executed and not answered.
    CrashAfter,
    /// The process ends while it writes to its store.
    TornWrite,
    /// A crash takes with it what the disk had not written through.
    PowerCut,
    /// The machine and its disk are gone.
    DiskLost,
    /// Partitions are dealt anew, maybe with transactions open.
    Rebalance,
    /// A process is taken out of its group, and goes on.
    Zombie,
    /// A process stands still for a while.
    Pause,
    /// Time passes, for all.
    TimePasses,
    /// A process' clock is moved.
    ClockJump,
    /// An output topic is missing, or may not be written.
    TopicRefuses,
    /// A transaction was open for too long, and the coordinator ends it.
    TransactionExpired,
}

/// How often each fault strikes, in a thousand.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    /// At each request.
    pub(crate) request: usize,
    /// At each turn of a process.
    pub(crate) turn: usize,
    /// At each write to a store.
    pub(crate) tear: usize,
}

impl Rates {
    /// Nothing goes wrong.
    pub(crate) const NONE: Self = Self { request: 0, turn: 0, tear: 0 };

    /// Each run has rates of its own: where all strike always, nothing gets far.
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut one = |of: &[usize]| random.pick(of).copied().unwrap_or_default();
        Self { request: one(&[0, 10, 30, 80]), turn: one(&[0, 10, 25, 60]), tear: one(&[0, 20, 60]) }
    }
}

/// How often each fault struck.
pub type FaultCounts = BTreeMap<Fault, u64>;
