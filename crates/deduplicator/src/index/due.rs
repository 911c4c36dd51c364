//! The entries of time: when that of a lead is over, and which leads officers hold beyond it.
//!
//! INVARIANT: a lead has an entry under the time that it states, unless that was told, or an officer holds the lead.

use lead::code::MessageStatus;
use lead::matter::LegalHold;
use lead::{LeadId, wire};
use pipeline::StateError;

use super::{Index, VERSION, body, corrupt, domain_code};
use crate::state::State;

/// Holds of one lead that are looked at; no lead comes near.
const HOLDS_MAX: usize = 4_096;

impl<S: State> Index<'_, S> {
    /// Notes when the time of a lead is over, and that the time noted before is not it.
    pub(crate) fn put_due(
        &mut self,
        id: LeadId,
        before: Option<i64>,
        after: Option<i64>,
    ) -> Result<(), StateError> {
        if before == after {
            return Ok(());
        }
        before.into_iter().for_each(|due| self.state.delete(due_key(due, self.domain, id)));
        if let Some(due) = after
            && !self.is_held(id)?
        {
            self.state.put(due_key(due, self.domain, id), vec![VERSION]);
        }
        Ok(())
    }

    /// Whether an officer holds the lead.
    pub(crate) fn is_held(&self, id: LeadId) -> Result<bool, StateError> {
        Ok(self.state.get(&self.key(b'k', &id.0))?.is_some())
    }

    /// Takes an officer's word on holding a lead that states this time; false if one on that hold that is as late was
    /// taken before.
    pub(crate) fn hold(&mut self, word: &LegalHold, due: Option<i64>) -> Result<bool, StateError> {
        let id = word.lead_id;
        let entry = self.long_key(b'o', &id.0, word.reason.as_bytes());
        let before = self.state.get(&entry)?.map(|value| read_word(&value)).transpose()?;
        if before.is_some_and(|before| before.at >= word.at) {
            return Ok(false);
        }
        let encoded = wire::encode(word).map_err(|e| corrupt("hold", e))?;
        self.state.put(entry, [&[VERSION], encoded.as_slice()].concat());
        let was_held = self.is_held(id)?;
        let words = self.state.scan(&self.key(b'o', &id.0), HOLDS_MAX)?;
        let words: Result<Vec<LegalHold>, _> = words.iter().map(|(_, value)| read_word(value)).collect();
        let is_held = words?.iter().any(|word| word.placed);
        let mark = self.key(b'k', &id.0);
        match (was_held, is_held) {
            (false, true) => {
                self.put_due(id, due, None)?;
                self.state.put(mark.into(), vec![VERSION]);
            }
            (true, false) => {
                self.state.delete(mark.into());
                self.put_due(id, None, due)?;
            }
            _ => {}
        }
        Ok(true)
    }
}

/// What notes that leads.legal-holds.v1 lacks what is to be said there of a hold.
pub(crate) fn unlisted_key(word: &LegalHold) -> Vec<u8> {
    [&[b'u', domain_code(word.domain)], word.lead_id.0.as_slice(), word.reason.as_bytes()].concat()
}

/// Holds of which leads.legal-holds.v1 lacks what is to be said there: no more than `limit`.
pub(crate) fn unlisted(state: &impl State, limit: usize) -> Result<Vec<LegalHold>, StateError> {
    let mut words = Vec::new();
    for (key, _) in state.scan(b"u", limit)? {
        let of = key.get(1..).unwrap_or_default();
        let value = state.get(&[b"o", of].concat())?.ok_or_else(|| corrupt("hold", "it is not there"))?;
        words.push(read_word(&value)?);
    }
    Ok(words)
}

fn read_word(value: &[u8]) -> Result<LegalHold, StateError> {
    wire::decode(body("hold", value)?).map_err(|e| corrupt("hold", e))
}

/// Leads whose time was over at `now`, soonest first: time, domain, lead. No more than `limit`.
pub(crate) fn due(
    state: &impl State,
    now: i64,
    limit: usize,
) -> Result<Vec<(i64, MessageStatus, LeadId)>, StateError> {
    let mut found = Vec::new();
    for (key, _) in state.scan(b"d", limit)? {
        let parts = key.strip_prefix(b"d").and_then(|rest| rest.split_first_chunk::<8>());
        let Some((at, [code, lead @ ..])) = parts else {
            return Err(corrupt("due", "a key of another form"));
        };
        let at = i64::try_from(u64::from_be_bytes(*at)).map_err(|e| corrupt("due", e))?;
        if at > now {
            break;
        }
        let domain = MessageStatus::ALL.iter().find(|domain| domain_code(**domain) == *code);
        let lead = lead.try_into().map_err(|_| corrupt("due", "a lead of another length"))?;
        found.push((at, *domain.ok_or_else(|| corrupt("due", "an unknown domain"))?, LeadId(lead)));
    }
    Ok(found)
}

fn due_key(due: i64, domain: u8, id: LeadId) -> Vec<u8> {
    // Times before 1970 are over.
    let due = u64::try_from(due).unwrap_or_default();
    [b"d".as_slice(), &due.to_be_bytes(), &[domain], &id.0].concat()
}
