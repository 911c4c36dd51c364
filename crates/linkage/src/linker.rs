//! The index of live profiles in memory: who shares a key with whom, and how common each value is.
//!
//! INVARIANT: everything here but the hot marks is a function of the live profiles in the order of their
//! acceptance; the marks are a function of what was inserted and removed, in order, and are state of their
//! own. Whoever keeps the profiles and the marks can build the same index again.
//!
//! INVARIANT: no result depends on the order of a hash map or on the number of a slot.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use crate::commonness::Commonness;
use crate::digest::Digester;
use crate::key::Keys;
use crate::posting::{Cluster, HotRule, Lookup, Postings, Prehashed, SLOT_MAX, Slot};
use crate::profile::{Profile, ProfileError};
use crate::table::{Rulebook, Table};
use crate::view::View;

mod assess;
mod described;
mod entry;
mod image;
mod neighbours;
mod observe;
mod undo;

pub use assess::{Assessment, HotKey, Scored};

pub(crate) use observe::Observed;

use described::Described;
use entry::{Encoded, Entry};
use neighbours::Neighbours;
use undo::{Change, Undo};

/// A lead's id.
pub type Id = [u8; 16];

/// Why the index refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkerError {
    /// A lead that is in the index is inserted again.
    #[error("the lead is in the index already")]
    Present,
    /// A lead that is not in the index is replaced or removed.
    #[error("the lead is not in the index")]
    Absent,
    /// Leads are inserted in the order of their acceptance.
    #[error("accepted as {given}, but {last} is in the index already")]
    OutOfOrder {
        /// What was given.
        given: u64,
        /// The newest in the index.
        last: u64,
    },
    /// Slots are used up: the index is built again from the live profiles.
    #[error("the index has no slots left; build it again")]
    Full,
}

/// Why a lead cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The index refuses.
    #[error(transparent)]
    Linker(#[from] LinkerError),
    /// The bytes are no profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// The index.
#[derive(Debug)]
pub struct Linker {
    table: Table,
    rulebook: Rulebook,
    digester: Digester,
    keys: Keys,
    entries: Vec<Option<Entry>>,
    slots: HashMap<Id, Slot, Prehashed>,
    postings: Postings,
    commonness: Commonness,
    neighbours: Neighbours,
    undo: Undo,
    /// The last profile that was assessed or inserted.
    described: Mutex<Described>,
}

impl Linker {
    /// An empty index.
    pub fn new(table: Table, rulebook: Rulebook, digester: Digester) -> Self {
        let rule = HotRule { leads: table.hot.leads, clusters: table.hot.clusters };
        Self {
            table,
            rulebook,
            digester,
            keys: Keys::new(digester),
            entries: Vec::new(),
            slots: HashMap::default(),
            postings: Postings::new(rule),
            commonness: Commonness::default(),
            neighbours: Neighbours::default(),
            undo: Undo::default(),
            described: Mutex::default(),
        }
    }

    /// Takes back hot marks that [`hot_marks`](Self::hot_marks) gave, before any profile is inserted again.
    pub fn restore_hot_marks(&mut self, marks: &[u64]) {
        for mark in marks {
            self.postings.mark(*mark, true);
        }
    }

    /// Inserts a profile again that was live when the hot marks were taken. Marks stay as they were restored.
    pub fn restore(
        &mut self,
        id: Id,
        accepted: u64,
        cluster: Cluster,
        profile: Profile,
    ) -> Result<(), LinkerError> {
        self.append(id, accepted, cluster, || Encoded::new(&profile)).map(|_| ())
    }

    /// Brings a lead to what is kept of it, whether it is new here, has another profile or moved. Its encoded form is kept
    /// as it is, and marks stay as they are: [`set_mark`](Self::set_mark) tells them. Of several leads the first
    /// accepted comes first.
    pub fn follow(
        &mut self,
        id: Id,
        accepted: u64,
        cluster: Cluster,
        encoded: &[u8],
    ) -> Result<(), RestoreError> {
        let profile = Encoded::read(encoded)?;
        if let Some(slot) = self.slots.get(&id).copied()
            && let Some(before) = self.take(slot)
            && before.accepted == accepted
        {
            self.put(slot, Entry { id, accepted, cluster, profile });
            return Ok(());
        }
        self.append(id, accepted, cluster, || profile)?;
        Ok(())
    }

    /// Drops a lead of which nothing is kept. Marks stay as they are.
    pub fn forget(&mut self, id: Id) {
        if let Some(slot) = self.slots.get(&id).copied() {
            self.take(slot);
        }
    }

    /// Notes that a value is hot, or is not any more, as is kept of it.
    pub fn set_mark(&mut self, mark: u64, is_hot: bool) {
        self.postings.mark(mark, is_hot);
    }

    /// Makes room for so many more leads, before many profiles are restored.
    pub fn reserve(&mut self, leads: usize) {
        self.entries.reserve(leads);
        self.slots.reserve(leads);
    }

    /// Inserts a lead. `accepted` grows with each insertion.
    pub fn insert(
        &mut self,
        id: Id,
        accepted: u64,
        cluster: Cluster,
        profile: Profile,
    ) -> Result<(), LinkerError> {
        let slot = self.append(id, accepted, cluster, || Encoded::new(&profile))?;
        self.undo.note(|| Change::Inserted(slot));
        self.settle();
        Ok(())
    }

    /// Removes a lead: counts and lists become what they were without it.
    pub fn remove(&mut self, id: Id) -> Result<(), LinkerError> {
        let slot = self.slot(id)?;
        let entry = self.take(slot).ok_or(LinkerError::Absent)?;
        self.undo.note(|| Change::Removed(slot, entry));
        self.settle();
        Ok(())
    }

    /// Gives a lead another profile; it keeps its place in the order of acceptance, and its cluster.
    pub fn replace(&mut self, id: Id, profile: Profile) -> Result<(), LinkerError> {
        let slot = self.slot(id)?;
        let entry = self.take(slot).ok_or(LinkerError::Absent)?;
        let (accepted, cluster) = (entry.accepted, entry.cluster);
        self.undo.note(|| Change::Removed(slot, entry));
        self.settle();
        self.put(slot, Entry { id, accepted, cluster, profile: Encoded::new(&profile) });
        self.undo.note(|| Change::Inserted(slot));
        self.settle();
        Ok(())
    }

    /// Notes that a lead is now of another cluster.
    pub fn recluster(&mut self, id: Id, cluster: Cluster) -> Result<(), LinkerError> {
        let slot = self.slot(id)?;
        let before = self.move_to(slot, cluster).ok_or(LinkerError::Absent)?;
        self.undo.note(|| Change::Reclustered(slot, before));
        self.settle();
        Ok(())
    }

    /// From here on, changes can be taken back.
    pub fn begin(&mut self) {
        self.undo.begin();
    }

    /// Takes back everything since [`begin`](Self::begin), exactly.
    pub fn undo(&mut self) {
        self.undo_to(0);
        self.undo.end();
    }

    /// How much has changed since [`begin`](Self::begin): a place to return to.
    pub fn changes(&self) -> usize {
        self.undo.len()
    }

    /// Takes back, exactly, what was changed after [`changes`](Self::changes) said so.
    pub fn undo_to(&mut self, changes: usize) {
        while let Some(change) = self.undo.pop_past(changes) {
            match change {
                Change::Inserted(slot) => {
                    self.take(slot);
                    // A slot that was the last was not there before.
                    if usize::try_from(slot).is_ok_and(|s| s + 1 == self.entries.len()) {
                        self.entries.pop();
                    }
                }
                Change::Removed(slot, entry) => self.put(slot, entry),
                Change::Reclustered(slot, before) => {
                    self.move_to(slot, before);
                }
                Change::Marked(key, was) => self.postings.mark(key, was),
            }
        }
    }

    /// Keys that became hot after [`changes`](Self::changes) said so, or are not hot any more: sorted, with what
    /// holds now.
    pub fn marks_since(&self, changes: usize) -> Vec<(u64, bool)> {
        let mut marked: Vec<u64> = self.undo.marked_since(changes).collect();
        marked.sort_unstable();
        marked.dedup();
        marked.into_iter().map(|key| (key, self.postings.is_hot(key))).collect()
    }

    /// Everything since [`begin`](Self::begin) stands.
    pub fn keep(&mut self) {
        self.undo.end();
    }

    /// Keys that are hot, sorted: state, to be kept with the profiles.
    pub fn hot_marks(&self) -> Vec<u64> {
        self.postings.hot_keys()
    }

    /// Live leads.
    pub fn live(&self) -> usize {
        self.slots.len()
    }

    /// The profile of a live lead.
    pub fn profile(&self, id: Id) -> Option<Profile> {
        self.entry(*self.slots.get(&id)?)?.profile.decode().ok()
    }

    /// The cluster of a live lead.
    pub fn cluster(&self, id: Id) -> Option<Cluster> {
        Some(self.entry(*self.slots.get(&id)?)?.cluster)
    }

    /// The table that is judged by.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Bytes of memory that posting lists and counts of values take, about.
    pub fn index_bytes(&self) -> usize {
        self.postings.bytes() + self.commonness.bytes()
    }

    fn slot(&self, id: Id) -> Result<Slot, LinkerError> {
        self.slots.get(&id).copied().ok_or(LinkerError::Absent)
    }

    fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(usize::try_from(slot).ok()?)?.as_ref()
    }

    /// Puts a lead into a slot behind all others.
    fn append(
        &mut self,
        id: Id,
        accepted: u64,
        cluster: Cluster,
        profile: impl FnOnce() -> Encoded,
    ) -> Result<Slot, LinkerError> {
        let slot = self.next_slot(id, accepted)?;
        self.put(slot, Entry { id, accepted, cluster, profile: profile() });
        Ok(slot)
    }

    fn next_slot(&self, id: Id, accepted: u64) -> Result<Slot, LinkerError> {
        if self.slots.contains_key(&id) {
            return Err(LinkerError::Present);
        }
        if let Some(last) = self.entries.iter().rev().flatten().next().map(|e| e.accepted)
            && accepted <= last
        {
            return Err(LinkerError::OutOfOrder { given: accepted, last });
        }
        Slot::try_from(self.entries.len()).ok().filter(|s| *s <= SLOT_MAX).ok_or(LinkerError::Full)
    }

    /// Puts an entry into a free slot. Marks are left as they are.
    fn put(&mut self, slot: Slot, entry: Entry) {
        let Ok(at) = usize::try_from(slot) else { return };
        let described = self.describe(entry.profile.bytes());
        self.postings.touch_holders(described.blocking.lookups().map(|(_, lookup)| lookup));
        self.commonness.add(&described.counted);
        self.slots.insert(entry.id, slot);
        while self.entries.len() <= at {
            self.entries.push(None);
        }
        if let Some(free) = self.entries.get_mut(at) {
            *free = Some(entry);
        }
        for (kind, lookup) in described.blocking.lookups() {
            if kind.is_home() {
                let change = self.neighbourhood(lookup, &described.encoded);
                self.neighbours.apply(change);
            }
            self.postings.add(lookup, slot, |slot| cluster_of(&self.entries, slot));
        }
        self.remember(described);
    }

    /// Takes an entry out of its slot. Marks are left as they are.
    fn take(&mut self, slot: Slot) -> Option<Entry> {
        let at = usize::try_from(slot).ok()?;
        let entry = self.entries.get_mut(at)?.take()?;
        let described = self.describe(entry.profile.bytes());
        for (kind, lookup) in described.blocking.lookups() {
            self.postings.remove(lookup, slot, |slot| cluster_of(&self.entries, slot));
            if kind.is_home() {
                let (counted, more) = self.neighbourhood(lookup, &described.encoded);
                self.neighbours.apply((counted, !more));
            }
        }
        self.commonness.remove(&described.counted);
        self.remember(described);
        self.slots.remove(&entry.id);
        Some(entry)
    }

    fn move_to(&mut self, slot: Slot, cluster: Cluster) -> Option<Cluster> {
        let at = usize::try_from(slot).ok()?;
        let entry = self.entries.get_mut(at)?.as_mut()?;
        let before = std::mem::replace(&mut entry.cluster, cluster);
        let encoded = entry.profile.clone();
        let described = self.describe(encoded.bytes());
        for (_, lookup) in described.blocking.lookups() {
            self.postings.recluster(lookup, slot, |slot| cluster_of(&self.entries, slot));
        }
        self.remember(described);
        Some(before)
    }

    /// How pairs at an address change when this profile comes to those that hold its key now.
    fn neighbourhood(&self, lookup: Lookup, encoded: &[u8]) -> (Neighbours, bool) {
        let holders = self.postings.holders(lookup);
        let others = holders.iter().filter_map(|other| self.entry(*other)).map(|e| e.profile.bytes());
        let mut one = View::default();
        // What cannot be read has no home.
        let _read = one.read(encoded);
        Neighbours::change(holders.len(), others, &one, self.table.weights.given.near_at)
    }

    /// Keys and values of a profile; to be given back.
    fn describe(&mut self, encoded: &[u8]) -> Described {
        let mut described = std::mem::take(&mut *self.last_described());
        described.read(encoded, &self.keys, &self.digester);
        described
    }

    fn remember(&mut self, described: Described) {
        *self.last_described() = described;
    }

    /// A panic while it was held leaves what is no description of what it names, and ends the process.
    fn last_described(&self) -> MutexGuard<'_, Described> {
        self.described.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the marks of the keys that were just touched up to date.
    fn settle(&mut self) {
        let described = std::mem::take(&mut *self.last_described());
        for (kind, lookup) in described.blocking.lookups() {
            let digest = || self.keys.key_of(kind, lookup).digest;
            if let Some(digest) = self.postings.settle(lookup, digest) {
                let was = !self.postings.is_hot(digest);
                self.undo.note(|| Change::Marked(digest, was));
            }
        }
        self.remember(described);
    }

    /// A key of few holders has no mark: it would have fallen.
    fn is_hot(&self, key: impl FnOnce() -> u64, holders: usize) -> bool {
        let few = holders < usize::try_from(self.table.hot.leads / 2).unwrap_or(usize::MAX);
        !few && self.postings.is_hot(key())
    }

    /// Whether two indexes would answer every question alike. For tests: it compares everything.
    pub fn same_as(&self, other: &Self) -> bool {
        self.postings == other.postings
            && self.commonness == other.commonness
            && self.neighbours == other.neighbours
            && self.slots.len() == other.slots.len()
            && self.entries.iter().flatten().eq(other.entries.iter().flatten())
    }
}

fn cluster_of(entries: &[Option<Entry>], slot: Slot) -> Cluster {
    let entry = usize::try_from(slot).ok().and_then(|s| entries.get(s)?.as_ref());
    entry.map_or([0; 16], |e| e.cluster)
}

#[cfg(test)]
mod tests;
