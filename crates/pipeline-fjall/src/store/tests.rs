//! The store against a model, and against torn and damaged files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use pipeline::MemoryStore;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod images;

const CACHE_BYTES: u64 = 1 << 20;

fn source() -> Source {
    Source::new("leads.normalised.v1", 0)
}

fn mark(offset: u64) -> Mark {
    Mark { changelog: NextOffset(offset) }
}

fn stores(dir: &TempDir) -> FjallStores {
    FjallStores::open(dir.path(), CACHE_BYTES).unwrap()
}

fn everything(store: &dyn Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.scan(b"", None, usize::MAX).unwrap()
}

/// Batch `n` of a history: overwrites, deletes and adds.
fn batch(n: u64) -> Changes {
    Changes::from([
        (format!("count/{}", n % 5).into_bytes(), Some(n.to_be_bytes().to_vec())),
        (format!("lead/{n}").into_bytes(), Some(vec![7; 100])),
        (format!("lead/{}", n.wrapping_sub(3)).into_bytes(), None),
    ])
}

/// The state after batches 1 to `n`.
fn history(n: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut model = MemoryStore::default();
    for n in 1..=n {
        model.apply(&batch(n), mark(n)).unwrap();
    }
    everything(&model)
}

/// A directory as a crash would leave it: every file as it is now, the journal cut to `journal_bytes`.
fn crashed(dir: &TempDir, journal_bytes: impl FnOnce(usize) -> usize) -> TempDir {
    fn copy(from: PathBuf, to: PathBuf) {
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(entry.path(), to);
            } else if entry.path().extension().is_none_or(|e| e != "jnl") {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let copied = tempfile::tempdir().unwrap();
    copy(dir.path().to_owned(), copied.path().to_owned());
    let mut journal = fs::read(dir.path().join("0.jnl")).unwrap();
    let written = journal.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    journal.truncate(journal_bytes(written));
    fs::write(copied.path().join("0.jnl"), journal).unwrap();
    copied
}

#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Scan { prefix: Vec<u8>, after: Option<Vec<u8>>, limit: usize },
    Clear,
    Reopen,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![Just(0u8), Just(b'a'), Just(b'b'), Just(255u8)], 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let value = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..9));
    prop_oneof![
        6 => proptest::collection::vec((key(), value), 0..6).prop_map(Step::Apply),
        6 => (key(), proptest::option::of(key()), 0usize..6)
            .prop_map(|(prefix, after, limit)| Step::Scan { prefix, after, limit }),
        1 => Just(Step::Clear),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn behaves_as_the_store_in_memory(steps in proptest::collection::vec(step(), 1..24)) {
        let dir = tempfile::tempdir().unwrap();
        let mut model = MemoryStore::default();
        let mut store = Some(stores(&dir).store("s", &source()).unwrap());
        for (n, step) in steps.into_iter().enumerate() {
            let open = store.as_mut().unwrap();
            match step {
                Step::Apply(changes) => {
                    let changes: Changes = changes.into_iter().collect();
                    open.apply(&changes, mark(n as u64)).unwrap();
                    model.apply(&changes, mark(n as u64)).unwrap();
                }
                Step::Scan { prefix, after, limit } => {
                    let (ours, theirs) = (open.scan(&prefix, after.as_deref(), limit), model.scan(&prefix, after.as_deref(), limit));
                    prop_assert_eq!(ours.unwrap(), theirs.unwrap());
                    prop_assert_eq!(open.get(&prefix).unwrap(), model.get(&prefix).unwrap());
                }
                Step::Clear => {
                    open.clear().unwrap();
                    model.clear().unwrap();
                }
                Step::Reopen => {
                    drop(store.take());
                    store = Some(stores(&dir).store("s", &source()).unwrap());
                }
            }
            let open = store.as_ref().unwrap();
            prop_assert_eq!(open.mark().unwrap(), model.mark().unwrap());
            prop_assert_eq!(everything(open), everything(&model));
        }
    }

    /// Wherever the crash tears the journal, data and mark are those of one and the same batch.
    #[test]
    fn a_torn_journal_leaves_a_state_that_was_once_true(cut in any::<prop::sample::Index>(), then in 1u64..4) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = stores(&dir).store("s", &source()).unwrap();
        for n in 1..=20 {
            store.apply(&batch(n), mark(n)).unwrap();
        }
        let copied = crashed(&dir, |written| cut.index(written + 1));
        let mut survivor = stores(&copied).store("s", &source()).unwrap();
        let reached = survivor.mark().unwrap().unwrap_or_default().changelog.0;
        prop_assert_eq!(everything(&survivor), history(reached));
        // And it goes on from there.
        for n in reached + 1..=reached + then {
            survivor.apply(&batch(n), mark(n)).unwrap();
        }
        drop(survivor);
        let again = stores(&copied).store("s", &source()).unwrap();
        prop_assert_eq!(everything(&again), history(reached + then));
    }
}

#[test]
fn a_whole_journal_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = stores(&dir).store("s", &source()).unwrap();
    for n in 1..=20 {
        store.apply(&batch(n), mark(n)).unwrap();
        let copied = crashed(&dir, |written| written);
        let survivor = stores(&copied).store("s", &source()).unwrap();
        assert_eq!(survivor.mark().unwrap(), Some(mark(n)));
        assert_eq!(everything(&survivor), history(n));
    }
}

#[test]
fn a_table_on_disk_and_a_torn_journal_agree() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = stores(&dir).store("s", &source()).unwrap();
    for n in 1..=10 {
        store.apply(&batch(n), mark(n)).unwrap();
    }
    store.keyspace.rotate_memtable_and_wait().unwrap();
    for n in 11..=20 {
        store.apply(&batch(n), mark(n)).unwrap();
    }
    let copied = crashed(&dir, |written| written - 3);
    let survivor = stores(&copied).store("s", &source()).unwrap();
    assert_eq!(survivor.mark().unwrap(), Some(mark(19)));
    assert_eq!(everything(&survivor), history(19));
}

#[test]
fn an_interrupted_clear_is_finished_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = stores(&dir).store("s", &source()).unwrap();
    for n in 1..=10 {
        store.apply(&batch(n), mark(n)).unwrap();
    }
    // What `clear` does first, and then the process is gone.
    store.keyspace.insert(CLEARING, []).unwrap();
    store.keyspace.remove(MARK).unwrap();
    drop(store);
    let store = stores(&dir).store("s", &source()).unwrap();
    assert_eq!(store.mark().unwrap(), None);
    assert_eq!(everything(&store), []);
    assert_eq!(store.read(CLEARING).unwrap(), None);
}

#[test]
fn stores_of_other_services_and_partitions_are_apart() {
    let dir = tempfile::tempdir().unwrap();
    let stores = stores(&dir);
    let mut one = stores.store("router", &Source::new("t", 0)).unwrap();
    one.apply(&batch(1), mark(1)).unwrap();
    for (service, partition) in [("router", 1), ("deduplicator", 0)] {
        let other = stores.store(service, &Source::new("t", partition)).unwrap();
        assert_eq!(everything(&other), []);
        assert_eq!(other.mark().unwrap(), None);
    }
}

#[test]
fn limits_of_the_engine_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let stores = stores(&dir);
    let mut store = stores.store("s", &source()).unwrap();
    let long = vec![1; KEY_BYTES_MAX + 1];
    assert!(store.get(&long).is_err());
    assert!(store.apply(&Changes::from([(long, None)]), mark(1)).is_err());
    assert_eq!(store.mark().unwrap(), None, "refused as a whole");
    let longest = vec![1; KEY_BYTES_MAX];
    store.apply(&Changes::from([(longest.clone(), Some(vec![]))]), mark(1)).unwrap();
    assert_eq!(store.get(&longest).unwrap(), Some(vec![]));
    let error = stores.store("s", &Source::new("t".repeat(250), 0)).err().unwrap();
    assert!(error.0.contains("shorten"), "{error}");
}

#[test]
fn a_directory_in_use_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let held = stores(&dir);
    assert!(matches!(FjallStores::open(dir.path(), CACHE_BYTES), Err(Error::Busy { .. })));
    assert!(matches!(FjallStores::open_or_rebuild(dir.path(), CACHE_BYTES), Err(Error::Busy { .. })));
    drop(held);
    stores(&dir);
}

/// A directory with tables and a journal, closed.
fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut store = stores(&dir).store("s", &source()).unwrap();
    for n in 1..=20 {
        store.apply(&batch(n), mark(n)).unwrap();
    }
    store.keyspace.rotate_memtable_and_wait().unwrap();
    drop(store);
    dir
}

fn files(dir: &TempDir, wanted: impl Fn(&str) -> bool + Copy) -> Vec<PathBuf> {
    fn walk(dir: PathBuf, wanted: impl Fn(&str) -> bool + Copy, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(path, wanted, found);
            } else if wanted(path.to_str().unwrap()) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(dir.path().to_owned(), wanted, &mut found);
    found.sort();
    found
}

#[test]
fn a_damaged_directory_says_what_to_do_and_can_be_rebuilt() {
    let dir = filled();
    let manifest = files(&dir, |path| path.ends_with("/keyspaces/1/current"));
    fs::write(&manifest[0], b"not a manifest").unwrap();
    fs::write(dir.path().join("note.txt"), b"somebody else's").unwrap();
    let error = FjallStores::open(dir.path(), CACHE_BYTES).err().unwrap();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("rebuild it from the changelog"), "{error}");
    let store = FjallStores::open_or_rebuild(dir.path(), CACHE_BYTES).unwrap().store("s", &source()).unwrap();
    assert_eq!(store.mark().unwrap(), None);
    assert_eq!(everything(&store), []);
    assert!(dir.path().join("note.txt").exists(), "a rebuild deletes what the engine wrote, nothing else");
}

#[test]
fn an_interrupted_rebuild_is_not_taken_for_a_database() {
    let dir = filled();
    fs::write(dir.path().join("wiping"), b"").unwrap();
    assert!(matches!(FjallStores::open(dir.path(), CACHE_BYTES), Err(Error::Damaged { .. })));
    let store = FjallStores::open_or_rebuild(dir.path(), CACHE_BYTES).unwrap().store("s", &source()).unwrap();
    assert_eq!(everything(&store), []);
    assert!(!dir.path().join("wiping").exists());
}

#[test]
fn a_first_start_that_was_killed_is_no_damage() {
    for (journal, version) in [(true, None), (true, Some(b"".as_slice()))] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("lock"), b"").unwrap();
        if journal {
            fs::write(dir.path().join("0.jnl"), vec![0; 4096]).unwrap();
        }
        if let Some(version) = version {
            fs::write(dir.path().join("version"), version).unwrap();
        }
        stores(&dir).store("s", &source()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_new_directory_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("state");
    FjallStores::open(&inner, CACHE_BYTES).unwrap();
    assert_eq!(fs::metadata(inner).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Damage is found, or does no harm: never a panic, and never a state that was not once true. The
/// journal is left out: its checksums do not cover the header of a batch (see the module's doc).
#[test]
fn a_flipped_bit_in_a_table_or_manifest_is_found_or_does_no_harm() {
    const PLACES: usize = 6;
    let mut found = 0;
    let names: Vec<_> = {
        let dir = filled();
        let of = |path: PathBuf| path.strip_prefix(dir.path()).unwrap().to_owned();
        files(&dir, |path| !path.ends_with("/lock") && !path.ends_with(".jnl")).into_iter().map(of).collect()
    };
    for (name, place) in names.iter().flat_map(|name| (0..PLACES).map(move |place| (name, place))) {
        // Opening a damaged directory may delete files, so each has a directory of its own.
        let dir = filled();
        let path = dir.path().join(name);
        let Ok(mut bytes) = fs::read(&path) else { continue };
        let written = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        let at = place * written / PLACES;
        let Some(byte) = bytes.get_mut(at) else { continue };
        *byte ^= 1 << place.rem_euclid(8);
        fs::write(&path, &bytes).unwrap();
        match FjallStores::open(dir.path(), CACHE_BYTES).map(|s| s.store("s", &source())) {
            Err(Error::Damaged { .. }) | Ok(Err(_)) => found += 1,
            Err(error) => panic!("{}: {error}", name.display()),
            Ok(Ok(store)) => match (store.scan(b"", None, usize::MAX), store.mark()) {
                (Ok(all), Ok(mark)) => {
                    let reached = mark.unwrap_or_default().changelog.0;
                    assert_eq!(all, history(reached), "{} at {at}", name.display());
                }
                _ => found += 1,
            },
        }
    }
    assert!(found > 0);
}
