//! Images: what is derived from one is what is derived from everything, whatever happened to state and image.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use pipeline::{
    Batch, Changes, Failure, Limits, Mark, MemoryStore, NextOffset, Processor, Record, Replica, Source,
    StateError, Store, Timestamp,
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::super::{FjallStores, images};

const CACHE_BYTES: u64 = 1 << 20;

fn source() -> Source {
    Source::new("leads.normalised.v1", 0)
}

fn mark(offset: u64) -> Mark {
    Mark { changelog: NextOffset(offset) }
}

/// Batch `n` of a history: overwrites, deletes and adds.
fn batch(n: u64) -> Changes {
    Changes::from([
        (format!("count/{}", n % 5).into_bytes(), Some(n.to_be_bytes().to_vec())),
        (format!("lead/{n}").into_bytes(), Some(vec![7; 100])),
        (format!("lead/{}", n.wrapping_sub(3)).into_bytes(), None),
    ])
}

/// A copy of everything, and how often it was derived from everything.
#[derive(Default)]
struct Derived {
    copy: BTreeMap<Vec<u8>, Vec<u8>>,
    restored: usize,
}

/// Derives a copy of everything.
#[derive(Default, Clone)]
struct Mirror(Arc<Mutex<Derived>>);

impl Mirror {
    fn derived(&self) -> MutexGuard<'_, Derived> {
        self.0.lock().unwrap()
    }
}

impl Processor for Mirror {
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        let copy = store.scan(b"", None, usize::MAX)?.into_iter().collect();
        let mut derived = self.derived();
        (derived.copy, derived.restored) = (copy, derived.restored + 1);
        Ok(())
    }

    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        for key in keys {
            match store.get(key)? {
                Some(value) => drop(self.derived().copy.insert(key.clone(), value)),
                None => drop(self.derived().copy.remove(key)),
            }
        }
        Ok(())
    }

    fn derived_from(&self) -> &'static [u8] {
        b"cl"
    }

    fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        for part in self.derived().copy.iter().flat_map(|(key, value)| [key, value]) {
            out.write_all(&u32::try_from(part.len()).unwrap().to_be_bytes())?;
            out.write_all(part)?;
        }
        Ok(())
    }

    fn on_image(&mut self, image: &mut dyn Read) -> bool {
        let (mut bytes, mut parts) = (Vec::new(), Vec::new());
        if image.read_to_end(&mut bytes).is_err() {
            return false;
        }
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some((part, after)) = after.split_at_checked(length) else { return false };
            parts.push(part.to_vec());
            rest = after;
        }
        self.derived().copy = parts.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        true
    }

    fn process(&mut self, _: &Record, _: &mut Batch<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

/// What may happen to a state and its image.
#[derive(Clone, Debug)]
enum Act {
    Apply,
    Keep,
    Restart,
    Clear,
    Damage(prop::sample::Index),
    Lose,
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Apply),
        3 => Just(Act::Keep),
        4 => Just(Act::Restart),
        1 => Just(Act::Clear),
        1 => any::<prop::sample::Index>().prop_map(Act::Damage),
        1 => Just(Act::Lose),
    ]
}

fn image_files(dir: &TempDir) -> Vec<PathBuf> {
    let found = fs::read_dir(images(&dir.path().join("state"))).into_iter().flatten().flatten();
    found.map(|file| file.path()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Sabotage: note no changes, or keep what was noted for the image before; or believe an image whose digest does not fit.
    #[test]
    fn what_is_derived_from_an_image_is_what_is_derived_from_everything(acts in prop::collection::vec(an_act(), 1..24)) {
        let dir = TempDir::new().unwrap();
        let open = || {
            let stores = FjallStores::open(&dir.path().join("state"), CACHE_BYTES).unwrap();
            let mirror = Mirror::default();
            let store = stores.store("deduplicator", &source()).unwrap();
            let changes = store.image().unwrap().changes;
            (Replica::new(mirror.clone(), Box::new(store)), mirror, changes)
        };
        let limits = Limits { image_changes: 0, image_millis: 0, image_millis_max: 0, ..Limits::default() };
        let (mut replica, ..) = open();
        replica.derive().unwrap();
        let (mut n, mut since, mut is_whole, mut model) = (0, 0, false, MemoryStore::default());
        for act in acts {
            match act {
                Act::Apply => {
                    (n, since) = (n + 1, since + 1);
                    model.apply(&batch(n), mark(n)).unwrap();
                    replica.update(|store| store.apply(&batch(n), mark(n))).unwrap();
                    replica.derive().unwrap();
                }
                Act::Keep => {
                    replica.keep_image(Timestamp(i64::try_from(n).unwrap()), &limits).unwrap();
                    (is_whole, since) = (true, 0);
                    prop_assert_eq!(image_files(&dir).len(), 1, "one at a time");
                }
                Act::Clear => {
                    model.clear().unwrap();
                    replica.update(|store| store.clear()).unwrap();
                    replica.derive().unwrap();
                    is_whole = false;
                }
                Act::Damage(at) => for file in image_files(&dir) {
                    let mut bytes = fs::read(&file).unwrap();
                    let at = at.index(bytes.len());
                    bytes[at] ^= 1;
                    fs::write(&file, bytes).unwrap();
                    is_whole = false;
                },
                Act::Lose => for file in image_files(&dir) {
                    fs::remove_file(file).unwrap();
                    is_whole = false;
                },
                Act::Restart => {
                    drop(replica);
                    let mirror;
                    let changes;
                    (replica, mirror, changes) = open();
                    replica.derive().unwrap();
                    let derived = mirror.derived();
                    let copy: Vec<_> = derived.copy.clone().into_iter().collect();
                    prop_assert_eq!(copy, model.scan(b"", None, usize::MAX).unwrap());
                    prop_assert_eq!(derived.restored, usize::from(!is_whole), "from the image, if it is whole");
                    prop_assert!(changes <= 3 * since, "{changes} changes are noted of {since} batches");
                }
            }
        }
    }
}
