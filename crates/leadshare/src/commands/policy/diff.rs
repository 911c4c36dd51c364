//! The time machine: what other policies would have made of the decisions of a period.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use lead::{FieldClass, LeadId, SiteKeys};
use release::{Difference, Exposure, How, Policies, Release, Replay};
use serde_json::json;

use crate::access::{self, read_decisions};
use crate::cli::PolicyDiff;
use crate::console::{Console, Style};
use crate::definitions::{self, Definitions};
use crate::fault::Fault;
use crate::site::Site;

/// Leads that are shown for each line.
const EXAMPLES: usize = 3;

/// What changes for a partner, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Exposes(Exposure),
    Releases,
    NoLongerHolds,
    Holds,
    Withholds,
    Hides(Exposure),
}

/// Leads with that change.
#[derive(Default)]
struct Leads {
    count: u64,
    examples: Vec<LeadId>,
}

pub(super) fn run(site: &Site, asked: &PolicyDiff, console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let release = |dir: &Path| {
        let partners = Arc::clone(&definitions.partners);
        // Nothing is named or sealed here: any key will do.
        Release::new(partners, Arc::new(policies(dir)?), SiteKeys::new([0; 32]), site.config.home_country)
            .map_err(|error| Fault::usage(format!("{}: {error}", dir.display())))
    };
    let (old, new) = (release(&asked.old)?, release(&asked.new)?);
    let mut replay = Replay::between(&old, &new);
    let (mut decisions, bar) = (0_u64, ProgressBar::new_spinner());
    let mut broker = access::open(site)?;
    read_decisions(broker.as_mut(), |_, decision| {
        if asked.period.contains(decision.decided_at) {
            replay.take(&decision);
            decisions += 1;
            if decisions.is_multiple_of(1_000) {
                bar.set_message(format!("{decisions} decisions"));
                bar.tick();
            }
        }
    })?;
    bar.finish_and_clear();
    let protected: BTreeSet<FieldClass> = asked.protect.iter().copied().collect();
    let changes = changes(&replay);
    print(&replay, &changes, decisions, console)?;
    let leaks: Vec<String> = changes
        .iter()
        .filter_map(|((partner, change), leads)| match change {
            Change::Exposes(exposure) if protected.contains(&exposure.class) => {
                Some(format!("{} to {partner}, of {} leads", exposure_text(*exposure), leads.count))
            }
            _ => None,
        })
        .collect();
    if leaks.is_empty() {
        return Ok(());
    }
    Err(Fault::failed(format!("protected classes would be newly given: {}", leaks.join("; "))))
}

/// The policies of a folder, or all that is wrong with them.
fn policies(dir: &Path) -> Result<Policies, Fault> {
    let mut faults = Vec::new();
    definitions::read_policies(dir, &mut faults).ok_or_else(|| Fault::usage(faults.join("\n")))
}

fn changes(replay: &Replay<'_>) -> BTreeMap<(String, Change), Leads> {
    let mut changes: BTreeMap<(String, Change), Leads> = BTreeMap::new();
    for ((_, lead), touched) in replay.leads() {
        for (partner, difference) in &touched.partners {
            for change in of(difference) {
                let leads = changes.entry((partner.clone(), change)).or_default();
                leads.count += 1;
                if leads.examples.len() < EXAMPLES {
                    leads.examples.push(*lead);
                }
            }
        }
    }
    changes
}

fn of(difference: &Difference) -> Vec<Change> {
    let turns = [
        (difference.released, Change::Releases),
        (difference.withheld, Change::Withholds),
        (difference.newly_held, Change::Holds),
        (difference.no_longer_held, Change::NoLongerHolds),
    ];
    let turns = turns.into_iter().filter(|(is, _)| *is).map(|(_, change)| change);
    let exposed = difference.exposed.iter().copied().map(Change::Exposes);
    turns.chain(exposed).chain(difference.hidden.iter().copied().map(Change::Hides)).collect()
}

fn text(change: Change) -> String {
    match change {
        Change::Releases => "newly receives the lead".to_owned(),
        Change::Withholds => "no longer receives the lead".to_owned(),
        Change::Holds => "waits for an officer first".to_owned(),
        Change::NoLongerHolds => "no longer waits for an officer".to_owned(),
        Change::Exposes(exposure) => format!("newly given: {}", exposure_text(exposure)),
        Change::Hides(exposure) => format!("no longer given: {}", exposure_text(exposure)),
    }
}

fn exposure_text(exposure: Exposure) -> String {
    let class = exposure.class.name();
    match exposure.how {
        How::Shown => class.to_owned(),
        How::Outlined => format!("{class} in a coarser form"),
        How::Linked => format!("{class} as tokens"),
    }
}

fn style(change: Change) -> Style {
    match change {
        Change::Exposes(_) | Change::Releases | Change::NoLongerHolds => Style::Notice,
        Change::Hides(_) | Change::Withholds | Change::Holds => Style::Plain,
    }
}

fn print(
    replay: &Replay<'_>,
    changes: &BTreeMap<(String, Change), Leads>,
    decisions: u64,
    console: &mut Console,
) -> Result<(), Fault> {
    if console.is_json() {
        let changes: Vec<_> = changes
            .iter()
            .map(|((partner, change), leads)| {
                json!({
                    "partner": partner, "change": text(*change), "leads": leads.count,
                    "examples": leads.examples,
                })
            })
            .collect();
        return console.json(&json!({
            "decisions": decisions, "rulings": replay.rulings, "leads": replay.leads().len(),
            "of_partners_no_longer_configured": replay.strangers, "changes": changes,
        }));
    }
    if !changes.is_empty() {
        let rows: Vec<_> = changes
            .iter()
            .map(|((partner, change), leads)| {
                let example = leads.examples.first().map(ToString::to_string).unwrap_or_default();
                vec![
                    (Style::Strong, partner.clone()),
                    (style(*change), text(*change)),
                    (Style::Plain, leads.count.to_string()),
                    (Style::Faint, example),
                ]
            })
            .collect();
        console.table(&["partner", "change", "leads", "such as"], &rows)?;
        console.line("")?;
    }
    console.line(format!(
        "{decisions} decisions, {} rulings made twice: {} leads would differ",
        replay.rulings,
        replay.leads().len()
    ))?;
    if replay.strangers > 0 {
        console.line(format!("{} outcomes are of partners who are configured no more", replay.strangers))?;
    }
    Ok(())
}
