//! Tasks on a model of a broker: what is visible, what is in the store, and where reading goes on.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Mutex;

use super::*;
use crate::{Changes, FailureKind, Headers, Mark, MemoryStore, Offset, Output};
use numbering::{Numbering, OUT, PARTNER};

mod numbering;

/// What a broker keeps, shared by the transports of successive owners.
#[derive(Default)]
struct Broker {
    outputs: Vec<Output>,
    changelog: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    offset: Option<NextOffset>,
    refusals: HashMap<Topic, (Undeliverable, usize)>,
    epoch: u32,
    away: bool,
}

/// Strikes once, at the first action that the test names.
struct Strike {
    at: fn(&Action) -> bool,
    executed: bool,
    event: Event,
}

struct ModelTransport {
    broker: Rc<RefCell<Broker>>,
    staged: Option<(Sealed, Option<NextOffset>)>,
    epoch: u32,
    mark: Option<Mark>,
    strike: Option<Strike>,
    recoveries: usize,
}

impl ModelTransport {
    fn new(broker: &Rc<RefCell<Broker>>) -> Self {
        Self { broker: Rc::clone(broker), staged: None, epoch: 0, mark: None, strike: None, recoveries: 0 }
    }

    fn act(&mut self, action: &Action, batch: &Sealed) -> Event {
        let mut broker = self.broker.borrow_mut();
        if broker.epoch != self.epoch {
            return Event::Failed(FailureKind::Fenced);
        }
        match action {
            Action::Begin => self.staged = Some((batch.clone(), None)),
            Action::Send | Action::Drain => {
                for output in &batch.outputs {
                    if let Some((why, from)) = broker.refusals.get(&output.topic)
                        && output.size() >= *from
                    {
                        return Event::Rejected(output.topic.clone(), *why, output.size());
                    }
                }
            }
            Action::SendOffsets(next) => {
                if let Some((_, offset)) = &mut self.staged {
                    *offset = Some(*next);
                }
            }
            Action::Commit => {
                let (sealed, offset) = self.staged.take().unwrap();
                broker.outputs.extend(sealed.outputs);
                broker.changelog.extend(sealed.changes);
                broker.offset = offset;
                self.mark = Some(Mark { changelog: NextOffset(broker.changelog.len() as u64) });
            }
            Action::Abort => self.staged = None,
            Action::Recover | Action::Finish(_) => panic!("not for a transport: {action:?}"),
        }
        Event::Done
    }
}

impl Transport for ModelTransport {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match self.strike.take_if(|strike| (strike.at)(action)) {
            Some(Strike { executed: true, event, .. }) => {
                assert_eq!(self.act(action, batch), Event::Done);
                event
            }
            Some(Strike { event, .. }) => event,
            None => self.act(action, batch),
        }
    }

    fn recover(&mut self, store: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        let mut broker = self.broker.borrow_mut();
        if broker.away {
            return Err(RecoverError::Unavailable("away".to_owned()));
        }
        broker.epoch += 1;
        self.epoch = broker.epoch;
        self.staged = None;
        self.recoveries += 1;
        let from = store.mark()?.unwrap_or_default().changelog.0 as usize;
        let changes: Changes = broker.changelog[from..].iter().cloned().collect();
        store.apply(&changes, Mark { changelog: NextOffset(broker.changelog.len() as u64) })?;
        Ok(broker.offset)
    }

    fn mark(&self) -> Option<Mark> {
        self.mark
    }
}

#[derive(Default)]
struct Reports(Mutex<Vec<BatchReport>>, Mutex<Vec<Phase>>);

impl Observer for Reports {
    fn batch(&self, _: &'static str, _: &Source, report: &BatchReport) {
        self.0.lock().unwrap().push(report.clone());
    }

    fn phase(&self, _: &'static str, _: &Source, phase: Phase) {
        self.1.lock().unwrap().push(phase);
    }
}

struct World {
    broker: Rc<RefCell<Broker>>,
    transport: ModelTransport,
    limits: Limits,
    reports: Reports,
}

fn world() -> World {
    let broker = Rc::default();
    let transport = ModelTransport::new(&broker);
    let limits = Limits { dead_letter_burst: 3, ..Limits::default() };
    World { broker, transport, limits, reports: Reports::default() }
}

impl World {
    fn open(&mut self, store: impl Store + 'static) -> Result<Task<Numbering>, TaskError> {
        let replica = Replica::new(Numbering::default(), Box::new(store));
        self.take_over(replica).map_err(|failed| failed.error)
    }

    fn take_over(
        &mut self,
        replica: Replica<Numbering>,
    ) -> Result<Task<Numbering>, Box<NotOpened<Numbering>>> {
        let spec = ServiceSpec {
            name: "numbering",
            inputs: vec![Topic::new("in")],
            changelog: Topic::new("changelog"),
            dead_letters: Topic::new("dead"),
        };
        Task::take_over(
            replica,
            Source::new("in", 0),
            Arc::new(spec),
            self.limits.clone(),
            Timestamp(0),
            &mut self.transport,
        )
    }

    fn run(&mut self, task: &mut Task<Numbering>, records: &[Record]) -> Progress {
        task.run(records, Timestamp(1), &mut self.transport, &self.reports).unwrap()
    }

    fn strike(&mut self, at: fn(&Action) -> bool, executed: bool, kind: FailureKind) {
        self.transport.strike = Some(Strike { at, executed, event: Event::Failed(kind) });
    }

    fn refuse(&self, topic: &str, why: Undeliverable, from: usize) {
        self.broker.borrow_mut().refusals.insert(Topic::new(topic), (why, from));
    }

    /// Key and number of each visible record of a topic.
    fn visible(&self, topic: &str) -> Vec<(String, u8)> {
        let broker = self.broker.borrow();
        let of_topic = broker.outputs.iter().filter(|output| output.topic.as_str() == topic);
        of_topic.map(|o| (text(o.key.as_ref()), o.value.as_ref().unwrap()[0])).collect()
    }
}

fn text(bytes: Option<&Vec<u8>>) -> String {
    String::from_utf8(bytes.unwrap().clone()).unwrap()
}

fn records(from: u64, entries: &[(&str, &str)]) -> Vec<Record> {
    let records = entries.iter().zip(from..).map(|((key, value), offset)| Record {
        source: Source::new("in", 0),
        offset: Offset(offset),
        timestamp: Timestamp(0),
        key: Some(key.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        headers: Headers::default(),
    });
    records.collect()
}

fn committed(position: u64) -> Progress {
    Progress::Committed { position: NextOffset(position), pause_until: None }
}

fn pairs(expected: &[(&str, u8)]) -> Vec<(String, u8)> {
    expected.iter().map(|(key, n)| ((*key).to_owned(), *n)).collect()
}

#[test]
fn commits_outputs_state_and_offset_together() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    assert_eq!(task.position(), None);
    assert_eq!(world.run(&mut task, &records(0, &[("a", ""), ("b", ""), ("a", "")])), committed(3));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("b", 1), ("a", 2)]));
    assert_eq!(world.broker.borrow().offset, Some(NextOffset(3)));
    assert_eq!(task.position(), Some(NextOffset(3)));
    assert_eq!(task.replica.store.get(b"a").unwrap(), Some(vec![2]));
}

#[test]
fn an_abort_leaves_nothing_and_reads_again_from_the_committed_offset() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", "")]));
    for at in [
        (|action| *action == Action::Send) as fn(&Action) -> bool,
        |action| *action == Action::Drain,
        |action| matches!(action, Action::SendOffsets(_)),
        |action| *action == Action::Commit,
    ] {
        world.strike(at, false, FailureKind::Abortable);
        let progress = world.run(&mut task, &records(1, &[("a", "")]));
        assert_eq!(progress, Progress::Rewind { position: Some(NextOffset(1)) });
        assert_eq!(world.visible(OUT), pairs(&[("a", 1)]));
        assert_eq!(task.replica.store.get(b"a").unwrap(), Some(vec![1]));
    }
    assert_eq!(world.run(&mut task, &records(1, &[("a", "")])), committed(2));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("a", 2)]));
    assert_eq!(world.transport.recoveries, 1);
}

#[test]
fn a_first_batch_that_is_undone_reads_from_the_beginning() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.strike(|action| *action == Action::Drain, false, FailureKind::Abortable);
    let progress = world.run(&mut task, &records(0, &[("a", "")]));
    assert_eq!(progress, Progress::Rewind { position: None });
}

#[test]
fn an_unknown_outcome_that_in_truth_committed_is_not_done_again() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.strike(|action| *action == Action::Commit, true, FailureKind::Unknown);
    let progress = world.run(&mut task, &records(0, &[("a", "")]));
    assert_eq!(progress, Progress::Rewind { position: Some(NextOffset(1)) });
    assert_eq!(task.replica.store.get(b"a").unwrap(), Some(vec![1]));
    assert_eq!(world.run(&mut task, &records(1, &[("a", "")])), committed(2));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("a", 2)]));
}

/// What a task had not committed is nothing that whoever stands by may build on. Sabotage: give the replica away with it.
#[test]
fn a_task_given_up_is_kept_up_to_date_and_taken_over_again() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", "")]));
    let begun = task.begin(records(1, &[("a", "")]), Timestamp(1), &world.reports).unwrap();
    assert!(matches!(begun, Step::Underway(_)));
    let mut replica = task.into_replica();
    let mut other = world.open(MemoryStore::default()).unwrap();
    world.run(&mut other, &records(1, &[("a", ""), ("a", "")]));
    replica.update(|store| world.transport.recover(store)).unwrap();
    replica.derive().unwrap();
    // A broker that is away leaves what was derived where it is.
    world.broker.borrow_mut().away = true;
    let Err(failed) = world.take_over(replica) else { panic!("the broker is away") };
    world.broker.borrow_mut().away = false;
    let Ok(mut task) = world.take_over(failed.replica) else { panic!("nothing is in the way") };
    assert_eq!(task.position(), Some(NextOffset(3)));
    assert_eq!(world.run(&mut task, &records(3, &[("a", "")])), committed(4));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("a", 2), ("a", 3), ("a", 4)]));
}

#[test]
fn an_unknown_outcome_that_in_truth_failed_is_done_again() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.strike(|action| *action == Action::Commit, false, FailureKind::Unknown);
    assert_eq!(world.run(&mut task, &records(0, &[("a", "")])), Progress::Rewind { position: None });
    assert_eq!(world.run(&mut task, &records(0, &[("a", "")])), committed(1));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1)]));
    assert_eq!(world.transport.recoveries, 2);
}

/// Who watches how long transactions take must not take a long restore for one.
#[test]
fn a_recovery_is_no_part_of_the_transaction() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.strike(|action| *action == Action::Commit, false, FailureKind::Unknown);
    world.broker.borrow_mut().away = true;
    let result = task.run(&records(0, &[("a", "")]), Timestamp(1), &mut world.transport, &world.reports);
    assert!(result.is_err());
    let phases = world.reports.1.lock().unwrap();
    // The first end is told before it is asked for, the second when the run is over.
    assert_eq!(*phases, [Phase::Processing, Phase::Transaction, Phase::Idle, Phase::Idle]);
}

#[test]
fn a_broker_that_is_away_during_recovery_is_an_error_to_try_again_after() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.strike(|action| *action == Action::Commit, true, FailureKind::Unknown);
    world.broker.borrow_mut().away = true;
    let result = task.run(&records(0, &[("a", "")]), Timestamp(1), &mut world.transport, &world.reports);
    assert!(matches!(result, Err(TaskError::Recover(RecoverError::Unavailable(_)))), "{result:?}");
    world.broker.borrow_mut().away = false;
    let task = world.open(MemoryStore::default()).unwrap();
    assert_eq!(task.position(), Some(NextOffset(1)));
}

#[test]
fn a_topic_that_refuses_is_left_out_and_the_rest_is_delivered() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.refuse(PARTNER, Undeliverable::TopicMissing, 0);
    assert_eq!(world.run(&mut task, &records(0, &[("a", ""), ("b", "")])), committed(2));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("b", 1)]));
    assert_eq!(world.visible(PARTNER), []);
    // It is remembered: no second transaction is lost to it.
    world.run(&mut task, &records(2, &[("c", "")]));
    let results: Vec<_> = world.reports.0.lock().unwrap().iter().map(|report| report.result).collect();
    use TransactionResult::{Aborted, Committed};
    assert_eq!(results, [Aborted, Committed, Committed]);

    world.broker.borrow_mut().refusals.clear();
    let early = task.tick(Timestamp(4_999), &mut world.transport, &world.reports).unwrap();
    assert_eq!(early, None);
    let progress = task.tick(Timestamp(5_000), &mut world.transport, &world.reports).unwrap();
    assert_eq!(progress, Some(committed(3)));
    assert_eq!(world.visible(PARTNER), pairs(&[("a", 1), ("b", 1), ("c", 1)]));
    assert_eq!(task.replica.store.scan(b"owed/", None, 10).unwrap(), []);
}

/// Clocks are set right, and what is owed is owed all the same.
#[test]
fn a_clock_that_goes_back_does_not_stop_the_ticks() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.refuse(PARTNER, Undeliverable::TopicMissing, 0);
    world.run(&mut task, &records(0, &[("a", "")]));
    let mut tick = |at| task.tick(Timestamp(at), &mut world.transport, &world.reports).unwrap();
    tick(86_400_000);
    world.broker.borrow_mut().refusals.clear();
    assert_eq!(tick(10_000), None);
    assert_eq!(tick(15_000), Some(committed(1)));
    assert_eq!(world.visible(PARTNER), pairs(&[("a", 1)]));
}

#[test]
fn a_topic_that_the_service_cannot_do_without_stops_it() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.refuse(OUT, Undeliverable::NotAuthorised, 0);
    let result = task.run(&records(0, &[("a", "")]), Timestamp(1), &mut world.transport, &world.reports);
    let Err(TaskError::TopicUnusable { topic, why }) = result else { panic!("{result:?}") };
    assert_eq!((topic.as_str(), why), (OUT, Undeliverable::NotAuthorised));
    assert_eq!(world.visible(PARTNER), []);
}

#[test]
fn a_dead_letter_undoes_what_its_record_did_and_nothing_else() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    let progress = world.run(&mut task, &records(0, &[("a", ""), ("a", "bad"), ("a", "")]));
    assert_eq!(progress, committed(3));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("a", 2)]));
    assert_eq!(task.replica.store.get(b"mess").unwrap(), None);
    let broker = world.broker.borrow();
    let letters: Vec<_> = broker.outputs.iter().filter(|o| o.topic.as_str() == "dead").collect();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.value.as_deref(), Some(&b"bad"[..]));
    assert_eq!(letter.headers.text(crate::Header::OFFSET), Some("1"));
    assert_eq!(letter.headers.text(crate::Header::REASON), Some("bad"));
}

#[test]
fn a_burst_of_dead_letters_pauses_the_source_and_loses_no_record() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    let bad = ("a", "bad");
    let batch = records(0, &[bad, bad, ("a", ""), bad, bad, bad, bad]);
    let progress = world.run(&mut task, &batch);
    let until = Some(Timestamp(1 + world.limits.pause_millis));
    // Two in a row are no burst; the third in a row is, and the record after it was not read.
    assert_eq!(progress, Progress::Committed { position: NextOffset(6), pause_until: until });
    assert_eq!(world.run(&mut task, &records(6, &[bad])), committed(7));
    assert_eq!(task.totals().unwrap().get(Counter::DeadLetters), 6);
}

#[test]
fn a_burst_in_a_batch_that_is_undone_counts_once() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    let batch = records(0, &[("a", "bad"), ("a", "bad")]);
    world.strike(|action| *action == Action::Drain, false, FailureKind::Abortable);
    world.run(&mut task, &batch);
    assert_eq!(world.run(&mut task, &batch), committed(2));
}

#[test]
fn totals_are_state_and_add_up() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", ""), ("b", "bad")]));
    world.strike(|action| *action == Action::Drain, false, FailureKind::Abortable);
    world.run(&mut task, &records(2, &[("a", "")]));
    world.run(&mut task, &records(2, &[("a", "")]));
    // A new owner, without any store, has the same totals.
    let task = world.open(MemoryStore::default()).unwrap();
    let totals = task.totals().unwrap();
    assert_eq!(totals.get(Counter::Messages), 3);
    assert_eq!(totals.get(Counter::Entries), 3);
    assert_eq!(totals.get(Counter::Leads), 2);
    assert_eq!(totals.get(Counter::DeadLetters), 1);
    let reports = world.reports.0.lock().unwrap();
    let last = reports.last().and_then(|report| report.totals.clone()).unwrap();
    for (counter, total) in totals.iter() {
        assert_eq!(last.get(counter), total, "{}", counter.name());
    }
    assert!(reports.iter().all(|r| r.totals.is_some() == (r.result == TransactionResult::Committed)));
}

#[test]
fn a_restart_goes_on_where_the_commit_was() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", ""), ("b", "")]));
    drop(task);
    let mut task = world.open(MemoryStore::default()).unwrap();
    assert_eq!(task.position(), Some(NextOffset(2)));
    world.run(&mut task, &records(2, &[("a", "")]));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1), ("b", 1), ("a", 2)]));
}

#[test]
fn a_successor_fences_its_predecessor() {
    let mut world = world();
    let mut old = world.open(MemoryStore::default()).unwrap();
    let broker = Rc::clone(&world.broker);
    let mut old_transport = std::mem::replace(&mut world.transport, ModelTransport::new(&broker));
    let mut new = world.open(MemoryStore::default()).unwrap();
    let batch = records(0, &[("a", "")]);
    let progress = old.run(&batch, Timestamp(1), &mut old_transport, &world.reports).unwrap();
    assert_eq!(progress, Progress::Lost);
    assert_eq!(world.run(&mut new, &batch), committed(1));
    assert_eq!(world.visible(OUT), pairs(&[("a", 1)]));
}

#[test]
fn state_that_is_behind_the_committed_offset_is_refused() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", ""), ("b", "")]));
    world.broker.borrow_mut().changelog.clear();
    let result = world.open(MemoryStore::default());
    let Err(TaskError::StateBehind { state, committed, .. }) = result else { panic!("opened") };
    assert_eq!((state, committed), (0, 2));
}

#[test]
fn offsets_that_the_group_forgot_are_known_from_the_state() {
    let mut world = world();
    let mut task = world.open(MemoryStore::default()).unwrap();
    world.run(&mut task, &records(0, &[("a", ""), ("b", "")]));
    world.broker.borrow_mut().offset = None;
    assert_eq!(world.open(MemoryStore::default()).unwrap().position(), Some(NextOffset(2)));
}
