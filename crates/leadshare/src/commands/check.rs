//! Checks everything that is data, and shows every fault at once.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use lead::decision::Decision;
use lead::held::HeldRelease;
use lead::ledger::Checkpoint;
use lead::matter::{Approval, LegalHold, MatchDecision, Purge, ReviewCase};
use lead::wire::{self, Subject, WireError};
use lead::{Lead, LeadSubmission, MatterEvent, SiteKeys};
use release::{Partner, Partners, Release, Released};
use serde_json::json;

use crate::console::{Console, Style, printable};
use crate::definitions::{self, Definitions, name_of};
use crate::fault::Fault;
use crate::samples::Coverage;
use crate::site::Site;
use crate::{partner_samples, samples};

/// What was looked at, and what is wrong with it.
#[derive(Default)]
struct Findings {
    checked: Vec<(&'static str, usize)>,
    coverage: Vec<Coverage>,
    faults: Vec<String>,
}

/// Checks the site. With `write_samples`, what samples must become is written anew.
pub(crate) fn run(site: &Site, write_samples: bool, console: &mut Console) -> Result<(), Fault> {
    let mut findings = Findings::default();
    // It was read on the way here: without it nobody knows where the rest is.
    findings.checked.push(("configuration", 1));
    let keys = site.keys().map_err(|fault| findings.faults.push(fault.to_string())).ok();
    check_schemas(&mut findings);
    check_samples(site, write_samples, &mut findings);
    let definitions = Definitions::collect(site, &mut findings.faults);
    if let Some(definitions) = &definitions {
        check_definitions(site, definitions, keys.as_ref(), write_samples, &mut findings);
    }
    print(&findings, console)
}

fn check_definitions(
    site: &Site,
    definitions: &Definitions,
    keys: Option<&SiteKeys>,
    write_samples: bool,
    findings: &mut Findings,
) {
    let Findings { checked, faults, .. } = findings;
    let files = &site.config.files;
    for partner in definitions.partners.iter() {
        for agency in partner.agencies.iter().filter(|a| !definitions.sources.iter().any(|s| s.name() == *a))
        {
            let file = files.partners.join(&partner.id).join("partner.toml");
            faults.push(format!("{}: `agencies` names `{agency}`, which is no source", file.display()));
        }
    }
    checked.push(("sources", definitions.sources.len()));
    checked.push(("matching", 1));
    checked.push(("partners", definitions.partners.len()));
    checked.push(("officers", definitions.officers.len()));
    // Keys of their own will do for cases: no case depends on a lead's id.
    let stand_in = SiteKeys::new([0; 32]);
    match definitions.release(site, keys.unwrap_or(&stand_in)) {
        Ok(release) => {
            checked.push(("policies", release.policies().ids().count()));
            let cases = definitions::run_cases(&files.policies, &release, faults);
            checked.push(("cases of policies", cases));
            let keys = keys.unwrap_or(&stand_in);
            let samples = check_partner_samples(site, definitions, keys, write_samples, faults);
            checked.push(("samples of partners", samples));
        }
        Err(fault) => faults.push(fault.to_string()),
    }
}

fn check_samples(site: &Site, write: bool, findings: &mut Findings) {
    // A missing folder is reported when sources are read.
    let folders = definitions::source_folders(&site.config.files.sources, &mut Vec::new());
    findings.coverage =
        folders.iter().filter_map(|folder| samples::check(folder, write, &mut findings.faults)).collect();
    findings.checked.push(("samples", findings.coverage.iter().map(|source| source.samples).sum()));
}

/// Templates are checked like partners, so that they stay right.
fn check_partner_samples(
    site: &Site,
    definitions: &Definitions,
    keys: &SiteKeys,
    write: bool,
    faults: &mut Vec<String>,
) -> usize {
    // A missing folder is reported when partners are read.
    let folders = definitions::folders(&site.config.files.partners, &mut Vec::new());
    let templates = folders.iter().filter(|folder| name_of(folder).starts_with('_')).filter_map(|folder| {
        let text = fs::read_to_string(folder.join("partner.toml")).ok()?;
        Partner::parse(&name_of(folder), &text).ok()
    });
    let everybody = definitions.partners.iter().cloned().chain(templates).collect();
    let release = Partners::new(everybody).map_err(|error| error.to_string()).and_then(|partners| {
        let policies = Arc::clone(&definitions.policies);
        Release::new(Arc::new(partners), policies, keys.clone(), site.config.home_country)
            .map_err(|error| error.to_string())
    });
    let release = match release {
        Ok(release) => release,
        Err(fault) => {
            faults.push(fault);
            return 0;
        }
    };
    let mut samples = 0;
    for folder in &folders {
        let Some(partner) = release.partners().get(&name_of(folder)) else { continue };
        samples += partner_samples::check(folder, partner, &release, write, faults);
    }
    samples
}

/// Every contract has an id of its own, and what this program writes fits it.
fn check_schemas(findings: &mut Findings) {
    let mut ids: BTreeMap<u32, &str> = BTreeMap::new();
    let encoded: [(&str, Option<WireError>); 11] = [
        (LeadSubmission::NAME, wire::encode(&LeadSubmission::default()).err()),
        (Lead::NAME, wire::encode(&Lead::default()).err()),
        (MatterEvent::NAME, wire::encode(&MatterEvent::Approval(Approval::default())).err()),
        // Only `release` can encode for partners, and its tests do.
        (Released::NAME, None),
        (Decision::NAME, wire::encode(&Decision::default()).err()),
        (ReviewCase::NAME, wire::encode(&ReviewCase::default()).err()),
        (MatchDecision::NAME, wire::encode(&MatchDecision::default()).err()),
        (LegalHold::NAME, wire::encode(&LegalHold::default()).err()),
        (Purge::NAME, wire::encode(&Purge::default()).err()),
        (HeldRelease::NAME, wire::encode(&HeldRelease::default()).err()),
        (Checkpoint::NAME, wire::encode(&Checkpoint::default()).err()),
    ];
    for (name, error) in &encoded {
        match wire::schema_id(name) {
            None => findings.faults.push(format!("schemas/ids.toml: `{name}` has no id")),
            Some(id) => {
                if let Some(other) = ids.insert(id, name) {
                    findings
                        .faults
                        .push(format!("schemas/ids.toml: `{name}` and `{other}` have the same id {id}"));
                }
            }
        }
        if let Some(error) = error {
            findings.faults.push(format!("schemas/{name}.avsc: {error}"));
        }
    }
    findings.checked.push(("schemas", encoded.len()));
}

/// How much of what its samples hold each mapping reads.
fn print_coverage(coverage: &[Coverage], console: &mut Console) -> Result<(), Fault> {
    let row = |source: &Coverage| {
        let Coverage { source: name, samples, paths, unread } = source;
        let read = paths.saturating_sub(unread.len());
        let style = if unread.is_empty() { Style::Plain } else { Style::Notice };
        let share =
            (read * 100).checked_div(*paths).map_or_else(|| "·".to_owned(), |share| format!("{share} %"));
        let names: Vec<&str> = unread.iter().map(String::as_str).collect();
        let cells =
            [name.clone(), samples.to_string(), paths.to_string(), share, printable(&names.join(", "))];
        cells.map(|cell| (style, cell)).to_vec()
    };
    let head = ["source", "samples", "paths in them", "read by its mapping", "not read"];
    console.table(&head, &coverage.iter().map(row).collect::<Vec<_>>())
}

fn print(findings: &Findings, console: &mut Console) -> Result<(), Fault> {
    let Findings { checked, coverage, faults } = findings;
    if console.is_json() {
        let checked: BTreeMap<&str, usize> = checked.iter().copied().collect();
        console.json(&json!({ "checked": checked, "coverage": coverage, "faults": faults }))?;
    } else {
        print_coverage(coverage, console)?;
        let list: Vec<String> = checked.iter().map(|(what, n)| format!("{n} {what}")).collect();
        console.line(format!("checked: {}", list.join(", ")))?;
        for fault in faults {
            let mark = console.style(Style::Bad, "✗");
            let mut lines = fault.lines();
            console.line(format!("{mark} {}", lines.next().unwrap_or_default()))?;
            lines.try_for_each(|line| console.line(format!("  {line}")))?;
        }
        if faults.is_empty() {
            let mark = console.style(Style::Good, "✓");
            console.line(format!("{mark} no faults"))?;
        }
    }
    match faults.len() {
        0 => Ok(()),
        n => Err(Fault::failed(format!("{n} fault(s)"))),
    }
}
