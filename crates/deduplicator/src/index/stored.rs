//! Reads what the index in memory is derived from: the whole state of a domain, in order, or what some keys are about.

use std::collections::BTreeSet;

use lead::LeadId;
use lead::code::MessageStatus;
use linkage::Profile;
use pipeline::{StateError, Store};

use super::{body, corrupt, decode, domain_code, read_profile, split_addition};
use crate::lead_state::LeadState;
use crate::profile::union;

/// Tables whose entries say what changed of it: whatever changes of a lead, its own entry does, and marks stand alone.
pub(crate) const TABLES: &[u8] = b"lh";
/// Entries that are read at once.
const PAGE: usize = 4_096;

/// A live lead with all that it says.
pub(crate) struct LiveLead {
    pub(crate) id: LeadId,
    pub(crate) accepted: u64,
    pub(crate) cluster: [u8; 16],
    /// Encoded, which takes a third of the memory: all leads are held before the first is inserted.
    pub(crate) profile: Vec<u8>,
}

/// The values that are hot.
pub(crate) fn hot_marks(store: &dyn Store, status: MessageStatus) -> Result<Vec<u64>, StateError> {
    let mut marks = Vec::new();
    each(store, b'h', status, |key, value| {
        body("hot mark", value)?;
        marks.push(u64::from_be_bytes(key.try_into().map_err(|_| corrupt("hot mark", "not 8 bytes"))?));
        Ok(())
    })?;
    Ok(marks)
}

/// The live leads, in the order of their acceptance. Of each lead at most so many additions are read.
pub(crate) fn live(
    store: &dyn Store,
    status: MessageStatus,
    additions: usize,
) -> Result<Vec<LiveLead>, StateError> {
    let mut live = Vec::new();
    each(store, b'l', status, |key, value| {
        let id = LeadId(key.try_into().map_err(|_| corrupt("lead", "not 16 bytes"))?);
        live.extend(said(store, status, id, value, additions)?);
        Ok(())
    })?;
    live.sort_unstable_by_key(|lead| lead.accepted);
    Ok(live)
}

/// A lead, if it is live now.
pub(crate) fn live_lead(
    store: &dyn Store,
    status: MessageStatus,
    id: LeadId,
    additions: usize,
) -> Result<Option<LiveLead>, StateError> {
    let value = store.get(&[&[b'l', domain_code(status)][..], &id.0].concat())?;
    value.map_or(Ok(None), |value| said(store, status, id, &value, additions))
}

/// Which leads these keys are about, live or not. Whatever changes of a lead, its own entry does.
pub(crate) fn leads_of(keys: &[Vec<u8>], status: MessageStatus) -> BTreeSet<LeadId> {
    let code = domain_code(status);
    let id = |key: &Vec<u8>| match key.as_slice() {
        [b'l', domain, rest @ ..] if *domain == code => rest.first_chunk().copied(),
        _ => None,
    };
    keys.iter().filter_map(id).map(LeadId).collect()
}

/// The values that these keys are about, and whether they are hot now.
pub(crate) fn marks_of(
    store: &dyn Store,
    keys: &[Vec<u8>],
    status: MessageStatus,
) -> Result<Vec<(u64, bool)>, StateError> {
    let mut marks = Vec::new();
    for key in keys {
        let Some(value) = key.strip_prefix(&[b'h', domain_code(status)]) else { continue };
        let value = value.try_into().map_err(|_| corrupt("hot mark", "not 8 bytes"))?;
        marks.push((u64::from_be_bytes(value), store.get(key)?.is_some()));
    }
    Ok(marks)
}

fn said(
    store: &dyn Store,
    status: MessageStatus,
    id: LeadId,
    value: &[u8],
    additions: usize,
) -> Result<Option<LiveLead>, StateError> {
    let state: LeadState = decode("lead", body("lead", value)?)?;
    let (true, Some(accepted)) = (state.is_live(), state.accepted) else { return Ok(None) };
    let profile = whole(store, status, id, &state, additions)?;
    Ok(Some(LiveLead { id, accepted, cluster: state.cluster(id), profile }))
}

fn whole(
    store: &dyn Store,
    status: MessageStatus,
    id: LeadId,
    state: &LeadState,
    additions: usize,
) -> Result<Vec<u8>, StateError> {
    let key = |table: u8| [&[table, domain_code(status)][..], &id.0].concat();
    let base = store.get(&key(b'p'))?;
    let base = base.as_deref().map(|value| body("profile", value)).transpose()?;
    if state.additions == 0 {
        return Ok(base.map_or_else(|| Profile::default().encode(), <[u8]>::to_vec));
    }
    let mut parts: Vec<Profile> = base.map(read_profile).transpose()?.into_iter().collect();
    for (_, value) in store.scan(&key(b'a'), None, additions)? {
        parts.push(read_profile(&split_addition(body("addition", &value)?)?.0.profile)?);
    }
    Ok(union(parts).encode())
}

/// Every entry of a table: what follows table and domain in its key, and its value.
fn each(
    store: &dyn Store,
    table: u8,
    status: MessageStatus,
    mut entry: impl FnMut(&[u8], &[u8]) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let prefix = [table, domain_code(status)];
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.scan(&prefix, after.as_deref(), PAGE)?;
        for (key, value) in &page {
            entry(key.get(prefix.len()..).unwrap_or_default(), value)?;
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}
