//! What a site is configured to do: sources, matching, partners, policies and officers, read and compiled.
//!
//! Reading collects every fault before anything starts, so that an operator sees all of them at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gate::{Officer, Officers};
use lead::SiteKeys;
use normaliser::{Source, SourceFiles};
use release::case::{self, Cases};
use release::{Partners, Policies, Release};

use crate::fault::Fault;
use crate::site::Site;

/// Everything that is data and not code.
pub(crate) struct Definitions {
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) matching: Arc<deduplicator::Config>,
    pub(crate) partners: Arc<Partners>,
    pub(crate) policies: Arc<Policies>,
    pub(crate) officers: Arc<Officers>,
}

impl Definitions {
    /// Reads all of it, or says everything that is wrong.
    pub(crate) fn read(site: &Site) -> Result<Self, Fault> {
        let mut faults = Vec::new();
        match Self::collect(site, &mut faults) {
            Some(definitions) if faults.is_empty() => Ok(definitions),
            _ => Err(Fault::usage(format!(
                "the configuration has {} fault(s); `leadshare check` shows them with samples and cases:\n{}",
                faults.len(),
                faults.join("\n")
            ))),
        }
    }

    /// Reads all of it; what is wrong is added to `faults`.
    pub(crate) fn collect(site: &Site, faults: &mut Vec<String>) -> Option<Self> {
        let files = &site.config.files;
        let sources = read_sources(&files.sources, faults);
        let matching = read_text(&files.matching, faults).and_then(|text| {
            let parsed = deduplicator::Config::parse(&text);
            parsed.map_err(|e| faults.push(format!("{}: {e}", files.matching.display()))).ok()
        });
        let partners = read_partners(&files.partners, faults);
        let policies = read_policies(&files.policies, faults);
        let officers = read_officers(&files.officers, faults);
        Some(Self {
            sources,
            matching: Arc::new(matching?),
            partners: Arc::new(partners?),
            policies: Arc::new(policies?),
            officers: Arc::new(officers?),
        })
    }

    /// Who rules on what leaves. Refuses policies that name partners who do not exist.
    pub(crate) fn release(&self, site: &Site, keys: &SiteKeys) -> Result<Release, Fault> {
        let (partners, policies) = (Arc::clone(&self.partners), Arc::clone(&self.policies));
        Release::new(partners, policies, keys.clone(), site.config.home_country)
            .map_err(|error| Fault::usage(error.to_string()))
    }
}

/// The source folders, templates left out.
fn read_sources(dir: &Path, faults: &mut Vec<String>) -> Vec<Arc<Source>> {
    let mut sources: Vec<Arc<Source>> = Vec::new();
    for folder in source_folders(dir, faults).iter().filter(|folder| !is_template(folder)) {
        match read_source(folder) {
            Ok(source) => sources.push(Arc::new(source)),
            Err(fault) => faults.push(fault),
        }
    }
    for (number, a) in sources.iter().enumerate() {
        if let Some(b) = sources.iter().skip(number + 1).find(|b| b.inbound_topic() == a.inbound_topic()) {
            let (a, b, topic) = (a.name(), b.name(), a.inbound_topic());
            faults.push(format!(
                "sources `{a}` and `{b}` have the same inbound topic `{topic}`: give each its own"
            ));
        }
    }
    if sources.is_empty() && faults.is_empty() {
        faults.push(format!("{}: no agency; `leadshare source new` makes one", dir.display()));
    }
    sources
}

/// The folder of templates of sources: one for each format, named after it.
pub(crate) const TEMPLATES: &str = "_template";

/// Every source folder, templates among them.
pub(crate) fn source_folders(dir: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    let (templates, mut sources): (Vec<_>, Vec<_>) =
        folders(dir, faults).into_iter().partition(|folder| name_of(folder).starts_with('_'));
    sources.extend(templates.iter().flat_map(|folder| folders(folder, faults)));
    sources
}

pub(crate) fn is_template(folder: &Path) -> bool {
    folder.parent().is_some_and(|parent| name_of(parent).starts_with('_'))
}

/// One source folder. A template is compiled under the name `template`, so that it stays right.
pub(crate) fn read_source(folder: &Path) -> Result<Source, String> {
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read_to_string(&path).map_err(|error| (error.kind(), format!("{}: {error}", path.display())))
    };
    let source_toml = read("source.toml").map_err(|(_, fault)| fault)?;
    let mapping_vrl = match read("mapping.vrl") {
        Ok(text) => Some(text),
        Err((std::io::ErrorKind::NotFound, _)) => None,
        Err((_, fault)) => return Err(fault),
    };
    let (name, beside) = if is_template(folder) {
        ("template".to_owned(), "../../placeholders.toml")
    } else {
        (name_of(folder), "../placeholders.toml")
    };
    let placeholders_toml = match read(beside) {
        Ok(text) => Some(text),
        Err((std::io::ErrorKind::NotFound, _)) => None,
        Err((_, fault)) => return Err(fault),
    };
    Source::compile(SourceFiles { name, source_toml, mapping_vrl, placeholders_toml })
        .map_err(|error| error.to_string())
}

fn read_partners(dir: &Path, faults: &mut Vec<String>) -> Option<Partners> {
    let mut files = Vec::new();
    for folder in folders(dir, faults) {
        if let Some(text) = read_text(&folder.join("partner.toml"), faults) {
            files.push((name_of(&folder), text));
        }
    }
    // Each on its own first, so that every faulty one is named.
    let before = faults.len();
    for (name, text) in &files {
        if let Err(error) = release::Partner::parse(name, text) {
            faults.push(error.to_string());
        }
    }
    if faults.len() > before {
        return None;
    }
    Partners::parse(&files).map_err(|error| faults.push(error.to_string())).ok()
}

/// The policies of a folder, with their table of redaction.
pub(crate) fn read_policies(dir: &Path, faults: &mut Vec<String>) -> Option<Policies> {
    let schema = read_text(&dir.join("leads.cedarschema"), faults)?;
    let mut files = Vec::new();
    for path in entries(dir, faults).into_iter().filter(|path| has_ending(path, "cedar")) {
        files.push((name_of(&path), read_text(&path, faults)?));
    }
    // Without the table, whatever a copy may not show is dropped.
    let path = dir.join("redaction.toml");
    let table = if path.exists() { read_text(&path, faults)? } else { String::new() };
    let policies = Policies::parse(&schema, &files).and_then(|policies| policies.with_redaction(&table));
    policies.map_err(|error| faults.push(error.to_string())).ok()
}

/// The officers' files. Without the folder there are none, and the gate refuses whatever comes.
pub(crate) fn read_officers(dir: &Path, faults: &mut Vec<String>) -> Option<Officers> {
    if !dir.exists() {
        return Some(Officers::default());
    }
    let mut files = Vec::new();
    let before = faults.len();
    for path in entries(dir, faults) {
        if has_ending(&path, "key") {
            // This folder is copied and read by many.
            faults.push(format!(
                "{}: a secret key does not belong here; move it to secrets/officers, or to where only its officer can read it",
                path.display()
            ));
        }
        if has_ending(&path, "toml")
            && let Some(text) = read_text(&path, faults)
        {
            files.push((name_of(&path).trim_end_matches(".toml").to_owned(), text));
        }
    }
    // Each on its own first, so that every faulty one is named.
    for (id, text) in &files {
        if let Err(error) = Officer::parse(id, text) {
            faults.push(error.to_string());
        }
    }
    if faults.len() > before {
        return None;
    }
    Officers::parse(&files).map_err(|error| faults.push(error.to_string())).ok()
}

/// Runs every case of config/policies/cases, and asks that each policy has its cases.
pub(crate) fn run_cases(dir: &Path, release: &Release, faults: &mut Vec<String>) -> usize {
    let files = read_cases(dir, faults);
    let count = files.iter().map(|(_, cases)| cases.0.len()).sum();
    faults.extend(case::run_all(&files, release).iter().map(ToString::to_string));
    count
}

/// The cases of each policy, by the policy's identifier.
pub(crate) fn read_cases(dir: &Path, faults: &mut Vec<String>) -> Vec<(String, Cases)> {
    let mut files = Vec::new();
    for path in entries(&dir.join("cases"), faults).into_iter().filter(|path| has_ending(path, "json")) {
        let Some(text) = read_text(&path, faults) else { continue };
        let name = name_of(&path).trim_end_matches(".json").to_owned();
        match Cases::parse(&name_of(&path), &text) {
            Ok(cases) => files.push((name, cases)),
            Err(error) => faults.push(error.to_string()),
        }
    }
    files
}

/// The folders in a folder, in the order of their names.
pub(crate) fn folders(dir: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    entries(dir, faults).into_iter().filter(|path| path.is_dir()).collect()
}

/// What is in a folder, in the order of the names.
pub(crate) fn entries(dir: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    let listed = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>());
    match listed {
        Ok(mut paths) => {
            paths.sort();
            paths
        }
        Err(error) => {
            faults.push(format!("{}: {error}; expected a folder", dir.display()));
            Vec::new()
        }
    }
}

fn read_text(path: &Path, faults: &mut Vec<String>) -> Option<String> {
    fs::read_to_string(path).map_err(|error| faults.push(format!("{}: {error}", path.display()))).ok()
}

/// The last part of a path.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether a file's name ends so.
pub(crate) fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}
