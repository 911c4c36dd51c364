//! The model keeps what Kafka promises: the suite that a real broker runs as well, and what only the model can show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use pipeline::{NextOffset, Source, Topic};
use simulator::broker::{Broker, Isolation, Membership, Payload, Refusal, Session};
use simulator::conformance::{Answer, Subject, cases};

#[derive(Default)]
struct Model(Broker);

struct Producer {
    session: Session,
    sequences: BTreeMap<Source, u32>,
}

fn place(topic: &str) -> Source {
    Source::new(topic, 0)
}

fn text(value: &str) -> Payload {
    Payload { value: Some(value.into()), ..Payload::default() }
}

impl Model {
    fn settle(&mut self) {
        while self.0.markers() > 0 {
            self.0.write_marker(0);
        }
    }
}

fn answer<T>(result: Result<T, Refusal>) -> Result<Answer, String> {
    match result {
        Ok(_) => Ok(Answer::Done),
        Err(Refusal::Fenced) => Ok(Answer::Fenced),
        Err(Refusal::IllegalGeneration | Refusal::UnknownMember) => Ok(Answer::StaleMember),
        Err(other) => Err(format!("{other:?}")),
    }
}

impl Subject for Model {
    type Producer = Producer;
    type Member = Membership;

    fn create(&mut self, topic: &str) -> Result<(), String> {
        self.0.create(&Topic::new(topic), 1, false);
        Ok(())
    }

    fn producer(&mut self, id: &str) -> Result<Producer, String> {
        if self.0.init(id) == Err(Refusal::Concurrent) {
            self.0.settle(id);
            return self.producer(id);
        }
        let session = self.0.init(id).map_err(|e| format!("{e:?}"))?;
        Ok(Producer { session, sequences: BTreeMap::new() })
    }

    fn begin(&mut self, _: &mut Producer) -> Result<(), String> {
        self.settle();
        Ok(())
    }

    fn send(&mut self, producer: &mut Producer, topic: &str, value: &str) -> Result<Answer, String> {
        let (session, source) = (&producer.session, place(topic));
        let next = producer.sequences.entry(source.clone()).or_default();
        let sent = self
            .0
            .add_partitions(session, [source.clone()])
            .and_then(|()| self.0.produce(session, &source, *next, vec![text(value)]));
        *next += 1;
        answer(sent)
    }

    fn offset(
        &mut self,
        producer: &mut Producer,
        group: &str,
        member: Option<&Membership>,
        topic: &str,
        next: u64,
    ) -> Result<Answer, String> {
        let nobody = Membership { member: simulator::broker::MemberId(0), generation: -1 };
        let member = member.copied().unwrap_or(nobody);
        let session = &producer.session;
        answer(
            self.0
                .add_offsets(session, group)
                .and_then(|()| self.0.stage_offset(session, group, member, &place(topic), NextOffset(next))),
        )
    }

    fn end(&mut self, producer: &mut Producer, commit: bool) -> Result<Answer, String> {
        answer(self.0.end(&producer.session, commit))
    }

    fn read(&mut self, topic: &str, isolation: Isolation) -> Result<Vec<String>, String> {
        self.settle();
        let records = self.0.all(&place(topic), isolation);
        Ok(records.into_iter().map(|r| String::from_utf8(r.value.unwrap()).unwrap()).collect())
    }

    fn end_of(&mut self, topic: &str, isolation: Isolation) -> Result<u64, String> {
        let end = match isolation {
            Isolation::Committed => self.0.last_stable(&place(topic)),
            Isolation::Uncommitted => self.0.high_watermark(&place(topic)),
        };
        Ok(end.0)
    }

    fn join(&mut self, group: &str, topic: &str) -> Result<Membership, String> {
        let member = self.0.join(group, &[place(topic)]);
        let (generation, _) = self.0.poll(group, member).map_err(|e| format!("{e:?}"))?;
        Ok(Membership { member, generation })
    }

    fn committed(&mut self, group: &str, topic: &str) -> Result<Option<u64>, String> {
        self.settle();
        let offset = self.0.committed(group, &place(topic)).map_err(|e| format!("{e:?}"))?;
        Ok(offset.map(|next| next.0))
    }
}

#[test]
fn the_model_does_what_kafka_does() {
    for (name, case) in cases::<Model>() {
        case(&mut Model::default(), name).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// librdkafka #5423: the end of a transaction does not say which transaction it means.
#[test]
fn a_late_commit_ends_the_next_transaction() {
    let mut model = Model::default();
    model.create("t").unwrap();
    let mut producer = model.producer("id").unwrap();
    let late = producer.session.clone();
    model.send(&mut producer, "t", "a").unwrap();
    model.end(&mut producer, false).unwrap();
    model.settle();
    model.send(&mut producer, "t", "b").unwrap();
    assert_eq!(model.0.end(&late, true), Ok(()));
    assert_eq!(model.read("t", Isolation::Committed).unwrap(), ["b"]);
    // A new producer's epoch fences it.
    let mut heir = model.producer("id").unwrap();
    model.send(&mut heir, "t", "c").unwrap();
    assert_eq!(model.0.end(&late, true), Err(Refusal::Fenced));
}

#[test]
fn a_request_that_comes_twice_is_written_once() {
    let mut model = Model::default();
    model.create("t").unwrap();
    let producer = model.producer("id").unwrap();
    let (session, source) = (&producer.session, place("t"));
    model.0.add_partitions(session, [source.clone()]).unwrap();
    assert_eq!(model.0.produce(session, &source, 0, vec![text("a")]), Ok(Some(0)));
    assert_eq!(model.0.produce(session, &source, 0, vec![text("a")]), Ok(None));
    assert_eq!(model.0.produce(session, &source, 2, vec![text("c")]), Err(Refusal::OutOfOrder));
}

#[test]
fn a_transaction_is_over_when_it_is_marked_everywhere() {
    let mut model = Model::default();
    for topic in ["t", "u"] {
        model.create(topic).unwrap();
    }
    let mut producer = model.producer("id").unwrap();
    for topic in ["t", "u"] {
        model.send(&mut producer, topic, "a").unwrap();
    }
    model.end(&mut producer, true).unwrap();
    model.0.write_marker(0);
    let seen = ["t", "u"].map(|topic| model.0.all(&place(topic), Isolation::Committed).len());
    assert_eq!(seen, [1, 0]);
    let next = model.0.add_partitions(&producer.session, [place("t")]);
    assert_eq!(next, Err(Refusal::Concurrent));
}

#[test]
fn a_transaction_that_stays_open_is_aborted() {
    let mut model = Model::default();
    model.create("t").unwrap();
    let mut producer = model.producer("id").unwrap();
    model.send(&mut producer, "t", "a").unwrap();
    model.0.now = model.0.now.plus_millis(simulator::broker::TRANSACTION_MILLIS + 1);
    assert_eq!(model.0.expire(), 1);
    assert_eq!(model.end(&mut producer, true), Ok(Answer::Fenced));
    assert_eq!(model.read("t", Isolation::Committed).unwrap(), Vec::<String>::new());
}

#[test]
fn compaction_keeps_the_newest_committed_value() {
    let mut model = Model::default();
    model.0.create(&Topic::new("t"), 1, true);
    let keyed = |value: &str| Payload { key: Some(b"k".to_vec()), ..text(value) };
    let source = place("t");
    for (value, commit) in [("a", true), ("b", true), ("c", false)] {
        let producer = model.producer("id").unwrap();
        model.0.add_partitions(&producer.session, [source.clone()]).unwrap();
        model.0.produce(&producer.session, &source, 0, vec![keyed(value)]).unwrap();
        model.0.end(&producer.session, commit).unwrap();
        model.settle();
    }
    let end = model.0.high_watermark(&source);
    model.0.compact();
    assert_eq!(model.read("t", Isolation::Committed).unwrap(), ["b"]);
    assert_eq!(model.0.high_watermark(&source), end, "offsets stay");
}
