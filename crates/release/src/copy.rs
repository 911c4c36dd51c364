//! The redacted copy of a lead for one partner.

use lead::ident::content_hash;
use lead::value::ExternalId;
use lead::{ClassSet, Content, Document, FactDigest, Facts, Lead, LeadId, SiteKeys};

use crate::caveat::caveats;
use crate::facts::lead_facts;
use crate::partner::Partner;
use crate::ruling::Permit;
use crate::scan;

/// A digest of what a partner would read, less its revision and links: equal digests mean that there
/// is nothing new to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyDigest(pub [u8; 32]);

/// The permitted part of a lead for one partner.
///
/// INVARIANT: every value in it needs permitted classes only, no reference number of the lead
/// itself is in it, and no text in it holds a value that was cleared (PL-9). Only
/// [`crate::Release::copy`] makes one.
pub struct PartnerCopy {
    pub(crate) partner: String,
    pub(crate) lead_id: LeadId,
    pub(crate) content: Content,
    pub(crate) caveats: Vec<String>,
    pub(crate) exercise: bool,
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

impl PartnerCopy {
    pub(crate) fn of(lead: &Lead, partner: &Partner, permit: &Permit, keys: &SiteKeys) -> Self {
        let facts = lead_facts(lead);
        // A permit is for one partner and for leads of which policies saw the same.
        let classes = if permit.is_for(partner, &facts) { permit.classes } else { ClassSet::EMPTY };
        let mut content = lead.content.clone();
        content.external_ids.retain(|id| !is_own_number(id));
        let before = content.clone();
        let cleared = content.retain(classes);
        let withheld = if cleared == 0 { Vec::new() } else { scan::withhold(&before, &mut content) };
        let caveats = caveats(lead, &facts, partner, classes);
        let exercise = facts.exercise;
        let seen = [content.to_json_text(), caveats.join("\u{1f}"), exercise.to_string()].join("\u{1e}");
        Self {
            partner: partner.id.clone(),
            lead_id: lead.lead_id,
            // Where what is not stated counts, a cleared value looks like one that is not.
            facts: content.facts(&keys.facts).visible(classes).collect(),
            digest: CopyDigest(content_hash(seen.as_bytes()).0),
            content,
            caveats,
            exercise,
            cleared: cleared + withheld.len(),
            withheld,
        }
    }

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
