//! A consumer group: members, generations, who has which partition, and what is committed.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{NextOffset, Source, Timestamp};

use super::Refusal;

/// A member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberId(pub u32);

/// What a member brings when it commits: who it is, and which generation it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: MemberId,
    /// The generation of its last poll; one below 0 is not checked, as on a real coordinator.
    pub generation: i32,
}

/// One group.
#[derive(Debug, Default)]
pub(super) struct Group {
    generation: i32,
    members: Vec<MemberId>,
    joined: u32,
    /// When each member was heard last.
    heard: BTreeMap<MemberId, Timestamp>,
    sources: Vec<Source>,
    offsets: BTreeMap<Source, NextOffset>,
    /// Offsets in transactions that have not ended, by producer.
    pending: BTreeMap<u64, BTreeMap<Source, NextOffset>>,
}

impl Group {
    pub(super) fn join(&mut self, sources: &[Source], now: Timestamp) -> MemberId {
        self.joined += 1;
        let member = MemberId(self.joined);
        self.heard.insert(member, now);
        self.members.push(member);
        self.sources = sources.to_vec();
        self.generation += 1;
        member
    }

    pub(super) fn leave(&mut self, member: MemberId) {
        self.heard.remove(&member);
        let before = self.members.len();
        self.members.retain(|known| *known != member);
        if self.members.len() < before {
            self.generation += 1;
        }
    }

    /// Takes out who was silent for too long.
    pub(super) fn expire(&mut self, now: Timestamp, millis: i64) {
        let silent: Vec<MemberId> = self
            .heard
            .iter()
            .filter(|(_, heard)| now.millis_since(**heard) > millis)
            .map(|(member, _)| *member)
            .collect();
        silent.into_iter().for_each(|member| self.leave(member));
    }

    pub(super) fn keep(&mut self, members: &BTreeSet<MemberId>) {
        let gone: Vec<MemberId> =
            self.members.iter().copied().filter(|member| !members.contains(member)).collect();
        gone.into_iter().for_each(|member| self.leave(member));
    }

    /// Deals the partitions anew: each goes to the next member.
    pub(super) fn rebalance(&mut self) {
        if !self.members.is_empty() {
            self.members.rotate_left(1);
            self.generation += 1;
        }
    }

    pub(super) fn poll(&mut self, member: MemberId, now: Timestamp) -> Result<(i32, Vec<Source>), Refusal> {
        let Some(place) = self.members.iter().position(|known| *known == member) else {
            return Err(Refusal::UnknownMember);
        };
        self.heard.insert(member, now);
        Ok((self.generation, self.dealt(place).cloned().collect()))
    }

    /// The partitions of the member at this place.
    fn dealt(&self, place: usize) -> impl Iterator<Item = &Source> {
        let count = self.members.len();
        self.sources.iter().enumerate().filter(move |(n, _)| n % count == place).map(|(_, source)| source)
    }

    pub(super) fn owns(&self, membership: Membership, source: &Source) -> bool {
        let place = self.members.iter().position(|known| *known == membership.member);
        membership.generation == self.generation
            && place.is_some_and(|place| self.dealt(place).any(|mine| mine == source))
    }

    pub(super) fn check(&self, membership: Membership) -> Result<(), Refusal> {
        if membership.generation < 0 {
            return Ok(());
        }
        if !self.members.contains(&membership.member) {
            return Err(Refusal::UnknownMember);
        }
        if membership.generation != self.generation {
            return Err(Refusal::IllegalGeneration);
        }
        Ok(())
    }

    pub(super) fn stage(&mut self, producer: u64, source: &Source, next: NextOffset) {
        self.pending.entry(producer).or_default().insert(source.clone(), next);
    }

    pub(super) fn settle(&mut self, producer: u64, commit: bool) {
        let staged = self.pending.remove(&producer).unwrap_or_default();
        if commit {
            self.offsets.extend(staged);
        }
    }

    pub(super) fn commit(&mut self, source: &Source, next: NextOffset) {
        self.offsets.insert(source.clone(), next);
    }

    pub(super) fn committed(&self, source: &Source) -> Result<Option<NextOffset>, Refusal> {
        if self.pending.values().any(|staged| staged.contains_key(source)) {
            return Err(Refusal::UnstableOffset);
        }
        Ok(self.offsets.get(source).copied())
    }

    pub(super) fn peek(&self, source: &Source) -> Option<NextOffset> {
        self.offsets.get(source).copied()
    }
}
