//! Topics as they must be, and as they are.

use std::collections::BTreeMap;

use pipeline::Topic;
use serde_json::json;

use crate::access;
use crate::cli::Topics;
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;
use crate::topics::specs;

pub(crate) fn run(site: &Site, command: &Topics, console: &mut Console) -> Result<(), Fault> {
    let specs = specs(&site.config, &Definitions::read(site)?);
    let mut broker = access::open(site)?;
    match command {
        Topics::Apply { dry_run } => {
            let changes = broker.apply(&specs, *dry_run)?;
            if console.is_json() {
                return console
                    .json(&json!({ "dry_run": dry_run, "topics": specs.len(), "changes": changes }));
            }
            for change in &changes {
                console.line(change)?;
            }
            match changes.len() {
                0 => console.line(format!("{} topics are as they must be", specs.len())),
                n if *dry_run => console.line(format!("{n} of {} topics would change", specs.len())),
                n => console.line(format!("{n} of {} topics changed", specs.len())),
            }
        }
        Topics::List => {
            let existing: BTreeMap<Topic, u32> = broker.topics()?.into_iter().collect();
            let mut rows = Vec::new();
            for spec in &specs {
                let found = existing.get(&spec.name).copied();
                let (style, note) = match found {
                    None => (Style::Bad, "missing: leadshare topics apply"),
                    Some(n) if n < spec.partitions => (Style::Bad, "too few partitions"),
                    Some(_) => (Style::Good, "ok"),
                };
                if console.is_json() {
                    console.json(&json!({
                        "topic": spec.name, "partitions": found, "expected_partitions": spec.partitions,
                        "ok": style == Style::Good,
                    }))?;
                }
                let partitions = found.map_or("-".to_owned(), |n| n.to_string());
                rows.push(vec![
                    (Style::Plain, spec.name.to_string()),
                    (Style::Plain, partitions),
                    (style, note.to_owned()),
                ]);
            }
            if console.is_json() {
                return Ok(());
            }
            console.table(&["topic", "partitions", ""], &rows)
        }
    }
}
