//! A process: one member of one service's group, its tasks, and its disk.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use pipeline::{
    Limits, NextOffset, NotOpened, Processor, Progress, Replica, Source, Step, Task, TaskError, Timestamp,
    Underway,
};

use crate::broker::{Isolation, MemberId, Membership};
use crate::disk::{Disk, Tear};
use crate::fault::Fault;
use crate::sabotage::Sabotage;
use crate::site::{ServiceKind, Site};
use crate::stale::Stale;
use crate::standby::{Kept, Standbys};
use crate::transport::{COVERED, SimTransport};
use crate::verdict::Violation;
use crate::world::World;

/// Records that a task reads at once, at most.
const BATCH: usize = 6;
/// How often a task ticks.
pub(crate) const TICK_MILLIS: i64 = 3_000;
const GROUPLESS: Membership = Membership { member: MemberId(0), generation: -1 };

struct Running {
    task: Task<Box<dyn Processor>>,
    transport: SimTransport,
    underway: Option<Box<Underway<'static>>>,
    /// Where to read next: never before the task's position.
    reads: NextOffset,
}

struct Slot {
    source: Source,
    running: Option<Running>,
    not_before: Timestamp,
}

pub(crate) struct Process {
    pub(crate) service: ServiceKind,
    number: usize,
    disks: BTreeMap<Source, Disk>,
    member: Option<MemberId>,
    membership: Rc<Cell<Membership>>,
    slots: Vec<Slot>,
    standbys: Standbys,
    /// Whether it stands by for what others have.
    stands_by: bool,
    up: bool,
    /// Does nothing before.
    paused_until: Timestamp,
    /// Hears nothing of its group before.
    deaf_until: Timestamp,
    /// How far its clock is off.
    skew: i64,
}

/// What a turn of a process needs.
pub(crate) struct Turn<'a> {
    pub(crate) site: &'a Site,
    pub(crate) world: &'a Rc<RefCell<World>>,
}

impl Turn<'_> {
    fn chance(&self, per_mille: usize) -> bool {
        self.world.borrow_mut().random.chance(per_mille)
    }

    fn below(&self, bound: usize) -> usize {
        self.world.borrow_mut().random.below(bound)
    }

    fn now(&self) -> Timestamp {
        self.world.borrow().broker.now
    }
}

impl Process {
    pub(crate) fn new(service: ServiceKind, number: usize, stands_by: bool) -> Self {
        Self {
            service,
            number,
            disks: BTreeMap::new(),
            member: None,
            membership: Rc::new(Cell::new(GROUPLESS)),
            slots: Vec::new(),
            standbys: Standbys::default(),
            stands_by,
            up: true,
            paused_until: Timestamp(0),
            deaf_until: Timestamp(0),
            skew: 0,
        }
    }

    fn label(&self) -> String {
        format!("{}/{}", self.service.name(), self.number)
    }

    /// One turn: hears of the group, and does one thing for one partition. Says whether there was anything to do.
    pub(crate) fn turn(&mut self, turn: &Turn<'_>) -> Result<bool, Violation> {
        let now = turn.now();
        if now < self.paused_until {
            return Ok(false);
        }
        if !self.up {
            self.up = true;
            turn.world.borrow_mut().note(|| format!("{} starts", self.label()));
        }
        let hears = self.member.is_none() || turn.world.borrow().is_healed || turn.chance(400);
        if now >= self.deaf_until && hears {
            self.follow_group(turn);
        }
        if self.stands_by && turn.chance(300) {
            self.stand_by(turn)?;
        }
        if self.slots.is_empty() {
            return Ok(false);
        }
        // A task with nothing to do passes its turn on.
        let first = turn.below(self.slots.len());
        for number in (first..self.slots.len()).chain(0..first) {
            if self.serve(number, turn)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the group says: which partitions are ours, and under which generation.
    fn follow_group(&mut self, turn: &Turn<'_>) {
        let mut world = turn.world.borrow_mut();
        let group = self.service.name();
        let said = match self.member {
            Some(member) => world.broker.poll(group, member).map(|said| (member, said)),
            None => Err(crate::broker::Refusal::UnknownMember),
        };
        let (member, (generation, mine)) = match said {
            Ok(said) => said,
            Err(_) => {
                // Whoever was taken out of the group begins anew, with no partition.
                self.give_up(|_| true);
                let member = world.broker.join(group, &turn.site.sources(self.service));
                match world.broker.poll(group, member) {
                    Ok(said) => (member, said),
                    Err(_) => return,
                }
            }
        };
        self.member = Some(member);
        let membership = Membership { member, generation };
        if membership == self.membership.get() {
            return;
        }
        self.membership.set(membership);
        self.give_up(|source| !mine.contains(source));
        for source in mine {
            if self.slots.iter().all(|slot| slot.source != source) {
                self.slots.push(Slot { source, running: None, not_before: Timestamp(0) });
            }
        }
        world.note(|| {
            format!("{} has {} partitions, generation {generation}", self.label(), self.slots.len())
        });
    }

    /// Gives partitions up. Whoever stands by keeps what it had of them.
    fn give_up(&mut self, which: impl Fn(&Source) -> bool) {
        let (given, kept) = std::mem::take(&mut self.slots).into_iter().partition(|slot| which(&slot.source));
        self.slots = kept;
        let given: Vec<Slot> = given;
        for slot in given {
            self.end(slot.source, slot.running);
        }
    }

    fn end(&mut self, source: Source, running: Option<Running>) {
        if let Some(running) = running.filter(|_| self.stands_by) {
            self.standbys.keep(source, running.task.into_replica());
        }
    }

    /// Brings one partition of another a little more up to date.
    fn stand_by(&mut self, turn: &Turn<'_>) -> Result<(), Violation> {
        let mut others = turn.site.sources(self.service);
        others.retain(|source| self.slots.iter().all(|slot| slot.source != *source));
        let Some(source) = others.get(turn.below(others.len().max(1))).cloned() else { return Ok(()) };
        let Some(spec) = turn.site.spec(self.service) else { return Ok(()) };
        let disk = self.disk(&source, turn);
        let kept = match self.standbys.take(&source) {
            Some(kept) => Some(kept),
            None => self.replica(&source, &disk, turn),
        };
        let Some(kept) = kept else { return Ok(()) };
        self.standbys.advance(&turn.world.borrow(), &spec, source, &disk, kept)
    }

    /// One that has derived nothing yet.
    fn replica(&self, source: &Source, disk: &Disk, turn: &Turn<'_>) -> Option<Kept> {
        let processor = turn.site.processor(self.service, source).ok()?;
        let is_stale = turn.world.borrow().is(Sabotage::StaleOverlay);
        let processor = if is_stale { Box::new(Stale(processor)) } else { processor };
        Some(Replica::new(processor, Box::new(disk.clone())))
    }

    fn serve(&mut self, number: usize, turn: &Turn<'_>) -> Result<bool, Violation> {
        let now = turn.now();
        let Some(slot) = self.slots.get(number).filter(|slot| now >= slot.not_before) else {
            return Ok(false);
        };
        let source = slot.source.clone();
        let disk = self.disk(&source, turn);
        let tear = self.draw_tear(turn);
        disk.arm(tear);
        let clock = now.plus_millis(self.skew);
        let done = match self.slots.get_mut(number).and_then(|slot| slot.running.as_mut()) {
            None => self.open(number, &source, &disk, clock, turn),
            Some(running) => act(running, &source, clock, turn),
        };
        disk.arm(None);
        let crashed = self
            .slots
            .get(number)
            .is_some_and(|slot| slot.running.as_ref().is_some_and(|running| running.transport.crashed));
        match done {
            _ if disk.take_torn() => self.crash(Some(Fault::TornWrite), turn),
            _ if crashed => self.crash(None, turn),
            Ok(Done::Nothing) => return Ok(false),
            Ok(Done::Something) => {}
            Ok(Done::Crashed) => self.crash(None, turn),
            Ok(Done::Rest(millis)) => self.rest(number, now, millis, false),
            Ok(Done::Close(millis)) => self.rest(number, now, millis, true),
            Err(error) => return Err(judge(&self.label(), error)),
        }
        Ok(true)
    }

    fn rest(&mut self, number: usize, now: Timestamp, millis: i64, close: bool) {
        if let Some(slot) = self.slots.get_mut(number) {
            slot.not_before = now.plus_millis(millis);
            if close {
                let (source, running) = (slot.source.clone(), slot.running.take());
                self.end(source, running);
            }
        }
    }

    fn draw_tear(&self, turn: &Turn<'_>) -> Option<Tear> {
        let rate = turn.world.borrow().rates.tear;
        if rate == 0 || !turn.chance(rate) {
            return None;
        }
        Some(if turn.chance(500) { Tear::Before } else { Tear::After })
    }

    fn disk(&mut self, source: &Source, turn: &Turn<'_>) -> Disk {
        let forgets =
            self.service == ServiceKind::Router && turn.world.borrow().is(Sabotage::CoveredForgotten);
        let is_deaf = turn.world.borrow().is(Sabotage::ImageUnheard);
        let make = || {
            let disk = Disk::hiding(forgets.then_some(COVERED));
            disk.set_deaf(is_deaf);
            disk
        };
        self.disks.entry(source.clone()).or_insert_with(make).clone()
    }

    fn open(
        &mut self,
        number: usize,
        source: &Source,
        disk: &Disk,
        clock: Timestamp,
        turn: &Turn<'_>,
    ) -> Result<Done, TaskError> {
        let Some(spec) = turn.site.spec(self.service) else { return Ok(Done::Nothing) };
        let kept = match self.standbys.take(source) {
            Some(kept) => Some(kept),
            None => self.replica(source, disk, turn),
        };
        let Some(replica) = kept else { return Ok(Done::Nothing) };
        let membership = Rc::clone(&self.membership);
        let mut transport =
            SimTransport::new(turn.world, spec.clone(), source.clone(), membership, disk.clone());
        let opened = Task::take_over(replica, source.clone(), spec, limits(), clock, &mut transport);
        if transport.crashed {
            return Ok(Done::Crashed);
        }
        match opened {
            Ok(task) => {
                let label = self.label();
                turn.world.borrow_mut().note(|| format!("{label} opens {source} at {:?}", task.position()));
                let reads = task.position().unwrap_or_default();
                if let Some(slot) = self.slots.get_mut(number) {
                    slot.running = Some(Running { task, transport, underway: None, reads });
                }
                Ok(Done::Something)
            }
            Err(failed) => match *failed {
                NotOpened { error: TaskError::Recover(_), replica } => {
                    if self.stands_by {
                        self.standbys.keep(source.clone(), replica);
                    }
                    Ok(Done::Close(50))
                }
                NotOpened { error, .. } => Err(error),
            },
        }
    }

    /// The process ends, and leaves everything as it is: its transactions, its membership, its disk.
    pub(crate) fn crash(&mut self, fault: Option<Fault>, turn: &Turn<'_>) {
        let label = self.label();
        let mut world = turn.world.borrow_mut();
        match fault {
            Some(fault) => world.strike(fault, || label),
            None => world.note(|| format!("{label} crashed")),
        }
        match fault {
            Some(Fault::PowerCut) => {
                for disk in self.disks.values() {
                    disk.lose(world.random.below(4));
                }
            }
            Some(Fault::DiskLost) => self.disks.clear(),
            _ => {}
        }
        self.slots.clear();
        self.standbys.clear();
        self.up = false;
        self.paused_until = world.broker.now.plus_millis(world.random.between(0, 800));
        // The group finds out, or the process is back before.
        if world.random.chance(500)
            && let Some(member) = self.member
        {
            world.broker.leave(self.service.name(), member);
        }
        self.member = None;
        self.membership = Rc::new(Cell::new(GROUPLESS));
    }

    /// One of the faults that happen to processes.
    pub(crate) fn suffer(&mut self, fault: Fault, turn: &Turn<'_>) {
        let label = self.label();
        let now = turn.now();
        match fault {
            Fault::PowerCut | Fault::DiskLost => return self.crash(Some(fault), turn),
            _ => turn.world.borrow_mut().strike(fault, || label),
        }
        let mut world = turn.world.borrow_mut();
        let span = world.random.between(50, 2_000);
        match fault {
            Fault::Rebalance => world.broker.rebalance(self.service.name()),
            Fault::Zombie => {
                self.deaf_until = now.plus_millis(span);
                if let Some(member) = self.member {
                    world.broker.leave(self.service.name(), member);
                }
            }
            Fault::Pause => {
                self.paused_until = now.plus_millis(span);
                self.deaf_until = now.plus_millis(span + world.random.between(0, 300));
                world.broker.rebalance(self.service.name());
            }
            Fault::ClockJump => self.skew = world.random.between(-120_000, 120_000),
            _ => {}
        }
    }

    /// Everything is well again: nobody sleeps, every clock is right.
    pub(crate) fn heal(&mut self) {
        self.paused_until = Timestamp(0);
        self.deaf_until = Timestamp(0);
        self.skew = 0;
        for slot in &mut self.slots {
            slot.not_before = Timestamp(0);
        }
    }

    /// Its place in the group, if it has one.
    pub(crate) fn member(&self) -> Option<MemberId> {
        self.member
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots.iter().all(|slot| slot.running.as_ref().is_some_and(|r| r.underway.is_none()))
    }

    /// The stores that are in use.
    pub(crate) fn stores(&self) -> impl Iterator<Item = (&Source, &Disk)> {
        let open = self.slots.iter().filter(|slot| slot.running.is_some());
        open.filter_map(|slot| Some((&slot.source, self.disks.get(&slot.source)?)))
    }
}

enum Done {
    Nothing,
    Something,
    Crashed,
    /// Not again before so many milliseconds.
    Rest(i64),
    /// The task is closed, and opened again later.
    Close(i64),
}

pub(crate) fn limits() -> Limits {
    Limits {
        tick_millis: TICK_MILLIS,
        image_changes: 3,
        image_millis: 500,
        image_millis_max: 3_000,
        ..Limits::default()
    }
}

/// One thing: the next action of a transaction, or the beginning of one.
fn act(running: &mut Running, source: &Source, clock: Timestamp, turn: &Turn<'_>) -> Result<Done, TaskError> {
    let step = match running.underway.take() {
        Some(underway) => running.task.step(underway, &mut running.transport, &()),
        None => {
            running.task.keep_image(clock).map_err(|error| TaskError::State {
                source_partition: source.clone(),
                error: error.into(),
            })?;
            let limit = 1 + turn.below(BATCH);
            let (records, next) =
                turn.world.borrow().broker.read(source, running.reads, Isolation::Committed, limit);
            running.reads = next;
            if records.is_empty() {
                let Some(step) = running.task.begin_tick(clock, &())? else { return Ok(Done::Nothing) };
                running.transport.prepare(clock, true);
                Ok(step)
            } else {
                running.transport.prepare(clock, false);
                let records: Vec<_> = records.into_iter().map(|(record, _)| record).collect();
                running.task.begin(records, clock, &())
            }
        }
    };
    match step {
        Ok(Step::Underway(underway)) => {
            running.underway = Some(underway);
            Ok(Done::Something)
        }
        Ok(Step::Ended(Progress::Committed { .. })) => Ok(Done::Something),
        Ok(Step::Ended(Progress::Rewind { position })) => {
            running.reads = position.unwrap_or_default();
            Ok(Done::Rest(10))
        }
        Ok(Step::Ended(Progress::Lost)) => Ok(Done::Close(100)),
        Err(TaskError::Recover(_)) => Ok(Done::Close(50)),
        Err(error) => Err(error),
    }
}

/// Errors after which the product stops and asks for a person: here there is nothing that only a person could mend.
fn judge(label: &str, error: TaskError) -> Violation {
    let promise = match &error {
        TaskError::StateBehind { .. } => "PL-3",
        TaskError::TopicUnusable { .. } => "PL-6",
        TaskError::State { .. } | TaskError::Recover(_) => "PL-4",
    };
    Violation::new(promise, format!("{label} stops: {error}"))
}
