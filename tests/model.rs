//! The suite that the simulator's model of Kafka passes, on a real Kafka: what the simulation supposes is so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::{Duration, Instant};

use leadshare_tests::broker::Broker;
use leadshare_tests::tally::LONG;
use pipeline::{Retention, Topic, TopicSpec};
use pipeline_kafka::{Admin, KafkaConfig};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use simulator::broker::Isolation;
use simulator::conformance::{Answer, Subject, cases};

const SLICE: Duration = Duration::from_millis(50);

struct Kafka {
    config: KafkaConfig,
    /// Members stay in their groups for as long as the case runs.
    members: Vec<BaseConsumer>,
}

fn client(config: &KafkaConfig) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", &config.bootstrap_servers);
    client
}

fn consumer(config: &KafkaConfig, group: &str, isolation: Isolation) -> BaseConsumer {
    let level = if isolation == Isolation::Committed { "read_committed" } else { "read_uncommitted" };
    client(config)
        .set("group.id", group)
        .set("isolation.level", level)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap()
}

fn answer(result: KafkaResult<()>) -> Result<Answer, String> {
    let code = |error: &KafkaError| match error {
        KafkaError::Transaction(inner) => inner.code(),
        other => other.rdkafka_error_code().unwrap_or(Code::Fail),
    };
    match result {
        Ok(()) => Ok(Answer::Done),
        Err(error) => match code(&error) {
            Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch => Ok(Answer::Fenced),
            Code::IllegalGeneration | Code::UnknownMemberId | Code::RebalanceInProgress => {
                Ok(Answer::StaleMember)
            }
            _ => Err(error.to_string()),
        },
    }
}

impl Kafka {
    /// Where the topic ends and nothing is open: markers are written a moment after a commit is answered.
    fn settled(&self, topic: &str) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let [stable, high] = [Isolation::Committed, Isolation::Uncommitted].map(|isolation| {
                let consumer = consumer(&self.config, "ends", isolation);
                consumer.fetch_watermarks(topic, 0, LONG).unwrap().1
            });
            if stable == high || Instant::now() > deadline {
                return u64::try_from(stable).unwrap();
            }
        }
    }
}

impl Subject for Kafka {
    type Producer = BaseProducer;
    type Member = ConsumerGroupMetadata;

    fn create(&mut self, topic: &str) -> Result<(), String> {
        let spec = TopicSpec {
            name: Topic::new(topic),
            partitions: 2,
            retention: Retention::Delete(None),
            max_record_bytes: 100_000,
            stateful: false,
            append_time: true,
        };
        Admin::new(&self.config).unwrap().apply(&[spec]).map(|_| ()).map_err(|error| error.to_string())
    }

    fn producer(&mut self, id: &str) -> Result<BaseProducer, String> {
        let producer: BaseProducer =
            client(&self.config).set("transactional.id", id).create().map_err(|e| e.to_string())?;
        producer.init_transactions(LONG).map_err(|e| e.to_string())?;
        Ok(producer)
    }

    fn begin(&mut self, producer: &mut BaseProducer) -> Result<(), String> {
        producer.begin_transaction().map_err(|e| e.to_string())
    }

    fn send(&mut self, producer: &mut BaseProducer, topic: &str, value: &str) -> Result<Answer, String> {
        let record = BaseRecord::<(), str>::to(topic).partition(0).payload(value);
        producer.send(record).map_err(|(error, _)| error.to_string())?;
        answer(producer.flush(LONG))
    }

    fn offset(
        &mut self,
        producer: &mut BaseProducer,
        group: &str,
        member: Option<&ConsumerGroupMetadata>,
        topic: &str,
        next: u64,
    ) -> Result<Answer, String> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Offset(i64::try_from(next).unwrap())).unwrap();
        let outsider = consumer(&self.config, group, Isolation::Committed).group_metadata();
        let member = member.or(outsider.as_ref()).ok_or("no metadata")?;
        answer(producer.send_offsets_to_transaction(&list, member, LONG))
    }

    fn end(&mut self, producer: &mut BaseProducer, commit: bool) -> Result<Answer, String> {
        answer(if commit { producer.commit_transaction(LONG) } else { producer.abort_transaction(LONG) })
    }

    fn read(&mut self, topic: &str, isolation: Isolation) -> Result<Vec<String>, String> {
        self.settled(topic);
        let reader = consumer(&self.config, "reader", isolation);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
        reader.assign(&list).unwrap();
        let (mut found, deadline) = (Vec::new(), Instant::now() + LONG);
        while Instant::now() < deadline {
            match reader.poll(SLICE) {
                Some(Ok(message)) => {
                    found.push(String::from_utf8(message.payload().unwrap().into()).unwrap())
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(found),
                Some(Err(error)) => return Err(error.to_string()),
                None => {}
            }
        }
        Err("no end".to_owned())
    }

    fn end_of(&mut self, topic: &str, isolation: Isolation) -> Result<u64, String> {
        let consumer = consumer(&self.config, "ends", isolation);
        let (_, end) = consumer.fetch_watermarks(topic, 0, LONG).map_err(|e| e.to_string())?;
        Ok(u64::try_from(end).unwrap())
    }

    fn join(&mut self, group: &str, topic: &str) -> Result<ConsumerGroupMetadata, String> {
        let joining = consumer(&self.config, group, Isolation::Committed);
        joining.subscribe(&[topic]).unwrap();
        let deadline = Instant::now() + LONG;
        // There is a partition for each of two members. The others must be heard, too, or the group waits for them.
        while joining.assignment().unwrap().count() == 0 {
            if Instant::now() > deadline {
                return Err("the group does not take the member in".to_owned());
            }
            for member in self.members.iter().chain([&joining]) {
                let _ = member.poll(SLICE);
            }
        }
        let metadata = joining.group_metadata().ok_or("no metadata")?;
        self.members.push(joining);
        Ok(metadata)
    }

    fn committed(&mut self, group: &str, topic: &str) -> Result<Option<u64>, String> {
        let asking = consumer(&self.config, group, Isolation::Committed);
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, 0);
        let list = asking.committed_offsets(list, LONG).map_err(|e| e.to_string())?;
        match list.elements().first().map(|place| place.offset()) {
            Some(Offset::Offset(offset)) => Ok(u64::try_from(offset).ok()),
            _ => Ok(None),
        }
    }
}

#[test]
fn kafka_does_what_the_model_does() {
    let config = KafkaConfig::new(&Broker::shared().bootstrap);
    for (name, case) in cases::<Kafka>() {
        let mut subject = Kafka { config: config.clone(), members: Vec::new() };
        case(&mut subject, &format!("model.{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
