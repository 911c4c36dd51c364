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

mod draw;
#[path = "../tests/site/mod.rs"]
mod site;

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;

use lead::code::MessageKind;
use lead::{FactDigest, Lead};
use release::{Partners, Release, is_covered};

use draw::{Draw, cpu_ns};

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
