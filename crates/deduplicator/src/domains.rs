//! The indexes in memory, one for each domain: derived from the state, and kept in step with it.

use std::io::{self, Read, Write};

use lead::code::MessageStatus;
use linkage::{Digester, ImageError, Linker, LinkerError, RestoreError, Rulebook, Table};
use pipeline::{StateError, Store};

use crate::index::stored::{self, LiveLead};

/// The indexes of all domains.
pub(crate) struct Domains {
    table: Table,
    digester: Digester,
    linkers: Vec<(MessageStatus, Linker)>,
    /// How far each index had changed when the record began.
    savepoint: Vec<usize>,
}

impl Domains {
    pub(crate) fn new(table: Table, digester: Digester) -> Self {
        let mut domains = Self { table, digester, linkers: Vec::new(), savepoint: Vec::new() };
        domains.clear();
        domains
    }

    /// Empty indexes.
    fn clear(&mut self) {
        let empty = |status: &MessageStatus| {
            let mut linker = Linker::new(self.table.clone(), Rulebook::Leads, self.digester);
            linker.begin();
            (*status, linker)
        };
        self.linkers = MessageStatus::ALL.iter().map(empty).collect();
        self.savepoint = vec![0; self.linkers.len()];
    }

    /// Builds the indexes again from the state.
    pub(crate) fn restore(&mut self, store: &dyn Store, additions: usize) -> Result<(), StateError> {
        self.clear();
        for (status, linker) in &mut self.linkers {
            linker.restore_hot_marks(&stored::hot_marks(store, *status)?);
            let live = stored::live(store, *status, additions)?;
            linker.reserve(live.len());
            hold(linker, live)?;
        }
        Ok(())
    }

    /// Writes the indexes as they stand.
    pub(crate) fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        self.linkers.iter().try_for_each(|(_, linker)| linker.write_image(out))
    }

    /// Takes indexes as they stood.
    pub(crate) fn read_image(&mut self, image: &mut dyn Read) -> Result<(), ImageError> {
        self.clear();
        for (_, linker) in &mut self.linkers {
            *linker = Linker::read_image(self.table.clone(), Rulebook::Leads, self.digester, image)?;
            linker.begin();
        }
        Ok(())
    }

    /// Brings the indexes up to date with a state in which nothing but these keys changed.
    pub(crate) fn follow(
        &mut self,
        store: &dyn Store,
        keys: &[Vec<u8>],
        additions: usize,
    ) -> Result<(), StateError> {
        for (status, linker) in &mut self.linkers {
            linker.keep();
            for (mark, is_hot) in stored::marks_of(store, keys, *status)? {
                linker.set_mark(mark, is_hot);
            }
            let mut live = Vec::new();
            for id in stored::leads_of(keys, *status) {
                match stored::live_lead(store, *status, id, additions)? {
                    Some(lead) => live.push(lead),
                    None => linker.forget(id.0),
                }
            }
            live.sort_unstable_by_key(|lead| lead.accepted);
            hold(linker, live)?;
        }
        self.savepoint.fill(0);
        Ok(())
    }

    pub(crate) fn commit(&mut self) {
        for (_, linker) in &mut self.linkers {
            linker.keep();
            linker.begin();
        }
        self.savepoint.fill(0);
    }

    pub(crate) fn abort(&mut self) {
        for (_, linker) in &mut self.linkers {
            linker.undo();
            linker.begin();
        }
        self.savepoint.fill(0);
    }

    pub(crate) fn set_savepoint(&mut self) {
        self.savepoint.clear();
        self.savepoint.extend(self.linkers.iter().map(|(_, linker)| linker.changes()));
    }

    pub(crate) fn roll_back(&mut self) {
        for ((_, linker), changes) in self.linkers.iter_mut().zip(&self.savepoint) {
            linker.undo_to(*changes);
        }
    }

    fn linker(&mut self, status: MessageStatus) -> Result<&mut Linker, StateError> {
        let found = self.linkers.iter_mut().find(|(of, _)| *of == status).map(|(_, linker)| linker);
        found.ok_or_else(no_index)
    }

    /// The index of a domain.
    pub(crate) fn index_of(&self, status: MessageStatus) -> Result<&Linker, StateError> {
        let found = self.linkers.iter().find(|(of, _)| *of == status).map(|(_, linker)| linker);
        found.ok_or_else(no_index)
    }

    /// Changes an index; says which values became hot by it, and which are not any more.
    pub(crate) fn change(
        &mut self,
        status: MessageStatus,
        change: impl FnOnce(&mut Linker) -> Result<(), LinkerError>,
    ) -> Result<Vec<(u64, bool)>, StateError> {
        let linker = self.linker(status)?;
        let before = linker.changes();
        change(linker).map_err(fault)?;
        Ok(linker.marks_since(before))
    }
}

/// Brings these leads, the first accepted first, to what the state says of them; what changes from here on can be
/// taken back.
fn hold(linker: &mut Linker, live: Vec<LiveLead>) -> Result<(), StateError> {
    for lead in live {
        linker.follow(lead.id.0, lead.accepted, lead.cluster, &lead.profile).map_err(fault_of_restore)?;
    }
    linker.begin();
    Ok(())
}

fn no_index() -> StateError {
    StateError::Corrupt { entry: "index", detail: "a domain without an index".into() }
}

fn fault_of_restore(error: RestoreError) -> StateError {
    match error {
        RestoreError::Linker(error) => fault(error),
        RestoreError::Profile(error) => StateError::Corrupt { entry: "profile", detail: error.to_string() },
    }
}

fn fault(error: LinkerError) -> StateError {
    StateError::Corrupt { entry: "index", detail: error.to_string() }
}
