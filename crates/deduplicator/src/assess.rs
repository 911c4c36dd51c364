//! The fold over leads: what each ruling reads and changes.

use std::io::{self, Read, Write};
use std::sync::Arc;

use lead::code::{MessageKind, MessageStatus};
use lead::matter::{Evidence, HotKey, LeadLink, LegalHold, Purge};
use lead::{Lead, LeadId, MatterId, SiteKeys, Verdict};
use linkage::Profile;
use pipeline::{Offset, Order, StateError, Store};

use crate::config::Config;
use crate::domains::Domains;
use crate::index::due::due;
use crate::index::{Addition, AdditionKey, Index, ShortFact, domain_code, short_facts};
use crate::lead_state::LeadState;
use crate::matters::Moved;
use crate::place::Arriving;
use crate::profile::{Profiler, union};
use crate::state::State;
use crate::verdict::{self, Arrival, ContentDigest, Marker, Purged, Ruling, Shape};

/// What the deduplicator says of one lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// The home matter.
    pub matter_id: MatterId,
    /// The cluster that it stands in.
    pub cluster_id: MatterId,
    /// Version of the lead in our count.
    pub version: u32,
    /// What was compared, that of the best candidate first.
    pub evidence: Vec<Evidence>,
    /// Candidates, best first.
    pub links: Vec<LeadLink>,
    /// Values that were too common.
    pub hot: Vec<HotKey>,
    /// Other leads that stand in another cluster now.
    pub moved: Vec<Moved>,
}

/// Why a lead has no verdict.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// It adds to a report of which nothing is kept any more.
    #[error(
        "it adds to a report whose time is over and that was purged; the agency has to send the whole report again"
    )]
    AddsToPurged,
}

impl Assessment {
    /// Of a lead that is known, or withdrawn before it was: no other lead has a part in it.
    fn plain(verdict: Verdict, lead: &Lead, state: &LeadState) -> Self {
        Self {
            verdict,
            matter_id: state.home(lead.lead_id),
            cluster_id: MatterId(state.cluster(lead.lead_id)),
            version: state.version,
            evidence: Vec::new(),
            links: Vec::new(),
            hot: Vec::new(),
            moved: Vec::new(),
        }
    }
}

/// Decides leads: the deduplicator without records and Avro.
pub struct Assessor {
    pub(crate) config: Arc<Config>,
    keys: SiteKeys,
    profiler: Profiler,
    pub(crate) domains: Domains,
}

/// What the arriving lead says, under the site's keys.
struct Said {
    profile: Profile,
    facts: Vec<ShortFact>,
}

impl Assessor {
    /// An assessor with this configuration and this site's keys, on an empty state.
    pub fn new(config: Arc<Config>, keys: SiteKeys) -> Self {
        let profiler = Profiler::new(&keys, config.clone());
        let domains = Domains::new(config.table.clone(), profiler.digester());
        Self { config, keys, profiler, domains }
    }

    /// Builds the index in memory from the state.
    pub fn restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        self.domains.restore(store, self.config.bounds.additions as usize)
    }

    /// Brings it up to date with a state in which nothing but these keys changed.
    pub fn follow(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        self.domains.follow(store, keys, self.config.bounds.additions as usize)
    }

    /// Writes the index in memory as it is after the last commit.
    pub(crate) fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        self.domains.write_image(out)
    }

    /// Takes an index as it was; false if it cannot be used.
    pub(crate) fn read_image(&mut self, image: &mut dyn Read) -> bool {
        self.domains.read_image(image).is_ok()
    }

    /// Everything since the last commit stands.
    pub fn commit(&mut self) {
        self.domains.commit();
    }

    /// Everything since the last commit is taken back.
    pub fn abort(&mut self) {
        self.domains.abort();
    }

    pub(crate) fn set_savepoint(&mut self) {
        self.domains.set_savepoint();
    }

    pub(crate) fn roll_back(&mut self) {
        self.domains.roll_back();
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
    ) -> Result<Assessment, AssessError> {
        let id = lead.lead_id;
        let mut index = Index::new(state, domain_code(lead.domain()));
        let known = index.lead(id)?;
        let addition_key = self.addition_key(lead);
        let addition = match (&addition_key, &known) {
            (Some(key), Some(_)) => index.addition(id, key)?,
            _ => None,
        };
        let content = content_digest(lead);
        let arrival = Arrival { shape: shape(lead), order, content, marker: self.marker(content) };
        let before = known.as_ref().map(|s| s.known(addition.as_ref().map(|a| (a.order, a.content))));
        let ruling = verdict::rule(&arrival, before.as_ref());
        let is_known = known.is_some();
        let mut state = known.unwrap_or_default();
        match ruling {
            Ruling::Stale => return Ok(Assessment::plain(Verdict::Stale, lead, &state)),
            Ruling::AddsToPurged => return Err(AssessError::AddsToPurged),
            Ruling::Replay => return Ok(Assessment::plain(Verdict::Replay, lead, &state)),
            Ruling::ReplayBase => {
                state.last = Some(order);
                index.put_lead(id, &state)?;
                return Ok(Assessment::plain(Verdict::Replay, lead, &state));
            }
            Ruling::Cancel => {
                let moved = self.withdraw(lead.domain(), id, &mut state, &mut index)?;
                // What never came has no version, however often it is withdrawn.
                if state.version > 0 {
                    state.version = state.version.saturating_add(1);
                }
                state.last = Some(order);
                // Who held it has heard that it is withdrawn: the same again is news to them.
                state.purged = None;
                index.put_lead(id, &state)?;
                return Ok(Assessment { moved, ..Assessment::plain(Verdict::Cancel, lead, &state) });
            }
            Ruling::Amend | Ruling::Update | Ruling::Open => {}
        }

        // What is left accepts what the lead says.
        let said = self.said(lead);
        let was_live = state.is_live();
        if let Some(key) = addition_key {
            state.additions = state.additions.saturating_add(u32::from(addition.is_none()));
            let profile = said.profile.encode();
            index.put_addition(
                id,
                &key,
                &Addition { order, content: arrival.content, profile },
                &said.facts,
            )?;
        } else {
            state.base = Some(arrival.content);
            state.purged = None;
            state.last = Some(order);
            state.withdrawn = false;
            index.put_facts(id, &said.facts);
            index.put_profile(id, &said.profile);
        }
        state.version = state.version.saturating_add(1);
        let whole = self.whole(id, &state, said.profile, &index)?;
        let verdict = match ruling {
            Ruling::Amend => Some(Verdict::Amendment),
            Ruling::Update => Some(Verdict::Update),
            _ => None,
        };
        let mut assessment = Assessment::plain(verdict.unwrap_or_default(), lead, &state);
        if was_live {
            let marks = self.domains.change(lead.domain(), |linker| linker.replace(id.0, whole))?;
            index.mark_all(marks);
        } else {
            state.accepted = Some(accepted.0);
            let arriving = Arriving { id, domain: lead.domain(), whole, facts: &said.facts, order };
            let placed = self.place(arriving, &mut state, ruling == Ruling::Open || !is_known, &mut index)?;
            assessment = Assessment { verdict: verdict.unwrap_or(placed.verdict), ..placed };
        }
        let due = later(&state, lead);
        index.put_due(id, state.due, due)?;
        state.due = due;
        index.put_lead(id, &state)?;
        Ok(assessment)
    }

    /// The time of a lead is over, as it was when `due` was noted: what it says leaves state and indexes. `None` when there
    /// is nothing to purge, or a version came that has a time of its own; else the version that was purged, and which leads
    /// stand elsewhere now.
    pub fn purge(
        &mut self,
        purge: &Purge,
        state: &mut impl State,
    ) -> Result<Option<(u32, Vec<Moved>)>, StateError> {
        let id = purge.lead_id;
        let mut index = Index::new(state, domain_code(purge.domain));
        let Some(mut state) = index.lead(id)?.filter(|state| state.due == Some(purge.due.0)) else {
            return Ok(None);
        };
        if index.is_held(id)? {
            return Ok(None);
        }
        // Who held what was withdrawn heard of that: the same again is news to them.
        let purged = Purged { base: state.base.map(|content| self.marker(content)) };
        state.purged = (!state.withdrawn).then_some(purged);
        let moved = self.withdraw(purge.domain, id, &mut state, &mut index)?;
        index.delete_additions(id)?;
        index.put_due(id, state.due, None)?;
        state.additions = 0;
        state.due = None;
        index.put_lead(id, &state)?;
        Ok(Some((state.version, moved)))
    }

    /// Leads whose time was over at `now`, in microseconds, with their home matters. Each is told once: its time is then
    /// forgotten, and only the lead knows it.
    pub fn due(
        &self,
        now: i64,
        limit: usize,
        state: &mut impl State,
    ) -> Result<Vec<(i64, MessageStatus, LeadId, MatterId)>, StateError> {
        let mut found = Vec::new();
        for (at, domain, id) in due(state, now, limit)? {
            let mut index = Index::new(state, domain_code(domain));
            let home = index.lead(id)?.map_or_else(|| id.into(), |state| state.home(id));
            index.put_due(id, Some(at), None)?;
            found.push((at, domain, id, home));
        }
        Ok(found)
    }

    /// Takes an officer's word on whether what is kept of a lead stays when its time is over; false if it is not later than
    /// the last on that hold. When no hold is left the lead has its time again.
    pub fn hold(&mut self, word: &LegalHold, state: &mut impl State) -> Result<bool, StateError> {
        let mut index = Index::new(state, domain_code(word.domain));
        let due = index.lead(word.lead_id)?.and_then(|state| state.due);
        index.hold(word, due)
    }

    fn marker(&self, content: ContentDigest) -> Marker {
        first16(blake3::keyed_hash(&self.keys.matching, &content).as_bytes())
    }

    /// What the lead says with all its additions, of which `arrived` is one or the base.
    fn whole(
        &self,
        id: LeadId,
        state: &LeadState,
        arrived: Profile,
        index: &Index<'_, impl State>,
    ) -> Result<Profile, StateError> {
        if state.additions == 0 {
            return Ok(arrived);
        }
        let additions = index.addition_profiles(id, self.config.bounds.additions as usize)?;
        Ok(union(index.profile(id)?.into_iter().chain(additions)))
    }

    fn said(&self, lead: &Lead) -> Said {
        let profile = self.profiler.profile(lead);
        Said { profile, facts: short_facts(&lead.content.facts(&self.keys.facts)) }
    }

    /// An amendment key as the state names it: of one length, whatever an agency writes.
    fn addition_key(&self, lead: &Lead) -> Option<AdditionKey> {
        let text = lead.amendment_key.as_ref().filter(|_| lead.is_amendment())?;
        Some(first16(blake3::keyed_hash(&self.keys.matching, text.as_bytes()).as_bytes()))
    }
}

/// When the time of a lead is over that says this too: never sooner than was said of any part of it, and not at all while
/// the newest says that it must be held.
fn later(state: &LeadState, lead: &Lead) -> Option<i64> {
    match &lead.retention {
        None => state.due,
        Some(retention) if retention.legal_hold => None,
        Some(retention) => retention.purge_due.map(|due| due.0).max(state.due),
    }
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
