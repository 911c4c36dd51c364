//! A source's mapping: a VRL program that chooses and shapes, and converts nothing.
//!
//! It reads one entry as `.` and leaves there the JSON form of a `LeadSubmission`, or
//! `{"not_a_lead": "reason_code"}`. Only the functions of [`functions`] exist: none reads a clock,
//! draws a random number, reaches outside, or converts dates, phones or names, which is done
//! afterwards, alike for all sources. Compile warnings are errors. A run is bounded in steps.
//!
//! INVARIANT: no message of this module holds input: runtime errors are reduced to their place.

mod functions;
mod reads;
mod shaping;

use std::ops::ControlFlow;

use pipeline::Reason;
use vrl::compiler::runtime::{Runtime, Terminate};
use vrl::compiler::state::ExternalEnv;
use vrl::compiler::{CompileConfig, ExpressionError, Program, TargetValue, TimeZone, compile_with_external};
use vrl::diagnostic::{DiagnosticList, DiagnosticMessage};
use vrl::path::PathPrefix;
use vrl::value::{Secrets, Value};

pub use functions::FUNCTIONS;
pub(crate) use reads::{Reading, Reads};

use crate::reason::ReasonCode;
use crate::source::line_and_column;
use crate::submission::{self, OutputError};
use lead::LeadSubmission;

/// A problem in a mapping, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
    /// What the compiler says.
    pub message: String,
}

/// What a mapping made of an entry.
pub(crate) enum Mapped {
    /// A submission.
    Submission(Box<LeadSubmission>),
    /// The entry is valid and no lead; with the mapping's reason.
    NotALead(String),
}

/// A compiled mapping.
pub struct Mapping {
    text: String,
    program: Program,
    reads: Reads,
    time_zone: TimeZone,
}

impl Mapping {
    /// Compiles a program. Warnings are errors.
    pub fn compile(text: &str) -> Result<Self, Vec<Problem>> {
        let compiled = compile_with_external(
            text,
            &functions::allowed(),
            &ExternalEnv::default(),
            CompileConfig::default(),
        )
        .map_err(|diagnostics| problems(text, &diagnostics))?;
        if !compiled.warnings.is_empty() {
            return Err(problems(text, &compiled.warnings));
        }
        // Without it the language takes the zone of the machine.
        let Some(time_zone) = TimeZone::parse("UTC") else {
            return Err(vec![Problem { line: 1, column: 1, message: "UTC is unknown".to_owned() }]);
        };
        let queries = &compiled.program.info().target_queries;
        if queries.iter().any(|path| path.prefix == PathPrefix::Metadata) {
            let message = "`%` is empty here: an entry is read as `.`".to_owned();
            return Err(vec![Problem { line: 1, column: 1, message }]);
        }
        let reads = Reads::of(text, queries);
        Ok(Self { text: text.to_owned(), program: compiled.program, reads, time_zone })
    }

    /// Runs the program on one entry.
    pub(crate) fn run(&self, runtime: &mut Runtime, entry: Value, steps: u64) -> Result<Mapped, Reason> {
        let output = self.run_bare(runtime, entry, steps)?;
        if let Value::Object(fields) = &output
            && let Some(code) = fields.get("not_a_lead").filter(|code| !code.is_null())
        {
            return match code.to_str() {
                Some(code) if is_reason_code(code) && fields.len() == 1 => {
                    Ok(Mapped::NotALead(code.to_owned()))
                }
                _ => Err(ReasonCode::MappingOutput
                    .with("expected `not_a_lead` alone, with a code in lower-case letters and underscores")),
            };
        }
        submission::from_value(&output)
            .map(|submission| Mapped::Submission(Box::new(submission)))
            .map_err(|error| self.output_reason(&error))
    }

    /// Runs the program alone: what the benchmark compares with.
    pub fn run_bare(&self, runtime: &mut Runtime, entry: Value, steps: u64) -> Result<Value, Reason> {
        let mut target =
            TargetValue { value: entry, metadata: Value::Object([].into()), secrets: Secrets::default() };
        let mut left = steps;
        let mut control = || {
            left = left.saturating_sub(1);
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let result = runtime.resolve_with_control(&mut target, &self.program, &self.time_zone, &mut control);
        runtime.clear();
        match result {
            Ok(_) => Ok(target.value),
            Err(Terminate::Interrupted) => Err(ReasonCode::MappingTooLong
                .with("the mapping took more steps than limits.mapping_steps for this entry")),
            Err(Terminate::Abort(error @ ExpressionError::Abort { .. })) => {
                Err(ReasonCode::MappingRefused.with(format!("`abort` at {}", self.place(&error))))
            }
            Err(Terminate::Abort(error) | Terminate::Error(error)) => Err(ReasonCode::MappingFailed
                .with(format!("mapping.vrl failed on this entry at {}", self.place(&error)))),
        }
    }

    fn place(&self, error: &ExpressionError) -> String {
        let labels = error.labels();
        let label = labels.iter().find(|l| l.primary).or_else(|| labels.first());
        match label {
            Some(label) => {
                let (line, column) = line_and_column(&self.text, label.span.start());
                format!("mapping.vrl:{line}:{column}")
            }
            None => "an unknown place of mapping.vrl".to_owned(),
        }
    }

    /// A field name is shown only if it stands in the program: a computed one may be a person's data.
    fn output_reason(&self, error: &OutputError) -> Reason {
        let shown = match &error.unknown_field {
            Some(name) if self.text.contains(name.as_str()) => {
                format!("a field `{name}` that no submission has")
            }
            Some(_) => "a field of a computed name that no submission has".to_owned(),
            None => error.expected.clone(),
        };
        let path = if error.path.is_empty() { "." } else { &error.path };
        ReasonCode::MappingOutput.with(format!("at `{path}` of the mapping's output: {shown}"))
    }

    /// What the program reads.
    pub(crate) fn reads(&self) -> &Reads {
        &self.reads
    }
}

fn is_reason_code(code: &str) -> bool {
    (1..=40).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn problems(text: &str, diagnostics: &DiagnosticList) -> Vec<Problem> {
    let mut problems: Vec<Problem> = diagnostics
        .iter()
        .map(|diagnostic| {
            let labels = diagnostic.labels();
            let start = labels.iter().find(|l| l.primary).or_else(|| labels.first());
            let (line, column) = line_and_column(text, start.map_or(0, |l| l.span.start()));
            let details: String =
                labels.iter().filter(|l| !l.message.is_empty()).map(|l| format!("; {}", l.message)).collect();
            Problem { line, column, message: format!("{}{details}", diagnostic.message()) }
        })
        .collect();
    problems.sort_by_key(|p| (p.line, p.column));
    // After the first syntax error the parser complains of everything that follows.
    let syntax = problems.iter().position(|p| p.message.starts_with("syntax error"));
    if let Some(first) = syntax {
        problems = problems.split_off(first);
        problems.truncate(1);
    }
    problems
}

#[cfg(test)]
#[path = "mapping/tests.rs"]
mod tests;
