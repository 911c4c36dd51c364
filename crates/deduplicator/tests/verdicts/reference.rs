//! The fold of ARCHITECTURE.md a second time, as plainly as it can be said: whole vectors, every
//! lead looked at each time, no index that is kept, no store, values instead of digests. Who is a candidate and how
//! good it is, an index says that is built anew for each lead from those that live then: it must be what the index
//! of the crate says, which has followed every change.

use std::collections::BTreeSet;

use deduplicator::Profiler;
use lead::code::{MessageKind, MessageStatus};
use lead::{FactDigest, Lead, LeadId, MatterId, Verdict};
use linkage::{Decision, Linker, Profile, Rulebook, Table};

use crate::example::{SHIPPED, keys};

/// Every lead of every domain.
pub(crate) struct Reference {
    leads: Vec<Known>,
    members: usize,
    arrived: usize,
}

#[derive(Clone)]
struct Known {
    domain: MessageStatus,
    id: LeadId,
    home: MatterId,
    version: i32,
    base: Option<Part>,
    withdrawn: bool,
    additions: Vec<(String, Part)>,
    last: Option<i64>,
    opened: Option<usize>,
}

#[derive(Clone)]
struct Part {
    order: i64,
    content: [u8; 32],
    profile: Profile,
    facts: BTreeSet<FactDigest>,
}

impl Known {
    fn live(&self) -> bool {
        (self.base.is_some() || !self.additions.is_empty()) && !self.withdrawn
    }
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.base.iter().chain(self.additions.iter().map(|(_, part)| part))
    }
    fn profile(&self) -> Profile {
        let (mut persons, mut identifiers) = (Vec::new(), Vec::new());
        for part in self.parts() {
            persons.extend(part.profile.persons.to_vec());
            identifiers.extend(part.profile.identifiers.to_vec());
        }
        Profile::new(persons, identifiers, Vec::new(), None)
    }
    fn facts(&self) -> BTreeSet<FactDigest> {
        self.parts().flat_map(|p| p.facts.clone()).collect()
    }
}

fn part(lead: &Lead) -> Part {
    Part {
        order: lead.order.split('-').next().unwrap().parse().unwrap(),
        content: lead.content_hash.0,
        profile: Profiler::new(&keys()).profile(lead),
        facts: lead.content.facts(&keys().facts).digests().collect(),
    }
}

impl Reference {
    pub(crate) fn new(members: usize) -> Self {
        Self { leads: Vec::new(), members, arrived: 0 }
    }

    /// Verdict, home matter and version.
    pub(crate) fn fold(&mut self, lead: &Lead) -> (Verdict, MatterId, i32) {
        self.arrived += 1;
        let domain = lead.message_status;
        let at = self.leads.iter().position(|k| k.domain == domain && k.id == lead.lead_id);
        let mut known = at.map(|at| self.leads.remove(at));
        let verdict = self.decide(lead, &mut known);
        let known = known.expect("every lead leaves a trace");
        let answer = (verdict, known.home, known.version);
        self.leads.push(known);
        answer
    }

    fn decide(&self, lead: &Lead, slot: &mut Option<Known>) -> Verdict {
        let part = part(lead);
        let o = part.order;
        let older = slot.as_ref().and_then(|k| k.last).is_some_and(|last| o < last);
        let withdrawn = slot.as_ref().is_some_and(|k| k.withdrawn);

        if lead.message_kind == MessageKind::Cancel {
            if older {
                return Verdict::Stale;
            }
            let Some(known) = slot else {
                let mark = self.unknown(lead, lead.lead_id.into());
                *slot = Some(Known { withdrawn: true, last: Some(o), ..mark });
                return Verdict::Cancel;
            };
            if known.withdrawn && known.last == Some(o) {
                return Verdict::Replay;
            }
            known.withdrawn = true;
            known.last = Some(o);
            known.version += i32::from(known.version > 0);
            return Verdict::Cancel;
        }

        if let Some(key) = &lead.amendment_key {
            if withdrawn {
                return Verdict::Stale;
            }
            let there = slot.as_ref().and_then(|k| k.additions.iter().find(|(k, _)| k == key));
            match there {
                Some((_, there)) if there.order > o => return Verdict::Stale,
                Some((_, there)) if there.content == part.content => return Verdict::Replay,
                _ => {}
            }
            let mut known = slot.take().unwrap_or_else(|| {
                self.unknown(lead, self.place(lead.message_status, lead.lead_id, &part).1)
            });
            let was_live = known.live();
            known.additions.retain(|(k, _)| k != key);
            known.additions.push((key.clone(), part));
            known.version += 1;
            known.opened = known.opened.filter(|_| was_live).or(Some(self.arrived));
            *slot = Some(known);
            return Verdict::Amendment;
        }

        if older {
            return Verdict::Stale;
        }
        if let Some(known) = slot {
            if known.live() && known.base.as_ref().is_some_and(|b| b.content == part.content) {
                known.last = Some(o);
                return Verdict::Replay;
            }
            if known.version >= 1 {
                let was_live = known.live();
                known.base = Some(part);
                known.last = Some(o);
                known.withdrawn = false;
                known.version += 1;
                known.opened = known.opened.filter(|_| was_live).or(Some(self.arrived));
                return Verdict::Update;
            }
        }
        let (verdict, home) = self.place(lead.message_status, lead.lead_id, &part);
        *slot = Some(Known {
            version: 1,
            base: Some(part),
            last: Some(o),
            opened: Some(self.arrived),
            ..self.unknown(lead, home)
        });
        verdict
    }

    fn unknown(&self, lead: &Lead, home: MatterId) -> Known {
        Known {
            domain: lead.message_status,
            id: lead.lead_id,
            home,
            version: 0,
            base: None,
            withdrawn: false,
            additions: Vec::new(),
            last: None,
            opened: None,
        }
    }

    fn place(&self, domain: MessageStatus, id: LeadId, part: &Part) -> (Verdict, MatterId) {
        let mut live: Vec<&Known> = self.leads.iter().filter(|k| k.domain == domain && k.live()).collect();
        live.sort_by_key(|k| k.opened);
        let (table, digester) = (Table::parse(SHIPPED).unwrap(), Profiler::new(&keys()).digester());
        let mut linker = Linker::new(table, Rulebook::Leads, digester, Vec::new());
        for (accepted, known) in (1..).zip(&live) {
            linker.insert(known.id.0, accepted, known.home.0, known.profile()).unwrap();
        }
        let found = linker.assess(&part.profile, None);
        let home = match found.best {
            Decision::Link => MatterId(found.candidates[0].cluster),
            Decision::Review => return (Verdict::Review, id.into()),
            Decision::Relation | Decision::None => return (Verdict::New, id.into()),
        };
        let mut members: Vec<_> = live.into_iter().filter(|k| k.home == home).collect();
        members.sort_by_key(|k| std::cmp::Reverse(k.opened));
        members.truncate(self.members);
        let facts: BTreeSet<_> = members.iter().flat_map(|k| k.facts()).collect();
        (if part.facts.is_subset(&facts) { Verdict::Duplicate } else { Verdict::Related }, home)
    }
}
