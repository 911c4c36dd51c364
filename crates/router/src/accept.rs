//! What an event does to what is known of a lead, before anybody is told.
//!
//! The deduplicator has put versions into one order already. A redriven event comes late all the same,
//! so each part of a lead (its base or Cancel, and each addition) is replaced only by a later version
//! of that part: an older one changes nothing.

use lead::matter::AssessedLead;
use lead::{MatterId, Verdict};
use pipeline::StateError;

use crate::state::{Addition, LeadKey, LeadState, State, keys_of};

/// What became of an event.
pub(crate) enum Accepted {
    /// Nothing: the outcome is unchanged for every partner.
    Unchanged,
    /// The lead is another now; the new state is not saved yet.
    Changed(Box<Change>),
}

/// A lead before and after an event.
pub(crate) struct Change {
    pub(crate) key: LeadKey,
    pub(crate) before: Option<LeadState>,
    pub(crate) after: LeadState,
}

/// Applies an event; `raw` is the event as read and `offset` its place in the input.
pub(crate) fn accept(
    state: &mut State<'_, '_>,
    event: &AssessedLead,
    raw: &[u8],
    offset: u64,
) -> Result<Accepted, StateError> {
    let (key, addition) = keys_of(&event.lead);
    if matches!(event.verdict, Verdict::Replay | Verdict::Stale) {
        return Ok(Accepted::Unchanged);
    }
    let before = state.lead(key)?;
    // Who holds a copy still hears that it is withdrawn.
    let purged = before.as_ref().and_then(|lead| lead.purged);
    if event.verdict != Verdict::Cancel && purged.is_some_and(|version| event.version <= version) {
        return Ok(Accepted::Unchanged);
    }
    let mut after = before.clone().unwrap_or_default();
    let is_newer = |known: Option<i32>| known.is_none_or(|known| event.version > known);
    match (event.verdict, addition) {
        (Verdict::Cancel, _) => {
            if !is_newer(after.last) {
                return Ok(Accepted::Unchanged);
            }
            after.last = Some(event.version);
            after.withdrawn = true;
            after.has_base = false;
            state.drop_base(key);
        }
        (_, Some(addition)) => {
            let known = after.additions.iter().position(|a| a.key == addition);
            let version = known.and_then(|at| after.additions.get(at)).map(|a| a.version);
            if !is_newer(version) {
                return Ok(Accepted::Unchanged);
            }
            after.additions.retain(|a| a.key != addition);
            after.additions.push(Addition { key: addition, version: event.version });
            after.additions.sort_by_key(|a| a.version);
            state.put_addition(key, &addition, raw);
        }
        (_, None) => {
            if !is_newer(after.last) {
                return Ok(Accepted::Unchanged);
            }
            after.last = Some(event.version);
            after.withdrawn = false;
            after.has_base = true;
            state.put_base(key, raw);
        }
    }
    if event.version >= after.version {
        after.version = event.version;
        after.verdict = event.verdict;
    }
    for copy in after.copies.values_mut() {
        copy.current = false;
    }
    after.stand_in(event.cluster_id, event.place);
    enter(&mut after, before.as_ref(), event.matter_id, offset);
    Ok(Accepted::Changed(Box::new(Change { key, before, after })))
}

/// A lead enters its matter when it comes to life. Its home matter never changes while it lives; only
/// the mark of a Cancel that came before its report may stand in another one.
fn enter(after: &mut LeadState, before: Option<&LeadState>, matter: MatterId, offset: u64) {
    if !before.is_some_and(LeadState::is_live) {
        after.matter = matter;
        after.since = offset;
    }
}
