//! The fold over leads: what each ruling reads and changes.

use std::sync::Arc;

use lead::code::MessageKind;
use lead::matter::{Evidence, HotKey, LeadLink};
use lead::{Lead, LeadId, MatterId, SiteKeys, Verdict};
use pipeline::{Offset, Order, StateError};

use crate::candidate::{Agreement, Candidates};
use crate::config::Config;
use crate::index::{Addition, AdditionKey, Holder, Index, Posting, ShortFact, short_facts};
use crate::lead_state::LeadState;
use crate::match_key::{KeyDigest, MatchKey, domain_code, match_keys};
use crate::score::{ExactKeyScorer, Scorer};
use crate::state::State;
use crate::verdict::{self, Arrival, ContentDigest, Ruling, Shape};

/// What the deduplicator says of one lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// The home matter.
    pub matter_id: MatterId,
    /// Version of the lead in our count.
    pub version: u32,
    /// The keys that agreed, those of the best candidate first.
    pub evidence: Vec<Evidence>,
    /// Candidates, best first.
    pub links: Vec<LeadLink>,
    /// Keys that were too common.
    pub hot: Vec<HotKey>,
}

impl Assessment {
    /// Of a lead that is known, or withdrawn before it was: no other lead has a part in it.
    fn plain(verdict: Verdict, lead: &Lead, state: &LeadState) -> Self {
        Self {
            verdict,
            matter_id: state.home(lead.lead_id),
            version: state.version,
            evidence: Vec::new(),
            links: Vec::new(),
            hot: Vec::new(),
        }
    }
}

/// Decides leads: the deduplicator without records and Avro.
pub struct Assessor {
    config: Arc<Config>,
    keys: SiteKeys,
    scorer: Box<dyn Scorer>,
    candidates: Candidates,
    // Postings that `place` read, so that the usual lead reads each once.
    postings: Vec<(KeyDigest, Posting)>,
}

/// What the arriving lead says, under the site's keys.
struct Said {
    keys: Vec<MatchKey>,
    facts: Vec<ShortFact>,
}

impl Assessor {
    /// An assessor with this configuration and this site's keys.
    pub fn new(config: Arc<Config>, keys: SiteKeys) -> Self {
        let scorer = Box::new(ExactKeyScorer::new(config.weights));
        Self { config, keys, scorer, candidates: Candidates::default(), postings: Vec::new() }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Decides one lead. `order` is that of its original inbound record; `accepted` its place in the
    /// committed order, higher than that of every lead decided before.
    pub fn assess(
        &mut self,
        lead: &Lead,
        order: Order,
        accepted: Offset,
        state: &mut impl State,
    ) -> Result<Assessment, StateError> {
        let id = lead.lead_id;
        let mut index = Index::new(state, domain_code(lead.domain()));
        let known = index.lead(id)?;
        let addition_key = self.addition_key(lead);
        let addition = match (&addition_key, &known) {
            (Some(key), Some(_)) => index.addition(id, key)?,
            _ => None,
        };
        let arrival = Arrival { shape: shape(lead), order, content: content_digest(lead) };
        let before = known.as_ref().map(|s| s.known(addition.as_ref().map(|a| (a.order, a.content))));
        let ruling = verdict::rule(&arrival, before.as_ref());
        let is_known = known.is_some();
        let mut state = known.unwrap_or_default();
        match ruling {
            Ruling::Stale => return Ok(Assessment::plain(Verdict::Stale, lead, &state)),
            Ruling::Replay => return Ok(Assessment::plain(Verdict::Replay, lead, &state)),
            Ruling::ReplayBase => {
                state.last = Some(order);
                index.put_lead(id, &state)?;
                return Ok(Assessment::plain(Verdict::Replay, lead, &state));
            }
            Ruling::Cancel => {
                withdraw(id, &mut state, &mut index)?;
                // What never came has no version, however often it is withdrawn.
                if state.version > 0 {
                    state.version = state.version.saturating_add(1);
                }
                state.last = Some(order);
                index.put_lead(id, &state)?;
                return Ok(Assessment::plain(Verdict::Cancel, lead, &state));
            }
            Ruling::Amend | Ruling::Update | Ruling::Open => {}
        }

        // What is left accepts what the lead says.
        self.postings.clear();
        let said = self.said(lead);
        let placed = match ruling {
            Ruling::Open => Some(self.place(lead, &said, &mut state, &index)?),
            Ruling::Amend if !is_known => Some(self.place(lead, &said, &mut state, &index)?),
            _ => None,
        };
        let held_before: Vec<KeyDigest> = if state.is_live() { state.keys().collect() } else { Vec::new() };
        let was_live = state.is_live();
        let cap = self.config.caps.keys as usize;
        if let Some(key) = addition_key {
            let replaced = addition.as_ref().map_or(&[][..], |a| &a.keys);
            let keys = state.set_addition_keys(replaced, &said.keys, cap);
            state.additions = state.additions.saturating_add(u32::from(addition.is_none()));
            index.put_addition(id, &key, &Addition { order, content: arrival.content, keys }, &said.facts)?;
        } else {
            state.set_base_keys(&said.keys, cap);
            state.base = Some(arrival.content);
            state.last = Some(order);
            state.withdrawn = false;
            index.put_facts(id, &said.facts);
        }
        state.version = state.version.saturating_add(1);
        let accepted = *state.accepted.get_or_insert(accepted.0);
        let home = state.home(id);
        if !was_live && home != id.into() {
            index.join(home, id, accepted);
        }
        self.repost(Holder { lead: id.0, accepted }, &held_before, &state, &mut index)?;
        index.put_lead(id, &state)?;
        let verdict = if ruling == Ruling::Amend { Verdict::Amendment } else { Verdict::Update };
        Ok(match placed {
            None => Assessment::plain(verdict, lead, &state),
            Some(placed) if ruling == Ruling::Amend => {
                Assessment { verdict, version: state.version, ..placed }
            }
            Some(placed) => Assessment { version: state.version, ..placed },
        })
    }

    /// Line 5: looks for candidates and puts the lead into its home matter.
    fn place(
        &mut self,
        lead: &Lead,
        said: &Said,
        state: &mut LeadState,
        index: &Index<'_, impl State>,
    ) -> Result<Assessment, StateError> {
        let caps = &self.config.caps;
        let mut hot = Vec::new();
        self.candidates.clear();
        for key in said.keys.iter().take(caps.keys as usize) {
            let posting = index.posting(key.digest)?;
            match &posting {
                Posting::Hot(seen) => hot.push(HotKey { kind: key.kind, seen: count(*seen) }),
                Posting::Held(holders) => {
                    let seen = u32::try_from(holders.len()).unwrap_or(u32::MAX);
                    for holder in holders {
                        let agreement = Agreement { key: *key, seen };
                        self.candidates.note(LeadId(holder.lead), holder.accepted, agreement);
                    }
                }
            }
            self.postings.push((key.digest, posting));
        }
        self.postings.sort_unstable_by_key(|(key, _)| *key);
        self.candidates.rank(self.scorer.as_ref(), caps.candidates as usize);
        let best = self.candidates.iter().next().map(|(candidate, _)| candidate.lead_id);
        let home = match best {
            None => lead.lead_id.into(),
            Some(best) => index.lead(best)?.ok_or_else(|| lost_lead("posting"))?.home(best),
        };
        state.set_home(lead.lead_id, home);
        let verdict = verdict::of_new(best.is_some(), || {
            let mut facts = said.facts.clone();
            index.subtract_matter(home, &mut facts, caps.members as usize, caps.additions as usize)?;
            Ok::<_, StateError>(!facts.is_empty())
        })?;
        let (links, evidence) = self.explain(verdict);
        Ok(Assessment { verdict, matter_id: home, version: state.version, evidence, links, hot })
    }

    /// Links and evidence of the candidates, best first, as far as the caps allow.
    fn explain(&self, verdict: Verdict) -> (Vec<LeadLink>, Vec<Evidence>) {
        let (mut links, mut evidence) = (Vec::new(), Vec::new());
        for (candidate, total) in self.candidates.iter().take(self.config.caps.links as usize) {
            let repeats = verdict == Verdict::Duplicate && links.is_empty();
            links.push(LeadLink {
                lead_id: candidate.lead_id,
                relation: if repeats { "repeats" } else { "related" }.into(),
                weight_millibits: total.0,
            });
            let room = (self.config.caps.evidence as usize).saturating_sub(evidence.len());
            evidence.extend(candidate.agreements.iter().take(room).map(|agreement| Evidence {
                kind: agreement.key.kind,
                digest: agreement.key.digest.to_string(),
                lead_id: candidate.lead_id,
                weight_millibits: self.scorer.weight(agreement).0,
                seen: count(agreement.seen),
            }));
        }
        (links, evidence)
    }

    /// Brings the postings from the keys that were held to those of the state. Both are sorted.
    fn repost(
        &mut self,
        holder: Holder,
        before: &[KeyDigest],
        state: &LeadState,
        index: &mut Index<'_, impl State>,
    ) -> Result<(), StateError> {
        let cap = self.config.caps.postings as usize;
        for key in state.keys().filter(|k| before.binary_search(k).is_err()) {
            let read = self.postings.binary_search_by(|(k, _)| k.cmp(&key)).ok();
            let mut posting = match read.and_then(|at| self.postings.get_mut(at)) {
                Some((_, posting)) => std::mem::replace(posting, Posting::Held(Vec::new())),
                None => index.posting(key)?,
            };
            posting.add(holder, cap);
            index.put_posting(key, &posting)?;
        }
        let after: Vec<KeyDigest> = if before.is_empty() { Vec::new() } else { state.keys().collect() };
        for key in before.iter().filter(|k| after.binary_search(k).is_err()) {
            unpost(LeadId(holder.lead), *key, index)?;
        }
        Ok(())
    }

    fn said(&self, lead: &Lead) -> Said {
        let keys = match_keys(lead, &self.keys.matching);
        Said { keys, facts: short_facts(&lead.content.facts(&self.keys.facts)) }
    }

    /// An amendment key as the state names it: of one length, whatever an agency writes.
    fn addition_key(&self, lead: &Lead) -> Option<AdditionKey> {
        let text = lead.amendment_key.as_ref().filter(|_| lead.is_amendment())?;
        Some(first16(blake3::keyed_hash(&self.keys.matching, text.as_bytes()).as_bytes()))
    }
}

/// The keys and facts of a lead leave the indexes; its additions are kept for a later report.
fn withdraw(id: LeadId, state: &mut LeadState, index: &mut Index<'_, impl State>) -> Result<(), StateError> {
    if state.is_live() {
        for key in state.keys() {
            unpost(id, key, index)?;
        }
        let home = state.home(id);
        if let Some(accepted) = state.accepted.filter(|_| home != id.into()) {
            index.leave(home, accepted);
        }
    }
    if state.base.take().is_some() {
        index.delete_facts(id);
    }
    state.set_base_keys(&[], 0);
    state.withdrawn = true;
    Ok(())
}

fn unpost(id: LeadId, key: KeyDigest, index: &mut Index<'_, impl State>) -> Result<(), StateError> {
    let mut posting = index.posting(key)?;
    posting.remove(id);
    index.put_posting(key, &posting)
}

fn shape(lead: &Lead) -> Shape {
    match lead.message_kind {
        MessageKind::Cancel => Shape::Cancel,
        _ if lead.is_amendment() => Shape::Addition,
        _ => Shape::Base,
    }
}

fn content_digest(lead: &Lead) -> ContentDigest {
    first16(&lead.content_hash.0)
}

fn first16(bytes: &[u8; 32]) -> [u8; 16] {
    bytes.first_chunk().copied().unwrap_or_default()
}

fn count(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn lost_lead(entry: &'static str) -> StateError {
    StateError::Corrupt { entry, detail: "it names a lead that is not in the state".into() }
}
