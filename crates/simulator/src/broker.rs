//! A model of Kafka: what it promises to transactions and groups, and no more.
//!
//! Every call is one request that has arrived; what happens to requests on their way is not its business. Markers of a
//! transaction that has ended are written one by one, when somebody calls for it, as a coordinator does it in the
//! background. As with librdkafka there is no KIP-890: the end of a transaction says whose it is and under which epoch,
//! but not which transaction, so that a late one ends the next.

mod group;
mod log;

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{NextOffset, Record, Source, Timestamp, Topic, Undeliverable};

use group::Group;
pub use group::{MemberId, Membership};
use log::PartitionLog;
pub use log::{Isolation, Payload};

/// How long a transaction may stay open.
pub const TRANSACTION_MILLIS: i64 = 15_000;

/// How long a member may be silent.
pub const SESSION_MILLIS: i64 = 6_000;

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A later owner of the transactional id exists.
    Fenced,
    /// The transaction is not in a state for it.
    InvalidState,
    /// The last transaction of this id is still being ended: ask again.
    Concurrent,
    /// The topic takes no records.
    Topic(Undeliverable),
    /// A request before this one is missing.
    OutOfOrder,
    /// The generation is not the group's.
    IllegalGeneration,
    /// No such member.
    UnknownMember,
    /// The offset is part of a transaction that has not ended.
    UnstableOffset,
}

/// A producer: its transactional id, and the epoch under which it may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The transactional id.
    pub name: String,
    /// The producer id that belongs to it.
    pub id: u64,
    /// The epoch.
    pub epoch: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    Open,
    Ending { commit: bool },
    Ended { commit: bool },
}

#[derive(Debug)]
struct Coordinator {
    id: u64,
    epoch: i16,
    phase: Phase,
    deadline: Timestamp,
    partitions: BTreeSet<Source>,
    groups: BTreeSet<String>,
}

#[derive(Debug)]
struct TopicLog {
    partitions: Vec<PartitionLog>,
    compacted: bool,
    refuses: Option<Undeliverable>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Partition(Source),
    Offsets(String),
}

#[derive(Debug, Clone)]
struct Marker {
    name: String,
    target: Target,
    commit: bool,
}

/// The model.
#[derive(Debug, Default)]
pub struct Broker {
    /// Its clock.
    pub now: Timestamp,
    topics: BTreeMap<Topic, TopicLog>,
    coordinators: BTreeMap<String, Coordinator>,
    groups: BTreeMap<String, Group>,
    markers: Vec<Marker>,
    commits: Vec<(String, i16)>,
}

impl Broker {
    /// Creates a topic, unless there is one.
    pub fn create(&mut self, topic: &Topic, partitions: u32, compacted: bool) {
        let partitions = (0..partitions).map(|_| PartitionLog::default()).collect();
        self.topics.entry(topic.clone()).or_insert(TopicLog { partitions, compacted, refuses: None });
    }

    /// From here on the topic refuses what is written to it, or takes it again.
    pub fn refuse(&mut self, topic: &Topic, why: Option<Undeliverable>) {
        if let Some(log) = self.topics.get_mut(topic) {
            log.refuses = why;
        }
    }

    /// How many partitions it has.
    pub fn partitions(&self, topic: &Topic) -> u32 {
        self.topics.get(topic).map_or(0, |log| u32::try_from(log.partitions.len()).unwrap_or_default())
    }

    /// Whether a topic takes records.
    pub fn takes(&self, topic: &Topic) -> Result<(), Refusal> {
        match self.topics.get(topic) {
            None => Err(Refusal::Topic(Undeliverable::TopicMissing)),
            Some(TopicLog { refuses: Some(why), .. }) => Err(Refusal::Topic(*why)),
            Some(_) => Ok(()),
        }
    }

    fn log(&self, source: &Source) -> Option<&PartitionLog> {
        let number = usize::try_from(source.partition.0).ok()?;
        self.topics.get(&source.topic)?.partitions.get(number)
    }

    fn log_mut(&mut self, source: &Source) -> Result<&mut PartitionLog, Refusal> {
        let missing = Refusal::Topic(Undeliverable::TopicMissing);
        let number = usize::try_from(source.partition.0).map_err(|_| missing)?;
        self.topics.get_mut(&source.topic).and_then(|log| log.partitions.get_mut(number)).ok_or(missing)
    }

    /// Writes outside of any transaction.
    pub fn append(&mut self, source: &Source, payload: Payload) -> Result<u64, Refusal> {
        self.takes(&source.topic)?;
        let now = self.now;
        Ok(self.log_mut(source)?.append_plain(payload, now))
    }

    /// A producer takes over a transactional id. What the one before left open is aborted first: until that is done the
    /// answer is [`Refusal::Concurrent`].
    pub fn init(&mut self, name: &str) -> Result<Session, Refusal> {
        let id = u64::try_from(self.coordinators.len()).unwrap_or_default();
        let coordinator = self.coordinators.entry(name.to_owned()).or_insert_with(|| Coordinator {
            id,
            epoch: -1,
            phase: Phase::Empty,
            deadline: Timestamp(0),
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
        });
        match coordinator.phase {
            Phase::Open => {
                coordinator.epoch += 1;
                self.finish(name, false);
                Err(Refusal::Concurrent)
            }
            Phase::Ending { .. } => Err(Refusal::Concurrent),
            Phase::Empty | Phase::Ended { .. } => {
                coordinator.epoch += 1;
                coordinator.phase = Phase::Empty;
                Ok(Session { name: name.to_owned(), id: coordinator.id, epoch: coordinator.epoch })
            }
        }
    }

    fn coordinator(&mut self, session: &Session) -> Result<&mut Coordinator, Refusal> {
        match self.coordinators.get_mut(&session.name) {
            Some(coordinator) if coordinator.epoch == session.epoch => Ok(coordinator),
            _ => Err(Refusal::Fenced),
        }
    }

    fn opened(&mut self, session: &Session) -> Result<&mut Coordinator, Refusal> {
        let deadline = self.now.plus_millis(TRANSACTION_MILLIS);
        let coordinator = self.coordinator(session)?;
        match coordinator.phase {
            Phase::Ending { .. } => return Err(Refusal::Concurrent),
            Phase::Open => {}
            Phase::Empty | Phase::Ended { .. } => {
                coordinator.phase = Phase::Open;
                coordinator.deadline = deadline;
            }
        }
        Ok(coordinator)
    }

    /// Partitions become part of the producer's transaction, which begins with the first of them.
    pub fn add_partitions(
        &mut self,
        session: &Session,
        partitions: impl IntoIterator<Item = Source>,
    ) -> Result<(), Refusal> {
        self.opened(session)?.partitions.extend(partitions);
        Ok(())
    }

    /// Records of a transaction. Says where the last of them stands; nothing if they had come before.
    pub fn produce(
        &mut self,
        session: &Session,
        source: &Source,
        sequence: u32,
        payloads: Vec<Payload>,
    ) -> Result<Option<u64>, Refusal> {
        self.takes(&source.topic)?;
        let now = self.now;
        // A broker asks the coordinator before it lets a record into a partition that the transaction does not name.
        let coordinator = self.coordinator(session)?;
        if coordinator.phase != Phase::Open || !coordinator.partitions.contains(source) {
            return Err(Refusal::InvalidState);
        }
        self.log_mut(source)?.append(session, sequence, payloads, now)
    }

    /// The group's offsets become part of the transaction.
    pub fn add_offsets(&mut self, session: &Session, group: &str) -> Result<(), Refusal> {
        self.opened(session)?.groups.insert(group.to_owned());
        Ok(())
    }

    /// An offset to be committed with the transaction.
    pub fn stage_offset(
        &mut self,
        session: &Session,
        group: &str,
        membership: Membership,
        source: &Source,
        next: NextOffset,
    ) -> Result<(), Refusal> {
        let coordinator = self.coordinator(session)?;
        if coordinator.phase != Phase::Open || !coordinator.groups.contains(group) {
            return Err(Refusal::InvalidState);
        }
        let group = self.groups.entry(group.to_owned()).or_default();
        group.check(membership)?;
        group.stage(session.id, source, next);
        Ok(())
    }

    /// Ends the transaction that is open now, whichever it is.
    pub fn end(&mut self, session: &Session, commit: bool) -> Result<(), Refusal> {
        let coordinator = self.coordinator(session)?;
        match coordinator.phase {
            Phase::Open => {
                self.finish(&session.name, commit);
                Ok(())
            }
            Phase::Ending { commit: known } | Phase::Ended { commit: known } if known == commit => Ok(()),
            Phase::Ending { .. } | Phase::Ended { .. } | Phase::Empty => Err(Refusal::InvalidState),
        }
    }

    fn finish(&mut self, name: &str, commit: bool) {
        let Some(coordinator) = self.coordinators.get_mut(name) else { return };
        coordinator.phase = Phase::Ending { commit };
        let partitions = std::mem::take(&mut coordinator.partitions).into_iter().map(Target::Partition);
        let groups = std::mem::take(&mut coordinator.groups).into_iter().map(Target::Offsets);
        for target in partitions.chain(groups) {
            self.markers.push(Marker { name: name.to_owned(), target, commit });
        }
        if commit {
            self.commits.push((name.to_owned(), coordinator.epoch));
        }
        self.completed(name);
    }

    fn completed(&mut self, name: &str) {
        if let Some(coordinator) = self.coordinators.get_mut(name)
            && let Phase::Ending { commit } = coordinator.phase
            && self.markers.iter().all(|marker| marker.name != name)
        {
            coordinator.phase = Phase::Ended { commit };
        }
    }

    /// How many markers wait to be written.
    pub fn markers(&self) -> usize {
        self.markers.len()
    }

    /// Writes one of the markers that wait.
    pub fn write_marker(&mut self, number: usize) {
        if number >= self.markers.len() {
            return;
        }
        let marker = self.markers.remove(number);
        let Some((id, epoch)) = self.coordinators.get(&marker.name).map(|known| (known.id, known.epoch))
        else {
            return;
        };
        let now = self.now;
        match &marker.target {
            Target::Partition(source) => {
                if let Ok(log) = self.log_mut(source) {
                    log.mark(id, epoch, marker.commit, now);
                }
            }
            Target::Offsets(group) => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.settle(id, marker.commit);
                }
            }
        }
        self.completed(&marker.name);
    }

    /// Writes every marker of a transactional id: what a client waits for that is told to ask again.
    pub fn settle(&mut self, name: &str) {
        while let Some(number) = self.markers.iter().position(|marker| marker.name == name) {
            self.write_marker(number);
        }
    }

    /// Aborts transactions that have been open for too long, and fences who began them; takes members out of their groups
    /// that were silent for too long.
    pub fn expire(&mut self) -> usize {
        let now = self.now;
        self.groups.values_mut().for_each(|group| group.expire(now, SESSION_MILLIS));
        let late = |known: &Coordinator| known.phase == Phase::Open && known.deadline < self.now;
        let names: Vec<String> =
            self.coordinators.iter().filter(|(_, known)| late(known)).map(|(name, _)| name.clone()).collect();
        for name in &names {
            if let Some(coordinator) = self.coordinators.get_mut(name) {
                coordinator.epoch += 1;
            }
            self.finish(name, false);
        }
        names.len()
    }

    /// Transactional ids and epochs of which a transaction was committed since the last call, in order.
    pub fn take_commits(&mut self) -> Vec<(String, i16)> {
        std::mem::take(&mut self.commits)
    }

    /// At most `limit` records, each with the producer that wrote it in a transaction, and where to read next.
    pub fn read(
        &self,
        source: &Source,
        from: NextOffset,
        isolation: Isolation,
        limit: usize,
    ) -> (Vec<(Record, Option<u64>)>, NextOffset) {
        self.log(source).map_or((Vec::new(), from), |log| log.read(source, from, isolation, limit))
    }

    /// Every record of a partition that is shown now.
    pub fn all(&self, source: &Source, isolation: Isolation) -> Vec<Record> {
        let (found, _) = self.read(source, NextOffset(0), isolation, usize::MAX);
        found.into_iter().map(|(record, _)| record).collect()
    }

    /// The producer id of a transactional id.
    pub fn producer(&self, name: &str) -> Option<u64> {
        self.coordinators.get(name).map(|known| known.id)
    }

    /// Where a partition ends.
    pub fn high_watermark(&self, source: &Source) -> NextOffset {
        NextOffset(self.log(source).map_or(0, PartitionLog::high_watermark))
    }

    /// Where the first transaction begins that is still open, or the end.
    pub fn last_stable(&self, source: &Source) -> NextOffset {
        NextOffset(self.log(source).map_or(0, PartitionLog::last_stable))
    }

    /// Compacts every topic that is to be.
    pub fn compact(&mut self) {
        for log in self.topics.values_mut().filter(|log| log.compacted) {
            log.partitions.iter_mut().for_each(PartitionLog::compact);
        }
    }

    fn group(&mut self, name: &str) -> &mut Group {
        self.groups.entry(name.to_owned()).or_default()
    }

    /// Joins a group that reads these partitions.
    pub fn join(&mut self, group: &str, sources: &[Source]) -> MemberId {
        let now = self.now;
        self.group(group).join(sources, now)
    }

    /// Leaves a group, or is taken out of it.
    pub fn leave(&mut self, group: &str, member: MemberId) {
        self.group(group).leave(member);
    }

    /// Takes everybody out of a group but these.
    pub fn keep_members(&mut self, group: &str, members: &BTreeSet<MemberId>) {
        self.group(group).keep(members);
    }

    /// Deals the partitions of a group anew.
    pub fn rebalance(&mut self, group: &str) {
        self.group(group).rebalance();
    }

    /// What the group says to a member: the generation, and its partitions.
    pub fn poll(&mut self, group: &str, member: MemberId) -> Result<(i32, Vec<Source>), Refusal> {
        let now = self.now;
        self.group(group).poll(member, now)
    }

    /// Whether a partition is a member's in the generation that it knows, and that is the group's.
    pub fn owns(&self, group: &str, membership: Membership, source: &Source) -> bool {
        self.groups.get(group).is_some_and(|group| group.owns(membership, source))
    }

    /// Commits an offset outside of any transaction.
    pub fn commit_offset(
        &mut self,
        group: &str,
        membership: Membership,
        source: &Source,
        next: NextOffset,
    ) -> Result<(), Refusal> {
        let group = self.group(group);
        group.check(membership)?;
        group.commit(source, next);
        Ok(())
    }

    /// The committed offset, whatever is under way.
    pub fn peek_committed(&self, group: &str, source: &Source) -> Option<NextOffset> {
        self.groups.get(group)?.peek(source)
    }

    /// The committed offset, once no open transaction holds another.
    pub fn committed(&mut self, group: &str, source: &Source) -> Result<Option<NextOffset>, Refusal> {
        self.group(group).committed(source)
    }
}
