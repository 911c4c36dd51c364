//! The processor of these tests.

use super::*;
use crate::{Processor, Reason};

/// Numbers the occurrences of each key. A `bad` record makes a mess and then fails. Everything also
/// goes to topic `partner`, or is owed to it until a tick. What it derives from its state, a copy of the numbers,
/// is held against the state at every record.
#[derive(Default)]
pub(super) struct Numbering {
    derived: HashMap<Vec<u8>, u8>,
    undo: Vec<(Vec<u8>, Option<u8>)>,
    savepoint: usize,
}

impl Numbering {
    fn undo_to(&mut self, length: usize) {
        for (key, before) in self.undo.drain(length..).rev() {
            match before {
                Some(number) => self.derived.insert(key, number),
                None => self.derived.remove(&key),
            };
        }
    }
}

pub(super) const OUT: &str = "out";
pub(super) const PARTNER: &str = "partner";

fn output(topic: &str, key: &[u8], value: Vec<u8>) -> Output {
    Output {
        topic: Topic::new(topic),
        partition: None,
        key: Some(key.to_vec()),
        value: Some(value),
        headers: Headers::default(),
    }
}

impl Processor for Numbering {
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        *self = Self::default();
        let numbers =
            store.scan(b"", None, 1_000)?.into_iter().filter(|(key, _)| key.len() == 1 && key[0] > 0);
        self.derived.extend(numbers.map(|(key, value)| (key, value[0])));
        Ok(())
    }

    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        for key in keys.iter().filter(|key| key.len() == 1 && key[0] > 0) {
            match store.get(key)? {
                Some(number) => self.derived.insert(key.clone(), number[0]),
                None => self.derived.remove(key),
            };
        }
        Ok(())
    }

    fn on_savepoint(&mut self) {
        self.savepoint = self.undo.len();
    }

    fn on_roll_back(&mut self) {
        self.undo_to(self.savepoint);
    }

    fn on_commit(&mut self) {
        self.undo.clear();
    }

    fn on_abort(&mut self) {
        self.undo_to(0);
    }

    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let key = record.key.clone().unwrap();
        batch.count(Counter::Entries, 1);
        let before = batch.get(&key)?.map(|v| v[0]);
        assert_eq!(self.derived.get(&key).copied(), before, "what is derived follows the state");
        let seen = before.unwrap_or_default() + 1;
        batch.put(key.clone(), vec![seen]);
        self.undo.push((key.clone(), self.derived.insert(key.clone(), seen)));
        batch.send(output(OUT, &key, vec![seen]));
        if record.value.as_deref() == Some(b"bad") {
            batch.put(b"mess".to_vec(), vec![1]);
            return Err(Reason::new("bad", "decode", "expected something else").into());
        }
        batch.count(Counter::Leads, 1);
        match batch.accepts(&Topic::new(PARTNER), 1) {
            Ok(()) => batch.send(output(PARTNER, &key, vec![seen])),
            Err(_) => batch.put([b"owed/", key.as_slice()].concat(), vec![seen]),
        }
        Ok(())
    }

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        for (owed, value) in batch.scan(b"owed/", None, 100)? {
            if batch.accepts(&Topic::new(PARTNER), 1).is_ok() {
                batch.send(output(PARTNER, owed.strip_prefix(b"owed/").unwrap(), value));
                batch.delete(owed);
            }
        }
        Ok(())
    }
}
