//! A million decisions ruled again by two sets of policies, with 50 partners.
//!
//! Inside: decoding of each decision, two rulings for each partner by what policies saw, and the leads that differ. The
//! leads are drawn: 5,000 decisions, each under 200 lead ids. Not inside: reading the topic.
//!
//! `cargo bench -p release --profile dev --bench replay`
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

use lead::decision::{Decision, DecisionBuilder, OutcomeCode};
use lead::{Lead, LeadId, Verdict, wire};
use release::{Release, Replay};

use draw::{Draw, PARTNERS, cpu_ns, site_of_fifty};

const DECISIONS: usize = 1_000_000;
const DISTINCT: usize = 5_000;
/// What a change of policies may be.
const CHANGE: &str = r#"
@id("no-tips-abroad") @reason("bare tips stay at home")
forbid (principal, action == Action::"receive", resource) when { principal.foreign && resource.tip_only };
"#;

fn main() {
    let old = site_of_fifty(site::policies());
    let new = site_of_fifty(site::policies_and(CHANGE));
    let mut draw = Draw(42);
    let records: Vec<Vec<u8>> = (0..DISTINCT).map(|n| decision(&old, &draw.lead(n))).collect();
    let bytes = records.iter().map(Vec::len).sum::<usize>() / DISTINCT;
    let mut replay = Replay::between(&old, &new);
    let start = cpu_ns();
    for n in 0..DECISIONS {
        let mut decision = wire::decode::<Decision>(&records[n % DISTINCT]).unwrap();
        decision.lead_id = LeadId((n as u128).to_be_bytes());
        replay.take(&decision);
    }
    let seconds = (cpu_ns() - start) as f64 / 1e9;
    println!(
        "{DECISIONS} decisions of {bytes} bytes, {PARTNERS} partners, {} and {} policies, {} rulings made twice",
        old.policies().ids().count(),
        new.policies().ids().count(),
        replay.rulings
    );
    println!("{} leads would differ", replay.leads().len());
    println!("a million decisions: {seconds:.1} CPU-s");
}

/// The newest decision on a lead that is drawn, as this site makes it.
fn decision(release: &Release, lead: &Lead) -> Vec<u8> {
    let profile = release.profile(lead);
    let head = Decision { verdict: Verdict::New, facts: profile.facts, ..Decision::default() };
    let names = release.partners().iter().map(|partner| partner.id.clone());
    let mut builder = DecisionBuilder::new(head, names);
    for partner in release.partners().iter() {
        let outcome = release.rule(&profile, partner, site::NOW).outcome(partner);
        let alone = outcome.outcome != OutcomeCode::Withheld;
        if alone { builder.outcome(outcome) } else { builder.grouped(outcome) }.unwrap();
    }
    wire::encode(&builder.finish().unwrap()).unwrap()
}
