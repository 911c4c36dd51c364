//! Counts for the public and for oversight: how many leads became what, in a fiscal year, for whom.
//!
//! A pure function of the decisions up to the offsets that are printed with it: the same offsets give the same
//! digits. Exercises and tests do not count. Counts that would tell of few are hidden, and enough of the others that
//! none can be had by subtracting.

mod suppress;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lead::LeadId;
use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Decision, LeadFacts, Outcome, OutcomeCode};
use lead::value::Micros;
use serde_json::json;

use crate::access::{Broker, read_decisions};
use crate::cli::Statistics;
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;
use suppress::{Table, suppress};

/// What became of a lead for a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Delivered,
    TakenBack,
    Covered,
    Held,
    Withheld,
    Undeliverable,
}

impl Became {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Delivered, "delivered"),
        (Self::TakenBack, "taken back"),
        (Self::Covered, "covered"),
        (Self::Held, "held"),
        (Self::Withheld, "withheld"),
        (Self::Undeliverable, "undelivered"),
    ];

    /// `None` when an outcome changes nothing.
    fn of(outcome: &Outcome) -> Option<Self> {
        match outcome.outcome {
            OutcomeCode::Delivered if outcome.action == Some(MessageKind::Cancel) => Some(Self::TakenBack),
            OutcomeCode::Delivered => Some(Self::Delivered),
            OutcomeCode::Covered => Some(Self::Covered),
            OutcomeCode::Held => Some(Self::Held),
            OutcomeCode::Withheld | OutcomeCode::Passing => Some(Self::Withheld),
            OutcomeCode::Undeliverable => Some(Self::Undeliverable),
            OutcomeCode::Unchanged => None,
        }
    }
}

/// What stands in the ledger now about one lead and one partner.
struct Standing {
    became: Became,
    fiscal_year: i16,
    category: &'static str,
}

/// The ledger up to an offset of each partition.
#[derive(Default)]
struct Counted {
    standings: BTreeMap<(LeadId, String), Standing>,
    offsets: BTreeMap<u32, u64>,
    policies: BTreeSet<String>,
    decisions: u64,
}

pub(super) fn run(
    site: &Site,
    broker: &mut dyn Broker,
    asked: &Statistics,
    console: &mut Console,
) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let home = site.config.home_country;
    let counted = count(broker, asked)?;
    let route = |partner: &str| match definitions.partners.get(partner) {
        Some(partner) if partner.is_foreign(home) => "international",
        Some(_) => "domestic",
        None => "no longer configured",
    };
    let mut tables: BTreeMap<(i16, &str, &str), Table> = BTreeMap::new();
    for ((_, partner), standing) in &counted.standings {
        let table = tables
            .entry((standing.fiscal_year, route(partner), standing.category))
            .or_insert_with(|| Table::new(Became::ALL.iter().map(|(_, name)| (*name).to_owned()).collect()));
        let column =
            Became::ALL.iter().position(|(became, _)| *became == standing.became).unwrap_or_default();
        table.add(partner, column);
    }
    let offsets: Vec<String> = counted.offsets.iter().map(|(p, o)| format!("{p}:{o}")).collect();
    if console.is_json() {
        let tables: Vec<_> = tables
            .iter()
            .map(|((year, route, category), table)| {
                let rows = suppress(table, asked.least).to_json();
                json!({ "fiscal_year": year, "route": route, "category": category, "rows": rows })
            })
            .collect();
        return console.json(&json!({
            "up_to": offsets, "decisions": counted.decisions, "policies": counted.policies,
            "least": asked.least, "tables": tables,
        }));
    }
    if tables.is_empty() {
        return console.line("nothing was decided in this period");
    }
    for ((year, route, category), table) in &tables {
        console.heading(&format!("FY{year}, {route}: {category}"))?;
        let shown = suppress(table, asked.least);
        let mut head = vec!["partner"];
        head.extend(shown.columns().iter().map(String::as_str));
        let rows: Vec<_> = shown
            .lines()
            .map(|(partner, cells)| {
                let mut line = vec![(Style::Strong, partner.to_owned())];
                line.extend(cells.iter().map(|cell| {
                    let text = cell.map_or_else(|| "*".to_owned(), |count| count.to_string());
                    (if cell == &Some(0) { Style::Faint } else { Style::Plain }, text)
                }));
                line
            })
            .collect();
        console.table(&head, &rows)?;
        console.line("")?;
    }
    console.line(format!(
        "Leads by what became of them last. * is hidden: below {}, or needed to hide what is.",
        asked.least
    ))?;
    console.line(format!(
        "{} decisions, by {} sets of policies: {}",
        counted.decisions,
        counted.policies.len(),
        counted.policies.iter().map(|hash| hash.get(..12).unwrap_or(hash)).collect::<Vec<_>>().join(", ")
    ))?;
    console.line(format!("The same digits again: leadshare ledger statistics --up-to {}", offsets.join(",")))
}

fn count(broker: &mut dyn Broker, asked: &Statistics) -> Result<Counted, Fault> {
    let mut counted = Counted::default();
    let limits: BTreeMap<u32, u64> = asked
        .up_to
        .iter()
        .flat_map(|up_to| up_to.iter().map(|place| (place.partition, place.offset)))
        .collect();
    read_decisions(broker, |record, decision| {
        let (partition, offset) = (record.source.partition.0, record.offset.0);
        if asked.up_to.is_some() && limits.get(&partition).is_none_or(|limit| offset > *limit) {
            return;
        }
        counted.offsets.insert(partition, offset);
        if decision.domain == MessageStatus::Actual && asked.period.contains(decision.decided_at) {
            counted.decisions += 1;
            counted.policies.insert(decision.policies.clone());
            take(&mut counted.standings, &decision, asked.fiscal_year_begins);
        }
    })?;
    Ok(counted)
}

/// Decisions on a lead stand in one partition, in their order.
fn take(standings: &mut BTreeMap<(LeadId, String), Standing>, decision: &Decision, begins: i8) {
    let fiscal_year = fiscal_year(decision.decided_at, begins);
    let mut put = |partner: &str, became: Became, ruled: bool| {
        let key = (decision.lead_id, partner.to_owned());
        let known = standings.get(&key).map(|standing| standing.category);
        // A withdrawal says nothing of what the lead was about.
        let category = known.filter(|_| !ruled).unwrap_or_else(|| category(&decision.facts));
        standings.insert(key, Standing { became, fiscal_year, category });
    };
    for outcome in &decision.outcomes {
        if let Some(became) = Became::of(outcome) {
            put(&outcome.partner, became, outcome.action != Some(MessageKind::Cancel));
        }
    }
    for group in &decision.grouped {
        let became = Became::of(&Outcome { outcome: group.outcome, ..Outcome::default() });
        for partner in &group.partners {
            became.into_iter().for_each(|became| put(partner, became, true));
        }
    }
}

/// The year in which it ends: with October, FY2027 begins on 1 October 2026.
fn fiscal_year(at: Micros, begins: i8) -> i16 {
    let at = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = TimeZone::UTC.to_datetime(at).date();
    day.year() + i16::from(begins > 1 && day.month() >= begins)
}

/// What policies see of it: finer is not in the ledger.
fn category(facts: &LeadFacts) -> &'static str {
    match (facts.child_exploitation, facts.trafficking, facts.money_laundering) {
        (true, true, _) => "children, trafficking",
        (true, false, _) => "children",
        (false, true, _) => "trafficking",
        (false, false, true) => "money laundering",
        (false, false, false) => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fiscal_year_has_the_name_of_the_year_in_which_it_ends() {
        let at = |text: &str| Micros(text.parse::<Timestamp>().map_or(0, Timestamp::as_microsecond));
        let october = at("2026-10-01T00:00:00Z");
        assert_eq!((fiscal_year(october, 10), fiscal_year(Micros(october.0 - 1), 10)), (2027, 2026));
        assert_eq!(fiscal_year(october, 1), 2026, "where it is the calendar's");
    }
}
