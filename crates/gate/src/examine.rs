//! Whether an officer said this, and might.

use lead::matter::MatchDecision;
use lead::topic::normalised_partition;
use lead::value::Micros;
use pipeline::{Partition, Timestamp};

use crate::officer::Grant;
use crate::officers::Officers;
use crate::refusal::Refusal;

/// How far the clock of the machine that signs may be ahead of the broker's.
const AHEAD_MICROS_MAX: i64 = 5 * 60 * 1_000_000;
/// The longest reason.
const REASON_BYTES_MAX: usize = 64;

impl Officers {
    /// Where a decision that arrived at this time is appended: the partition of its domain; or why it does not pass.
    ///
    /// INVARIANT: the signature is looked at last, over fields that hold no line break: the lines that are signed can be
    /// read in one way only.
    pub fn examine(&self, decision: &MatchDecision, arrived: Timestamp) -> Result<Partition, Refusal> {
        if decision.first == decision.second {
            return Err(Refusal::SameLead);
        }
        let partition = normalised_partition(decision.domain).ok_or(Refusal::NoDomain)?;
        if !is_code(&decision.reason) {
            return Err(Refusal::ReasonNotACode);
        }
        let arrived = Micros(arrived.0.saturating_mul(1_000));
        if decision.at.0 > arrived.0.saturating_add(AHEAD_MICROS_MAX) {
            return Err(Refusal::InTheFuture);
        }
        let officer = self.get(&decision.officer).ok_or(Refusal::UnknownOfficer)?;
        if !officer.may.contains(&Grant::Match) {
            return Err(Refusal::NotAuthorised);
        }
        if officer.from.is_some_and(|from| decision.at < from) {
            return Err(Refusal::NotYetValid);
        }
        // `at` is what the signer says. Who holds a key that is over could say any time, but cannot have the broker say it.
        if officer.until.is_some_and(|until| decision.at >= until || arrived >= until) {
            return Err(Refusal::Expired);
        }
        if officer.key.verifies(decision) { Ok(Partition(partition)) } else { Err(Refusal::BadSignature) }
    }
}

/// Whether a text is a code, and cannot be a sentence about a person.
fn is_code(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    (1..=REASON_BYTES_MAX).contains(&text.len()) && text.bytes().all(legal)
}
