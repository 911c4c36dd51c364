//! Which level of which comparison stands where in the table, and in what order levels fall.
//!
//! What is not here is not learned: ages, for two of their levels look alike in evidence; employers, for people have
//! several; report numbers, for a profile does not say whose they are; what is added to other weights (`names`).

use crate::evidence::{Comparison, Level};
use crate::identifier::IdentifierKind;

/// A weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rung {
    pub(super) level: Level,
    pub(super) key: &'static str,
    /// The least that the table may hold, in millibits.
    pub(super) least: i32,
    /// The most.
    pub(super) most: i32,
}

/// The levels of one comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// The table of the file.
    pub(super) table: &'static str,
    pub(super) comparison: Comparison,
    /// Levels that count as equal; empty where equality has a fixed weight, which then is the first rung.
    pub(super) exact: &'static [Level],
    /// Where their share stands.
    pub(super) exact_key: &'static str,
    /// From strong to weak.
    pub(super) rungs: &'static [Rung],
    /// Levels that have no order to some of the others, from strong to weak.
    pub(super) side: &'static [Rung],
    /// Rungs that those stand between, by key.
    pub(super) between: (Option<&'static str>, Option<&'static str>),
}

const WIDEST: i32 = 64_000;

const fn rung(level: Level, key: &'static str) -> Rung {
    Rung { level, key, least: -WIDEST, most: WIDEST }
}

/// A level that never speaks for two being the same.
const fn against(level: Level, key: &'static str) -> Rung {
    Rung { level, key, least: -WIDEST, most: 0 }
}

/// A level that never speaks against it.
const fn in_favour(level: Level, key: &'static str) -> Rung {
    Rung { level, key, least: 0, most: WIDEST }
}

const fn scale(
    table: &'static str,
    comparison: Comparison,
    exact: &'static [Level],
    rungs: &'static [Rung],
) -> Scale {
    Scale { table, comparison, exact, exact_key: "equal_m_permille", rungs, side: &[], between: (None, None) }
}

const EQUAL: &[Level] = &[Level::Equal];

const fn name(table: &'static str, comparison: Comparison) -> Scale {
    const RUNGS: &[Rung] =
        &[rung(Level::Close, "close"), rung(Level::Near, "near"), rung(Level::Different, "other")];
    const SIDE: &[Rung] = &[rung(Level::Initial, "initial")];
    let scale = scale(table, comparison, EQUAL, RUNGS);
    Scale { side: SIDE, between: (Some("close"), Some("other")), ..scale }
}

const fn part(table: &'static str, comparison: Comparison) -> Scale {
    const RUNGS: &[Rung] = &[rung(Level::Near, "nearly"), rung(Level::Different, "other")];
    scale(table, comparison, EQUAL, RUNGS)
}

const fn identifier(table: &'static str, kind: IdentifierKind) -> Scale {
    const RUNGS: &[Rung] = &[in_favour(Level::Weak, "weak")];
    scale(table, Comparison::Identifier(kind), EQUAL, RUNGS)
}

/// All that is learned, in the order of the file.
pub(super) const SCALES: [Scale; 21] = [
    name("weights.given", Comparison::Given),
    scale(
        "weights.middle",
        Comparison::Middle,
        &[Level::Equal, Level::Initial],
        &[against(Level::Different, "other")],
    ),
    name("weights.family", Comparison::Family),
    Scale {
        side: &[rung(Level::YearMonth, "year_month"), rung(Level::Year, "year")],
        between: (None, Some("apart")),
        ..scale(
            "weights.birth",
            Comparison::Birth,
            EQUAL,
            &[
                rung(Level::OneEdit, "one_edit"),
                rung(Level::TwoParts, "two_parts"),
                rung(Level::Different, "apart"),
                rung(Level::Contradiction, "far"),
            ],
        )
    },
    scale(
        "weights.sex",
        Comparison::Sex,
        &[],
        &[rung(Level::Equal, "equal"), rung(Level::Contradiction, "differs")],
    ),
    scale(
        "weights.document",
        Comparison::Document,
        EQUAL,
        &[
            rung(Level::OneEdit, "one_edit"),
            rung(Level::TwoEdits, "two_edits"),
            rung(Level::Contradiction, "unequal"),
        ],
    ),
    Scale {
        exact_key: "cell.equal_m_permille",
        ..scale("weights.place", Comparison::Cell, EQUAL, &[in_favour(Level::Weak, "wide")])
    },
    part("weights.place.number", Comparison::Number),
    part("weights.place.street", Comparison::Street),
    part("weights.place.unit", Comparison::Unit),
    part("weights.place.locality", Comparison::Locality),
    part("weights.place.postcode", Comparison::Postcode),
    part("weights.place.region", Comparison::Region),
    identifier("weights.identifiers.phone", IdentifierKind::Phone),
    identifier("weights.identifiers.email", IdentifierKind::Email),
    identifier("weights.identifiers.account", IdentifierKind::Account),
    identifier("weights.identifiers.file_hash", IdentifierKind::FileHash),
    identifier("weights.identifiers.device", IdentifierKind::Device),
    identifier("weights.identifiers.financial_account", IdentifierKind::FinancialAccount),
    identifier("weights.identifiers.vehicle", IdentifierKind::Vehicle),
    Scale {
        side: &[in_favour(Level::Contained, "contained")],
        between: (Some("same"), None),
        ..scale(
            "weights.narrative",
            Comparison::Narrative,
            &[],
            &[rung(Level::Equal, "same"), rung(Level::Close, "much"), rung(Level::Near, "some")],
        )
    },
];
