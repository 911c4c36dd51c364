//! The normaliser: an agency's bytes become leads. decode → map → canonicalise → validate.
//!
//! An agency is a folder of data ([`Source`]); a format is one file in `formats/`; a mapping only
//! chooses and shapes; canonical forms are made here, alike for every source. The service is
//! [`Normaliser`]: one serves one inbound topic and keeps no state of its own.
//!
//! INVARIANT: every entry of a message ends as a lead, as a counted not-a-lead or as a dead letter
//! (PL-1, PL-7, PL-8); no reason, warning, header or key holds a person's data (PL-15).
//!
//! Absent: whether two leads belong together, who may see what, and all IO.

mod canonical;
mod digest;
mod formats;
mod lead_record;
mod mapping;
mod path;
mod preview;
mod processor;
mod reason;
pub mod redrive;
mod retention;
mod source;
mod submission;
mod validate;
mod warning;

pub use formats::{Decoded, Format, FormatKind};
pub use mapping::{FUNCTIONS, Mapping, Problem};
pub use path::EntryPath;
pub use preview::{Preview, PreviewedEntry};
pub use processor::{Normaliser, Outcome};
pub use reason::{REASONS, ReasonCode};
pub use retention::Clocks;
pub use source::{Defaults, Limits, ReportNumber, Source, SourceError, SourceFiles};
pub use warning::{WARNINGS, WarningCode};
