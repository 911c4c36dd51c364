//! Match keys: the values of a lead on which another lead may agree, as keyed digests.
//!
//! The lead's domain is inside each digest, so that an exercise has no key in common with what is
//! meant. Texts are trimmed and lower-cased, as two agencies write one handle in two ways; numbers
//! that a machine gave (a provider's number, the value of a file hash) are taken as they stand.

use std::fmt;

use lead::Lead;
use lead::code::{MessageStatus, Role};
use lead::matter::KeyKind;
use lead::value::{Email, Phone};

/// A keyed digest of kind, domain and value, 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyDigest(pub [u8; 16]);

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lead::ident::hex(&self.0))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A match key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchKey {
    /// What kind of value.
    pub kind: KeyKind,
    /// Its digest.
    pub digest: KeyDigest,
}

/// The keys of a lead under the site's key for matching: sorted, without repeats.
pub fn match_keys(lead: &Lead, key: &[u8; 32]) -> Vec<MatchKey> {
    let mut keys = Digester {
        key,
        domain: domain_code(lead.domain()),
        text: Vec::with_capacity(128),
        keys: Vec::with_capacity(8),
    };
    let content = &lead.content;
    if let Some(number) = &lead.report_number {
        keys.add(KeyKind::ExternalId, &[Folded(&lead.agency), Folded(number)]);
    }
    for id in &content.external_ids {
        keys.add(KeyKind::ExternalId, &[Folded(&id.scheme), Folded(&id.id)]);
    }
    for person in &content.persons {
        // An officer's own phone stands in every lead of the agency and says nothing of the matter.
        if person.role != Role::Contact {
            keys.phones(&person.phones);
            keys.emails(&person.emails);
        }
        for document in person.documents.iter().filter(|d| !d.placeholder) {
            let country = document.country.as_ref().map_or("", |c| match &c.code {
                Some(code) => code.as_str(),
                None => &c.text,
            });
            keys.add(
                KeyKind::Document,
                &[Folded(&document.kind), Folded(document.number.expose()), Optional(country)],
            );
        }
    }
    for organization in &content.organizations {
        keys.phones(&organization.phones);
        keys.emails(&organization.emails);
    }
    for account in content.accounts.iter().filter(|a| !a.placeholder) {
        let Some(service) = &account.service else { continue };
        if let Some(handle) = &account.handle {
            keys.add(KeyKind::Account, &[Exact("handle"), Folded(service), Folded(handle.expose())]);
        }
        if let Some(id) = &account.provider_id {
            keys.add(KeyKind::Account, &[Exact("id"), Folded(service), Exact(id.expose())]);
        }
    }
    for hash in content.files.iter().flat_map(|f| &f.hashes).filter(|h| h.fits) {
        keys.add(KeyKind::FileHash, &[Folded(&hash.algorithm), Exact(hash.value.expose())]);
    }
    for device in content.devices.iter().filter(|d| !d.placeholder) {
        if let (Some(kind), Some(value)) = (&device.id_type, &device.id_value)
            && !is_zero(value.expose())
        {
            keys.add(KeyKind::Device, &[Folded(kind), Folded(value.expose())]);
        }
    }
    keys.finish()
}

/// Whether an identifier has no digit or letter but zeros: what a device says that will not say.
fn is_zero(identifier: &str) -> bool {
    identifier.chars().all(|c| c == '0' || !c.is_alphanumeric())
}

/// One part of a value.
enum Part<'a> {
    /// As it stands.
    Exact(&'a str),
    /// Trimmed and in lower case.
    Folded(&'a str),
    /// The same; the value is a key without it too.
    Optional(&'a str),
}
use Part::{Exact, Folded, Optional};

struct Digester<'k> {
    key: &'k [u8; 32],
    domain: u8,
    text: Vec<u8>,
    keys: Vec<MatchKey>,
}

impl Digester<'_> {
    fn phones(&mut self, phones: &[Phone]) {
        for number in phones.iter().filter_map(|p| p.e164.as_ref()) {
            self.add(KeyKind::Phone, &[Exact(number.expose())]);
        }
    }

    fn emails(&mut self, emails: &[Email]) {
        for address in emails.iter().filter(|e| !e.placeholder).filter_map(|e| e.address.as_ref()) {
            self.add(KeyKind::Email, &[Folded(address.expose())]);
        }
    }

    /// Adds a key, unless one of its parts is blank.
    fn add(&mut self, kind: KeyKind, parts: &[Part<'_>]) {
        self.text.clear();
        self.text.extend([self.domain, kind_code(kind)]);
        for part in parts {
            let (Exact(text) | Folded(text) | Optional(text)) = part;
            let text = trimmed(text);
            if text.is_empty() && !matches!(part, Optional(_)) {
                return;
            }
            // Each part is followed by its length, so that no two lists of parts have the same bytes.
            let from = self.text.len();
            if matches!(part, Exact(_)) || text.is_ascii() {
                self.text.extend_from_slice(text.as_bytes());
            } else {
                self.text.extend_from_slice(text.to_lowercase().as_bytes());
            }
            if !matches!(part, Exact(_)) {
                self.text.iter_mut().skip(from).for_each(|byte| byte.make_ascii_lowercase());
            }
            let length = u32::try_from(self.text.len() - from).unwrap_or(u32::MAX);
            self.text.extend(length.to_be_bytes());
        }
        let hash = blake3::keyed_hash(self.key, &self.text);
        let mut digest = [0; 16];
        for (slot, byte) in digest.iter_mut().zip(hash.as_bytes()) {
            *slot = *byte;
        }
        self.keys.push(MatchKey { kind, digest: KeyDigest(digest) });
    }

    fn finish(mut self) -> Vec<MatchKey> {
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys
    }
}

/// Without white space around it; most texts have none, and then their ends are enough to see it.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// A domain in digests and state keys. Never changed: state and evidence are kept.
pub(crate) fn domain_code(domain: MessageStatus) -> u8 {
    match domain {
        MessageStatus::Actual => b'a',
        MessageStatus::Exercise => b'e',
        MessageStatus::Test => b't',
        MessageStatus::System => b's',
    }
}

/// A kind in digests. Never changed, as above.
fn kind_code(kind: KeyKind) -> u8 {
    match kind {
        KeyKind::Unknown => 0,
        KeyKind::ExternalId => 1,
        KeyKind::Phone => 2,
        KeyKind::Email => 3,
        KeyKind::Account => 4,
        KeyKind::Document => 5,
        KeyKind::FileHash => 6,
        KeyKind::Device => 7,
        KeyKind::FinancialAccount => 8,
        KeyKind::Vehicle => 9,
        KeyKind::Name => 10,
        KeyKind::BirthDate => 11,
        KeyKind::Place => 12,
        KeyKind::Narrative => 13,
    }
}

#[cfg(test)]
mod tests;
