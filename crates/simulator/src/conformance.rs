//! What a broker must do for the protocol to hold: one suite for the model and for a real Kafka.
//!
//! Each case is given names of its own, so that cases can share a broker. They say what Kafka documents and what
//! the protocol leans on; what only the model has (late requests, when a compaction strikes) is tested beside it.

use crate::broker::Isolation;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// A later producer has the transactional id.
    Fenced,
    /// The generation or the member is not the group's.
    StaleMember,
}

/// A broker under test, with its clients. A failure that no case expects is an `Err`.
pub trait Subject {
    /// A transactional producer.
    type Producer;
    /// A member of a group, as it knew the group when it was last asked.
    type Member;

    /// Creates a topic of one partition.
    fn create(&mut self, topic: &str) -> Result<(), String>;
    /// A producer that takes over a transactional id.
    fn producer(&mut self, id: &str) -> Result<Self::Producer, String>;
    /// Begins a transaction.
    fn begin(&mut self, producer: &mut Self::Producer) -> Result<(), String>;
    /// Writes a record in the transaction, and waits until it is delivered.
    fn send(&mut self, producer: &mut Self::Producer, topic: &str, value: &str) -> Result<Answer, String>;
    /// Adds an offset of a topic to the transaction, in the name of a member; of nobody if there is none.
    fn offset(
        &mut self,
        producer: &mut Self::Producer,
        group: &str,
        member: Option<&Self::Member>,
        topic: &str,
        next: u64,
    ) -> Result<Answer, String>;
    /// Ends the transaction.
    fn end(&mut self, producer: &mut Self::Producer, commit: bool) -> Result<Answer, String>;
    /// The values that readers of this isolation see, once what has ended is marked.
    fn read(&mut self, topic: &str, isolation: Isolation) -> Result<Vec<String>, String>;
    /// Where the topic ends for readers of this isolation.
    fn end_of(&mut self, topic: &str, isolation: Isolation) -> Result<u64, String>;
    /// Joins a group that reads a topic, and waits until the group has taken the member in.
    fn join(&mut self, group: &str, topic: &str) -> Result<Self::Member, String>;
    /// The committed offset.
    fn committed(&mut self, group: &str, topic: &str) -> Result<Option<u64>, String>;
}

/// A case: says what is not as it should be.
pub type Case<S> = fn(&mut S, &str) -> Result<(), String>;

/// Every case with its name.
pub fn cases<S: Subject>() -> [(&'static str, Case<S>); 8] {
    [
        ("aborted_records_are_hidden", aborted_records_are_hidden),
        ("an_open_transaction_holds_readers_back", an_open_transaction_holds_readers_back),
        ("markers_take_offsets", markers_take_offsets),
        ("a_successor_fences", a_successor_fences),
        ("a_successor_aborts", a_successor_aborts),
        ("offsets_come_with_the_commit", offsets_come_with_the_commit),
        ("an_old_generation_is_refused", an_old_generation_is_refused),
        ("nobody_is_not_checked", nobody_is_not_checked),
    ]
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, left: T, right: T) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{what}: {left:?}, and not {right:?}")) }
}

fn names(name: &str) -> (String, String, String) {
    (format!("{name}.topic"), format!("{name}.id"), format!("{name}.group"))
}

fn aborted_records_are_hidden<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, _) = names(name);
    subject.create(&topic)?;
    let mut producer = subject.producer(&id)?;
    for (value, commit) in [("a", true), ("b", false), ("c", true)] {
        subject.begin(&mut producer)?;
        equal("send", subject.send(&mut producer, &topic, value)?, Answer::Done)?;
        equal("end", subject.end(&mut producer, commit)?, Answer::Done)?;
    }
    equal("committed", subject.read(&topic, Isolation::Committed)?, vec!["a".into(), "c".into()])?;
    let all = vec!["a".into(), "b".into(), "c".into()];
    equal("uncommitted", subject.read(&topic, Isolation::Uncommitted)?, all)
}

fn an_open_transaction_holds_readers_back<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, _) = names(name);
    subject.create(&topic)?;
    let mut first = subject.producer(&id)?;
    let mut second = subject.producer(&format!("{id}2"))?;
    subject.begin(&mut first)?;
    subject.send(&mut first, &topic, "a")?;
    subject.begin(&mut second)?;
    subject.send(&mut second, &topic, "b")?;
    equal("end", subject.end(&mut second, true)?, Answer::Done)?;
    equal("the first is open", subject.read(&topic, Isolation::Committed)?, vec![])?;
    equal("the last stable offset", subject.end_of(&topic, Isolation::Committed)?, 0)?;
    if subject.end_of(&topic, Isolation::Uncommitted)? < 2 {
        return Err("the high watermark is beyond both records".to_owned());
    }
    equal("end", subject.end(&mut first, true)?, Answer::Done)?;
    equal("both are over", subject.read(&topic, Isolation::Committed)?, vec!["a".into(), "b".into()])
}

fn markers_take_offsets<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, _) = names(name);
    subject.create(&topic)?;
    let mut producer = subject.producer(&id)?;
    for commit in [true, false] {
        subject.begin(&mut producer)?;
        subject.send(&mut producer, &topic, "a")?;
        subject.end(&mut producer, commit)?;
    }
    subject.read(&topic, Isolation::Committed)?;
    equal("two records, two markers", subject.end_of(&topic, Isolation::Committed)?, 4)
}

fn a_successor_fences<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, _) = names(name);
    subject.create(&topic)?;
    let mut old = subject.producer(&id)?;
    subject.begin(&mut old)?;
    subject.send(&mut old, &topic, "old")?;
    let mut new = subject.producer(&id)?;
    equal("the old one's commit", subject.end(&mut old, true)?, Answer::Fenced)?;
    subject.begin(&mut new)?;
    equal("send", subject.send(&mut new, &topic, "new")?, Answer::Done)?;
    equal("end", subject.end(&mut new, true)?, Answer::Done)?;
    equal("committed", subject.read(&topic, Isolation::Committed)?, vec!["new".into()])
}

fn a_successor_aborts<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, group) = names(name);
    subject.create(&topic)?;
    let member = subject.join(&group, &topic)?;
    let mut old = subject.producer(&id)?;
    subject.begin(&mut old)?;
    subject.send(&mut old, &topic, "old")?;
    equal("offset", subject.offset(&mut old, &group, Some(&member), &topic, 7)?, Answer::Done)?;
    let _new = subject.producer(&id)?;
    equal("committed", subject.read(&topic, Isolation::Committed)?, vec![])?;
    equal("its offset", subject.committed(&group, &topic)?, None)
}

fn offsets_come_with_the_commit<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, group) = names(name);
    subject.create(&topic)?;
    let member = subject.join(&group, &topic)?;
    let mut producer = subject.producer(&id)?;
    for (next, commit, expected) in [(3, false, None), (4, true, Some(4)), (9, false, Some(4))] {
        subject.begin(&mut producer)?;
        subject.send(&mut producer, &topic, "a")?;
        let answer = subject.offset(&mut producer, &group, Some(&member), &topic, next)?;
        equal("offset", answer, Answer::Done)?;
        equal("end", subject.end(&mut producer, commit)?, Answer::Done)?;
        equal("committed", subject.committed(&group, &topic)?, expected)?;
    }
    Ok(())
}

fn an_old_generation_is_refused<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, group) = names(name);
    subject.create(&topic)?;
    let old = subject.join(&group, &topic)?;
    let new = subject.join(&group, &topic)?;
    let mut producer = subject.producer(&id)?;
    subject.begin(&mut producer)?;
    subject.send(&mut producer, &topic, "a")?;
    let answer = subject.offset(&mut producer, &group, Some(&old), &topic, 1)?;
    equal("the old generation", answer, Answer::StaleMember)?;
    equal("abort", subject.end(&mut producer, false)?, Answer::Done)?;
    subject.begin(&mut producer)?;
    subject.send(&mut producer, &topic, "b")?;
    let answer = subject.offset(&mut producer, &group, Some(&new), &topic, 2)?;
    equal("the new generation", answer, Answer::Done)?;
    equal("commit", subject.end(&mut producer, true)?, Answer::Done)?;
    equal("committed", subject.committed(&group, &topic)?, Some(2))
}

/// Why the protocol refuses to send offsets without being a member.
fn nobody_is_not_checked<S: Subject>(subject: &mut S, name: &str) -> Result<(), String> {
    let (topic, id, group) = names(name);
    subject.create(&topic)?;
    let mut producer = subject.producer(&id)?;
    subject.begin(&mut producer)?;
    subject.send(&mut producer, &topic, "a")?;
    equal("offset", subject.offset(&mut producer, &group, None, &topic, 5)?, Answer::Done)?;
    equal("commit", subject.end(&mut producer, true)?, Answer::Done)?;
    equal("committed", subject.committed(&group, &topic)?, Some(5))
}
