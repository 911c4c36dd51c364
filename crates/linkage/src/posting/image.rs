//! Posting lists as they stand in an image.

use std::io;

use hashbrown::HashSet;

use super::many::Many;
use super::{Posting, Postings, Prehashed, Slot};
use crate::gapped::{Gapped, Sharded};
use crate::image::{BELIEVED, ImageError, Reading, Writing};
use crate::narrative::BANDS;

/// Lists that are written together.
const TOGETHER: usize = 4_096;

/// The lists that tables name, and the marks.
pub(crate) struct Lists {
    postings: Vec<Posting>,
    free: Vec<u32>,
    hot: HashSet<u64, Prehashed>,
}

/// A table for each band.
pub(crate) type Bands = [Gapped<u32>; BANDS];

pub(crate) fn read_bands(image: &mut Reading) -> Result<Bands, ImageError> {
    let tables: Result<Vec<_>, _> = (0..BANDS).map(|_| Gapped::read(image)).collect();
    tables?.try_into().map_err(|_| ImageError::Damaged("bands"))
}

impl Postings {
    pub(crate) fn write_digests(&self, image: &mut Writing) -> io::Result<()> {
        self.digests.write(image)
    }

    pub(crate) fn write_bands(&self, image: &mut Writing) -> io::Result<()> {
        self.bands.iter().try_for_each(|table| table.write(image))
    }

    pub(crate) fn write_lists(&self, image: &mut Writing) -> io::Result<()> {
        image.count(self.postings.len())?;
        // Lengths first, so that what has one length is read in one go.
        let length = |slots: &[Slot]| u32::try_from(slots.len()).unwrap_or(u32::MAX);
        for together in self.postings.chunks(TOGETHER) {
            for posting in together {
                image.u32(length(posting.slots()))?;
                image.u32(length(witnesses(posting)))?;
            }
            let numbers =
                together.iter().flat_map(|posting| posting.slots().iter().chain(witnesses(posting)));
            numbers.copied().try_for_each(|number| image.u32(number))?;
        }
        image.u32s(&self.free)?;
        let marks = self.hot_keys();
        image.count(marks.len())?;
        marks.into_iter().try_for_each(|mark| image.u64(mark))
    }

    /// Takes what an image had.
    pub(crate) fn take(&mut self, digests: Sharded, bands: Bands, lists: Lists) {
        let Lists { postings, free, hot } = lists;
        *self = Self { rule: self.rule, digests, bands, postings, free, hot };
    }
}

impl Lists {
    pub(crate) fn read(image: &mut Reading) -> Result<Self, ImageError> {
        let count = image.count()?;
        let mut postings = Vec::with_capacity(count.min(BELIEVED));
        let (mut lengths, mut numbers) = (Vec::with_capacity(TOGETHER), Vec::new());
        while postings.len() < count {
            lengths.clear();
            image.rows((count - postings.len()).min(TOGETHER), |pair: [u32; 2]| lengths.push(pair))?;
            let all = lengths.iter().flatten().map(|length| u64::from(*length)).sum::<u64>();
            numbers.clear();
            image.rows(usize::try_from(all).unwrap_or(usize::MAX), |[number]: [u32; 1]| {
                numbers.push(number)
            })?;
            let mut left = numbers.as_slice();
            for [slots, seen] in &lengths {
                let (slots, seen) = (take(&mut left, *slots)?, take(&mut left, *seen)?);
                postings.push(match *slots {
                    [a, b] => Posting::Two([a, b]),
                    [] | [_] => return Err(ImageError::Damaged("a list")),
                    _ => Posting::Many(Box::new(Many::of(slots.into(), seen.into()))),
                });
            }
        }
        let free = image.u32s()?;
        let mut hot = HashSet::default();
        for _ in 0..image.count()? {
            hot.insert(image.u64()?);
        }
        Ok(Self { postings, free, hot })
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
