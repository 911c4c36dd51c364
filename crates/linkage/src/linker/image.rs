//! An index as it stands, written and read again: what costs a lead some 17 microseconds to build costs a few to read.

use std::io::{self, Read, Write};

use hashbrown::HashMap;

use super::entry::{Encoded, Entry};
use super::neighbours::Neighbours;
use super::{Id, Linker, Slot};
use crate::commonness::Commonness;
use crate::digest::Digester;
use crate::gapped::Sharded;
use crate::image::{BELIEVED, ImageError, ReadSections, Reading, WriteSections, Writing, made};
use crate::posting::{self, Lists, Prehashed};
use crate::profile::VERSION as PROFILE;
use crate::table::{Rulebook, Table};

const NAME: &[u8; 8] = b"linkage\0";
/// The version of what follows. To be raised whenever keys, values or their digests change.
const VERSION: u32 = 1;
/// Entries that are written together.
const TOGETHER: usize = 1_024;
/// Bytes of an entry less its profile: id, accepted, cluster, length of the profile.
const HEAD: usize = 16 + 8 + 16 + 4;
/// The length of the profile of an entry that is not there.
const ABSENT: u32 = u32::MAX;
/// A tag of digests that nothing else has.
const TAG: u8 = 0xf0;

/// Live leads, in their slots and by their ids.
#[derive(Default)]
struct Leads {
    entries: Vec<Option<Entry>>,
    slots: HashMap<Id, Slot, Prehashed>,
}

impl Linker {
    /// Writes everything but what can be taken back: to be called when nothing can.
    pub fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&kind(&self.table, &self.digester))?;
        std::thread::scope(|scope| {
            let mut sections = WriteSections::new(scope);
            sections.section(|image| {
                image.count(self.entries.len())?;
                self.entries.chunks(TOGETHER).try_for_each(|together| write_entries(together, image))
            })?;
            sections.section(|image| self.postings.write_digests(image))?;
            sections.section(|image| self.postings.write_bands(image))?;
            sections.section(|image| self.postings.write_lists(image))?;
            sections.section(|image| {
                self.commonness.write(image)?;
                image.u64(self.neighbours.same)?;
                image.u64(self.neighbours.different)
            })?;
            sections.collect(out)
        })
    }

    /// The index of which this is the image: it answers every question alike.
    pub fn read_image(
        table: Table,
        rulebook: Rulebook,
        digester: Digester,
        input: &mut dyn Read,
    ) -> Result<Self, ImageError> {
        let expected = kind(&table, &digester);
        let mut found = vec![0; expected.len()];
        input.read_exact(&mut found)?;
        if found != expected {
            return Err(ImageError::Other);
        }
        std::thread::scope(|scope| {
            let mut sections = ReadSections::new(scope);
            let leads = sections.section(Leads::read)?;
            let digests = sections.section(Sharded::read)?;
            let bands = sections.section(posting::read_bands)?;
            let lists = sections.section(Lists::read)?;
            let counts = sections.section(read_counts)?;
            sections.distribute(input)?;
            let (Leads { entries, slots }, (commonness, neighbours)) = (made(leads)?, made(counts)?);
            let mut linker = Self::new(table, rulebook, digester);
            linker.postings.take(made(digests)?, made(bands)?, made(lists)?);
            Ok(Self { entries, slots, commonness, neighbours, ..linker })
        })
    }
}

fn read_counts(image: &mut Reading) -> Result<(Commonness, Neighbours), ImageError> {
    let commonness = Commonness::read(image)?;
    let (same, different) = (image.u64()?, image.u64()?);
    Ok((commonness, Neighbours { same, different }))
}

impl Leads {
    fn read(image: &mut Reading) -> Result<Self, ImageError> {
        let count = image.count()?;
        let mut leads = Self::default();
        leads.entries.reserve(count.min(BELIEVED));
        leads.slots.reserve(count.min(BELIEVED));
        while leads.entries.len() < count {
            leads.read_some((count - leads.entries.len()).min(TOGETHER), image)?;
        }
        Ok(leads)
    }

    fn read_some(&mut self, count: usize, image: &mut Reading) -> Result<(), ImageError> {
        let heads: Vec<_> = image.bytes(count * HEAD)?.chunks_exact(HEAD).filter_map(parse).collect();
        let lengths = heads.iter().filter(|head| head.length != ABSENT).map(|head| u64::from(head.length));
        let length = usize::try_from(lengths.sum::<u64>()).map_err(|_| ImageError::Damaged("a length"))?;
        let mut profiles = image.bytes(length)?;
        for Head { id, accepted, cluster, length } in heads {
            let slot = Slot::try_from(self.entries.len()).map_err(|_| ImageError::Damaged("a count"))?;
            let length = if length == ABSENT { None } else { usize::try_from(length).ok() };
            let entry = length.and_then(|length| {
                let (profile, rest) = profiles.split_at_checked(length)?;
                profiles = rest;
                Some(Entry { id, accepted, cluster, profile: Encoded::of_image(profile) })
            });
            if entry.is_some() {
                self.slots.insert(id, slot);
            }
            self.entries.push(entry);
        }
        Ok(())
    }
}

/// What an image must begin with to be one of this program, for this table and this site.
fn kind(table: &Table, digester: &Digester) -> Vec<u8> {
    let site = digester.of(TAG, &[NAME, table.hash().as_bytes(), &[PROFILE]]);
    [NAME.as_slice(), &VERSION.to_le_bytes(), &site.to_le_bytes()].concat()
}

struct Head {
    id: Id,
    accepted: u64,
    cluster: Id,
    length: u32,
}

fn write_entries(together: &[Option<Entry>], image: &mut Writing) -> io::Result<()> {
    for entry in together {
        let (id, accepted, cluster) =
            entry.as_ref().map_or(([0; 16], 0, [0; 16]), |e| (e.id, e.accepted, e.cluster));
        let length = entry.as_ref().map(|e| u32::try_from(e.profile.bytes().len()).unwrap_or(ABSENT));
        image.bytes(&id)?;
        image.u64(accepted)?;
        image.bytes(&cluster)?;
        image.u32(length.unwrap_or(ABSENT))?;
    }
    together.iter().flatten().try_for_each(|entry| image.bytes(entry.profile.bytes()))
}

fn parse(bytes: &[u8]) -> Option<Head> {
    let (id, rest) = bytes.split_first_chunk()?;
    let (accepted, rest) = rest.split_first_chunk()?;
    let (cluster, rest) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*rest.first_chunk()?);
    Some(Head { id: *id, accepted: u64::from_le_bytes(*accepted), cluster: *cluster, length })
}

#[cfg(test)]
mod tests;
