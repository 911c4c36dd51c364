//! The chains of decisions, followed from their beginnings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lead::decision::{Decision, OutcomeCode};
use lead::ident::ContentHash;
use lead::ledger::{Checkpoint, GENESIS, link};
use lead::{Alias, topic, wire};
use pipeline::Topic;
use serde_json::json;

use crate::access::{Broker, read_all};
use crate::commands::word;
use crate::console::Console;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// The newest signed head of each chain.
pub(super) fn heads_of_all(broker: &mut dyn Broker, console: &mut Console) -> Result<(), Fault> {
    let mut newest: BTreeMap<i32, Checkpoint> = BTreeMap::new();
    for checkpoint in checkpoints(broker)? {
        newest.insert(checkpoint.chain, checkpoint);
    }
    console.json(&json!(newest.into_values().collect::<Vec<_>>()))
}

fn checkpoints(broker: &mut dyn Broker) -> Result<Vec<Checkpoint>, Fault> {
    let mut found = Vec::new();
    read_all(broker, &[Topic::new(topic::CHECKPOINTS)], |record| {
        found.extend(record.value.as_deref().and_then(|value| wire::decode::<Checkpoint>(value).ok()));
        true
    })?;
    Ok(found)
}

/// What was found.
#[derive(Default)]
struct Found {
    decisions: u64,
    deliveries: u64,
    checkpoints: u64,
    /// Deliveries that the partner's topic keeps no more.
    expired: u64,
    faults: Vec<String>,
}

/// A decision as it was read: what it names before it, and its own hash.
struct Link {
    previous: String,
    hash: ContentHash,
}

type Chains = BTreeMap<i32, BTreeMap<i64, Link>>;

/// One copy or Cancel: partner, name, revision.
type Delivery = (String, Alias, i32);

/// What a partner's topic holds.
struct Shelf {
    copies: BTreeSet<(Alias, i32)>,
    /// When the oldest of them was released.
    oldest: i64,
}

/// Copies are read before decisions: a copy that nobody decided cannot then be one that came in between. What was
/// decided and has no copy yet is looked for once more.
pub(super) fn run(
    site: &Site,
    broker: &mut dyn Broker,
    against: Option<&Path>,
    console: &mut Console,
) -> Result<(), Fault> {
    let mut found = Found::default();
    let definitions = Definitions::read(site)?;
    let mut shelves = BTreeMap::new();
    for partner in definitions.partners.iter() {
        let shelf = shelf(broker, partner.topic(site.config.home_country))?;
        found.deliveries += shelf.copies.len() as u64;
        shelves.insert(partner.id.clone(), (partner, shelf));
    }
    let (chains, decided) = decisions(broker, &mut found)?;
    for (chain, links) in &chains {
        follow(*chain, links, &mut found.faults);
    }
    heads(site, broker, against, &chains, &mut found)?;
    for (id, (_, shelf)) in &shelves {
        for (alias, revision) in &shelf.copies {
            if !decided.contains_key(&(id.clone(), *alias, *revision)) {
                found.faults.push(format!("{id} has {alias} revision {revision}, which nobody decided"));
            }
        }
    }
    let lacking = |shelves: &BTreeMap<String, (&release::Partner, Shelf)>, delivery: &Delivery| {
        shelves.get(&delivery.0).is_none_or(|(_, shelf)| !shelf.copies.contains(&(delivery.1, delivery.2)))
    };
    let late: BTreeSet<String> =
        decided.keys().filter(|delivery| lacking(&shelves, delivery)).map(|(id, ..)| id.clone()).collect();
    for id in late {
        if let Some((partner, again)) = shelves.get_mut(&id) {
            *again = shelf(broker, partner.topic(site.config.home_country))?;
        }
    }
    // A topic that keeps nothing any more has no oldest copy.
    let kept = site.config.topics.partner_retention_days.saturating_mul(24 * 60 * 60 * 1_000_000);
    let kept_since = word::moment().0.saturating_sub(kept);
    for (delivery, at) in decided.iter().filter(|(delivery, _)| lacking(&shelves, delivery)) {
        let (id, alias, revision) = delivery;
        if is_expired(*at, kept_since, shelves.get(id).map(|(_, shelf)| shelf)) {
            found.expired += 1;
        } else {
            found.faults.push(format!("{id} lacks {alias} revision {revision}, which was decided"));
        }
    }
    report(&found, chains.len(), console)
}

/// Whether a copy that is not there need not be: its time on the partner's topic is over, what the topic keeps begins
/// later, or the partner is none any more.
fn is_expired(decided_at: i64, kept_since: i64, shelf: Option<&Shelf>) -> bool {
    decided_at < kept_since || shelf.is_none_or(|shelf| decided_at < shelf.oldest)
}

fn shelf(broker: &mut dyn Broker, topic: String) -> Result<Shelf, Fault> {
    let mut shelf = Shelf { copies: BTreeSet::new(), oldest: i64::MIN };
    read_all(broker, &[Topic::from(topic)], |record| {
        if let Ok(copy) = release::decode_partner_lead(record.value.as_deref().unwrap_or_default()) {
            let released = copy.released_at.0;
            shelf.oldest = if shelf.copies.is_empty() { released } else { shelf.oldest.min(released) };
            shelf.copies.insert((copy.alias, copy.revision));
        }
        true
    })?;
    Ok(shelf)
}

fn decisions(broker: &mut dyn Broker, found: &mut Found) -> Result<(Chains, BTreeMap<Delivery, i64>), Fault> {
    let mut chains = Chains::new();
    let mut decided: BTreeMap<Delivery, i64> = BTreeMap::new();
    read_all(broker, &[Topic::new(topic::DECISIONS)], |record| {
        let place = format!("{}/{}", record.source.partition, record.offset);
        let value = record.value.unwrap_or_default();
        let Ok(decision) = wire::decode::<Decision>(&value) else {
            found.faults.push(format!("{place} on {} is no decision", topic::DECISIONS));
            return true;
        };
        found.decisions += 1;
        for outcome in decision.outcomes.iter().filter(|o| o.outcome == OutcomeCode::Delivered) {
            let Some(alias) = outcome.alias else { continue };
            let delivery = (outcome.partner.clone(), alias, outcome.revision);
            if decided.insert(delivery, decision.decided_at.0).is_some() {
                found.faults.push(format!(
                    "{} revision {alias} {} was decided twice",
                    outcome.partner, outcome.revision
                ));
            }
        }
        let link = Link { previous: decision.previous, hash: link(&value) };
        if chains.entry(decision.chain).or_default().insert(decision.sequence, link).is_some() {
            found.faults.push(format!("chain {} has decision {} twice", decision.chain, decision.sequence));
        }
        true
    })?;
    Ok((chains, decided))
}

/// Signed heads, those of the topic and those kept elsewhere, name what stands in the chains.
fn heads(
    site: &Site,
    broker: &mut dyn Broker,
    against: Option<&Path>,
    chains: &Chains,
    found: &mut Found,
) -> Result<(), Fault> {
    let mut kept = checkpoints(broker)?;
    if let Some(path) = against {
        let refused = |error: &dyn std::error::Error| {
            Fault::file(path, "expected checkpoints as `ledger checkpoints` writes them", error)
        };
        let text = std::fs::read_to_string(path).map_err(|error| refused(&error))?;
        kept.extend(serde_json::from_str::<Vec<Checkpoint>>(&text).map_err(|error| refused(&error))?);
    }
    let key = gate::OfficerKey::new(site.keys()?.signing).public();
    for checkpoint in &kept {
        found.checkpoints += 1;
        let Checkpoint { chain, sequence, head, .. } = checkpoint;
        if !key.signed(&checkpoint.signed(), &checkpoint.signature) {
            found
                .faults
                .push(format!("the checkpoint of chain {chain} at {sequence} is not signed by this site"));
        } else if is_another(chains.get(chain), *sequence, head) {
            found.faults.push(format!("chain {chain} is another than at its checkpoint {sequence}"));
        }
    }
    Ok(())
}

/// Whether a chain is another than the one whose head was this. What was signed before the first link that is kept says
/// nothing of those that are.
fn is_another(chain: Option<&BTreeMap<i64, Link>>, sequence: i64, head: &str) -> bool {
    let begins_later = chain.and_then(|links| links.keys().next()).is_some_and(|first| *first > sequence);
    let link = chain.and_then(|links| links.get(&sequence));
    !begins_later && link.is_none_or(|link| link.hash.to_string() != head)
}

/// Each link names the one before it. What retention has taken away is missing at the beginning, never in between.
fn follow(chain: i32, links: &BTreeMap<i64, Link>, faults: &mut Vec<String>) {
    let mut before: Option<(i64, &Link)> = None;
    for (sequence, link) in links {
        let expected = match before {
            None if *sequence == 1 => Some(GENESIS.to_string()),
            None => None,
            Some((known, before)) if known + 1 == *sequence => Some(before.hash.to_string()),
            Some((known, _)) => {
                faults.push(format!("chain {chain} lacks what stood between {known} and {sequence}"));
                None
            }
        };
        if expected.is_some_and(|expected| expected != link.previous) {
            faults.push(format!("decision {sequence} of chain {chain} does not follow the one before it"));
        }
        before = Some((*sequence, link));
    }
}

fn report(found: &Found, chains: usize, console: &mut Console) -> Result<(), Fault> {
    if console.is_json() {
        console.json(&json!({
            "chains": chains, "decisions": found.decisions, "deliveries": found.deliveries,
            "checkpoints": found.checkpoints, "no_longer_kept": found.expired, "faults": found.faults,
        }))?;
    } else {
        for fault in &found.faults {
            console.line(format!("fault: {fault}"))?;
        }
        console.line(format!(
            "{} decisions in {chains} {}, {} copies, {} checkpoints; {} copies are no longer kept",
            found.decisions,
            if chains == 1 { "chain" } else { "chains" },
            found.deliveries,
            found.checkpoints,
            found.expired
        ))?;
    }
    match found.faults.len() {
        0 => Ok(()),
        faults => Err(Fault::failed(format!("the ledger has {faults} faults"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> BTreeMap<i64, Link> {
        let hash = |n: i64| link(&n.to_be_bytes());
        let previous = |n: i64| if n == 1 { GENESIS } else { hash(n - 1) };
        (1..=length).map(|n| (n, Link { previous: previous(n).to_string(), hash: hash(n) })).collect()
    }

    fn faults(links: &BTreeMap<i64, Link>) -> usize {
        let mut faults = Vec::new();
        follow(0, links, &mut faults);
        faults.len()
    }

    /// Sabotage: follow no chain, or begin anew after a gap without a word.
    #[test]
    fn what_is_taken_out_put_in_or_changed_is_seen() {
        assert_eq!(faults(&chain(5)), 0);
        let mut gap = chain(5);
        gap.remove(&3);
        assert_eq!(faults(&gap), 1);
        let mut changed = chain(5);
        changed.insert(3, Link { previous: link(b"2").to_string(), hash: link(b"another") });
        assert_eq!(faults(&changed), 2, "it names another, and the next names what it was");
        let mut begun = chain(5);
        begun.insert(1, Link { previous: link(b"before").to_string(), hash: link(&1_i64.to_be_bytes()) });
        assert_eq!(faults(&begun), 1, "the first names nothing");
        let mut kept = chain(5);
        kept.retain(|n, _| *n > 2);
        assert_eq!(faults(&kept), 0, "retention takes from the beginning");
    }

    /// Sabotage: allow whatever is older than the newest copy, or nothing at all.
    #[test]
    fn a_copy_may_lack_only_where_its_time_is_over() {
        let shelf = |oldest| Shelf { copies: BTreeSet::new(), oldest };
        assert!(is_expired(9, 10, Some(&shelf(0))), "kept no longer, by the configuration");
        assert!(is_expired(14, 10, Some(&shelf(15))), "the topic begins later");
        assert!(!is_expired(15, 10, Some(&shelf(15))) && !is_expired(16, 10, Some(&shelf(15))));
        assert!(!is_expired(10, 10, Some(&shelf(i64::MIN))), "an empty topic excuses nothing");
        assert!(is_expired(16, 10, None), "nobody's topic");
    }

    /// Sabotage: excuse every head that is not there.
    #[test]
    fn a_signed_head_is_excused_only_before_what_is_kept() {
        let head = |n: i64| link(&n.to_be_bytes()).to_string();
        let mut kept = chain(5);
        kept.retain(|n, _| *n > 2);
        assert!(!is_another(Some(&kept), 2, &head(2)), "retention took it");
        assert!(!is_another(Some(&kept), 3, &head(3)) && !is_another(Some(&kept), 5, &head(5)));
        assert!(is_another(Some(&kept), 4, &head(3)), "another stands there");
        assert!(is_another(Some(&kept), 6, &head(6)), "the end was cut off");
        kept.remove(&4);
        assert!(is_another(Some(&kept), 4, &head(4)), "it was taken out");
        assert!(is_another(None, 1, &head(1)), "the whole chain is gone");
    }
}
