//! Posting lists as they stand in an image.

use std::io;

use super::many::Many;
use super::{HotRule, Posting, Postings, Slot};
use crate::gapped::{Gapped, Sharded};
use crate::image::{ImageError, Reading, Writing};

impl Postings {
    pub(crate) fn write(&self, image: &mut Writing<'_>) -> io::Result<()> {
        self.digests.write(image)?;
        self.bands.iter().try_for_each(|table| table.write(image))?;
        // Lengths first, so that what has one length is read in one go.
        image.count(self.postings.len())?;
        let length = |slots: &[Slot]| u32::try_from(slots.len()).unwrap_or(u32::MAX);
        for posting in &self.postings {
            image.u32(length(posting.slots()))?;
            image.u32(length(witnesses(posting)))?;
        }
        let all = |of: fn(&Posting) -> &[Slot]| self.postings.iter().flat_map(of).copied();
        for numbers in [all(Posting::slots), all(witnesses)] {
            image.count(numbers.clone().count())?;
            numbers.clone().try_for_each(|number| image.u32(number))?;
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
        let mut lengths = Vec::new();
        image.each(|pair: [u32; 2]| lengths.push(pair))?;
        let (slots, witnesses) = (image.u32s()?, image.u32s()?);
        let (mut slots, mut witnesses) = (slots.as_slice(), witnesses.as_slice());
        read.postings.reserve_exact(lengths.len());
        for [length, seen] in lengths {
            let own = take(&mut slots, length)?;
            let seen = take(&mut witnesses, seen)?;
            read.postings.push(match *own {
                [a, b] => Posting::Two([a, b]),
                [] | [_] => return Err(ImageError::Damaged("a list")),
                _ => Posting::Many(Box::new(Many::of(own.into(), seen.into()))),
            });
        }
        read.free = image.u32s()?;
        for _ in 0..image.count()? {
            read.hot.insert(image.u64()?);
        }
        Ok(read)
    }
}

fn witnesses(posting: &Posting) -> &[Slot] {
    match posting {
        Posting::Two(_) => &[],
        Posting::Many(many) => many.witnesses(),
    }
}

/// So many from the beginning.
fn take<'s>(slots: &mut &'s [Slot], count: u32) -> Result<&'s [Slot], ImageError> {
    let found = usize::try_from(count).ok().and_then(|count| slots.split_at_checked(count));
    let (first, rest) = found.ok_or(ImageError::Damaged("a list"))?;
    *slots = rest;
    Ok(first)
}
