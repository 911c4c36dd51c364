//! The entries of clusters: members, edges, and what officers said.

use std::collections::BTreeSet;

use lead::LeadId;
use linkage::{Edge, Id};
use pipeline::StateError;
use serde::{Deserialize, Serialize};

use super::{Index, VERSION, body, corrupt, decode, encode};
use crate::state::State;

/// Entries that are read at once; nothing that grows by itself comes near.
const MANY: usize = 1_000_000;

/// An edge as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptEdge {
    pub(crate) edge: Edge,
    /// Whether it holds its cluster together.
    pub(crate) live: bool,
}

/// What an officer said last of two leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) are_same: bool,
    /// When, in microseconds since 1970.
    pub(crate) at: i64,
    /// The officer's identifier.
    pub(crate) officer: String,
}

impl<S: State> Index<'_, S> {
    /// The entries of a cluster's live leads, in the order of their acceptance.
    pub(crate) fn members(&self, cluster: Id) -> Result<Vec<(u64, LeadId)>, StateError> {
        let found = self.state.scan(&self.key(b'c', &cluster), MANY)?;
        let members = found.iter().map(|(key, _)| {
            let (accepted, lead) = key.get(18..).and_then(|k| k.split_first_chunk::<8>())?;
            Some((u64::from_be_bytes(*accepted), LeadId(lead.try_into().ok()?)))
        });
        members.map(|m| m.ok_or_else(|| corrupt("member", "a key of another length"))).collect()
    }

    /// Whether a cluster of this name has entries.
    pub(crate) fn is_cluster(&self, name: Id) -> Result<bool, StateError> {
        Ok(!self.state.scan(&self.key(b'c', &name), 1)?.is_empty())
    }

    /// Replaces entries of members by others.
    pub(crate) fn change_members(
        &mut self,
        before: &BTreeSet<(Id, u64, Id)>,
        after: &BTreeSet<(Id, u64, Id)>,
    ) {
        for (cluster, accepted, lead) in before.difference(after) {
            self.state.delete(self.member_key(*cluster, *accepted, *lead));
        }
        for (cluster, accepted, lead) in after.difference(before) {
            self.state.put(self.member_key(*cluster, *accepted, *lead), vec![VERSION]);
        }
    }

    fn member_key(&self, cluster: Id, accepted: u64, lead: Id) -> Vec<u8> {
        self.long_key(b'c', &cluster, &[accepted.to_be_bytes().as_slice(), &lead].concat())
    }

    /// Leads with which this one has an edge.
    pub(crate) fn neighbours(&self, lead: Id) -> Result<Vec<Id>, StateError> {
        let found = self.state.scan(&self.key(b'e', &lead), MANY)?;
        found.iter().map(|(key, _)| other(key)).collect()
    }

    /// The edge of two leads, the smaller id first.
    pub(crate) fn edge(&self, (a, b): (Id, Id)) -> Result<Option<KeptEdge>, StateError> {
        let value = self.state.get(&self.long_key(b'e', &a, &b))?;
        value.map(|v| decode("edge", body("edge", &v)?)).transpose()
    }

    pub(crate) fn put_edge(&mut self, (a, b): (Id, Id), edge: &KeptEdge) -> Result<(), StateError> {
        let value = encode("edge", edge)?;
        self.state.put(self.long_key(b'e', &a, &b), value);
        self.state.put(self.long_key(b'e', &b, &a), vec![VERSION]);
        Ok(())
    }

    pub(crate) fn delete_edge(&mut self, a: Id, b: Id) {
        self.state.delete(self.long_key(b'e', &a, &b));
        self.state.delete(self.long_key(b'e', &b, &a));
    }

    /// What officers said last of two leads.
    pub(crate) fn word(&self, a: Id, b: Id) -> Result<Option<Word>, StateError> {
        let value = self.state.get(&self.long_key(b'x', &a, &b))?;
        value.map(|v| decode("word", body("word", &v)?)).transpose()
    }

    pub(crate) fn put_word(&mut self, a: Id, b: Id, word: &Word) -> Result<(), StateError> {
        let value = encode("word", word)?;
        self.state.put(self.long_key(b'x', &a, &b), value.clone());
        self.state.put(self.long_key(b'x', &b, &a), value);
        Ok(())
    }

    /// Leads that an officer declared different from this one.
    pub(crate) fn different_from(&self, lead: Id) -> Result<Vec<Id>, StateError> {
        let mut different = Vec::new();
        for (key, value) in self.state.scan(&self.key(b'x', &lead), MANY)? {
            let word: Word = decode("word", body("word", &value)?)?;
            if !word.are_same {
                different.push(other(&key)?);
            }
        }
        Ok(different)
    }
}

/// The second lead of a key.
fn other(key: &[u8]) -> Result<Id, StateError> {
    let id = key.get(18..).and_then(|id| id.try_into().ok());
    id.ok_or_else(|| corrupt("link", "a key of another length"))
}
