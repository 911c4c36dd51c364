//! PL-2, PL-6, PL-11 to PL-13, and PL-17 to PL-19: what partners received, and what decisions say of it.

use std::collections::{BTreeMap, BTreeSet};

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{Cause, OutcomeCode};
use lead::ledger::{GENESIS, link};
use lead::{Alias, Decision, LeadId, MatterEvent, Verdict, topic, wire};
use pipeline::{Partition, Record, Source, Topic};

use super::Remains;
use crate::broker::Isolation;
use crate::site::WAITS_FOR_AN_OFFICER;
use crate::verdict::Violation;
use crate::world::World;

pub(super) fn check(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    let received = received(remains, found);
    let decisions = decisions(remains, found);
    disclosed(remains, &decisions, received, found);
    standing(remains, &decisions, found);
    approved(remains, &decisions, found);
}

type Copies = BTreeMap<(String, Alias, i32), MessageKind>;

/// PL-2: revisions of a copy run from 1 without gaps, each once.
fn received(remains: &Remains<'_>, found: &mut Vec<Violation>) -> Copies {
    let mut copies = Copies::new();
    for (partner, topic) in remains.site.partner_topics() {
        let mut last: BTreeMap<Alias, i32> = BTreeMap::new();
        for record in remains.committed(&topic) {
            let Ok(copy) = release::decode_partner_lead(record.value.as_deref().unwrap_or_default()) else {
                found.push(Violation::new("PL-8", format!("{partner} received what does not decode")));
                continue;
            };
            let before = last.insert(copy.alias, copy.revision).unwrap_or_default();
            if copy.revision != before + 1 {
                let (alias, revision) = (copy.alias, copy.revision);
                found.push(Violation::new(
                    "PL-2",
                    format!("{partner}: revision {revision} of {alias} comes after {before}"),
                ));
            }
            copies.insert((partner.clone(), copy.alias, copy.revision), copy.message_kind);
        }
    }
    copies
}

/// PL-19: each decision names the one before it.
fn decisions(remains: &Remains<'_>, found: &mut Vec<Violation>) -> Vec<Decision> {
    let mut all = Vec::new();
    for number in 0..remains.world.broker.partitions(&Topic::new(topic::DECISIONS)) {
        let source = Source { topic: Topic::new(topic::DECISIONS), partition: Partition(number) };
        for record in remains.world.broker.all(&source, Isolation::Committed) {
            let value = record.value.unwrap_or_default();
            match wire::decode::<Decision>(&value) {
                Ok(decision) => all.push((decision, link(&value))),
                Err(_) => found.push(Violation::new("PL-8", "a decision does not decode")),
            }
        }
    }
    all.sort_by_key(|(decision, _)| (decision.chain, decision.sequence));
    let mut heads = BTreeMap::new();
    for (decision, hash) in &all {
        let (sequence, head) = heads.get(&decision.chain).copied().unwrap_or((0, GENESIS));
        if decision.sequence != sequence + 1 || decision.previous != head.to_string() {
            let (chain, place) = (decision.chain, decision.sequence);
            found.push(Violation::new(
                "PL-19",
                format!("chain {chain}: decision {place} comes after {sequence}"),
            ));
        }
        heads.insert(decision.chain, (decision.sequence, *hash));
    }
    all.into_iter().map(|(decision, _)| decision).collect()
}

/// PL-13: a delivered outcome is one record, and each record one outcome; each decision says one thing of every partner.
fn disclosed(remains: &Remains<'_>, decisions: &[Decision], received: Copies, found: &mut Vec<Violation>) {
    let partners: BTreeSet<String> = remains.site.partner_topics().into_iter().map(|(id, _)| id).collect();
    let mut left = received;
    for decision in decisions {
        let named =
            decision.outcomes.len() + decision.grouped.iter().map(|g| g.partners.len()).sum::<usize>();
        let known = decision.partners();
        // What one partner answered, or what expired for one, is decided about that one.
        let is_whole = decision.cause != Cause::Lead || partners.iter().all(|p| known.contains(p.as_str()));
        if named != known.len() || !is_whole {
            found.push(Violation::new(
                "PL-13",
                format!("decision {} of chain {} has {named} outcomes", decision.sequence, decision.chain),
            ));
        }
        for outcome in decision.outcomes.iter().filter(|o| o.outcome == OutcomeCode::Delivered) {
            let Some(alias) = outcome.alias else { continue };
            let copy = (outcome.partner.clone(), alias, outcome.revision);
            if left.remove(&copy).is_none() {
                let (partner, revision) = (&outcome.partner, outcome.revision);
                found.push(Violation::new(
                    "PL-13",
                    format!(
                        "{partner} never received revision {revision} of {alias}, or it was decided twice"
                    ),
                ));
            }
        }
    }
    for (partner, alias, revision) in left.keys() {
        found.push(Violation::new(
            "PL-13",
            format!("{partner} received revision {revision} of {alias}, which nobody decided"),
        ));
    }
}

/// What a partner has of a lead, as decisions say it.
#[derive(Default)]
struct Copy {
    held: bool,
    /// It was purged here: the partner has it, and of what it says nothing is known any more.
    forgotten: bool,
    undeliverable: bool,
    covered_by: Vec<LeadId>,
}

type Held = BTreeMap<(String, MessageStatus, LeadId), Copy>;

fn held(decisions: &[Decision]) -> Held {
    let mut copies = Held::new();
    for decision in decisions {
        // Who has nothing of a lead that is taken back or purged is told nothing, and is owed nothing.
        let is_over = matches!(decision.cause, Cause::Recall | Cause::Purge);
        if is_over || decision.verdict == Verdict::Cancel {
            let of_lead = |(_, domain, lead): &(String, MessageStatus, LeadId)| {
                (*domain, *lead) == (decision.domain, decision.lead_id)
            };
            for (_, copy) in copies.iter_mut().filter(|(key, _)| of_lead(key)) {
                copy.covered_by.clear();
                copy.undeliverable = false;
                copy.forgotten |= decision.cause == Cause::Purge;
            }
        }
        // A version that says what the partner has already needs no delivery. A replay, and what is noted of an answer or
        // a word, decide nothing.
        let settles = !matches!(decision.verdict, Verdict::Replay | Verdict::Stale)
            && !matches!(decision.cause, Cause::Answer | Cause::Approval | Cause::Refusal | Cause::Purge);
        if settles {
            for outcome in decision.outcomes.iter().filter(|o| o.outcome == OutcomeCode::Unchanged) {
                let key = (outcome.partner.clone(), decision.domain, decision.lead_id);
                copies.entry(key).or_default().undeliverable = false;
            }
        }
        let key = |partner: &str| (partner.to_owned(), decision.domain, decision.lead_id);
        for outcome in decision.outcomes.iter().filter(|o| o.outcome != OutcomeCode::Unchanged) {
            let copy = copies.entry(key(&outcome.partner)).or_default();
            copy.covered_by.clear();
            copy.undeliverable = outcome.outcome == OutcomeCode::Undeliverable;
            match outcome.outcome {
                OutcomeCode::Delivered => {
                    copy.held = outcome.action != Some(MessageKind::Cancel);
                    copy.forgotten = false;
                }
                OutcomeCode::Covered => copy.covered_by.clone_from(&outcome.covered_by),
                _ => {}
            }
        }
        let groups = decision.grouped.iter().filter(|group| group.outcome != OutcomeCode::Unchanged);
        for (partner, group) in groups.flat_map(|g| g.partners.iter().map(move |partner| (partner, g))) {
            let copy = copies.entry(key(partner)).or_default();
            copy.covered_by.clear();
            copy.undeliverable = group.outcome == OutcomeCode::Undeliverable;
        }
    }
    copies
}

/// Leads that are withdrawn.
fn withdrawn(world: &World) -> BTreeSet<(MessageStatus, LeadId)> {
    let mut withdrawn = BTreeSet::new();
    for record in committed(world, topic::MATTERS) {
        let event = wire::decode(record.value.as_deref().unwrap_or_default());
        let Ok(MatterEvent::AssessedLead(event)) = event else { continue };
        let lead = (event.lead.domain(), event.lead.lead_id);
        match event.verdict {
            Verdict::Cancel => drop(withdrawn.insert(lead)),
            Verdict::Replay | Verdict::Stale => {}
            _ => drop(withdrawn.remove(&lead)),
        }
    }
    withdrawn
}

fn committed(world: &World, name: &str) -> Vec<Record> {
    let topic = Topic::new(name);
    let partitions = 0..world.broker.partitions(&topic);
    partitions.flat_map(|n| world.broker.all(&Source::new(name, n), Isolation::Committed)).collect()
}

/// What was decided, a line for each decision: for whoever looks at one seed.
pub(crate) fn told(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for record in committed(world, topic::DECISIONS) {
        let Ok(decision) = wire::decode::<Decision>(record.value.as_deref().unwrap_or_default()) else {
            continue;
        };
        let Decision { lead_id, version, chain, sequence, cause, verdict, caused_by, .. } = &decision;
        let mut line = format!(
            "{} {chain}/{sequence} {lead_id} v{version} {} {}",
            record.timestamp.0,
            verdict.symbol(),
            cause.symbol()
        );
        if let Some(by) = caused_by {
            line += &format!(" by {by}");
        }
        for outcome in &decision.outcomes {
            line += &format!("; {} {} {}", outcome.partner, outcome.outcome.symbol(), outcome.revision);
            outcome.covered_by.iter().for_each(|by| line += &format!(" by {by}"));
        }
        lines.push(line);
    }
    lines
}

/// PL-6: what could not be delivered is delivered at the next tick at which it can be.
pub(crate) fn owed(world: &World) -> Vec<Violation> {
    let mut decisions: Vec<Decision> = committed(world, topic::DECISIONS)
        .iter()
        .filter_map(|record| wire::decode(record.value.as_deref()?).ok())
        .collect();
    decisions.sort_by_key(|decision| (decision.chain, decision.sequence));
    let owed = held(&decisions).into_iter().filter(|(_, copy)| copy.undeliverable);
    owed.map(|((partner, _, lead), _)| {
        Violation::new("PL-6", format!("{partner} does not get {lead}, though it could be had"))
    })
    .collect()
}

/// PL-17: what waits for an officer goes out only in a version that an officer has approved. PL-18: after a recall nobody
/// holds what was recalled, but where it cannot be told.
fn approved(remains: &Remains<'_>, decisions: &[Decision], found: &mut Vec<Violation>) {
    let mut words = BTreeSet::new();
    for record in committed(remains.world, topic::MATTERS) {
        let event = wire::decode(record.value.as_deref().unwrap_or_default());
        let Ok(MatterEvent::Approval(word)) = event else { continue };
        if word.approved {
            words.insert((word.partner, word.domain, word.lead_id, word.version));
        }
    }
    for (number, decision) in decisions.iter().enumerate() {
        let Decision { lead_id, domain, version, .. } = decision;
        let sent = |outcome: &&lead::decision::Outcome| {
            outcome.outcome == OutcomeCode::Delivered && outcome.action != Some(MessageKind::Cancel)
        };
        for outcome in decision.outcomes.iter().filter(sent).filter(|o| o.partner == WAITS_FOR_AN_OFFICER) {
            let partner = &outcome.partner;
            if !words.contains(&(partner.clone(), *domain, *lead_id, *version)) {
                let said =
                    format!("{partner} received version {version} of {lead_id}, which nobody approved");
                found.push(Violation::new("PL-17", said));
            }
        }
        if decision.cause == Cause::Recall {
            let before = held(decisions.get(..=number).unwrap_or_default());
            for ((partner, _, _), _) in before.iter().filter(|((_, in_domain, of), copy)| {
                (in_domain, of) == (domain, lead_id) && copy.held && !copy.undeliverable
            }) {
                found.push(Violation::new("PL-18", format!("{partner} holds {lead_id}, which was recalled")));
            }
        }
    }
}

/// PL-11: whatever covers a lead is a copy that the partner holds now. PL-12: of a lead that is withdrawn nobody holds a
/// copy.
fn standing(remains: &Remains<'_>, decisions: &[Decision], found: &mut Vec<Violation>) {
    let (copies, withdrawn) = (held(decisions), withdrawn(remains.world));
    for ((partner, domain, lead), copy) in &copies {
        for by in &copy.covered_by {
            if !copies.get(&(partner.clone(), *domain, *by)).is_some_and(|by| by.held && !by.forgotten) {
                found.push(Violation::new(
                    "PL-11",
                    format!("{partner}: {lead} counts as covered by {by}, which the partner does not hold, or is purged"),
                ));
            }
        }
        if copy.held && withdrawn.contains(&(*domain, *lead)) {
            found.push(Violation::new("PL-12", format!("{partner} holds {lead}, which is withdrawn")));
        }
    }
}
