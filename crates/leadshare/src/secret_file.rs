//! A secret in a file that only its owner can read: 32 random bytes, as 64 hexadecimal digits.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use lead::ident::{hex, unhex};

use crate::fault::Fault;

/// Makes a secret and writes it. Never overwrites a file.
pub(crate) fn make(path: &Path, todo: &str) -> Result<[u8; 32], Fault> {
    let refused = |error: std::io::Error| Fault::file(path, todo, &error);
    let mut secret = [0; 32];
    rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut secret)
        .map_err(|error| Fault::failed(format!("the system gives no random bytes: {error}")))?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(refused)?;
    file.write_all(format!("{}\n", hex(&secret)).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(refused)?;
    Ok(secret)
}

/// Reads a secret; `todo` is what to do when there is none. Refuses a file that others can read.
pub(crate) fn read(path: &Path, todo: &str) -> Result<[u8; 32], Fault> {
    let wrong = |what: String| Fault::usage(format!("`{}`: {what}", path.display()));
    let metadata = fs::metadata(path).map_err(|error| wrong(format!("{error}; {todo}")))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(wrong(format!("others can read it (mode {mode:o}); chmod 600 it")));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    unhex::<32>(text.trim())
        .ok_or_else(|| wrong("expected 64 hexadecimal digits and nothing else".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Sabotage: open the file with `create` and `truncate` in place of `create_new`.
    #[test]
    fn a_secret_is_read_as_it_was_made_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.key");
        let secret = make(&path, "todo").unwrap();
        assert_eq!(read(&path, "todo").unwrap(), secret);
        assert!(make(&path, "do this").unwrap_err().to_string().contains("do this"));
        assert_eq!(read(&path, "todo").unwrap(), secret);
        assert!(read(&dir.path().join("b.key"), "make one").unwrap_err().to_string().contains("make one"));
        assert_ne!(make(&dir.path().join("b.key"), "todo").unwrap(), secret);
    }
}
