//! What the router remembers, and where.
//!
//! Every key begins with a letter for its kind, then the domain, so that exercises and tests have a
//! state of their own even under the same lead ids:
//!
//! | key | value |
//! |---|---|
//! | `l` domain lead | [`LeadState`]: version, what it is made of, and the copy at each partner |
//! | `b` domain lead | the event that brought the current base, as read |
//! | `a` domain lead addition | the event that brought this addition, as read |
//! | `f` domain lead | the facts of the whole lead, with the classes they need |
//! | `m` domain matter newest-first lead | a live lead of the matter |
//! | `c` domain coverer covered | a copy of the one covers a copy of the other somewhere |
//! | `w` partner domain lead | the copy waits for the partner, not to be tried before the time here |
//! | `t` partner | where the last tick stopped in the partner's waiting list |
//! | `d` time what domain lead partner | what is due at a time: see [`crate::deadline`] |
//! | `u` domain lead partner | leads.held.v1 refused what is to be said there of this hold |
//! | `n` | the head of the chain of decisions |
//! | `h` | hash of the policies and partners that the last input was decided under |
//!
//! INVARIANT: `m`, `c`, `d` and `w` are functions of the `l` entries; only [`State::save`] writes them.
//! Events are kept as read: they carry their schema's id, so a new version of this program reads old
//! state, and nothing is encoded a second time. Keys hold no person's data: they are changelog keys.

use std::collections::BTreeMap;

use lead::code::MessageStatus;
use lead::document::DocumentError;
use lead::ident::content_hash;
use lead::matter::AssessedLead;
use lead::{ContentHash, Facts, Lead, LeadId, MatterEvent, MatterId, wire};
use pipeline::{Batch, StateError, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::chain::Head;
use crate::deadline::{deadlines, entry};
use crate::fold::fold;
pub(crate) use crate::key::LeadKey;
use crate::key::domain_byte;
pub(crate) use crate::lead_state::{Addition, Copy, LeadState, WaitReason, Waiting};

/// Version of the layout of [`LeadState`], its first byte.
const LAYOUT: u8 = 5;
/// The key of the configuration's hash.
const CONFIGURATION: &[u8] = b"h";
/// The key of the head of the chain.
const HEAD: &[u8] = b"n";
/// The value of an index entry: never empty, for an empty value is easily taken for a tombstone.
const PRESENT: &[u8] = &[1];

/// Where the tick stands in a partner's waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    /// Whether the configuration changed, so that the whole list is tried once, whatever it waits for.
    pub(crate) sweeps: bool,
    /// The copy after which it goes on; from the start without one.
    pub(crate) after: Option<LeadKey>,
}

/// A whole lead with what its verdict said of it.
pub(crate) struct Body {
    /// Base and additions in one.
    pub(crate) lead: Lead,
    /// The matching configuration of the newest part, by hash.
    pub(crate) matching: String,
}

/// The state, seen through a batch.
pub(crate) struct State<'b, 'a>(pub(crate) &'b mut Batch<'a>);

impl State<'_, '_> {
    /// What is known of a lead.
    pub(crate) fn lead(&self, key: LeadKey) -> Result<Option<LeadState>, StateError> {
        let Some(bytes) = self.0.get(&key.bytes(b'l'))? else { return Ok(None) };
        match bytes.split_first() {
            Some((&LAYOUT, body)) => parse("lead", body).map(Some),
            _ => Err(corrupt("lead", "the layout is of another version")),
        }
    }

    /// Writes a lead, and what the indexes say of it. `before` is what [`State::lead`] gave.
    pub(crate) fn save(
        &mut self,
        key: LeadKey,
        before: Option<&LeadState>,
        after: &LeadState,
    ) -> Result<(), StateError> {
        if before == Some(after) {
            return Ok(());
        }
        let old = before.map(|state| index_of(key, state)).unwrap_or_default();
        let new = index_of(key, after);
        for entry in old.keys().filter(|entry| !new.contains_key(*entry)) {
            self.0.delete(entry.clone());
        }
        for (entry, value) in new {
            if old.get(&entry) != Some(&value) {
                self.0.put(entry, value);
            }
        }
        let mut bytes = vec![LAYOUT];
        bytes.extend(write("lead", after)?);
        self.0.put(key.bytes(b'l'), bytes);
        Ok(())
    }

    /// Keeps the event that brought a base.
    pub(crate) fn put_base(&mut self, key: LeadKey, event: &[u8]) {
        self.0.put(key.bytes(b'b'), event.to_vec());
    }

    /// Drops base and facts of a withdrawn lead.
    pub(crate) fn drop_base(&mut self, key: LeadKey) {
        self.0.delete(key.bytes(b'b'));
        self.0.delete(key.bytes(b'f'));
    }

    /// Drops an addition.
    pub(crate) fn drop_addition(&mut self, key: LeadKey, addition: &[u8; 32]) {
        self.0.delete(addition_key(key, addition));
    }

    /// Keeps the event that brought an addition.
    pub(crate) fn put_addition(&mut self, key: LeadKey, addition: &[u8; 32], event: &[u8]) {
        self.0.put(addition_key(key, addition), event.to_vec());
    }

    /// The whole lead: base with additions folded in. An event is accepted only if its lead folds.
    pub(crate) fn body(
        &self,
        key: LeadKey,
        state: &LeadState,
    ) -> Result<Result<Option<Body>, DocumentError>, StateError> {
        let mut matching = String::new();
        let mut part = |bytes: Option<Vec<u8>>| -> Result<Lead, StateError> {
            let bytes =
                bytes.ok_or_else(|| corrupt("body", "an event that the lead is made of is missing"))?;
            let event = decode(&bytes)?;
            matching = event.matching;
            Ok(event.lead)
        };
        let base = state.has_base.then(|| part(self.0.get(&key.bytes(b'b'))?)).transpose()?;
        let additions = state
            .additions
            .iter()
            .map(|addition| part(self.0.get(&addition_key(key, &addition.key))?))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(fold(base, additions).map(|lead| lead.map(|lead| Body { lead, matching })))
    }

    /// Facts of the whole lead.
    pub(crate) fn facts(&self, key: LeadKey) -> Result<Facts, StateError> {
        match self.0.get(&key.bytes(b'f'))? {
            Some(bytes) => parse("facts", &bytes),
            None => Ok(Facts::default()),
        }
    }

    /// Writes the facts of the whole lead.
    pub(crate) fn put_facts(&mut self, key: LeadKey, facts: &Facts) -> Result<(), StateError> {
        self.0.put(key.bytes(b'f'), write("facts", facts)?);
        Ok(())
    }

    /// Live leads of a matter, newest first.
    pub(crate) fn members(
        &self,
        domain: MessageStatus,
        matter: MatterId,
        limit: usize,
    ) -> Result<Vec<LeadKey>, StateError> {
        let prefix = matter_prefix(domain, matter);
        let found = self.0.scan(&prefix, None, limit)?;
        found
            .iter()
            .map(|(key, _)| last_lead(key, domain).ok_or_else(|| corrupt("matter", "key of another length")))
            .collect()
    }

    /// Leads that a copy of this lead covers somewhere.
    pub(crate) fn covered_by(&self, key: LeadKey) -> Result<Vec<LeadKey>, StateError> {
        /// How many are read from the store at a time.
        const PAGE: usize = 256;
        let prefix = key.bytes(b'c');
        let mut covered = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.0.scan(&prefix, after.as_deref(), PAGE)?;
            for (entry, _) in &page {
                covered.push(
                    last_lead(entry, key.domain)
                        .ok_or_else(|| corrupt("coverage", "key of another length"))?,
                );
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(covered),
            }
        }
    }

    /// Leads that wait for a partner and since when each may be tried, in key order, after the one given.
    pub(crate) fn waiting(
        &self,
        partner: &str,
        after: Option<LeadKey>,
        limit: usize,
    ) -> Result<Vec<(LeadKey, Timestamp)>, StateError> {
        let prefix = waiting_prefix(partner);
        let after = after.map(|key| waiting_key(partner, key));
        let found = self.0.scan(&prefix, after.as_deref(), limit)?;
        found
            .iter()
            .map(|(key, at)| {
                let lead = key.get(prefix.len()..).and_then(LeadKey::parse);
                let at = at.as_slice().try_into().ok().map(|at| Timestamp(i64::from_be_bytes(at)));
                lead.zip(at).ok_or_else(|| corrupt("waiting", "key or value of another length"))
            })
            .collect()
    }

    /// Where the last tick stopped in a partner's waiting list.
    pub(crate) fn cursor(&self, partner: &str) -> Result<Cursor, StateError> {
        match self.0.get(&cursor_key(partner))?.as_deref().and_then(<[u8]>::split_first) {
            Some((sweeps, key)) => Ok(Cursor { sweeps: *sweeps == 1, after: LeadKey::parse(key) }),
            None => Ok(Cursor::default()),
        }
    }

    /// Remembers where this tick stopped.
    pub(crate) fn set_cursor(&mut self, partner: &str, cursor: Cursor) {
        if cursor == Cursor::default() {
            self.0.delete(cursor_key(partner));
            return;
        }
        let mut bytes = vec![u8::from(cursor.sweeps)];
        bytes.extend(cursor.after.iter().flat_map(|key| key.bytes(0).into_iter().skip(1)));
        self.0.put(cursor_key(partner), bytes);
    }

    /// Holds of which leads.held.v1 lacks what is to be said there: the lead, and the partner.
    pub(crate) fn unlisted(&self, limit: usize) -> Result<Vec<(LeadKey, String)>, StateError> {
        let parse = |entry: &[u8]| {
            let (key, partner) = entry.split_first_chunk::<18>()?;
            Some((LeadKey::parse(key.get(1..)?)?, String::from_utf8(partner.to_vec()).ok()?))
        };
        let found = self.0.scan(b"u", None, limit)?;
        let found = found.iter().map(|(entry, _)| parse(entry));
        found.map(|one| one.ok_or_else(|| corrupt("unlisted", "key of another form"))).collect()
    }

    /// The head of the chain of decisions.
    pub(crate) fn head(&self) -> Result<Head, StateError> {
        let Some(bytes) = self.0.get(HEAD)? else { return Ok(Head::default()) };
        let (sequence, hash, signed, signed_at) = parse("head", &bytes)?;
        Ok(Head { sequence, hash: ContentHash(hash), signed, signed_at: Timestamp(signed_at) })
    }

    /// Sets it.
    pub(crate) fn set_head(&mut self, head: &Head) -> Result<(), StateError> {
        let entry = (head.sequence, head.hash.0, head.signed, head.signed_at.0);
        self.0.put(HEAD.to_vec(), write("head", &entry)?);
        Ok(())
    }

    /// The hash of the configuration that the last input was decided under.
    pub(crate) fn configuration(&self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(CONFIGURATION)?)
    }

    /// Sets it.
    pub(crate) fn set_configuration(&mut self, configuration: &[u8]) {
        self.0.put(CONFIGURATION.to_vec(), configuration.to_vec());
    }
}

/// What notes that leads.held.v1 lacks what is to be said there of a hold.
pub(crate) fn unlisted_key(key: LeadKey, partner: &str) -> Vec<u8> {
    [key.bytes(b'u').as_slice(), partner.as_bytes()].concat()
}

/// Every index entry of a lead.
fn index_of(key: LeadKey, state: &LeadState) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let member = state.is_live().then(|| (member_key(key, state), PRESENT.to_vec()));
    let covers = state.coverers().into_iter().map(|c| (cover_key(key, c), PRESENT.to_vec()));
    let waits = state.waits_for().map(|(p, at)| (waiting_key(p, key), at.0.to_be_bytes().to_vec()));
    let due = state.copies.iter().flat_map(|(partner, copy)| {
        deadlines(copy).map(|(due, at)| (entry(due, at, key, partner), PRESENT.to_vec()))
    });
    member.into_iter().chain(covers).chain(waits).chain(due).collect()
}

/// The key of a lead and the hash of its amendment key.
pub(crate) fn keys_of(lead: &Lead) -> (LeadKey, Option<[u8; 32]>) {
    let addition = lead.amendment_key.as_deref().filter(|_| lead.is_amendment());
    (LeadKey::of(lead), addition.map(|text| content_hash(text.as_bytes()).0))
}

fn matter_prefix(domain: MessageStatus, matter: MatterId) -> Vec<u8> {
    [&[b'm', domain_byte(domain)], matter.0.as_slice()].concat()
}

fn member_key(key: LeadKey, state: &LeadState) -> Vec<u8> {
    let newest_first = (u64::MAX - state.since).to_be_bytes();
    [matter_prefix(key.domain, state.matter).as_slice(), &newest_first, &key.lead.0].concat()
}

fn cover_key(covered: LeadKey, coverer: LeadId) -> Vec<u8> {
    let coverer = LeadKey { lead: coverer, ..covered };
    [coverer.bytes(b'c').as_slice(), &covered.lead.0].concat()
}

fn addition_key(key: LeadKey, addition: &[u8; 32]) -> Vec<u8> {
    [key.bytes(b'a').as_slice(), addition].concat()
}

/// A zero byte ends the name: no name of a partner contains one, so none is the beginning of another.
fn waiting_prefix(partner: &str) -> Vec<u8> {
    [b"w", partner.as_bytes(), b"\0"].concat()
}

fn waiting_key(partner: &str, key: LeadKey) -> Vec<u8> {
    let mut bytes = waiting_prefix(partner);
    bytes.push(domain_byte(key.domain));
    bytes.extend_from_slice(&key.lead.0);
    bytes
}

fn cursor_key(partner: &str) -> Vec<u8> {
    [b"t", partner.as_bytes()].concat()
}

fn last_lead(key: &[u8], domain: MessageStatus) -> Option<LeadKey> {
    Some(LeadKey { domain, lead: LeadId(*key.last_chunk::<16>()?) })
}

fn decode(bytes: &[u8]) -> Result<Box<AssessedLead>, StateError> {
    match wire::decode::<MatterEvent>(bytes).map_err(|e| corrupt("body", e))? {
        MatterEvent::AssessedLead(event) => Ok(event),
        _ => Err(corrupt("body", "an event that is no lead")),
    }
}

fn parse<T: DeserializeOwned>(entry: &'static str, bytes: &[u8]) -> Result<T, StateError> {
    postcard::from_bytes(bytes).map_err(|e| corrupt(entry, e))
}

fn write<T: Serialize>(entry: &'static str, value: &T) -> Result<Vec<u8>, StateError> {
    postcard::to_stdvec(value).map_err(|e| corrupt(entry, e))
}

pub(crate) fn corrupt(entry: &'static str, detail: impl std::fmt::Display) -> StateError {
    StateError::Corrupt { entry, detail: detail.to_string() }
}
