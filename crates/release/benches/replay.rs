//! A million decisions ruled again by two sets of policies, with 50 partners.
//!
//! Inside: decoding of each decision, two rulings for each partner by what policies saw, and the leads that differ. The
//! facts are drawn: 5,000 decisions, each under 200 lead ids. Not inside: reading the topic.
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

#[path = "../tests/site/mod.rs"]
mod site;

use std::sync::Arc;

use lead::decision::{Decision, DecisionBuilder, LeadFacts, Outcome, OutcomeCode, PartnerFacts};
use lead::{LeadId, Verdict, wire};
use release::{Partners, Policies, Release, Replay, Ruling};
use serde_json::json;

const DECISIONS: usize = 1_000_000;
const DISTINCT: usize = 5_000;
const PARTNERS: usize = 50;
/// What a change of policies may be.
const CHANGE: &str = r#"
@id("no-tips-abroad") @reason("bare tips stay at home")
forbid (principal, action == Action::"receive", resource) when { principal.foreign && resource.tip_only };
"#;

fn main() {
    let old = release(site::policies());
    let new = release(site::policies_and(CHANGE));
    let mut draw = Draw(42);
    let records: Vec<Vec<u8>> = (0..DISTINCT).map(|_| draw.decision(&old)).collect();
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

/// The shipped partners, some of them several times under other names.
fn release(policies: Policies) -> Release {
    let files = site::partner_files();
    let all = files.iter().filter(|(name, _)| !name.starts_with('_')).cycle().enumerate().take(PARTNERS);
    let first = files.len();
    let files: Vec<(String, String)> = all
        .map(|(n, (name, text))| {
            (if n < first - 1 { name.clone() } else { format!("{name}-{n}") }, text.clone())
        })
        .collect();
    let partners = Partners::parse(&files).unwrap();
    Release::new(Arc::new(partners), Arc::new(policies), site::keys(), site::home()).unwrap()
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, per_cent: u64) -> bool {
        self.next() % 100 < per_cent
    }

    fn flags<const N: usize>(
        &mut self,
        flags: [(&'static str, bool); N],
        likely: &[&str],
    ) -> serde_json::Map<String, serde_json::Value> {
        let draw = |(name, _): (&'static str, bool)| {
            let set = self.chance(if likely.contains(&name) { 95 } else { 8 });
            (name.to_owned(), json!(set))
        };
        flags.into_iter().map(draw).collect()
    }

    fn decision(&mut self, release: &Release) -> Vec<u8> {
        let mut lead = self.flags(LeadFacts::default().flags(), &["trafficking", "victim_present"]);
        lead.insert("tlp".into(), json!(["CLEAR", "GREEN", "AMBER"][(self.next() % 3) as usize]));
        let lead: LeadFacts = serde_json::from_value(lead.into()).unwrap();
        let head = Decision { verdict: Verdict::New, facts: lead, ..Decision::default() };
        let names = release.partners().iter().map(|partner| partner.id.clone());
        let mut builder = DecisionBuilder::new(head, names);
        for partner in release.partners().iter() {
            let likely = ["agreement_in_force", "category_covered", "purpose_covered"];
            let mut facts = self.flags(PartnerFacts::default().flags(), &likely);
            facts.insert("country_touched".into(), json!(self.chance(15)));
            facts.insert("state".into(), json!("ACTIVE"));
            let facts: PartnerFacts = serde_json::from_value(facts.into()).unwrap();
            let ruling = release.rule_facts(&lead, partner, &facts);
            let outcome = Outcome { partner: partner.id.clone(), facts, ..outcome(&ruling) };
            let alone = outcome.outcome == OutcomeCode::Delivered;
            if alone { builder.outcome(outcome) } else { builder.grouped(outcome) }.unwrap();
        }
        wire::encode(&builder.finish().unwrap()).unwrap()
    }
}

fn outcome(ruling: &Ruling) -> Outcome {
    let texts = |reasons: &[release::Reason]| {
        let policies = reasons.iter().filter_map(|reason| reason.policy.as_deref().map(str::to_owned));
        (policies.collect(), reasons.iter().map(|reason| reason.text.to_string()).collect())
    };
    match ruling {
        Ruling::Permit(permit) => {
            let (policies, reasons) = texts(&permit.reasons);
            let classes = permit.classes.iter().map(|class| class.name().to_owned()).collect();
            Outcome { outcome: OutcomeCode::Delivered, classes, policies, reasons, ..Outcome::default() }
        }
        Ruling::Deny(denial) => {
            let (policies, reasons) = texts(&denial.reasons);
            Outcome { outcome: OutcomeCode::Withheld, policies, reasons, ..Outcome::default() }
        }
        Ruling::Passing(_) => Outcome::default(),
    }
}

/// CPU time of this thread: a machine that does other things too does not count.
fn cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split_whitespace().next().unwrap().parse().unwrap()
}
