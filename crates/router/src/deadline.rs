//! What has to happen at a time: an index over holds, answers and acknowledgements, and the tick that works it off.
//!
//! INVARIANT: the index is a function of the leads; only [`State::save`](crate::state::State::save) writes it.

use pipeline::{StateError, Timestamp};

use crate::decide::Decider;
use crate::state::{Copy, LeadKey, State, corrupt};

/// Deadlines that one tick works off.
const DUE_MAX: usize = 64;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A hold expires.
    Hold,
    /// A Cancel should be answered.
    Answer,
    /// A delivery about somebody in danger should be acknowledged.
    Duty,
}

impl Due {
    const ALL: [(Self, u8); 3] = [(Self::Hold, b'h'), (Self::Answer, b'a'), (Self::Duty, b'd')];

    fn byte(self) -> u8 {
        Self::ALL.iter().find(|(due, _)| *due == self).map_or(0, |(_, byte)| *byte)
    }
}

/// What a copy waits for, and until when.
pub(crate) fn deadlines(copy: &Copy) -> impl Iterator<Item = (Due, Timestamp)> {
    let hold = copy.hold.as_ref().map(|hold| (Due::Hold, hold.until));
    let custody = copy.custody.as_ref().filter(|custody| custody.answer.is_none() && !custody.overdue);
    let answer = custody.map(|custody| (Due::Answer, custody.until));
    let duty = copy.duty.map(|until| (Due::Duty, until));
    [hold, answer, duty].into_iter().flatten()
}

/// The entry of the index: by time first.
pub(crate) fn entry(due: Due, at: Timestamp, key: LeadKey, partner: &str) -> Vec<u8> {
    // Times before 1970 do not occur; the sign would turn their order round.
    let at = u64::try_from(at.0).unwrap_or_default();
    [b"d", at.to_be_bytes().as_slice(), &[due.byte()], &key.bytes(0), partner.as_bytes()].concat()
}

fn parse(entry: &[u8]) -> Option<(Due, Timestamp, LeadKey, String)> {
    let (at, rest) = entry.strip_prefix(b"d")?.split_first_chunk::<8>()?;
    let (due, rest) = rest.split_first()?;
    let (due, _) = Due::ALL.iter().find(|(_, byte)| byte == due)?;
    let (key, partner) = rest.split_first_chunk::<18>()?;
    let key = LeadKey::parse(key.get(1..)?)?;
    let at = Timestamp(i64::try_from(u64::from_be_bytes(*at)).ok()?);
    Some((*due, at, key, String::from_utf8(partner.to_vec()).ok()?))
}

impl Decider<'_> {
    /// Works off what is due, oldest first; what is left is for the next tick.
    pub(crate) fn work_off(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        for (entry, _) in state.0.scan(b"d", None, DUE_MAX)? {
            let (due, at, key, partner) =
                parse(&entry).ok_or_else(|| corrupt("deadline", "key of another form"))?;
            if at > self.now {
                break;
            }
            match (due, self.release.partners().get(&partner)) {
                (Due::Hold, Some(partner)) => self.expire(state, key, partner)?,
                (Due::Hold, None) => self.unhold(state, key, &partner)?,
                (Due::Answer, _) => self.unreachable(state, key, &partner)?,
                (Due::Duty, _) => self.unacknowledged(state, key, &partner)?,
            }
        }
        Ok(())
    }

    /// A hold for somebody who is no partner any more.
    fn unhold(&self, state: &mut State<'_, '_>, key: LeadKey, partner: &str) -> Result<(), StateError> {
        let Some(mut subject) = self.subject(state, key)? else { return Ok(()) };
        let hold = subject.state.copies.get_mut(partner).and_then(|copy| {
            let hold = copy.hold.take();
            crate::decide::let_go(copy);
            hold
        });
        state.save(key, subject.before.as_ref(), &subject.state)?;
        self.list(state, &subject, partner, hold.as_ref(), None)
    }
}
