//! A processor on its store: what a task works on, and what whoever stands by for it keeps up to date.

use crate::batch::Limits;
use crate::processor::{Processor, StateError};
use crate::record::Timestamp;
use crate::store::{Changes, ImageState, Mark, Pairs, Store, StoreError, StoreSize};

/// More changes than this, and everything that is derived from the store is derived anew.
const KEYS_MAX: usize = 100_000;

/// A store, and a processor with what it derives from the store and keeps in memory.
///
/// INVARIANT: between [`derive`](Self::derive) and the next change of the store, the processor has what it would derive
/// from this store alone.
pub struct Replica<P> {
    pub(crate) processor: P,
    pub(crate) store: Box<dyn Store>,
    /// Keys that changed since the processor derived what it has; `None` when it has derived nothing, or too much changed.
    changed: Option<Vec<Vec<u8>>>,
    /// When an image was made, or asked for in vain.
    imaged: Option<Timestamp>,
}

impl<P: Processor> Replica<P> {
    /// One that has derived nothing yet.
    pub fn new(processor: P, mut store: Box<dyn Store>) -> Self {
        store.watch(processor.derived_from());
        Self { processor, store, changed: None, imaged: None }
    }

    /// The same with its store in another's hands: for tests that take a guarantee away.
    #[must_use]
    pub fn with_store(self, change: impl FnOnce(Box<dyn Store>) -> Box<dyn Store>) -> Self {
        Self { store: change(self.store), ..self }
    }

    /// Lets somebody bring the store up to date, and notes which keys change.
    pub fn update<T, E>(&mut self, update: impl FnOnce(&mut dyn Store) -> Result<T, E>) -> Result<T, E> {
        let mut watched = Watched { store: self.store.as_mut(), changed: &mut self.changed };
        update(&mut watched)
    }

    /// Lets the processor derive what it keeps in memory, all of it or what changed. To be called only where the store
    /// holds whole transactions.
    pub fn derive(&mut self) -> Result<(), StateError> {
        // After an error nobody knows what is derived.
        match self.changed.take() {
            Some(keys) if keys.is_empty() => {}
            Some(keys) => self.processor.on_changed(self.store.as_ref(), &keys)?,
            None => self.derive_all()?,
        }
        self.changed = Some(Vec::new());
        Ok(())
    }

    /// From the image and what changed since it was made, or from everything.
    fn derive_all(&mut self) -> Result<(), StateError> {
        let Self { processor, store, .. } = self;
        match store.take_image(&mut |image| processor.on_image(image))? {
            Some(keys) if keys.is_empty() => Ok(()),
            Some(keys) => processor.on_changed(store.as_ref(), &keys),
            None => processor.on_restore(store.as_ref()),
        }
    }

    /// Keeps an image of what was derived, if it is time. To be called where nothing is under way. It takes a second or so for
    /// each million leads, once for many thousand changes.
    pub fn keep_image(&mut self, now: Timestamp, limits: &Limits) -> Result<(), StoreError> {
        let is_derived = self.changed.as_ref().is_some_and(Vec::is_empty);
        let (true, false, Some(image)) =
            (is_derived, self.processor.derived_from().is_empty(), self.store.image())
        else {
            return Ok(());
        };
        let begin = if image.is_there { now } else { now.plus_millis(-limits.image_millis_max) };
        // A clock that was ahead and is put right must not put it off.
        let last = self.imaged.map_or(begin, |at| at.min(now));
        self.imaged = Some(last);
        let entries = self.store.size().unwrap_or_default().entries;
        if !is_due(image, entries, now.millis_since(last), limits) {
            return Ok(());
        }
        self.imaged = Some(now);
        let Self { processor, store, .. } = self;
        store.keep_image(&mut |out| processor.write_image(out))
    }

    /// What was derived in a transaction that did not commit is taken back.
    pub(crate) fn abort(&mut self) {
        if self.changed.is_some() {
            self.processor.on_abort();
        }
    }
}

/// Whether a state of so many entries needs a new image, so many milliseconds after the last.
fn is_due(image: ImageState, entries: u64, passed: i64, limits: &Limits) -> bool {
    let cost = i64::try_from(entries / limits.image_entries.max(1)).unwrap_or(i64::MAX);
    let patience = limits.image_millis.max(cost).min(limits.image_millis_max);
    let changes = if image.is_there { image.changes } else { entries };
    changes >= limits.image_changes && passed >= patience
        || image.is_there && changes > 0 && passed >= limits.image_millis_max
}

/// A store that notes what changes in it.
struct Watched<'r> {
    store: &'r mut dyn Store,
    changed: &'r mut Option<Vec<Vec<u8>>>,
}

impl Store for Watched<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.store.scan(prefix, after, limit)
    }

    fn apply(&mut self, changes: &Changes, mark: Mark) -> Result<(), StoreError> {
        if let Some(keys) = self.changed {
            if keys.len().saturating_add(changes.len()) > KEYS_MAX {
                *self.changed = None;
            } else {
                keys.extend(changes.keys().cloned());
            }
        }
        self.store.apply(changes, mark)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.store.mark()
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        *self.changed = None;
        self.store.clear()
    }

    fn size(&self) -> Option<StoreSize> {
        self.store.size()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::batch::Batch;
    use crate::processor::Failure;
    use crate::record::Record;
    use crate::store::MemoryStore;

    /// Derives a copy of everything, and counts how.
    #[derive(Default)]
    struct Mirror {
        copy: BTreeMap<Vec<u8>, Vec<u8>>,
        restored: usize,
        changed: usize,
        fails: bool,
    }

    impl Processor for Mirror {
        fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
            self.restored += 1;
            self.copy = store.scan(b"", None, usize::MAX)?.into_iter().collect();
            Ok(())
        }

        fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
            if self.fails {
                return Err(StateError::Corrupt { entry: "test", detail: String::new() });
            }
            self.changed += 1;
            for key in keys {
                match store.get(key)? {
                    Some(value) => drop(self.copy.insert(key.clone(), value)),
                    None => drop(self.copy.remove(key)),
                }
            }
            Ok(())
        }

        fn process(&mut self, _: &Record, _: &mut Batch<'_>) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn replica() -> Replica<Mirror> {
        Replica::new(Mirror::default(), Box::new(MemoryStore::default()))
    }

    fn change(replica: &mut Replica<Mirror>, changes: &Changes) {
        replica.update(|store| store.apply(changes, Mark::default())).unwrap();
    }

    fn one(key: u8, value: Option<u8>) -> Changes {
        Changes::from([(vec![key], value.map(|value| vec![value]))])
    }

    proptest! {
        /// Sabotage: forget the keys of an update that nothing was derived after.
        #[test]
        fn what_is_derived_step_by_step_is_what_is_derived_at_once(
            steps in proptest::collection::vec((0u8..8, proptest::option::of(0u8..4), 0u8..10), 0..60),
        ) {
            let mut replica = replica();
            for (key, value, what) in steps {
                match what {
                    0 => replica.update(|store| store.clear()).unwrap(),
                    1..4 => replica.derive().unwrap(),
                    _ => change(&mut replica, &one(key, value)),
                }
            }
            replica.derive().unwrap();
            let stepwise = std::mem::take(&mut replica.processor.copy);
            replica.processor.on_restore(replica.store.as_ref()).unwrap();
            prop_assert_eq!(stepwise, replica.processor.copy);
        }
    }

    /// Sabotage: derive everything each time.
    #[test]
    fn everything_is_derived_once_and_then_what_changed() {
        let mut replica = replica();
        change(&mut replica, &one(1, Some(1)));
        for _ in 0..3 {
            replica.derive().unwrap();
        }
        change(&mut replica, &one(2, Some(1)));
        replica.derive().unwrap();
        assert_eq!((replica.processor.restored, replica.processor.changed), (1, 1));
        replica.update(|store| store.clear()).unwrap();
        replica.derive().unwrap();
        assert_eq!((replica.processor.restored, replica.processor.copy.len()), (2, 0));
        let many = (0..=KEYS_MAX).map(|key| (key.to_be_bytes().to_vec(), Some(vec![1]))).collect();
        change(&mut replica, &many);
        replica.derive().unwrap();
        assert_eq!((replica.processor.restored, replica.processor.copy.len()), (3, KEYS_MAX + 1));
    }

    /// Sabotage: leave out what an image costs, or what changes little.
    #[test]
    fn an_image_is_due_when_it_saves_much_and_costs_little() {
        let limits = Limits {
            image_changes: 100,
            image_millis: 60,
            image_millis_max: 3_600,
            image_entries: 10,
            ..Limits::default()
        };
        let due = |is_there, changes, entries, passed| {
            is_due(ImageState { is_there, changes }, entries, passed, &limits)
        };
        // (an image is there, changes, entries, milliseconds) and whether another is due.
        let cases = [
            ((false, 0, 99, 3_600), false),
            ((false, 0, 100, 3_600), true),
            ((false, 0, 1_000_000, 3_600), true),
            ((true, 99, 500, 3_599), false),
            ((true, 100, 500, 59), false),
            ((true, 100, 500, 60), true),
            ((true, 100, 5_000, 499), false),
            ((true, 100, 5_000, 500), true),
            ((true, 0, 500, 3_600), false),
            ((true, 1, 500, 3_600), true),
            ((true, 100, 1_000_000, 3_599), false),
            ((true, 100, 1_000_000, 3_600), true),
        ];
        for ((is_there, changes, entries, passed), is) in cases {
            assert_eq!(due(is_there, changes, entries, passed), is, "{changes} of {entries} after {passed}");
        }
    }

    /// Sabotage: take what was half derived for derived.
    #[test]
    fn after_an_error_everything_is_derived_again() {
        let mut replica = replica();
        replica.derive().unwrap();
        change(&mut replica, &one(1, Some(1)));
        replica.processor.fails = true;
        assert!(replica.derive().is_err());
        replica.processor.fails = false;
        replica.derive().unwrap();
        assert_eq!((replica.processor.restored, replica.processor.copy.len()), (2, 1));
    }
}
