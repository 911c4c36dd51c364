//! Whether an officer said this, and might.

use lead::matter::{Approval, LegalHold, MatchDecision, Recall, Reconsideration, Signed};
use lead::topic::normalised_partition;
use lead::value::Micros;
use pipeline::Timestamp;

use crate::officer::Grant;
use crate::officers::Officers;
use crate::refusal::Refusal;

/// How far the clock of the machine that signs may be ahead of the broker's.
const AHEAD_MICROS_MAX: i64 = 5 * 60 * 1_000_000;
/// The longest reason.
const REASON_BYTES_MAX: usize = 64;

/// What an officer may say, and where it goes.
pub trait Word: Signed {
    /// What the officer must be entitled to.
    const GRANT: Grant;
    /// Why nobody could say it, whoever signs it.
    fn fault(&self) -> Option<Refusal>;
}

impl Word for MatchDecision {
    const GRANT: Grant = Grant::Match;

    fn fault(&self) -> Option<Refusal> {
        if self.first == self.second {
            return Some(Refusal::SameLead);
        }
        normalised_partition(self.domain).is_none().then_some(Refusal::NoDomain)
    }
}

impl Word for Approval {
    const GRANT: Grant = Grant::Approve;

    fn fault(&self) -> Option<Refusal> {
        if normalised_partition(self.domain).is_none() {
            return Some(Refusal::NoDomain);
        }
        (!is_code(&self.partner)).then_some(Refusal::PartnerNotAnId)
    }
}

impl Word for Recall {
    const GRANT: Grant = Grant::Recall;

    fn fault(&self) -> Option<Refusal> {
        normalised_partition(self.domain).is_none().then_some(Refusal::NoDomain)
    }
}

impl Word for Reconsideration {
    const GRANT: Grant = Grant::Apply;

    fn fault(&self) -> Option<Refusal> {
        normalised_partition(self.domain).is_none().then_some(Refusal::NoDomain)
    }
}

impl Word for LegalHold {
    const GRANT: Grant = Grant::Hold;

    fn fault(&self) -> Option<Refusal> {
        normalised_partition(self.domain).is_none().then_some(Refusal::NoDomain)
    }
}

impl Officers {
    /// Whether a word that arrived at this time passes; or why not.
    ///
    /// INVARIANT: the signature is looked at last, over fields that hold no line break: the lines that are signed can be
    /// read in one way only.
    pub fn examine<W: Word>(&self, word: &W, arrived: Timestamp) -> Result<(), Refusal> {
        if let Some(fault) = word.fault() {
            return Err(fault);
        }
        if !is_code(word.reason()) {
            return Err(Refusal::ReasonNotACode);
        }
        let (at, arrived) = (word.at(), Micros::of_millis(arrived.0));
        if at.0 > arrived.0.saturating_add(AHEAD_MICROS_MAX) {
            return Err(Refusal::InTheFuture);
        }
        let officer = self.get(word.officer()).ok_or(Refusal::UnknownOfficer)?;
        if !officer.may.contains(&W::GRANT) {
            return Err(Refusal::NotAuthorised);
        }
        if officer.from.is_some_and(|from| at < from) {
            return Err(Refusal::NotYetValid);
        }
        // `at` is what the signer says. Who holds a key that is over could say any time, but cannot have the broker say it.
        if officer.until.is_some_and(|until| at >= until || arrived >= until) {
            return Err(Refusal::Expired);
        }
        if officer.key.verifies(word) { Ok(()) } else { Err(Refusal::BadSignature) }
    }
}

pub(crate) fn is_code(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    (1..=REASON_BYTES_MAX).contains(&text.len()) && text.bytes().all(legal)
}
