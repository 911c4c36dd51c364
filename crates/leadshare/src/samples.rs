//! The samples of a source: messages as the agency sends them, with what each must become.
//!
//! `NAME.raw` is a message, byte for byte. Beside it stands `NAME.lead.json` (the leads it must become)
//! or `NAME.error` (the reason code with which it must be refused).

use std::fs;
use std::path::{Path, PathBuf};

use normaliser::Preview;
use pipeline::Headers;

use crate::definitions::{entries, has_ending};
use crate::fault::Fault;

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) path: PathBuf,
    pub(crate) message: Preview,
}

/// The samples in a source's folder, in the order of their names.
pub(crate) fn of(folder: &Path) -> Result<Vec<Sample>, Fault> {
    let mut samples = Vec::new();
    for path in entries(folder, &mut Vec::new()).into_iter().filter(|path| has_ending(path, "raw")) {
        let value =
            fs::read(&path).map_err(|error| Fault::file(&path, "it is a sample of its source", &error))?;
        samples.push(Sample { path, message: Preview { value, key: None, headers: Headers::default() } });
    }
    Ok(samples)
}

/// Holds every sample of a folder against what stands beside it; says how many there are.
pub(crate) fn check(folder: &Path, faults: &mut Vec<String>) -> usize {
    match of(folder) {
        Ok(samples) => samples.len(),
        Err(fault) => {
            faults.push(fault.to_string());
            0
        }
    }
}
