//! Writes an image.

use std::io::{self, Write};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use super::{END, Inlet, Outlet, PART, pipe};

/// A section of an image that is being written.
pub(crate) struct Writing {
    out: Inlet,
    part: Vec<u8>,
}

impl Writing {
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
        let mut spare = self.out.spare();
        spare.clear();
        // Whoever takes parts has given up, and says why.
        let part = std::mem::replace(&mut self.part, spare);
        self.out.parts.send(part).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// The sections of an image that is being written, in the order in which they are read.
pub(crate) struct WriteSections<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    sections: Vec<(Outlet, ScopedJoinHandle<'s, io::Result<()>>)>,
}

impl<'s, 'e> WriteSections<'s, 'e> {
    pub(crate) fn new(scope: &'s Scope<'s, 'e>) -> Self {
        Self { scope, sections: Vec::new() }
    }

    /// Writes the next section on a thread of its own. A machine may refuse one: then there is no image.
    pub(crate) fn section(
        &mut self,
        write: impl FnOnce(&mut Writing) -> io::Result<()> + Send + 's,
    ) -> io::Result<()> {
        let (out, outlet) = pipe();
        let write = move || {
            let mut section = Writing { out, part: Vec::new() };
            write(&mut section)?;
            section.flush()
        };
        self.sections.push((outlet, Builder::new().spawn_scoped(self.scope, write)?));
        Ok(())
    }

    /// Takes a part of each section in turn, until there are no more.
    pub(crate) fn collect(self, out: &mut dyn Write) -> io::Result<()> {
        let mut sections: Vec<_> =
            (0u8..).zip(self.sections).map(|(number, section)| (number, section, Vec::new())).collect();
        while !sections.is_empty() {
            let mut left = Vec::with_capacity(sections.len());
            for (number, (outlet, thread), spent) in sections {
                if let Some(part) = outlet.next(spent) {
                    let length = u32::try_from(part.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
                    out.write_all(&[number])?;
                    out.write_all(&length.to_le_bytes())?;
                    out.write_all(&part)?;
                    left.push((number, (outlet, thread), part));
                } else {
                    // There are no more, because all is written or because it cannot be.
                    thread.join().map_err(|_| io::Error::other("a section cannot be written"))??;
                }
            }
            sections = left;
        }
        out.write_all(&[END])
    }
}
