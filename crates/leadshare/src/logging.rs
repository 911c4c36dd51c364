//! Logs: to stderr, as text or JSON. What is logged names topics, partitions and numbers, never data.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::fault::Fault;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object for each line.
    Json,
}

/// Begins logging.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Fault> {
    // The compiler of mappings doubts itself aloud; its true problems come back as errors.
    let parsed = EnvFilter::builder().parse(format!("vrl::compiler=error,{filter}")).map_err(|error| {
        Fault::usage(format!(
            "--log `{filter}`: {error}; expected a level, or target=level, such as info,librdkafka=warn"
        ))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(parsed).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => {
            let color = std::env::var_os("NO_COLOR").is_none()
                && std::io::IsTerminal::is_terminal(&std::io::stderr());
            builder.with_ansi(color).try_init()
        }
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| Fault::failed(format!("logging cannot start: {error}")))
}
