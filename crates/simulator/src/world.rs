//! What processes share: the broker, and the way to it, on which requests fail, are lost, or come late.

use std::collections::{BTreeMap, VecDeque};

use pipeline::{NextOffset, Source, Timestamp, Topic, Undeliverable};

use crate::broker::{Broker, Membership, Payload, Refusal, Session};
use crate::fault::{Fault, FaultCounts, Rates};
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::verdict::Violation;

/// Lines that are kept of what happened.
const TRACE: usize = 60;

/// A request of a task.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Init(String),
    AddPartitions(Session, Vec<Source>),
    Produce {
        session: Session,
        source: Source,
        sequence: u32,
        payloads: Vec<Payload>,
    },
    AddOffsets(Session, String),
    /// `sender` is who sends it in truth: for the check, not for the broker.
    StageOffset {
        session: Session,
        group: String,
        membership: Membership,
        sender: Membership,
        source: Source,
        next: NextOffset,
    },
    CommitOffset {
        group: String,
        membership: Membership,
        source: Source,
        next: NextOffset,
    },
    End {
        session: Session,
        commit: bool,
    },
    Committed {
        group: String,
        source: Source,
    },
    HighWatermark(Source),
}

/// What was answered.
#[derive(Debug)]
pub(crate) enum Reply {
    Done,
    Appended(Option<u64>),
    Session(Session),
    Offset(Option<NextOffset>),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lapse {
    /// The broker refuses.
    Refused(Refusal),
    /// It failed, and nothing was done.
    Failed,
    /// Nobody knows.
    Unknown,
    /// Whoever asked is no more.
    Crashed,
}

/// What a transaction was made of: noted when it begins, kept if it is committed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// The moment it was made.
    pub(crate) now: Timestamp,
    /// A tick, and no records.
    pub(crate) tick: bool,
    /// The input offset that it commits.
    pub(crate) next: NextOffset,
    /// Topics that had refused a record, as the task knew.
    pub(crate) refused: BTreeMap<Topic, Undeliverable>,
}

pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) random: Random,
    pub(crate) rates: Rates,
    pub(crate) sabotage: Option<Sabotage>,
    /// Nothing goes wrong any more, and everybody hears what the group says.
    pub(crate) is_healed: bool,
    pub(crate) counts: FaultCounts,
    /// Requests on their way whose senders gave up.
    late: Vec<Request>,
    /// The newest transaction of each transactional id and epoch.
    pub(crate) begun: BTreeMap<(String, i16), Batch>,
    /// Committed transactions, in order.
    pub(crate) journal: BTreeMap<String, Vec<Batch>>,
    /// What was wrong the moment it happened.
    pub(crate) violations: Vec<Violation>,
    pub(crate) trace: VecDeque<String>,
    pub(crate) traces_all: bool,
}

impl World {
    pub(crate) fn new(random: Random, rates: Rates, sabotage: Option<Sabotage>) -> Self {
        Self {
            broker: Broker::default(),
            random,
            rates,
            sabotage,
            is_healed: false,
            counts: FaultCounts::new(),
            late: Vec::new(),
            begun: BTreeMap::new(),
            journal: BTreeMap::new(),
            violations: Vec::new(),
            trace: VecDeque::new(),
            traces_all: false,
        }
    }

    pub(crate) fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if self.trace.len() >= TRACE && !self.traces_all {
            self.trace.pop_front();
        }
        let at = self.broker.now.0;
        self.trace.push_back(format!("{at} {}", line()));
    }

    pub(crate) fn strike(&mut self, fault: Fault, on: impl FnOnce() -> String) {
        *self.counts.entry(fault).or_default() += 1;
        self.note(|| format!("{fault:?} {}", on()));
    }

    fn draw(&mut self, request: &Request) -> Option<Fault> {
        if !self.random.chance(self.rates.request) {
            return None;
        }
        let all = [
            Fault::Error,
            Fault::RequestLost,
            Fault::AnswerLost,
            // Twice, for it must come at the right moment to do harm.
            Fault::RequestLate,
            Fault::RequestLate,
            Fault::CrashBefore,
            Fault::CrashAfter,
        ];
        let fault = self.random.pick(&all).copied()?;
        // The answer to a question that comes late is heard by nobody.
        let is_read = matches!(request, Request::Committed { .. } | Request::HighWatermark(_));
        Some(if is_read && fault == Fault::RequestLate { Fault::RequestLost } else { fault })
    }

    /// One request, with all that can happen to it.
    pub(crate) fn ask(&mut self, request: Request) -> Result<Reply, Lapse> {
        let Some(fault) = self.draw(&request) else {
            return self.execute(request).map_err(Lapse::Refused);
        };
        self.strike(fault, || brief(&request));
        match fault {
            Fault::Error => Err(Lapse::Failed),
            Fault::CrashBefore => Err(Lapse::Crashed),
            Fault::CrashAfter => {
                // Its sender is gone: what the broker says is heard by nobody.
                drop(self.execute(request));
                Err(Lapse::Crashed)
            }
            Fault::AnswerLost => {
                drop(self.execute(request));
                Err(Lapse::Unknown)
            }
            Fault::RequestLate => {
                self.late.push(request);
                Err(Lapse::Unknown)
            }
            _ => Err(Lapse::Unknown),
        }
    }

    /// As the client library does, waits for the end of the last transaction and asks again.
    fn execute(&mut self, request: Request) -> Result<Reply, Refusal> {
        for _ in 0..2 {
            match self.execute_once(request.clone()) {
                Err(Refusal::Concurrent) => match &request {
                    Request::Init(name) => self.broker.settle(name),
                    Request::AddPartitions(session, _)
                    | Request::AddOffsets(session, _)
                    | Request::End { session, .. } => self.broker.settle(&session.name),
                    _ => return Err(Refusal::Concurrent),
                },
                answer => return answer,
            }
        }
        self.execute_once(request)
    }

    fn execute_once(&mut self, request: Request) -> Result<Reply, Refusal> {
        let broker = &mut self.broker;
        let reply = match request {
            Request::Init(name) => Reply::Session(broker.init(&name)?),
            Request::AddPartitions(session, partitions) => {
                broker.add_partitions(&session, partitions)?;
                Reply::Done
            }
            Request::Produce { session, source, sequence, payloads } => {
                Reply::Appended(broker.produce(&session, &source, sequence, payloads)?)
            }
            Request::AddOffsets(session, group) => {
                broker.add_offsets(&session, &group)?;
                Reply::Done
            }
            Request::StageOffset { session, group, membership, sender, source, next } => {
                broker.stage_offset(&session, &group, membership, &source, next)?;
                if !broker.owns(&group, sender, &source) {
                    let found = format!("{group}: {source} is committed by whom the group took it from");
                    self.violations.push(Violation::new("PL-3", found));
                }
                Reply::Done
            }
            Request::CommitOffset { group, membership, source, next } => {
                broker.commit_offset(&group, membership, &source, next)?;
                Reply::Done
            }
            Request::End { session, commit } => {
                broker.end(&session, commit)?;
                Reply::Done
            }
            Request::Committed { group, source } => Reply::Offset(broker.committed(&group, &source)?),
            Request::HighWatermark(source) => Reply::Offset(Some(broker.high_watermark(&source))),
        };
        self.keep_journal();
        Ok(reply)
    }

    fn keep_journal(&mut self) {
        for owner in self.broker.take_commits() {
            let batch = self.begun.get(&owner).cloned().unwrap_or_default();
            self.journal.entry(owner.0).or_default().push(batch);
        }
    }

    /// Lets one thing happen that is on its way: a late request arrives, or a marker is written.
    pub(crate) fn deliver(&mut self) -> bool {
        let count = self.late.len() + self.broker.markers();
        if count == 0 {
            return false;
        }
        let number = self.random.below(count);
        if number < self.late.len() {
            let request = self.late.remove(number);
            let what = brief(&request);
            let answer = self.execute_once(request);
            self.note(|| {
                format!("late {what}: {}", answer.map_or_else(|e| format!("{e:?}"), |_| "done".into()))
            });
        } else {
            self.broker.write_marker(number - self.late.len());
        }
        true
    }
}

/// A request without what it carries.
fn brief(request: &Request) -> String {
    match request {
        Request::Init(name) => format!("init {name}"),
        Request::AddPartitions(session, _) => format!("add partitions {} {}", session.name, session.epoch),
        Request::Produce { session, source, payloads, .. } => {
            format!("produce {} {} {source} x{}", session.name, session.epoch, payloads.len())
        }
        Request::AddOffsets(session, _) => format!("add offsets {} {}", session.name, session.epoch),
        Request::StageOffset { session, next, .. } => {
            format!("stage offset {} {} {}", session.name, session.epoch, next.0)
        }
        Request::CommitOffset { source, next, .. } => format!("commit offset {source} {}", next.0),
        Request::End { session, commit } => {
            format!("{} {} {}", if *commit { "commit" } else { "abort" }, session.name, session.epoch)
        }
        Request::Committed { source, .. } => format!("ask committed {source}"),
        Request::HighWatermark(source) => format!("ask end {source}"),
    }
}
