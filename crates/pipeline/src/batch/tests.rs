//! A batch over a store reads as one sorted map would.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::{Mark, MemoryStore, Store, Tally};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Few letters and short keys, so that prefixes, neighbours and repeats are common.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"abc".to_vec()), 1..4)
}

fn changes() -> impl Strategy<Value = Vec<(Vec<u8>, Option<u8>)>> {
    prop::collection::vec((key(), prop::option::of(any::<u8>())), 0..24)
}

fn apply(model: &mut Model, key: &[u8], value: Option<u8>) {
    match value {
        Some(value) => model.insert(key.to_vec(), vec![value]),
        None => model.remove(key),
    };
}

fn write(batch: &mut Batch<'_>, key: &[u8], value: Option<u8>) {
    match value {
        Some(value) => batch.put(key.to_vec(), vec![value]),
        None => batch.delete(key.to_vec()),
    }
}

fn check(model: &Model, batch: &Batch<'_>, prefix: &[u8], after: Option<&[u8]>, limit: usize) {
    for key in [&b"a"[..], b"b", b"ab", b"abc", b"cc"] {
        assert_eq!(batch.get(key).unwrap(), model.get(key).cloned());
    }
    let expected: Vec<(Vec<u8>, Vec<u8>)> = model
        .iter()
        .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| key.as_slice() > after))
        .take(limit)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    assert_eq!(batch.scan(prefix, after, limit).unwrap(), expected);
}

proptest! {
    #[test]
    fn reads_as_one_map(
        stored in changes(),
        kept in changes(),
        undone in changes(),
        prefix in prop::collection::vec(prop::sample::select(b"abc".to_vec()), 0..3),
        after in prop::option::of(key()),
        limit in 0_usize..8,
    ) {
        let (mut store, mut model) = (MemoryStore::default(), Model::new());
        for (key, value) in &stored {
            apply(&mut model, key, *value);
            let change = Changes::from([(key.clone(), value.map(|v| vec![v]))]);
            store.apply(&change, Mark::default()).unwrap();
        }
        let (blocked, limits, topic) = (Blocked::default(), Limits::default(), Topic::new("dead"));
        let mut batch = Batch::new(Timestamp(0), &store, &blocked, &limits, "test", &topic);
        for (key, value) in &kept {
            apply(&mut model, key, *value);
            write(&mut batch, key, *value);
        }
        batch.set_savepoint();
        for (key, value) in &undone {
            write(&mut batch, key, *value);
        }
        batch.roll_back();
        check(&model, &batch, &prefix, after.as_deref(), limit);
        for (key, value) in &undone {
            apply(&mut model, key, *value);
            write(&mut batch, key, *value);
        }
        check(&model, &batch, &prefix, after.as_deref(), limit);
    }
}

#[test]
fn tallies_are_undone_with_their_record_and_go_on_from_the_state() {
    let (limits, blocked, topic) = (Limits::default(), Blocked::default(), Topic::new("dead"));
    let mut store = MemoryStore::default();
    let run = |store: &mut MemoryStore| {
        let mut batch = Batch::new(Timestamp(0), store, &blocked, &limits, "test", &topic);
        batch.set_savepoint();
        batch.tally("NEW", "");
        batch.tally("DELIVERED", "a/b");
        batch.set_savepoint();
        batch.tally("NEW", "");
        batch.tally("WITHHELD", "");
        batch.roll_back();
        batch.tally("DELIVERED", "a/b");
        let sealed = batch.seal(NextOffset(1)).unwrap();
        store.apply(&sealed.changes, Mark::default()).unwrap();
        sealed.tallies
    };
    let tally = |outcome: &str, route: &str| Tally { outcome: outcome.into(), route: route.into() };
    let expected = |n: u64| BTreeMap::from([(tally("NEW", ""), n), (tally("DELIVERED", "a/b"), 2 * n)]);
    assert_eq!(run(&mut store), expected(1));
    assert_eq!(run(&mut store), expected(2));
    assert_eq!(Tally::all(&store).unwrap(), expected(2));
}
