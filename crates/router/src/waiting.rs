//! What waits for a partner is tried again: on every tick, a bounded number of copies.
//!
//! A copy waits because its topic refused it, because of something that passes, or because its
//! partner is not configured. A topic is asked first, so one that still refuses costs nothing. What
//! waits for a date is tried from that date on. When policies or partners changed, the whole list of
//! each partner is tried once, over as many ticks as it takes.
//!
//! Absent: a partner whose agreement ends keeps its copies; that is decided with the next version,
//! or when an operator applies the partners anew.

use lead::decision::Cause;
use pipeline::{StateError, Topic};
use release::Partner;

use crate::decide::{Decider, Why};
use crate::redecide::Support;
use crate::state::{Cursor, LeadKey, LeadState, State, WaitReason};

/// Copies that one tick decides again for one partner.
const DECIDED_MAX: usize = 64;
/// Entries of a partner's waiting list that one tick looks at.
const LOOKED_AT_MAX: usize = 1_024;

impl Decider<'_> {
    /// Tries what waits.
    pub(crate) fn retry(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        let configuration =
            format!("{} {}", self.release.policies().hash(), self.release.partners().hash()).into_bytes();
        for partner in self.release.partners().iter() {
            self.retry_partner(state, partner, &configuration)?;
        }
        Ok(())
    }

    fn retry_partner(
        &self,
        state: &mut State<'_, '_>,
        partner: &Partner,
        configuration: &[u8],
    ) -> Result<(), StateError> {
        let topic = Topic::new(self.release.topic(partner));
        if state.0.accepts(&topic, 0).is_err() {
            return Ok(());
        }
        let before = state.cursor(&partner.id)?;
        let mut cursor = before;
        if state.tried_under(&partner.id)?.as_deref() != Some(configuration) {
            state.set_tried_under(&partner.id, configuration);
            cursor = Cursor { sweeps: true, after: None };
        }
        let list = state.waiting(&partner.id, cursor.after, LOOKED_AT_MAX)?;
        let due = list.iter().filter(|(_, not_before)| cursor.sweeps || *not_before <= self.now);
        let due: Vec<LeadKey> = due.map(|(key, _)| *key).take(DECIDED_MAX).collect();
        for key in &due {
            self.retry_copy(state, *key, partner, cursor.sweeps)?;
        }
        let stopped_at = if due.len() == DECIDED_MAX {
            due.last().copied()
        } else if list.len() == LOOKED_AT_MAX {
            list.last().map(|(key, _)| *key)
        } else {
            None
        };
        let after = Cursor { sweeps: cursor.sweeps && stopped_at.is_some(), after: stopped_at };
        if after != before {
            state.set_cursor(&partner.id, after);
        }
        Ok(())
    }

    fn retry_copy(
        &self,
        state: &mut State<'_, '_>,
        key: LeadKey,
        partner: &Partner,
        changed: bool,
    ) -> Result<(), StateError> {
        let Some(mut subject) = self.subject(state, key)? else { return Ok(()) };
        let why = Why { cause: cause(&subject.state, &partner.id, changed), caused_by: None };
        let support = Support::of(state, key, subject.before.as_ref())?;
        self.decide(state, &mut subject, &[partner], why, false)?;
        self.redecide(state, &support, &subject.state, &subject.facts)
    }
}

fn cause(lead: &LeadState, partner: &str, changed: bool) -> Cause {
    match lead.copies.get(partner).and_then(|copy| copy.waiting.as_ref()).map(|waiting| &waiting.why) {
        Some(WaitReason::Passing) if !changed => Cause::Expiry,
        Some(WaitReason::Passing | WaitReason::PartnerUnknown) => Cause::Partner,
        _ => Cause::Redelivery,
    }
}
