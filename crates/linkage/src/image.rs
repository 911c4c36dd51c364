//! Bytes of an index that are written as they stand, so that it need not be built again: numbers of a fixed width, little end
//! first, in parts of bounded size. Each part says which section it is of, and parts of all sections are mixed, so that all
//! sections are made of them at the same time, each by a thread of its own.
//!
//! Whoever keeps an image sees to it that what is read is what was written: here it is only seen that it can be an image.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

mod read;
mod write;

pub(crate) use read::{ReadSections, Reading, made};
pub(crate) use write::{WriteSections, Writing};

/// What is written or read at once, about: in tests so little that a section has many parts.
const PART: usize = if cfg!(test) { 1 << 12 } else { 1 << 18 };
/// No count is believed further than that: what is more takes its memory as it comes.
pub(crate) const BELIEVED: usize = 1 << 22;

/// Why there is no index in it.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It cannot be read.
    #[error("the image cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is of another program, another table or another site.
    #[error("the image is of another kind")]
    Other,
    /// It cannot have been written by this program.
    #[error("the image is damaged: {0}")]
    Damaged(&'static str),
}

/// The number of a section that says that there are no more.
const END: u8 = u8::MAX;
/// Parts of a section that wait to be written, or to be read.
const WAITING: usize = 4;

/// Where parts of a section go in.
struct Inlet {
    parts: SyncSender<Vec<u8>>,
    spent: Receiver<Vec<u8>>,
}

/// Where they come out; the memory of those that are spent goes back and is used again.
struct Outlet {
    parts: Receiver<Vec<u8>>,
    spent: Sender<Vec<u8>>,
}

fn pipe() -> (Inlet, Outlet) {
    let ((sender, parts), (back, spent)) = (sync_channel(WAITING), channel());
    (Inlet { parts: sender, spent }, Outlet { parts, spent: back })
}

impl Inlet {
    /// Memory for a part, with something in it or nothing.
    fn spare(&self) -> Vec<u8> {
        self.spent.try_recv().unwrap_or_default()
    }
}

impl Outlet {
    /// The next part, in exchange for one that is spent; `None` after the last.
    fn next(&self, spent: Vec<u8>) -> Option<Vec<u8>> {
        // Nobody needs it any more after the last part.
        let _ = self.spent.send(spent);
        self.parts.recv().ok()
    }
}

#[cfg(test)]
mod tests;
