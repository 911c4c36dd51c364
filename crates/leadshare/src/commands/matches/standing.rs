//! Where every live lead stands: what leads.matters.v1 says of clusters, followed event by event.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::{LeadId, MatterEvent, MatterId, Verdict};

/// A lead in its domain.
pub(crate) type Key = (MessageStatus, LeadId);

/// The newest word on each lead. The topic has partitions: what is said at a later place of the domain holds.
#[derive(Debug, Default)]
pub(crate) struct Standing(BTreeMap<Key, (i64, Option<MatterId>)>);

impl Standing {
    /// Takes the next event.
    pub(crate) fn note(&mut self, event: &MatterEvent) {
        match event {
            MatterEvent::AssessedLead(event) => {
                let key = (event.lead.domain(), event.lead.lead_id);
                match event.verdict {
                    Verdict::Stale | Verdict::Replay => {}
                    Verdict::Cancel => self.say(key, event.place, None),
                    _ => self.say(key, event.place, Some(event.cluster_id)),
                }
            }
            MatterEvent::Regrouping(event) => {
                for lead in &event.leads {
                    self.say((event.domain, *lead), event.place, Some(event.cluster_id));
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, key: Key, place: i64, cluster: Option<MatterId>) {
        let known = self.0.entry(key).or_insert((place, cluster));
        if known.0 <= place {
            *known = (place, cluster);
        }
    }

    /// The cluster of a lead, if it is live.
    pub(crate) fn cluster(&self, key: Key) -> Option<MatterId> {
        self.0.get(&key)?.1
    }

    /// Whether two leads are live and of one matter.
    pub(crate) fn are_together(&self, a: Key, b: Key) -> bool {
        self.cluster(a).is_some() && self.cluster(a) == self.cluster(b)
    }

    /// Every live lead with its cluster.
    pub(crate) fn live(&self) -> impl Iterator<Item = (Key, MatterId)> {
        self.0.iter().filter_map(|(key, (_, cluster))| Some((*key, (*cluster)?)))
    }
}

#[cfg(test)]
mod tests {
    use lead::Lead;
    use lead::matter::{AssessedLead, Regrouping};

    use super::*;

    fn id(n: u8) -> LeadId {
        LeadId([n; 16])
    }

    fn lead(n: u8, verdict: Verdict, place: i64, cluster: u8) -> MatterEvent {
        let lead = Lead { lead_id: id(n), ..Lead::default() };
        let cluster_id = MatterId([cluster; 16]);
        MatterEvent::AssessedLead(Box::new(AssessedLead {
            verdict,
            place,
            cluster_id,
            lead,
            ..AssessedLead::default()
        }))
    }

    fn moved(n: u8, place: i64, cluster: u8) -> MatterEvent {
        let cluster_id = MatterId([cluster; 16]);
        MatterEvent::Regrouping(Regrouping { leads: vec![id(n)], place, cluster_id, ..Regrouping::default() })
    }

    /// Sabotage: take what is said last, whatever its place; keep a withdrawn lead where it was.
    #[test]
    fn what_is_said_at_a_later_place_holds() {
        let key = |n| (MessageStatus::Actual, id(n));
        let mut standing = Standing::default();
        for event in [
            lead(1, Verdict::New, 0, 1),
            moved(2, 5, 1),
            lead(2, Verdict::New, 1, 2),
            lead(3, Verdict::New, 2, 3),
            lead(3, Verdict::Cancel, 4, 3),
            lead(3, Verdict::Replay, 6, 9),
        ] {
            standing.note(&event);
        }
        assert!(standing.are_together(key(1), key(2)));
        assert_eq!(standing.cluster(key(3)), None);
        assert!(!standing.are_together(key(3), key(3)));
        assert_eq!(standing.live().count(), 2);
    }
}
