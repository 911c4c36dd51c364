//! Which leads were put together, what a person is asked, and one pair of leads explained.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::{LeadId, MatterEvent, topic, wire};
use pipeline::Topic;

use crate::access::{Broker, read_all};
use crate::commands::matches::Standing;
use crate::console::Console;
use crate::fault::Fault;

/// Matters as they are at the end.
#[derive(Debug, Default)]
pub(super) struct Matters {
    standing: Standing,
    questions: u64,
    asking: u64,
    /// Two leads of different agencies that were found to be of one matter, and by how many kinds of evidence.
    found: Vec<(usize, [LeadId; 2])>,
}

impl Matters {
    pub(super) fn collect(broker: &mut dyn Broker) -> Result<Self, Fault> {
        let mut matters = Self::default();
        let mut agencies: BTreeMap<LeadId, String> = BTreeMap::new();
        read_all(broker, &[Topic::new(topic::MATTERS)], |record| {
            let Some(Ok(event)) = record.value.as_deref().map(wire::decode::<MatterEvent>) else {
                return true;
            };
            matters.standing.note(&event);
            let MatterEvent::AssessedLead(event) = event else { return true };
            let asked = event.links.iter().filter(|link| link.relation == "review").count() as u64;
            matters.questions += asked;
            matters.asking += u64::from(asked > 0);
            for link in event.links.iter().filter(|l| matches!(l.relation.as_str(), "related" | "repeats")) {
                let elsewhere = agencies.get(&link.lead_id).is_some_and(|a| *a != event.lead.agency);
                if event.lead.domain() == MessageStatus::Actual && elsewhere {
                    matters.found.push((link.groups.len(), [link.lead_id, event.lead.lead_id]));
                }
            }
            agencies.insert(event.lead.lead_id, event.lead.agency);
            true
        })?;
        Ok(matters)
    }

    /// Two leads whose explanation says most: still of one matter, and found by the most kinds of evidence.
    pub(super) fn most_telling(&self) -> Option<[LeadId; 2]> {
        let key = |id: LeadId| (MessageStatus::Actual, id);
        let together = self.found.iter().filter(|(_, [a, b])| self.standing.are_together(key(*a), key(*b)));
        together.rev().max_by_key(|(kinds, _)| *kinds).map(|(_, pair)| *pair)
    }

    pub(super) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        let mut sizes: BTreeMap<_, usize> = BTreeMap::new();
        for ((domain, _), cluster) in self.standing.live() {
            *sizes.entry((domain, cluster)).or_default() += 1;
        }
        let of = |least: usize, most: usize| sizes.values().filter(|n| (least..=most).contains(*n)).count();
        console.line(format!(
            "{} live leads stand in {} matters: {} of one, {} of two, {} of more; the largest has {}",
            self.standing.live().count(),
            sizes.len(),
            of(1, 1),
            of(2, 2),
            of(3, usize::MAX),
            sizes.values().max().copied().unwrap_or_default()
        ))?;
        console.line(format!(
            "{} leads wait for a person's word on {} others: `leadshare tail {}`",
            self.asking,
            self.questions,
            topic::REVIEW
        ))
    }
}
