//! The log: topics, appends, reads, retention, restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod model;
mod retention;

use pipeline::{Headers, Offset, Output, Partition, Record, Retention};
use tempfile::TempDir;

use super::*;

const OPTIONS: LogOptions = LogOptions { fsync: Fsync::Never, cache_bytes: 1 << 20 };

fn open(dir: &TempDir) -> Log {
    Log::open(dir.path(), OPTIONS).unwrap()
}

fn topic(name: &str, partitions: u32) -> TopicSpec {
    TopicSpec {
        name: name.into(),
        partitions,
        retention: Retention::Delete(None),
        max_record_bytes: 1_000,
        stateful: false,
        append_time: true,
    }
}

fn output(topic: &str, key: Option<&str>, value: &str) -> Output {
    Output {
        topic: topic.into(),
        partition: None,
        key: key.map(|k| k.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        headers: Headers::default(),
    }
}

fn append(log: &Log, outputs: &[Output], now: i64) -> Result<Vec<(Source, Offset)>, Error> {
    log.commit(&Commit { outputs, task: None, now: Timestamp(now) })
}

fn read(log: &Log, topic: &str, partition: u32) -> Vec<Record> {
    log.read(&Source::new(topic, partition), NextOffset(0), usize::MAX, usize::MAX).unwrap().records
}

fn values(records: &[Record]) -> Vec<String> {
    records.iter().map(|r| String::from_utf8(r.value.clone().unwrap_or_default()).unwrap()).collect()
}

#[test]
fn what_is_appended_is_read_back_with_offset_time_and_headers() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    let mut first = output("t", Some("k"), "v");
    first.headers.push("h", *b"1");
    let tombstone = Output { value: None, ..output("t", Some("k"), "") };
    let places = append(&log, &[first.clone(), tombstone], 5).unwrap();
    let source = Source::new("t", 0);
    assert_eq!(places, [(source.clone(), Offset(0)), (source.clone(), Offset(1))]);
    let records = read(&log, "t", 0);
    assert_eq!(
        records[0],
        Record {
            source: source.clone(),
            offset: Offset(0),
            timestamp: Timestamp(5),
            key: first.key,
            value: first.value,
            headers: first.headers
        }
    );
    assert_eq!((records[1].offset, &records[1].value), (Offset(1), &None));
    assert_eq!(log.end_offset(&source).unwrap(), NextOffset(2));
}

#[test]
fn a_key_goes_to_the_partition_that_any_kafka_client_would_choose() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 3)]).unwrap();
    for key in ["21", "foobar", "abc"] {
        let expected = pipeline::partition_for(Some(key.as_bytes()), 3);
        let places = append(&log, &[output("t", Some(key), "v")], 0).unwrap();
        assert_eq!(places[0].0.partition, expected, "{key}");
    }
    let fixed = Output { partition: Some(Partition(2)), ..output("t", Some("foobar"), "v") };
    assert_eq!(append(&log, &[fixed], 0).unwrap()[0].0.partition, Partition(2));
}

#[test]
fn append_times_never_decrease() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    append(&log, &[output("t", None, "a")], 100).unwrap();
    append(&log, &[output("t", None, "b")], 50).unwrap();
    drop(log);
    let log = open(&dir);
    append(&log, &[output("t", None, "c")], 70).unwrap();
    append(&log, &[output("t", None, "d")], 101).unwrap();
    let times: Vec<_> = read(&log, "t", 0).iter().map(|r| r.timestamp.0).collect();
    assert_eq!(times, [100, 100, 100, 101]);
}

#[test]
fn a_refused_record_refuses_its_whole_batch() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    let good = output("t", None, "v");
    let refused = |bad: Output| append(&log, &[good.clone(), bad], 0).unwrap_err();
    let large = output("t", None, &"x".repeat(1_001));
    assert!(matches!(refused(large), Error::RecordTooLarge { bytes: 1_001, limit: 1_000, .. }));
    assert!(matches!(refused(output("absent", None, "v")), Error::TopicMissing { .. }));
    let nowhere = Output { partition: Some(Partition(1)), ..good.clone() };
    assert!(matches!(refused(nowhere), Error::PartitionMissing { partition: 1, partitions: 1, .. }));
    assert_eq!(log.end_offset(&Source::new("t", 0)).unwrap(), NextOffset(0));
    append(&log, &[output("t", None, &"x".repeat(1_000))], 0).unwrap();
}

#[test]
fn reads_are_bounded_and_go_on_where_they_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    let outputs: Vec<_> = (0..10).map(|n| output("t", None, &format!("{n}{}", "x".repeat(99)))).collect();
    append(&log, &outputs, 0).unwrap();
    let source = Source::new("t", 0);
    let fetch = |from, records, bytes| log.read(&source, NextOffset(from), records, bytes).unwrap();
    assert_eq!((fetch(0, 3, usize::MAX).records.len(), fetch(0, 3, usize::MAX).next), (3, NextOffset(3)));
    assert_eq!((fetch(3, 99, 300).records.len(), fetch(3, 99, 300).next), (2, NextOffset(5)));
    assert_eq!(fetch(5, 99, 1).records.len(), 1, "a large record is still read, alone");
    assert_eq!((fetch(8, 99, usize::MAX).records.len(), fetch(8, 99, usize::MAX).next), (2, NextOffset(10)));
    assert_eq!(
        (fetch(10, 99, usize::MAX).records.len(), fetch(10, 99, usize::MAX).next),
        (0, NextOffset(10))
    );
}

#[test]
fn topics_are_created_altered_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let mut specs = [topic("a", 1), TopicSpec { stateful: true, ..topic("b", 2) }];
    let created = |name: &str| Change::Created(name.into());
    assert_eq!(log.plan_topics(&specs).unwrap(), [created("a"), created("b")]);
    assert_eq!(log.topics(), [], "a plan changes nothing");
    assert_eq!(log.apply_topics(&specs).unwrap(), [created("a"), created("b")]);
    append(&log, &[output("a", None, "before")], 0).unwrap();
    specs[0].retention = Retention::Delete(Some(9));
    specs[0].max_record_bytes = 6;
    specs[0].partitions = 3;
    let settings = [("retention.ms", "-1", "9"), ("max.message.bytes", "1000", "6")]
        .map(|(name, found, wanted)| (name.to_owned(), found.to_owned(), wanted.to_owned()));
    assert_eq!(
        log.apply_topics(&specs).unwrap(),
        [Change::Partitions("a".into(), 1, 3), Change::Settings("a".into(), settings.to_vec())]
    );
    append(&log, &[Output { partition: Some(Partition(2)), ..output("a", None, "after") }], 0).unwrap();
    drop(log);
    let log = open(&dir);
    assert_eq!(log.topics(), specs);
    assert_eq!(log.apply_topics(&specs).unwrap(), []);
    assert_eq!(values(&read(&log, "a", 0)), ["before"]);
    assert_eq!(values(&read(&log, "a", 2)), ["after"]);
    let fewer = TopicSpec { partitions: 1, ..specs[0].clone() };
    assert_eq!(log.apply_topics(&[fewer]).unwrap(), [Change::MorePartitions("a".into(), 3, 1)]);
    assert_eq!(log.topics(), specs, "partitions are not taken away");
}

#[test]
fn a_partition_count_that_must_not_change_is_refused_and_nothing_is_applied() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let stateful = TopicSpec { stateful: true, ..topic("s", 2) };
    log.apply_topics(&[stateful.clone(), topic("t", 2)]).unwrap();
    for wrong in [
        TopicSpec { partitions: 3, ..stateful.clone() },
        TopicSpec { partitions: 3, stateful: false, ..stateful.clone() },
        TopicSpec { stateful: true, ..topic("t", 1) },
        topic("u", 0),
    ] {
        let error = log.apply_topics(&[topic("new", 1), wrong]).unwrap_err();
        assert!(matches!(error, Error::PartitionCount { .. }), "{error}");
    }
    for name in ["", "a/b", "a b", "é", &"x".repeat(201)] {
        assert!(matches!(log.apply_topics(&[topic(name, 1)]), Err(Error::TopicName { .. })), "{name}");
    }
    assert_eq!(log.partitions(&"new".into()), None);
    assert_eq!(log.partitions(&"s".into()), Some(2));
}

#[test]
fn a_directory_in_use_is_busy_and_free_after_the_last_clone() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let clone = log.clone();
    let stores = log.stores();
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(Error::Busy { .. })));
    drop((log, stores));
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(Error::Busy { .. })));
    drop(clone);
    open(&dir);
}

#[test]
fn a_damaged_log_asks_for_the_backup_and_is_never_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    drop(log);
    std::fs::write(dir.path().join("keyspaces/1/current"), b"not a manifest").unwrap();
    let error = Log::open(dir.path(), OPTIONS).err().unwrap();
    assert!(error.to_string().contains("backup"), "{error}");
    assert!(dir.path().join("keyspaces/1/current").exists());
}

#[test]
fn another_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.inner.meta.insert(FORMAT_KEY, 9u32.to_be_bytes()).unwrap();
    drop(log);
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(Error::Format { found: 9, expected: 1, .. })));
}

#[test]
fn concurrent_writers_share_one_order_without_gaps() {
    const WRITERS: usize = 4;
    const COMMITS: usize = 50;
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("a", 1), topic("b", 1)]).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let log = &log;
            scope.spawn(move || {
                for n in 0..COMMITS {
                    let value = format!("{writer}-{n}");
                    append(log, &[output("a", None, &value), output("b", None, &value)], 0).unwrap();
                }
            });
        }
    });
    let (a, b) = (read(&log, "a", 0), read(&log, "b", 0));
    assert_eq!(values(&a), values(&b), "both topics were written by the same commits in the same order");
    assert_eq!(a.len(), WRITERS * COMMITS);
    assert!(a.iter().enumerate().all(|(n, r)| r.offset == Offset(n as u64)));
    for writer in 0..WRITERS {
        let of_writer: Vec<_> =
            values(&a).into_iter().filter(|v| v.starts_with(&format!("{writer}-"))).collect();
        let expected: Vec<_> = (0..COMMITS).map(|n| format!("{writer}-{n}")).collect();
        assert_eq!(of_writer, expected);
    }
}

/// A reader that never rests beside a writer sees whole commits, in order, and nothing before they
/// are on disk.
#[test]
fn readers_see_only_what_is_committed() {
    const COMMITS: usize = 100;
    const RECORDS: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    // With fsync, because that holds the window open in which a hasty reader would look.
    let log = Log::open(dir.path(), LogOptions { fsync: Fsync::EveryCommit, ..OPTIONS }).unwrap();
    log.apply_topics(&[topic("t", 1)]).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..COMMITS {
                let batch: Vec<_> =
                    (0..RECORDS).map(|m| output("t", None, &(n * RECORDS + m).to_string())).collect();
                append(&log, &batch, 0).unwrap();
            }
        });
        let mut seen = Vec::new();
        while seen.len() < COMMITS * RECORDS {
            let from = NextOffset(seen.len() as u64);
            let fetched = log.read(&Source::new("t", 0), from, usize::MAX, usize::MAX).unwrap();
            assert_eq!(fetched.records.len() % RECORDS, 0, "a commit is seen whole");
            seen.extend(values(&fetched.records));
            assert_eq!(fetched.next.0, seen.len() as u64, "the end is where the records end");
        }
        assert!(seen.iter().enumerate().all(|(n, value)| *value == n.to_string()));
    });
}
