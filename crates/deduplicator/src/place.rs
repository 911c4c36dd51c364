//! Where a lead stands: which clusters it joins when it comes, what its leaving parts, and what officers say of it.

use lead::code::MessageStatus;
use lead::matter::{Judgement, MatchDecision};
use lead::{LeadId, MatterId};
use linkage::{Cause, Decision, Edge, Growth, Hold, Id, Profile, Proposal, Rulebook, Scored, Table};
use pipeline::{Order, StateError};

use crate::assess::{Assessment, Assessor};
use crate::evidence::{self, Standing};
use crate::index::links::Word;
use crate::index::{Index, ShortFact, domain_code};
use crate::lead_state::LeadState;
use crate::matters::{Matters, Moved};
use crate::state::State;
use crate::verdict;

/// A lead that comes to life.
pub(crate) struct Arriving<'f> {
    pub(crate) id: LeadId,
    pub(crate) domain: MessageStatus,
    /// All that it says.
    pub(crate) whole: Profile,
    pub(crate) facts: &'f [ShortFact],
    pub(crate) order: Order,
}

/// What became of an officer's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whether it is newer than what was said of the two before.
    pub is_news: bool,
    /// Leads that stand in another cluster now.
    pub moved: Vec<Moved>,
}

impl Assessor {
    /// Line 5: looks for candidates and finds the cluster of the lead, and its home if it `has_no_home` yet.
    pub(crate) fn place<S: State>(
        &mut self,
        arriving: Arriving<'_>,
        state: &mut LeadState,
        has_no_home: bool,
        index: &mut Index<'_, S>,
    ) -> Result<Assessment, StateError> {
        let Arriving { id, domain, whole, facts, order } = arriving;
        let bounds = self.config.bounds;
        let table = &self.config.table;
        let accepted = state.accepted.unwrap_or_default();
        let linker = self.domains.index_of(domain)?;
        let found = linker.assess(&whole, None);
        let links: Vec<&Scored> = found
            .candidates
            .iter()
            .take_while(|c| c.decision == Decision::Link && found.best == Decision::Link)
            .take(bounds.links as usize)
            .collect();

        let concerned: Vec<LeadId> = [id].into_iter().chain(links.iter().map(|c| LeadId(c.id))).collect();
        let mut matters = Matters::of(index, &concerned, self.growth())?;
        matters.open(id, accepted)?;
        let contradicts = |a: Id, b: Id| match (a == id.0, b == id.0) {
            (true, _) => linker.contradicts(&whole, b),
            (_, true) => linker.contradicts(&whole, a),
            _ => linker.contradict(a, b),
        };
        let best_cluster = links.first().map(|best| best.cluster);
        let (own, others): (Vec<&Scored>, Vec<&Scored>) =
            links.iter().partition(|c| Some(c.cluster) == best_cluster);
        let mut holds: Vec<(Id, Hold)> = Vec::new();
        let mut joined = false;
        for (is_best, candidate) in
            own.into_iter().map(|c| (true, c)).chain(others.into_iter().map(|c| (false, c)))
        {
            // Only who has joined its best matter may bring others into it.
            if !is_best && !joined {
                break;
            }
            let edge = edge_of(candidate, table, order.timestamp.0);
            match matters.propose((id.0, candidate.id), edge, contradicts)? {
                Proposal::Review(hold) => holds.push((candidate.id, hold)),
                Proposal::Joined | Proposal::Within => joined = true,
            }
        }
        let best = match (found.best, joined) {
            (Decision::Link, false) => Decision::Review,
            (decision, _) => decision,
        };
        let cluster = matters.cluster(id);
        if has_no_home {
            let best = links.first().filter(|_| joined).map(|best| LeadId(best.id));
            let home = best.map(|best| Ok::<_, StateError>(index.lead(best)?.map(|s| s.home(best))));
            state.set_home(id, home.transpose()?.flatten().unwrap_or(id.into()));
        }
        state.set_cluster(id, cluster);
        let verdict = verdict::of_new(best, || {
            let mut left = facts.to_vec();
            let members = matters.others(id).into_iter().take(bounds.members as usize);
            index.subtract(members, &mut left, bounds.additions as usize)?;
            Ok::<_, StateError>(!left.is_empty())
        })?;
        let standing = Standing { verdict, matters: &matters, cluster, holds: &holds };
        let (links, evidence) = evidence::explain(&found, &standing, table, bounds);
        let hot = evidence::hot(&found, &whole);
        let marks = self.domains.change(domain, |linker| linker.insert(id.0, accepted, cluster, whole))?;
        index.mark_all(marks);
        let moved = self.write(matters, domain, Some(id), index)?;
        Ok(Assessment {
            verdict,
            matter_id: state.home(id),
            cluster_id: MatterId(cluster),
            version: state.version,
            evidence,
            links,
            hot,
            moved,
        })
    }

    /// What a lead says leaves the indexes; its additions are kept for a later report.
    pub(crate) fn withdraw<S: State>(
        &mut self,
        domain: MessageStatus,
        id: LeadId,
        state: &mut LeadState,
        index: &mut Index<'_, S>,
    ) -> Result<Vec<Moved>, StateError> {
        let mut moved = Vec::new();
        if state.is_live() {
            let marks = self.domains.change(domain, |linker| linker.remove(id.0))?;
            index.mark_all(marks);
            let mut matters = Matters::of(index, &[id], self.growth())?;
            matters.remove(id)?;
            moved = self.write(matters, domain, Some(id), index)?;
            // Edges that wait for a person lead to other clusters.
            for other in index.neighbours(id.0)? {
                index.delete_edge(id.0, other);
            }
            state.set_cluster(id, id.0);
        }
        if state.base.take().is_some() {
            index.delete_base(id);
        }
        state.withdrawn = true;
        Ok(moved)
    }

    /// Takes an officer's word on two leads: it holds for what is live now and for what comes.
    pub fn decide(
        &mut self,
        decision: &MatchDecision,
        state: &mut impl State,
    ) -> Result<Decided, StateError> {
        let (a, b) = (decision.first.0, decision.second.0);
        let are_same = decision.judgement == Judgement::Same;
        let mut index = Index::new(state, domain_code(decision.domain));
        let is_news = a != b && index.word(a, b)?.is_none_or(|word| word.at < decision.at.0);
        if !is_news {
            return Ok(Decided { is_news, moved: Vec::new() });
        }
        let mut matters = Matters::of(&index, &[decision.first, decision.second], self.growth())?;
        match (matters.hold(a, b), are_same) {
            (true, true) => matters.confirm((a, b), edge_of_officer(decision, &self.config.table))?,
            (true, false) => matters.unlink(a, b)?,
            // What is said of a lead that is not there is kept for when it comes.
            (false, _) => {}
        }
        index.put_word(a, b, &Word { are_same, at: decision.at.0, officer: decision.officer.clone() })?;
        let moved = self.write(matters, decision.domain, None, &mut index)?;
        Ok(Decided { is_news, moved })
    }

    /// Writes clusters that changed, to the state and to the index.
    fn write<S: State>(
        &mut self,
        matters: Matters,
        domain: MessageStatus,
        in_hand: Option<LeadId>,
        index: &mut Index<'_, S>,
    ) -> Result<Vec<Moved>, StateError> {
        let moved = matters.write(index, in_hand)?;
        for Moved { cluster, leads, .. } in &moved {
            for lead in leads {
                let marks = self.domains.change(domain, |linker| linker.recluster(lead.0, cluster.0))?;
                index.mark_all(marks);
            }
        }
        Ok(moved)
    }

    fn growth(&self) -> Growth {
        Growth::of(self.config.table.rules(Rulebook::Leads).link)
    }
}

fn edge_of(candidate: &Scored, table: &Table, time_ms: i64) -> Edge {
    let least = table.corroboration.least;
    let groups = candidate.score.groups.iter().filter(|(_, sum)| *sum >= least).map(|(group, _)| group);
    Edge {
        weight: candidate.score.total,
        groups: groups.collect(),
        table: table.hash().to_owned(),
        cause: Cause::Auto,
        time_ms,
    }
}

fn edge_of_officer(decision: &MatchDecision, table: &Table) -> Edge {
    let officer = blake3::hash(decision.officer.as_bytes());
    Edge {
        weight: table.rules(Rulebook::Leads).link,
        groups: Vec::new(),
        table: table.hash().to_owned(),
        cause: Cause::Officer(officer.as_bytes().first_chunk().copied().unwrap_or_default()),
        time_ms: decision.at.0.div_euclid(1_000),
    }
}
