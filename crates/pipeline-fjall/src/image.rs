//! Images of what processors derive from their states: a file for each state, with its digest at the end.
//!
//! An image holds what the state holds of leads, so it is as private, and it is replaced within an hour of a change. It need not
//! reach the disk: one that is damaged, or is not there, costs the time to derive everything again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use pipeline::ImageState;

/// Bytes that are read or written at once at least. Who reads or writes more goes past the buffer.
const BUFFER: usize = 1 << 16;
/// Bytes of the digest.
const DIGEST: u64 = 32;

/// The images of one state.
pub(crate) struct Images {
    folder: PathBuf,
    name: String,
    /// The number of the one that fits, with what is noted.
    number: Option<u64>,
    changes: usize,
    /// Keys that images depend on, by their first byte.
    pub(crate) watched: &'static [u8],
}

/// Digests what passes.
struct Digested<T> {
    inner: T,
    digest: blake3::Hasher,
}

impl<T: Write> Write for Digested<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Digested<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl Images {
    pub(crate) fn new(folder: &Path, name: String) -> Self {
        Self { folder: folder.to_owned(), name, number: None, changes: 0, watched: b"" }
    }

    /// Which image fits the state from here on. Others are of no use.
    pub(crate) fn found(&mut self, number: Option<u64>, changes: usize) {
        (self.number, self.changes) = (number, changes);
        let keeps = number.map(|number| self.path(number));
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_ours = file.file_name().to_str().is_some_and(|name| self.is_name(name));
            if is_ours && Some(file.path()) != keeps {
                // One that stays takes room, and nothing else.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Whether a change of this key has to be noted.
    pub(crate) fn notes(&self, key: &[u8]) -> bool {
        self.number.is_some() && key.first().is_some_and(|first| self.watched.contains(first))
    }

    pub(crate) fn noted(&mut self, changes: usize) {
        self.changes = self.changes.saturating_add(changes);
    }

    pub(crate) fn state(&self) -> ImageState {
        let changes = u64::try_from(self.changes).unwrap_or(u64::MAX);
        ImageState { is_there: self.number.is_some(), changes }
    }

    /// Writes the next image; its number.
    pub(crate) fn write(&self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
        let number = self.number.unwrap_or_default().saturating_add(1);
        let path = self.path(number);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let written = (|| {
            let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
            let file = BufWriter::with_capacity(BUFFER, file);
            let mut out = Digested { inner: file, digest: blake3::Hasher::new() };
            write(&mut out)?;
            let digest = out.digest.finalize();
            out.inner.write_all(digest.as_bytes())?;
            out.inner.flush()
        })();
        if written.is_err() {
            // The disk may be full of it.
            let _ = fs::remove_file(&path);
        }
        written.map(|()| number)
    }

    /// Hands the image over; whether it was taken, and is what was written.
    pub(crate) fn read(&self, take: &mut dyn FnMut(&mut dyn Read) -> bool) -> bool {
        let Some(path) = self.number.map(|number| self.path(number)) else { return false };
        self.read_file(&path, take).unwrap_or_else(|error| {
            tracing::info!(path = %path.display(), %error, "an image cannot be read; everything is derived again");
            false
        })
    }

    fn read_file(&self, path: &Path, take: &mut dyn FnMut(&mut dyn Read) -> bool) -> io::Result<bool> {
        let file = File::open(path)?;
        let length = file.metadata()?.len().saturating_sub(DIGEST);
        let mut file = BufReader::with_capacity(BUFFER, file);
        let mut image = Digested { inner: file.by_ref().take(length), digest: blake3::Hasher::new() };
        let is_taken = take(&mut image);
        // What was not looked at counts as well.
        io::copy(&mut image, &mut io::sink())?;
        let found = image.digest.finalize();
        let mut digest = [0; 32];
        file.read_exact(&mut digest)?;
        let is_whole = found == blake3::Hash::from_bytes(digest);
        if !is_whole || !is_taken {
            tracing::info!(path = %path.display(), is_whole, "an image is of no use; everything is derived again");
        }
        Ok(is_whole && is_taken)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{}.{number}", self.name))
    }

    fn is_name(&self, file: &str) -> bool {
        let number = file.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('.'));
        number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
    }
}
