//! Generated leads for `make bench-linkage`: what a site decides of them, beside what only the generator knows.
//!
//! `bench-leads FOLDER [LEADS [SEED]]` normalises messages by config/sources, folds them by config/matching.toml, and
//! writes leads.csv, pairs.csv, strata.csv and verdicts.csv as bench/linkage/leads.py describes them. Of each report the
//! last version counts. Exercises are left out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark may stop")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deduplicator::{Assessor, Config, MapState};
use generator::{Does, Generator, Rates};
use lead::code::{MessageStatus, Role};
use lead::{Lead, LeadId, Verdict};
use leadshare_tests::definitions::Definitions;
use normaliser::{Normaliser, Outcome};
use pipeline::{Headers, Offset, Record, Source, Timestamp, Topic};

/// 2026-11-01; messages follow each other by a minute.
const BEGINS: i64 = 1_793_491_200_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(arguments.get(1).expect("a folder"));
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |n| n.parse().unwrap());
    let (messages, seed) = (usize::try_from(number(2, 6_000)).unwrap(), number(3, 20_261_128));
    fs::create_dir_all(folder).unwrap();
    let run = Run::of(messages, seed);
    run.write(folder);
}

/// A report's lead as it stands in the end.
struct Told {
    id: LeadId,
    matter: u64,
    lead: Lead,
}

/// What was decided.
#[derive(Default)]
struct Run {
    /// In the order of their first arrival.
    leads: Vec<Told>,
    at: HashMap<LeadId, usize>,
    /// (earlier, later) -> total, decision, and what the total is made of.
    pairs: BTreeMap<(usize, usize), (i32, &'static str, String)>,
    /// Leads by the cluster that they stand in.
    clusters: BTreeMap<LeadId, [u8; 16]>,
    verdicts: Vec<(String, &'static str, &'static str)>,
}

impl Run {
    fn of(messages: usize, seed: u64) -> Self {
        let definitions = Definitions::default();
        let text =
            fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/matching.toml")).unwrap();
        let config = Config::parse(&text.replace("\nlinks = 16", "\nlinks = 1_000")).unwrap();
        let mut assessor = Assessor::new(config.into(), definitions.keys());
        let (mut state, mut run, mut place) = (MapState::default(), Self::default(), 0);
        let mut normalisers: HashMap<String, Normaliser> = HashMap::new();
        let mut told: HashMap<(String, String), u64> = HashMap::new();
        let rates = Rates::parse(generator::DEFAULT_RATES).unwrap();
        for submission in Generator::new(seed, rates).take(messages) {
            let topic = Topic::from(submission.topic.clone());
            let normaliser =
                normalisers.entry(submission.topic.clone()).or_insert_with(|| definitions.normaliser(&topic));
            let at = Timestamp(BEGINS + 60_000 * i64::try_from(submission.n).unwrap());
            let mut headers = Headers::default();
            for (name, value) in &submission.headers {
                headers.push(name.as_str(), value.as_slice());
            }
            let record = Record {
                source: Source { topic, partition: pipeline::Partition(0) },
                offset: Offset(submission.n),
                timestamp: at,
                key: submission.key.clone(),
                value: Some(submission.value.clone()),
                headers,
            };
            let Ok(outcomes) = normaliser.normalise(&record, at) else { continue };
            for (outcome, truth) in outcomes.into_iter().zip(&submission.truth) {
                let Outcome::Lead(lead) = outcome else { continue };
                let Some(number) = truth.report.clone().filter(|_| lead.domain() == MessageStatus::Actual)
                else {
                    continue;
                };
                let order = lead.order.parse().unwrap();
                let said = assessor.assess(&lead, order, Offset(place), &mut state).unwrap();
                assessor.commit();
                place += 1;
                run.version(
                    &lead,
                    &mut told,
                    (submission.agency, &number),
                    truth.does,
                    truth.content,
                    said.verdict,
                );
                run.note(*lead, truth.matter, &said);
            }
        }
        run
    }

    /// Of what tells a report again: whether it is the same or another version, and what it was called.
    fn version(
        &mut self,
        lead: &Lead,
        told: &mut HashMap<(String, String), u64>,
        (agency, number): (&str, &str),
        does: Does,
        content: u64,
        verdict: Verdict,
    ) {
        let report = (agency.to_owned(), number.to_owned());
        match does {
            Does::Tell => {}
            // What is told after it is new, also in the same words.
            Does::Withdraw => {
                told.remove(&report);
                return;
            }
            Does::Add => return,
        }
        let before = told.insert(report, content);
        let called = match verdict {
            Verdict::Replay | Verdict::Duplicate => "duplicate",
            Verdict::Update | Verdict::Related => "update",
            _ => "neither",
        };
        if let Some(before) = before {
            let truth = if before == content { "duplicate" } else { "update" };
            self.verdicts.push((lead.lead_id.to_string(), called, truth));
        }
    }

    fn note(&mut self, lead: Lead, matter: u64, said: &deduplicator::Assessment) {
        let id = lead.lead_id;
        for moved in &said.moved {
            for other in &moved.leads {
                self.clusters.insert(*other, moved.cluster.0);
            }
        }
        if matches!(said.verdict, Verdict::Cancel | Verdict::Stale | Verdict::Replay) {
            return;
        }
        self.clusters.insert(id, said.cluster_id.0);
        let position = *self.at.entry(id).or_insert_with(|| {
            self.leads.push(Told { id, matter, lead: lead.clone() });
            self.leads.len() - 1
        });
        if said.verdict != Verdict::Amendment {
            self.leads[position].lead = lead;
        }
        for link in &said.links {
            let other = self.at[&link.lead_id];
            let decision = match link.relation.as_str() {
                "related" | "repeats" => "link",
                "review" => "review",
                _ => "relation",
            };
            let pair = (position.min(other), position.max(other));
            let groups = link
                .groups
                .iter()
                .map(|g| format!("{}:{}/{}", g.group, g.counted_millibits, g.sum_millibits));
            let sum = [link.rival.clone()].into_iter().chain(groups).collect::<Vec<_>>().join(";");
            self.pairs.insert(pair, (link.weight_millibits, decision, sum));
        }
    }

    fn write(&self, folder: &Path) {
        let mut text = String::from(
            "id,matter,phone,email,document,given,family,birth_date,sex,street,city,postcode,state,country\n",
        );
        let values: Vec<Values> = self.leads.iter().map(|told| Values::of(&told.lead)).collect();
        for (told, values) in self.leads.iter().zip(&values) {
            let cells = [
                told.id.to_string(),
                told.matter.to_string(),
                values.joined("phone"),
                values.joined("email"),
                values.joined("document"),
            ];
            let _ = writeln!(text, "{},{}", cells.join(","), values.person.join(","));
        }
        fs::write(folder.join("leads.csv"), text).unwrap();

        // What stands in one matter is linked, whichever pair brought it there.
        let stands = |at: usize| self.clusters.get(&self.leads[at].id);
        let mut pairs = self.pairs.clone();
        let mut clusters: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        (0..self.leads.len()).for_each(|at| clusters.entry(stands(at)).or_default().push(at));
        for members in clusters.values() {
            for (n, a) in members.iter().enumerate() {
                for b in &members[n + 1..] {
                    pairs.entry((*a, *b)).or_insert((0, "link", "through others".into())).1 = "link";
                }
            }
        }
        let mut text = String::from("id_a,id_b,total_millibits,decision,sum\n");
        for ((a, b), (total, decision, sum)) in &pairs {
            let decision = if *decision == "link" && stands(*a) != stands(*b) { "review" } else { decision };
            let _ = writeln!(text, "{},{},{total},{decision},{sum}", self.leads[*a].id, self.leads[*b].id);
        }
        fs::write(folder.join("pairs.csv"), text).unwrap();
        self.write_strata(folder, &values);
        let mut text = String::from("id,verdict,truth\n");
        for (id, verdict, truth) in &self.verdicts {
            let _ = writeln!(text, "{id},{verdict},{truth}");
        }
        fs::write(folder.join("verdicts.csv"), text).unwrap();
    }

    /// Every true pair, and every other that shares a value: by what the two share.
    fn write_strata(&self, folder: &Path, values: &[Values]) {
        let mut holders: BTreeMap<&(&str, String), Vec<usize>> = BTreeMap::new();
        let mut matters: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, told) in self.leads.iter().enumerate() {
            matters.entry(told.matter).or_default().push(at);
            values[at].all.iter().for_each(|value| holders.entry(value).or_default().push(at));
        }
        let pairs_of = |list: &Vec<usize>| {
            let list = list.clone();
            (0..list.len()).flat_map(move |n| {
                let list = list.clone();
                (n + 1..list.len()).map(move |m| (list[n], list[m])).collect::<Vec<_>>()
            })
        };
        let listed: BTreeSet<(usize, usize)> =
            matters.values().chain(holders.values().filter(|h| h.len() <= 100)).flat_map(pairs_of).collect();
        let mut text = String::from("id_a,id_b,stratum\n");
        for (a, b) in listed {
            let stratum = values[a].shared(&values[b]);
            let _ = writeln!(text, "{},{},{stratum}", self.leads[a].id, self.leads[b].id);
        }
        fs::write(folder.join("strata.csv"), text).unwrap();
    }
}

/// What a person could compare of a lead.
struct Values {
    /// Kind and value.
    all: BTreeSet<(&'static str, String)>,
    words: BTreeSet<String>,
    /// Parts of values that two may have in common: words of names, last digits, a street.
    hints: BTreeSet<String>,
    person: [String; 9],
}

impl Values {
    fn of(lead: &Lead) -> Self {
        let content = &lead.content;
        let mut all = BTreeSet::new();
        let mut add = |kind: &'static str, value: &str| {
            if !value.trim().is_empty() {
                all.insert((kind, value.trim().to_lowercase()));
            }
        };
        for id in &content.external_ids {
            if id.relation != "self" {
                add("reference", &id.id);
            }
        }
        let about: Vec<_> =
            content.persons.iter().filter(|p| !matches!(p.role, Role::Contact | Role::Reporter)).collect();
        for person in &about {
            person.phones.iter().filter_map(|p| p.e164.as_ref()).for_each(|p| add("phone", p.expose()));
            person.emails.iter().filter_map(|e| e.address.as_ref()).for_each(|e| add("email", e.expose()));
            person.documents.iter().for_each(|d| add("document", d.number.expose()));
            for name in &person.names {
                let parts =
                    [&name.given, &name.surname].map(|p| p.as_ref().map_or("", lead::Personal::expose));
                let full = name.full.as_ref().map_or_else(|| parts.join(" "), |f| f.expose().to_owned());
                add("name", &full);
            }
        }
        for account in &content.accounts {
            if let (Some(service), Some(handle)) = (&account.service, &account.handle) {
                add("account", &format!("{service}/{}", handle.expose()));
            }
        }
        for file in &content.files {
            file.hashes.iter().for_each(|h| add("file", h.value.expose()));
        }
        content.vehicles.iter().filter_map(|v| v.plate.as_ref()).for_each(|p| add("vehicle", p.expose()));
        content
            .financial
            .iter()
            .filter_map(|f| f.account.as_ref())
            .for_each(|a| add("bank account", a.expose()));
        content.devices.iter().filter_map(|d| d.id_value.as_ref()).for_each(|d| add("device", d.expose()));
        let narrative = content.narrative.as_ref().map_or("", |n| n.expose());
        let words = narrative.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let mut hints: BTreeSet<String> = BTreeSet::new();
        for (kind, value) in &all {
            match *kind {
                "name" => hints.extend(value.split_whitespace().filter(|w| w.len() > 2).map(str::to_owned)),
                _ => hints.extend(value.get(value.len().saturating_sub(7)..).map(str::to_owned)),
            }
        }
        let texts = about.iter().flat_map(|p| &p.phones).map(|p| p.text.expose());
        hints.extend(
            texts.map(|t| t.chars().filter(char::is_ascii_digit).collect::<String>()).filter_map(|t| {
                t.get(t.len().saturating_sub(7)..).filter(|t| t.len() == 7).map(str::to_owned)
            }),
        );
        hints.extend(
            content.places.iter().filter_map(|p| p.street.as_ref()).map(|s| s.expose().to_lowercase()),
        );
        hints.extend(about.iter().filter_map(|p| p.birth_date.as_ref()?.local.clone()));
        Self { all, words, hints, person: person(lead, about.first().copied()) }
    }

    fn joined(&self, kind: &str) -> String {
        let values: Vec<&str> =
            self.all.iter().filter(|(k, _)| *k == kind).map(|(_, v)| v.as_str()).collect();
        values.join(";").replace(',', " ")
    }

    fn shared(&self, other: &Self) -> &'static str {
        let both: Vec<_> = self.all.intersection(&other.all).collect();
        let identifiers = both.iter().filter(|(kind, _)| *kind != "name").count();
        let names = both.len() - identifiers;
        let words = self.words.intersection(&other.words).count();
        let text = words * 2 > self.words.len().max(other.words.len()).max(12);
        match (identifiers, names, text) {
            (2.., ..) => "two identifiers",
            (1, 1.., _) => "one identifier and name",
            (1, ..) => "one identifier",
            (0, 1.., true) => "name and text",
            (0, 1.., false) => "name only",
            (0, 0, true) => "text only",
            (0, 0, false) if !self.hints.is_disjoint(&other.hints) => "alike but nothing equal",
            (0, 0, false) => "none",
        }
    }
}

/// The first person that a lead is about, in the columns of the runner.
fn person(lead: &Lead, person: Option<&lead::person::Person>) -> [String; 9] {
    let text =
        |t: Option<&lead::Personal>| t.map_or("", lead::Personal::expose).replace([',', '"', '\n'], " ");
    let name = person.and_then(|p| p.names.first());
    let place = lead.content.places.first();
    [
        text(name.and_then(|n| n.given.as_ref())),
        text(name.and_then(|n| n.surname.as_ref())),
        person.and_then(|p| p.birth_date.as_ref()).and_then(|b| b.local.clone()).unwrap_or_default(),
        text(person.and_then(|p| p.sex.as_ref())),
        text(place.and_then(|p| p.street.as_ref())),
        text(place.and_then(|p| p.city.as_ref())),
        text(place.and_then(|p| p.postal_code.as_ref())),
        place.and_then(|p| p.admin1.clone()).unwrap_or_default().replace(',', " "),
        place.and_then(|p| p.country.as_ref()).map(|c| c.text.replace(',', " ")).unwrap_or_default(),
    ]
}
