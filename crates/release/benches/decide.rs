//! Leads decided in a CPU-second, with 12 partners.
//!
//! Inside: the profile of the lead, a ruling for each partner, and for each permit the facts that the
//! copy would show, compared with those of up to three copies that the partner holds. The memo starts
//! empty; the leads never repeat. Reported apart: the facts of the lead (digests, once for all
//! partners), redaction with encoding, and the first rulings of a fresh process.
//! Not inside: decoding of the lead, the store.
//!
//! `cargo bench -p release --profile dev`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../tests/site/mod.rs"]
mod site;

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;

use lead::code::MessageKind;
use lead::{FactDigest, Lead, LeadId};
use release::{Partners, Release, is_covered};
use serde_json::{Value as Json, json};

const LEADS: usize = 60_000;
const CHUNK: usize = 1_000;
const FLOOR: f64 = 30_000.0;

fn main() {
    let release = site_of_twelve();
    let mut draw = Draw(42);
    let mut profiles = HashSet::new();
    let (mut decide_ns, mut facts_ns, mut copy_ns) = (0, 0, 0);
    let (mut permits, mut covered, mut copies) = (0_usize, 0_usize, 0_usize);
    let mut last = 0;
    for chunk in 0..LEADS / CHUNK {
        let leads: Vec<Lead> = (0..CHUNK).map(|n| draw.lead(chunk * CHUNK + n)).collect();
        let start = cpu_ns();
        let facts: Vec<_> = leads.iter().map(|lead| lead.content.facts(&site::keys().facts)).collect();
        facts_ns += cpu_ns() - start;
        // What a partner holds of the matter: nothing for most leads, up to three copies for others.
        let held: Vec<Vec<FactDigest>> = (0..CHUNK)
            .map(|n| {
                let copies = if draw.chance(30) { 1 + draw.below(3) } else { 0 };
                (0..copies).flat_map(|m| facts[(n + m) % CHUNK].digests().collect::<Vec<_>>()).collect()
            })
            .collect();
        let before = release.memo_hits_and_misses();
        let start = cpu_ns();
        for ((lead, facts), held) in leads.iter().zip(&facts).zip(&held) {
            let profile = release.profile(lead);
            for partner in release.partners().iter() {
                let ruled = release.rule(&profile, partner, site::NOW);
                if let Some(permit) = ruled.ruling.permit() {
                    permits += 1;
                    let copy = facts.visible(permit.classes);
                    covered += usize::from(is_covered(copy, held.iter().copied()));
                }
                black_box(&ruled);
            }
        }
        last = cpu_ns() - start;
        decide_ns += last;
        let (hits, misses) = release.memo_hits_and_misses();
        if chunk % 10 == 0 || chunk == LEADS / CHUNK - 1 {
            let (hits, misses) = (hits - before.0, misses - before.1);
            println!(
                "  leads {:>6}: {:>7.0} leads/CPU-s, memo hits {:.2} %, {misses} misses",
                (chunk + 1) * CHUNK,
                CHUNK as f64 / last as f64 * 1e9,
                100.0 * hits as f64 / (hits + misses) as f64,
            );
        }
        for lead in &leads {
            let facts = release.profile(lead).facts;
            profiles.insert(facts.flags().map(|(_, set)| set).to_vec());
        }
        if chunk % 10 == 0 {
            for lead in leads.iter().take(100) {
                let profile = release.profile(lead);
                for partner in release.partners().iter() {
                    let ruled = release.rule(&profile, partner, site::NOW);
                    let Some(permit) = ruled.ruling.permit() else { continue };
                    let start = cpu_ns();
                    let copy = release.copy(lead, partner, permit);
                    let released = release.release(
                        copy,
                        1,
                        MessageKind::Report,
                        Vec::new(),
                        lead::MatterId::default(),
                        site::NOW,
                    );
                    black_box(lead::wire::encode(&released).unwrap());
                    copy_ns += cpu_ns() - start;
                    copies += 1;
                }
            }
        }
    }
    let (hits, misses) = release.memo_hits_and_misses();
    let rate = LEADS as f64 / decide_ns as f64 * 1e9;
    println!(
        "{LEADS} leads, 12 partners, {} policies, {} distinct lead facts",
        release.policies().ids().count(),
        profiles.len()
    );
    println!(
        "permits a lead: {:.2}, of them covered {:.1} %",
        permits as f64 / LEADS as f64,
        100.0 * covered as f64 / permits as f64
    );
    println!("memo from empty: {:.2} % hits, {misses} misses", 100.0 * hits as f64 / (hits + misses) as f64);
    println!(
        "decide and coverage: {rate:.0} leads/CPU-s from an empty memo, {:.0} at the end",
        CHUNK as f64 / last as f64 * 1e9
    );
    println!("facts of a lead: {:.1} us", facts_ns as f64 / LEADS as f64 / 1e3);
    println!("redact, scan and encode: {:.0} copies/CPU-s", copies as f64 / copy_ns as f64 * 1e9);
    println!("first ruling of a fresh process: {:.0} us", cold_ruling_us(&mut draw));
    println!("floor {FLOOR:.0}: {}", if rate >= FLOOR { "kept" } else { "MISSED" });
}

fn cold_ruling_us(draw: &mut Draw) -> f64 {
    let leads: Vec<Lead> = (0..10).map(|n| draw.lead(n)).collect();
    let (mut ns, mut rulings) = (0, 0);
    for lead in &leads {
        let release = site_of_twelve();
        let profile = release.profile(lead);
        let start = cpu_ns();
        for partner in release.partners().iter() {
            black_box(release.rule(&profile, partner, site::NOW));
        }
        ns += cpu_ns() - start;
        rulings += release.memo_hits_and_misses().1;
    }
    ns as f64 / rulings as f64 / 1e3
}

/// The partners of config/ and their like in other places.
fn site_of_twelve() -> Release {
    let mut files: Vec<(String, String)> =
        site::partner_files().into_iter().filter(|(name, _)| !name.starts_with('_')).collect();
    let mut like = |of: &str, id: &str, changes: &[(&str, &str)]| {
        let mut text = site::read(&format!("partners/{of}/partner.toml"));
        for (from, to) in changes {
            assert!(text.contains(from), "{of}: {from}");
            text = text.replace(from, to);
        }
        files.push((id.to_owned(), text));
    };
    let (houston, mexico, shelter) = ("us-field-office-houston", "mx-fiscalia", "ngo-shelter-texas");
    like(houston, "us-field-office-miami", &[("max_tlp = \"RED\"", "max_tlp = \"AMBER_STRICT\"")]);
    like(
        houston,
        "us-state-police",
        &[("field_office", "state_police"), ("listed_1367 = true", "listed_1367 = false")],
    );
    like(houston, "us-analysts", &[("field_office", "federal"), ("sworn = true", "sworn = false")]);
    like(houston, "us-fiu", &[("field_office", "fiu"), ("sworn = true", "sworn = false")]);
    like(mexico, "gb-police", &[("\"prosecutor\"", "\"foreign_police\""), ("\"MX\"", "\"GB\"")]);
    like(mexico, "de-ncb", &[("\"prosecutor\"", "\"ncb\""), ("\"MX\"", "\"DE\"")]);
    like(
        mexico,
        "ph-police",
        &[("\"prosecutor\"", "\"foreign_police\""), ("\"MX\"", "\"PH\""), ("ACTIVE", "SUSPENDED")],
    );
    like(shelter, "us-hotline", &[("ngo_shelter", "hotline")]);
    assert_eq!(files.len(), 12);
    let partners = Partners::parse(&files).unwrap();
    Release::new(Arc::new(partners), Arc::new(site::policies()), site::keys(), site::home()).unwrap()
}

/// Nanoseconds that this thread ran.
fn cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

/// Draws leads: independent statements with the frequencies of a mixed intake.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn permille(&mut self, n: usize) -> bool {
        self.below(1000) < n
    }

    fn of(&mut self, weighted: &[(&'static str, usize)]) -> &'static str {
        let mut at = self.below(weighted.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in weighted {
            if at < *weight {
                return value;
            }
            at -= weight;
        }
        weighted[0].0
    }

    fn yes(&mut self, permille: usize) -> &'static str {
        if self.permille(permille) { "YES" } else { "UNKNOWN" }
    }

    fn person(&mut self, n: usize, lead: usize) -> Json {
        let role =
            self.of(&[("SUBJECT", 50), ("VICTIM", 30), ("REPORTER", 12), ("WITNESS", 4), ("OTHER", 4)]);
        let minor = self.of(&[("NO", 45), ("YES", 20), ("UNKNOWN", 35)]);
        let digits = self.below(10_000);
        json!({
            "person_ref": format!("p{n}"), "role": role, "minor": minor,
            "names": if self.chance(60) { json!([{ "full": format!("Person{lead} Sample{n}") }]) } else { json!([]) },
            "phones": if self.chance(40) { json!([{ "text": format!("+1 202 555 {digits:04}"), "e164": format!("+1202555{digits:04}") }]) } else { json!([]) },
        })
    }

    fn lead(&mut self, n: usize) -> Lead {
        let category = &[
            ("SEX_TRAFFICKING", 25),
            ("LABOUR_TRAFFICKING", 20),
            ("CSAM", 20),
            ("CHILD_SEX_TRAFFICKING", 10),
            ("ONLINE_ENTICEMENT", 8),
            ("UNKNOWN", 8),
            ("MONEY_LAUNDERING", 4),
            ("MISSING_CHILD", 3),
            ("OTHER", 2),
        ];
        let mut categories = vec![self.of(category)];
        if self.chance(10) {
            categories.push(self.of(category));
        }
        let country = &[("US", 55), ("MX", 20), ("GB", 5), ("DE", 3), ("PH", 8), ("CA", 4), ("NG", 5)];
        let mut countries = vec![self.of(country)];
        if self.chance(25) {
            countries.push(self.of(country));
        }
        let known = !self.chance(4);
        if !known {
            countries.clear();
        }
        let persons: Vec<Json> = (0..1 + self.below(4)).map(|p| self.person(p, n)).collect();
        let mut caveats = Vec::new();
        for (caveat, permille) in [("NO_FOREIGN", 40), ("NO_NGO", 30), ("ORCON", 20)] {
            if self.permille(permille) {
                caveats.push(caveat);
            }
        }
        let recipients: Vec<&str> =
            if self.permille(30) { vec!["mx-fiscalia", "us-field-office-houston"] } else { vec![] };
        let purposes: Vec<&str> =
            if self.chance(10) { vec![self.of(&[("RESCUE", 3), ("VICTIM_ASSISTANCE", 1)])] } else { vec![] };
        let content = json!({
            "source": {
                "kind": self.of(&[("TIP_LINE", 30), ("PLATFORM_REPORT", 40), ("HOTLINE", 20), ("AGENCY_REFERRAL", 10)]),
                "organisation": "Sample line",
                "prohibited_source_risk": self.of(&[("UNKNOWN", 90), ("NONE", 7), ("POSSIBLE", 3)]),
            },
            "collection_basis": self.of(&[("UNKNOWN", 50), ("TIP", 30), ("CHECKED_TIP", 10), ("REASONABLE_SUSPICION", 7), ("CASE_RECORD", 3)]),
            "categories": categories,
            "urgency": { "imminent_danger": self.yes(30) },
            "narrative": "A caller reports what was seen at a motel by the road, and asks to be called back.",
            "summary_public": "Concern for persons at a motel.",
            "persons": persons,
            "accounts": if self.chance(50) { json!([{ "person_ref": if self.chance(70) { Some("p0") } else { None }, "service": "chat.example", "handle": format!("handle_{n}") }]) } else { json!([]) },
            "places": [{ "role": "incident", "city": "Springfield", "country": { "code": countries.first(), "text": "" } }],
            "files": if self.chance(30) { json!([{ "hashes": [{ "algorithm": "SHA-256", "value": format!("{n:064x}"), "fits": true }], "access_blocked": self.yes(150) }]) } else { json!([]) },
            "countries_involved": countries,
            "handling": {
                "tlp": self.of(&[("NOT_STATED", 70), ("GREEN", 5), ("AMBER", 15), ("AMBER_STRICT", 8), ("RED", 2)]),
                "caveats": caveats, "recipients": recipients,
                "h_codes": if self.permille(10) { vec!["H3"] } else { vec![] },
            },
            "protections": {
                "v1367": self.yes(10), "sar_derived": self.yes(5), "sealed": self.yes(3), "juvenile": self.yes(10),
                "consent": if self.chance(5) { json!({ "given": "YES", "scope": ["RESCUE"] }) } else { Json::Null },
            },
            "legal": { "purposes": purposes, "eu_data": self.yes(40) },
        });
        let status = self.of(&[("ACTUAL", 98), ("EXERCISE", 1), ("TEST", 1)]);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        Lead {
            lead_id: LeadId(id),
            agency: "sample".into(),
            message_status: serde_json::from_value(json!(status)).unwrap(),
            routing_country: known.then(|| lead::value::Country::parse(countries[0]).unwrap()),
            content: serde_json::from_value(content).unwrap(),
            ..Lead::default()
        }
    }
}
