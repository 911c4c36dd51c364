//! PL-21: a lead is purged when its time is over, and no sooner; then neither service has anything of what it says.

use std::collections::{BTreeMap, BTreeSet};

use lead::matter::{LegalHold, Purge};
use lead::value::Micros;
use lead::{LeadId, MatterEvent, Verdict, topic, wire};
use pipeline::{Record, Source, Topic};

use super::Remains;
use crate::broker::Isolation;
use crate::site::ServiceKind;
use crate::verdict::Violation;
use crate::world::World;

pub(super) fn check(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    for record in remains.committed(&Topic::new(topic::NORMALISED)) {
        let Ok(purge) = wire::decode::<Purge>(record.value.as_deref().unwrap_or_default()) else { continue };
        if purge.at < purge.due {
            let lead = purge.lead_id;
            found.push(Violation::new("PL-21", format!("{lead} was to be purged before its time was over")));
        }
    }
    while_held(remains, found);
    for lead in gone(remains) {
        for ((service, _), fold) in &remains.states {
            let (name, tables) = (service.name(), saying(*service));
            // No two domains share a lead here, so the domain between the two need not be looked at.
            let says = |key: &&Vec<u8>| match key.as_slice() {
                [table, _, of @ ..] => tables.contains(table) && of.starts_with(&lead.0),
                _ => false,
            };
            if let Some(table) = fold.keys().find(says).and_then(|key| key.first()) {
                let table = char::from(*table);
                found
                    .push(Violation::new("PL-21", format!("{name}: {lead} is purged, and in table {table}")));
            }
        }
    }
}

/// Tables of a state that hold what a lead says.
fn saying(service: ServiceKind) -> &'static [u8] {
    match service {
        ServiceKind::Deduplicator => b"paf",
        ServiceKind::Router => b"baf",
        ServiceKind::Normaliser | ServiceKind::Gate => b"",
    }
}

/// What is due while an officer holds the lead is not purged by that, and what officers hold in the end is listed.
fn while_held(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    let mut words: BTreeMap<String, LegalHold> = BTreeMap::new();
    // Times at which a lead may be purged, and how often.
    let mut due: BTreeMap<(LeadId, Micros), usize> = BTreeMap::new();
    for record in remains.committed(&Topic::new(topic::NORMALISED)) {
        let value = record.value.as_deref().unwrap_or_default();
        if let Ok(word) = wire::decode::<LegalHold>(value) {
            if words.get(&word.key()).is_none_or(|before| before.at < word.at) {
                words.insert(word.key(), word);
            }
        } else if let Ok(purge) = wire::decode::<Purge>(value) {
            let is_held = words.values().any(|word| word.placed && word.lead_id == purge.lead_id);
            *due.entry((purge.lead_id, purge.due)).or_default() += usize::from(!is_held);
        }
    }
    for record in remains.committed(&Topic::new(topic::MATTERS)) {
        let Ok(MatterEvent::Purge(purge)) = wire::decode(record.value.as_deref().unwrap_or_default()) else {
            continue;
        };
        match due.get_mut(&(purge.lead_id, purge.due)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => {
                let lead = purge.lead_id;
                found.push(Violation::new("PL-21", format!("{lead} was purged while an officer held it")));
            }
        }
    }
    let mut listed = BTreeMap::new();
    for record in remains.committed(&Topic::new(topic::LEGAL_HOLDS)) {
        let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
        listed.insert(key, record.value.is_some());
    }
    listed.retain(|_, is_there| *is_there);
    let held: BTreeSet<&String> = words.iter().filter(|(_, word)| word.placed).map(|(key, _)| key).collect();
    if !held.iter().copied().eq(listed.keys()) {
        found.push(Violation::new("PL-21", format!("{held:?} are held, and {:?} listed", listed.keys())));
    }
}

/// How many leads were purged.
pub(crate) fn purged(world: &World) -> u64 {
    let topic = Topic::new(topic::MATTERS);
    let partitions = 0..world.broker.partitions(&topic);
    let all = partitions.flat_map(|n| world.broker.all(&Source::new(topic.clone(), n), Isolation::Committed));
    let is_purge = |record: &Record| {
        matches!(wire::decode(record.value.as_deref().unwrap_or_default()), Ok(MatterEvent::Purge(_)))
    };
    all.filter(is_purge).count() as u64
}

/// Leads of which nothing came after they were purged.
fn gone(remains: &Remains<'_>) -> Vec<LeadId> {
    let mut last = BTreeMap::new();
    for record in remains.committed(&Topic::new(topic::MATTERS)) {
        match wire::decode(record.value.as_deref().unwrap_or_default()) {
            Ok(MatterEvent::Purge(purge)) => drop(last.insert(purge.lead_id, true)),
            Ok(MatterEvent::AssessedLead(event)) => match event.verdict {
                // Neither brings anything; nor does a Cancel.
                Verdict::Replay | Verdict::Stale | Verdict::Cancel => {}
                _ => drop(last.insert(event.lead.lead_id, false)),
            },
            _ => {}
        }
    }
    last.into_iter().filter_map(|(lead, is_purged)| is_purged.then_some(lead)).collect()
}
