//! What a shell is given to run one service, whatever the transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::batch::Limits;
use crate::observe::Observer;
use crate::processor::Processor;
use crate::record::Source;
use crate::store::StoreFactory;
use crate::topic::ServiceSpec;

/// Asks workers to stop: set once, seen by every clone. A worker finishes the batch in hand, leaves
/// its group and returns.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// A signal that nobody has given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal. It cannot be taken back.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the signal was given.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// One service as a worker runs it. Several workers may share it, each on a thread of its own.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    /// Its name and topics.
    pub spec: &'a Arc<ServiceSpec>,
    /// Makes the processor of an input partition; called once each time the partition is taken over.
    pub make_processor: &'a (dyn Fn(&Source) -> Box<dyn Processor> + Sync),
    /// Opens the store of an input partition.
    pub stores: &'a dyn StoreFactory,
    /// Bounds.
    pub limits: &'a Limits,
    /// Receives reports.
    pub observer: &'a dyn Observer,
    /// Ends the worker.
    pub stop: &'a StopSignal,
}
