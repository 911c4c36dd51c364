//! One run: chance decides who acts next and what goes wrong, until everything was sent; then all is healed, what is left
//! is worked off, and the promises are checked.

use std::cell::RefCell;
use std::rc::Rc;

use pipeline::{Source, Timestamp, Undeliverable};

use crate::broker::Isolation;
use crate::check;
use crate::fault::{Fault, Rates};
use crate::outside::Outside;
use crate::process::{Process, TICK_MILLIS, Turn};
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::site::{SERVICES, Site};
use crate::verdict::{Report, Violation};
use crate::world::World;

/// When a run begins.
const START: Timestamp = Timestamp(1_800_000_000_000);
/// Turns after everything was sent, before all is healed.
const AFTER: usize = 60;
/// More turns than any run needs.
const MOST: usize = 6_000;
/// How often time passes and everybody is heard once more before the end.
const ROUNDS: usize = 2;
/// Longer than anything waits for a date.
const LATER: i64 = 200_000;

/// What a run is to be like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What is taken away.
    pub sabotage: Option<Sabotage>,
    /// Nothing goes wrong.
    pub calm: bool,
    /// Keeps everything that happened, and not the last of it.
    pub traces_all: bool,
}

struct Simulation<'a> {
    site: &'a Site,
    random: Random,
    world: Rc<RefCell<World>>,
    processes: Vec<Process>,
    outside: Outside,
    rates: Rates,
    steps: u64,
}

/// Runs one seed.
pub fn simulate(site: &Site, seed: u64, options: Options) -> Report {
    let mut random = Random::new(seed);
    let rates = if options.calm { Rates::NONE } else { Rates::draw(&mut random.fork(1)) };
    let mut world = World::new(random.fork(2), rates.clone(), options.sabotage);
    world.traces_all = options.traces_all;
    world.broker.now = START;
    for plan in site.topics() {
        world.broker.create(&plan.name, plan.partitions, plan.compacted);
    }
    let mut stand_by = random.fork(5);
    let mut process = |service, number| Process::new(service, number, stand_by.chance(500));
    let processes = SERVICES.iter().flat_map(|service| [0, 1].map(|number| process(*service, number)));
    let processes = processes.collect();
    let mut simulation = Simulation {
        site,
        outside: Outside::new(random.fork(3)),
        random: random.fork(4),
        world: Rc::new(RefCell::new(world)),
        processes,
        rates,
        steps: 0,
    };
    let mut report = Report { seed, ..Report::default() };
    if let Err(violation) = simulation.run() {
        report.violations.push(violation);
    } else {
        report.violations =
            check::all(site, &simulation.world.borrow(), &simulation.outside, &simulation.processes);
    }
    report.violations.extend(simulation.world.borrow().violations.iter().cloned());
    simulation.sum_up(&mut report);
    report
}

impl Simulation<'_> {
    fn run(&mut self) -> Result<(), Violation> {
        let mut after = 0;
        for _ in 0..MOST {
            if self.outside.is_done() {
                after += 1;
                if after > AFTER {
                    break;
                }
            }
            self.disturb();
            self.go_on()?;
        }
        self.heal();
        self.drain()?;
        for _ in 0..ROUNDS {
            // Ticks deliver what was kept back, and do what is due.
            self.pass(TICK_MILLIS + 1_000);
            self.drain()?;
        }
        let owed = check::owed(&self.world.borrow());
        self.world.borrow_mut().violations.extend(owed);
        // Whatever had a date is due now; after that nothing is.
        for millis in [LATER, TICK_MILLIS + 1_000, TICK_MILLIS + 1_000] {
            self.pass(millis);
            self.drain()?;
        }
        let decided = self.decided();
        self.pass(TICK_MILLIS + 1_000);
        self.drain()?;
        if self.decided() != decided {
            let found = "a tick decides again what was decided, with nothing new to say";
            self.world.borrow_mut().violations.push(Violation::new("PL-13", found));
        }
        Ok(())
    }

    fn decided(&self) -> u64 {
        let world = self.world.borrow();
        let end = |n| world.broker.high_watermark(&Source::new(lead::topic::DECISIONS, n)).0;
        (0..2).map(end).sum()
    }

    fn pass(&mut self, millis: i64) {
        let mut world = self.world.borrow_mut();
        world.broker.now = world.broker.now.plus_millis(millis);
        for _ in 0..world.broker.expire() {
            world.strike(Fault::TransactionExpired, String::new);
        }
    }

    /// One thing happens, to whomever.
    fn go_on(&mut self) -> Result<(), Violation> {
        let millis = self.random.between(0, 20);
        self.pass(millis);
        match self.random.below(100) {
            0..6 => {
                let mut world = self.world.borrow_mut();
                self.outside.speak(self.site, &mut world.broker);
            }
            6..9 => self.outside.listen(self.site, &self.world.borrow().broker),
            9..21 => {
                self.world.borrow_mut().deliver();
            }
            21 => self.world.borrow_mut().broker.compact(),
            _ => {
                let number = self.random.below(self.processes.len());
                self.turn(number)?;
            }
        }
        Ok(())
    }

    fn turn(&mut self, number: usize) -> Result<bool, Violation> {
        let turn = Turn { site: self.site, world: &self.world };
        let Some(process) = self.processes.get_mut(number) else { return Ok(false) };
        let moved = process.turn(&turn)?;
        self.steps += u64::from(moved);
        Ok(moved)
    }

    /// Something may go wrong that is not about one request.
    fn disturb(&mut self) {
        if !self.random.chance(self.rates.turn) {
            return;
        }
        let faults = [
            Fault::Rebalance,
            Fault::Rebalance,
            Fault::Zombie,
            Fault::Pause,
            Fault::PowerCut,
            Fault::DiskLost,
            Fault::TimePasses,
            Fault::ClockJump,
            Fault::TopicRefuses,
        ];
        let Some(fault) = self.random.pick(&faults).copied() else { return };
        match fault {
            Fault::TimePasses => {
                let millis =
                    if self.random.chance(200) { 4_000_000 } else { self.random.between(1_000, 30_000) };
                self.world.borrow_mut().strike(fault, || format!("{millis} ms"));
                self.pass(millis);
            }
            Fault::TopicRefuses => self.refuse(),
            _ => {
                let number = self.random.below(self.processes.len());
                let turn = Turn { site: self.site, world: &self.world };
                if let Some(process) = self.processes.get_mut(number) {
                    process.suffer(fault, &turn);
                }
            }
        }
    }

    /// A topic that nobody must wait for refuses records, or takes them again.
    fn refuse(&mut self) {
        let mut topics: Vec<_> = self.site.partner_topics().into_iter().map(|(_, topic)| topic).collect();
        topics.extend([lead::topic::REVIEW.into(), lead::topic::LEGAL_HOLDS.into()]);
        let Some(topic) = self.random.pick(&topics) else { return };
        let mut world = self.world.borrow_mut();
        if world.broker.takes(topic).is_err() {
            world.broker.refuse(topic, None);
            return;
        }
        let whys = [Undeliverable::TopicMissing, Undeliverable::NotAuthorised];
        let why = self.random.pick(&whys).copied();
        world.broker.refuse(topic, why);
        world.strike(Fault::TopicRefuses, || topic.to_string());
    }

    /// Nothing goes wrong any more.
    fn heal(&mut self) {
        let mut world = self.world.borrow_mut();
        for service in SERVICES {
            let of = |process: &&Process| process.service == service;
            let alive = self.processes.iter().filter(of).filter_map(Process::member).collect();
            world.broker.keep_members(service.name(), &alive);
        }
        world.note(|| "all is healed".to_owned());
        world.rates = Rates::NONE;
        world.is_healed = true;
        self.rates = Rates::NONE;
        for plan in self.site.topics() {
            world.broker.refuse(&plan.name, None);
        }
        self.processes.iter_mut().for_each(Process::heal);
    }

    /// Goes on until nothing is left to do.
    fn drain(&mut self) -> Result<(), Violation> {
        for _ in 0..MOST {
            self.pass(5);
            while self.world.borrow_mut().deliver() {}
            let mut moved = false;
            for number in 0..self.processes.len() {
                moved |= self.turn(number)?;
            }
            self.outside.listen(self.site, &self.world.borrow().broker);
            moved |= self.outside.speak(self.site, &mut self.world.borrow_mut().broker);
            if !moved && self.is_drained() {
                return Ok(());
            }
        }
        Err(Violation::new("PL-1", "what was sent is not worked off, though nothing goes wrong any more"))
    }

    fn is_drained(&self) -> bool {
        let mut world = self.world.borrow_mut();
        let read = |source: &Source, world: &mut World, group: &str| {
            let from = world.broker.committed(group, source).ok().flatten().unwrap_or_default();
            world.broker.last_stable(source) == world.broker.high_watermark(source)
                && world.broker.read(source, from, Isolation::Committed, 1).0.is_empty()
        };
        self.processes.iter().all(Process::is_idle)
            && SERVICES.iter().all(|service| {
                self.site.sources(*service).iter().all(|source| read(source, &mut world, service.name()))
            })
    }

    fn sum_up(&self, report: &mut Report) {
        let world = self.world.borrow();
        report.steps = self.steps;
        report.transactions = world.journal.values().map(|batches| batches.len() as u64).sum();
        report.leads = self.outside.expected.leads;
        report.faults.clone_from(&world.counts);
        report.trace = world.trace.iter().cloned().collect();
        if world.traces_all {
            report.trace.extend(check::told(&world));
        }
        let copies = self.site.partner_topics().into_iter().map(|(_, topic)| {
            let source = Source { topic, partition: pipeline::Partition(0) };
            world.broker.all(&source, Isolation::Committed).len() as u64
        });
        report.copies = copies.sum();
        report.purges = check::purged(&world);
    }
}
