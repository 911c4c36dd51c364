//! Policies read aloud: what each does in words, and the cases that show it.

use std::collections::BTreeMap;

use release::case::{Case, Expected};
use serde_json::json;

use crate::console::{Console, Style, WIDTH, wrap};
use crate::definitions::{self, Definitions};
use crate::fault::Fault;
use crate::site::Site;

/// Lists every policy, in the order of the files; `only` is one of them.
pub(super) fn run(site: &Site, only: Option<&str>, console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let policies = &definitions.policies;
    if let Some(id) = only.filter(|id| policies.reason(id).is_none()) {
        return Err(Fault::usage(format!("no policy `{id}`; `leadshare policy list` names all")));
    }
    let mut faults = Vec::new();
    let cases: BTreeMap<String, Vec<Case>> =
        definitions::read_cases(&site.config.files.policies, &mut faults)
            .into_iter()
            .map(|(policy, cases)| (policy, cases.0))
            .collect();
    if let Some(fault) = faults.into_iter().next() {
        return Err(Fault::usage(fault));
    }
    let mut by_file: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in policies.ids().filter(|id| only.is_none_or(|only| only == *id)) {
        by_file.entry(policies.file(id).unwrap_or_default()).or_default().push(id);
    }
    for (file, ids) in by_file {
        if !console.is_json() {
            console.heading(file)?;
        }
        for id in ids {
            let reason = policies.reason(id).unwrap_or_default();
            let stops = policies.is_hard_stop(id) == Some(true);
            let cases = cases.get(id).map_or(&[][..], Vec::as_slice);
            print(console, id, stops, reason, cases)?;
        }
    }
    if !console.is_json() {
        console.line("\nNothing is released that no policy permits, and what forbids always wins.")?;
    }
    Ok(())
}

fn print(console: &mut Console, id: &str, stops: bool, reason: &str, cases: &[Case]) -> Result<(), Fault> {
    if console.is_json() {
        let cases: Vec<_> = cases
            .iter()
            .map(|case| json!({ "title": case.title, "outcome": outcome(case.outcome) }))
            .collect();
        let effect = if stops { "forbid" } else { "permit" };
        return console.json(&json!({ "policy": id, "effect": effect, "reason": reason, "cases": cases }));
    }
    let (style, effect) = if stops { (Style::Bad, "forbids") } else { (Style::Good, "permits") };
    let effect = console.style(style, effect);
    let name = console.style(Style::Strong, id);
    console.line(format!("  {effect}  {name}"))?;
    for line in wrap(reason, WIDTH - 11) {
        console.line(format!("           {line}"))?;
    }
    for case in cases {
        let text = format!("{}: {}", outcome(case.outcome), case.title);
        for line in wrap(&text, WIDTH - 15) {
            let line = console.style(Style::Faint, &line);
            console.line(format!("             {line}"))?;
        }
    }
    Ok(())
}

fn outcome(expected: Expected) -> &'static str {
    match expected {
        Expected::Permit => "released",
        Expected::Hold => "held",
        Expected::Deny => "withheld",
    }
}
