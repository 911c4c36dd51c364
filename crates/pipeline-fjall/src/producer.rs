//! Appending from outside any service: submit, redrive, officers' decisions.

use pipeline::{Offset, Output, Partition};

use crate::error::Error;
use crate::log::{Commit, Log};
use crate::worker;

/// Where a record came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The partition.
    pub partition: Partition,
    /// The offset there.
    pub offset: Offset,
}

/// Appends records. Each call is one atomic commit.
#[derive(Clone)]
pub struct Producer {
    log: Log,
}

impl Producer {
    /// A producer on this log.
    pub fn new(log: &Log) -> Self {
        Self { log: log.clone() }
    }

    /// Appends all of these, or none, and returns where each stands. On disk when this returns, unless
    /// the log is configured otherwise.
    pub fn send(&self, records: &[Output]) -> Result<Vec<Placed>, Error> {
        let places = self.log.commit(&Commit { outputs: records, task: None, now: worker::now() })?;
        Ok(places
            .into_iter()
            .map(|(source, offset)| Placed { partition: source.partition, offset })
            .collect())
    }
}
