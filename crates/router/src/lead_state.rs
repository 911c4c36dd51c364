//! What the router remembers of one lead: its versions, and the copy at each partner.

use std::collections::{BTreeMap, BTreeSet};

use lead::{ClassSet, LeadId, MatterId, Verdict};
use pipeline::{Timestamp, Undeliverable};
use serde::{Deserialize, Serialize};

use crate::copy::CopyState;
use crate::custody::Custody;
use crate::hold::{Approved, Hold};

/// Why a copy waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WaitReason {
    /// The partner's topic does not exist.
    TopicMissing,
    /// The broker refuses to write to it.
    NotAuthorised,
    /// The record is too large for it.
    RecordTooLarge,
    /// The partner is no longer in the configuration, and still holds a copy that it must drop.
    PartnerUnknown,
    /// Permitted but for something that passes.
    Passing,
}

impl From<Undeliverable> for WaitReason {
    fn from(why: Undeliverable) -> Self {
        match why {
            Undeliverable::TopicMissing => Self::TopicMissing,
            Undeliverable::NotAuthorised => Self::NotAuthorised,
            Undeliverable::RecordTooLarge => Self::RecordTooLarge,
        }
    }
}

/// A copy that waits for its partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) why: WaitReason,
    /// Not tried again before this time.
    pub(crate) not_before: Timestamp,
    /// Whether what waits is a Cancel: it outlives whatever the lead says.
    pub(crate) owes_cancel: bool,
}

/// How long a record that is too large is left alone: only an operator can change that.
const TOO_LARGE_MILLIS: i64 = 600_000;
/// A copy that waits for something without a date is tried when the configuration changes.
const NO_DATE: Timestamp = Timestamp(i64::MAX);
/// A topic is asked before anything is tried. No date of ours: our clock may be ahead, and be put right.
const AT_ONCE: Timestamp = Timestamp(0);

impl Waiting {
    /// For a topic that refused what was to be sent.
    pub(crate) fn for_topic(why: Undeliverable, now: Timestamp, owes_cancel: bool) -> Self {
        let later = (why == Undeliverable::RecordTooLarge).then_some(TOO_LARGE_MILLIS);
        let not_before = later.map_or(AT_ONCE, |millis| now.plus_millis(millis));
        Self { why: why.into(), not_before, owes_cancel }
    }

    /// For a partner who is none at present, and perhaps holds a copy.
    pub(crate) fn for_partner(holds: bool) -> Self {
        Self { why: WaitReason::PartnerUnknown, not_before: NO_DATE, owes_cancel: holds }
    }

    /// For something that passes, at a date if there is one.
    pub(crate) fn for_date(date: Option<Timestamp>) -> Self {
        Self { why: WaitReason::Passing, not_before: date.unwrap_or(NO_DATE), owes_cancel: false }
    }
}

/// What one partner has of one lead.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Copy {
    pub(crate) state: CopyState,
    /// The partner's count of versions: that of the last message written; 0 before the first.
    pub(crate) revision: i32,
    /// Whether what the partner holds says what the lead says now, so that it counts for coverage.
    pub(crate) current: bool,
    /// Classes that the copy shows.
    pub(crate) classes: ClassSet,
    /// Digest of the content that was released.
    pub(crate) digest: [u8; 32],
    /// Leads whose copies say it all.
    pub(crate) covered_by: Vec<LeadId>,
    /// Why the partner does not have what it should have.
    pub(crate) waiting: Option<Waiting>,
    /// What waits for officers: of a copy that was delivered, a newer version.
    pub(crate) hold: Option<Hold>,
    /// Which version officers approved, and who: the newest that was held.
    pub(crate) approved: Option<Approved>,
    /// The version that an officer refused, or whose hold expired.
    pub(crate) refused: Option<i32>,
    /// What became of the copy since the partner was told to drop it.
    pub(crate) custody: Option<Custody>,
    /// When it should be acknowledged, while it is not: somebody is in danger.
    pub(crate) duty: Option<Timestamp>,
}

/// One addition to a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addition {
    /// Hash of its amendment key.
    pub(crate) key: [u8; 32],
    /// The version that brought it.
    pub(crate) version: i32,
}

/// Everything about a lead but its words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LeadState {
    /// The home matter.
    pub(crate) matter: MatterId,
    /// The cluster that it stands in: leads of other clusters cover nothing of it.
    pub(crate) cluster: MatterId,
    /// The place in the committed order at which that was said; what was said before it holds no more.
    pub(crate) clustered: Option<i64>,
    /// The newest version that was accepted.
    pub(crate) version: i32,
    /// The verdict of that version.
    pub(crate) verdict: Verdict,
    /// The version of the base or Cancel that was accepted last.
    pub(crate) last: Option<i32>,
    /// Whether there is a base.
    pub(crate) has_base: bool,
    /// Whether the last of them was a Cancel.
    pub(crate) withdrawn: bool,
    /// The version that was the newest when the lead was recalled.
    pub(crate) recalled: Option<i32>,
    /// The version at which it was purged: what comes late of it or of one before stays away.
    pub(crate) purged: Option<i32>,
    /// Additions, in the order of their versions.
    pub(crate) additions: Vec<Addition>,
    /// The offset of the record that brought it into its matter: newest counts first.
    pub(crate) since: u64,
    /// The copy at each partner that was ever concerned.
    pub(crate) copies: BTreeMap<String, Copy>,
}

impl LeadState {
    /// Takes what is said of its cluster at a place; whether that is news.
    pub(crate) fn stand_in(&mut self, cluster: MatterId, place: i64) -> bool {
        if self.clustered.is_some_and(|known| place <= known) {
            return false;
        }
        self.clustered = Some(place);
        std::mem::replace(&mut self.cluster, cluster) != cluster
    }

    /// Whether it says anything at present.
    pub(crate) fn is_live(&self) -> bool {
        !self.withdrawn && !self.is_recalled() && (self.has_base || !self.additions.is_empty())
    }

    /// Whether it is recalled and there is no newer version since.
    pub(crate) fn is_recalled(&self) -> bool {
        self.recalled == Some(self.version)
    }

    /// The copy at a partner that the partner holds and that says what the lead says now. When in
    /// doubt there is none: the error is then one delivery too many.
    pub(crate) fn current_copy(&self, partner: &str) -> Option<&Copy> {
        self.copies.get(partner).filter(|c| self.is_live() && c.state == CopyState::Delivered && c.current)
    }

    /// Whether the partner holds a copy, current or not.
    pub(crate) fn is_held_by(&self, partner: &str) -> bool {
        self.copies.get(partner).is_some_and(|c| c.state == CopyState::Delivered)
    }

    /// Leads whose copies cover one of it.
    pub(crate) fn coverers(&self) -> BTreeSet<LeadId> {
        self.copies.values().flat_map(|c| c.covered_by.iter().copied()).collect()
    }

    /// Partners for whom a copy waits, and since when each may be tried.
    pub(crate) fn waits_for(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.copies.iter().filter_map(|(p, c)| c.waiting.as_ref().map(|w| (p.as_str(), w.not_before)))
    }
}
