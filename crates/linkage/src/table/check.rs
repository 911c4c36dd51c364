//! What a table must hold before anything is judged by it.

use super::{Exact, NameWeights, PartWeights, Rules, Table};

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not TOML of this shape.
    #[error("the table of linkage does not parse: {0}")]
    Syntax(String),
    /// Written for another program.
    #[error("`version` is {given}; this program reads version {read}")]
    Version {
        /// What stands there.
        given: u32,
        /// What is read.
        read: u32,
    },
    /// A number out of its range.
    #[error("`{field}` is {given}, expected {least} to {most}")]
    Range {
        /// Table and field.
        field: String,
        /// What stands there.
        given: i64,
        /// The least that makes sense.
        least: i64,
        /// The most that makes sense.
        most: i64,
    },
}

/// The widest that a weight, a cap or a threshold may be: sums of all of them stay far from overflow.
const WIDEST: i64 = 64_000;

fn within(field: &str, given: impl Into<i64>, least: i64, most: i64) -> Result<(), TableError> {
    let given = given.into();
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(TableError::Range { field: field.to_owned(), given, least, most })
}

/// Levels from strong to weak: a stronger agreement never says less.
fn falls(field: &str, levels: &[(&str, i32)]) -> Result<(), TableError> {
    let mut most = WIDEST;
    for (level, weight) in levels {
        within(&format!("{field}.{level}"), *weight, -WIDEST, most)?;
        most = i64::from(*weight);
    }
    Ok(())
}

fn exact(field: &str, given: Exact) -> Result<(), TableError> {
    within(&format!("{field}.equal_m_permille"), given.equal_m_permille, 1, 1_000)?;
    within(&format!("{field}.one_in"), given.one_in, 1, 1_000_000_000)
}

fn name(field: &str, w: &NameWeights) -> Result<(), TableError> {
    exact(field, w.exact())?;
    falls(field, &[("close", w.close), ("near", w.near), ("other", w.other)])?;
    within(&format!("{field}.initial"), w.initial, i64::from(w.other), i64::from(w.close))?;
    within(&format!("{field}.close_at"), w.close_at, 0, 1_000_000)?;
    within(&format!("{field}.near_at"), w.near_at, 0, i64::from(w.close_at))
}

fn part(field: &str, w: &PartWeights) -> Result<(), TableError> {
    exact(field, w.exact())?;
    falls(field, &[("nearly", w.nearly), ("other", w.other)])
}

fn rules(field: &str, r: &Rules) -> Result<(), TableError> {
    within(&format!("{field}.link"), r.link, -WIDEST, WIDEST)?;
    within(&format!("{field}.review"), r.review, -WIDEST, i64::from(r.link))?;
    within(&format!("{field}.contradicted_link"), r.contradicted_link, i64::from(r.link), WIDEST)?;
    within(&format!("{field}.margin"), r.margin, 0, WIDEST)?;
    within(&format!("{field}.company_lowest"), r.company_lowest, -WIDEST, 0)
}

pub(super) fn check(table: &Table) -> Result<(), TableError> {
    let w = &table.weights;
    name("weights.given", &w.given)?;
    name("weights.family", &w.family)?;
    exact("weights.middle", Exact { equal_m_permille: w.middle.equal_m_permille, one_in: w.middle.one_in })?;
    within("weights.middle.other", w.middle.other, -WIDEST, 0)?;
    within("weights.names.swapped", w.names.swapped, -WIDEST, 0)?;
    within("weights.names.part", w.names.part, -WIDEST, 0)?;
    exact("weights.birth", Exact { equal_m_permille: w.birth.equal_m_permille, one_in: w.birth.one_in })?;
    let b = &w.birth;
    falls(
        "weights.birth",
        &[("one_edit", b.one_edit), ("two_parts", b.two_parts), ("apart", b.apart), ("far", b.far)],
    )?;
    falls("weights.birth", &[("year_month", b.year_month), ("year", b.year), ("apart", b.apart)])?;
    falls("weights.age", &[("near", w.age.near), ("middle", w.age.middle), ("far", w.age.far)])?;
    falls("weights.sex", &[("equal", w.sex.equal), ("differs", w.sex.differs)])?;
    let d = &w.document;
    exact("weights.document", Exact { equal_m_permille: d.equal_m_permille, one_in: d.one_in })?;
    falls(
        "weights.document",
        &[("one_edit", d.one_edit), ("two_edits", d.two_edits), ("unequal", d.unequal)],
    )?;
    let e = &w.employer;
    exact("weights.employer", Exact { equal_m_permille: e.equal_m_permille, one_in: e.one_in })?;
    within("weights.employer.other", e.other, -WIDEST, 0)?;
    let p = &w.place;
    for (field, weights) in [
        ("weights.place.number", &p.number),
        ("weights.place.street", &p.street),
        ("weights.place.unit", &p.unit),
        ("weights.place.locality", &p.locality),
        ("weights.place.postcode", &p.postcode),
        ("weights.place.region", &p.region),
    ] {
        part(field, weights)?;
    }
    exact("weights.place.cell", p.cell)?;
    within("weights.place.wide", p.wide, 0, WIDEST)?;
    within("weights.place.shared", p.shared, 0, WIDEST)?;
    within("weights.place.nearly_at", p.nearly_at, 0, 1_000_000)?;
    within("weights.place.lowest", p.lowest, -WIDEST, 0)?;
    for kind in crate::identifier::IdentifierKind::ALL {
        let field = format!("weights.identifiers.{kind:?}");
        let weight = w.identifiers.of(kind);
        exact(&field, weight.exact())?;
        within(&format!("{field}.weak"), weight.weak, 0, WIDEST)?;
    }
    let n = &w.narrative;
    falls("weights.narrative", &[("same", n.same), ("much", n.much), ("some", n.some)])?;
    within("weights.narrative.contained", n.contained, 0, i64::from(n.same))?;
    for group in crate::group::Group::ALL {
        within(&format!("caps.{group:?}"), table.caps.of(group), 0, WIDEST)?;
    }
    within("prior.partners_permille", table.prior.partners_permille, 1, 1_000_000)?;
    let h = &table.household;
    within("household.same", h.same, 1, 1_000_000)?;
    within("household.different", h.different, 1, 1_000_000)?;
    within("household.highest", h.highest, -WIDEST, WIDEST)?;
    within("household.lowest", h.lowest, -WIDEST, i64::from(h.highest))?;
    within("household.family", h.family, -WIDEST, 0)?;
    within("household.birth", h.birth, 0, WIDEST)?;
    within("household.document", h.document, 0, WIDEST)?;
    within("corroboration.least", table.corroboration.least, 1, WIDEST)?;
    let least = i64::from(table.corroboration.least);
    within("corroboration.person", table.corroboration.person, least, WIDEST)?;
    within("corroboration.alias", table.corroboration.alias, least, WIDEST)?;
    // Half of them are three: fewer holders are kept without their clusters.
    within("hot.leads", table.hot.leads, 6, 1_000)?;
    within("hot.common", table.hot.common, 4, 1_000)?;
    within("hot.clusters", table.hot.clusters, 2, i64::from(table.hot.leads))?;
    within("bounds.postings", table.bounds.postings, 1, 10_000)?;
    within("bounds.candidates", table.bounds.candidates, 1, 10_000)?;
    within("bounds.lone", table.bounds.lone, 0, 10_000)?;
    rules("leads", &table.leads)?;
    rules("persons", &table.persons)
}
