//! The fold of ARCHITECTURE.md a second time, as plainly as it can be said: whole vectors, every
//! lead looked at each time, no index that is kept, no store, values instead of digests. Who is a candidate and how
//! good it is, an index says that is built anew for each lead from those that live then: it must be what the index
//! of the crate says, which has followed every change. Clusters are those of one ledger that holds everything: the
//! crate reads and writes only those that a change concerns.

use std::collections::{BTreeMap, BTreeSet};

use deduplicator::{Config, Profiler};
use lead::code::{MessageKind, MessageStatus};
use lead::matter::{Judgement, MatchDecision};
use lead::{FactDigest, Lead, LeadId, MatterId, Verdict};
use linkage::{Cause, Decision, Edge, Growth, Ledger, Linker, Profile, Proposal, Rulebook, Scored, Table};

use crate::example::{SHIPPED, Step, keys};

/// Every lead of every domain.
pub(crate) struct Reference {
    leads: Vec<Known>,
    members: usize,
    arrived: u64,
    ledgers: BTreeMap<MessageStatus, Ledger>,
    words: BTreeMap<(MessageStatus, LeadId, LeadId), i64>,
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
    opened: Option<u64>,
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

fn profiler() -> Profiler {
    Profiler::new(&keys(), Config::parse(SHIPPED).unwrap().into())
}

fn part(lead: &Lead) -> Part {
    Part {
        order: lead.order.split('-').next().unwrap().parse().unwrap(),
        content: lead.content_hash.0,
        profile: profiler().profile(lead),
        facts: lead.content.facts(&keys().facts).digests().collect(),
    }
}

impl Reference {
    pub(crate) fn new(members: usize) -> Self {
        Self { leads: Vec::new(), members, arrived: 0, ledgers: BTreeMap::new(), words: BTreeMap::new() }
    }

    /// Verdict, home matter and version of a lead.
    pub(crate) fn fold(&mut self, step: &Step) -> Option<(Verdict, MatterId, i32)> {
        let answer = match step {
            Step::Lead(lead) => Some(self.lead(lead)),
            Step::Purge(_) | Step::Hold(_) => panic!("none is generated"),
            Step::Decision(decision) => {
                self.decision(decision);
                None
            }
        };
        self.arrived += 1;
        answer
    }

    /// The cluster of every live lead.
    pub(crate) fn clusters(&self) -> BTreeMap<(MessageStatus, LeadId), MatterId> {
        let of = |(domain, ledger): (&MessageStatus, &Ledger)| {
            let domain = *domain;
            ledger
                .leads()
                .map(move |(lead, _, cluster)| ((domain, LeadId(lead)), MatterId(cluster)))
                .collect::<Vec<_>>()
        };
        self.ledgers.iter().flat_map(of).collect()
    }

    fn lead(&mut self, lead: &Lead) -> (Verdict, MatterId, i32) {
        let domain = lead.message_status;
        let at = self.leads.iter().position(|k| k.domain == domain && k.id == lead.lead_id);
        let mut known = at.map(|at| self.leads.remove(at));
        let verdict = self.decide(lead, &mut known);
        let known = known.expect("every lead leaves a trace");
        let answer = (verdict, known.home, known.version);
        self.leads.push(known);
        answer
    }

    fn decision(&mut self, decision: &MatchDecision) {
        let (a, b) = (decision.first.min(decision.second), decision.first.max(decision.second));
        let said = self.words.get(&(decision.domain, a, b)).copied();
        if a == b || said.is_some_and(|at| at >= decision.at.0) {
            return;
        }
        self.words.insert((decision.domain, a, b), decision.at.0);
        let ledger = ledger(&mut self.ledgers, decision.domain);
        let _absent = match decision.judgement {
            Judgement::Same => {
                let edge = Edge { cause: Cause::Officer([0; 16]), ..an_edge(6_600) };
                ledger.confirm((a.0, b.0), edge, &mut Vec::new()).map(|_| ())
            }
            Judgement::Different => ledger.unlink(a.0, b.0, &mut Vec::new()),
        };
    }

    fn decide(&mut self, lead: &Lead, slot: &mut Option<Known>) -> Verdict {
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
            if known.live() {
                ledger(&mut self.ledgers, known.domain).remove(known.id.0, &mut Vec::new()).unwrap();
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
                let home = self.place(lead.message_status, lead.lead_id, &part.profile, &part.facts).1;
                self.unknown(lead, home)
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
                if !was_live {
                    let known = known.clone();
                    self.place(known.domain, known.id, &known.profile(), &known.facts());
                }
                return Verdict::Update;
            }
        }
        let (verdict, home) = self.place(lead.message_status, lead.lead_id, &part.profile, &part.facts);
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

    /// Verdict and home, and the lead stands in its cluster.
    fn place(
        &mut self,
        domain: MessageStatus,
        id: LeadId,
        profile: &Profile,
        facts: &BTreeSet<FactDigest>,
    ) -> (Verdict, MatterId) {
        let mut live: Vec<&Known> =
            self.leads.iter().filter(|k| k.domain == domain && k.id != id && k.live()).collect();
        live.sort_by_key(|k| k.opened);
        let (table, digester) = (Table::parse(SHIPPED).unwrap(), profiler().digester());
        let mut linker = Linker::new(table, Rulebook::Leads, digester);
        let ledger = ledger(&mut self.ledgers, domain);
        for (accepted, known) in (1..).zip(&live) {
            let cluster = ledger.cluster(known.id.0).unwrap();
            linker.insert(known.id.0, accepted, cluster, known.profile()).unwrap();
        }
        let found = linker.assess(profile, None);
        linker.insert(id.0, 1_000, id.0, profile.clone()).unwrap();
        ledger.open(id.0, self.arrived).unwrap();
        let links: Vec<&Scored> =
            found.candidates.iter().filter(|c| c.decision == Decision::Link).take(16).collect();
        let mut propose = |c: &Scored| {
            let groups = c.score.groups.iter().filter(|(_, sum)| *sum >= 3_000).map(|(group, _)| group);
            let edge = Edge { groups: groups.collect(), ..an_edge(c.score.total) };
            let contradicts = |a, b| linker.contradict(a, b);
            let proposal = ledger.propose((id.0, c.id), edge, contradicts, &mut Vec::new()).unwrap();
            !matches!(proposal, Proposal::Review(_))
        };
        let best = links.first().map(|c| (c.cluster, LeadId(c.id)));
        let (own, others): (Vec<&Scored>, Vec<&Scored>) =
            links.iter().partition(|c| Some(c.cluster) == best.map(|(cluster, _)| cluster));
        let joined = own.into_iter().filter(|c| propose(c)).count() > 0;
        if joined {
            for candidate in others {
                propose(candidate);
            }
        }
        let (_, best) = match (found.best, best) {
            (Decision::Link, Some(best)) if joined => best,
            (Decision::Link | Decision::Review, _) => return (Verdict::Review, id.into()),
            (Decision::Relation | Decision::None, _) => return (Verdict::New, id.into()),
        };
        let home = live.iter().find(|k| k.id == best).unwrap().home;
        let cluster = ledger.cluster(id.0);
        let mut members: Vec<_> = live.into_iter().filter(|k| ledger.cluster(k.id.0) == cluster).collect();
        members.sort_by_key(|k| std::cmp::Reverse(k.opened));
        members.truncate(self.members);
        let known: BTreeSet<_> = members.iter().flat_map(|k| k.facts()).collect();
        (if facts.is_subset(&known) { Verdict::Duplicate } else { Verdict::Related }, home)
    }
}

fn ledger(ledgers: &mut BTreeMap<MessageStatus, Ledger>, domain: MessageStatus) -> &mut Ledger {
    ledgers.entry(domain).or_insert_with(|| Ledger::new(Growth::of(6_600)))
}

fn an_edge(weight: i32) -> Edge {
    Edge { weight, groups: Vec::new(), table: String::new(), cause: Cause::Auto, time_ms: 0 }
}
