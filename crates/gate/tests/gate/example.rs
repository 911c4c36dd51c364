//! Officers and what they say, in a line.

use std::sync::Arc;

use gate::{Gate, OfficerKey, Officers};
use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::value::Micros;
use lead::{LeadId, SiteKeys, topic};
use pipeline::Topic;

/// 2026-03-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_772_323_200_000_000;
/// An hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// The secret of the desk, who may decide from 2026-01-01 until just before 2027-01-01.
pub(crate) fn desk() -> OfficerKey {
    OfficerKey::new([1; 32])
}

/// The secret of one who is suspended.
pub(crate) fn suspended() -> OfficerKey {
    OfficerKey::new([2; 32])
}

/// The secret of one whose key has no end.
pub(crate) fn night() -> OfficerKey {
    OfficerKey::new([3; 32])
}

pub(crate) fn file(key: &OfficerKey, rest: &str) -> String {
    format!("key = \"{}\"\n{rest}\n", key.public())
}

pub(crate) fn officers() -> Officers {
    let files = [
        (
            "desk",
            file(
                &desk(),
                "may = [\"match\", \"approve\", \"recall\", \"apply\", \"hold\"]\nfrom = 2026-01-01\nuntil = 2027-01-01",
            ),
        ),
        ("suspended", file(&suspended(), "may = []")),
        ("night", file(&night(), "may = [\"match\"]")),
    ];
    Officers::parse(&files).unwrap()
}

pub(crate) fn gate() -> Gate {
    with(officers())
}

/// A gate for these officers, and for the partner alpha.
pub(crate) fn with(officers: Officers) -> Gate {
    let partners = [(Topic::from(topic::feedback("alpha")), "alpha".to_owned())];
    Gate::new(Arc::new(officers), keys(), Arc::new(partners.into()))
}

pub(crate) fn keys() -> SiteKeys {
    SiteKeys::new([7; 32])
}

/// What the desk says of two leads, without a signature.
pub(crate) fn said(judgement: Judgement, first: u8, second: u8) -> MatchDecision {
    MatchDecision {
        judgement,
        domain: MessageStatus::Actual,
        first: LeadId([first; 16]),
        second: LeadId([second; 16]),
        reason: "same-vehicle_2".into(),
        officer: "desk".into(),
        at: Micros(NOW),
        ..MatchDecision::default()
    }
}
