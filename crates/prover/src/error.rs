//! Why nothing could be proved: what was read is wrong, or the solver is not there.

use std::io;
use std::path::PathBuf;

/// A failure before any proof.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The schema describes what no proof can handle.
    #[error("leads.cedarschema: {0}")]
    Schema(String),
    /// Policies that `leadshare check` would refuse too.
    #[error("policies: {0}; `leadshare check` says more")]
    Policies(String),
    /// Claims with faults, one a line.
    #[error("{0}")]
    Claims(String),
    /// cvc5 does not start.
    #[error(
        "the solver `{command}` does not start: {detail}; install Debian's package cvc5 (`make setup` does), \
         or name it in the environment variable CVC5"
    )]
    NoSolver {
        /// What was called.
        command: String,
        /// Why it did not start.
        detail: String,
    },
}

impl Error {
    /// Whether the command line or the configuration is at fault, and not the machine.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::NoSolver { .. })
    }
}
