//! Tables of counts that hide what few would be told by: primary and complementary suppression.
//!
//! A table is shown with its totals, so every row and every column is an equation. Whoever knows all but one of its terms
//! knows that one too. So first every count from 1 to just below the least is hidden, and then, as long as an equation
//! has exactly one hidden term, another in it: one that hides others too if there is any, else the smallest. Zeros are
//! shown: that there is none tells of nobody.
//! (Cox, "Suppression methodology and statistical disclosure control", JASA 75, 1980.)

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

/// Counts by row and column.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: BTreeMap<String, Vec<u64>>,
}

impl Table {
    pub(super) fn new(columns: Vec<String>) -> Self {
        Self { columns, rows: BTreeMap::new() }
    }

    /// One more.
    pub(super) fn add(&mut self, row: &str, column: usize) {
        let cells = self.rows.entry(row.to_owned()).or_insert_with(|| vec![0; self.columns.len()]);
        if let Some(cell) = cells.get_mut(column) {
            *cell += 1;
        }
    }
}

/// A table as it may be seen: the last column and the last row are totals.
pub(super) struct Shown {
    columns: Vec<String>,
    rows: Vec<(String, Vec<Option<u64>>)>,
}

impl Shown {
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &[Option<u64>])> {
        self.rows.iter().map(|(row, cells)| (row.as_str(), cells.as_slice()))
    }

    pub(super) fn to_json(&self) -> Json {
        let lines = self.lines().map(|(partner, cells)| {
            let cells: Map<_, _> =
                self.columns.iter().zip(cells).map(|(name, cell)| (name.clone(), json!(cell))).collect();
            json!({ "partner": partner, "leads": cells })
        });
        lines.collect()
    }
}

/// Hides what is below `least`, and what it could be computed from.
pub(super) fn suppress(table: &Table, least: u64) -> Shown {
    let mut rows: Vec<(String, Vec<u64>)> = table
        .rows
        .iter()
        .map(|(row, cells)| (row.clone(), cells.iter().copied().chain([cells.iter().sum()]).collect()))
        .collect();
    let width = table.columns.len() + 1;
    let column =
        |at: usize, rows: &[(String, Vec<u64>)]| rows.iter().filter_map(|(_, cells)| cells.get(at)).sum();
    let totals: Vec<u64> = (0..width).map(|at| column(at, &rows)).collect();
    rows.push(("total".to_owned(), totals));
    let counts: Vec<Vec<u64>> = rows.iter().map(|(_, cells)| cells.clone()).collect();
    let hidden = hide(&counts, width, least);
    let rows = rows
        .into_iter()
        .zip(hidden)
        .map(|((row, cells), hidden)| {
            (row, cells.into_iter().zip(hidden).map(|(count, hidden)| (!hidden).then_some(count)).collect())
        })
        .collect();
    Shown { columns: table.columns.iter().cloned().chain(["total".to_owned()]).collect(), rows }
}

/// Which counts are hidden.
fn hide(counts: &[Vec<u64>], width: usize, least: u64) -> Vec<Vec<bool>> {
    let is_small = |count: &u64| (1..least).contains(count);
    let mut hidden: Vec<Vec<bool>> = counts.iter().map(|row| row.iter().map(is_small).collect()).collect();
    let rows = (0..counts.len()).map(|y| (0..width).map(|x| (y, x)).collect::<Vec<_>>());
    let columns = (0..width).map(|x| (0..counts.len()).map(|y| (y, x)).collect::<Vec<_>>());
    let equations: Vec<Vec<(usize, usize)>> = rows.chain(columns).collect();
    let count =
        |(y, x): (usize, usize)| counts.get(y).and_then(|row| row.get(x)).copied().unwrap_or_default();
    loop {
        let is_hidden =
            |(y, x): (usize, usize)| hidden.get(y).and_then(|row| row.get(x)).copied().unwrap_or_default();
        // What stands in another equation with hidden terms already needs no further ones to hide it.
        let helps = |at: &(usize, usize)| {
            let of = equations.iter().filter(|terms| terms.contains(at));
            of.clone().all(|terms| terms.iter().any(|term| is_hidden(*term)))
        };
        let next = equations.iter().find_map(|terms| {
            let lone = terms.iter().filter(|at| is_hidden(**at)).count() == 1;
            let others = terms.iter().copied().filter(|at| lone && !is_hidden(*at) && count(*at) > 0);
            others.min_by_key(|at| (!helps(at), count(*at), *at))
        });
        let Some((y, x)) = next else { return hidden };
        if let Some(cell) = hidden.get_mut(y).and_then(|row| row.get_mut(x)) {
            *cell = true;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn shown(rows: &[&[u64]], least: u64) -> Vec<Vec<Option<u64>>> {
        let mut table = Table::new((0..rows[0].len()).map(|x| x.to_string()).collect());
        for (y, row) in rows.iter().enumerate() {
            for (x, count) in row.iter().enumerate() {
                (0..*count).for_each(|_| table.add(&y.to_string(), x));
            }
        }
        suppress(&table, least).rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn a_small_count_takes_another_with_it_in_its_row_and_in_its_column() {
        let told = shown(&[&[3, 20, 7], &[9, 30, 40]], 5);
        assert_eq!(told[0], [None, Some(20), None, Some(30)]);
        assert_eq!(told[1], [None, Some(30), None, Some(79)]);
        assert_eq!(told[2], [Some(12), Some(50), Some(47), Some(109)]);
    }

    #[test]
    fn what_stands_alone_takes_its_totals_with_it() {
        assert_eq!(shown(&[&[3, 0]], 5), [[None, Some(0), None], [None, Some(0), None]]);
    }

    #[test]
    fn a_large_table_is_shown() {
        assert!(shown(&[&[10, 0], &[0, 9]], 5).iter().flatten().all(Option::is_some));
    }

    proptest! {
        /// Sabotage: hide the small counts alone.
        #[test]
        fn nothing_small_is_shown_and_none_can_be_had_by_subtracting(
            rows in prop::collection::vec(prop::collection::vec(0_u64..12, 4), 1..6),
        ) {
            let rows: Vec<&[u64]> = rows.iter().map(Vec::as_slice).collect();
            let told = shown(&rows, 5);
            for row in &told {
                prop_assert!(row.iter().flatten().all(|count| *count == 0 || *count >= 5));
                prop_assert_ne!(row.iter().filter(|cell| cell.is_none()).count(), 1);
            }
            for x in 0..5 {
                prop_assert_ne!(told.iter().filter(|row| row[x].is_none()).count(), 1);
            }
        }
    }
}
