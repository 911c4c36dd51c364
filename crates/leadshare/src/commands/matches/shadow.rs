//! What another table would have said: history with both, and every verdict that would differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use deduplicator::{Assessment, Config};
use lead::code::MessageStatus;
use lead::{LeadId, MatterId, Verdict};
use serde_json::{Value as Json, json};

use super::history::{self, Entry, Fold};
use crate::access::{self, Broker};
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// Leads that are named for each kind of difference, for people.
const NAMED: usize = 5;

pub(crate) fn run(site: &Site, table: &Path, console: &mut Console) -> Result<(), Fault> {
    let text = std::fs::read_to_string(table).map_err(|error| {
        Fault::file(table, "a table such as config/matching.toml is expected there", &error)
    })?;
    let other =
        Config::parse(&text).map_err(|error| Fault::usage(format!("`{}`: {error}", table.display())))?;
    let definitions = Definitions::read(site)?;
    let mut broker = access::open(site)?;
    let keys = site.keys()?;
    let tables = [Arc::clone(&definitions.matching), Arc::new(other)];
    let hashes = tables.each_ref().map(|config| config.hash().to_owned());
    let shadow = Shadow::of(broker.as_mut(), tables.map(|config| Fold::new(config, keys.clone())))?;
    if console.is_json() {
        return console.json(&shadow.to_json(&hashes));
    }
    shadow.print(&hashes, console)
}

/// A lead in its domain.
type Key = (MessageStatus, LeadId);

/// One lead of which the two tables say something else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    lead: Key,
    report: String,
    offset: u64,
    verdicts: [Verdict; 2],
    /// The matters that it is put into.
    clusters: [MatterId; 2],
}

/// The comparison.
#[derive(Debug, Default)]
struct Shadow {
    leads: u64,
    words: u64,
    /// Verdicts of now and then, and how often.
    verdicts: BTreeMap<(Verdict, Verdict), u64>,
    differences: Vec<Difference>,
    /// Where each lead stands in the end.
    clusters: [BTreeMap<Key, MatterId>; 2],
}

impl Shadow {
    fn of(broker: &mut dyn Broker, mut folds: [Fold; 2]) -> Result<Self, Fault> {
        let mut shadow = Self::default();
        history::each(broker, |partition, offset, entry| {
            let [now, then] = &mut folds;
            let said = [now.take(partition, offset, &entry)?, then.take(partition, offset, &entry)?];
            match (entry, said) {
                (Entry::Lead(lead), [Some(now), Some(then)]) => {
                    let number = lead.report_number.as_deref().unwrap_or("(without a number)");
                    let report = format!("{}/{number}", lead.agency);
                    shadow.note((lead.domain(), lead.lead_id), report, offset.0, [now, then]);
                }
                (Entry::Lead(_), _) => {}
                (Entry::Word(_), _) => shadow.words += 1,
            }
            Ok(())
        })?;
        Ok(shadow)
    }

    fn note(&mut self, lead: Key, report: String, offset: u64, said: [Assessment; 2]) {
        self.leads += 1;
        let verdicts = said.each_ref().map(|a| a.verdict);
        let clusters = said.each_ref().map(|a| a.cluster_id);
        for (stands, assessment) in self.clusters.iter_mut().zip(&said) {
            match assessment.verdict {
                Verdict::Stale | Verdict::Replay => {}
                Verdict::Cancel => drop(stands.remove(&lead)),
                _ => drop(stands.insert(lead, assessment.cluster_id)),
            }
            for moved in &assessment.moved {
                stands.extend(moved.leads.iter().map(|id| ((lead.0, *id), moved.cluster)));
            }
        }
        let [now, then] = verdicts;
        *self.verdicts.entry((now, then)).or_default() += 1;
        if now != then || clusters[0] != clusters[1] {
            self.differences.push(Difference { lead, report, offset, verdicts, clusters });
        }
    }

    /// Pairs of leads in one matter: now, then, and in both.
    fn pairs(&self) -> [u64; 3] {
        let count = |of: &dyn Fn(&Key) -> Option<(MatterId, MatterId)>, keys: BTreeSet<&Key>| {
            let mut sizes: BTreeMap<_, u64> = BTreeMap::new();
            keys.into_iter().filter_map(of).for_each(|cell| *sizes.entry(cell).or_default() += 1);
            sizes.values().map(|n| n * n.saturating_sub(1) / 2).sum::<u64>()
        };
        let [now, then] = &self.clusters;
        let one = |side: &BTreeMap<Key, MatterId>| {
            count(&|key| side.get(key).map(|c| (*c, *c)), side.keys().collect())
        };
        let both = count(&|key| Some((*now.get(key)?, *then.get(key)?)), now.keys().collect());
        [one(now), one(then), both]
    }

    fn to_json(&self, hashes: &[String; 2]) -> Json {
        let [now, then, both] = self.pairs();
        let differences: Vec<Json> = self
            .differences
            .iter()
            .map(|d| {
                json!({ "lead_id": d.lead.1.to_string(), "domain": d.lead.0.symbol(), "report": d.report,
                    "offset": d.offset, "now": d.verdicts[0].symbol(), "then": d.verdicts[1].symbol(),
                    "cluster_now": d.clusters[0].to_string(), "cluster_then": d.clusters[1].to_string() })
            })
            .collect();
        json!({ "table_now": hashes[0], "table_then": hashes[1], "leads": self.leads, "decisions": self.words,
            "pairs_now": now, "pairs_then": then, "pairs_both": both, "differences": differences })
    }

    fn print(&self, hashes: &[String; 2], console: &mut Console) -> Result<(), Fault> {
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        console.line(format!("table now  {}\ntable then {}", short(&hashes[0]), short(&hashes[1])))?;
        console.line(format!(
            "{} records of leads and {} officers' decisions, folded with both",
            self.leads, self.words
        ))?;
        let mut rows = Vec::new();
        for ((now, then), times) in self.verdicts.iter().filter(|((now, then), _)| now != then) {
            let named: Vec<&str> = self
                .differences
                .iter()
                .filter(|d| d.verdicts == [*now, *then])
                .map(|d| d.report.as_str())
                .take(NAMED)
                .collect();
            rows.push(vec![
                (Style::Plain, now.symbol().to_owned()),
                (Style::Plain, then.symbol().to_owned()),
                (Style::Strong, times.to_string()),
                (Style::Faint, named.join(", ")),
            ]);
        }
        let elsewhere = self.differences.iter().filter(|d| d.verdicts[0] == d.verdicts[1]).count();
        if rows.is_empty() {
            console.line("no verdict would differ")?;
        } else {
            console.table(&["now", "then", "leads", "such as"], &rows)?;
        }
        if elsewhere > 0 {
            console.line(format!("{elsewhere} of the same verdict would stand in another matter"))?;
        }
        let [now, then, both] = self.pairs();
        console.line(format!(
            "pairs of leads in one matter: {now} now, {then} then; {} only now, {} only then",
            now.saturating_sub(both),
            then.saturating_sub(both)
        ))
    }
}
