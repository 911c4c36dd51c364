//! Leads in a CPU-second with 50 partners and the shipped policies: decided, and redacted and encoded.
//!
//! The partners are those of config/ under other names. The leads are the generator's, as it writes them
//! for the one agency that speaks the contract itself; what policies see of them is drawn beside, with
//! the frequencies of a mixed intake, for one agency alone has few kinds of leads.
//!
//! "decided and covered": the profile of a lead, a ruling for each partner, and for each permit the facts
//! that the copy would show, compared with those of up to three copies that the partner holds; the memo
//! begins empty. "redacted and encoded": for everybody who may have the lead, the copy and its bytes.
//! Not inside: decoding, the facts of the whole lead, the store.
//!
//! `cargo bench -p release --profile dev --bench release`
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

use std::hint::black_box;

use generator::{DEFAULT_RATES, Generator, Rates};
use lead::code::{MessageKind, Ternary};
use lead::record::LeadSubmission;
use lead::{Content, FactDigest, Lead, MatterId, wire};
use release::is_covered;

use draw::{Draw, PARTNERS, cpu_ns, site_of_fifty};

const LEADS: usize = 40_000;
const CHUNK: usize = 1_000;
/// Redacted and encoded: the first so many of each chunk.
const COPIED: usize = 100;

fn main() {
    let release = site_of_fifty(site::policies());
    let mut intake = Intake::new();
    let (mut decide_ns, mut copy_ns, mut copied) = (0, 0, 0_usize);
    let (mut permits, mut covered, mut copies, mut bytes) = (0_usize, 0_usize, 0_usize, 0_usize);
    for chunk in 0..LEADS / CHUNK {
        let leads: Vec<Lead> = (0..CHUNK).map(|n| intake.lead(chunk * CHUNK + n)).collect();
        let facts: Vec<_> = leads.iter().map(|lead| lead.content.facts(&site::keys().facts)).collect();
        // What a partner holds of the matter: nothing for most leads, up to three copies for others.
        let held: Vec<Vec<FactDigest>> = (0..CHUNK)
            .map(|n| {
                let copies = if intake.draw.chance(30) { 1 + intake.draw.below(3) } else { 0 };
                (0..copies).flat_map(|m| facts[(n + m) % CHUNK].digests().collect::<Vec<_>>()).collect()
            })
            .collect();
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
        decide_ns += cpu_ns() - start;
        for lead in leads.iter().take(COPIED) {
            let profile = release.profile(lead);
            let start = cpu_ns();
            let mut shared = release.copies(lead);
            for partner in release.partners().iter() {
                let ruled = release.rule(&profile, partner, site::NOW);
                let Some(permit) = ruled.ruling.permit() else { continue };
                let copy = shared.of(partner, permit);
                let kind = MessageKind::Report;
                let released = release.release(copy, 1, kind, Vec::new(), MatterId::default(), site::NOW);
                bytes += black_box(wire::encode(&released).unwrap()).len();
                copies += 1;
            }
            copy_ns += cpu_ns() - start;
            copied += 1;
        }
    }
    let (hits, misses) = release.memo_hits_and_misses();
    println!("{LEADS} leads, {PARTNERS} partners, {} policies", release.policies().ids().count());
    println!(
        "permits a lead: {:.1}, of them covered {:.1} %; {} bytes a copy",
        permits as f64 / LEADS as f64,
        100.0 * covered as f64 / permits as f64,
        bytes / copies
    );
    println!("memo from empty: {:.2} % hits, {misses} misses", 100.0 * hits as f64 / (hits + misses) as f64);
    println!("a miss: {:.1} us", miss_us(&mut intake));
    println!("decided and covered: {:.0} leads/CPU-s", LEADS as f64 / decide_ns as f64 * 1e9);
    println!(
        "redacted and encoded: {:.0} leads/CPU-s, {:.0} copies",
        copied as f64 / copy_ns as f64 * 1e9,
        copies as f64 / copy_ns as f64 * 1e9
    );
}

/// What a ruling costs that is not remembered, in a process that has made some already.
fn miss_us(intake: &mut Intake) -> f64 {
    let release = site_of_fifty(site::policies());
    let mut spent = 0;
    let before = release.memo_hits_and_misses().1;
    for n in 0..1_000 {
        let lead = intake.lead(n);
        let profile = release.profile(&lead);
        for partner in release.partners().iter() {
            let known = release.memo_hits_and_misses().1;
            let start = cpu_ns();
            black_box(release.rule(&profile, partner, site::NOW));
            let took = cpu_ns() - start;
            if release.memo_hits_and_misses().1 > known {
                spent += took;
            }
        }
    }
    spent as f64 / (release.memo_hits_and_misses().1 - before) as f64 / 1e3
}

/// What the generator tells, under what is drawn.
struct Intake {
    draw: Draw,
    told: Vec<Content>,
}

impl Intake {
    fn new() -> Self {
        let submissions = Generator::new(42, Rates::parse(DEFAULT_RATES).unwrap());
        let spoken = submissions.take(40_000).filter(|submission| submission.agency == "fiscalia-mx");
        let decoded = spoken.filter_map(|submission| wire::decode::<LeadSubmission>(&submission.value).ok());
        let told: Vec<Content> = decoded
            .map(|submission| submission.content)
            .filter(|content| !content.persons.is_empty())
            .collect();
        assert!(told.len() > 1_000, "{}", told.len());
        Self { draw: Draw(42), told }
    }

    fn lead(&mut self, n: usize) -> Lead {
        let mut lead = self.draw.lead(n);
        let mut told = self.told[self.draw.below(self.told.len())].clone();
        for person in &mut told.persons {
            // As the normaliser would derive it.
            person.minor = match person.age {
                Some(age) if age >= 18 => Ternary::No,
                Some(_) => Ternary::Yes,
                None if self.draw.chance(50) => Ternary::No,
                None => Ternary::Unknown,
            };
        }
        let content = &mut lead.content;
        content.persons = told.persons;
        content.narrative = told.narrative;
        content.accounts = told.accounts;
        content.files = told.files;
        content.places = told.places;
        content.category_text = told.category_text;
        content.external_ids = told.external_ids;
        lead
    }
}
