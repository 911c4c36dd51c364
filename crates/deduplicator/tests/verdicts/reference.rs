//! The fold of ARCHITECTURE.md a second time, as plainly as it can be said: whole vectors, every
//! lead looked at each time, no index, no store, values instead of digests. It shares nothing with
//! the crate but the configuration's numbers.

use std::collections::BTreeSet;

use lead::code::{MessageKind, MessageStatus};
use lead::{FactDigest, Lead, LeadId, MatterId, Verdict};

use crate::example::keys;

type Key = (&'static str, String);

pub(crate) struct Weights {
    pub(crate) phone: i32,
    pub(crate) number: i32,
}

/// Every lead of every domain.
pub(crate) struct Reference {
    leads: Vec<Known>,
    hot: BTreeSet<(MessageStatus, Key)>,
    weights: Weights,
    postings: usize,
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
    keys: BTreeSet<Key>,
    facts: BTreeSet<FactDigest>,
}

impl Known {
    fn live(&self) -> bool {
        (self.base.is_some() || !self.additions.is_empty()) && !self.withdrawn
    }
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.base.iter().chain(self.additions.iter().map(|(_, part)| part))
    }
    fn keys(&self) -> BTreeSet<Key> {
        self.parts().flat_map(|p| p.keys.clone()).collect()
    }
    fn facts(&self) -> BTreeSet<FactDigest> {
        self.parts().flat_map(|p| p.facts.clone()).collect()
    }
}

fn part(lead: &Lead) -> Part {
    let phones = lead.content.persons.iter().flat_map(|p| &p.phones);
    let phones = phones.map(|p| ("phone", p.e164.as_ref().unwrap().expose().to_owned()));
    let numbers = lead.content.external_ids.iter().map(|id| ("number", id.id.clone()));
    Part {
        order: lead.order.split('-').next().unwrap().parse().unwrap(),
        content: lead.content_hash.0,
        keys: phones.chain(numbers).collect(),
        facts: lead.content.facts(&keys().facts).digests().collect(),
    }
}

impl Reference {
    pub(crate) fn new(weights: Weights, postings: usize, members: usize) -> Self {
        Self { leads: Vec::new(), hot: BTreeSet::new(), weights, postings, members, arrived: 0 }
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
        for key in self.leads.iter().flat_map(Known::keys).collect::<BTreeSet<_>>() {
            let holders = self.leads.iter().filter(|k| k.domain == domain && k.live());
            if holders.filter(|k| k.keys().contains(&key)).count() >= self.postings {
                self.hot.insert((domain, key));
            }
        }
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
            known.additions.retain(|(k, _)| k != key);
            known.additions.push((key.clone(), part));
            known.version += 1;
            known.opened.get_or_insert(self.arrived);
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
                known.base = Some(part);
                known.last = Some(o);
                known.withdrawn = false;
                known.version += 1;
                known.opened.get_or_insert(self.arrived);
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
        let live: Vec<&Known> = self.leads.iter().filter(|k| k.domain == domain && k.live()).collect();
        let mut best: Option<(i32, &Known)> = None;
        for known in &live {
            let score: i32 = part
                .keys
                .iter()
                .filter(|key| known.keys().contains(key) && !self.hot.contains(&(domain, (*key).clone())))
                .map(|(kind, _)| if *kind == "phone" { self.weights.phone } else { self.weights.number })
                .sum();
            let better =
                best.is_none_or(|(most, first)| score > most || score == most && known.opened < first.opened);
            if score > 0 && better {
                best = Some((score, known));
            }
        }
        let Some((_, best)) = best else { return (Verdict::New, id.into()) };
        let mut members: Vec<_> = live.into_iter().filter(|k| k.home == best.home).collect();
        members.sort_by_key(|k| std::cmp::Reverse(k.opened));
        members.truncate(self.members);
        let facts: BTreeSet<_> = members.iter().flat_map(|k| k.facts()).collect();
        let verdict = if part.facts.is_subset(&facts) { Verdict::Duplicate } else { Verdict::Related };
        (verdict, best.home)
    }
}
