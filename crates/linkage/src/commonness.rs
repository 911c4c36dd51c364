//! How many live leads hold a value: the frequencies of the store as of now.
//!
//! Who holds an identifier is in the posting lists already, so of identifiers only the leads that have one are counted.

use std::io;

use crate::gapped::{Sharded, VALUE_MAX};
use crate::image::{ImageError, Reading, Writing};
use crate::value::{FIELDS, Field, Value};

/// Counts of values but identifiers, and of leads that have a field at all. A function of the live leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Commonness {
    holders: Sharded,
    populations: [u32; FIELDS],
}

impl Commonness {
    /// Adds the values of a lead: sorted by field, each once.
    pub(crate) fn add(&mut self, values: &[Value]) {
        self.touch(values);
        let mut last = None;
        for (field, digest) in values {
            if is_counted(*field)
                && let (Some(shard), digest) = self.holders.shard(*digest)
                && let Some((holders, _)) = shard.get_or_insert(digest, 0)
            {
                *holders = holders.saturating_add(1).min(VALUE_MAX);
            }
            self.populate(&mut last, *field, 1);
        }
    }

    /// Takes them out again.
    pub(crate) fn remove(&mut self, values: &[Value]) {
        let mut last = None;
        for (field, digest) in values {
            if is_counted(*field)
                && let (Some(shard), digest) = self.holders.shard(*digest)
                && let Some(holders) = shard.get_mut(digest)
            {
                *holders = holders.saturating_sub(1);
                if *holders == 0 {
                    shard.remove(digest);
                }
            }
            self.populate(&mut last, *field, -1);
        }
    }

    fn populate(&mut self, last: &mut Option<u8>, field: u8, by: i32) {
        if last.replace(field) != Some(field)
            && let Some(population) = self.populations.get_mut(usize::from(field))
        {
            *population = population.saturating_add_signed(by);
        }
    }

    /// Asks for values that are looked up next: the processor then waits for memory once, not for each.
    pub(crate) fn touch(&self, values: &[Value]) {
        let counted = values.iter().filter(|(field, _)| is_counted(*field));
        std::hint::black_box(counted.fold(0u32, |sum, (_, digest)| sum ^ self.holders.touch(*digest)));
    }

    /// Holders of a value that is no identifier, and leads that have its field.
    pub(crate) fn of(&self, (field, digest): Value) -> (u32, u32) {
        (self.holders.get(digest).copied().unwrap_or(0), self.population(field))
    }

    /// Leads that have a field.
    pub(crate) fn population(&self, field: u8) -> u32 {
        self.populations.get(usize::from(field)).copied().unwrap_or(0)
    }

    pub(crate) fn write(&self, image: &mut Writing) -> io::Result<()> {
        self.holders.write(image)?;
        image.u32s(&self.populations)
    }

    pub(crate) fn read(image: &mut Reading) -> Result<Self, ImageError> {
        let holders = Sharded::read(image)?;
        let populations = image.u32s()?.try_into().map_err(|_| ImageError::Damaged("fields"))?;
        Ok(Self { holders, populations })
    }

    /// Bytes of memory that counts take, about.
    pub(crate) fn bytes(&self) -> usize {
        self.holders.bytes()
    }
}

/// Whether holders of the field's values are counted here.
fn is_counted(field: u8) -> bool {
    field < Field::Identifier as u8
}
