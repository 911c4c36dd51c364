//! The decision: lines 1 to 5 of ARCHITECTURE.md, "Verdicts", over what is known of the lead's id.
//!
//! Pure and small, so that it can be read beside the page. What state it takes and what it changes
//! is the processor's.

use lead::Verdict;
use linkage::Decision;
use pipeline::Order;
use serde::{Deserialize, Serialize};

/// A content hash, cut to 128 bits: it is compared only with hashes of the same report.
pub(crate) type ContentDigest = [u8; 16];

/// A content hash under the site's key: of a lead that was purged nobody else can tell whether it was a given one.
pub(crate) type Marker = [u8; 16];

/// What is left of a lead that was purged: enough to know its base again, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Purged {
    /// The base, if it had one.
    pub(crate) base: Option<Marker>,
}

/// How a lead presents itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Withdraws the report.
    Cancel,
    /// Adds to the report without replacing it.
    Addition,
    /// The report, or a newer version of it.
    Base,
}

/// The lead that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) shape: Shape,
    pub(crate) order: Order,
    pub(crate) content: ContentDigest,
    /// What would be left of it if it were purged.
    pub(crate) marker: Marker,
}

/// What was accepted under the lead's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Accepted changes.
    pub(crate) version: u32,
    /// Content of the base, if there is one.
    pub(crate) base: Option<ContentDigest>,
    /// Whether the last word was a Cancel.
    pub(crate) withdrawn: bool,
    /// Highest order of base and Cancel.
    pub(crate) last: Option<Order>,
    /// The addition that has the arriving one's key.
    pub(crate) addition: Option<(Order, ContentDigest)>,
    /// What is left of it, if it was purged and is not withdrawn since.
    pub(crate) purged: Option<Purged>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// Nothing: older than what was accepted.
    Stale,
    /// Nothing: known.
    Replay,
    /// Nothing but that the base now has the order of this lead.
    ReplayBase,
    /// Withdraw, or leave a mark.
    Cancel,
    /// Store under its key; open the lead if it is unknown.
    Amend,
    /// Nothing can be done: what it adds to is not here any more, and for itself it would replace, at a partner, all that
    /// the partner holds.
    AddsToPurged,
    /// Replace the base.
    Update,
    /// Look for candidates and open the lead.
    Open,
}

/// Lines 1 to 4; what is left is line 5.
pub(crate) fn rule(arrival: &Arrival, known: Option<&Known>) -> Ruling {
    let order = arrival.order;
    let withdrawn = known.is_some_and(|k| k.withdrawn);
    let last = known.and_then(|k| k.last);
    let older = last.is_some_and(|last| order < last);
    match arrival.shape {
        // Line 1.
        Shape::Cancel if older => Ruling::Stale,
        Shape::Cancel if withdrawn && last == Some(order) => Ruling::Replay,
        Shape::Cancel => Ruling::Cancel,
        // Line 2.
        Shape::Addition if withdrawn && known.is_some_and(|k| k.purged.is_some()) => Ruling::AddsToPurged,
        Shape::Addition if withdrawn => Ruling::Stale,
        Shape::Addition => match known.and_then(|k| k.addition) {
            Some((there, _)) if there > order => Ruling::Stale,
            Some((_, content)) if content == arrival.content => Ruling::Replay,
            _ => Ruling::Amend,
        },
        // Line 3.
        Shape::Base if older => Ruling::Stale,
        // Line 4.
        Shape::Base => match known {
            Some(k) if !k.withdrawn && k.base == Some(arrival.content) => Ruling::ReplayBase,
            // Whoever has it was given it before it was purged.
            Some(k) if k.purged.is_some_and(|p| p.base == Some(arrival.marker)) => Ruling::Replay,
            Some(k) if k.version >= 1 => Ruling::Update,
            // Line 5.
            _ => Ruling::Open,
        },
    }
}

/// Line 5: the verdict of a lead that is new. `adds` is whether it has a fact that the matter lacks; it is asked
/// only when there is a matter.
pub(crate) fn of_new<E>(found: Decision, adds: impl FnOnce() -> Result<bool, E>) -> Result<Verdict, E> {
    Ok(match found {
        Decision::Link if adds()? => Verdict::Related,
        Decision::Link => Verdict::Duplicate,
        Decision::Review => Verdict::Review,
        Decision::Relation | Decision::None => Verdict::New,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::{Offset, Timestamp};

    const A: ContentDigest = [1; 16];
    const B: ContentDigest = [2; 16];

    fn at(millis: i64) -> Order {
        Order { timestamp: Timestamp(millis), offset: Offset(0), index: 0 }
    }

    fn known(version: u32, base: Option<ContentDigest>, withdrawn: bool, last: Option<i64>) -> Option<Known> {
        Some(Known { version, base, withdrawn, last: last.map(at), addition: None, purged: None })
    }

    #[test]
    fn every_line_and_its_borders() {
        use Ruling::{Amend, Cancel, Open, Replay, ReplayBase, Stale, Update};
        use Shape::{Addition, Base};
        let unknown = None;
        let live = known(1, Some(A), false, Some(5));
        let gone = known(2, None, true, Some(5));
        let mark = known(0, None, true, Some(5));
        let added_only = known(1, None, false, None);
        for (line, shape, order, content, known, expected) in [
            ("1 unknown", Shape::Cancel, 5, A, unknown, Cancel),
            ("1 before last", Shape::Cancel, 4, A, live, Stale),
            ("1 at last, live", Shape::Cancel, 5, A, live, Cancel),
            ("1 after last", Shape::Cancel, 6, A, live, Cancel),
            ("1 before the Cancel", Shape::Cancel, 4, A, gone, Stale),
            ("1 the same Cancel", Shape::Cancel, 5, A, gone, Replay),
            ("1 another Cancel", Shape::Cancel, 6, A, gone, Cancel),
            ("1 nothing but additions", Shape::Cancel, 1, A, added_only, Cancel),
            ("2 unknown", Addition, 5, A, unknown, Amend),
            ("2 older than the base", Addition, 1, A, live, Amend),
            ("2 withdrawn", Addition, 9, A, gone, Stale),
            ("2 on a mark", Addition, 9, A, mark, Stale),
            ("3 before last", Base, 4, A, live, Stale),
            ("3 before the Cancel", Base, 4, A, mark, Stale),
            ("4 same content at last", Base, 5, A, live, ReplayBase),
            ("4 same content later", Base, 6, A, live, ReplayBase),
            ("4 other content at last", Base, 5, B, live, Update),
            ("4 other content later", Base, 6, B, live, Update),
            ("4 withdrawn", Base, 6, A, gone, Update),
            ("4 after its addition", Base, 1, A, added_only, Update),
            ("5 unknown", Base, 1, A, unknown, Open),
            ("5 on a mark, at its order", Base, 5, A, mark, Open),
            ("5 on a mark", Base, 6, A, mark, Open),
        ] {
            let arrival = Arrival { shape, order: at(order), content, marker: content };
            assert_eq!(rule(&arrival, known.as_ref()), expected, "{line}");
        }
    }

    /// Sabotage: forget the marker.
    #[test]
    fn what_was_purged_is_known_again_and_anything_else_opens_the_lead() {
        let purged = Known {
            version: 1,
            base: None,
            withdrawn: true,
            last: Some(at(5)),
            addition: None,
            purged: Some(Purged { base: Some(A) }),
        };
        let came = |shape, order, content| {
            rule(&Arrival { shape, order: at(order), content, marker: content }, Some(&purged))
        };
        assert_eq!(came(Shape::Base, 6, A), Ruling::Replay);
        assert_eq!(came(Shape::Base, 6, B), Ruling::Update);
        assert_eq!(came(Shape::Base, 4, B), Ruling::Stale);
        assert_eq!(came(Shape::Addition, 6, B), Ruling::AddsToPurged, "what it adds to is not here");
        assert_eq!(came(Shape::Cancel, 6, B), Ruling::Cancel, "who holds a copy hears of it");
    }

    #[test]
    fn additions_are_ordered_under_their_own_key() {
        for (order, content, expected) in [
            (4, A, Ruling::Stale),
            (4, B, Ruling::Stale),
            (5, A, Ruling::Replay),
            (5, B, Ruling::Amend),
            (6, A, Ruling::Replay),
            (6, B, Ruling::Amend),
        ] {
            let known = Known {
                version: 3,
                base: Some(B),
                withdrawn: false,
                last: Some(at(9)),
                addition: Some((at(5), A)),
                purged: None,
            };
            let arrival = Arrival { shape: Shape::Addition, order: at(order), content, marker: content };
            assert_eq!(rule(&arrival, Some(&known)), expected, "{order} {content:?}");
        }
    }
}
