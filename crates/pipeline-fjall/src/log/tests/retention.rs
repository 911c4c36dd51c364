//! What retention deletes, and what it must keep.

use super::*;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn offsets(log: &Log, topic: &str) -> Vec<u64> {
    read(log, topic, 0).iter().map(|r| r.offset.0).collect()
}

fn set(key: &str, value: &str) -> Output {
    output("t", Some(key), value)
}

fn unset(key: &str) -> Output {
    Output { value: None, ..set(key, "") }
}

#[test]
fn old_records_go_and_offsets_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let spec = TopicSpec { retention: Retention::Delete(Some(MINUTE)), ..topic("t", 1) };
    log.apply_topics(&[spec, topic("kept", 1)]).unwrap();
    for at in [0, 10, 20] {
        append(&log, &[output("t", None, "v"), output("kept", None, "v")], at).unwrap();
    }
    assert_eq!(log.sweep(Timestamp(MINUTE + 15)).unwrap(), 2);
    assert_eq!(offsets(&log, "t"), [2]);
    assert_eq!(log.sweep(Timestamp(MINUTE + 25)).unwrap(), 0, "a minute must pass between passes");
    assert_eq!(log.sweep(Timestamp(3 * MINUTE)).unwrap(), 1);
    let source = Source::new("t", 0);
    assert_eq!(
        log.read(&source, NextOffset(0), 9, 9).unwrap(),
        Fetched { records: vec![], next: NextOffset(3) }
    );
    drop(log);
    let log = open(&dir);
    assert_eq!(
        (log.start_offset(&source).unwrap(), log.end_offset(&source).unwrap()),
        (NextOffset(3), NextOffset(3))
    );
    append(&log, &[output("t", None, "v")], 5).unwrap();
    assert_eq!(offsets(&log, "t"), [3], "no offset is given out twice");
    assert_eq!(read(&log, "t", 0)[0].timestamp, Timestamp(20), "the last append time is remembered too");
    assert_eq!(offsets(&log, "kept"), [0, 1, 2]);
}

#[test]
fn what_a_service_has_yet_to_read_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let spec = TopicSpec { retention: Retention::Delete(Some(MINUTE)), ..topic("t", 1) };
    log.apply_topics(&[spec]).unwrap();
    append(&log, &vec![output("t", None, "v"); 5], 0).unwrap();
    let source = Source::new("t", 0);
    let commit = |service: &str, next: u64| {
        log.inner.offsets.insert(offset_key(service, &source), next.to_be_bytes()).unwrap();
    };
    commit("fast", 5);
    commit("slow", 2);
    log.sweep(Timestamp(DAY)).unwrap();
    assert_eq!(offsets(&log, "t"), [2, 3, 4]);
    commit("slow", 4);
    log.sweep(Timestamp(2 * DAY)).unwrap();
    assert_eq!(offsets(&log, "t"), [4]);
}

#[test]
fn compaction_keeps_the_newest_of_each_key() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    let compacted = TopicSpec { retention: Retention::Compact, ..topic("t", 1) };
    log.apply_topics(std::slice::from_ref(&compacted)).unwrap();
    append(&log, &[set("a", "1"), set("b", "1"), set("a", "2"), output("t", None, "no key")], 0).unwrap();
    log.sweep(Timestamp(0)).unwrap();
    assert_eq!(offsets(&log, "t"), [1, 2, 3]);
    append(&log, &[set("b", "2"), unset("a"), set("c", "1")], 0).unwrap();
    log.sweep(Timestamp(MINUTE)).unwrap();
    assert_eq!(offsets(&log, "t"), [3, 4, 5, 6], "the tombstone stays for a while");
    drop(log);
    let log = open(&dir);
    log.sweep(Timestamp(DAY)).unwrap();
    assert_eq!(offsets(&log, "t"), [3, 4, 6]);
    append(&log, &[set("a", "3"), set("b", "3")], DAY).unwrap();
    log.sweep(Timestamp(DAY + MINUTE)).unwrap();
    assert_eq!(offsets(&log, "t"), [3, 6, 7, 8]);
    assert_eq!(values(&read(&log, "t", 0)), ["no key", "1", "3", "3"]);
}

#[test]
fn a_tombstone_that_was_last_leaves_its_offset_taken() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[TopicSpec { retention: Retention::Compact, ..topic("t", 1) }]).unwrap();
    append(&log, &[set("a", "1"), unset("a")], 0).unwrap();
    log.sweep(Timestamp(0)).unwrap();
    log.sweep(Timestamp(DAY)).unwrap();
    assert_eq!(offsets(&log, "t"), [0u64; 0]);
    drop(log);
    let log = open(&dir);
    append(&log, &[set("a", "2")], DAY).unwrap();
    assert_eq!(offsets(&log, "t"), [2]);
}

#[test]
fn a_topic_can_become_compacted_later() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir);
    log.apply_topics(&[topic("t", 1)]).unwrap();
    append(&log, &[set("a", "1"), set("a", "2"), set("a", "3")], 0).unwrap();
    log.sweep(Timestamp(0)).unwrap();
    assert_eq!(offsets(&log, "t"), [0, 1, 2]);
    log.apply_topics(&[TopicSpec { retention: Retention::Compact, ..topic("t", 1) }]).unwrap();
    log.sweep(Timestamp(MINUTE)).unwrap();
    assert_eq!(offsets(&log, "t"), [2]);
}
