//! A new folder from a template.

use std::fs;
use std::path::Path;

use crate::fault::Fault;

/// Whether a name will do for a folder, a topic and a label: lower-case letters, digits and hyphens.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 60 || !name.chars().all(legal) {
        return Err(Fault::usage(format!(
            "`{name}` is no name of {what}: expected lower-case letters, digits and hyphens, at most 60"
        )));
    }
    Ok(())
}

/// Copies the files of a template; in texts, each pair's first becomes its second. Returns their names.
pub(crate) fn copy(from: &Path, to: &Path, replace: &[(String, String)]) -> Result<Vec<String>, Fault> {
    if to.exists() {
        let there = to.display();
        return Err(Fault::usage(format!("`{there}` is there already; edit it, or choose another name")));
    }
    let refused = |error: std::io::Error| Fault::file(to, "the template is copied there", &error);
    let missing = |error: std::io::Error| Fault::file(from, "the template is expected there", &error);
    let entries = fs::read_dir(from).map_err(missing)?.collect::<Result<Vec<_>, _>>().map_err(missing)?;
    fs::create_dir(to).map_err(refused)?;
    let mut copied = Vec::new();
    for entry in entries {
        if !entry.file_type().map_err(missing)?.is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).map_err(missing)?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => {
                replace.iter().fold(text, |text, (old, new)| text.replace(old.as_str(), new)).into_bytes()
            }
            Err(binary) => binary.into_bytes(),
        };
        fs::write(to.join(entry.file_name()), bytes).map_err(refused)?;
        copied.push(entry.file_name().to_string_lossy().into_owned());
    }
    copied.sort();
    Ok(copied)
}
