//! The redacted copy of a lead for one partner.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use lead::code::MessageStatus;
use lead::decision::LeadFacts;
use lead::ident::content_hash;
use lead::value::ExternalId;
use lead::{ClassSet, Content, Document, FactDigest, Facts, Lead, LeadId, SiteKeys};

use crate::caveat::caveats;
use crate::facts::lead_facts;
use crate::partner::Partner;
use crate::ruling::Permit;
use crate::scan::{self, Original};

/// A digest of what a partner would read, less its revision and links: equal digests mean that there
/// is nothing new to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyDigest(pub [u8; 32]);

/// The permitted part of a lead for one partner.
///
/// INVARIANT: every value in it needs permitted classes only, no reference number of the lead
/// itself is in it, and no text in it holds a value that was cleared (PL-9). Only [`Copies`] makes one.
pub struct PartnerCopy {
    pub(crate) partner: String,
    pub(crate) lead_id: LeadId,
    pub(crate) content: Content,
    pub(crate) caveats: Vec<String>,
    pub(crate) exercise: bool,
    pub(crate) domain: MessageStatus,
    cleared: usize,
    withheld: Vec<String>,
    facts: Vec<FactDigest>,
    digest: CopyDigest,
}

/// The agency's own number for the report would let two partners join their copies.
fn is_own_number(id: &ExternalId) -> bool {
    id.relation.trim().eq_ignore_ascii_case("self")
}

/// Facts of a whole lead, less what no copy ever shows.
pub(crate) fn facts(lead: &Lead, keys: &SiteKeys) -> Facts {
    if !lead.content.external_ids.iter().any(is_own_number) {
        return lead.content.facts(&keys.facts);
    }
    let mut content = lead.content.clone();
    content.external_ids.retain(|id| !is_own_number(id));
    content.facts(&keys.facts)
}

/// The copies of one lead. What partners with the same permitted classes read is redacted once.
pub struct Copies<'l> {
    lead: &'l Lead,
    facts: LeadFacts,
    keys: SiteKeys,
    /// The content less what no copy ever shows.
    whole: Content,
    original: Option<Original>,
    redacted: BTreeMap<ClassSet, Redacted>,
    /// Texts that the scan withheld from somebody.
    alarms: &'l AtomicU64,
}

/// What is left of a lead for a set of classes.
#[derive(Default)]
struct Redacted {
    content: Content,
    text: String,
    facts: Vec<FactDigest>,
    cleared: usize,
    withheld: Vec<String>,
}

impl<'l> Copies<'l> {
    pub(crate) fn new(lead: &'l Lead, keys: &SiteKeys, alarms: &'l AtomicU64) -> Self {
        let mut whole = lead.content.clone();
        whole.external_ids.retain(|id| !is_own_number(id));
        let facts = lead_facts(lead);
        Self { lead, facts, keys: keys.clone(), whole, original: None, redacted: BTreeMap::new(), alarms }
    }

    /// The redacted copy for a partner. With a permit that is for somebody else, or for a lead of which
    /// policies saw something else, it shows nothing.
    pub fn of(&mut self, partner: &Partner, permit: &Permit) -> PartnerCopy {
        // A permit is for one partner and for leads of which policies saw the same.
        let classes = if permit.is_for(partner, &self.facts) { permit.classes } else { ClassSet::EMPTY };
        let caveats = caveats(self.lead, &self.facts, partner, classes);
        let exercise = self.facts.exercise;
        let (lead_id, domain) = (self.lead.lead_id, self.lead.domain());
        let alarms = self.alarms;
        let redacted = self.redacted(classes);
        alarms.fetch_add(redacted.withheld.len() as u64, Ordering::Relaxed);
        let seen = [redacted.text.as_str(), &caveats.join("\u{1f}"), &exercise.to_string()].join("\u{1e}");
        PartnerCopy {
            partner: partner.id.clone(),
            lead_id,
            facts: redacted.facts.clone(),
            digest: CopyDigest(content_hash(seen.as_bytes()).0),
            content: redacted.content.clone(),
            caveats,
            exercise,
            domain,
            cleared: redacted.cleared,
            withheld: redacted.withheld.clone(),
        }
    }

    fn redacted(&mut self, classes: ClassSet) -> &Redacted {
        if !self.redacted.contains_key(&classes) {
            let redacted = self.redact(classes);
            self.redacted.insert(classes, redacted);
        }
        self.redacted.entry(classes).or_default()
    }

    fn redact(&mut self, classes: ClassSet) -> Redacted {
        let mut content = self.whole.clone();
        let cleared = content.retain(classes);
        let withheld = if cleared == 0 {
            Vec::new()
        } else {
            let original = self.original.get_or_insert_with(|| Original::of(&self.whole));
            scan::withhold(original, &mut content)
        };
        Redacted {
            // Where what is not stated counts, a cleared value looks like one that is not.
            facts: content.facts(&self.keys.facts).visible(classes).collect(),
            text: content.to_json_text(),
            content,
            cleared: cleared + withheld.len(),
            withheld,
        }
    }
}

impl PartnerCopy {
    /// The digest of what the partner would read.
    pub fn digest(&self) -> CopyDigest {
        self.digest
    }

    /// The facts that the partner holds with it, sorted: what coverage counts.
    pub fn facts(&self) -> &[FactDigest] {
        &self.facts
    }

    /// How many values were cleared, texts that the scan withheld among them.
    pub fn cleared(&self) -> usize {
        self.cleared
    }

    /// Paths of the texts that the scan withheld: each is an alarm.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }
}
