//! Another table of weights, learned from the leads of this site.

use std::collections::BTreeMap;
use std::path::Path;

use deduplicator::{Config, Profiler};
use lead::LeadId;
use lead::code::{MessageKind, MessageStatus};
use linkage::{Outcome, Profile, Rulebook, Trained, Training, Unit, train};
use serde_json::json;

use super::history::{self, Entry};
use crate::access;
use crate::console::{Console, Style};
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, out: &Path, pairs: u64, console: &mut Console) -> Result<(), Fault> {
    let path = &site.config.files.matching;
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::file(path, "the table that training begins from is expected there", &error)
    })?;
    let config =
        Config::parse(&text).map_err(|error| Fault::failed(format!("{}: {error}", path.display())))?;
    let profiler = Profiler::new(&site.keys()?, config.into());
    let mut broker = access::open(site)?;
    // Of each lead its last version, in the order of the first.
    let mut order: Vec<LeadId> = Vec::new();
    let mut profiles: BTreeMap<LeadId, Profile> = BTreeMap::new();
    history::each(broker.as_mut(), |_, _, entry| {
        let Entry::Lead(lead) = entry else { return Ok(()) };
        if lead.domain() != MessageStatus::Actual || lead.is_amendment() {
            return Ok(());
        }
        if lead.message_kind == MessageKind::Cancel {
            profiles.remove(&lead.lead_id);
        } else if profiles.insert(lead.lead_id, profiler.profile(&lead)).is_none() {
            order.push(lead.lead_id);
        }
        Ok(())
    })?;
    let live: Vec<Profile> = order.iter().filter_map(|id| profiles.remove(id)).collect();
    let training = Training { random_pairs: pairs, ..Training::default() };
    let trained = train(&text, &live, profiler.digester(), Rulebook::Leads, &training)
        .map_err(|error| Fault::failed(format!("nothing is learned: {error}")))?;
    std::fs::write(out, &trained.text)
        .map_err(|error| Fault::file(out, "the new table is written there", &error))?;
    report(&trained, out, console)
}

fn report(trained: &Trained, out: &Path, console: &mut Console) -> Result<(), Fault> {
    let unit = |unit: Unit| if unit == Unit::Millibits { "millibits" } else { "permille" };
    let outcome = |outcome: Outcome| match outcome {
        Outcome::Learned => "learned",
        Outcome::Smoothed => "smoothed",
        Outcome::TooSeldom => "too seldom seen",
        Outcome::Asked => "kept as asked",
    };
    if console.is_json() {
        let learned: Vec<_> = trained
            .report
            .iter()
            .map(|l| {
                json!({ "path": l.path, "unit": unit(l.unit), "old": l.old, "new": l.new, "m": l.m, "u": l.u,
                    "seen": l.seen, "seen_among_strangers": l.seen_among_strangers, "outcome": outcome(l.outcome) })
            })
            .collect();
        return console.json(&json!({ "records": trained.records, "pairs": trained.pairs,
            "random_pairs": trained.random_pairs, "matches": trained.matches, "table": out, "learned": learned }));
    }
    let changed = trained.report.iter().filter(|l| l.old != l.new);
    let rows: Vec<_> = changed
        .map(|l| {
            vec![
                (Style::Plain, l.path.clone()),
                (Style::Faint, l.old.to_string()),
                (Style::Strong, l.new.to_string()),
                (Style::Faint, unit(l.unit).to_owned()),
                (Style::Plain, format!("{:.4}", l.m)),
                (Style::Plain, format!("{:.6}", l.u)),
                (Style::Faint, l.seen.to_string()),
                (Style::Faint, outcome(l.outcome).to_owned()),
            ]
        })
        .collect();
    console.line(format!(
        "{} leads, {} pairs that share a key, {} random pairs; {:.0} of the first are probably one matter",
        trained.records, trained.pairs, trained.random_pairs, trained.matches
    ))?;
    console.table(&["weight", "was", "is", "", "m", "u", "seen", ""], &rows)?;
    let kept = trained.report.len() - rows.len();
    console.line(format!("{kept} weights stay as they were. Written to `{}`.", out.display()))?;
    console.line("\nBefore it becomes config/matching.toml, look at what it would change:")?;
    console.line(format!("  leadshare match shadow {}", out.display()))
}
