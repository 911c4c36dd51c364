//! Bytes of an index that are written as they stand, so that it need not be built again: numbers of a fixed width, little end
//! first, in parts of bounded size.
//!
//! Whoever keeps an image sees to it that what is read is what was written: here it is only seen that it can be an image.

use std::io::{self, Read, Write};

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

/// An image that is being written.
pub(crate) struct Writing<'w> {
    out: &'w mut dyn Write,
    part: Vec<u8>,
}

impl<'w> Writing<'w> {
    pub(crate) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, part: Vec::with_capacity(PART * 2) }
    }

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

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.part)?;
        self.part.clear();
        Ok(())
    }
}

/// An image that is being read.
pub(crate) struct Reading<'r> {
    input: &'r mut dyn Read,
    part: Vec<u8>,
}

impl<'r> Reading<'r> {
    pub(crate) fn new(input: &'r mut dyn Read) -> Self {
        Self { input, part: Vec::new() }
    }

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

    /// A list of rows, each of `N` numbers of 32 bits.
    pub(crate) fn each<const N: usize>(&mut self, row: impl FnMut([u32; N])) -> Result<(), ImageError> {
        let count = self.count()?;
        self.rows(count, row)
    }

    /// So many rows.
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
