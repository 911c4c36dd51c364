//! Any interleaving of creations, appends, reads, retention and restarts, against a model.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const TOPICS: [&str; 3] = ["a", "b", "c"];
const KEYS: [&str; 3] = ["x", "y", "z"];

#[derive(Debug, Clone)]
enum Step {
    Create { topic: usize, partitions: u32 },
    Append { records: Vec<(usize, usize)>, now: i64 },
    Read { topic: usize, partition: u32, from: u64, max: usize },
    Sweep { now: i64 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let record = (0..TOPICS.len(), 0..KEYS.len());
    prop_oneof![
        2 => (0..TOPICS.len(), 1u32..4).prop_map(|(topic, partitions)| Step::Create { topic, partitions }),
        6 => (proptest::collection::vec(record, 1..8), 0i64..1_000)
            .prop_map(|(records, now)| Step::Append { records, now }),
        4 => (0..TOPICS.len(), 0u32..3, 0u64..20, 0usize..6)
            .prop_map(|(topic, partition, from, max)| Step::Read { topic, partition, from, max }),
        1 => (0i64..200_000).prop_map(|now| Step::Sweep { now }),
        1 => Just(Step::Restart),
    ]
}

/// A partition as the model sees it: (offset, append time, value), and the next offset.
#[derive(Default)]
struct Model {
    records: Vec<(u64, i64, String)>,
    end: u64,
    last: i64,
}

const RETENTION: i64 = 500;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn behaves_as_the_model(steps in proptest::collection::vec(step(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Some(open(&dir));
        let mut model: BTreeMap<(usize, u32), Model> = BTreeMap::new();
        let mut count: BTreeMap<usize, u32> = BTreeMap::new();
        let mut written = 0;
        let mut swept: Option<i64> = None;
        for step in steps {
            let open_log = log.as_ref().unwrap();
            match step {
                Step::Create { topic: t, partitions } => {
                    let spec = TopicSpec { retention: Retention::Delete(Some(RETENTION)), ..topic(TOPICS[t], partitions) };
                    open_log.apply_topics(&[spec]).unwrap();
                    let have = count.entry(t).or_default();
                    *have = partitions.max(*have);
                }
                Step::Append { records, now } => {
                    let outputs: Vec<_> = records.iter().enumerate()
                        .map(|(n, (t, k))| output(TOPICS[*t], Some(KEYS[*k]), &format!("{}", written + n)))
                        .collect();
                    let result = append(open_log, &outputs, now);
                    let exists = records.iter().all(|(t, _)| count.contains_key(t));
                    prop_assert_eq!(result.is_ok(), exists);
                    if exists {
                        let mut expected = Vec::new();
                        for (t, k) in &records {
                            let partition = pipeline::partition_for(Some(KEYS[*k].as_bytes()), count[t]);
                            let of = model.entry((*t, partition.0)).or_default();
                            of.last = of.last.max(now);
                            of.records.push((of.end, of.last, written.to_string()));
                            expected.push((Source::new(TOPICS[*t], partition.0), Offset(of.end)));
                            of.end += 1;
                            written += 1;
                        }
                        prop_assert_eq!(result.unwrap(), expected);
                    }
                }
                Step::Read { topic: t, partition, from, max } => {
                    let result = open_log.read(&Source::new(TOPICS[t], partition), NextOffset(from), max, usize::MAX);
                    if count.get(&t).is_some_and(|n| partition < *n) {
                        let of = model.entry((t, partition)).or_default();
                        let expected: Vec<_> = of.records.iter().filter(|r| r.0 >= from).take(max).cloned().collect();
                        let got: Vec<_> = result.unwrap().records.iter()
                            .map(|r| (r.offset.0, r.timestamp.0, values(std::slice::from_ref(r)).remove(0)))
                            .collect();
                        prop_assert_eq!(got, expected);
                    } else {
                        prop_assert!(result.is_err());
                    }
                }
                Step::Sweep { now } => {
                    open_log.sweep(Timestamp(now)).unwrap();
                    if swept.is_none_or(|last| now < last || now - last >= 60_000) {
                        swept = Some(now);
                        for of in model.values_mut() {
                            of.records.retain(|r| r.1 >= now - RETENTION);
                        }
                    }
                }
                Step::Restart => {
                    drop(log.take());
                    log = Some(open(&dir));
                    swept = None;
                }
            }
            let open_log = log.as_ref().unwrap();
            for ((t, partition), of) in &model {
                let end = open_log.end_offset(&Source::new(TOPICS[*t], *partition)).unwrap();
                prop_assert_eq!(end, NextOffset(of.end));
            }
        }
    }
}
