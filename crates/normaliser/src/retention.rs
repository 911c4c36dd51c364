//! How long a lead may be kept: by the ground on which it is held, from its arrival on.
//!
//! Mere suspicion has the shortest time (Global's paper on tips and leads, 2007), a checked tip a longer one, and what
//! rests on reasonable suspicion at most five years until it is looked at (28 CFR 23.20(h)).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lead::code::{CollectionBasis, MessageStatus};
use lead::content::Content;
use lead::record::Retention;
use lead::value::{Micros, Moment};
use serde::{Deserialize, Serialize};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// A date without a zone ends nowhere later than this after its beginning in UTC: no zone is further behind than 12 hours.
const DATE_ENDS: i64 = DAY_MICROS + DAY_MICROS / 2;

/// Days for which a lead may be kept: the table `[retention]` of leadshare.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clocks {
    /// A bare tip, or what is held on a ground that nobody stated.
    pub tip_days: u32,
    /// A tip that was checked.
    pub checked_tip_days: u32,
    /// Reasonable suspicion, or part of a case record.
    pub case_days: u32,
    /// Traffic that is none: exercises and tests.
    pub exercise_days: u32,
}

impl Default for Clocks {
    fn default() -> Self {
        Self { tip_days: 90, checked_tip_days: 730, case_days: 1_826, exercise_days: 30 }
    }
}

impl Clocks {
    /// The shortest of those that are about persons. What an exercise says is about nobody.
    pub fn shortest_days(&self) -> u32 {
        self.tip_days.min(self.checked_tip_days).min(self.case_days)
    }

    /// When a lead of this domain that arrived at this time must be purged.
    pub(crate) fn retention(&self, domain: MessageStatus, content: &Content, arrived: Micros) -> Retention {
        let (class, days) = match (domain, content.collection_basis) {
            (MessageStatus::Exercise | MessageStatus::Test, _) => ("exercise", self.exercise_days),
            (_, CollectionBasis::Unknown | CollectionBasis::Tip) => ("tip", self.tip_days),
            (_, CollectionBasis::CheckedTip) => ("checked_tip", self.checked_tip_days),
            (_, CollectionBasis::ReasonableSuspicion | CollectionBasis::CaseRecord) => {
                ("case", self.case_days)
            }
        };
        let due = arrived.0.saturating_add(i64::from(days).saturating_mul(DAY_MICROS));
        // Evidence that must be preserved is: if nobody can say until when, it is for a person to say.
        let (due, legal_hold) = match content.legal.preservation_until.as_ref().map(end_of) {
            None => (Some(due), false),
            Some(Some(end)) => (Some(due.max(end)), false),
            Some(None) => (None, true),
        };
        Retention {
            class: Some(class.to_owned()),
            purge_due: due.map(Micros),
            legal_hold,
            ..Retention::default()
        }
    }
}

/// The end of a moment in microseconds; `None` when it is not to be told.
fn end_of(moment: &Moment) -> Option<i64> {
    if let Some(instant) = moment.instant {
        return Some(instant.0);
    }
    let day: Date = moment.local.as_deref()?.get(..10)?.parse().ok()?;
    let begins = TimeZone::UTC.to_timestamp(day.into()).ok()?;
    Some(begins.as_microsecond().saturating_add(DATE_ENDS))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const CLOCKS: Clocks = Clocks { tip_days: 90, checked_tip_days: 730, case_days: 1_826, exercise_days: 7 };

    fn due(basis: CollectionBasis, until: Option<Moment>) -> (Option<i64>, bool) {
        let mut content = Content { collection_basis: basis, ..Content::default() };
        content.legal.preservation_until = until;
        let retention = CLOCKS.retention(MessageStatus::Actual, &content, Micros(0));
        (retention.purge_due.map(|due| due.0 / DAY_MICROS), retention.legal_hold)
    }

    /// Sabotage: give a ground that nobody stated the longest time.
    #[test]
    fn the_weaker_the_ground_the_shorter_the_time() {
        for (basis, days) in [
            (CollectionBasis::Unknown, 90),
            (CollectionBasis::Tip, 90),
            (CollectionBasis::CheckedTip, 730),
            (CollectionBasis::ReasonableSuspicion, 1_826),
            (CollectionBasis::CaseRecord, 1_826),
        ] {
            assert_eq!(due(basis, None), (Some(days), false));
        }
    }

    #[test]
    fn an_exercise_has_a_time_of_its_own_whatever_it_says() {
        let content = Content { collection_basis: CollectionBasis::CaseRecord, ..Content::default() };
        let due = |domain| CLOCKS.retention(domain, &content, Micros(0)).purge_due.unwrap().0 / DAY_MICROS;
        assert_eq!((due(MessageStatus::Exercise), due(MessageStatus::Test)), (7, 7));
        assert_eq!(due(MessageStatus::Actual), 1_826);
    }

    #[test]
    fn what_must_be_preserved_is() {
        let local = |text: &str| Some(Moment { local: Some(text.to_owned()), ..Moment::default() });
        assert_eq!(due(CollectionBasis::Tip, local("1971-01-01")), (Some(366), false));
        assert_eq!(due(CollectionBasis::Tip, local("1970-01-02")), (Some(90), false));
        assert_eq!(due(CollectionBasis::Tip, local("the trial")), (None, true));
        let instant = Some(Moment { instant: Some(Micros(100 * DAY_MICROS)), ..Moment::default() });
        assert_eq!(due(CollectionBasis::Tip, instant), (Some(100), false));
    }
}
