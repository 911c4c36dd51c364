//! What went wrong, for the person at the terminal, and the exit code that scripts see.

use std::fmt;
use std::process::ExitCode;

/// Exit codes, after sysexits. README.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command failed, or found faults.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 64,
    /// The broker cannot be reached.
    Unavailable = 69,
    /// The directory is in use and its owner does not answer.
    Busy = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that ends the command.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) exit: Exit,
    message: String,
}

impl Fault {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file or folder that the system refuses, or that holds something else than is asked of it.
    pub(crate) fn file(path: &std::path::Path, todo: &str, error: &dyn std::error::Error) -> Self {
        Self::failed(format!("`{}`: {error}; {todo}", path.display()))
    }

    /// The reader of our output went away, as `head` does: no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.message == BROKEN_PIPE
    }
}

const BROKEN_PIPE: &str = "the reader of the output went away";

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::failed(BROKEN_PIPE),
            _ => Self::failed(format!("writing the output failed: {error}")),
        }
    }
}

impl From<pipeline_fjall::Error> for Fault {
    fn from(error: pipeline_fjall::Error) -> Self {
        let exit = match error {
            pipeline_fjall::Error::Busy { .. } => Exit::Busy,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<pipeline_kafka::ClientError> for Fault {
    fn from(error: pipeline_kafka::ClientError) -> Self {
        let text = error.to_string();
        match error {
            // Some say themselves what to do.
            pipeline_kafka::ClientError::Broker { .. } if !text.contains(';') => {
                let todo = "does a broker answer at kafka.bootstrap_servers, and does it know us?";
                Self::new(Exit::Unavailable, format!("{text}; {todo}"))
            }
            pipeline_kafka::ClientError::Broker { .. } => Self::new(Exit::Unavailable, text),
            _ => Self::new(Exit::Usage, text),
        }
    }
}

impl From<pipeline_kafka::AdminError> for Fault {
    fn from(error: pipeline_kafka::AdminError) -> Self {
        match error {
            pipeline_kafka::AdminError::Client(error) => error.into(),
            error => Self::failed(error.to_string()),
        }
    }
}

impl From<pipeline::StoreError> for Fault {
    fn from(error: pipeline::StoreError) -> Self {
        Self::failed(error.to_string())
    }
}
