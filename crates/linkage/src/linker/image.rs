//! An index as it stands, written and read again: what costs a lead some 17 microseconds to build costs one to read.

use std::io::{self, Read, Write};

use super::entry::{Encoded, Entry};
use super::{Id, Linker, Slot};
use crate::commonness::Commonness;
use crate::digest::Digester;
use crate::image::{BELIEVED, ImageError, Reading, Writing};
use crate::posting::{HotRule, Postings};
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

impl Linker {
    /// Writes everything but what can be taken back: to be called when nothing can.
    pub fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut image = Writing::new(out);
        image.bytes(&kind(&self.table, &self.digester))?;
        image.count(self.entries.len())?;
        for together in self.entries.chunks(TOGETHER) {
            for entry in together {
                head(entry.as_ref(), &mut image)?;
            }
            for entry in together.iter().flatten() {
                image.bytes(entry.profile.bytes())?;
            }
        }
        self.postings.write(&mut image)?;
        self.commonness.write(&mut image)?;
        image.u64(self.neighbours.same)?;
        image.u64(self.neighbours.different)?;
        image.flush()
    }

    /// The index of which this is the image: it answers every question alike.
    pub fn read_image(
        table: Table,
        rulebook: Rulebook,
        digester: Digester,
        input: &mut dyn Read,
    ) -> Result<Self, ImageError> {
        let mut image = Reading::new(input);
        let expected = kind(&table, &digester);
        if image.bytes(expected.len())? != expected {
            return Err(ImageError::Other);
        }
        let rule = HotRule { leads: table.hot.leads, clusters: table.hot.clusters };
        let mut linker = Self::new(table, rulebook, digester);
        let entries = image.count()?;
        linker.reserve(entries.min(BELIEVED));
        while linker.entries.len() < entries {
            linker.read_entries((entries - linker.entries.len()).min(TOGETHER), &mut image)?;
        }
        linker.postings = Postings::read(rule, &mut image)?;
        linker.commonness = Commonness::read(&mut image)?;
        linker.neighbours.same = image.u64()?;
        linker.neighbours.different = image.u64()?;
        Ok(linker)
    }

    fn read_entries(&mut self, count: usize, image: &mut Reading<'_>) -> Result<(), ImageError> {
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

fn head(entry: Option<&Entry>, image: &mut Writing<'_>) -> io::Result<()> {
    let (id, accepted, cluster) = entry.map_or(([0; 16], 0, [0; 16]), |e| (e.id, e.accepted, e.cluster));
    let length = entry.map_or(ABSENT, |e| u32::try_from(e.profile.bytes().len()).unwrap_or(ABSENT));
    image.bytes(&id)?;
    image.u64(accepted)?;
    image.bytes(&cluster)?;
    image.u32(length)
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
