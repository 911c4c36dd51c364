//! What a process keeps up to date of partitions that others have, and takes over when it is given them.

use std::collections::BTreeMap;

use pipeline::{Processor, Replica, ServiceSpec, Source};

use crate::disk::Disk;
use crate::process::limits;
use crate::sabotage::Sabotage;
use crate::transport::follow;
use crate::verdict::Violation;
use crate::world::World;

/// A processor on the disk of a partition.
pub(crate) type Kept = Replica<Box<dyn Processor>>;

/// By partition.
#[derive(Default)]
pub(crate) struct Standbys(BTreeMap<Source, Kept>);

impl Standbys {
    /// What there is of a partition, to work on it.
    pub(crate) fn take(&mut self, source: &Source) -> Option<Kept> {
        self.0.remove(source)
    }

    /// Nobody works on it now.
    pub(crate) fn keep(&mut self, source: Source, kept: Kept) {
        self.0.insert(source, kept);
    }

    /// The process ended.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Reads a little of the changelog of a partition that another has, and derives what follows from it where what is
    /// committed ends.
    pub(crate) fn advance(
        &mut self,
        world: &World,
        spec: &ServiceSpec,
        source: Source,
        disk: &Disk,
        mut kept: Kept,
    ) -> Result<(), Violation> {
        let broken =
            |error: &dyn std::fmt::Display| Violation::new("PL-4", format!("who stands by: {error}"));
        let unheard = world.is(Sabotage::StandbyUnheard);
        let at_end = if unheard {
            // Past the replica, which then knows nothing of it.
            let mut disk = disk.clone();
            read(world, spec, &source, &mut disk)
        } else {
            kept.update(|store| read(world, spec, &source, store))
        };
        if at_end.map_err(|error| broken(&error))? {
            kept.derive().map_err(|error| broken(&error))?;
            kept.keep_image(world.broker.now, &limits()).map_err(|error| broken(&error))?;
        }
        self.0.insert(source, kept);
        Ok(())
    }
}

/// Whether nothing more is committed.
fn read(
    world: &World,
    spec: &ServiceSpec,
    source: &Source,
    store: &mut dyn pipeline::Store,
) -> Result<bool, pipeline::StoreError> {
    let from = store.mark()?.unwrap_or_default().changelog;
    Ok(follow(world, spec, source, from, store)? == from)
}
