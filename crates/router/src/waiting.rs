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
/// A tick writes no more once it has written so much for partners.
const WRITTEN_BYTES_MAX: usize = 4 << 20;
/// Entries of a partner's waiting list that one tick looks at.
const LOOKED_AT_MAX: usize = 1_024;

impl Decider<'_> {
    /// Has the waiting list of every partner tried once when policies or partners are others than for
    /// the last input. Asked before every input: a configuration that lasts for one record only may
    /// have made copies wait that no later tick would know to try.
    pub(crate) fn notice_configuration(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        let configuration = [self.release.policies().hash(), self.release.partners().hash()].concat();
        if state.configuration()?.as_deref() == Some(configuration.as_bytes()) {
            return Ok(());
        }
        state.set_configuration(configuration.as_bytes());
        for partner in self.release.partners().iter() {
            state.set_cursor(&partner.id, Cursor { sweeps: true, after: None });
        }
        Ok(())
    }

    /// Tries what waits.
    pub(crate) fn retry(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        for partner in self.release.partners().iter() {
            self.retry_partner(state, partner)?;
        }
        Ok(())
    }

    fn retry_partner(&self, state: &mut State<'_, '_>, partner: &Partner) -> Result<(), StateError> {
        let topic = Topic::new(self.release.topic(partner));
        if state.0.accepts(&topic, 0).is_err() {
            return Ok(());
        }
        let cursor = state.cursor(&partner.id)?;
        let list = state.waiting(&partner.id, cursor.after, LOOKED_AT_MAX)?;
        let (mut after, mut tried) = (cursor, 0);
        let mut at_end = list.len() < LOOKED_AT_MAX;
        for (key, not_before) in list {
            if cursor.sweeps || not_before <= self.now {
                if tried == DECIDED_MAX || self.written_bytes.get() >= WRITTEN_BYTES_MAX {
                    at_end = false;
                    break;
                }
                tried += 1;
                self.retry_copy(state, key, partner, cursor.sweeps)?;
            }
            after.after = Some(key);
        }
        if at_end {
            after = Cursor::default();
        }
        if after != cursor {
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
        let why = Why { cause: cause(&subject.state, &partner.id, changed), caused_by: None, officer: None };
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
