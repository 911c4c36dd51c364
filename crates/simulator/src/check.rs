//! The conditions under which a run has failed, by the numbers of ARCHITECTURE.md. Written from the promises, and judged by
//! what stands in the topics alone, but for PL-4, which is held against the real services run again.

mod accounts;
mod deliveries;
mod purges;
mod replay;

pub(crate) use deliveries::{owed, told};
pub(crate) use purges::purged;

use std::collections::BTreeMap;

use pipeline::{Accounting, NextOffset, Record, Source, Topic, input_position};

use crate::broker::Isolation;
use crate::outside::{Expected, Outside};
use crate::process::Process;
use crate::site::{SERVICES, ServiceKind, Site};
use crate::transport::{changelog, changelog_prefix};
use crate::verdict::Violation;
use crate::world::World;

/// A state: the fold of a changelog.
pub(crate) type Fold = BTreeMap<Vec<u8>, Vec<u8>>;

/// What is left of a run.
pub(crate) struct Remains<'a> {
    pub(crate) site: &'a Site,
    pub(crate) world: &'a World,
    pub(crate) expected: &'a Expected,
    pub(crate) states: BTreeMap<(ServiceKind, Source), Fold>,
}

impl Remains<'_> {
    /// Every committed record of a topic, partition by partition.
    pub(crate) fn committed(&self, topic: &Topic) -> Vec<Record> {
        let broker = &self.world.broker;
        (0..broker.partitions(topic))
            .flat_map(|partition| broker.all(&Source::new(topic.clone(), partition), Isolation::Committed))
            .collect()
    }

    /// What a service counted, over all its partitions.
    pub(crate) fn count(&self, service: ServiceKind, counter: pipeline::Counter) -> u64 {
        let of = self.states.iter().filter(|((known, _), _)| *known == service);
        of.map(|(_, fold)| {
            let mut totals = Accounting::default();
            fold.iter().for_each(|(key, value)| totals.read(key, Some(value)));
            totals.get(counter)
        })
        .sum()
    }
}

/// Everything that is wrong.
pub(crate) fn all(site: &Site, world: &World, outside: &Outside, processes: &[Process]) -> Vec<Violation> {
    let mut states = BTreeMap::new();
    for service in SERVICES {
        let Some(spec) = site.spec(service) else { continue };
        for source in site.sources(service) {
            let prefix = changelog_prefix(&source);
            let mut fold = Fold::new();
            for record in world.broker.all(&changelog(&spec, &source), Isolation::Committed) {
                let key = record.key.as_deref().and_then(|key| key.strip_prefix(prefix.as_slice()));
                match (key, record.value) {
                    (Some(key), Some(value)) => drop(fold.insert(key.to_vec(), value)),
                    (Some(key), None) => drop(fold.remove(key)),
                    (None, _) => {}
                }
            }
            states.insert((service, source), fold);
        }
    }
    let remains = Remains { site, world, expected: &outside.expected, states };
    let mut found = Vec::new();
    positions(&remains, &mut found);
    accounts::check(&remains, &mut found);
    deliveries::check(&remains, &mut found);
    purges::check(&remains, &mut found);
    stores(&remains, processes, &mut found);
    replay::check(&remains, &mut found);
    found
}

/// PL-3: what a state reflects is what the group has committed, and that is all there was to read.
fn positions(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    for ((service, source), fold) in &remains.states {
        let state = fold.iter().find_map(|(key, value)| input_position(key, Some(value)));
        let read = remains.world.broker.all(source, Isolation::Committed).last().map(|r| r.offset.next());
        let committed = remains.world.committed(service.name(), source);
        if state != committed {
            let name = service.name();
            found.push(Violation::new(
                "PL-3",
                format!("{name}: the state of {source} reflects {state:?}, and {committed:?} is committed"),
            ));
        }
        if state.unwrap_or_default() < read.unwrap_or_default() {
            let name = service.name();
            found.push(Violation::new("PL-1", format!("{name}: {source} is read to {state:?} of {read:?}")));
        }
    }
}

/// PL-4: a store on a disk is the fold of its changelog.
fn stores(remains: &Remains<'_>, processes: &[Process], found: &mut Vec<Violation>) {
    for process in processes {
        let service = process.service;
        let Some(spec) = remains.site.spec(service) else { continue };
        for (source, disk) in process.stores() {
            let (pairs, mark) = disk.contents();
            let end = remains.world.broker.high_watermark(&changelog(&spec, source));
            if mark.is_none_or(|mark| mark.changelog > end) {
                let name = service.name();
                found.push(Violation::new(
                    "PL-4",
                    format!("{name}: the store of {source} is ahead: {mark:?}"),
                ));
            }
            let Some(fold) = remains.states.get(&(service, source.clone())) else { continue };
            if !fold.iter().eq(pairs.iter().map(|(key, value)| (key, value))) {
                let what = difference(fold, &pairs.into_iter().collect());
                let name = service.name();
                found.push(Violation::new(
                    "PL-4",
                    format!("{name}: the store of {source} is not the fold of its changelog: {what}"),
                ));
            }
        }
    }
}

/// How two states differ, without what is in them.
pub(crate) fn difference(expected: &Fold, found: &Fold) -> String {
    let name =
        |key: &[u8]| String::from_utf8_lossy(key.get(..key.len().min(12)).unwrap_or_default()).into_owned();
    let missing = expected.keys().filter(|key| !found.contains_key(*key)).count();
    let extra = found.keys().filter(|key| !expected.contains_key(*key)).count();
    let other = expected.iter().find(|(key, value)| found.get(*key) != Some(*value));
    format!("{missing} missing, {extra} too many, first at {:?}", other.map(|(key, _)| name(key)))
}

impl World {
    /// The committed offset, as whoever looks from outside is told.
    fn committed(&self, group: &str, source: &Source) -> Option<NextOffset> {
        self.broker.peek_committed(group, source)
    }
}
