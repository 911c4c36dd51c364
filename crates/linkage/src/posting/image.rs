//! Posting lists as they stand in an image.

use std::io;

use super::many::Many;
use super::{HotRule, Posting, Postings};
use crate::gapped::{Gapped, Sharded};
use crate::image::{ImageError, Reading, Writing};

impl Postings {
    pub(crate) fn write(&self, image: &mut Writing<'_>) -> io::Result<()> {
        self.digests.write(image)?;
        self.bands.iter().try_for_each(|table| table.write(image))?;
        image.count(self.postings.len())?;
        for posting in &self.postings {
            match posting {
                Posting::Two(slots) => image.u32s(slots)?,
                Posting::Many(many) => {
                    image.u32s(&many.slots)?;
                    image.u32s(many.witnesses())?;
                }
            }
        }
        image.u32s(&self.free)?;
        let marks = self.hot_keys();
        image.count(marks.len())?;
        marks.into_iter().try_for_each(|mark| image.u64(mark))
    }

    pub(crate) fn read(rule: HotRule, image: &mut Reading<'_>) -> Result<Self, ImageError> {
        let mut read = Self::new(rule);
        read.digests = Sharded::read(image)?;
        for table in &mut read.bands {
            *table = Gapped::read(image)?;
        }
        for _ in 0..image.count()? {
            let slots = image.u32s()?;
            read.postings.push(match *slots.as_slice() {
                [a, b] => Posting::Two([a, b]),
                [] | [_] => return Err(ImageError::Damaged("a list")),
                _ => Posting::Many(Box::new(Many::of(slots, image.u32s()?))),
            });
        }
        read.free = image.u32s()?;
        for _ in 0..image.count()? {
            read.hot.insert(image.u64()?);
        }
        Ok(read)
    }
}
