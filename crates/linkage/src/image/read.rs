//! Reads an image.

use std::io::{self, Read};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use super::{BELIEVED, END, ImageError, Inlet, Outlet, PART, pipe};

/// What is made of a section.
pub(crate) type Made<'s, T> = ScopedJoinHandle<'s, Result<T, ImageError>>;

/// Waits for what is made of a section.
pub(crate) fn made<T>(section: Made<'_, T>) -> Result<T, ImageError> {
    section.join().unwrap_or(Err(ImageError::Damaged("it cannot be read")))
}

/// The sections of an image that is being read, in the order in which they were written.
pub(crate) struct ReadSections<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    sections: Vec<Inlet>,
}

impl<'s, 'e> ReadSections<'s, 'e> {
    pub(crate) fn new(scope: &'s Scope<'s, 'e>) -> Self {
        Self { scope, sections: Vec::new() }
    }

    /// Reads the next section on a thread of its own. A machine may refuse one: then everything is derived again.
    pub(crate) fn section<T: Send + 's>(
        &mut self,
        read: fn(&mut Reading) -> Result<T, ImageError>,
    ) -> io::Result<Made<'s, T>> {
        let (inlet, input) = pipe();
        self.sections.push(inlet);
        let read = move || read(&mut Reading { input, part: Vec::new(), read: 0, across: Vec::new() });
        Builder::new().spawn_scoped(self.scope, read)
    }

    /// Hands each part to its section, until the last. Sections hear that there are no more when this returns.
    pub(crate) fn distribute(self, input: &mut dyn Read) -> Result<(), ImageError> {
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
            let section = self.sections.get(usize::from(number)).ok_or(ImageError::Damaged("a section"))?;
            let mut part = section.spare();
            part.resize(length, 0);
            input.read_exact(&mut part)?;
            // Who reads it has found that it is damaged, and says so.
            if section.parts.send(part).is_err() {
                return Ok(());
            }
        }
    }
}

/// A section of an image that is being read.
pub(crate) struct Reading {
    input: Outlet,
    part: Vec<u8>,
    /// Bytes of the part that are read.
    read: usize,
    /// What begins in one part and ends in another.
    across: Vec<u8>,
}

impl Reading {
    /// The next bytes. Memory is taken as they come, and not because a number asks for it.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&[u8], ImageError> {
        if self.left() < count {
            self.gather(count)?;
            return Ok(&self.across);
        }
        let first = self.read;
        self.read += count;
        Ok(self.part.get(first..self.read).unwrap_or_default())
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ImageError> {
        self.bytes(8)?.try_into().map(u64::from_le_bytes).map_err(|_| TOO_SOON)
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
            // Those that are in this part; or one, which ends in the next.
            let now = (self.left() / width).clamp(1, left);
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

    /// Bytes of the part that are not read.
    fn left(&self) -> usize {
        self.part.len() - self.read
    }

    fn gather(&mut self, count: usize) -> Result<(), ImageError> {
        self.across.clear();
        loop {
            let missing = self.left().min(count - self.across.len());
            let end = self.read + missing;
            self.across.extend_from_slice(self.part.get(self.read..end).unwrap_or_default());
            self.read = end;
            if self.across.len() == count {
                return Ok(());
            }
            self.part = self.input.next(std::mem::take(&mut self.part)).ok_or(TOO_SOON)?;
            self.read = 0;
        }
    }
}

const TOO_SOON: ImageError = ImageError::Damaged("it ends too soon");
