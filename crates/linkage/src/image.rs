//! Bytes of an index that are written as they stand, so that it need not be built again: numbers of a fixed width, little end
//! first, in parts of bounded size. Each part says which section it is of, so that sections are read at the same time: one
//! thread takes bytes from the disk, and one for each section makes of them what they are.
//!
//! Whoever keeps an image sees to it that what is read is what was written: here it is only seen that it can be an image.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// What is written or read at once, about.
const PART: usize = 1 << 18;
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
/// Parts that wait for a section to be read.
const WAITING: usize = 16;

/// A section of an image that is being written.
pub(crate) struct Writing<'w> {
    out: &'w mut dyn Write,
    section: u8,
    part: Vec<u8>,
}

/// Writes a section. The number is its place in the list of those that are read.
pub(crate) fn write_section(
    out: &mut dyn Write,
    number: u8,
    write: impl FnOnce(&mut Writing<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut section = Writing { out, section: number, part: Vec::with_capacity(PART * 2) };
    write(&mut section)?;
    section.flush()
}

/// The last section is written.
pub(crate) fn end(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&[END])
}

impl Writing<'_> {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.part.extend_from_slice(bytes);
        if self.part.len() < PART { Ok(()) } else { self.flush() }
    }

    pub(crate) fn u32(&mut self, number: u32) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    /// How many of something follow.
    pub(crate) fn count(&mut self, count: usize) -> io::Result<()> {
        self.u64(u64::try_from(count).unwrap_or(u64::MAX))
    }

    pub(crate) fn u32s(&mut self, numbers: &[u32]) -> io::Result<()> {
        self.count(numbers.len())?;
        numbers.iter().try_for_each(|number| self.u32(*number))
    }

    fn flush(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.part.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.out.write_all(&[self.section])?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.part)?;
        self.part.clear();
        Ok(())
    }
}

/// Hands each part to its section, until the last.
pub(crate) fn distribute(input: &mut dyn Read, sections: Vec<SyncSender<Vec<u8>>>) -> Result<(), ImageError> {
    loop {
        let mut section = [0];
        input.read_exact(&mut section)?;
        let [number] = section;
        if number == END {
            return Ok(());
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > PART * 2 {
            // A profile may be long; no part is so much longer than it should be.
            return Err(ImageError::Damaged("a part"));
        }
        let mut part = vec![0; length];
        input.read_exact(&mut part)?;
        let section = sections.get(usize::from(number)).ok_or(ImageError::Damaged("a section"))?;
        // Who reads it has found that it is damaged, and says so.
        if section.send(part).is_err() {
            return Ok(());
        }
    }
}

/// The parts of one section, one after the other.
struct Parts {
    parts: Receiver<Vec<u8>>,
    part: Vec<u8>,
    read: usize,
}

/// What is made of a section.
pub(crate) type Made<'s, T> = ScopedJoinHandle<'s, Result<T, ImageError>>;

/// Reads a section on a thread of its own: where its parts come in, and what is made of them.
pub(crate) fn read_section<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    read: fn(&mut Reading<'_>) -> Result<T, ImageError>,
) -> io::Result<(SyncSender<Vec<u8>>, Made<'s, T>)> {
    let (sender, parts) = sync_channel(WAITING);
    let mut parts = Parts { parts, part: Vec::new(), read: 0 };
    let read = move || read(&mut Reading { input: &mut parts, part: Vec::new() });
    // A machine may refuse a thread: then everything is derived again.
    Ok((sender, Builder::new().spawn_scoped(scope, read)?))
}

/// Waits for what is made of a section.
pub(crate) fn made<T>(section: Made<'_, T>) -> Result<T, ImageError> {
    section.join().unwrap_or(Err(ImageError::Damaged("it cannot be read")))
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.part.len() {
            let Ok(part) = self.parts.recv() else { return Ok(0) };
            (self.part, self.read) = (part, 0);
        }
        let left = self.part.get(self.read..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.read += count;
        Ok(count)
    }
}

/// An image that is being read.
pub(crate) struct Reading<'r> {
    input: &'r mut dyn Read,
    part: Vec<u8>,
}

impl Reading<'_> {
    /// The next bytes. Memory is taken as they come, and not because a number asks for it.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&[u8], ImageError> {
        self.part.clear();
        let asked = u64::try_from(count).unwrap_or(u64::MAX);
        if count <= PART {
            self.part.resize(count, 0);
            self.input.read_exact(&mut self.part)?;
        } else if (&mut *self.input).take(asked).read_to_end(&mut self.part)? < count {
            return Err(ImageError::Damaged("it ends too soon"));
        }
        Ok(&self.part)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ImageError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn count(&mut self) -> Result<usize, ImageError> {
        usize::try_from(self.u64()?).map_err(|_| ImageError::Damaged("a count"))
    }

    pub(crate) fn u32s(&mut self) -> Result<Vec<u32>, ImageError> {
        let count = self.count()?;
        let mut numbers = Vec::with_capacity(count.min(BELIEVED));
        self.rows(count, |[number]: [u32; 1]| numbers.push(number))?;
        Ok(numbers)
    }

    /// So many rows, each of `N` numbers of 32 bits.
    pub(crate) fn rows<const N: usize>(
        &mut self,
        count: usize,
        mut row: impl FnMut([u32; N]),
    ) -> Result<(), ImageError> {
        let (mut left, width) = (count, 4 * N);
        while left > 0 {
            let now = left.min(PART / width);
            for bytes in self.bytes(now * width)?.chunks_exact(width) {
                let mut numbers = [0; N];
                for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
                    *number = bytes.try_into().map_or(0, u32::from_le_bytes);
                }
                row(numbers);
            }
            left -= now;
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
